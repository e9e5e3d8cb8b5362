# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import item_json, order_json
from .frozen_common import FrozenCase

ORDERS = 80
BATCH = 20


@tagged("post_install", "-at_install")
class TestFrozenBatch(FrozenCase):
    """S148: many orders that wait for one item go on together."""

    def receive_frozen(self, count):
        orders = [
            order_json(number, items=[item_json("NEW")], buyer=f"buyer{number % 20}")
            for number in range(1, count + 1)
        ]
        bindings = self.store(*orders)
        for _batch in range(0, count, BATCH):
            self.apply()
        self.assertEqual(set(bindings.mapped("state")), {"frozen"})
        return bindings

    def count_queries(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def thaw_batch(self, size):
        """Thaw that many orders at once; returns the queries it took."""
        return self.count_queries(
            lambda: self.sync._apply_batch(
                self.sync._claim_waiting(size), last_try=True
            )
        )

    def test_one_decision_thaws_them_all(self):
        """Deciding wakes them with a few queries, each batch costs about the same."""
        bindings = self.receive_frozen(ORDERS)
        listing = self.listing("NEW")
        few = self.count_queries(lambda: listing.write({"product_id": self.product.id}))
        self.assertLess(few, 60, "waking does not grow with the orders")
        self.assertEqual(len(bindings.filtered("to_apply")), ORDERS)
        # The first batch fills the caches of the registry.
        costs = [self.thaw_batch(BATCH) for _batch in range(0, ORDERS, BATCH)]
        self.assertEqual(set(bindings.mapped("state")), {"applied"})
        self.assertEqual(set(bindings.sale_order_id.mapped("state")), {"sale"})
        self.assertEqual(
            sum(bindings.sale_order_id.mapped("amount_total")), 100.0 * ORDERS
        )
        self.assertLess(max(costs[1:]), 1.2 * min(costs[1:]), costs)

    def test_queries_grow_with_batches_not_orders(self):
        """Ten times the orders in a batch: not twice the queries and a few each."""
        self.receive_frozen(BATCH + 15)
        self.link("NEW")
        self.env.flush_all()
        self.thaw_batch(5)  # fills the caches
        small, large = self.thaw_batch(5), self.thaw_batch(BATCH)
        per_order = (large - small) / (BATCH - 5)
        self.assertLess(per_order, 3.0, (small, large))
