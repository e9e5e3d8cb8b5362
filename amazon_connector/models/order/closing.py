# SPDX-License-Identifier: LGPL-3.0-or-later
"""When an order was closed: from then on its buyer's data have their time."""

from ...const import CLOSED_STATUSES
from ...sp_api import Order
from ...tools.times import to_naive


def find_closing(order, now, old=None):
    """When this order was closed, naive UTC; None while it is open.

    The shipment of its last parcel, else what Amazon called its last change when it
    was first seen closed. Amazon touches closed orders: that moves nothing. What is
    shipped again, cancelled after all, or open in between, counts anew.

    :param order: as Amazon tells it now
    :param now: naive UTC; no order is closed later
    :param dict old: what is stored: `closed_on`, `fulfillment_status`, `payload`
    """
    status = order.fulfillment_status
    if status not in CLOSED_STATUSES:
        return None
    shipped = _find_last_shipment(order) if status == "SHIPPED" else None
    if old and old["closed_on"] and old["fulfillment_status"] == status:
        payload = old["payload"]
        former = payload and _find_last_shipment(Order.from_json(payload))
        if shipped is None or shipped == former:
            return old["closed_on"]
    return min(shipped or to_naive(order.last_updated_time) or now, now)


def _find_last_shipment(order):
    times = [package.ship_time for package in order.packages if package.ship_time]
    return to_naive(max(times, default=None))
