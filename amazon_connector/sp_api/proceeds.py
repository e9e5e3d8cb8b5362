# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the amounts of an order mean.

Amazon specifies neither the sign of a discount nor whether an item's price includes
the tax that is stated beside it. Both are found out by arithmetic: of all readings of
an item, those whose sum is the stated ``proceedsTotal`` are possible; where several
fit and differ in net, it counts who collects the tax, then the custom of the
marketplace; where none fits, the order must not be trusted.

Amazon may state fractions of a currency's smallest unit. Sums are compared, and all
amounts are returned, in whole units (:mod:`.amounts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import product
from typing import TYPE_CHECKING

from .amounts import agrees, agrees_cut, round_amount, round_parts
from .errors import ToldError
from .order_money import is_about_money, list_tips

if TYPE_CHECKING:
    from typing_extensions import Self

    from .schema import Order, OrderItem

KINDS = {
    "ITEM": "item",
    "SHIPPING": "shipping",
    "GIFT_WRAP": "gift_wrap",
    "COD_FEE": "cod",
    "DISCOUNT": "discount",
}
"""Charge by Amazon's breakdown type; any other type is the charge ``other``."""
ZERO = Decimal(0)
INSIDE, ON_TOP, WITHHELD, KEPT = "inside", "on top", "withheld", "kept"
"""Readings of an item: its prices hold the tax; the tax is added to them; it is no part
of prices and total, for Amazon keeps it; the prices hold it and the total does not."""
AT_UNIT_PRICE = "unit_price"
AT_ZERO = "zero"


class UnreadableProceeds(ToldError):
    """The stated amounts contradict each other or are missing.

    ``difference`` is Amazon's total minus the best reading, or None.
    """

    difference: Decimal | None = None

    def differing(self, amount: Decimal | None) -> Self:
        """Return the error itself, with this difference."""
        self.difference = amount
        return self


class UnstatedProceeds(UnreadableProceeds):
    """Amazon leaves amounts out: a human may say what they are."""


@dataclass(frozen=True)
class Charge:
    """One sale line's worth of money, signed as the buyer pays it.

    ``net`` + ``tax`` is what counts into the order's total.
    """

    kind: str
    net: Decimal
    tax: Decimal = ZERO

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


@dataclass(frozen=True)
class ItemReading:
    """The charges of one order item, and how they were read.

    ``tax_stated``: Amazon states the seller's own tax, not one that it collects itself.
    ``withheld_tax`` was paid by the buyer and kept by Amazon: no part of the total.
    ``is_ambiguous``: Amazon does not say whether the prices hold the withheld tax.
    """

    order_item_id: str
    charges: tuple[Charge, ...]
    tax_stated: bool
    withheld_tax: Decimal = ZERO
    is_ambiguous: bool = False

    @property
    def total(self) -> Decimal:
        return sum((charge.gross for charge in self.charges), ZERO)


@dataclass(frozen=True)
class OrderReading:
    """All money of an order: one reading per item, and the delivery tip.

    ``assumed`` says where it came from if Amazon states none: ``unit_price``, ``zero``
    or None.
    """

    currency: str
    items: tuple[ItemReading, ...]
    tip: Decimal = ZERO
    assumed: str | None = None

    @property
    def total(self) -> Decimal:
        return sum((item.total for item in self.items), self.tip)

    @property
    def tax(self) -> Decimal:
        return sum((charge.tax for item in self.items for charge in item.charges), ZERO)

    @property
    def tax_stated(self) -> bool:
        return any(item.tax_stated for item in self.items)


def read_order(
    order: Order,
    *,
    prices_include_tax: bool,
    digits: int = 2,
    assume: str | None = None,
    currency: str | None = None,
) -> OrderReading:
    """Read the money of an order.

    :param order: :class:`~.schema.Order`
    :param bool prices_include_tax: the custom of its marketplace
    :param int digits: decimals of its currency
    :param assume: what to take where Amazon states no amounts: ``unit_price``,
        ``zero``, or None to refuse
    :param currency: the code of an order without any amount
    :return: :class:`OrderReading` in whole units of the currency
    :raises UnreadableProceeds: when no reading gives the stated totals
    :raises UnstatedProceeds: when amounts are missing
    """
    if faults := [place for place in order.faults if is_about_money(place)]:
        raise UnreadableProceeds(
            "Amazon states amounts that cannot be read: %(amounts)s.",
            amounts=", ".join(faults),
        )
    if not _is_money_stated(order) and not assume:
        raise UnstatedProceeds("Amazon has not stated the amounts of this order.")
    if not _is_money_stated(order) and assume == AT_ZERO:
        currency = _currency(order, currency)
        items = tuple(_read_nothing(item) for item in order.items)
        return OrderReading(currency, items, assumed=AT_ZERO)
    currency = _currency(order, currency)
    context = _Context(prices_include_tax, digits, _is_money_stated(order), assume)
    reading = _read_stated(order, context, currency)
    taken = assume if context.has_assumed or not context.is_stated else None
    return replace(reading, assumed=taken)


def _is_money_stated(order: Order) -> bool:
    """Whether Amazon states any amount beside unit prices."""
    moneys = []
    if order.proceeds:
        moneys.append(order.proceeds.grand_total)
    for block in (order.proceeds, *(item.proceeds for item in order.items)):
        moneys += [part.subtotal for part in block.breakdowns] if block else []
    moneys += [item.proceeds.total for item in order.items if item.proceeds]
    return any(money is not None for money in moneys)


@dataclass
class _Context:
    """What the readings of an order's items share."""

    prices_include_tax: bool
    digits: int
    is_stated: bool
    assume: str | None
    has_assumed: bool = False


def _read_stated(order: Order, context: _Context, currency: str) -> OrderReading:
    """Read all items; where some have no total, or all totals hold another tax than
    the order's, as the order's total wants it."""
    wishes: list[str | None] = [None]
    if any(not item.proceeds or not item.proceeds.total for item in order.items):
        wishes += [INSIDE, ON_TOP, WITHHELD, KEPT]
    candidates = [
        [_read_item(item, context, wish) for item in order.items] for wish in wishes
    ]
    for holds_tax in (True, False):
        candidates.append([part.turn(holds_tax) for part in candidates[0]])
    errors = []
    for parts in candidates:
        try:
            return _add_up(order, parts, context.digits, currency)
        except UnreadableProceeds as error:
            errors.append(error)
    if context.has_assumed:
        # The user's word was wrong; it may be changed.
        first = errors[0]
        raise UnstatedProceeds(first.sentence, **first.values).differing(
            first.difference
        )
    raise errors[0]


def _read_nothing(item: OrderItem) -> ItemReading:
    return ItemReading(item.order_item_id, (Charge("item", ZERO),), False)


def _add_up(
    order: Order, parts: Sequence[_Parts], digits: int, currency: str
) -> OrderReading:
    """The reading of items that make the order's total, with the tip if it holds one.

    :raises UnreadableProceeds: when they do not
    """
    stated = order.proceeds.grand_total if order.proceeds else None
    exact = [part.total for part in parts]
    tips = list_tips(order)
    if stated is None:
        tip = round_amount(tips[0], digits)
        items = tuple(part.in_units(part.total, digits) for part in parts)
        return OrderReading(currency, items, tip)
    for agree, tip in product((agrees, agrees_cut), tips):
        if agree([*exact, tip], stated.amount, digits):
            totals = round_parts([*exact, tip], stated.amount, digits)
            items = tuple(
                part.in_units(total, digits)
                for part, total in zip(parts, totals, strict=False)
            )
            return OrderReading(currency, items, totals[-1])
    made = sum((round_amount(total, digits) for total in exact), ZERO)
    raise UnreadableProceeds(
        "The items make %(made)s %(currency)s, but Amazon's total is %(total)s "
        "%(currency)s.",
        made=made,
        total=stated.amount,
        currency=currency,
    ).differing(round_amount(stated.amount, digits) - made)


def _currency(order: Order, fallback: str | None) -> str:
    moneys = [order.proceeds.grand_total] if order.proceeds else []
    for item in order.items:
        moneys.append(item.unit_price)
        if item.proceeds:
            moneys.append(item.proceeds.total)
            moneys += [breakdown.subtotal for breakdown in item.proceeds.breakdowns]
    currencies = {money.currency for money in moneys if money}
    if not currencies and fallback:
        return fallback
    if not currencies:
        raise UnstatedProceeds("Amazon has not stated any amount of this order.")
    if len(currencies) > 1:
        raise UnreadableProceeds(
            "The amounts are in several currencies: %(currencies)s.",
            currencies=", ".join(sorted(currencies)),
        )
    return currencies.pop()


@dataclass(frozen=True)
class _Parts:
    """One item as Amazon states it: exact amounts by charge, and how they are read."""

    item: OrderItem
    amounts: dict[str, Decimal]
    taxes: dict[str, Decimal]
    tax: Decimal
    total: Decimal
    reading: str
    is_ambiguous: bool = False

    @property
    def amounts_without_tax(self) -> dict[str, Decimal]:
        return {kind: self.amounts[kind] - self.taxes[kind] for kind in self.amounts}

    def turn(self, holds_tax: bool) -> _Parts:
        """The same item where the order's total holds tax that the item's leaves out,
        or leaves out what the item's holds."""
        if not self.tax or self.reading == INSIDE:
            return self
        if holds_tax and self.reading in (WITHHELD, KEPT):
            is_kept = self.reading == KEPT
            amounts = self.amounts_without_tax if is_kept else self.amounts
            total, reading = self.total + self.tax, ON_TOP
        elif self.item.is_collected and not holds_tax and self.reading != KEPT:
            amounts, total = self.amounts, self.total - self.tax
            reading = WITHHELD if self.reading == ON_TOP else KEPT
        else:
            return self
        return replace(
            self, amounts=amounts, total=total, reading=reading, is_ambiguous=False
        )

    def in_units(self, total: Decimal, digits: int) -> ItemReading:
        """The :class:`ItemReading` in whole units that make ``total``."""
        total, tax = round_amount(total, digits), round_amount(self.tax, digits)
        kinds, amounts = list(self.amounts), list(self.amounts.values())
        if self.reading == ON_TOP:
            *net, tax = round_parts([*amounts, self.tax], total, digits)
        taxes = round_parts([self.taxes[kind] for kind in kinds], tax, digits)
        if self.reading == INSIDE:
            gross = round_parts(amounts, total, digits)
            net = [amount - part for amount, part in zip(gross, taxes, strict=True)]
        elif self.reading != ON_TOP:
            if self.reading == KEPT:
                amounts = list(self.amounts_without_tax.values())
            net, taxes = round_parts(amounts, total, digits), [ZERO] * len(kinds)
        charges = map(Charge, kinds, net, taxes)
        kept = tuple(c for c in charges if c.kind == "item" or c.net or c.tax)
        withheld = tax if self.reading in (WITHHELD, KEPT) else ZERO
        states_tax = bool(tax) and not self.item.is_collected
        return ItemReading(
            self.item.order_item_id, kept, states_tax, withheld, self.is_ambiguous
        )


def _read_item(item: OrderItem, context: _Context, wish: str | None) -> _Parts:
    """The :class:`_Parts` of an item.

    :param wish: the reading to prefer where the item's total is not stated
    """
    charges = _stated_charges(item, context)
    taxes = _stated_tax(item, context.digits)
    stated = item.proceeds.total if item.proceeds else None
    total = stated.amount if stated else None
    readings = _get_readings(item, context, wish, total)
    for agree, (tax_by_kind, tax), reading in product(
        (agrees, agrees_cut), taxes, readings
    ):
        sums = _sums(reading, charges, tax)
        if total is None or agree(sums, total, context.digits):
            return _Parts(
                item,
                charges,
                _spread(tax, tax_by_kind, charges, context.digits),
                tax,
                sum(sums, ZERO) if total is None else total,
                reading,
                _is_ambiguous(item, context, tax, total, reading),
            )
    made = sum(charges.values(), ZERO)
    raise UnreadableProceeds(
        "Item %(item)s: the charges make %(made)s, with tax %(taxed)s, but Amazon's "
        "total is %(total)s.",
        item=item.order_item_id,
        made=made,
        taxed=made + taxes[0][1],
        total=total,
    ).differing(None if total is None else round_amount(total - made, context.digits))


def _get_readings(
    item: OrderItem, context: _Context, wish: str | None, total: Decimal | None
) -> tuple[str, ...]:
    """The readings that may be meant, the likeliest first."""
    custom = INSIDE if context.prices_include_tax else ON_TOP
    possible: tuple[str, ...]
    if item.is_collected:
        possible = (WITHHELD, KEPT, ON_TOP)
    else:
        possible = (INSIDE, ON_TOP) if custom == INSIDE else (ON_TOP, WITHHELD)
        if item.reporting_scheme or item.tax_collection_model:
            # Words that are not known: somebody may collect it all the same.
            possible += (KEPT,)
    if total is None:
        return (wish,) if wish and wish in (custom, *possible) else (custom,)
    return possible


def _sums(reading: str, charges: dict[str, Decimal], tax: Decimal) -> list[Decimal]:
    """The amounts that make the item's total."""
    amounts = list(charges.values())
    if reading == ON_TOP:
        amounts.append(tax)
    elif reading == KEPT:
        amounts.append(-tax)
    return amounts


def _is_ambiguous(
    item: OrderItem,
    context: _Context,
    tax: Decimal,
    total: Decimal | None,
    reading: str,
) -> bool:
    """Whether Amazon keeps tax and nothing tells if the prices hold it.

    Where prices include tax by custom, a total of the prices alone may be either.
    """
    if not item.is_collected or not tax or not context.prices_include_tax:
        return False
    return total is None or reading == WITHHELD


def _stated_charges(item: OrderItem, context: _Context) -> dict[str, Decimal]:
    """Signed amounts by charge kind; a discount lowers the total whatever its sign."""
    charges: dict[str, Decimal] = {}
    for breakdown in item.proceeds.breakdowns if item.proceeds else ():
        if breakdown.type == "TAX" or breakdown.subtotal is None:
            continue
        kind = KINDS.get(breakdown.type or "", "other")
        amount = breakdown.subtotal.amount
        charges[kind] = charges.get(kind, ZERO) + (
            -abs(amount) if kind == "discount" else amount
        )
    if "item" not in charges:
        charges = {"item": _item_amount(item, context), **charges}
    return charges


def _item_amount(item: OrderItem, context: _Context) -> Decimal:
    """What the item costs by its unit price, where Amazon states no amount for it."""
    units = item.quantity_ordered
    if units is None or not context.is_stated:
        # Nothing is paid for units that were cancelled.
        units = item.quantity_to_deliver
    if item.unit_price is not None:
        return item.unit_price.amount * units
    if units and context.assume == AT_ZERO:
        context.has_assumed = True
    elif units:
        raise UnstatedProceeds(
            "Item %(item)s: Amazon has not stated its price.", item=item.order_item_id
        )
    return ZERO


def _stated_tax(
    item: OrderItem, digits: int
) -> list[tuple[dict[str, Decimal] | None, Decimal]]:
    """The possible readings of the stated tax: ``[(by kind or None, amount), ...]``."""
    breakdowns = item.proceeds.breakdowns if item.proceeds else ()
    blocks = [breakdown for breakdown in breakdowns if breakdown.type == "TAX"]
    by_kind: dict[str, Decimal] = {}
    for detail in (detail for block in blocks for detail in block.details):
        if detail.value is not None:
            kind = KINDS.get(detail.subtype or "", "other")
            amount = detail.value.amount
            by_kind[kind] = by_kind.get(kind, ZERO) + (
                -abs(amount) if kind == "discount" else amount
            )
    without_discount = {k: v for k, v in by_kind.items() if k != "discount"}
    readings: list[tuple[dict[str, Decimal] | None, Decimal]] = [
        (details, sum(details.values(), ZERO))
        for details in (by_kind, without_discount)
        if details
    ]
    subtotals = [block.subtotal.amount for block in blocks if block.subtotal]
    if subtotals:
        subtotal = sum(subtotals, ZERO)
        details = next(
            (d for d, _sum in readings if d and agrees(d.values(), subtotal, digits)),
            None,
        )
        readings.insert(0, (details, subtotal))
    return readings or [(None, ZERO)]


def _spread(
    tax: Decimal,
    tax_by_kind: dict[str, Decimal] | None,
    charges: dict[str, Decimal],
    digits: int,
) -> dict[str, Decimal]:
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
    # Finer than the currency, so that rounding comes last.
    unit = Decimal(1).scaleb(-digits - 4)
    parts = {
        kind: (tax * amount / base).quantize(unit, ROUND_HALF_EVEN)
        for kind, amount in charges.items()
    }
    parts[largest] += tax - sum(parts.values(), ZERO)
    return parts
