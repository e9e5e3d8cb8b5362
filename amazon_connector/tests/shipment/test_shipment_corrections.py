# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..common import AmazonCase
from .shipment_common import ShipmentMixin, ShipmentSyncCase


@tagged("post_install", "-at_install")
class TestShipmentCorrections(ShipmentMixin, AmazonCase):
    """What changes on a delivery that is done: never confirmed with wrong units."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()

    def correct(self, picking, units):
        """As a user does who unlocks the delivery."""
        picking.is_locked = False
        for move in picking.move_ids:
            move.quantity = units[move.product_id.default_code]

    def tell(self, shipment):
        now = fields.Datetime.now()
        shipment._set({"state": "confirmed", "sent_at": now, "confirmed_at": now})

    def test_units_corrected_before_amazon_was_told(self):
        """Quantities of a finished delivery, on which a user was wrong."""
        binding = self.receive(self.order_of(3, 1))
        picking = self.deliver(binding)
        shipment = self.shipments_of(binding)
        self.correct(picking, {"SKU-A": 2, "SKU-B": 1})
        self.assertEqual(self.units_of(shipment), {"SKU-A": 2, "SKU-B": 1})
        self.assertEqual((shipment.state, shipment.edited), ("waiting", False))
        self.correct(picking, {"SKU-A": 3, "SKU-B": 0})
        self.assertEqual(self.units_of(shipment), {"SKU-A": 3})
        self.correct(picking, {"SKU-A": 0, "SKU-B": 0})
        self.assertEqual((self.units_of(shipment), shipment.state), ({}, "skipped"))
        self.correct(picking, {"SKU-A": 1, "SKU-B": 0})
        self.assertEqual(self.units_of(shipment), {"SKU-A": 1})
        self.assertEqual(shipment.state, "waiting")
        self.assertEqual(len(self.shipments_of(binding)), 1)

    def test_units_corrected_after_amazon_was_told(self):
        """The parcel is told again, with the same reference."""
        binding = self.receive(self.order_of(3))
        picking = self.deliver(binding, quantities={"SKU-A": 2})
        shipment = self.shipments_of(binding)
        self.tell(shipment)
        self.correct(picking, {"SKU-A": 1})
        self.assertEqual(self.units_of(shipment), {"SKU-A": 1})
        self.assertEqual((shipment.state, shipment.edited), ("waiting", True))
        self.deliver(binding, "T2")
        self.assertEqual(self.units_of(self.shipments_of(binding)[1]), {"SKU-A": 1})

    def test_units_of_what_was_shipped_again(self):
        """The parcel that came back untold does not count."""
        binding = self.receive(self.order_of(2))
        picking = self.deliver(binding)
        self.shipments_of(binding)._set({"returned": True, "state": "held"})
        picking.move_ids.copy(
            {
                "location_id": picking.location_dest_id.id,
                "location_dest_id": picking.location_id.id,
                "origin_returned_move_id": picking.move_ids.id,
                "picking_id": False,
                "quantity": 2,
                "picked": True,
            }
        )._action_done()
        again = picking.copy()
        again.action_confirm()
        again.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T2"})
        self.set_quantities(again, {"SKU-A": 2})
        self.validate(again)
        second = self.shipments_of(binding)[1]
        self.assertEqual(self.units_of(second), {"SKU-A": 2})
        self.correct(again, {"SKU-A": 1})
        self.assertEqual(self.units_of(second), {"SKU-A": 1})

    def test_more_than_amazon_expects_is_not_told(self):
        binding = self.receive(self.order_of(2))
        picking = self.deliver(binding)
        shipment = self.shipments_of(binding)
        self.tell(shipment)
        self.correct(picking, {"SKU-A": 5})
        self.assertEqual(self.units_of(shipment), {"SKU-A": 2})
        self.assertEqual(shipment.state, "confirmed")

    def test_nothing_is_left_of_what_amazon_was_told(self):
        """Amazon cannot take it back: a user is told what to do."""
        binding = self.receive(self.order_of(2))
        picking = self.deliver(binding)
        shipment = self.shipments_of(binding)
        self.tell(shipment)
        self.correct(picking, {"SKU-A": 0})
        self.assertEqual(shipment.state, "confirmed")
        activity = binding.sale_order_id.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertIn("refund the buyer in Seller Central", activity.note)

    def test_amazon_cancels_half_while_it_is_in_the_outbox(self):
        """Bad input: no more is told than Amazon still expects."""
        binding = self.receive(self.order_of(3))
        self.deliver(binding, quantities={"SKU-A": 1})
        self.deliver(binding, tracking=False)
        first, second = self.shipments_of(binding)
        binding.line_ids.quantity_to_deliver = 2
        (first | second)._reconsider()
        self.assertEqual(self.units_of(first), {"SKU-A": 1})
        self.assertEqual(self.units_of(second), {"SKU-A": 1})
        self.assertIn("Amazon expects only 1 more", second.note)
        binding.line_ids.quantity_to_deliver = 1
        second._reconsider()
        self.assertEqual((self.units_of(second), second.state), ({}, "skipped"))

    def test_one_of_two_orders_in_a_delivery_comes_back(self):
        """Merged by the warehouse: the other order is told all the same."""
        bindings = [self.receive(self.order_of(1, number=n)) for n in (1, 2)]
        picking, other = (self.picking_of(binding) for binding in bindings)
        other.move_ids.picking_id = picking
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T1"})
        self.set_quantities(picking, None)
        self.validate(picking)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        for line in wizard.product_return_moves:
            order = line.move_id.sale_line_id.order_id.amazon_order_id
            line.quantity = order == bindings[0]
        back = picking.browse(wizard.action_create_returns()["res_id"])
        back.move_ids.picked = True
        self.validate(back)
        states = [self.shipments_of(binding).state for binding in bindings]
        self.assertEqual(states, ["held", "waiting"])

    def test_packs_of_deliveries_validated_together(self):
        """Each unit counts once, for the delivery that completes the pack."""
        self.receive(self.order_of(1))
        listing = self.env["amazon.listing"].search(
            [("seller_sku", "=", "SKU-A"), ("channel_id", "=", self.channel.id)]
        )
        listing.stock_pack_size = 6
        binding = self.receive(self.order_of(3, number=2))
        first = self.picking_of(binding)
        move = first.move_ids
        second = first.copy({"move_ids": False})
        other = move.copy({"product_uom_qty": 7, "picking_id": second.id})
        move.product_uom_qty = 5
        other._action_confirm(merge=False)
        pickings = first | second
        pickings.action_assign()
        pickings.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T"})
        pickings.move_ids.picked = True
        self.validate(pickings)
        self.assertEqual(sum(pickings.move_ids.mapped("quantity")), 12)
        told = self.shipments_of(binding)
        self.assertEqual((told.picking_id, self.units_of(told)), (second, {"SKU-A": 2}))

    def test_numbers_entered_later_for_one_parcel(self):
        """As at the validation: a single parcel has the first number."""
        binding = self.receive(self.order_of(1))
        picking = self.deliver(binding, tracking=False)
        picking.carrier_tracking_ref = "ONE,TWO"
        shipment = self.shipments_of(binding)
        self.assertEqual((shipment.state, shipment.tracking_number), ("waiting", "ONE"))

    def test_tracking_alone_keeps_the_carrier_that_a_user_chose(self):
        binding = self.receive(self.order_of(1))
        picking = self.deliver(binding)
        shipment = self.shipments_of(binding)
        shipment.carrier_code = "BlueDart"
        picking.carrier_tracking_ref = "NEW"
        self.assertEqual(
            (shipment.carrier_code, shipment.tracking_number), ("BlueDart", "NEW")
        )
        other = self.method.copy()
        other.name = "DHL"
        picking.carrier_id = other
        self.assertEqual(shipment.carrier_code, "DHL")

    def test_carrier_alone_keeps_the_number_that_a_user_entered(self):
        """Of two numbers in one parcel he chose the second one."""
        binding = self.receive(self.order_of(1))
        picking = self.deliver(binding, tracking="ONE, TWO")
        shipment = self.shipments_of(binding)
        shipment.tracking_number = "TWO"
        picking.amazon_carrier_code_id = self.env.ref(
            "amazon_connector.carrier_code_bluedart"
        )
        self.assertEqual(
            (shipment.carrier_code, shipment.tracking_number), ("BlueDart", "TWO")
        )

    def test_carrier_that_amazon_was_not_told_is_asked_for(self):
        """Not the one of the delivery method before."""
        binding = self.receive(self.order_of(1))
        picking = self.deliver(binding)
        shipment = self.shipments_of(binding)
        self.assertEqual((shipment.state, shipment.carrier_code), ("waiting", "DTDC"))
        other = self.method.copy()
        other.name = "Unheard of"
        picking.carrier_id = other
        self.assertFalse(shipment.carrier_code)
        self.assertEqual(shipment.state, "held")
        self.assertIn("Unheard of", shipment.reason)
        picking.carrier_id = self.method
        self.assertEqual((shipment.state, shipment.carrier_code), ("waiting", "DTDC"))

    def test_label_given_back_to_its_carrier(self):
        """Odoo takes the number off the delivery; Amazon is not told of it."""
        binding = self.receive(self.order_of(1))
        picking = self.deliver(binding)
        shipment = self.shipments_of(binding)
        picking.carrier_tracking_ref = False
        self.assertEqual(shipment.state, "held")
        self.assertIn("tracking number", shipment.reason)
        picking.carrier_tracking_ref = "NEW"
        self.assertEqual((shipment.state, shipment.tracking_number), ("waiting", "NEW"))
        shipment._set({"state": "sent", "sent_at": fields.Datetime.now()})
        picking.carrier_tracking_ref = False
        self.assertEqual((shipment.state, shipment.tracking_number), ("sent", "NEW"))
        shipment._set({"state": "failed"})
        shipment.tracking_number = "CORRECTED"
        picking.carrier_tracking_ref = "NEW"
        shipment.tracking_number = "CORRECTED"
        picking.carrier_tracking_ref = False
        self.assertEqual(shipment.tracking_number, "CORRECTED", "no label of it")


@tagged("post_install", "-at_install")
class TestShipmentEdits(ShipmentSyncCase):
    """Corrections of parcels that Amazon knows reach it, or say why not."""

    def place_told(self, units, told):
        binding = self.place(units)
        picking = self.deliver(binding, "T1", {"SKU-A": told})
        self.send()
        self.poll()
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "confirmed")
        picking.is_locked = False
        return binding, picking, shipment

    def units_at_amazon(self, binding):
        return [
            item["quantity"]
            for package in self.at_amazon(binding).get("packages", [])
            for item in package["packageItems"]
        ]

    def test_corrected_units_reach_amazon(self):
        binding, picking, shipment = self.place_told(3, 2)
        picking.move_ids.quantity = 1
        self.send()
        self.assertEqual(self.units_at_amazon(binding), [1])
        self.assertEqual((shipment.state, shipment.edited), ("sent", True))
        self.poll()
        self.assertEqual((shipment.state, shipment.edited), ("confirmed", False))

    def test_poll_does_not_end_a_correction(self):
        """Amazon still tells the parcel as it was: the correction is sent all the
        same."""
        binding, picking, shipment = self.place_told(3, 2)
        shipment.carrier_code = "BlueDart"
        picking.move_ids.quantity = 1
        self.simulator.update_order(
            binding.order_number, {"orderAliases": []}, check=False
        )
        self.poll()
        self.assertEqual(shipment.state, "waiting")
        self.send()
        [package] = self.at_amazon(binding)["packages"]
        self.assertEqual(package["carrier"], "BlueDart")
        self.assertEqual(self.units_at_amazon(binding), [1])

    def test_lost_answer_to_a_correction(self):
        """It is sent again: it names the parcel that Amazon has."""
        binding, picking, shipment = self.place_told(3, 2)
        picking.move_ids.quantity = 1
        self.simulator.add_fault("error", operation="confirmShipment", status=500)
        self.send()
        self.assertEqual(shipment.state, "waiting")
        self.simulator.faults.clear()
        self.wait_over(shipment)
        self.shipments_task.write({"next_run": fields.Datetime.now()})
        self.account.task_ids.write({"failure_count": 0})
        self.send()
        self.assertEqual(self.units_at_amazon(binding), [1])
        self.assertEqual(len(self.packages_at_amazon(binding)), 1)

    def test_refused_correction_says_what_to_do(self):
        binding, picking, shipment = self.place_told(3, 2)
        self.simulator.ship_order(
            binding.order_number, items={"90000000000001": 1}, tracking="ELSE"
        )
        picking.move_ids.quantity = 3
        self.send()
        self.assertEqual(shipment.state, "failed")
        self.assertIn("Seller Central", shipment.reason)

    def test_refused_correction_that_a_user_settles(self):
        """Amazon knows the parcel, so its units still count as told."""
        binding, picking, shipment = self.place_told(3, 2)
        self.simulator.ship_order(
            binding.order_number, items={"90000000000001": 1}, tracking="ELSE"
        )
        picking.move_ids.quantity = 3
        self.send()
        shipment.action_skip()
        self.assertEqual((shipment.state, shipment.edited), ("confirmed", False))
        self.assertIn("outside Odoo", shipment.reason)
        told = self.confirmations()
        self.send()
        self.assertEqual(self.confirmations(), told)

    def test_correction_without_effect_is_not_believed(self):
        """Accepted is not done: the parcel has to show the corrected units."""
        binding, picking, shipment = self.place_told(3, 2)
        packages = self.at_amazon(binding)["packages"]
        picking.move_ids.quantity = 1
        self.send()
        self.simulator.update_order(
            binding.order_number, {"packages": packages}, check=False
        )
        for _look in range(3):
            self.wait_over(shipment)
            self.shipments_task.write({"next_run": fields.Datetime.now()})
            self.simulator.clock.advance(timedelta(minutes=5).total_seconds())
            self.send()
        self.assertEqual(shipment.state, "failed")
        self.assertIn("still shows the parcel as before", shipment.reason)

    def test_sellers_number_their_own_parcels_alike(self):
        """A parcel that Amazon never heard of is not meant by a reference."""
        binding = self.place(3)
        self.deliver(binding, False, {"SKU-A": 2})
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "held")
        self.simulator.ship_order(
            binding.order_number, items={"90000000000001": 1}, tracking="ELSE"
        )
        [package] = self.at_amazon(binding)["packages"]
        package["packageReferenceId"] = str(shipment.package_ref)
        self.simulator.update_order(
            binding.order_number, {"packages": [package]}, check=False
        )
        self.poll()
        self.assertEqual(shipment.state, "held")
        foreign = self.shipments_of(binding) - shipment
        self.assertEqual((foreign.source, foreign.tracking_number), ("amazon", "ELSE"))


@tagged("post_install", "-at_install")
class TestCancelledLabels(ShipmentSyncCase):
    """Labels that were bought from Amazon and given back hold nothing."""

    def buy_label(self, binding):
        self.simulator.ship_order(
            binding.order_number, carrier="DTDC", tracking="BOUGHT", status="PENDING"
        )
        self.poll()
        [told] = self.shipments_of(binding)
        self.assertEqual(told.source, "amazon")
        return told

    def give_back(self, binding, told):
        self.simulator.move_package(
            binding.order_number, told.amazon_reference, "CANCELLED"
        )
        self.poll()
        self.assertEqual(told.state, "skipped")

    def test_given_back_before_the_delivery(self):
        """Rule 1: the parcel that Odoo ships instead is told to Amazon."""
        binding = self.place(2)
        told = self.buy_label(binding)
        self.assertEqual(self.picking_of(binding).carrier_tracking_ref, "BOUGHT")
        self.give_back(binding, told)
        self.assertFalse(self.picking_of(binding).carrier_tracking_ref)
        self.deliver(binding, "OWN")
        self.send()
        self.assertIn("OWN", dict(self.packages_at_amazon(binding)))
        status = self.at_amazon(binding)["fulfillment"]["fulfillmentStatus"]
        self.assertEqual(status, "SHIPPED")

    def test_given_back_after_the_delivery(self):
        """The delivery counted as told by Amazon: now Odoo has to tell it."""
        binding = self.place(2)
        told = self.buy_label(binding)
        picking = self.deliver(binding, "BOUGHT")
        self.assertEqual(self.shipments_of(binding).picking_id, picking)
        self.give_back(binding, told)
        own = self.shipments_of(binding) - told
        self.assertEqual((own.picking_id, own.state), (picking, "held"))
        self.assertIn("tracking number", own.reason)
        picking.carrier_tracking_ref = "OWN"
        self.send()
        self.assertIn("OWN", dict(self.packages_at_amazon(binding)))

    def test_given_back_for_a_parcel_that_waited_for_it(self):
        """PRIME: what the label confirmed waits for the user's word again."""
        binding = self.place(2, programs=["PRIME"])
        picking = self.deliver(binding, False)
        own = self.shipments_of(binding)
        self.simulator.ship_order(
            binding.order_number, carrier="DTDC", tracking="BOUGHT", status="PENDING"
        )
        self.poll()
        self.assertEqual((own.state, own.tracking_number), ("confirmed", "BOUGHT"))
        self.assertTrue(own.told_at)
        self.simulator.move_package(
            binding.order_number, own.amazon_reference, "CANCELLED"
        )
        self.poll()
        self.assertEqual(own.state, "held")
        self.assertFalse(own.tracking_number or picking.carrier_tracking_ref)
        self.assertFalse(own.told_at, "no parcel with this label ever left")
        picking.carrier_tracking_ref = "OWN"
        own.action_send()
        self.send()
        self.assertIn("OWN", dict(self.packages_at_amazon(binding)))
