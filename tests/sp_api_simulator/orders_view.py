# SPDX-License-Identifier: LGPL-3.0-or-later
"""What one caller may see of one order: asked-for blocks, roles, suppression."""

from .clock import parse_time

INCLUDED_DATA = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
    "PAYMENT",
    "FULFILLMENT_ORDERS",
)
ORDER_BLOCKS = {
    "buyer": "BUYER",
    "recipient": "RECIPIENT",
    "proceeds": "PROCEEDS",
    "fulfillment": "FULFILLMENT",
    "packages": "PACKAGES",
    "tax": "TAX",
    "payment": "PAYMENT",
    "fulfillmentOrders": "FULFILLMENT_ORDERS",
}
ITEM_BLOCKS = {
    "proceeds": "PROCEEDS",
    "expense": "EXPENSE",
    "promotion": "PROMOTION",
    "cancellation": "CANCELLATION",
    "fulfillment": "FULFILLMENT",
    "tax": "TAX",
}
COARSE_ADDRESS = ("city", "stateOrRegion", "countryCode")
EMAIL_STATUSES = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")


def view(version, included, seller, now):
    """Amazon's JSON of `version` for `seller` with the blocks in `included`."""
    order = _only(version.data, ORDER_BLOCKS, included)
    order["orderItems"] = [
        _item(item, included, seller) for item in version.data["orderItems"]
    ]
    _replace(order, "buyer", _buyer(order.get("buyer"), version, seller))
    _replace(order, "recipient", _recipient(order, version, seller, now))
    _replace(order, "tax", _tax(order.get("tax"), seller))
    if version.fulfilled_by != "MERCHANT":
        order.pop("packages", None)
    return order


def _only(data, blocks, included):
    return {
        name: value
        for name, value in data.items()
        if blocks.get(name) is None or blocks[name] in included
    }


def _replace(order, name, value):
    if value:
        order[name] = value
    else:
        order.pop(name, None)


def _buyer(buyer, version, seller):
    if not buyer:
        return None
    buyer = dict(buyer)
    if not seller.sees_buyers():
        buyer.pop("buyerName", None)
    merchant = version.fulfilled_by == "MERCHANT"
    if not (merchant and seller.sees_addresses() and version.status in EMAIL_STATUSES):
        buyer.pop("buyerEmail", None)
    return buyer


def _recipient(order, version, seller, now):
    recipient = order.get("recipient")
    if not recipient:
        return None
    address = recipient.get("deliveryAddress")
    if not seller.sees_addresses():
        if not (address and seller.coarse_address):
            return None
        shown = {name: address[name] for name in COARSE_ADDRESS if name in address}
        return {"deliveryAddress": shown}
    if address and _phone_withheld(version, now):
        address = {name: text for name, text in address.items() if name != "phone"}
        return {**recipient, "deliveryAddress": address}
    return recipient


def _phone_withheld(version, now):
    if version.fulfilled_by != "MERCHANT":
        return True
    if version.status != "SHIPPED":
        return False
    window = version.data["fulfillment"].get("deliverByWindow", {})
    latest = window.get("latestDateTime")
    return bool(latest) and parse_time(latest) < now


def _tax(tax, seller):
    if not tax or seller.sees_buyers() or "taxRegistrations" not in tax:
        return tax
    others = [
        registration
        for registration in tax["taxRegistrations"]
        if registration.get("entityType") != "BUYER"
    ]
    shown = {**tax, "taxRegistrations": others}
    if not others:
        del shown["taxRegistrations"]
    return shown


def _item(item, included, seller):
    shown = _only(item, ITEM_BLOCKS, included)
    if seller.sees_addresses():
        return shown
    product = shown.get("product", {})
    if "customization" in product:
        shown["product"] = {
            name: value for name, value in product.items() if name != "customization"
        }
    gift = shown.get("fulfillment", {}).get("packing", {}).get("giftOption")
    if gift and "giftMessage" in gift:
        shown["fulfillment"] = _without_message(shown["fulfillment"], gift)
    return shown


def _without_message(fulfillment, gift):
    gift = {name: text for name, text in gift.items() if name != "giftMessage"}
    packing = {**fulfillment["packing"], "giftOption": gift}
    return {**fulfillment, "packing": packing}
