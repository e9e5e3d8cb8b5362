# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

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

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()

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

    def divide(self, picking, *contents):
        """Press Divide and enter units per SKU, an entry per number."""
        action = picking.action_divide_amazon_parcels()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        numbers = picking._get_tracking_numbers()
        for line in wizard.line_ids:
            content = contents[numbers.index(line.tracking_number)]
            line.quantity = content.get(line.move_id.product_id.default_code, 0)
        wizard.action_divide()
        return wizard

    def test_the_dialog_says_what_is_left(self):
        """All numbers of a product stand together, with what is in no parcel yet."""
        binding = self.receive(self.order_of(3, 1))
        picking = self.picking_of(binding)
        picking.carrier_tracking_ref = f"{FIRST} {SECOND}"
        action = picking.action_divide_amazon_parcels()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        rows = [
            (line.move_id.product_id.default_code, line.tracking_number)
            for line in wizard.line_ids
        ]
        skus = picking.move_ids.product_id.mapped("default_code")
        self.assertEqual(
            rows, [(sku, number) for sku in skus for number in (FIRST, SECOND)]
        )
        with Form(wizard) as form, form.line_ids.edit(0) as line:
            line.quantity = 2
            self.assertEqual(line.left, 1)
        self.assertEqual(wizard.line_ids.mapped("left"), [1, 1, 0, 0])

    def test_divided_over_the_numbers(self):
        """The second number holds what comes first in the order."""
        binding = self.receive(self.order_of(3, 1))
        picking = self.picking_of(binding)
        picking.write(
            {"carrier_id": self.method.id, "carrier_tracking_ref": f"{FIRST} {SECOND}"}
        )
        self.assertTrue(picking.amazon_divisible)
        with self.assertRaisesRegex(UserError, "holds 3, and 2 are divided"):
            self.divide(picking, {"SKU-A": 1, "SKU-B": 1}, {"SKU-A": 1})
        with self.assertRaisesRegex(UserError, f"Parcel {SECOND} holds nothing"):
            self.divide(picking, {"SKU-A": 3, "SKU-B": 1}, {})
        self.divide(picking, {"SKU-A": 1, "SKU-B": 1}, {"SKU-A": 2})
        self.divide(picking, {"SKU-B": 1}, {"SKU-A": 3})
        self.assertEqual(len(picking.move_line_ids.result_package_id), 2)
        self.assertFalse(picking.amazon_notice or picking.amazon_divisible)
        self.validate(picking)
        self.assertEqual(
            {s.tracking_number: self.units_of(s) for s in self.shipments_of(binding)},
            {FIRST: {"SKU-B": 1}, SECOND: {"SKU-A": 3}},
        )
        self.assertEqual(picking.move_ids.mapped("quantity"), [3, 1])

    def test_no_unit_is_lost_between_parcels(self):
        """3 over two parcels are 1.5 each: Amazon hears of three all the same."""
        binding = self.receive(self.order_of(3))
        picking = self.picking_of(binding)
        picking.write(
            {"carrier_id": self.method.id, "carrier_tracking_ref": f"{FIRST} {SECOND}"}
        )
        self.divide(picking, {"SKU-A": 1.5}, {"SKU-A": 1.5})
        self.validate(picking)
        self.assertEqual(
            [self.units_of(s) for s in self.shipments_of(binding)],
            [{"SKU-A": 1}, {"SKU-A": 2}],
        )

    def test_what_is_packed_is_proposed(self):
        binding = self.receive(self.order_of(3))
        picking = self.picking_of(binding)
        picking.carrier_tracking_ref = "T1, T2, T3"
        self.pack(picking, [{"SKU-A": 1}, {"SKU-A": 2}])
        action = picking.action_divide_amazon_parcels()
        lines = self.env[action["res_model"]].browse(action["res_id"]).line_ids
        self.assertEqual(lines.mapped("quantity"), [1, 2, 0])

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

    def test_divided_after_amazon_heard_of_one(self):
        """No unit is told twice."""
        binding = self.place(3)
        picking = self.deliver(binding, "T1, T2, T3")
        self.send()
        self.assertEqual([n for n, _ref in self.packages_at_amazon(binding)], ["T1"])
        action = picking.action_divide_amazon_parcels()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.line_ids.quantity = 1
        wizard.action_divide()
        shipments = self.shipments_of(binding)
        self.assertEqual(shipments.mapped("tracking_number"), ["T1", "T2", "T3"])
        self.assertEqual([self.units_of(s) for s in shipments], [{"SKU-A": 1}] * 3)
        self.assertFalse(picking.amazon_notice)
        self.assertEqual(picking.move_ids.quantity, 3)
        self.send()
        told = self.packages_at_amazon(binding)
        self.assertEqual(sorted(n for n, _ref in told), ["T1", "T2", "T3"])
        units = [
            item["quantity"]
            for package in self.at_amazon(binding)["packages"]
            for item in package["packageItems"]
        ]
        self.assertEqual(units, [1, 1, 1])
