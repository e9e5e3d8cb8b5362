# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import AmazonCase, ago
from .shipment_common import ShipmentMixin


@tagged("post_install", "-at_install")
class TestShipmentOdd(ShipmentMixin, AmazonCase):
    """Deliveries that go other ways than the button's, and come back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()

    def give_back(self, picking, units):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        wizard.product_return_moves.quantity = units
        back = picking.browse(wizard.action_create_returns()["res_id"])
        back.move_ids.picked = True
        self.validate(back)
        return back

    def test_shipped_again_after_it_came_back_untold(self):
        """Amazon hears of the parcel that reaches the buyer, not of none."""
        binding = self.receive(self.order_of(2))
        back = self.give_back(self.deliver(binding), 2)
        again = self.give_back(back, 2)
        again.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T2"})
        first, second = self.shipments_of(binding)
        self.assertEqual((first.state, second.picking_id), ("held", again))
        self.assertEqual(self.units_of(second), {"SKU-A": 2})
        self.assertEqual((second.state, second.tracking_number), ("waiting", "T2"))

    def test_part_came_back_untold_and_was_shipped_again(self):
        """The first parcel still stands for all units, so the second tells none."""
        binding = self.receive(self.order_of(2))
        back = self.give_back(self.deliver(binding), 1)
        self.give_back(back, 1)
        first, second = self.shipments_of(binding)
        self.assertEqual((first.state, second.state), ("held", "skipped"))
        first.action_send()
        self.assertEqual(first.state, "waiting")

    def test_a_replacement_is_no_other_unit(self):
        """Of two units one left, came back and left again; Amazon calls both shipped:
        the other one left elsewhere."""
        binding = self.receive(self.order_of(2))
        picking = self.deliver(binding, quantities={"SKU-A": 1})
        self.give_back(self.give_back(picking, 1), 1)
        [line] = binding.sale_order_id.order_line
        self.assertEqual(line.qty_delivered, 1)
        told = self.order_of(2, status="SHIPPED", updated=ago(hours=1))
        told["orderItems"][0]["fulfillment"] = {
            "quantityFulfilled": 2,
            "quantityUnfulfilled": 0,
        }
        self.receive(told)
        self.assertTrue(binding.shipped_outside)
        binding.action_close_delivery()
        self.assertEqual(line.qty_delivered, 2)
        self.assertFalse(binding.shipped_outside or self.picking_of(binding))

    def test_shipped_again_after_amazon_was_told(self):
        """A replacement is no second shipment of the order."""
        binding = self.receive(self.order_of(1))
        picking = self.deliver(binding)
        self.shipments_of(binding)._set({"state": "sent"})
        self.give_back(self.give_back(picking, 1), 1)
        first, second = self.shipments_of(binding)
        self.assertEqual((first.state, second.state), ("sent", "skipped"))

    def test_script_finishes_the_moves(self):
        """Bad input: a script validates the moves, not their delivery."""
        binding = self.receive(self.order_of(1, 2))
        picking = self.picking_of(binding)
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T1"})
        picking.move_ids.picked = True
        picking.move_ids._action_done()
        shipment = self.shipments_of(binding)
        self.assertEqual((picking.state, shipment.state), ("done", "waiting"))
        self.assertEqual(self.units_of(shipment), {"SKU-A": 1, "SKU-B": 2})

    def test_two_orders_in_one_delivery(self):
        """Merged by the warehouse: one parcel of each order, with the same number."""
        bindings = [self.receive(self.order_of(n, number=n)) for n in (1, 2)]
        picking, other = (self.picking_of(binding) for binding in bindings)
        other.move_ids.picking_id = picking
        self.assertTrue(picking.amazon_missing)
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T1"})
        self.assertFalse(picking.amazon_missing)
        self.set_quantities(picking, None)
        self.validate(picking)
        for number, binding in enumerate(bindings, 1):
            shipment = self.shipments_of(binding)
            self.assertEqual(self.units_of(shipment), {"SKU-A": number})
            self.assertEqual(
                (shipment.state, shipment.tracking_number), ("waiting", "T1")
            )

    def test_method_that_needs_no_tracking_from_now_on(self):
        """What was held goes on when the carrier's row changes."""
        binding = self.receive(self.order_of(1))
        self.deliver(binding, tracking=False)
        shipment = self.shipments_of(binding)
        self.assertEqual((shipment.state, shipment.carrier_code), ("held", "DTDC"))
        self.carrier.untracked = True
        self.assertEqual((shipment.state, shipment.untracked), ("waiting", True))

    def test_rows_made_together_wake_every_company(self):
        binding = self.receive(self.order_of(1))
        self.carrier.unlink()
        self.deliver(binding)
        shipment = self.shipments_of(binding)
        self.assertEqual(shipment.state, "held")
        code = self.env.ref("amazon_connector.carrier_code_dtdc")
        other = self.env["res.company"].create({"name": "Other"})
        self.env["amazon.carrier"].create(
            [
                {"code_id": code.id, "company_id": other.id},
                {"code_id": code.id},
            ]
        )
        self.assertEqual(shipment.state, "waiting")
