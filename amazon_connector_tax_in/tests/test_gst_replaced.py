# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.amazon_connector.tests.common import ago, item_json

from .gst_common import GstCase, to


@tagged("post_install", "-at_install")
class TestGstReplaced(GstCase):
    """Users put real rates in the place of Amazon's amounts."""

    def setUp(self):
        super().setUp()
        self.product.taxes_id = self.company._get_real_gst(18, False)
        self.other_product.taxes_id = self.company._get_real_gst(5, False)

    def buy(self, state="Maharashtra"):
        items = [
            item_json("SKU-A", 3, "118.01", tax="18.03", SHIPPING="10.00"),
            item_json("SKU-B", 1, "105.00", number="2", tax="5.03"),
        ]
        order = self.receive(to(state, None, items=items))
        self.assertEqual(order.state, "applied", order.reason)
        return order.sale_order_id

    def test_all_lines(self):
        """S75: real rates on every line; what the buyer paid stays."""
        sale = self.buy()
        totals = sale.order_line.mapped("price_total")
        self.assertTrue(sale.has_stated_gst)
        sale.action_apply_real_gst()
        self.assertFalse(sale.has_stated_gst)
        self.assertEqual(sale.order_line.mapped("price_total"), totals)
        self.assertFalse(sale.amazon_difference)
        rates = {tax.amount for tax, _amount in self.get_tax_amounts(sale)}
        self.assertEqual(rates, {9.0, 2.5})
        invoice = sale._create_invoices()
        self.assertAlmostEqual(invoice.amount_total, sale.amount_total)
        self.assertAlmostEqual(invoice.amount_tax, sale.amount_tax)

    def test_between_states(self):
        sale = self.buy("Kerala")
        sale.action_apply_real_gst()
        rates = {tax.amount for tax, _amount in self.get_tax_amounts(sale)}
        self.assertEqual(rates, {18.0, 5.0})
        self.assertFalse(sale.amazon_difference)

    def test_user_presses_the_button(self):
        """S75: a salesperson, on the form."""
        user = new_test_user(
            self.env, "seller", "sales_team.group_sale_salesman_all_leads"
        )
        sale = self.buy().with_user(user)
        view = self.env["sale.order"].get_view(view_type="form")["arch"]
        self.assertIn('name="action_apply_real_gst"', view)
        sale.action_apply_real_gst()
        self.assertFalse(sale.has_stated_gst)

    def test_changing_one_line_warns(self):
        """S76: the other lines are left at 0 %."""
        sale = self.buy()
        real = self.company._get_real_gst(18, True)
        with Form(sale) as form, form.order_line.edit(0) as line:
            with self.assertLogs("odoo.tests.form.onchange", "WARNING") as logs:
                line.tax_ids.clear()
                line.tax_ids.add(real)
        self.assertIn("Other lines keep taxes of 0 %", " ".join(logs.output))

    def change(self, sale):
        """Amazon's later change: one unit less of the first item, more shipping."""
        items = [
            item_json("SKU-A", 2, "78.68", tax="13.37", SHIPPING="9.00"),
            item_json("SKU-B", 1, "105.00", number="2", tax="5.03"),
        ]
        order = to("Maharashtra", None, items=items)
        order["lastUpdatedTime"] = ago(hours=1)
        binding = self.receive(order)
        self.assertEqual(binding.state, "applied", binding.reason)
        self.assertFalse(sale.amazon_difference)
        self.assertAlmostEqual(sale.amount_total, 192.68)
        return binding

    def test_amazon_overwrites_no_choice(self):
        """S75, S76: real taxes stay, and are computed from Amazon's new totals."""
        sale = self.buy()
        sale.action_apply_real_gst()
        taxes = {line: line.tax_ids for line in sale.order_line}
        self.assertTrue(all(sale.order_line.mapped("amazon_taxes_chosen")))
        binding = self.change(sale)
        self.assertEqual({line: line.tax_ids for line in sale.order_line}, taxes)
        self.assertFalse(sale.has_stated_gst)
        self.assertIn("chosen by hand", binding.reason)
        self.assertAlmostEqual(
            sale.amount_tax, round(87.68 * 18 / 118, 2) + 5.0, delta=0.02
        )

    def test_one_line_by_hand_stays(self):
        """S76: what a user writes counts, whichever way; the others follow Amazon."""
        user = new_test_user(
            self.env, "seller", "sales_team.group_sale_salesman_all_leads"
        )
        sale = self.buy()
        first, *others = sale.order_line
        real = self.company._get_real_gst(5, True)
        sale.with_user(user).order_line = [
            Command.update(first.id, {"tax_ids": [Command.set(real.ids)]})
        ]
        chosen = sale.order_line.filtered("amazon_taxes_chosen")
        self.assertEqual(chosen, first)
        self.change(sale)
        self.assertEqual(first.tax_ids, real)
        for line in others:
            roles = set(line.tax_ids.mapped("amazon_role"))
            self.assertEqual(roles, {"cgst", "sgst"})

    def test_amazon_follows_its_own_rates(self):
        """What nobody chose follows Amazon's amounts."""
        self.channel.gst_taxes = "real"
        sale = self.buy()
        self.assertFalse(any(sale.order_line.mapped("amazon_taxes_chosen")))
        binding = self.change(sale)
        self.assertNotIn("chosen by hand", binding.reason)

    def test_product_without_gst_is_named(self):
        self.other_product.taxes_id = [Command.clear()]
        sale = self.buy()
        before = sale.order_line.mapped("tax_ids")
        with self.assertRaisesRegex(UserError, "SKU-B"):
            sale.action_apply_real_gst()
        self.assertEqual(sale.order_line.mapped("tax_ids"), before)

    def test_locked_and_invoiced(self):
        sale = self.buy()
        sale.locked = True
        with self.assertRaisesRegex(UserError, "Unlock"):
            sale.action_apply_real_gst()
        sale.locked = False
        sale._create_invoices()
        with self.assertRaisesRegex(UserError, "already invoiced"):
            sale.action_apply_real_gst()
