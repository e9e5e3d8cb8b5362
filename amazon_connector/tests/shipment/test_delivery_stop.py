# SPDX-License-Identifier: LGPL-3.0-or-later
from types import SimpleNamespace
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from ...models.shipment import stock_picking_stop
from ..common import AmazonCase, ago, item_json, order_json
from .shipment_common import ShipmentMixin


@tagged("post_install", "-at_install")
class TestDeliveryStop(ShipmentMixin, AmazonCase):
    """Two screens, one truth: a delivery says what Amazon does not want shipped, and
    validating it asks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()
        cls.binding = cls.receive(cls.order_of(3))
        cls.sale = cls.binding.sale_order_id
        cls.picking = cls.sale.picking_ids

    def tell(self, status, *quantities, fulfilled=0, **options):
        """Amazon says something new; applied as it comes."""
        order = self.order_of(*quantities or (3,), status=status, **options)
        if fulfilled:
            order["orderItems"][0]["fulfillment"] = {
                "quantityFulfilled": fulfilled,
                "quantityUnfulfilled": 0,
            }
        order["lastUpdatedTime"] = ago(minutes=self.minutes)
        self.minutes -= 1
        return self.receive(order)

    minutes = 60

    def on_hand(self):
        return self.product.qty_available

    def assert_stopped(self, picking, word):
        picking.invalidate_recordset()
        self.assertTrue(picking.amazon_stopped)
        self.assertIn(word, picking.amazon_notice.splitlines()[0])
        with self.assertRaisesRegex(UserError, word):
            picking.with_context(skip_sms=True).button_validate()
        self.assertNotEqual(picking.state, "done")

    def ship_anyway(self, picking):
        picking.with_context(amazon_ship_anyway=True, skip_sms=True).button_validate()

    def test_cancelled_while_picked(self):
        """3 picked units of a cancelled order stay, unless a user says otherwise."""
        self.picking.move_ids.picked = True
        self.tell("CANCELLED")
        self.assertEqual((self.binding.state, self.picking.state), ("held", "assigned"))
        self.assert_stopped(self.picking, "cancelled")
        self.assertFalse(self.picking.amazon_missing, "no number is asked for")
        self.assertEqual(self.on_hand(), 100)
        self.ship_anyway(self.picking)
        self.assertEqual((self.picking.state, self.on_hand()), ("done", 97))
        self.assertIn("anyway", self.picking.message_ids[0].body)
        self.assertEqual(self.shipments_of(self.binding).state, "failed")

    def test_stored_and_not_applied_yet(self):
        self.store(self.order_of(3, status="CANCELLED", updated=ago(hours=1)))
        self.assert_stopped(self.picking, "cancelled")

    def test_nobody_picked_it(self):
        self.tell("CANCELLED")
        self.assertEqual((self.sale.state, self.picking.state), ("cancel", "cancel"))
        self.assertFalse(self.picking.amazon_stopped)

    def test_pending_again_and_settled(self):
        """The delivery waits; it goes on by itself when the payment is settled."""
        for status in ("PENDING", "PENDING_AVAILABILITY"):
            self.tell(status)
            self.assertEqual(self.picking.state, "assigned", "still promised")
            self.assert_stopped(self.picking, "payment")
        self.tell("UNSHIPPED")
        self.picking.invalidate_recordset()
        self.assertEqual(self.binding.state, "applied")
        self.assertFalse(self.picking.amazon_stopped)
        self.deliver(self.binding)
        self.assertEqual(self.on_hand(), 97)

    def test_status_that_nobody_knows(self):
        self.tell("TELEPORTED")
        self.assertEqual(self.binding.state, "held")
        self.assert_stopped(self.picking, "TELEPORTED")
        self.tell("UNSHIPPED")
        self.picking.invalidate_recordset()
        self.assertFalse(self.picking.amazon_stopped)

    def test_parcel_of_a_pending_order_waits(self):
        """Amazon refuses it while the payment is open; it goes out by itself later."""
        self.tell("PENDING")
        self.picking.write(
            {"carrier_id": self.method.id, "carrier_tracking_ref": "TRK1"}
        )
        self.ship_anyway(self.picking)
        shipment = self.shipments_of(self.binding)
        self.assertEqual(shipment.state, "held")
        self.assertIn("payment", shipment.reason)
        self.tell("UNSHIPPED")
        self.assertEqual(shipment.state, "waiting")

    def test_buyer_asked_to_cancel(self):
        """Whoever ships learns of it and decides, once; scripts have decided."""
        self.channel._get_warehouse().delivery_steps = "pick_ship"
        binding = self.receive(self.order_of(3, number=2))
        binding.sudo().cancellation_requested = True
        pick = self.picking_of(binding)
        worker = new_test_user(
            self.env, "decides", "base.group_user,amazon_connector.group_warehouse"
        )
        self.assertTrue(pick.with_user(worker).amazon_asked)
        self.assertEqual(pick.with_user(worker).amazon_parcel, "asked")
        with patch.object(stock_picking_stop, "is_on_screen", lambda: True):
            action = pick.with_user(worker).button_validate()
            wizard = self.env[action["res_model"]].with_user(worker)
            wizard = wizard.browse(action["res_id"])
            self.assertIn("asked Amazon to cancel", wizard.reason)
            self.assertNotEqual(pick.state, "done")
            wizard.action_ship()
        self.assertEqual(pick.state, "done")
        self.assertTrue(binding.ship_anyway)
        self.assertFalse(binding.asks_to_cancel)
        delivery = self.picking_of(binding)
        self.assertFalse(delivery.amazon_asked)
        other = self.receive(self.order_of(3, number=3))
        other.sudo().cancellation_requested = True
        self.picking_of(other).button_validate()
        self.assertEqual(other.sale_order_id.picking_ids[0].state, "done")

    def test_ship_anyway_and_a_next_dialog_that_is_closed(self):
        """The buyer is answered by the parcel, not by a dialog on the way to it."""
        self.binding.sudo().cancellation_requested = True
        self.picking.move_ids.write({"quantity": 1, "picked": True})
        with patch.object(stock_picking_stop, "is_on_screen", lambda: True):
            action = self.picking.with_context(skip_sms=True).button_validate()
            wizard = self.env[action["res_model"]].browse(action["res_id"])
            action = wizard.with_context(**action["context"]).action_ship()
            self.assertEqual(action["res_model"], "stock.backorder.confirmation")
            self.assertFalse(self.binding.ship_anyway)
            self.assertTrue(self.binding.asks_to_cancel)
            self.assertTrue(self.picking.amazon_asked)
            Backorder = self.env[action["res_model"]].with_context(**action["context"])
            with Form(Backorder) as form:
                back_order = form.save()
            back_order.process()
        self.assertEqual(self.picking.state, "done")
        self.assertTrue(self.binding.ship_anyway)
        self.assertFalse(self.picking.backorder_ids.amazon_asked)

    def test_unfulfillable(self):
        self.tell("UNFULFILLABLE")
        self.assert_stopped(self.picking, "cannot fulfill")

    def test_back_order_of_a_partly_shipped_order(self):
        self.deliver(self.binding, quantities={"SKU-A": 1})
        rest = self.picking_of(self.binding)
        self.assertEqual(rest.move_ids.product_uom_qty, 2)
        self.tell("CANCELLED")
        self.assertEqual((self.binding.state, self.sale.state), ("held", "sale"))
        self.assertEqual(rest.state, "cancel")
        self.assertIn("not delivered", self.sale.message_ids[0].body)
        self.assertEqual((self.on_hand(), self.product.free_qty), (99, 99))
        self.tell("PARTIALLY_SHIPPED")
        again = self.picking_of(self.binding)
        self.assertEqual(again.move_ids.product_uom_qty, 2, "taken up again")
        self.assertFalse(again.amazon_stopped)

    def test_picked_back_order(self):
        self.deliver(self.binding, quantities={"SKU-A": 1})
        rest = self.picking_of(self.binding)
        rest.move_ids.picked = True
        self.tell("CANCELLED")
        self.assertEqual(rest.state, "assigned")
        self.assert_stopped(rest, "cancelled")

    def test_rest_of_an_item_is_cancelled(self):
        """1 of 3 shipped, the rest cancelled: Amazon calls it shipped."""
        self.deliver(self.binding, quantities={"SKU-A": 1})
        rest = self.picking_of(self.binding)
        self.tell("SHIPPED", 3, fulfilled=1)
        self.assertEqual(rest.state, "cancel")

    def test_fewer_units_of_what_is_picked(self):
        self.picking.move_ids.picked = True
        self.tell("UNSHIPPED", 1)
        self.assert_stopped(self.picking, "Amazon wants only 1 more")
        self.picking.move_ids.quantity = 1
        self.picking.invalidate_recordset()
        self.assertFalse(self.picking.amazon_stopped)
        self.picking.with_context(skip_sms=True, skip_backorder=True).button_validate()
        self.assertEqual(self.on_hand(), 99)

    def test_other_lines_are_delivered(self):
        """One item of two is cancelled: the other one's units go on."""
        binding = self.receive(self.order_of(2, 3, number=2))
        picking = self.picking_of(binding)
        order = self.order_of(2, 3, number=2, updated=ago(hours=1))
        order["orderItems"][1]["fulfillment"] = {
            "quantityFulfilled": 0,
            "quantityUnfulfilled": 0,
        }
        self.receive(order)
        self.assertFalse(picking.amazon_stopped)
        self.deliver(binding)
        self.assertEqual(self.other_product.qty_available, 100)

    def test_lines_of_a_user_stay(self):
        """A free sample on the order is nothing that Amazon cancelled."""
        self.deliver(self.binding, quantities={"SKU-A": 1})
        self.sale.order_line = [
            Command.create({"product_id": self.other_product.id, "price_unit": 0})
        ]
        self.tell("CANCELLED")
        states = {
            move.product_id.default_code: move.state
            for move in self.sale.picking_ids.move_ids
            if move.state != "done"
        }
        self.assertEqual(states, {"SKU-A": "cancel", "SKU-B": "assigned"})

    def test_every_step(self):
        """Picking for a cancelled order is asked about, as shipping is."""
        self.channel._get_warehouse().delivery_steps = "pick_pack_ship"
        binding = self.receive(self.order_of(3, number=2))
        for step in ("pick", "pack", "ship"):
            with self.subTest(step):
                self.tell("UNSHIPPED", number=2)
                picking = self.picking_of(binding)
                self.assertEqual(len(picking), 1)
                self.tell("PENDING", number=2)
                self.assert_stopped(picking, "payment")
                self.ship_anyway(picking)
        self.assertEqual(self.on_hand(), 97)

    def test_picked_in_an_earlier_step(self):
        """Goods in the output area are not left there without a transfer."""
        self.channel._get_warehouse().delivery_steps = "pick_ship"
        binding = self.receive(self.order_of(3, number=2))
        pick = self.picking_of(binding)
        pick.move_ids.quantity = 1
        pick.with_context(skip_sms=True, skip_backorder=True).button_validate()
        rest = self.picking_of(binding).filtered("backorder_id")
        ship = self.picking_of(binding) - rest
        self.assertEqual(ship.move_ids.product_uom_qty, 1)
        self.tell("CANCELLED", number=2)
        self.assertEqual((rest.state, ship.state), ("cancel", "assigned"))
        self.assert_stopped(ship, "cancelled")

    def test_several_at_once(self):
        """A batch with one such delivery validates none; without it, the others."""
        other = self.picking_of(self.receive(self.order_of(1, number=2)))
        self.tell("PENDING")
        both = self.picking | other
        with self.assertRaises(UserError):
            both.with_context(skip_sms=True).button_validate()
        self.assertEqual(set(both.mapped("state")), {"assigned"})

    def open_dialog(self, pickings):
        path = SimpleNamespace(path="/web/dataset/call_button/stock.picking/x")
        screen = SimpleNamespace(httprequest=path)
        with patch.object(stock_picking_stop, "request", screen):
            action = pickings.with_context(skip_sms=True).button_validate()
        self.assertEqual(set(pickings.mapped("state")), {"assigned"})
        Wizard = pickings.env[action["res_model"]]
        return Wizard.with_context(**action["context"]).browse(action["res_id"])

    def test_screen_asks(self):
        """A user of the warehouse alone, as the dialog opens for him."""
        user = new_test_user(self.env, "packer", "stock.group_stock_user")
        other = self.picking_of(self.receive(self.order_of(1, number=2)))
        self.tell("PENDING")
        both = (self.picking | other).with_user(user)
        wizard = self.open_dialog(both)
        self.assertIn("payment", Form(wizard).reason)
        self.assertTrue(wizard.has_others)
        wizard.action_ship_others()
        self.assertEqual(both.mapped("state"), ["assigned", "done"])
        wizard = self.open_dialog(both[0])
        self.assertFalse(wizard.has_others)
        wizard.action_ship()
        self.assertEqual(both[0].state, "done")

    def test_shipped_outside_is_closed_without_a_question(self):
        """Closing with Amazon's quantities is the answer already."""
        self.tell("SHIPPED", 3, fulfilled=3)
        self.picking.action_close_amazon_delivery()
        self.assertEqual(self.picking.state, "done")

    def test_returns_and_other_transfers(self):
        """What comes back, and what is not Amazon's, is nobody's question."""
        self.deliver(self.binding)
        self.tell("CANCELLED")
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": self.picking.id}
        )
        wizard.product_return_moves.quantity = 3
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        self.assertFalse(back.amazon_stopped)
        back.move_ids.picked = True
        back.with_context(skip_sms=True).button_validate()
        self.assertEqual((back.state, self.on_hand()), ("done", 100))

    def test_taken_up_again(self):
        """A user cancels it and takes it up again: Amazon still says cancelled."""
        self.tell("CANCELLED")
        self.sale.action_draft()
        self.sale.action_confirm()
        picking = self.picking_of(self.binding)
        self.assert_stopped(picking, "cancelled")

    def test_frozen_by_rule(self):
        """Items of other charges or without units say nothing."""
        items = [item_json("SKU-A", 2, "200.00", SHIPPING="40.00")]
        binding = self.receive(order_json(4, items))
        self.assertFalse(self.picking_of(binding).amazon_stopped)
