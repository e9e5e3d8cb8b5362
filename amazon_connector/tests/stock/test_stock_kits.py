# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.tests import tagged

from .stock_common import StockCase


@tagged("post_install", "-at_install", "-standard", "amazon_kits")
class TestStockKits(StockCase):
    """Kits of Odoo's Manufacturing: 2 SKU-A and 1 SKU-B of which there are 100 each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kit = cls._create_kit("SKU-KIT", {cls.product: 2, cls.other_product: 1})
        cls.kit_listing = cls._create_listing(cls.kit)

    @classmethod
    def _create_kit(cls, sku, parts, makes=1):
        kit = cls.env["product.product"].create(
            {"name": sku, "default_code": sku, "type": "consu"}
        )
        cls.bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "product_qty": makes,
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": units})
                    for part, units in parts.items()
                ],
            }
        )
        return kit

    def test_as_many_as_the_parts_make(self):
        """As Odoo computes it."""
        self.assertEqual(self.quantity(self.kit_listing), 50)
        self.assertEqual(self.kit.free_qty, 50)
        self.put_stock(self.other_product, -80)
        self.assertEqual(self.quantity(self.kit_listing), 20)
        self.put_stock(self.other_product, -80)
        self.assertEqual(self.quantity(self.kit_listing), 0)

    def test_promised_parts_are_left_out(self):
        """Promised but not reserved, one part only: Odoo's kit still has 50."""
        sale = self.sell(self.product, 90)
        sale.picking_ids.do_unreserve()
        self.assertEqual((self.kit.free_qty, self.kit.outgoing_qty), (50, 0))
        self.assertEqual(self.quantity(self.kit_listing), 5)

    def test_forecast(self):
        self.channel.stock_basis = "forecast"
        self.receive_goods(self.product, 20)
        self.assertEqual(self.quantity(self.kit_listing), 60)
        self.sell(self.other_product, 70)
        self.assertEqual(self.quantity(self.kit_listing), 30)

    def test_orders_of_the_kit_take_its_parts(self):
        """S160: what waits for kits is offered neither as kit nor as part."""
        self.store(self.order(sku="SKU-KIT", quantity=3))
        self.assertEqual(self.quantity(self.kit_listing), 47)
        self.assertEqual(self.quantity(self.listing), 94)
        self.assertEqual(self.quantity(self.other_listing), 97)
        self.apply()
        self.assertEqual(self.quantity(self.kit_listing), 47)
        self.assertEqual(self.quantity(self.listing), 94)
        self.assertEqual(self.quantity(self.other_listing), 97)

    def test_orders_of_a_part_take_from_the_kit(self):
        self.store(self.order(sku="SKU-A", quantity=30))
        self.assertEqual(self.quantity(self.kit_listing), 35)

    def test_kit_of_kits_and_of_dozens(self):
        """A BoM that makes 2, of 3 kits each of 2 A and 1 B, in dozens of SKU-B."""
        double = self._create_kit("SKU-DOUBLE", {self.kit: 3}, makes=2)
        dozen = self.env.ref("uom.product_uom_dozen")
        self.bom.bom_line_ids = [
            Command.create(
                {
                    "product_id": self.other_product.id,
                    "product_qty": 1,
                    "product_uom_id": dozen.id,
                }
            )
        ]
        listing = self._create_listing(double)
        # Two of them: 6 A, 3 B + 12 B; 13 take 97.5 of the 100 B.
        self.assertEqual(self.quantity(listing), 13)
        self.assertEqual(double.free_qty, 13)
        self.store(self.order(sku="SKU-DOUBLE", quantity=2))
        self.assertEqual(self.quantity(self.other_listing), 85)

    def test_kit_of_what_is_not_counted(self):
        service = self.env["product.product"].create(
            {"name": "Engraving", "type": "consu"}
        )
        kit = self._create_kit("SKU-VAIN", {service: 1})
        level = self.compute(self._create_listing(kit))
        self.assertEqual(level.state, "excluded")
        mixed = self._create_kit("SKU-MIXED", {service: 1, self.product: 4})
        self.assertEqual(self.quantity(self._create_listing(mixed)), 25)

    def consume(self):
        self.env.cr.flush()
        self.Change._consume()
        marked = self.Level.search([("to_compute", "=", True)])
        marked._compute_quantities()
        return marked

    def test_changes_of_parts_reach_the_kit(self):
        double = self._create_kit("SKU-DOUBLE", {self.kit: 2})
        listing = self._create_listing(double)
        self.consume()
        self.env.cr.execute("UPDATE mrp_bom SET write_date = '2020-01-01'")
        self.env.cr.execute("UPDATE mrp_bom_line SET write_date = '2020-01-01'")
        self.assertFalse(self.consume())
        self.sell(self.other_product, 10)
        levels = self.consume()
        self.assertIn(listing.stock_level_id, levels)
        self.assertIn(self.kit_listing.stock_level_id, levels)
        self.assertNotIn(self.listing.stock_level_id, levels)

    def test_changed_bill_of_materials(self):
        self.consume()
        self.bom.bom_line_ids[0].product_qty = 5
        self.assertIn(self.kit_listing.stock_level_id, self.consume())
        self.assertEqual(self.kit_listing.stock_level_id.quantity, 20)

    def test_without_a_warehouse(self):
        third = self.env["stock.warehouse"].create({"name": "Third", "code": "THI"})
        self.channel.write(
            {
                "use_warehouses": True,
                "warehouse_id": third.id,
                "stock_warehouse_ids": [Command.set(third.ids)],
            }
        )
        third.action_archive()
        level = self.compute(self.kit_listing)
        self.assertEqual((level.state, level.quantity), ("rehearsal", 0))
