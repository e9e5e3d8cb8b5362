# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders v0: confirmShipment and updateShipmentStatus."""

import re
from collections import Counter

from .bodies import json_body
from .changes import cancelled
from .clock import parse_time
from .marketplaces import BY_CODE
from .messages import Answer, ApiError
from .orders_api import ORDER_ID
from .parcels import (
    OPEN,
    Refused,
    find_package,
    left,
    make_package,
    pack,
    put_package,
    settle_status,
)
from .queries import known_parameters
from .routes import Route
from .sellers import DIRECT_TO_CONSUMER, ORDER_TRACKING

MODEL = "ordersV0"
ROLES = frozenset({ORDER_TRACKING, DIRECT_TO_CONSUMER})
OTHER = "Other"
REFERENCE = re.compile(r"[1-9]\d*", re.ASCII)
# Whose parcels Amazon hears of by itself.
NOT_CONFIRMABLE = ("AMAZON_EASY_SHIP", "FBM_SHIP_PLUS", "DELIVERY_BY_AMAZON")
PICK_UP = "IN_STORE_PICK_UP"
TRANSPARENCY = "TRANSPARENCY"
UNPAID = ("PENDING", "PENDING_AVAILABILITY")


def _refused(message):
    return ApiError.invalid_input(message=message)


def _order(call, body):
    """The order's current version, checked for what both operations demand."""
    known_parameters(call.query, frozenset())
    order_id = call.path["orderId"]
    if not ORDER_ID.match(order_id):
        raise _refused("orderId is not an Amazon order id.")
    version = call.seller.orders.get(order_id)
    if version is None:
        raise ApiError.not_found()
    if body["marketplaceId"] != version.marketplace_id:
        raise _refused("The order is not of this marketplace.")
    if version.fulfilled_by != "MERCHANT":
        raise _refused("The order is fulfilled by Amazon (AFN).")
    return version


def confirm_shipment(call):
    body = json_body(call, "ConfirmShipmentRequest", ("marketplaceId", "packageDetail"))
    version = _order(call, body)
    if body.get("codCollectionMethod") and version.marketplace_id != BY_CODE["JP"].id:
        raise _refused("codCollectionMethod is for Japan only.")
    detail = body["packageDetail"]
    if not detail["trackingNumber"].strip():
        raise _refused("trackingNumber is required.")
    return _changed(call, version, parcel_change(version, detail, call.now))


def parcel_change(version, detail, now):
    """What a parcel does to its order, as a function for `change_order`.

    `detail` is Amazon's packageDetail; ApiError 400 for a parcel that is refused.
    """
    _check_detail(detail)
    shipped = _ship_date(detail["shipDate"], version, now)
    _check_programs(version.data)
    _check_status(version, detail["packageReferenceId"])
    quantities = _quantities(detail["orderItems"], version.data)

    def change(order, moment):
        package = make_package(
            detail["packageReferenceId"],
            moment,
            quantities,
            detail.get("carrierName") or detail["carrierCode"],
            detail.get("trackingNumber") or None,
            detail.get("shippingMethod"),
            shipped,
        )
        _add_codes(package, detail["orderItems"])
        return put_package(order, package)

    return change


def _changed(call, version, change):
    try:
        call.simulator.change_order(version.order_id, change)
    except Refused as error:
        raise _refused(f"Order item quantity: {error}.") from None
    return Answer(204)


def _check_detail(detail):
    if not REFERENCE.fullmatch(detail["packageReferenceId"]):
        raise _refused("packageReferenceId must be a positive number.")
    if not detail["carrierCode"].strip():
        raise _refused("carrierCode is required.")
    if detail["carrierCode"] == OTHER and not detail.get("carrierName", "").strip():
        raise _refused("carrierName is required with the carrierCode Other.")


def _ship_date(text, version, now):
    try:
        shipped = parse_time(text)
    except ValueError:
        raise _refused("shipDate is not a UTC time.") from None
    if shipped > now:
        raise _refused("shipDate is in the future.")
    if shipped < version.created:
        raise _refused("shipDate is before the purchase.")
    return shipped


def _check_programs(order):
    programs = order.get("programs", ())
    for program in NOT_CONFIRMABLE:
        if program in programs:
            raise _refused(f"Orders of {program} cannot be confirmed by the seller.")
    if PICK_UP in programs:
        raise _refused("The order is for in-store pick-up: update its status.")


def _check_status(version, reference):
    known = find_package(version.data, reference) is not None
    if version.status == "SHIPPED" and not known:
        raise _refused(
            "PackageToUpdateNotFoundException: the order is fulfilled and has no "
            f"package {reference}."
        )
    if version.status in UNPAID:
        raise _refused("The order is Pending and must not be shipped.")
    if version.status == "CANCELLED":
        raise _refused("The order was cancelled.")
    if version.status not in (*OPEN, "SHIPPED"):
        raise _refused("The order's status does not allow a shipment.")


def _quantities(entries, order):
    """{order item id: quantity}; ApiError 400 for what the order cannot send."""
    if not entries:
        raise _refused("orderItems is empty.")
    items = {item["orderItemId"]: item for item in order["orderItems"]}
    quantities = Counter()
    for entry in entries:
        item = items.get(entry["orderItemId"])
        if item is None:
            raise _refused("The order has no such order item id.")
        if entry["quantity"] <= 0:
            raise _refused("Order item quantity must be positive.")
        codes = entry.get("transparencyCodes", ())
        wanted = entry["quantity"] if TRANSPARENCY in item.get("programs", ()) else 0
        if wanted and len(set(codes)) != wanted:
            raise _refused("One Transparency code per unit is required.")
        quantities[entry["orderItemId"]] += entry["quantity"]
    return dict(quantities)


def _add_codes(package, entries):
    for entry in entries:
        for shown in package["packageItems"]:
            if shown["orderItemId"] == entry["orderItemId"]:
                codes = entry.get("transparencyCodes")
                if codes:
                    shown.setdefault("transparencyCodes", []).extend(codes)


def update_shipment_status(call):
    required = ("marketplaceId", "shipmentStatus")
    body = json_body(call, "UpdateShipmentStatusRequest", required)
    version = _order(call, body)
    if PICK_UP not in version.data.get("programs", ()):
        raise _refused("The order is not for in-store pick-up.")
    if version.status not in OPEN:
        raise _refused("The order's status does not allow a pick-up.")
    wanted = _picked(body.get("orderItems"), version.data)
    ready = call.seller.pickups.setdefault(version.order_id, Counter())
    status = body["shipmentStatus"]
    if status != "ReadyForPickup" and any(
        ready[item_id] < quantity for item_id, quantity in wanted.items()
    ):
        raise _refused("The order items are not ready for pick-up yet.")

    def change(order, _now):
        return _PICKUPS[status](order, wanted)

    answer = _changed(call, version, change)
    sign = 1 if status == "ReadyForPickup" else -1
    for item_id, quantity in wanted.items():
        ready[item_id] += sign * quantity
    return answer


def _picked(entries, order):
    """{order item id: quantity} of what the buyer is to collect."""
    if entries:
        return _quantities(entries, order)
    return {item["orderItemId"]: left(item) for item in order["orderItems"]}


def _ready(order, wanted):
    for item in order["orderItems"]:
        if wanted.get(item["orderItemId"], 0) > left(item):
            raise Refused("More than is left to ship")
    return order


def _collected(order, wanted):
    for item in order["orderItems"]:
        pack(item, wanted.get(item["orderItemId"], 0))
    settle_status(order)
    return order


def _turned_down(order, wanted):
    if all(left(item) == wanted.get(item["orderItemId"], 0) for item in _open(order)):
        return cancelled(order, "BUYER", "Refused at pick-up")
    for item in order["orderItems"]:
        state = item.setdefault("fulfillment", {})
        state["quantityUnfulfilled"] = left(item) - wanted.get(item["orderItemId"], 0)
    settle_status(order)
    return order


def _open(order):
    return [item for item in order["orderItems"] if left(item)]


_PICKUPS = {
    "ReadyForPickup": _ready,
    "PickedUp": _collected,
    "RefusedPickup": _turned_down,
}


def _route(path, operation, rate, burst, handler):
    template = f"/orders/v0/orders/{{orderId}}/{path}"
    return Route("POST", template, operation, MODEL, rate, burst, handler, ROLES)


ROUTES = (
    _route("shipmentConfirmation", "confirmShipment", 2.0, 10, confirm_shipment),
    _route("shipment", "updateShipmentStatus", 5.0, 15, update_shipment_status),
)
