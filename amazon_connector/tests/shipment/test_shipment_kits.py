# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..order.test_order_kits import KitCase
from .shipment_common import ShipmentMixin


@tagged("post_install", "-at_install", "-standard", "amazon_kits")
class TestShipmentKits(ShipmentMixin, KitCase):
    """The parts of kits go back to ordered units."""

    def setUp(self):
        super().setUp()
        self.set_up_carrier()
        self.binding = self.receive(self.order())

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
