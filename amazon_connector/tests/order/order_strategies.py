# SPDX-License-Identifier: LGPL-3.0-or-later
"""Random Amazon orders for property tests, with what they must come to.

Needs ``hypothesis``; amounts are drawn in the currency's smallest unit.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import strategies as st

from ..common import ago

MARKETPLACES = {
    "in": ("INR", 2),
    "de": ("EUR", 2),
    "us": ("USD", 2),
    "jp": ("JPY", 0),
}
"""Currency and its decimals by marketplace: taxes inside and on top, no decimals."""
SKUS = ("SKU-A", "SKU-B", "SKU-A", "SKU-C")
"""By item: the first and the third are the same product."""
CHARGES = ("SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER", "DISCOUNT")
OWN_TAXES = ("none", "18", "18 inside", "9 and 9", "18 and 1 on top of it")


@dataclass(frozen=True)
class Setting:
    """How company, channel and products are set up."""

    marketplace: str
    tax_source: str
    rounding: str
    price_include: str
    own_taxes: str


@dataclass
class Sample:
    """An order as Amazon's JSON, and what its sales order must state.

    ``item_totals`` is ``{order item id: Decimal}``; ``tax`` the tax that Amazon says
    is part of the total, None where Amazon leaves that open.
    """

    order: dict
    total: Decimal
    tax: "Decimal | None"
    item_totals: dict = field(default_factory=dict)

    @property
    def quantities(self):
        return {
            item["orderItemId"]: item["quantityOrdered"]
            for item in self.order["orderItems"]
        }


@st.composite
def settings_of_a_shop(draw, marketplaces=tuple(MARKETPLACES), tax_sources=None):
    return Setting(
        marketplace=draw(st.sampled_from(marketplaces)),
        tax_source=draw(
            st.sampled_from(tax_sources or ("auto", "amazon", "odoo", "none"))
        ),
        rounding=draw(st.sampled_from(["round_per_line", "round_globally"])),
        price_include=draw(st.sampled_from(["tax_excluded", "tax_included"])),
        own_taxes=draw(st.sampled_from(OWN_TAXES)),
    )


@st.composite
def samples(draw, setting, marketplace_id, max_quantity=9, status="UNSHIPPED", **parts):
    """One order; ``parts`` replace top-level blocks of its JSON."""
    currency, digits = MARKETPLACES[setting.marketplace]
    taxed_inside = setting.marketplace != "us"
    count = draw(st.integers(1, len(SKUS)))
    items, totals, taxes = [], {}, []
    for number in range(count):
        item, total, tax = draw(_items(number, currency, digits, max_quantity))
        items.append(item)
        totals[item["orderItemId"]] = total
        taxes.append(tax(taxed_inside))
    breakdowns, tip = [], draw(st.sampled_from([0, 0, 0, 500]))
    tip = _amount(tip, digits)
    if tip:
        breakdowns.append(
            {
                "type": "DELIVERY_TIP",
                "status": "FINALIZED",
                "subtotal": _money(tip, currency),
            }
        )
    total = sum(totals.values(), tip)
    order = {
        "orderId": "403-7777777-0000001",
        "createdTime": ago(days=1),
        "lastUpdatedTime": ago(hours=12),
        "programs": draw(st.lists(st.sampled_from(["PRIME", "AMAZON_BUSINESS"]))),
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": marketplace_id},
        "proceeds": {
            "grandTotal": _money(total, currency),
            "breakdowns": breakdowns,
        },
        "fulfillment": {
            "fulfillmentStatus": status,
            "fulfilledBy": "MERCHANT",
        },
        "orderItems": items,
        "buyer": {"buyerEmail": "asha@marketplace.example"},
        "recipient": {
            "deliveryAddress": {
                "countryCode": draw(st.sampled_from(["IN", "US", "DE", "JP", "GB"]))
            }
        },
        **parts,
    }
    tax = None if None in taxes else sum(taxes, Decimal(0))
    return Sample(order, total, tax, totals)


@st.composite
def _items(draw, number, currency, digits, max_quantity):
    """``(item as JSON, its total, function: tax in the total by custom)``."""
    amounts = {"ITEM": draw(st.integers(0, 500_00))}
    for kind in draw(st.sets(st.sampled_from(CHARGES))):
        if kind == "DISCOUNT":
            top = sum(v for k, v in amounts.items() if v > 0)
            amounts[kind] = draw(st.integers(0, top))
        else:
            amounts[kind] = draw(st.integers(-5_00 if kind == "OTHER" else 0, 99_99))
    stated = sum(-v if k == "DISCOUNT" else v for k, v in amounts.items())
    tax, block, is_certain = draw(_taxes(amounts, max(stated, 0), digits, currency))
    on_top = bool(tax) and draw(st.booleans())
    total = stated + tax if on_top else stated
    quantity = draw(st.integers(1, max_quantity))
    sign = draw(st.sampled_from([1, -1]))
    item = {
        "orderItemId": f"9000000000000{number}",
        "quantityOrdered": quantity,
        "product": {
            "asin": f"B00000000{number}",
            "title": f"Item {number}",
            "sellerSku": SKUS[number],
        },
        "proceeds": {
            "proceedsTotal": _money(_amount(total, digits), currency),
            "breakdowns": [
                {
                    "type": kind,
                    "subtotal": _money(
                        _amount(v * sign if kind == "DISCOUNT" else v, digits), currency
                    ),
                }
                for kind, v in amounts.items()
            ],
        },
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
    }
    if block:
        item["proceeds"]["breakdowns"].append(block)

    def tax_in_total(taxed_inside):
        if not is_certain and not on_top:
            return None
        if not on_top and not taxed_inside:
            return Decimal(0)
        return _amount(tax, digits)

    return item, _amount(total, digits), tax_in_total


@st.composite
def _taxes(draw, amounts, top, digits, currency):
    """``(tax, TAX block or None, whether the block tells the tax by itself)``."""
    style = draw(st.sampled_from(["absent", "zero", "subtotal", "details"]))
    if style == "absent":
        return 0, None, True
    tax, details = 0, {}
    if style == "subtotal":
        tax = draw(st.integers(0, top // 4))
    if style == "details":
        tax, details = draw(_tax_details(amounts))
    block = {"type": "TAX"}
    with_subtotal = not details or draw(st.booleans())
    if with_subtotal:
        block["subtotal"] = _money(_amount(tax, digits), currency)
    if details:
        block["detailedBreakdowns"] = [
            {"subtype": kind, "value": _money(_amount(units, digits), currency)}
            for kind, units in details.items()
        ]
    return tax, block, with_subtotal or "DISCOUNT" not in details


@st.composite
def _tax_details(draw, amounts):
    """``(tax, {subtype: units})``; a discount's tax counts into the tax, or not."""
    taxed = [kind for kind in amounts if kind != "DISCOUNT"]
    details = {
        kind: draw(st.integers(0, max(amounts[kind], 0) // 4))
        for kind in draw(st.sets(st.sampled_from(taxed), min_size=1))
    }
    tax = sum(details.values())
    if "DISCOUNT" in amounts and draw(st.booleans()):
        discounted = draw(st.integers(0, min(tax, amounts["DISCOUNT"] // 4)))
        details["DISCOUNT"] = draw(st.sampled_from([1, -1])) * discounted
        tax -= draw(st.sampled_from([0, discounted]))
    return tax, details


def _amount(units, digits):
    return Decimal(units).scaleb(-digits)


def _money(amount, currency):
    return {"amount": str(amount), "currencyCode": currency}
