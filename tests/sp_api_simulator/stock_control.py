# SPDX-License-Identifier: LGPL-3.0-or-later
"""The Python interface to what is for sale, a part of the simulator's."""

from . import scenario
from .listings import Issue


class StockControl:
    """For a class with `sellers`, `stock`, `lock` and `settle`."""

    def set_stock(self, **settings):
        """See `stock.StockSettings` for the settings."""
        with self.lock:
            return self.stock.set(**settings)

    def reject_sku(self, key, seller_sku, issues=None, silent=False):
        """Refuse every quantity of a SKU, with `issues` (Issue or their fields).

        `silent`: Amazon accepts it, shows it as an attribute, and nothing happens.
        """
        with self.lock:
            if issues is not None:
                issues = [
                    issue if isinstance(issue, Issue) else Issue(**issue)
                    for issue in issues
                ]
            self.stock.reject(key, seller_sku, issues, silent)

    def accept_sku(self, key, seller_sku):
        """Undo `reject_sku`."""
        with self.lock:
            self.stock.accept(key, seller_sku)

    def get_quantity(self, key, seller_sku, marketplace_id=None):
        """What shoppers can buy now of a SKU; None for FBA.

        `marketplace_id` None: the seller's first one that has the SKU. KeyError if he
        does not have it there.
        """
        with self.lock:
            found = self.listings(key, marketplace_id, seller_sku)
            if not found:
                raise KeyError(seller_sku)
            merchants = found[0].fulfilled_by == "MERCHANT"
            return found[0].quantity if merchants else None

    def pushes(self, key=None, seller_sku=None):
        """The submissions of quantities as `stock.Push`, oldest first."""
        with self.lock:
            return [
                push
                for push in self.stock.pushes
                if key in (None, push.seller) and seller_sku in (None, push.seller_sku)
            ]

    def place_order(self, key, items, marketplace_id=None, status="UNSHIPPED", **more):
        """A buyer orders now; returns the order's id.

        :param items: {seller SKU: units}
        :param status: UNSHIPPED, or PENDING until `release_order`
        :param more: fields of `factory.Draft`
        :raises Refused: so much is not for sale
        """
        with self.lock:
            seller = self.sellers[key]
            self.settle()
            order = scenario.placed_order(
                self, seller, items, marketplace_id, status=status, **more
            )
            (version,) = self.put_orders(key, [order])
            return version.order_id

    def release_order(self, order_id):
        """A pending order's payment is authorised."""
        patch = {"fulfillment": {"fulfillmentStatus": "UNSHIPPED"}}
        return self.update_order(order_id, patch)
