# SPDX-License-Identifier: LGPL-3.0-or-later
"""What may happen to a stored order: shipped, cancelled, patched.

Each function takes a private copy of the order and returns it changed.
"""

from decimal import Decimal

from .money import money
from .parcels import (
    HOLDS_NOTHING,
    OPEN,
    Refused,
    find_package,
    free_reference,
    left,
    make_package,
    put_package,
)


def shipped(
    order,
    now,
    items=None,
    carrier="Blue Dart",
    service="Standard",
    tracking="SIM0000001",
    reference=None,
    status="SHIPPED",
    detailed_status=None,
):
    """A parcel leaves that Amazon knows of by itself (Buy Shipping, Easy Ship, FBA).

    `items` maps order item ids to quantities (None: the rest), `reference` is the
    package's number (None: the next free one; one that exists is replaced). PENDING
    as `status` means that the label is bought and the parcel still here.
    """
    if order["fulfillment"]["fulfillmentStatus"] not in OPEN:
        raise Refused("Only unshipped orders can be shipped")
    known = {item["orderItemId"] for item in order["orderItems"]}
    if items is not None and not set(items) <= known:
        raise Refused("The order has no such item")
    if items is None:
        items = {item["orderItemId"]: left(item) for item in order["orderItems"]}
    parcel = {item_id: quantity for item_id, quantity in items.items() if quantity}
    if not parcel:
        raise Refused("Nothing to ship")
    # Those of FBA orders are seen in the shipments report alone.
    package = make_package(
        reference or free_reference(order),
        now,
        parcel,
        carrier,
        tracking,
        service,
        status=status,
        detailed_status=detailed_status,
    )
    return put_package(order, package)


def package_moved(order, reference, status, detailed_status=None):
    """A package is under way: its status becomes another one (e.g. DELIVERED)."""
    package = find_package(order, reference)
    if package is None:
        raise Refused("The order has no such package")
    state = package["packageStatus"]
    if (state["status"] in HOLDS_NOTHING) != (status in HOLDS_NOTHING):
        raise Refused("The package's contents would change: ship it")
    state["status"] = status
    state.pop("detailedStatus", None)
    if detailed_status is not None:
        state["detailedStatus"] = detailed_status
    return order


def cancellation_requested(order, reason="Ordered by mistake", items=None):
    """The buyer asks the seller to cancel `items` (order item ids; None: all)."""
    request = {"requester": "BUYER", "cancelReason": reason}
    for item in order["orderItems"]:
        if items is None or item["orderItemId"] in items:
            item.setdefault("cancellation", {})["cancellationRequest"] = dict(request)
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
        item.setdefault("fulfillment", {})["quantityUnfulfilled"] = 0
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
