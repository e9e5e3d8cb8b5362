# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...sync.engine import feeds as base_feeds
from ...sync.shipments.send import BY_FEED
from .shipment_common import ShipmentSyncCase

FEED_MODULE = "odoo.addons.amazon_connector.sync.shipments.feed"


@tagged("post_install", "-at_install")
class TestShipmentFeed(ShipmentSyncCase):
    """Many parcels, and those without tracking, go by POST_ORDER_FULFILLMENT_DATA."""

    def setUp(self):
        super().setUp()
        patcher = patch(f"{FEED_MODULE}.FEED_ABOVE", 2)
        patcher.start()
        self.addCleanup(patcher.stop)

    def deliver_many(self, count=3):
        bindings = [self.place(1, number=number) for number in range(1, count + 1)]
        for number, binding in enumerate(bindings):
            self.deliver(binding, f"TRK{number}")
        return bindings, self.env["amazon.shipment"].search(
            [("order_id", "in", [binding.id for binding in bindings])]
        )

    def feed(self):
        return self.env["amazon.feed"].search(
            [("account_id", "=", self.account.id)], limit=1
        )

    def later(self, seconds=60):
        """Amazon has worked, and it is time to look."""
        self.simulator.clock.advance(seconds)
        self.feed().filtered("next_poll").next_poll = fields.Datetime.now()
        self.shipments_task.write(
            {"next_run": fields.Datetime.now(), "leased_until": False}
        )
        self.send()

    def test_many_go_by_feed(self):
        """S43, issue 7: above a number per run, one feed instead of many calls."""
        bindings, shipments = self.deliver_many()
        self.send()
        feed = self.feed()
        self.assertEqual((feed.state, feed.message_count), ("submitted", 3))
        self.assertEqual(set(shipments.mapped("state")), {"sent"})
        self.later()
        self.assertEqual((feed.state, feed.accepted_count), ("done", 3))
        self.assertFalse(self.confirmations())
        for binding in bindings:
            status = self.at_amazon(binding)["fulfillment"]["fulfillmentStatus"]
            self.assertEqual(status, "SHIPPED")
        self.poll()
        self.assertEqual(set(shipments.mapped("state")), {"confirmed"})

    def test_few_go_by_feed_where_that_is_preferred(self):
        """Corrections are no first tries: they are told by a call."""
        self.env["ir.config_parameter"].set_param(BY_FEED, "True")
        [binding], shipment = self.deliver_many(1)
        self.send()
        self.assertEqual(self.feed().message_count, 1)
        self.later()
        self.assertEqual((shipment.state, self.feed().accepted_count), ("sent", 1))
        self.assertFalse(self.confirmations())
        self.poll()
        binding.sale_order_id.picking_ids.carrier_tracking_ref = "CORRECTED"
        self.later()
        self.assertEqual(len(self.calls("createFeed")), 1)
        self.assertEqual(len(self.confirmations()), 1)

    def test_what_a_feed_refuses_is_judged_alone(self):
        bindings, shipments = self.deliver_many()
        self.simulator.cancel_order(bindings[0].order_number)
        self.send()
        self.later()
        self.assertEqual(self.feed().rejected_count, 1)
        self.later()
        refused = self.shipments_of(bindings[0])
        self.assertEqual(refused.state, "failed")
        self.assertIn("cancelled", refused.reason)
        self.assertEqual(set((shipments - refused).mapped("state")), {"sent"})

    def test_untracked_goes_by_feed(self):
        self.carrier.untracked = True
        binding = self.place(1)
        self.deliver(binding, False)
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "waiting")
        self.send()
        self.later()
        self.assertEqual((shipment.state, self.feed().state), ("sent", "done"))
        status = self.at_amazon(binding)["fulfillment"]["fulfillmentStatus"]
        self.assertEqual(status, "SHIPPED")

    def test_corrected_while_its_feed_is_at_amazon(self):
        """Amazon works on the feed later: the correction comes after it."""
        bindings, shipments = self.deliver_many()
        self.send()
        corrected = self.shipments_of(bindings[0])
        bindings[0].sale_order_id.picking_ids.carrier_tracking_ref = "CORRECTED"
        self.send()
        self.assertEqual((corrected.state, corrected.edited), ("waiting", True))
        self.assertFalse(self.confirmations(), "not before the feed")
        self.later()
        self.wait_over(corrected)
        self.later()
        self.assertEqual(corrected.state, "sent")
        [(number, _reference)] = self.packages_at_amazon(bindings[0])
        self.assertEqual(number, "CORRECTED")

    def test_corrected_while_its_feed_is_on_its_way(self):
        """Nobody knows yet whether Amazon has the feed, and it has the old number."""
        bindings, shipments = self.deliver_many()
        self.send()
        feed = self.feed()
        feed.write({"state": "wanted", "feed_number": False, "next_poll": False})
        shipments._set({"state": "waiting", "sent_at": False})
        corrected = self.shipments_of(bindings[0])
        bindings[0].sale_order_id.picking_ids.carrier_tracking_ref = "CORRECTED"
        self.simulator.clock.advance(180)
        with patch.object(base_feeds, "SETTLING", timedelta(days=-1)):
            self.later()
        self.later()
        self.assertEqual(feed.state, "done")
        self.wait_over(corrected)
        self.later()
        self.assertEqual(set(shipments.mapped("state")), {"sent"})
        [(number, _reference)] = self.packages_at_amazon(bindings[0])
        self.assertEqual(number, "CORRECTED")

    def test_what_a_feed_refuses_was_never_reported(self):
        """So its correction is a first report, and "Do Not Send" means it."""
        self.carrier.untracked = True
        binding = self.place(1)
        self.deliver(binding, False)
        shipment = self.shipments_of(binding)
        self.simulator.cancel_order(binding.order_number)
        self.send()
        self.later()
        self.assertEqual(shipment.state, "failed")
        self.assertFalse(shipment.sent_at or shipment.told_at)
        shipment.ship_date -= timedelta(minutes=1)
        self.assertFalse(shipment.edited)
        shipment._set({"state": "failed"})
        shipment.action_skip()
        self.assertEqual(shipment.state, "skipped")

    def test_what_a_feed_refuses_is_no_correction_later(self):
        """One with a number is told by a call, which says why it is refused."""
        bindings, shipments = self.deliver_many()
        self.simulator.cancel_order(bindings[0].order_number)
        self.send()
        self.later()
        self.later()
        refused = self.shipments_of(bindings[0])
        self.assertEqual(refused.state, "failed")
        self.assertFalse(refused.sent_at)
        self.assertTrue(all((shipments - refused).mapped("sent_at")))
        refused.action_skip()
        self.assertEqual(refused.state, "skipped")

    def test_cancelled_feed_is_sent_otherwise(self):
        """Nothing of it took place: each order is read, then told."""
        self.simulator.add_fault("feed_cancelled", operation="createFeed", count=1)
        bindings, shipments = self.deliver_many()
        self.send()
        self.later()
        self.assertEqual(self.feed().state, "cancelled")
        self.later()
        self.assertEqual(set(shipments.mapped("state")), {"sent"})
        for binding in bindings:
            self.assertEqual(len(self.packages_at_amazon(binding)), 1)

    def test_feed_without_an_answer_is_found_again(self):
        """A crash after Amazon took the feed: it is not sent twice."""
        _bindings, shipments = self.deliver_many()
        self.send()
        feed = self.feed()
        feed.write({"state": "wanted", "feed_number": False, "next_poll": False})
        shipments._set({"state": "waiting"})
        self.simulator.clock.advance(180)
        with patch.object(base_feeds, "SETTLING", timedelta(days=-1)):
            self.later()
        self.assertEqual(feed.state, "submitted")
        self.assertEqual(len(self.calls("createFeed")), 1)
        self.later()
        self.assertEqual(feed.state, "done")
