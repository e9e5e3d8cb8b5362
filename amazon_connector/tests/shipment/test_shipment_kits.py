# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import ago, item_json, order_json
from ..order.kit_common import KitCase
from .shipment_common import ShipmentMixin


@tagged("post_install", "-at_install", "-standard", "amazon_kits")
class TestShipmentKits(ShipmentMixin, KitCase):
    """The parts of kits go back to ordered units."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()
        cls.binding = cls.receive(cls.order())

    def test_whole_kits(self):
        self.deliver(self.binding)
        self.assertEqual(self.units_of(self.shipments_of(self.binding)), {"SKU-KIT": 3})

    def test_parts_of_a_kit_are_no_kit(self):
        """A kit is told with the delivery that completes it."""
        self.deliver(self.binding, "T1", {"SKU-A": 3, "SKU-B": 0})
        self.assertFalse(self.shipments_of(self.binding))
        self.deliver(self.binding, "T2", {"SKU-A": 1, "SKU-B": 2})
        self.assertEqual(self.units_of(self.shipments_of(self.binding)), {"SKU-KIT": 2})
        self.deliver(self.binding, "T3")
        first, last = self.shipments_of(self.binding)
        self.assertEqual(self.units_of(last), {"SKU-KIT": 1})
        self.assertEqual((first.tracking_number, last.tracking_number), ("T2", "T3"))

    def test_kits_in_several_packages(self):
        picking = self.picking_of(self.binding)
        self.pack(
            picking,
            [{"SKU-A": 2, "SKU-B": 1}, {"SKU-A": 4}, {"SKU-B": 2}],
        )
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "T"})
        self.validate(picking)
        shipments = self.shipments_of(self.binding)
        self.assertEqual(
            [self.units_of(shipment) for shipment in shipments],
            [{"SKU-KIT": 1}, {"SKU-KIT": 2}],
        )

    def test_kit_shipped_outside_is_closed(self):
        """Amazon's units become parts again."""
        picking = self.picking_of(self.binding)
        line = self.binding.sale_order_id.order_line.filtered("amazon_order_line_id")
        picking._close_as_amazon_says({line[:1]: 2 / 3})
        self.assertEqual(picking.state, "done")
        self.assertEqual(line[:1].qty_delivered, 2)
        self.assertEqual(sum(picking.move_ids.mapped("quantity")), 6)

    def tell(self, status="UNSHIPPED", wanted=3, fulfilled=0, hours=1):
        order = self.order(status, fulfilled=fulfilled)
        order["lastUpdatedTime"] = ago(hours=hours)
        order["orderItems"][0]["fulfillment"] = {
            "quantityFulfilled": fulfilled,
            "quantityUnfulfilled": wanted - fulfilled,
        }
        self.receive(order)

    def test_fewer_kits_than_are_picked(self):
        """Three kits lie picked, Amazon wants two: asked about in kits."""
        picking = self.picking_of(self.binding)
        picking.move_ids.picked = True
        self.tell(wanted=2)
        self.assertIn("SKU-KIT", picking.amazon_notice)
        self.assertIn("transfer: 3. Amazon wants only 2 more", picking.amazon_notice)
        self.set_quantities(picking, {"SKU-A": 4, "SKU-B": 2})
        picking.invalidate_recordset()
        self.assertFalse(picking.amazon_stopped)

    def test_kits_of_a_cancelled_order(self):
        """The parts of what is left are cancelled with it."""
        self.deliver(self.binding, "T1", {"SKU-A": 2, "SKU-B": 1})
        rest = self.picking_of(self.binding)
        self.tell("CANCELLED")
        self.assertEqual(rest.state, "cancel")
        self.assertEqual(set(rest.move_ids.mapped("state")), {"cancel"})

    def test_kit_in_place_of_a_product(self):
        """Another SKU that stands for a kit: its parts are delivered."""
        items = [item_json("SKU-A", 2, "200.00")]
        binding = self.receive(order_json(2, items))
        items = [item_json("SKU-KIT", 2, "200.00")]
        self.receive(order_json(2, items, updated=ago(hours=1)))
        moves = self.picking_of(binding).move_ids.filtered(
            lambda move: move.state != "cancel"
        )
        self.assertEqual(
            {move.product_id.default_code: move.product_uom_qty for move in moves},
            {"SKU-A": 4, "SKU-B": 2},
        )

    def test_kits_that_came_back(self):
        """One of three kits left and came back; Amazon calls all three shipped."""
        picking = self.picking_of(self.binding)
        self.deliver(self.binding, "T1", {"SKU-A": 2, "SKU-B": 1})
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        for line in wizard.product_return_moves:
            line.quantity = line.move_id.quantity
        back = wizard._create_return()
        back.move_ids.write({"picked": True, "to_refund": True})
        back.with_context(skip_sms=True).button_validate()
        [line] = self.binding.sale_order_id.order_line.filtered(
            lambda line: line.amazon_charge == "item"
        )
        self.assertEqual((line.qty_delivered, line._get_amazon_returned()), (0, 1))
        self.tell("SHIPPED", fulfilled=3)
        self.assertTrue(self.binding.shipped_outside)
