# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the amounts of an order mean.

Amazon specifies neither the sign of a discount nor whether an item's price includes
the tax that is stated beside it. Both are found out by arithmetic: of all readings of
an item, those whose sum is the stated ``proceedsTotal`` are possible; where several
fit and differ in net, the custom of the marketplace decides; where none fits, the
order must not be trusted.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

KINDS = {
    "ITEM": "item",
    "SHIPPING": "shipping",
    "GIFT_WRAP": "gift_wrap",
    "COD_FEE": "cod",
    "DISCOUNT": "discount",
}
"""Charge by Amazon's breakdown type; any other type is the charge ``other``."""
ZERO = Decimal(0)


class UnreadableProceeds(Exception):
    """The stated amounts contradict each other or are missing.

    ``difference`` is Amazon's total minus the best reading, or None.
    """

    def __init__(self, message, difference=None):
        super().__init__(message)
        self.difference = difference


@dataclass(frozen=True)
class Charge:
    """One sale line's worth of money, signed as the buyer pays it.

    ``net`` + ``tax`` is what counts into the order's total.
    """

    kind: str
    net: Decimal
    tax: Decimal = ZERO

    @property
    def gross(self):
        return self.net + self.tax


@dataclass(frozen=True)
class ItemReading:
    """The charges of one order item, and how they were read.

    ``withheld_tax`` was paid by the buyer on top of the total and kept by Amazon.
    """

    order_item_id: str
    charges: tuple
    tax_stated: bool
    withheld_tax: Decimal = ZERO

    @property
    def total(self):
        return sum((charge.gross for charge in self.charges), ZERO)


@dataclass(frozen=True)
class OrderReading:
    """All money of an order: one reading per item, and the delivery tip."""

    currency: str
    items: tuple
    tip: Decimal = ZERO

    @property
    def total(self):
        return sum((item.total for item in self.items), self.tip)

    @property
    def tax(self):
        return sum((charge.tax for item in self.items for charge in item.charges), ZERO)

    @property
    def tax_stated(self):
        return any(item.tax_stated for item in self.items)


def read_order(order, *, prices_include_tax):
    """Read the money of an order.

    :param order: :class:`~.schema.Order`
    :param bool prices_include_tax: the custom of its marketplace
    :return: :class:`OrderReading`
    :raises UnreadableProceeds: when no reading gives the stated totals
    """
    if not order.proceeds and not any(item.proceeds for item in order.items):
        raise UnreadableProceeds("Amazon has not stated the amounts of this order.")
    currency = _currency(order)
    items = tuple(_read_item(item, prices_include_tax) for item in order.items)
    reading = OrderReading(currency, items)
    grand_total = order.proceeds.grand_total if order.proceeds else None
    if grand_total is None:
        return reading
    tip = _tip(order)
    if tip and reading.total + tip == grand_total.amount:
        return replace(reading, tip=tip)
    if reading.total != grand_total.amount:
        raise UnreadableProceeds(
            f"The items make {reading.total} {currency}, but Amazon's total is "
            f"{grand_total.amount} {currency}.",
            grand_total.amount - reading.total,
        )
    return reading


def round_order(reading, digits):
    """The same reading in whole units of its currency.

    Amazon may state fractions of them. Each amount is what the rounded sum grows by, so
    that the parts still add up to the rounded total.

    :param int digits: decimals of the currency, e.g. 2
    :return: :class:`OrderReading`
    """
    grow, grow_tax = _Rounder(digits), _Rounder(digits)

    def round_charge(charge):
        gross, tax = grow(charge.gross), grow_tax(charge.tax)
        return replace(charge, net=gross - tax, tax=tax)

    items = tuple(
        replace(item, charges=tuple(map(round_charge, item.charges)))
        for item in reading.items
    )
    return replace(reading, items=items, tip=grow(reading.tip))


class _Rounder:
    """Called with amounts, returns what their rounded sum grows by each time."""

    def __init__(self, digits):
        self._unit = Decimal(1).scaleb(-digits)
        self._exact = self._rounded = ZERO

    def __call__(self, amount):
        self._exact += amount
        before = self._rounded
        self._rounded = self._exact.quantize(self._unit, ROUND_HALF_UP)
        return self._rounded - before


def _currency(order):
    moneys = [order.proceeds.grand_total] if order.proceeds else []
    for item in order.items:
        moneys.append(item.unit_price)
        if item.proceeds:
            moneys.append(item.proceeds.total)
            moneys += [breakdown.subtotal for breakdown in item.proceeds.breakdowns]
    currencies = {money.currency for money in moneys if money}
    if not currencies:
        raise UnreadableProceeds("Amazon has not stated any amount of this order.")
    if len(currencies) > 1:
        raise UnreadableProceeds(
            f"The amounts are in several currencies: {', '.join(sorted(currencies))}."
        )
    return currencies.pop()


def _tip(order):
    tips = [b.subtotal for b in order.proceeds.breakdowns if b.type == "DELIVERY_TIP"]
    return sum((tip.amount for tip in tips if tip), ZERO)


def _read_item(item, prices_include_tax):
    charges = _stated_charges(item)
    taxes = _stated_tax(item)
    total = (
        item.proceeds.total.amount if item.proceeds and item.proceeds.total else None
    )
    for tax_by_kind, tax in taxes:
        reading = _fit(item, charges, tax_by_kind, tax, total, prices_include_tax)
        if reading:
            return reading
    stated = sum(charges.values(), ZERO)
    raise UnreadableProceeds(
        f"Item {item.order_item_id}: the charges make {stated}, with tax "
        f"{stated + taxes[0][1]}, but Amazon's total is {total}.",
        total - stated,
    )


def _stated_charges(item):
    """Signed amounts by charge kind; a discount lowers the total whatever its sign."""
    charges = {}
    for breakdown in item.proceeds.breakdowns if item.proceeds else ():
        if breakdown.type == "TAX" or breakdown.subtotal is None:
            continue
        kind = KINDS.get(breakdown.type, "other")
        amount = breakdown.subtotal.amount
        charges[kind] = charges.get(kind, ZERO) + (
            -abs(amount) if kind == "discount" else amount
        )
    if "item" not in charges:
        charges = {"item": _item_amount(item), **charges}
    return charges


def _item_amount(item):
    if item.unit_price is None:
        if item.quantity_ordered:
            raise UnreadableProceeds(
                f"Item {item.order_item_id}: Amazon has not stated its price."
            )
        return ZERO
    return item.unit_price.amount * (item.quantity_ordered or 0)


def _stated_tax(item):
    """The possible readings of the stated tax: ``[(by kind or None, amount), ...]``."""
    breakdowns = item.proceeds.breakdowns if item.proceeds else ()
    blocks = [breakdown for breakdown in breakdowns if breakdown.type == "TAX"]
    by_kind = {}
    for detail in (detail for block in blocks for detail in block.details):
        if detail.value is not None:
            kind = KINDS.get(detail.subtype, "other")
            amount = detail.value.amount
            by_kind[kind] = by_kind.get(kind, ZERO) + (
                -abs(amount) if kind == "discount" else amount
            )
    without_discount = {k: v for k, v in by_kind.items() if k != "discount"}
    readings = [
        (details, sum(details.values(), ZERO))
        for details in (by_kind, without_discount)
        if details
    ]
    subtotals = [block.subtotal.amount for block in blocks if block.subtotal]
    if subtotals:
        subtotal = sum(subtotals, ZERO)
        details = next((d for d, amount in readings if amount == subtotal), None)
        readings.insert(0, (details, subtotal))
    return readings or [(None, ZERO)]


def _fit(item, charges, tax_by_kind, tax, total, prices_include_tax):
    """The reading that gives ``total``, or None."""
    stated = sum(charges.values(), ZERO)
    if total is None:
        total = stated if prices_include_tax else stated + tax
    if total == stated and (prices_include_tax or not tax):
        parts = _spread(tax, tax_by_kind, charges)
        lines = [Charge(k, charges[k] - parts[k], parts[k]) for k in charges]
        withheld = ZERO
    elif total == stated:
        lines = [Charge(kind, amount) for kind, amount in charges.items()]
        withheld = tax
    elif total == stated + tax:
        parts = _spread(tax, tax_by_kind, charges)
        lines = [Charge(k, charges[k], parts[k]) for k in charges]
        withheld = ZERO
    else:
        return None
    kept = [c for c in lines if c.kind == "item" or c.net or c.tax]
    return ItemReading(item.order_item_id, tuple(kept), bool(tax), withheld)


def _spread(tax, tax_by_kind, charges):
    """Tax per charge kind, adding up to ``tax``.

    Amazon's own details where they name charges of this item, else in proportion to
    the charges, the remainder on the largest.
    """
    if tax_by_kind and set(tax_by_kind) <= set(charges):
        return {kind: tax_by_kind.get(kind, ZERO) for kind in charges}
    base = sum(charges.values(), ZERO)
    largest = max(charges, key=lambda kind: abs(charges[kind]))
    if not base:
        return {kind: tax if kind == largest else ZERO for kind in charges}
    unit = Decimal(1).scaleb(tax.as_tuple().exponent) if tax else Decimal(1)
    parts = {
        kind: (tax * amount / base).quantize(unit, ROUND_HALF_EVEN)
        for kind, amount in charges.items()
    }
    parts[largest] += tax - sum(parts.values(), ZERO)
    return parts
