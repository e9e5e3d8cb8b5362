# SPDX-License-Identifier: LGPL-3.0-or-later
"""What may happen to a stored order: shipped, cancelled, patched.

Each function takes a private copy of the order and returns it changed.
"""

from decimal import Decimal

from .clock import format_time
from .money import money

OPEN = ("UNSHIPPED", "PARTIALLY_SHIPPED")


class Refused(ValueError):
    """The order's state does not allow the change."""


def shipped(
    order,
    now,
    items=None,
    carrier="Blue Dart",
    service="Standard",
    tracking="SIM0000001",
    reference="1",
):
    """A parcel leaves: `items` maps order item ids to quantities (None: the rest)."""
    fulfillment = order["fulfillment"]
    if fulfillment["fulfillmentStatus"] not in OPEN:
        raise Refused("Only unshipped orders can be shipped")
    known = {item["orderItemId"] for item in order["orderItems"]}
    if items is not None and not set(items) <= known:
        raise Refused("The order has no such item")
    parcel = []
    for item in order["orderItems"]:
        state = item["fulfillment"]
        wanted = state["quantityUnfulfilled"]
        if items is not None:
            wanted = items.get(item["orderItemId"], 0)
        if wanted > state["quantityUnfulfilled"]:
            raise Refused("More than is left to ship")
        if wanted:
            state["quantityFulfilled"] += wanted
            state["quantityUnfulfilled"] -= wanted
            entry = {"orderItemId": item["orderItemId"], "quantity": wanted}
            parcel.append(entry)
    if not parcel:
        raise Refused("Nothing to ship")
    rest = any(
        item["fulfillment"]["quantityUnfulfilled"] for item in order["orderItems"]
    )
    fulfillment["fulfillmentStatus"] = "PARTIALLY_SHIPPED" if rest else "SHIPPED"
    # Those of FBA orders are seen in the shipments report alone.
    package = {
        "packageReferenceId": reference,
        "createdTime": format_time(now),
        "packageStatus": {"status": "SHIPPED"},
        "carrier": carrier,
        "shipTime": format_time(now),
        "shippingService": service,
        "trackingNumber": tracking,
        "packageItems": parcel,
    }
    order.setdefault("packages", []).append(package)
    return order


def cancelled(order, by, reason):
    """The whole order is cancelled by BUYER, MERCHANT or AMAZON."""
    fulfillment = order["fulfillment"]
    if fulfillment["fulfillmentStatus"] in ("SHIPPED", "CANCELLED"):
        raise Refused("This order can no longer be cancelled")
    fulfillment["fulfillmentStatus"] = "CANCELLED"
    for item in order["orderItems"]:
        execution = {"cancelledBy": by, "cancelReason": reason}
        item.setdefault("cancellation", {})["cancellationExecution"] = execution
        item["fulfillment"]["quantityUnfulfilled"] = 0
    return order


def tip_finalized(order, amount):
    """The order's DELIVERY_TIP becomes FINALIZED; the grand total follows."""
    proceeds = order.get("proceeds", {})
    for entry in proceeds.get("breakdowns", ()):
        if entry["type"] == "DELIVERY_TIP":
            break
    else:
        raise Refused("The order has no delivery tip")
    total, currency = proceeds["grandTotal"], entry["subtotal"]["currencyCode"]
    change = Decimal(amount) - Decimal(entry["subtotal"]["amount"])
    entry.update(status="FINALIZED", subtotal=money(amount, currency))
    total["amount"] = money(Decimal(total["amount"]) + change, currency)["amount"]
    return order


def merged(order, patch):
    """JSON merge patch; items may be patched by their id."""
    items = patch.get("orderItems")
    if isinstance(items, dict):
        patch = {name: value for name, value in patch.items() if name != "orderItems"}
        unknown = set(items) - {item["orderItemId"] for item in order["orderItems"]}
        if unknown:
            raise Refused("The order has no such item")
        order["orderItems"] = [
            _merge(item, items.get(item["orderItemId"], {}))
            for item in order["orderItems"]
        ]
    return _merge(order, patch)


def _merge(target, patch):
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = _merge(target.get(name), value)
    return target
