# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...sp_api import Feeds, TransientError
from .cancellation_common import CancellationSyncCase


@tagged("post_install", "-at_install")
class TestCancellationTrouble(CancellationSyncCase):
    """S173: whatever goes wrong on the way, an order is cancelled exactly once."""

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

    def test_an_order_that_cannot_be_read_holds_up_no_other(self):
        """Amazon answers 403 for one order as long as it likes."""
        other = self.place(number=2)
        self.sale.action_cancel_on_amazon("NoInventory")
        self.work(2)
        row = self.rows()
        row.write({"state": "sent", "accepted_at": fields.Datetime.now()})
        self.binding.fulfillment_status = "UNSHIPPED"
        self.simulator.add_fault("error", operation="getOrder", status=403)
        other.action_cancel_on_amazon("NoInventory")
        self.work()
        self.assertEqual(row.state, "sent")
        self.assertGreater(row.retry_at, fields.Datetime.now())
        self.assertTrue(row.reason)
        self.assertEqual(self.rows(other).state, "sent")
        self.assertEqual(len(self.calls("createFeed")), 2)
        self.assertFalse(self.cancellations_task.failure_count)

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
