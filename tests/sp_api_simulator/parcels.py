# SPDX-License-Identifier: LGPL-3.0-or-later
"""How parcels change an order: who packs how much, and what becomes of its status.

Each function changes the private copy of an order that it is given.
"""

from .clock import format_time

OPEN = ("UNSHIPPED", "PARTIALLY_SHIPPED")
# A label that was bought, and one that was given back.
HOLDS_NOTHING = ("PENDING", "CANCELLED")


class Refused(ValueError):
    """The order's state does not allow the change."""


def left(item):
    """Units of an order item that no parcel holds yet."""
    state = item.get("fulfillment", {})
    done = state.get("quantityFulfilled", 0)
    return state.get("quantityUnfulfilled", item["quantityOrdered"] - done)


def find_package(order, reference):
    """The package of this reference id, or None."""
    for package in order.get("packages", ()):
        if package["packageReferenceId"] == reference:
            return package
    return None


def free_reference(order):
    """A reference id that no package of the order has yet, as text."""
    number = len(order.get("packages", ())) + 1
    while find_package(order, str(number)) is not None:
        number += 1
    return str(number)


def make_package(
    reference,
    now,
    items,
    carrier,
    tracking,
    service=None,
    shipped=None,
    status="SHIPPED",
    detailed_status=None,
):
    """Amazon's JSON of a package; `items` maps order item ids to quantities.

    `shipped` is when it left (None: now); while PENDING it has not.
    """
    state = {"status": status}
    if detailed_status is not None:
        state["detailedStatus"] = detailed_status
    left_at = None if status == "PENDING" else format_time(shipped or now)
    package = {
        "packageReferenceId": reference,
        "createdTime": format_time(now),
        "packageStatus": state,
        "carrier": carrier,
        "shipTime": left_at,
        "shippingService": service,
        "trackingNumber": tracking,
        "packageItems": [
            {"orderItemId": item_id, "quantity": quantity}
            for item_id, quantity in items.items()
        ],
    }
    return {name: value for name, value in package.items() if value is not None}


def put_package(order, package):
    """Add a package, or replace the one that has its reference id.

    :raises Refused: for an item that is not the order's, or more than is left of it
    """
    old = find_package(order, package["packageReferenceId"])
    if old is not None:
        _move(order, old, -1)
    _move(order, package, 1)
    packages = order.setdefault("packages", [])
    if old is None:
        packages.append(package)
    else:
        package["createdTime"] = old.get("createdTime", package["createdTime"])
        packages[packages.index(old)] = package
    settle_status(order)
    return order


def _move(order, package, sign):
    if package.get("packageStatus", {}).get("status") in HOLDS_NOTHING:
        return
    items = {item["orderItemId"]: item for item in order["orderItems"]}
    for entry in package["packageItems"]:
        item = items.get(entry["orderItemId"])
        if item is None:
            raise Refused("The order has no such item")
        pack(item, sign * entry["quantity"])


def pack(item, quantity):
    """So many units of an order item leave (negative: come back)."""
    rest = left(item)
    if quantity > rest:
        raise Refused("More than is left to ship")
    state = item.setdefault("fulfillment", {})
    state["quantityFulfilled"] = state.get("quantityFulfilled", 0) + quantity
    state["quantityUnfulfilled"] = rest - quantity


def settle_status(order):
    """The status of an order that may be shipped follows its quantities."""
    items = order["orderItems"]
    states = [item.get("fulfillment", {}) for item in items]
    done = any(state.get("quantityFulfilled") for state in states)
    rest = any(left(item) for item in items)
    status = (
        "PARTIALLY_SHIPPED" if done and rest else "SHIPPED" if done else "UNSHIPPED"
    )
    order["fulfillment"]["fulfillmentStatus"] = status
