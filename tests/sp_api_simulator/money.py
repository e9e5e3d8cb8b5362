# SPDX-License-Identifier: LGPL-3.0-or-later
"""Proceeds of items and orders in the varieties in which Amazon states them.

Amazon specifies neither the sign of a discount nor whether prices include tax, so a
`TaxStyle` and `discount_sign` choose one of the forms seen in the wild.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

CHARGES = ("ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE")
DECIMALS = {"JPY": 0}
ABSENT, ZERO, SUBTOTAL, DETAILS = "absent", "zero", "subtotal", "details"
DETAIL, NETTED, APART, LEFT_OUT = "detail", "netted", "apart", "left_out"
INCLUDED, ADDED, WITHHELD = "included", "added", "withheld"


@dataclass(frozen=True)
class TaxStyle:
    """How tax stands in the proceeds.

    `basis`: "included" (prices contain it), "added" (on top, part of the total),
    "withheld" (on top, kept by the marketplace facilitator, not part of the total).
    `stated`: "absent", "zero", "subtotal" or "details".
    `discount_tax` (the discount's share of the tax): "detail" (a negative detail, the
    subtotal is the sum), "netted" (taken off the subtotal, no detail), "apart" (a
    negative detail, but not taken off the subtotal), "left_out" (tax is due on the
    price before discount).
    """

    basis: str = INCLUDED
    stated: str = DETAILS
    discount_tax: str = DETAIL


@dataclass(frozen=True)
class Charges:
    """Amounts of one item as Decimals, discounts positive, before any tax on top."""

    item: Decimal
    shipping: Decimal = Decimal(0)
    gift_wrap: Decimal = Decimal(0)
    cod_fee: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    shipping_discount: Decimal = Decimal(0)
    tax_percent: Decimal = Decimal(0)

    def parts(self):
        amounts = (self.item, self.shipping, self.gift_wrap, self.cod_fee)
        return [pair for pair in zip(CHARGES, amounts, strict=True) if pair[1]]

    def all_discounts(self):
        return self.discount + self.shipping_discount

    def total(self):
        return sum(amount for _type, amount in self.parts()) - self.all_discounts()


def rounded(amount, currency):
    step = Decimal(1).scaleb(-DECIMALS.get(currency, 2))
    return Decimal(amount).quantize(step, ROUND_HALF_UP)


def money(amount, currency):
    return {"amount": str(rounded(amount, currency)), "currencyCode": currency}


def _share(amount, charges, style):
    percent = charges.tax_percent
    if style.basis == INCLUDED:
        return amount * percent / (100 + percent)
    return amount * percent / 100


@dataclass
class TaxAmounts:
    """Rounded tax per charge; `gross` before, `due` after the discount's share."""

    details: list
    discount: Decimal
    gross: Decimal
    due: Decimal


def _tax_amounts(charges, style, currency):
    details = [
        (kind, rounded(_share(amount, charges, style), currency))
        for kind, amount in charges.parts()
    ]
    discount = Decimal(0)
    if style.discount_tax != LEFT_OUT:
        discount = rounded(_share(charges.all_discounts(), charges, style), currency)
    gross = sum(tax for _kind, tax in details)
    return TaxAmounts(details, discount, gross, gross - discount)


def _tax_entry(amounts, style, currency):
    if style.stated == ABSENT:
        return None
    if style.stated == ZERO:
        return {"type": "TAX", "subtotal": money(0, currency)}
    subtotal = amounts.gross if style.discount_tax == APART else amounts.due
    entry = {"type": "TAX", "subtotal": money(subtotal, currency)}
    if style.stated == DETAILS:
        shown = list(amounts.details)
        if amounts.discount and style.discount_tax in (DETAIL, APART):
            shown.append(("DISCOUNT", -amounts.discount))
        entry["detailedBreakdowns"] = [
            {"subtype": subtype, "value": money(tax, currency)}
            for subtype, tax in shown
        ]
    return entry


def _discount_entry(charges, sign, currency):
    total = charges.all_discounts() * sign
    entry = {"type": "DISCOUNT", "subtotal": money(total, currency)}
    parts = (("ITEM", charges.discount), ("SHIPPING", charges.shipping_discount))
    if charges.shipping_discount:
        entry["detailedBreakdowns"] = [
            {"subtype": subtype, "value": money(amount * sign, currency)}
            for subtype, amount in parts
            if amount
        ]
    return entry


@lru_cache(maxsize=4096)
def item_proceeds(charges, style, currency, discount_sign=-1):
    """An item's `proceeds` block; shared between orders, so never to be changed."""
    breakdowns = [
        {"type": kind, "subtotal": money(amount, currency)}
        for kind, amount in charges.parts()
    ]
    if charges.all_discounts():
        breakdowns.append(_discount_entry(charges, discount_sign, currency))
    amounts = _tax_amounts(charges, style, currency)
    tax_entry = _tax_entry(amounts, style, currency)
    if tax_entry:
        breakdowns.append(tax_entry)
    total = charges.total()
    if style.basis == ADDED and style.stated in (SUBTOTAL, DETAILS):
        total += amounts.due
    return {"proceedsTotal": money(total, currency), "breakdowns": breakdowns}


def order_proceeds(items, currency, tip=None, tip_status="PENDING"):
    """The order's `proceeds`: item breakdowns aggregated, and a delivery tip."""
    subtotals = {}
    total = Decimal(0)
    for item in items:
        total += Decimal(item["proceeds"]["proceedsTotal"]["amount"])
        for entry in item["proceeds"]["breakdowns"]:
            amount = Decimal(entry["subtotal"]["amount"])
            kind = entry["type"]
            subtotals[kind] = subtotals.get(kind, Decimal(0)) + amount
    breakdowns = [
        {"type": kind, "subtotal": money(amount, currency)}
        for kind, amount in subtotals.items()
    ]
    if tip is not None:
        total += tip
        breakdowns.append(
            {
                "type": "DELIVERY_TIP",
                "status": tip_status,
                "subtotal": money(tip, currency),
            }
        )
    return {"grandTotal": money(total, currency), "breakdowns": breakdowns}
