# SPDX-License-Identifier: LGPL-3.0-or-later
"""Feeds about orders: acknowledgement, adjustment, fulfilment."""

from collections import Counter

from .changes import cancelled
from .feeds import FeedType
from .messages import ApiError
from .parcels import OPEN, Refused, free_reference, left, settle_status
from .shipments_api import ROLES, UNPAID, parcel_change
from .xml_feeds import MessageRefused, process

CANCEL_REASONS = frozenset(
    {
        "NoInventory",
        "BuyerCanceled",
        "ShippingAddressUndeliverable",
        "CustomerExchange",
        "PricingError",
        "GeneralAdjustment",
        "CarrierCreditDecision",
        "RiskAssessmentInformationNotValid",
        "CarrierCoverageFailure",
        "CustomerReturn",
        "MerchandiseNotReceived",
    }
)
ADJUST_REASONS = frozenset({"NoInventory", "BuyerCanceled"})
ALIAS = "SELLER_ORDER_ID"


def _text(element, name):
    return (element.findtext(name) or "").strip()


def _order(job, element):
    """The order's current version; MessageRefused if it is nobody's to change."""
    version = job.seller.orders.get(_text(element, "AmazonOrderID"))
    if version is None or version.marketplace_id not in job.marketplace_ids:
        raise MessageRefused("The seller has no such order in these marketplaces.")
    if version.fulfilled_by != "MERCHANT":
        raise MessageRefused("The order is fulfilled by Amazon (AFN).")
    return version


def _change(job, version, change):
    try:
        job.simulator.change_order(version.order_id, change, at=job.moment)
    except Refused as error:
        raise MessageRefused(f"{error}.") from None


def _items(element, name, order):
    """[(order item, element)] of the message; MessageRefused for foreign ones."""
    items = {item["orderItemId"]: item for item in order["orderItems"]}
    found = []
    for part in element.findall(name):
        item = items.get(_text(part, "AmazonOrderItemCode"))
        if item is None:
            raise MessageRefused("The order has no such order item.")
        found.append((item, part))
    return found


def _check_open(version, statuses):
    if version.status in UNPAID:
        raise MessageRefused("The order is Pending and cannot be cancelled yet.")
    if version.status == "CANCELLED":
        raise MessageRefused("The order was cancelled already.")
    if version.status not in statuses:
        raise MessageRefused("The order was shipped already.")


# --- acknowledgement --------------------------------------------------------


def acknowledge(job, element):
    version = _order(job, element)
    status = _text(element, "StatusCode")
    if status == "Success":
        number = _text(element, "MerchantOrderID")
        if number:
            _change(job, version, lambda order, _now: _named(order, number))
        return
    if status != "Failure":
        raise MessageRefused("StatusCode must be Success or Failure.")
    listed = _items(element, "Item", version.data)
    if not listed:
        # Amazon takes it without a word and cancels nothing.
        return
    reasons = {}
    for item, part in listed:
        reason = _text(part, "CancelReason")
        if reason not in CANCEL_REASONS:
            raise MessageRefused("CancelReason is missing or not known.")
        reasons[item["orderItemId"]] = reason
    _check_open(version, ("UNSHIPPED",))
    _change(job, version, lambda order, _now: _without(order, reasons))


def _named(order, number):
    others = [
        alias for alias in order.get("orderAliases", ()) if alias["aliasType"] != ALIAS
    ]
    order["orderAliases"] = [*others, {"aliasId": number, "aliasType": ALIAS}]
    return order


def _without(order, reasons):
    """Whole items are cancelled, and the order when none is left to ship."""
    rest = [item for item in order["orderItems"] if item["orderItemId"] not in reasons]
    if not any(left(item) for item in rest):
        order = cancelled(order, "MERCHANT", next(iter(reasons.values())))
    for item in order["orderItems"]:
        reason = reasons.get(item["orderItemId"])
        if reason is not None:
            _give_up(item, left(item), reason)
    return order


def _give_up(item, units, reason):
    state = item.setdefault("fulfillment", {})
    state["quantityUnfulfilled"] = left(item) - units
    execution = {"cancelledBy": "MERCHANT", "cancelReason": reason}
    item.setdefault("cancellation", {})["cancellationExecution"] = execution


# --- adjustment -------------------------------------------------------------


def adjust(job, element):
    version = _order(job, element)
    units, reasons = Counter(), {}
    for item, part in _items(element, "AdjustedItem", version.data):
        text = _text(part, "QuantityCancelled")
        if not text.isdigit() or int(text) <= 0:
            raise MessageRefused("QuantityCancelled must be positive.")
        reason = _text(part, "AdjustmentReason")
        if reason not in ADJUST_REASONS:
            raise MessageRefused("The reason must be NoInventory or BuyerCanceled.")
        units[item["orderItemId"]] += int(text)
        reasons[item["orderItemId"]] = reason
    if not units:
        raise MessageRefused("AdjustedItem is missing.")
    _check_open(version, OPEN)
    _change(job, version, lambda order, _now: _reduced(order, units, reasons))


def _reduced(order, units, reasons):
    for item in order["orderItems"]:
        wanted = units[item["orderItemId"]]
        if wanted > left(item):
            raise Refused("More than is left to ship")
        if wanted:
            _give_up(item, wanted, reasons[item["orderItemId"]])
    shipped = any(
        item.get("fulfillment", {}).get("quantityFulfilled")
        for item in order["orderItems"]
    )
    if not shipped and not any(left(item) for item in order["orderItems"]):
        order["fulfillment"]["fulfillmentStatus"] = "CANCELLED"
        return order
    settle_status(order)
    return order


# --- fulfilment -------------------------------------------------------------


def fulfill(job, element):
    version = _order(job, element)
    data = element.find("FulfillmentData")
    detail = {
        "packageReferenceId": _text(element, "MerchantFulfillmentID")
        or free_reference(version.data),
        "carrierCode": "" if data is None else _text(data, "CarrierCode"),
        "carrierName": "" if data is None else _text(data, "CarrierName"),
        "shippingMethod": "" if data is None else _text(data, "ShippingMethod"),
        "trackingNumber": "" if data is None else _text(data, "ShipperTrackingNumber"),
        "shipDate": _text(element, "FulfillmentDate"),
        "orderItems": [_packed(part) for part in element.findall("Item")],
    }
    detail["shippingMethod"] = detail["shippingMethod"] or None
    try:
        change = parcel_change(version, detail, job.moment)
    except ApiError as error:
        raise MessageRefused(error.message) from None
    _change(job, version, change)


def _packed(part):
    text = _text(part, "Quantity")
    return {
        "orderItemId": _text(part, "AmazonOrderItemCode"),
        "quantity": int(text) if text.isdigit() else 0,
    }


def _feed_type(name, message_type, carry_out):
    def run(job):
        return process(job, message_type, carry_out)

    return FeedType(name, run, ROLES, content="text/xml")


FEED_TYPES = (
    _feed_type("POST_ORDER_ACKNOWLEDGEMENT_DATA", "OrderAcknowledgement", acknowledge),
    _feed_type("POST_PAYMENT_ADJUSTMENT_DATA", "OrderAdjustment", adjust),
    _feed_type("POST_ORDER_FULFILLMENT_DATA", "OrderFulfillment", fulfill),
)
