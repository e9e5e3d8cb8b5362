# SPDX-License-Identifier: LGPL-3.0-or-later
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import AMERICA, CANADA
from .frozen_common import FrozenCase


@tagged("post_install", "-at_install")
class TestFrozenRefusals(FrozenCase):
    """S138, S148: nothing gets a frozen order past its open items, whoever tries."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env,
            "amazon_clerk",
            "sales_team.group_sale_salesman_all_leads,account.group_account_invoice",
        )
        cls.binding = cls.freeze("SKU-A", "NEW")
        # As over RPC: a user's session, without sudo.
        cls.sale = cls.binding.sale_order_id.with_user(cls.clerk)

    def assertRefused(self):
        """Refused with the reason: the item is named."""
        return self.assertRaisesRegex(UserError, r"frozen.*NEW")

    def test_confirming(self):
        with self.assertRefused():
            self.sale.action_confirm()
        with self.assertRefused():
            self.sale._validate_order()

    def test_writing_the_state(self):
        for values in ({"state": "sale"}, {"state": "sent"}, {"locked": True}):
            with self.subTest(values=values), self.assertRefused():
                self.sale.write(values)
        with self.assertRefused():
            self.sale.action_lock()
        with self.assertRefused():
            self.sale.action_quotation_sent()
        self.assertEqual((self.sale.state, self.sale.locked), ("draft", False))

    def test_writing_what_the_connector_decides(self):
        """A script cannot thaw an order by writing the flag, nor move it elsewhere."""
        other = self.freeze("NEWER", number=2).sale_order_id
        for values in (
            {"amazon_frozen": False},
            {"amazon_frozen": False, "state": "sale"},
            {"amazon_order_id": False},
            {"amazon_order_id": other.amazon_order_id.id},
            {"amazon_shipping": "outside"},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.sale.write(values)
        with self.assertRaises(AccessError):
            self.sale.create(
                {
                    "partner_id": self.sale.partner_id.id,
                    "amazon_order_ref": self.sale.amazon_order_ref,
                }
            )

    def test_sending(self):
        with self.assertRefused():
            self.sale.action_quotation_send()
        quotation = {"body": "Here"}
        with self.assertRefused():
            self.sale.with_context(mark_so_as_sent=True).message_post(**quotation)

    def test_invoicing(self):
        with self.assertRefused():
            self.sale._create_invoices()
        for method, amounts in (
            ("delivered", {}),
            ("percentage", {"amount": 50}),
            ("fixed", {"fixed_amount": 10}),
        ):
            wizard = (
                self.env["sale.advance.payment.inv"]
                .with_user(self.clerk)
                .with_context(active_ids=self.sale.ids, active_model="sale.order")
                .create({"advance_payment_method": method, **amounts})
            )
            with self.subTest(method=method), self.assertRefused():
                wizard.create_invoices()
        self.assertFalse(self.sale.invoice_ids)
        self.assertEqual(self.sale.invoice_status, "no")

    def test_delivering(self):
        self.sale.order_line._action_launch_stock_rule()
        self.assertFalse(self.sale.picking_ids)
        self.assertFalse(self.sale.sudo().order_line.move_ids)

    def test_deleting(self):
        manager = new_test_user(
            self.env, "amazon_sales_manager", "sales_team.group_sale_manager"
        )
        with self.assertRaisesRegex(UserError, r"(?s)cannot be deleted.*frozen.*NEW"):
            self.sale.with_user(manager).unlink()

    def test_cancelled_by_a_user(self):
        """Allowed, but Amazon has to hear of it: the order is held, not forgotten."""
        self.sale.action_cancel_in_odoo_only()
        self.apply()
        self.assertEqual((self.binding.state, self.sale.state), ("held", "cancel"))
        self.assertIn("not cancelled on Amazon", self.binding.reason)
        self.assertTrue(self.binding.sale_order_id.activity_ids)
        self.link("NEW")
        self.apply()
        self.assertEqual((self.binding.state, self.sale.state), ("held", "cancel"))
        with self.assertRaisesRegex(UserError, "is frozen"):
            self.sale.write({"state": "sale"})
        self.sale.action_draft()
        self.apply()
        self.assertEqual((self.binding.state, self.sale.state), ("applied", "sale"))

    def test_cancelled_and_taken_up_again(self):
        """Back among the quotations, it is frozen as before."""
        self.sale.action_cancel_in_odoo_only()
        self.apply()
        self.sale.action_draft()
        self.apply()
        self.assertEqual((self.binding.state, self.sale.state), ("frozen", "draft"))
        self.assertIn("NEW", self.binding.reason)

    def test_copy_is_an_order_like_any_other(self):
        copy = self.sale.copy()
        self.assertFalse(copy.amazon_frozen)
        self.assertFalse(copy.amazon_order_ref)


@tagged("post_install", "-at_install")
class TestFrozenRights(FrozenCase):
    """S150, S151: everybody sees why; who may confirm listings gets the buttons."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: new_test_user(cls.env, f"frozen_{name}", groups)
            for name, groups in {
                "seller": "sales_team.group_sale_salesman_all_leads",
                "user": "amazon_connector.group_user",
                "manager": "amazon_connector.group_manager",
            }.items()
        }
        cls.binding = cls.freeze("NEW", "NEWER")
        cls.sale = cls.binding.sale_order_id

    def buttons(self, user, model, view=None):
        arch = self.env[model].with_user(self.users[user]).get_view(view, "form")
        return etree.fromstring(arch["arch"]).xpath(
            "//div[contains(@class, 'alert')]//button/@name"
        )

    def test_everybody_who_sees_the_order_sees_the_reason(self):
        for name, user in self.users.items():
            with self.subTest(user=name), Form(self.sale.with_user(user)) as form:
                self.assertTrue(form.amazon_frozen)
                self.assertIn("NEW (Title of NEW), NEWER", form.amazon_frozen_reason)

    def test_buttons(self):
        for name, expected in (("seller", False), ("user", False), ("manager", True)):
            with self.subTest(user=name):
                found = self.buttons(name, "sale.order")
                self.assertEqual("action_ask_amazon_costs" in found, expected)
                self.assertEqual("action_link_amazon_items" in found, expected)
        for name, expected in (("user", False), ("manager", True)):
            with self.subTest(user=name):
                found = self.buttons(name, "amazon.order")
                self.assertEqual("action_ask_costs" in found, expected)
                self.assertEqual("action_link_items" in found, expected)

    def test_confirming_all(self):
        for name in ("seller", "user"):
            with self.subTest(user=name), self.assertRaises(AccessError):
                self.sale.with_user(self.users[name]).action_confirm_amazon_items()
        self.assertFalse(self.binding.line_ids.product_id)
        self.sale.with_user(self.users["manager"]).action_confirm_amazon_items()
        self.apply()
        self.assertEqual(self.sale.state, "sale")

    def test_confirming_nothing(self):
        self.binding.line_ids.listing_id.state = "ignored"
        with self.assertRaisesRegex(UserError, "no unconfirmed item"):
            self.binding.action_confirm_items()

    def test_another_company_is_not_touched(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "frozen_stranger",
            "amazon_connector.group_manager",
            company_id=company.id,
            company_ids=company.ids,
        )
        with self.assertRaises(AccessError):
            self.binding.with_user(stranger).action_confirm_items()
        self.assertFalse(self.binding.line_ids.product_id)


@tagged("post_install", "-at_install")
class TestSalesByMarketplace(FrozenCase):
    """S149: sales orders are filtered by marketplace."""

    marketplaces = ("us", "ca")
    region = "na"

    def test_filter_and_group(self):
        self.freeze("SKU-A", marketplace=AMERICA, currency="USD")
        self.freeze("NEW", number=2, marketplace=CANADA, currency="CAD")
        user = new_test_user(self.env, "by_place", "amazon_connector.group_user")
        Sale = self.env["sale.order"].with_user(user)
        america = self.env.ref("amazon_connector.marketplace_us")
        ours = [("amazon_order_id", "!=", False)]
        found = Sale.search([("amazon_marketplace_id", "=", america.id)])
        self.assertEqual(found.amazon_channel_id, self.channels[0])
        found = Sale.search([("amazon_marketplace_id", "ilike", america.name)])
        self.assertEqual(found.amazon_channel_id, self.channels[0])
        for field in ("amazon_marketplace_id", "amazon_channel_id"):
            groups = Sale.formatted_read_group(ours, [field], ["__count"])
            self.assertEqual([group["__count"] for group in groups], [1, 1])
        arch = Sale.get_view(
            self.env.ref("sale.sale_order_view_search_inherit_quotation").id, "search"
        )["arch"]
        search = etree.fromstring(arch)
        self.assertTrue(search.xpath("//field[@name='amazon_marketplace_id']"))
        for name, states in (("amazon_frozen", {"frozen"}), ("amazon_held", set())):
            (node,) = search.xpath(f"//filter[@name='{name}']")
            found = Sale.search(ours + safe_eval(node.get("domain")))
            self.assertEqual(set(found.mapped("amazon_state")), states)
