# SPDX-License-Identifier: LGPL-3.0-or-later
"""The Python interface to parcels, their deadlines and FBA stock, a part of the
simulator's."""

from .changes import cancellation_requested, package_moved, shipped
from .clock import DAY


class ShippingControl:
    """For a class with `lock`, `overdue`, `settle` and `change_order`."""

    def ship_order(self, order_id, **parcel):
        """A parcel that Amazon knows of by itself, see `changes.shipped`."""
        return self.change_order(
            order_id, lambda order, now: shipped(order, now, **parcel)
        )

    def move_package(self, order_id, reference, status, detailed_status=None):
        """A package's status changes on its way, see `changes.package_moved`."""

        def change(order, _now):
            return package_moved(order, reference, status, detailed_status)

        return self.change_order(order_id, change)

    def request_cancellation(self, order_id, **request):
        """The buyer asks to cancel, see `changes.cancellation_requested`."""

        def change(order, _now):
            return cancellation_requested(order, **request)

        return self.change_order(order_id, change)

    def set_shipping(self, overdue_days):
        """Days after the promised date until Amazon cancels (None: never)."""
        with self.lock:
            grace = None if overdue_days is None else float(overdue_days) * DAY
            self.overdue.grace = grace
            self.settle()
            return {"overdue_days": overdue_days}

    # --- FBA stock ----------------------------------------------------------

    def set_fba_stock(self, key, seller_sku, marketplace_id=None, **counts):
        """Set units of a SKU in Amazon's warehouses; `counts` as `fba.Holding`.

        What is not given stays, or is 0. Marketplaces of one pool share it; None: the
        seller's first one.
        """
        with self.lock:
            place = marketplace_id or self.sellers[key].real_marketplaces()[0].id
            return self.fba.set(key, place, seller_sku, **counts)

    def fba_stock(self, key, marketplace_id=None):
        """The `fba.Holding` of each SKU of the seller (None: his first marketplace)."""
        with self.lock:
            place = marketplace_id or self.sellers[key].real_marketplaces()[0].id
            return self.fba.of(key, place)
