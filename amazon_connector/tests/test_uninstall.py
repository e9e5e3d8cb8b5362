# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..hooks import uninstall_hook
from .common import AmazonCase, item_json, order_json


@tagged("post_install", "-at_install")
class TestUninstall(AmazonCase):
    def test_what_stays_is_archived(self):
        """Nobody picks the connector's products and taxes once it is gone."""
        items = [item_json(SHIPPING="40.00", tax="10.00")]
        sale = self.receive(order_json(items=items)).sale_order_id
        charges = sale.order_line.product_id - self.product
        self.assertTrue(charges)
        taxes = self.env["account.tax"].search([("amazon_role", "!=", False)])
        self.assertTrue(taxes)
        uninstall_hook(self.env)
        products = self.env["product.product"].with_context(active_test=False)
        ours = products.search([("amazon_charge", "!=", False)])
        self.assertEqual(len(ours), 7)
        self.assertFalse(any(ours.mapped("active")))
        self.assertFalse(any(ours.product_tmpl_id.mapped("active")))
        self.assertFalse(any(taxes.mapped("active")))
        self.assertEqual(sale.order_line.tax_ids, taxes & sale.order_line.tax_ids)
        self.assertEqual((sale.state, sale.amount_total), ("sale", 140.0))

    def test_products_of_users_stay_active(self):
        """An internal reference of ours is no reason to archive theirs."""
        own = self.env["product.product"].create(
            {"name": "Mine", "default_code": "AMAZON-MINE"}
        )
        uninstall_hook(self.env)
        self.assertTrue(own.active)
        self.assertTrue(self.product.active)

    def test_renamed_products_are_ours_still(self):
        item = self.env.ref("amazon_connector.product_item")
        item.default_code = "RENAMED"
        uninstall_hook(self.env)
        self.assertFalse(item.active)

    def test_of_every_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        taxes = other._get_amazon_taxes().values()
        uninstall_hook(self.env)
        self.assertFalse(any(tax.active for tax in taxes))
