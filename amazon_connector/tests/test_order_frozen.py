# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AmazonCase, item_json, order_json


@tagged("post_install", "-at_install")
class TestOrderFrozen(AmazonCase):
    """Items that no product is linked to, and SKUs of every kind."""

    def test_unlinked_item_freezes_the_order(self):
        binding = self.receive(
            order_json(items=[item_json("SKU-A"), item_json("NEW", number="2")])
        )
        sale = binding.sale_order_id
        self.assertEqual((binding.state, sale.state), ("frozen", "draft"))
        self.assertIn("NEW", binding.reason)
        self.assertEqual(sale.amount_total, 200.0)
        self.assertEqual(
            sale.order_line[1].product_id,
            self.env.ref("amazon_connector.product_item"),
        )
        with self.assertRaisesRegex(UserError, "NEW"):
            sale.action_confirm()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            sale.unlink()
        listing = self.env["amazon.listing"].search([("seller_sku", "=", "NEW")])
        self.assertEqual(listing.state, "unconfirmed")
        self.assertIn("No product", listing.reason)

    def test_frozen_order_thaws_when_its_last_item_is_linked(self):
        binding = self.receive(
            order_json(
                items=[
                    item_json("NEW", 3, "100.00"),
                    item_json("NEWER", number="2", tax="15.25"),
                ]
            )
        )
        sale = binding.sale_order_id
        own = self.env["sale.order.line"].create(
            {
                "order_id": sale.id,
                "product_id": self.product.id,
                "name": "A free sample",
                "price_unit": 0.0,
            }
        )
        first, last = binding.line_ids.listing_id
        first.product_id = self.product
        self.apply()
        self.assertEqual((binding.state, sale.state), ("frozen", "draft"))
        last.product_id = self.other_product
        self.apply()
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertEqual((last.state, last.reason), ("linked", False))
        self.assertTrue(own.exists(), "lines of users stay")
        self.assertEqual(sale.order_line.product_id, self.product | self.other_product)
        self.assertEqual((sale.amount_tax, sale.amount_total), (15.25, 200.0))
        self.assertEqual(sale.picking_ids.state, "assigned")

    def test_ambiguous_or_archived_products_are_never_linked_silently(self):
        self._create_product("SKU-B")
        self.product.active = False
        binding = self.receive(
            order_json(items=[item_json("SKU-A"), item_json("SKU-B", number="2")])
        )
        self.assertEqual(binding.state, "frozen")
        reasons = binding.line_ids.listing_id.mapped("reason")
        self.assertIn("archived", reasons[0])
        self.assertIn("2 products", reasons[1])

    def test_strange_skus(self):
        """Issue: SKUs with slashes, quotes, commas, unicode and 200 characters."""
        skus = ["A/B\\C", 'it\'s "new"', "x,y;z", "größe-尺寸-😀", "L" * 200, "sku-a"]
        for sku in skus:
            self._create_product(sku)
        bindings = self.receive(
            *(
                order_json(number, items=[item_json(sku)])
                for number, sku in enumerate(skus, start=1)
            )
        )
        self.assertEqual(set(bindings.mapped("state")), {"applied"})
        self.assertEqual(
            bindings.sale_order_id.order_line.product_id.mapped("default_code"), skus
        )
