# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .. import common
from .shipment_common import LOGGERS, ShipmentSyncCase


@tagged("post_install", "-at_install")
class TestPickup(ShipmentSyncCase):
    """Orders that buyers collect: Amazon is told by a user, of no parcel."""

    def setUp(self):
        super().setUp()
        self.patch(
            common,
            "HARMLESS_OPERATIONS",
            common.HARMLESS_OPERATIONS | {"updateShipmentStatus"},
        )
        self.binding = self.place(2, programs=["IN_STORE_PICK_UP"])
        user = new_test_user(self.env, "clerk", "amazon_connector.group_user")
        self.order = self.binding.with_user(user)

    def tell(self, status):
        with self.enter_registry_test_mode(), mute_logger(*LOGGERS):
            getattr(self.order, f"action_{status}")()

    def test_from_ready_to_picked_up(self):
        self.assertTrue(self.order.awaits_pickup)
        self.deliver(self.binding, "T1")
        shipment = self.shipments_of(self.binding)
        self.assertEqual(shipment.state, "held")
        self.assertIn("Picked Up", shipment.reason)
        self.tell("ready_for_pickup")
        self.assertEqual(self.binding.pickup_status, "ReadyForPickup")
        self.assertEqual(shipment.state, "held")
        self.tell("picked_up")
        self.assertEqual(shipment.state, "skipped")
        told = self.at_amazon(self.binding)["fulfillment"]
        self.assertEqual(told["fulfillmentStatus"], "SHIPPED")
        self.poll()
        self.assertFalse(self.order.awaits_pickup)
        self.assertFalse(self.confirmations())
        notes = self.binding.sale_order_id.message_ids.mapped("body")
        self.assertTrue(any("Picked Up" in note for note in notes))

    def test_delivered_after_it_was_collected(self):
        self.tell("ready_for_pickup")
        self.tell("picked_up")
        self.deliver(self.binding, "T1")
        self.assertEqual(self.shipments_of(self.binding).state, "skipped")

    def test_refused_by_the_buyer(self):
        """Amazon cancels it, and so does Odoo."""
        self.tell("ready_for_pickup")
        self.tell("refuse_pickup")
        self.poll()
        self.assertEqual(self.binding.sale_order_id.state, "cancel")

    def test_what_amazon_refuses_changes_nothing(self):
        with self.assertRaisesRegex(UserError, "not ready"):
            self.tell("picked_up")
        self.assertFalse(self.binding.pickup_status)

    def test_nothing_leaves_without_need(self):
        self.account.action_disable()
        with self.assertRaisesRegex(UserError, "hold"):
            self.tell("ready_for_pickup")
        self.account.action_enable()
        other = self.place(1, number=2)
        with self.assertRaisesRegex(UserError, "not waiting"):
            other.action_ready_for_pickup()
        self.assertFalse(self.calls("updateShipmentStatus"))
