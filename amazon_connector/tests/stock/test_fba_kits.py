# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..order.kit_common import KitCase
from .fba_stock_common import FbaStockCase, summary


@tagged("post_install", "-at_install", "-standard", "amazon_kits")
class TestFbaKits(FbaStockCase, KitCase):
    """Kits at Amazon: Odoo has their parts in the FBA location."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kit.is_storable = True
        cls.kit_listing = cls.env["amazon.listing"].create(
            {
                "channel_id": cls.channel.id,
                "seller_sku": "SKU-KIT",
                "product_id": cls.kit.id,
                "fulfilled_by": "amazon",
            }
        )

    def test_parts_are_compared(self):
        """Two of SKU-A and one of SKU-B in each, beside those sold alone."""
        self.take(summary("SKU-KIT", 4, 1), summary("SKU-A", 7))
        found = {
            product.default_code: self.row(product).amazon_quantity
            for product in (self.product, self.other_product)
        }
        self.assertEqual(found, {"SKU-A": 17, "SKU-B": 5})
        self.assertFalse(self.row(self.kit))

    def test_parts_are_corrected(self):
        self.account.fba_correction = "automatic"
        self.take(summary("SKU-KIT", 4, 1))
        run = self.env["amazon.sync.run"].search(
            [("kind", "=", "fba_stock")], limit=1, order="id desc"
        )
        self.assertFalse(run.message)
        self.assertEqual((self.on_hand(), self.on_hand(self.other_product)), (10, 5))
        self.receive(self.order("SHIPPED", by="AMAZON", fulfilled=3))
        self.take(summary("SKU-KIT", 1, 1))
        self.assertEqual(self.row().state, "equal")

    def test_row_from_before_it_was_a_kit(self):
        bom = self.env["mrp.bom"].search(
            [("product_tmpl_id", "=", self.kit.product_tmpl_id.id)]
        )
        bom.type = "normal"
        self.take(summary("SKU-KIT", 4))
        self.assertEqual(self.row(self.kit).amazon_quantity, 4)
        bom.type = "phantom"
        self.take(summary("SKU-KIT", 4))
        row = self.row(self.kit)
        self.assertEqual((row.amazon_quantity, row.difference), (0, 0))
        action = self.row().action_open_listings()
        listings = self.env["amazon.listing"].search(action["domain"])
        self.assertIn(self.kit_listing, listings)
