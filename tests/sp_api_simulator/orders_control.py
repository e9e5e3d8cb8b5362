# SPDX-License-Identifier: LGPL-3.0-or-later
"""The Python interface to a seller's orders, a part of the simulator's."""

import json

from .changes import Refused, cancelled, merged, tip_finalized
from .clock import format_time
from .store import OrderVersion


class OrdersControl:
    """For a class with `sellers`, `clock`, `lock`, `models`, `stock`, `fba`,
    `overdue` and `settle`."""

    def put_orders(self, key, orders, check=True):
        """Store whole orders in Amazon's JSON; missing times become now.

        ValueError if an order departs from Amazon's model, unless `check` is False:
        then search and getOrder show it as it is. What new orders hold is no longer
        for sale.
        """
        with self.lock:
            stamp = format_time(self.clock.now())
            times = {"createdTime": stamp, "lastUpdatedTime": stamp}
            whole = [{**times, **_clone(order)} for order in orders]
            if check:
                self._refuse(self.order_problems(whole), ValueError)
            seller = self.sellers[key]
            for order in whole:
                # Before anything follows it: what it lacks is said by this.
                OrderVersion.of(order)
            self.settle()
            for order in whole:
                known = seller.orders.get(order["orderId"])
                self._follow(seller, known and known.data, order)
            return self.store_orders(key, whole, check)

    def _follow(self, seller, before, after):
        """What is for sale, and what lies at Amazon, follows an order's change."""
        self.stock.follow(seller, before, after)
        self.fba.follow(seller, before, after)

    def store_orders(self, key, orders, checked=True):
        """Store orders that are complete and nobody else will touch.

        They are history: what is for sale stays as it is.
        """
        now = self.clock.now()
        versions = self.sellers[key].orders.put(orders, now, checked)
        for version in versions:
            self.overdue.watch(key, version, now)
        return versions

    @staticmethod
    def _refuse(problems, error):
        if problems:
            raise error(f"Not an order of Amazon's model: {'; '.join(problems[:5])}")

    def order_problems(self, orders):
        """How orders depart from Amazon's model; empty without models."""
        if self.models is None:
            return []
        return [
            problem
            for order in orders
            for problem in self.models.problems("orders_2026-01-01", "Order", order)
        ]

    def truth(self, key=None):
        """Whole orders as they are now, without lag, roles or blocks."""
        with self.lock:
            self.settle()
            chosen = self.sellers.values() if key is None else [self.sellers[key]]
            return [
                version.data for seller in chosen for version in seller.orders.all()
            ]

    def find_order(self, order_id):
        """(seller, current version); KeyError if nobody has it."""
        for seller in self.sellers.values():
            version = seller.orders.get(order_id)
            if version is not None:
                return seller, version
        raise KeyError(order_id)

    def change_order(self, order_id, change, check=True, at=None):
        """Store what `change(private copy, now)` returns as the order's new version.

        `at` is when it happened (None: now); Refused if Amazon's model forbids it.
        """
        with self.lock:
            if at is None:
                self.settle()
            seller, version = self.find_order(order_id)
            now = self.clock.now() if at is None else at
            order = change(_clone(version.data), now)
            # Two changes in one millisecond must still be told apart.
            moment = format_time(max(now, version.updated + 0.001))
            order.setdefault("lastUpdatedTime", moment)
            if order["lastUpdatedTime"] == version.data["lastUpdatedTime"]:
                order["lastUpdatedTime"] = moment
            if check and version.checked:
                self._refuse(self.order_problems([order]), Refused)
            self._follow(seller, version.data, order)
            checked = check and version.checked
            [stored] = seller.orders.put([order], self.clock.now(), checked)
            self.overdue.watch(seller.key, stored, now)
            return order

    def update_order(self, order_id, patch, check=True):
        """JSON merge patch (RFC 7386); `orderItems` may be {orderItemId: patch}."""

        def change(order, _now):
            return merged(order, patch)

        return self.change_order(order_id, change, check)

    def cancel_order(self, order_id, by="BUYER", reason="BUYER_CANCELLED"):
        return self.change_order(
            order_id, lambda order, _now: cancelled(order, by, reason)
        )

    def finalize_tip(self, order_id, amount):
        """The buyer's delivery tip becomes final, at `amount` (a decimal string)."""

        def change(order, _now):
            return tip_finalized(order, amount)

        return self.change_order(order_id, change)


def _clone(order):
    """A private copy of JSON data, several times as fast as `copy.deepcopy`."""
    return json.loads(json.dumps(order))
