# SPDX-License-Identifier: LGPL-3.0-or-later
"""Builds whole orders in Amazon's JSON, reproducible by the random source given.

Blocks that are equal are shared between orders (100,000 of them are to fit in memory):
a stored order is never changed in place.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from .clock import DAY, HOUR, format_time
from .money import (
    WITHHELD,
    Charges,
    TaxStyle,
    item_proceeds,
    money,
    order_proceeds,
)

FIRST_BLOCK = {"IN": "403", "US": "112", "CA": "702", "JP": "250", "UK": "202"}
CONDITION = {"conditionType": "NEW", "conditionSubtype": "NEW"}
UNPAID = ("PENDING", "PENDING_AVAILABILITY")


@dataclass
class Line:
    """One item to be ordered; amounts are Decimals for the whole line, not per unit.

    `discount_sign` -1 states discounts as negative amounts, 1 as positive ones.
    """

    listing: object
    quantity: int = 1
    shipping: Decimal = Decimal(0)
    gift_wrap: Decimal = Decimal(0)
    cod_fee: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    shipping_discount: Decimal = Decimal(0)
    discount_sign: int = -1

    def charges(self):
        return Charges(
            Decimal(self.listing.price) * self.quantity,
            self.shipping,
            self.gift_wrap,
            self.cod_fee,
            self.discount,
            self.shipping_discount,
            Decimal(self.listing.tax_percent),
        )


@dataclass
class Draft:
    """What decides one order. `created` and `updated` are epoch seconds."""

    marketplace: object
    lines: list
    created: float
    buyer: object = None
    updated: float = None
    status: str = "UNSHIPPED"
    fulfilled_by: str = "MERCHANT"
    style: TaxStyle = field(default_factory=TaxStyle)
    with_proceeds: bool = True
    with_recipient: bool = True
    tip: Decimal = None
    tip_status: str = "PENDING"
    channel_name: str = "AMAZON"
    payment_method: str = "CreditCard"
    programs: tuple = ()


def order_number(rng, marketplace_code):
    """An Amazon order id: 3-7-7 digits."""
    block = FIRST_BLOCK.get(marketplace_code, "305")
    first, second = rng.randrange(10**7), rng.randrange(10**7)
    return f"{block}-{first:07d}-{second:07d}"


def build_order(rng, draft):
    """A whole order in Amazon's JSON, every block filled that its state allows."""
    marketplace = draft.marketplace
    currency = marketplace.currency
    items = [_item(rng, line, draft) for line in draft.lines]
    order = {
        "orderId": order_number(rng, marketplace.code),
        "createdTime": format_time(draft.created),
        "lastUpdatedTime": format_time(
            draft.created if draft.updated is None else draft.updated
        ),
        "salesChannel": _sales_channel(draft.channel_name, draft.marketplace),
        "fulfillment": _fulfillment(draft),
        "orderItems": items,
    }
    if draft.programs:
        order["programs"] = list(draft.programs)
    if draft.buyer is not None:
        order["buyer"] = _buyer(draft)
    if draft.buyer and draft.with_recipient and draft.status not in UNPAID:
        order["recipient"] = {"deliveryAddress": draft.buyer.address}
    if draft.with_proceeds:
        order["proceeds"] = order_proceeds(items, currency, draft.tip, draft.tip_status)
        order["payment"] = _payment(order["proceeds"]["grandTotal"], draft)
    return order


@lru_cache(maxsize=256)
def _sales_channel(channel_name, marketplace):
    return {
        "channelName": channel_name,
        "marketplaceId": marketplace.id,
        "marketplaceName": marketplace.name,
    }


def _buyer(draft):
    buyer = {"buyerName": draft.buyer.name}
    if draft.fulfilled_by == "MERCHANT":
        buyer["buyerEmail"] = draft.buyer.email
    return buyer


def _payment(total, draft):
    execution = {"paymentMethod": draft.payment_method, "paymentAmount": total}
    return {"paymentExecutions": [execution]}


def _fulfillment(draft):
    ship_by = draft.created + 2 * DAY
    return {
        "fulfillmentStatus": draft.status,
        "fulfilledBy": draft.fulfilled_by,
        "fulfillmentServiceLevel": "STANDARD",
        "shipByWindow": {
            "earliestDateTime": format_time(draft.created + HOUR),
            "latestDateTime": format_time(ship_by),
        },
        "deliverByWindow": {
            "earliestDateTime": format_time(ship_by + DAY),
            "latestDateTime": format_time(ship_by + 4 * DAY),
        },
    }


def _item(rng, line, draft):
    currency = draft.marketplace.currency
    listing = line.listing
    item = {
        "orderItemId": f"{rng.randrange(10**13, 10**14)}",
        "quantityOrdered": line.quantity,
        "product": _product(listing, draft.with_proceeds),
        "fulfillment": _item_fulfillment(line, draft),
    }
    if draft.with_proceeds:
        item["proceeds"] = item_proceeds(
            line.charges(), draft.style, currency, line.discount_sign
        )
    if draft.with_proceeds and draft.style.basis == WITHHELD:
        collection = {
            "model": "MARKETPLACE_FACILITATOR",
            "responsibleParty": "Amazon Services, Inc.",
        }
        item["tax"] = {"taxCollections": [collection]}
    if line.discount or line.shipping_discount:
        promotion = f"SIM-PROMOTION-{rng.randrange(1000):03d}"
        item["promotion"] = {"breakdowns": [{"promotionId": promotion}]}
    if draft.status == "CANCELLED":
        execution = {"cancelledBy": "BUYER", "cancelReason": "BUYER_CANCELLED"}
        item["cancellation"] = {"cancellationExecution": execution}
    return item


@lru_cache(maxsize=4096)
def _product(listing, with_price):
    product = {
        "asin": listing.asin,
        "title": listing.title,
        "sellerSku": listing.seller_sku,
        "condition": CONDITION,
    }
    if with_price:
        unit_price = money(Decimal(listing.price), listing.currency)
        product["price"] = {"unitPrice": unit_price}
    return product


def _item_fulfillment(line, draft):
    shipped = line.quantity if draft.status == "SHIPPED" else 0
    closed = draft.status in ("SHIPPED", "CANCELLED")
    fulfillment = {
        "quantityFulfilled": shipped,
        "quantityUnfulfilled": 0 if closed else line.quantity,
    }
    if line.gift_wrap:
        gift = {"giftMessage": "With best wishes", "giftWrapLevel": "Classic"}
        fulfillment["packing"] = {"giftOption": gift}
    if line.cod_fee:
        fulfillment["shipping"] = {
            "shippingConstraints": {"cashOnDelivery": "MANDATORY"}
        }
    return fulfillment
