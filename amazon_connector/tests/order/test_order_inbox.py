# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import AmazonCase, address_json, ago, item_json, order_json


@tagged("post_install", "-at_install")
class TestOrderInbox(AmazonCase):
    """What is fetched is stored once, and never set back."""

    def page(self, *orders):
        return self.env["amazon.order.inbox"]._store_page(
            self.account, list(orders), self.start_run()
        )

    def test_channel_that_was_switched_off(self):
        """What was sold there goes on; what was not waits until it is on again."""
        sold, shipped, waiting = self.receive(
            order_json(1), order_json(2), order_json(3, status="PENDING")
        )
        self.channel.active = False
        later = [
            order_json(1, status="CANCELLED", updated=ago(hours=1)),
            order_json(2, status="SHIPPED", updated=ago(hours=1)),
            order_json(3, updated=ago(hours=1)),
        ]
        self.receive(*later)
        self.assertEqual((sold | shipped).channel_id, self.channel)
        self.assertEqual(
            (sold.state, sold.sale_order_id.state), ("cancelled", "cancel")
        )
        self.assertEqual(
            (shipped.state, shipped.fulfillment_status), ("applied", "SHIPPED")
        )
        self.assertEqual((waiting.state, waiting.sale_order_id.id), ("skipped", False))
        self.channel.active = True
        self.receive(*later)
        self.assertEqual(waiting.sale_order_id.state, "sale")

    def test_corrected_merchant_token(self):
        """It is the same seller: what Amazon tells from now on reaches his orders."""
        sold, waiting = self.receive(order_json(1), order_json(2, status="PENDING"))
        self.account.seller_id = "ACORRECTED"
        again = self.receive(
            order_json(1, status="CANCELLED", updated=ago(hours=1)),
            order_json(2, updated=ago(hours=1)),
        )
        self.assertEqual(again, sold | waiting)
        self.assertEqual(
            (sold.state, sold.sale_order_id.state), ("cancelled", "cancel")
        )
        self.assertEqual(waiting.sale_order_id.state, "sale")
        self.assertEqual(set(again.mapped("seller_id")), {"ACORRECTED"})
        self.account.seller_id = False
        self.assertEqual(set(again.mapped("seller_id")), {"ACORRECTED"})

    def test_same_order_twice_in_a_page_is_one(self):
        """Rule 1; of two states in one page the newer one counts."""
        newer = order_json(status="UNSHIPPED", updated=ago(hours=1))
        result = self.page(order_json(status="PENDING"), newer, order_json())
        binding = self.find(newer["orderId"])
        self.assertEqual(len(binding), 1)
        self.assertEqual(binding.fulfillment_status, "UNSHIPPED")
        self.assertEqual((result.seen, result.changed), (3, 1))

    def test_rows_get_the_defaults_of_the_fields(self):
        """As if the ORM had made them; what a user says of defaults does not count."""
        self.env["ir.default"].set("amazon.order", "applied_tip", 3.0)
        inbox = self.env["amazon.order.inbox"].with_context(
            default_state="applied", default_applied_tip=7.0
        )
        order = order_json()
        inbox._store_page(self.account, [order], self.start_run())
        binding = self.find(order["orderId"])
        self.assertEqual((binding.state, binding.applied_tip), ("waiting", 0.0))

    def test_older_state_never_overwrites_a_newer_one(self):
        binding = self.store(order_json(status="SHIPPED", updated=ago(hours=1)))
        result = self.page(order_json(status="UNSHIPPED", updated=ago(hours=2)))
        self.assertEqual(binding.fulfillment_status, "SHIPPED")
        self.assertEqual(result.unchanged, 1)

    def test_equal_time_may_tell_more(self):
        """A role granted later brings blocks for orders that are here already."""
        moment = ago(hours=3)
        binding = self.receive(order_json(updated=moment, proceeds=None, items=[]))
        self.assertEqual(binding.state, "held")
        self.receive(order_json(updated=moment))
        self.assertEqual(binding.state, "applied")

    def test_missing_block_never_erases_a_stored_one(self):
        binding = self.receive(order_json())
        bare = item_json()
        del bare["proceeds"]
        self.store(order_json(proceeds=None, items=[bare], updated=ago(hours=1)))
        item = binding.payload["orderItems"][0]
        self.assertEqual(item["proceeds"]["proceedsTotal"]["amount"], "100.00")
        self.apply()
        self.assertEqual(binding.state, "applied")

    def test_unchanged_orders_are_counted_and_not_touched(self):
        order = order_json()
        binding = self.receive(order)
        before = binding.write_date
        result = self.page(order)
        self.assertEqual((result.unchanged, result.changed), (1, 0))
        self.assertFalse(binding.to_apply)
        self.assertEqual(binding.write_date, before)

    def test_items_are_kept_by_their_id(self):
        binding = self.store(order_json(items=[item_json(quantity=2)]))
        line = binding.line_ids
        later = order_json(items=[item_json(quantity=1)], updated=ago(hours=1))
        self.store(later)
        self.assertEqual(binding.line_ids, line)
        self.assertEqual(line.quantity, 1)

    def test_to_deliver_leaves_out_what_amazon_cancelled(self):
        item = item_json(quantity=3)
        item["fulfillment"] = {"quantityFulfilled": 1, "quantityUnfulfilled": 1}
        binding = self.store(order_json(items=[item]))
        self.assertEqual(binding.line_ids.quantity_to_deliver, 2)

    def test_personal_data_is_not_in_the_payload(self):
        """Rule 3."""
        binding = self.store(order_json())
        payload = str(binding.payload)
        for secret in (*address_json().values(), "asha@marketplace.example"):
            if secret not in ("KARNATAKA", "IN"):
                self.assertNotIn(secret, payload)

    def test_entry_without_an_order_id_is_told(self):
        broken = order_json(2)
        del broken["orderId"]
        result = self.page(broken, order_json(1))
        self.assertEqual(len(result.unreadable), 1)
        self.assertEqual(result.changed, 1)

    def test_page_costs_the_same_queries_for_many_orders(self):
        """No query per order."""
        orders = [order_json(n, buyer=f"b{n}") for n in range(1, 101)]
        run = self.start_run()
        self.env.flush_all()
        self.page(order_json(500))
        with self.assertQueryCount(12):
            self.env["amazon.order.inbox"]._store_page(self.account, orders, run)

    def test_apply_needs_few_queries_per_order(self):
        """Odoo's own confirmation stays; the connector adds nothing per order."""
        self.receive(*(order_json(n, buyer=f"a{n}") for n in range(1, 6)))
        self.store(*(order_json(n, buyer=f"b{n}") for n in range(10, 30)))
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.apply()
        self.assertLess((self.cr.sql_log_count - before) / 20, 28)
