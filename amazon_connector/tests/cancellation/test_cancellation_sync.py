# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .cancellation_common import CancellationSyncCase


@tagged("post_install", "-at_install")
class TestCancellationSync(CancellationSyncCase):
    """S173: what is cancelled in Odoo is cancelled on Amazon, exactly once."""

    def test_order_is_cancelled_on_amazon(self):
        """S173, S177: the next tick after the user's word, whenever the schedule is."""
        later = fields.Datetime.now() + timedelta(minutes=50)
        self.cancellations_task.next_run = later
        self.assertLessEqual(self.cancellations_task.interval_minutes, 60)
        self.sale.action_cancel_on_amazon("NoInventory")
        self.work(wait=False)
        self.assertEqual((self.rows().state, len(self.feeds())), ("sent", 1))
        self.assertEqual(self.rows().feed_id.state, "submitted")
        self.work()
        self.assertEqual(self.at_amazon(), "CANCELLED")
        self.assertTrue(self.rows().accepted_at)
        self.assertEqual(self.rows().state, "sent", "accepted is not done")
        self.work()
        self.assertEqual(self.rows().state, "confirmed")
        self.run_cron("orders_apply")
        self.assertEqual((self.binding.state, self.sale.state), ("cancelled", "cancel"))
        self.assertFalse(self.sale.activity_ids)
        self.work(3)
        self.assertEqual(len(self.calls("createFeed")), 1)
        run = self.rows().feed_id.run_id
        self.assertEqual(
            (run.kind, run.state, run.synced_count), ("cancellations", "done", 1)
        )

    def test_reason_and_every_item_are_told(self):
        self.sale.action_cancel_on_amazon("BuyerCanceled")
        self.work(2)
        [item] = self.order_at_amazon()["orderItems"]
        self.assertEqual(
            item["cancellation"]["cancellationExecution"],
            {"cancelledBy": "MERCHANT", "cancelReason": "BuyerCanceled"},
        )

    def test_many_go_in_one_feed(self):
        sales = self.sale | self.place(2) | self.place(3)
        sales.action_cancel_on_amazon("NoInventory")
        self.work(3)
        self.assertEqual({self.at_amazon(sale) for sale in sales}, {"CANCELLED"})
        self.assertEqual(len(self.calls("createFeed")), 1)
        self.assertEqual(self.feeds().accepted_count, 3)

    def test_order_poll_confirms_it(self):
        """What the poll has brought in is not asked for once more."""
        self.sale.action_cancel_on_amazon("NoInventory")
        self.work(2)
        self.poll()
        self.assertEqual(self.rows().state, "confirmed")
        self.work()
        self.assertFalse(self.calls("getOrder"))

    def test_refused_by_amazon(self):
        """Shipped in Seller Central meanwhile: shown, with what to do."""
        self.sale.action_cancel_on_amazon("NoInventory")
        self.simulator.ship_order(self.sale.amazon_order_ref)
        self.work(2)
        row = self.rows()
        self.assertEqual((row.state, self.feeds().rejected_count), ("refused", 1))
        self.assertIn("Seller Central", row.reason)
        self.assertEqual(self.sale.activity_ids.summary, "Not cancelled on Amazon")
        self.assertEqual(self.sale.amazon_cancellation_state, "refused")
        self.assertEqual(row.feed_id.run_id.failed_count, 1)
        self.work(2)
        self.assertEqual(len(self.calls("createFeed")), 1, "never again by itself")

    def test_pending_waits_for_the_payment(self):
        number = self.sale.amazon_order_ref
        pending = {"fulfillment": {"fulfillmentStatus": "PENDING"}}
        self.simulator.update_order(number, pending, check=False)
        self.poll()
        self.sale.action_cancel_on_amazon("NoInventory")
        self.work(2)
        self.assertEqual(self.rows().state, "waiting")
        self.assertFalse(self.calls("createFeed"))
        paid = {"fulfillment": {"fulfillmentStatus": "UNSHIPPED"}}
        self.simulator.update_order(number, paid, check=False)
        self.poll()
        self.assertEqual((self.binding.state, self.sale.state), ("applied", "cancel"))
        self.work(3, wait=False)
        self.work(2)
        self.assertEqual(
            (self.rows().state, self.at_amazon()), ("confirmed", "CANCELLED")
        )

    def test_withdrawn_is_not_sent(self):
        self.sale.action_cancel_on_amazon("NoInventory")
        self.sale.action_draft()
        self.work()
        self.assertFalse(self.calls("createFeed"))
        self.sale.action_cancel_on_amazon("NoInventory")
        self.sale.state = "sale"
        self.work()
        self.assertEqual(set(self.rows().mapped("state")), {"withdrawn"})
        self.assertFalse(self.calls("createFeed"))

    def test_shipped_before_it_was_sent(self):
        """Odoo knows already: refused before anything is sent."""
        self.sale.action_cancel_on_amazon("NoInventory")
        self.binding.fulfillment_status = "SHIPPED"
        self.work()
        self.assertEqual(self.rows().state, "failed")
        self.assertIn("counts as shipped", self.rows().reason)
        self.assertFalse(self.calls("createFeed"))

    def test_on_hold_nothing_leaves(self):
        """Rule 8: on hold means silent; it is sent afterwards."""
        self.account.on_hold = True
        self.sale.action_cancel_on_amazon("NoInventory")
        self.work(2)
        self.assertFalse(self.calls("createFeed"))
        self.account.on_hold = False
        # The modules before it have caught up.
        (self.account.task_ids - self.cancellations_task).trigger = False
        self.work(3)
        self.assertEqual(self.at_amazon(), "CANCELLED")

    def test_only_what_waits_makes_it_due(self):
        self.sale.action_cancel_on_amazon("NoInventory")
        self.env.flush_all()
        condition = self.env["amazon.sync.cancellations"]._has_outbox
        self.assertTrue(condition(self.cancellations_task))
        self.rows().state = "confirmed"
        self.env.flush_all()
        self.assertFalse(condition(self.cancellations_task))

    # ------------------------------------------------------------------
    # Units
    # ------------------------------------------------------------------

    def test_some_units(self):
        self.cancel_units(kept=1)
        self.assertEqual(self.left_at_amazon(), 3)
        self.work(3)
        self.assertEqual(self.left_at_amazon(), 1)
        self.assertEqual((self.rows().kind, self.rows().state), ("adjust", "confirmed"))
        self.assertEqual(self.sale.order_line.product_uom_qty, 1)
        self.assertEqual(self.sale.state, "sale")

    def test_units_whose_sending_is_unknown(self):
        """Rule: irreversible, so never again by itself unless it did not get there."""
        self.cancel_units(kept=1)
        self.lose_answer()
        self.assertEqual(self.left_at_amazon(), 1)
        self.work(3)
        self.assertEqual((self.left_at_amazon(), self.rows().state), (1, "confirmed"))
        self.assertEqual(len(self.calls("createFeed")), 1)


@tagged("post_install", "-at_install")
class TestAcknowledgement(CancellationSyncCase):
    """S172: Amazon is told when an order is completed, with Odoo's number."""

    def complete(self, sale):
        sale.picking_ids.with_context(skip_sms=True).button_validate()

    def aliases(self, sale=None):
        aliases = self.order_at_amazon(sale).get("orderAliases", ())
        return [alias["aliasId"] for alias in aliases]

    def test_completed_order(self):
        self.channel.acknowledge_orders = True
        self.sale.date_order = fields.Datetime.now() + timedelta(seconds=1)
        self.complete(self.sale)
        self.assertEqual(self.sale.delivery_status, "full")
        self.work(3)
        self.assertEqual(self.rows().mapped("kind"), ["acknowledge"])
        self.assertEqual(self.rows().state, "confirmed")
        self.assertEqual(self.aliases(), [self.sale.name])
        self.work(2)
        self.assertEqual(len(self.calls("createFeed")), 1)

    def test_only_where_the_channel_wants_it(self):
        self.complete(self.sale)
        self.work()
        self.assertFalse(self.rows())

    def test_not_before_it_is_completed(self):
        self.channel.acknowledge_orders = True
        self.sale.date_order = fields.Datetime.now() + timedelta(seconds=1)
        self.work()
        self.assertFalse(self.rows())

    def test_older_orders_are_left_alone(self):
        self.complete(self.sale)
        self.channel.acknowledge_orders = True
        self.work()
        self.assertFalse(self.rows())
