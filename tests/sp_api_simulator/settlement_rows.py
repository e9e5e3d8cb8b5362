# SPDX-License-Identifier: LGPL-3.0-or-later
"""What one order item is worth in a settlement: its charges, taxes and promotions.

Amazon writes the parts of an order's proceeds under other names there, and India's
under names of their own. The parts of an item add up to its proceeds, to the cent.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from .money import rounded

ITEM, SHIPPING, GIFT_WRAP, COD_FEE = "ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE"
PRICE, PROMOTION, WITHHELD_TAX = "ItemPrice", "Promotion", "ItemWithheldTax"
FEES, TCS, TDS = "ItemFees", "ItemTCS", "ItemTDS"
NOTHING = Decimal(0)
FACILITATOR = "MARKETPLACE_FACILITATOR"


@dataclass(frozen=True)
class Row:
    """One row of a settlement file; `amount` in the settlement's currency.

    `order_id` is whatever Amazon writes into that column, `posted` epoch seconds.
    """

    transaction_type: str
    amount_type: str
    description: str
    amount: Decimal
    posted: float
    order_id: str = ""
    merchant_order_id: str = ""
    adjustment_id: str = ""
    shipment_id: str = ""
    marketplace_id: str = None
    # False: the cell marketplace-name is empty.
    named: bool = True
    fulfillment_id: str = ""
    order_item_code: str = ""
    sku: str = ""
    quantity: int = None
    promotion_id: str = ""


@dataclass(frozen=True)
class Labels:
    """What a country's files call the parts: {charge: (price, its tax)}."""

    charges: dict
    discounts: tuple = ("Principal", "TaxDiscount")
    shipping_discount: str = "Shipping"
    withheld: str = "MarketplaceFacilitatorTax"
    # Prices stand without the tax that they contain.
    splits_tax: bool = False


WITHHELD_PARTS = {
    ITEM: "Principal",
    SHIPPING: "Shipping",
    GIFT_WRAP: "Giftwrap",
    COD_FEE: "Other",
}
_CHARGES = {
    ITEM: ("Principal", "Tax"),
    SHIPPING: ("Shipping", "ShippingTax"),
    GIFT_WRAP: ("GiftWrap", "GiftWrapTax"),
    COD_FEE: ("COD", "CODTax"),
}
PLAIN = Labels(_CHARGES)
EUROPE = Labels(_CHARGES, withheld="MarketplaceFacilitatorVAT")
INDIA = Labels(
    {
        ITEM: ("Principal", "Product Tax"),
        SHIPPING: ("Shipping", "Shipping tax"),
        GIFT_WRAP: ("Gift wrap", "Gift wrap tax"),
        COD_FEE: ("COD", "COD tax"),
    },
    discounts=("Promo rebates", "Product tax discount"),
    shipping_discount="Shipping discount",
    splits_tax=True,
)


def labels_of(marketplace):
    """The Labels of a marketplace's files."""
    if marketplace.code == "IN":
        return INDIA
    return EUROPE if marketplace.region == "eu" else PLAIN


@dataclass
class ItemMoney:
    """An item's amounts, discounts positive.

    `taxes` per charge and `discount_tax` are on top of the charges unless `included`;
    `withheld`: Amazon keeps them.
    """

    charges: dict = field(default_factory=dict)
    discount: Decimal = NOTHING
    shipping_discount: Decimal = NOTHING
    taxes: dict = field(default_factory=dict)
    discount_tax: Decimal = NOTHING
    included: bool = False
    withheld: bool = False

    @property
    def gross(self):
        """What buyers pay for it, before tax on top and discounts."""
        return sum(self.charges.values(), NOTHING)

    @property
    def taxable(self):
        """What tax is computed from: without any tax, discounts taken off."""
        net = self.gross - self.discount - self.shipping_discount
        return net - self.tax if self.included else net

    @property
    def principal(self):
        """The item's own price without tax, before discounts."""
        tax = self.taxes.get(ITEM, NOTHING) if self.included else NOTHING
        return self.charges.get(ITEM, NOTHING) - tax

    @property
    def tax(self):
        return sum(self.taxes.values(), NOTHING) - self.discount_tax


def item_money(item, tax_percent, currency, splits_tax):
    """The ItemMoney of an order item in Amazon's JSON.

    :param Decimal tax_percent: the tax that prices contain if the order tells none
    :param bool splits_tax: whether the tax within prices is wanted
    """
    proceeds = item.get("proceeds") or {}
    found, tax_entry = _read(proceeds)
    due = found.gross - found.discount - found.shipping_discount
    on_top = _amount(proceeds.get("proceedsTotal")) - due
    stated = _amount(tax_entry.get("subtotal"))
    if on_top:
        _set_taxes(found, tax_entry, on_top)
    elif _withheld(item) and stated:
        found.withheld = True
        _set_taxes(found, tax_entry, stated)
    elif splits_tax:
        found.included = True
        if stated:
            _set_taxes(found, tax_entry, stated)
        else:
            _compute_taxes(found, tax_percent, currency)
    return found


def _read(proceeds):
    found, tax_entry = ItemMoney(), {}
    for entry in proceeds.get("breakdowns", ()):
        kind, amount = entry["type"], _amount(entry["subtotal"])
        if kind == "TAX":
            tax_entry = entry
        elif kind == "DISCOUNT":
            parts = _details(entry)
            found.shipping_discount = abs(parts.get(SHIPPING, NOTHING))
            found.discount = abs(amount) - found.shipping_discount
        elif kind in WITHHELD_PARTS:
            found.charges[kind] = amount
    if not found.charges:
        discounts = found.discount + found.shipping_discount
        found.charges[ITEM] = _amount(proceeds.get("proceedsTotal")) + discounts
    return found, tax_entry


def _amount(value):
    return Decimal(value["amount"]) if value else NOTHING


def _details(entry):
    """{subtype: amount} of a breakdown's details."""
    parts = {}
    for detail in entry.get("detailedBreakdowns", ()):
        subtype = detail["subtype"]
        parts[subtype] = parts.get(subtype, NOTHING) + _amount(detail["value"])
    return parts


def _withheld(item):
    collections = (item.get("tax") or {}).get("taxCollections", ())
    return any(entry.get("model") == FACILITATOR for entry in collections)


def _set_taxes(found, tax_entry, total):
    """Share `total` out as the details tell, else all of it is the first charge's."""
    parts = _details(tax_entry)
    discount_tax = -parts.pop("DISCOUNT", NOTHING)
    told = sum(parts.values(), NOTHING) - discount_tax == total
    if told and parts.keys() <= found.charges.keys():
        found.taxes, found.discount_tax = parts, discount_tax
    else:
        found.taxes = {next(iter(found.charges)): total}


def _compute_taxes(found, percent, currency):
    def within(amount):
        return rounded(amount * percent / (100 + percent), currency)

    found.taxes = {kind: within(amount) for kind, amount in found.charges.items()}
    found.discount_tax = within(found.discount + found.shipping_discount)


def receivable_parts(found, labels):
    """(amount type, description, Decimal) of what the buyer pays for the whole item."""
    for kind, amount in found.charges.items():
        tax = found.taxes.get(kind, NOTHING)
        price, tax_name = labels.charges[kind]
        yield PRICE, price, amount - tax if found.included else amount
        yield PRICE, tax_name, tax
    yield from _promotion_parts(found, labels)
    if found.withheld:
        yield from _withheld_parts(found, labels)


def _promotion_parts(found, labels):
    promotion, tax_discount = labels.discounts
    inner = found.discount_tax if found.included else NOTHING
    # Where the shipping alone is cheaper, the tax within is the shipping's.
    own = inner if found.discount else NOTHING
    yield PROMOTION, promotion, own - found.discount
    yield PROMOTION, labels.shipping_discount, inner - own - found.shipping_discount
    yield PROMOTION, tax_discount, -found.discount_tax


def _withheld_parts(found, labels):
    left = found.discount_tax
    for kind, tax in sorted(found.taxes.items()):
        part = WITHHELD_PARTS.get(kind, "Other")
        yield WITHHELD_TAX, f"{labels.withheld}-{part}", left - tax
        left = NOTHING
