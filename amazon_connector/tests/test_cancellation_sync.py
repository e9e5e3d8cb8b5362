# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..sp_api import Feeds, TransientError
from .common import CLIENT_LOGGERS, SYNC_LOGGER, SimulatorCase, item_json, order_json

LOGGERS = (
    SYNC_LOGGER,
    *CLIENT_LOGGERS,
    "odoo.addons.amazon_connector.sp_api.documents",
)


class CancellationSyncCase(SimulatorCase):
    def setUp(self):
        super().setUp()
        self.simulator.set_feeds(delay_seconds=0)
        self.cancellations_task = self.account._get_task("cancellations")
        self.sale = self.place()
        self.binding = self.sale.amazon_order_id

    def place(self, number=1, quantity=3, **options):
        """Have a buyer order, and the order come in."""
        item = item_json(quantity=quantity, price=f"{100 * quantity}.00")
        order = order_json(number, [item], **options)
        self.simulator.put_orders(self.seller, [order])
        return self.receive(order).sale_order_id

    def poll(self):
        """The poll of orders, when Amazon's index has followed."""
        self.simulator.clock.advance(300)
        self.task.cursor_ids.watermark = fields.Datetime.now() - timedelta(days=2)
        self.make_due()
        self.fetch_and_apply()

    def at_amazon(self, sale=None):
        """The order's status at Amazon."""
        return self.order_at_amazon(sale)["fulfillment"]["fulfillmentStatus"]

    def order_at_amazon(self, sale=None):
        self.simulator.settle()
        number = (sale or self.sale).amazon_order_ref
        return self.simulator.find_order(number)[1].data

    def rows(self, sale=None):
        return (sale or self.sale).amazon_order_id.cancellation_ids

    def tearDown(self):
        bugs = self.env["amazon.sync.run"].search([("message", "like", "Unexpected")])
        self.assertFalse(bugs.mapped("message"))
        super().tearDown()

    def work(self, rounds=1, wait=True):
        """Run the module as often, each time when all it waits for is due."""
        for _round in range(rounds):
            if wait:
                self.let_time_pass()
            with mute_logger(*LOGGERS):
                self.run_cron("cancellations_fetch")
            self.env.invalidate_all()

    def let_time_pass(self):
        now = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE amazon_cancellation SET retry_at = %(now)s
             WHERE retry_at IS NOT NULL;
            UPDATE amazon_feed SET next_poll = %(now)s,
                   create_date = create_date - interval '5 minutes'
             WHERE state IN ('wanted', 'submitted');
            UPDATE amazon_sync_task SET next_run = %(now)s, leased_until = NULL
             WHERE id = %(task)s
            """,
            {"now": now, "task": self.cancellations_task.id},
        )
        self.env.invalidate_all()

    def feeds(self):
        return self.env["amazon.feed"].search([("account_id", "=", self.account.id)])


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

    def cancel_units(self, kept=1):
        self.sale.order_line.product_uom_qty = kept
        action = self.sale.action_adjust_on_amazon()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        dialog.reason_code = "NoInventory"
        dialog.action_apply()

    def left_at_amazon(self):
        [item] = self.order_at_amazon()["orderItems"]
        return item["fulfillment"]["quantityUnfulfilled"]

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

    # ------------------------------------------------------------------
    # Trouble
    # ------------------------------------------------------------------

    def lose_answer(self):
        """Amazon gets the feed, and the answer gets lost."""
        submit = Feeds.submit

        def losing(feeds, *arguments):
            submit(feeds, *arguments)
            raise TransientError("lost", operation="createFeed", outcome_unknown=True)

        with patch.object(Feeds, "submit", losing):
            self.work(wait=False)
        self.simulator.settle()

    def test_lost_answer(self):
        """A crash or a lost answer after Amazon got it: found again, not sent again."""
        self.sale.action_cancel_on_amazon("NoInventory")
        self.lose_answer()
        self.assertEqual(self.rows().feed_id.state, "wanted")
        self.work(wait=False)
        self.assertEqual(len(self.calls("createFeed")), 1)
        self.work(3)
        self.assertEqual(
            (self.rows().state, self.at_amazon()), ("confirmed", "CANCELLED")
        )
        self.assertEqual(len(self.calls("createFeed")), 1)
        self.assertEqual(len(self.feeds()), 1)

    def test_killed_before_it_was_sent(self):
        """Marked as sent, never sent: Amazon's list shows it, and it is sent."""
        self.sale.action_cancel_on_amazon("NoInventory")

        def dying(feeds, *arguments):
            raise TransientError("gone", operation="createFeed", outcome_unknown=True)

        with patch.object(Feeds, "submit", dying):
            self.work(wait=False)
        self.assertEqual(self.rows().state, "sent")
        self.work(4)
        self.assertEqual(
            (self.rows().state, self.at_amazon()), ("confirmed", "CANCELLED")
        )
        self.assertEqual(len(self.calls("createFeed")), 1)

    def test_feeds_that_never_arrive(self):
        """S173, S177: hours of server errors make no pause between tries longer."""
        self.simulator.add_fault("error", operation="createFeed", status=500)
        self.sale.action_cancel_on_amazon("NoInventory")
        for _round in range(6):
            self.work(2)
            if self.rows().state == "waiting":
                soon = fields.Datetime.now() + timedelta(minutes=2)
                self.assertLess(self.rows().retry_at, soon)
        self.assertGreater(len(self.calls("createFeed")), 5)
        self.assertFalse(self.rows().attempts)
        self.simulator.faults.clear()
        self.work(5)
        self.assertEqual(
            (self.rows().state, self.at_amazon()), ("confirmed", "CANCELLED")
        )

    def test_throttled(self):
        """No token left: it waits for one, and leaves no trace of a failed feed."""
        self.simulator.add_fault(
            "throttle", operation="createFeed", count=20, retry_after=60
        )
        self.sale.action_cancel_on_amazon("NoInventory")
        self.work(wait=False)
        self.assertEqual(self.rows().state, "waiting")
        self.assertTrue(self.rows().retry_at)
        self.assertFalse(self.feeds())
        self.assertFalse(self.account.activity_ids)

    def test_server_errors_on_every_second_call(self):
        for operation in (
            "createFeedDocument",
            "getFeed",
            "getFeedDocument",
            "getOrder",
        ):
            self.simulator.add_fault("error", operation=operation, count=1)
        self.sale.action_cancel_on_amazon("NoInventory")
        self.work(8)
        self.assertEqual(
            (self.rows().state, self.at_amazon()), ("confirmed", "CANCELLED")
        )
        self.assertEqual(len(self.calls("createFeed")), 1)

    def test_accepted_without_effect(self):
        """Amazon says yes and does nothing: told after a day, not believed."""
        self.sale.action_cancel_on_amazon("NoInventory")
        self.work(1)
        self.rows().feed_id._settle("done")
        self.simulator.update_order(
            self.sale.amazon_order_ref,
            {"fulfillment": {"fulfillmentStatus": "UNSHIPPED"}},
            check=False,
        )
        now = fields.Datetime.now()
        self.rows().write({"accepted_at": now, "retry_at": now})
        self.work()
        self.assertEqual(self.rows().state, "sent")
        self.assertGreater(self.rows().retry_at, now)
        self.rows().accepted_at = now - timedelta(days=2)
        self.work()
        self.assertEqual(self.rows().state, "failed")
        self.assertIn("still open", self.rows().reason)

    def test_idle_run_calls_nobody(self):
        before = len(self.simulator.calls)
        self.work()
        self.assertEqual(len(self.simulator.calls), before)
        self.assertFalse(
            self.env["amazon.sync.run"].search([("kind", "=", "cancellations")])
        )


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
