# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders that nobody ships in time are cancelled by Amazon."""

import heapq

from .changes import cancelled
from .clock import DAY, parse_time

# Amazon waits some days beyond the promised date before it cancels.
GRACE = 7 * DAY
REASON = "Not shipped in time"


class Overdue:
    """The promised dates of one simulator's orders, the next one first.

    `grace` in seconds after the last moment of the promise, None: nothing is ever
    cancelled. Orders that were overdue already when they came are left alone: they
    would vanish from every scenario at once.
    """

    def __init__(self, grace=GRACE):
        self.grace = grace
        self._waiting = []

    def watch(self, seller_key, version, now):
        """Remember when an order that waits for its seller must have left."""
        if version.fulfilled_by != "MERCHANT" or version.status != "UNSHIPPED":
            return
        latest = promised(version)
        if latest is not None and latest + (self.grace or GRACE) > now:
            heapq.heappush(self._waiting, (latest, seller_key, version.order_id))

    def settle(self, simulator):
        """Cancel what has become overdue, at the moment at which it did."""
        now = simulator.clock.now()
        while self._due(now):
            latest, key, order_id = heapq.heappop(self._waiting)
            version = simulator.sellers[key].orders.get(order_id)
            if version.status == "UNSHIPPED" and promised(version) == latest:
                simulator.change_order(order_id, _expired, at=latest + self.grace)

    def _due(self, now):
        if self.grace is None or not self._waiting:
            return False
        return self._waiting[0][0] + self.grace <= now


def promised(version):
    """The last moment at which an order should leave, epoch seconds, or None."""
    try:
        window = version.data["fulfillment"]["shipByWindow"]
        return parse_time(window["latestDateTime"])
    except (KeyError, TypeError, ValueError):
        # Odd orders are stored unchecked on purpose.
        return None


def _expired(order, _now):
    return cancelled(order, "AMAZON", REASON)
