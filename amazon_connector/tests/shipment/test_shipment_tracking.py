# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import AmazonCase
from .shipment_common import ShipmentMixin, ShipmentSyncCase

FIRST, SECOND = "RM111111111IN", "RM222222222IN"
TYPED = [
    f"{FIRST}{between}{SECOND}"
    for between in (", ", ",", ";", "; ", " / ", "/", " ", "\n", " + ", " & ", "、")
]


@tagged("post_install", "-at_install")
class TestTrackingNumbers(ShipmentMixin, AmazonCase):
    """Several tracking numbers in the one field that Odoo has."""

    def setUp(self):
        super().setUp()
        self.set_up_carrier()

    def test_said_on_the_delivery(self):
        """Without packages Amazon hears of one; the delivery says of which not."""
        for number, typed in enumerate(TYPED, 1):
            with self.subTest(typed):
                binding = self.receive(self.order_of(2, number=number))
                picking = self.picking_of(binding)
                picking.write(
                    {"carrier_id": self.method.id, "carrier_tracking_ref": typed}
                )
                for _before_and_after in range(2):
                    self.assertIn(
                        f"{FIRST} is reported to Amazon, but not {SECOND}",
                        picking.amazon_notice,
                    )
                    self.assertFalse(picking.amazon_missing)
                    if picking.state != "done":
                        self.validate(picking)
                    picking.invalidate_recordset()
                shipment = self.shipments_of(binding)
                self.assertEqual(shipment.tracking_number, FIRST)
                self.assertEqual(shipment.state, "waiting")

    def test_packed_before_validation(self):
        binding = self.receive(self.order_of(2))
        picking = self.picking_of(binding)
        picking.write(
            {"carrier_id": self.method.id, "carrier_tracking_ref": f"{FIRST}/{SECOND}"}
        )
        self.pack(picking, [{"SKU-A": 1}, {"SKU-A": 1}])
        self.assertFalse(picking.amazon_notice)
        self.validate(picking)
        shipments = self.shipments_of(binding)
        self.assertEqual(shipments.mapped("tracking_number"), [FIRST, SECOND])
        self.assertFalse(picking.amazon_notice)

    def test_more_numbers_than_packages(self):
        binding = self.receive(self.order_of(2))
        picking = self.picking_of(binding)
        picking.write(
            {"carrier_id": self.method.id, "carrier_tracking_ref": "T1, T2, T3"}
        )
        self.pack(picking, [{"SKU-A": 1}, {"SKU-A": 1}])
        self.assertIn("tracking numbers", picking.amazon_notice)
        self.validate(picking)
        self.assertEqual(set(self.shipments_of(binding).mapped("state")), {"held"})
        self.assertIn("tracking numbers", picking.amazon_notice)
        picking.carrier_tracking_ref = "T1, T2"
        self.assertFalse(picking.amazon_notice)
        self.assertEqual(
            self.shipments_of(binding).mapped("tracking_number"), ["T1", "T2"]
        )

    def test_typed_on_the_shipment(self):
        """No garbage: a parcel waits until it has one number."""
        for typed in TYPED:
            with self.subTest(typed):
                binding = self.receive(self.order_of(1, number=TYPED.index(typed) + 1))
                self.deliver(binding, tracking=False)
                shipment = self.shipments_of(binding)
                shipment.tracking_number = typed
                self.assertEqual(shipment.state, "held")
                self.assertIn("one tracking number per parcel", shipment.reason)
                shipment.tracking_number = SECOND
                self.assertEqual(shipment.state, "waiting")

    def test_numbers_in_groups_are_one(self):
        binding = self.receive(self.order_of(1))
        picking = self.deliver(binding, tracking="1Z 999 AA1 01 2345 6784")
        self.assertFalse(picking.amazon_notice)
        self.assertEqual(
            self.shipments_of(binding).tracking_number, "1Z999AA10123456784"
        )


@tagged("post_install", "-at_install")
class TestTrackingNumbersTold(ShipmentSyncCase):
    """The same, up to what Amazon knows in the end."""

    def test_packed_after_amazon_heard_of_one(self):
        binding = self.place(2)
        picking = self.deliver(binding, f"{FIRST}, {SECOND}")
        self.send()
        self.assertEqual(
            [number for number, _ref in self.packages_at_amazon(binding)], [FIRST]
        )
        lines = picking.move_line_ids
        packages = self.env["stock.package"].create([{"name": "A"}, {"name": "B"}])
        picking.is_locked = False
        lines.write({"quantity": 1, "result_package_id": packages[0].id})
        lines.copy({"quantity": 1, "result_package_id": packages[1].id})
        self.assertEqual(picking.move_ids.quantity, 2)
        shipments = self.shipments_of(binding)
        self.assertEqual(shipments.mapped("tracking_number"), [FIRST, SECOND])
        self.assertEqual([self.units_of(s) for s in shipments], [{"SKU-A": 1}] * 2)
        self.assertFalse(picking.amazon_notice)
        self.send()
        self.assertEqual(
            sorted(number for number, _ref in self.packages_at_amazon(binding)),
            [FIRST, SECOND],
        )
