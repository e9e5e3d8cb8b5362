# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ...hooks import post_init_hook, uninstall_hook
from ..common import AmazonCase, item_json, order_json


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
        sequences = self.env["ir.sequence"].search([("code", "=", "amazon.customer")])
        self.assertFalse(sequences)

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

    def test_installed_again_the_products_serve_again(self):
        uninstall_hook(self.env)
        post_init_hook(self.env)
        ours = self.env["product.product"].search([("amazon_charge", "!=", False)])
        self.assertEqual(len(ours), 7)
        self.assertTrue(all(ours.product_tmpl_id.mapped("active")))

    def test_archived_products_stop_no_order(self):
        """A user who tidies up the products does not stop the orders."""
        self.env.ref("amazon_connector.product_shipping").action_archive()
        binding = self.receive(order_json(items=[item_json(SHIPPING="40.00")]))
        self.assertEqual(binding.state, "applied")
        self.assertEqual(binding.sale_order_id.amount_total, 140.0)


@tagged("post_install", "-at_install")
class TestInstalledAgain(AmazonCase):
    """Rule 1: sales orders of a former installation do not come in a second time."""

    def leave_behind(self, state="sale"):
        """A sales order as uninstalling leaves it: the connector's columns are gone."""
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Buyer"}).id,
                "origin": order_json()["orderId"],
                "state": state,
            }
        )
        post_init_hook(self.env)
        sale.invalidate_recordset()
        return sale

    def test_order_that_is_there_is_skipped(self):
        sale = self.leave_behind()
        self.assertEqual(sale.amazon_order_ref, order_json()["orderId"])
        binding = self.receive(order_json())
        self.assertEqual(binding.state, "skipped")
        self.assertIn(sale.name, binding.reason)
        self.assertFalse(binding.sale_order_id)
        self.assertTrue(self.receive(order_json(2)).sale_order_id)

    def test_cancelled_one_gives_way(self):
        sale = self.leave_behind()
        binding = self.receive(order_json())
        sale.action_cancel()
        binding.action_retry()
        self.apply()
        self.assertEqual(binding.state, "applied")
        self.assertEqual(binding.sale_order_id.amazon_order_ref, sale.origin)

    def test_order_of_another_company_does_not_count(self):
        sale = self.leave_behind()
        other = self.env["res.company"].create({"name": "Other"})
        self.env.cr.execute(
            "UPDATE sale_order SET company_id = %s WHERE id = %s", [other.id, sale.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.receive(order_json()).state, "applied")

    def test_other_source_documents_are_left_alone(self):
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Buyer"}).id,
                "origin": f"Offer {order_json()['orderId']}",
            }
        )
        post_init_hook(self.env)
        sale.invalidate_recordset()
        self.assertFalse(sale.amazon_order_ref)
