# SPDX-License-Identifier: LGPL-3.0-or-later
import re

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools.misc import file_path

from ..common import AmazonCase
from .connection_common import ConnectionCase

# What Test Connection asks for.
ROLES = (
    "Inventory and Order Tracking",
    "Product Listing",
    "Selling Partner Insights",
    "Amazon Fulfillment",
    "Finance and Accounting",
)


@tagged("post_install", "-at_install")
class TestOnboardingChecks(AmazonCase):
    """S9: what a connection needs is checked and named before anything is asked."""

    def setUp(self):
        super().setUp()
        self.india = self.env.ref("amazon_connector.marketplace_in")
        self.setup_now = self.env["amazon.onboarding"].create(
            {"region": "eu", "marketplace_ids": self.india.ids, "is_professional": True}
        )

    def check(self, title):
        """The one prerequisite of this title; it is shown with its mark."""
        self.setup_now.invalidate_recordset()
        found = [c for c in self.setup_now._get_checks() if c.title == title]
        self.assertEqual(len(found), 1, title)
        self.assertIn(f'data-level="{found[0].level}"', self.setup_now.checks)
        self.assertIn(title, self.setup_now.checks)
        return found[0]

    def assertBlocked(self, title, *texts):
        check = self.check(title)
        self.assertEqual(check.level, "block")
        self.assertTrue(self.setup_now.is_blocked)
        with self.assertRaises(UserError) as caught:
            self.setup_now.action_to_connect()
        for text in (title, *texts):
            self.assertIn(text, str(caught.exception))
        self.assertEqual(self.setup_now.step, "check")
        return check

    def test_all_is_there(self):
        self.assertFalse(self.setup_now.is_blocked)
        self.setup_now.action_to_connect()
        self.assertEqual(self.setup_now.step, "connect")

    def test_set_up_that_was_left_half_way(self):
        """S182: who comes back is led to it and does not begin another."""
        self.assertNotIn("Started earlier", self.setup_now.checks)
        self.setup_now.client_id_input = "amzn1.application-oa2-client.new"
        account = self.setup_now.account_id
        self.assertNotIn("Started earlier", self.setup_now.checks)
        again = self.env["amazon.onboarding"].create({"region": "eu"})
        self.setup_now = again
        check = self.check("Started earlier")
        self.assertEqual((check.level, check.label), ("warn", account.name))
        self.assertEqual(check.url, f"/odoo/amazon-accounts/{account.id}")
        again.region = "na"
        self.assertNotIn("Started earlier", again.checks)

    def test_professional_account(self):
        """S166: an active Professional selling account is required."""
        self.setup_now.is_professional = False
        check = self.assertBlocked("Professional selling account", "Professional plan")
        self.assertEqual(check.url, self.india.seller_central_url)

    def test_another_currency_is_named_and_goes_with_a_pricelist(self):
        """S50: told, and allowed."""
        self.company.currency_id = self.env.ref("base.EUR")
        check = self.check("Currency")
        self.assertEqual(check.level, "warn")
        self.assertIn("sells in INR", check.text)
        self.assertIn("creates a pricelist in INR", check.text)
        self.assertIn("Enter an exchange rate", check.text)
        self.assertEqual(check.url, "/odoo/action-base.action_currency_form")
        self.assertFalse(self.setup_now.is_blocked)
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.env.ref("base.INR").id,
                "company_id": self.company.id,
                "rate": 88.0,
            }
        )
        self.assertNotIn("exchange rate", self.check("Currency").text)

    def test_the_companys_own_currency(self):
        self.company.currency_id = self.india.currency_id
        self.assertEqual(self.check("Currency").level, "ok")

    def test_no_marketplace(self):
        self.setup_now.marketplace_ids = False
        self.assertBlocked("Marketplaces", "Choose at least one")

    def test_sales_taxes(self):
        """S51: sales taxes have to be set up; what is missing is named."""
        company = self.company
        taxes = self.env["account.tax"].search(
            [("company_id", "=", company.id), ("type_tax_use", "=", "sale")]
        )
        if not taxes:
            self.skipTest("the company has no chart of accounts")
        company.account_sale_tax_id = taxes[0]
        self.assertEqual(self.check("Sales taxes").level, "ok")
        company.account_sale_tax_id = False
        self.assertEqual(self.check("Sales taxes").level, "warn")
        taxes.active = False
        # So it is with the Indian chart of accounts, until somebody chooses.
        check = self.assertBlocked("Sales taxes", "are archived")
        self.assertEqual(check.url, "/odoo/action-account.action_tax_form")

    def test_no_sales_tax_at_all(self):
        """S51: a company without, and one without a chart of accounts."""
        young = self.env["res.company"].create({"name": "Young"})
        self.setup_now.company_id = young
        self.assertBlocked("Sales taxes", "no chart of accounts")
        young.chart_template = "generic_coa"
        self.assertBlocked("Sales taxes", "has no sales tax")

    def test_amazons_own_taxes_are_none_of_the_company(self):
        other = self.env["res.company"].create({"name": "Young"})
        self.setup_now.company_id = other
        self.assertTrue(other._get_amazon_taxes())
        self.assertEqual(self.check("Sales taxes").level, "block")

    def test_warehouse(self):
        other = self.env["res.company"].create({"name": "Young"})
        warehouses = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        warehouses.active = False
        self.setup_now.company_id = other
        check = self.assertBlocked("Warehouse", "has no warehouse")
        self.assertEqual(check.url, "/odoo/action-stock.action_warehouse_form")

    def test_roles_are_named_with_what_they_bring(self):
        text = self.check("Roles of your application at Amazon").text
        for role in (
            *ROLES,
            "Direct-to-Consumer Shipping provides names and addresses",
            "Tax Invoicing the tax numbers",
        ):
            self.assertIn(role, text)
        # Set-up and help page show the same ones.
        for role in (*ROLES, "Direct-to-Consumer Shipping", "Tax Invoicing"):
            self.assertIn(f"<b>{role}</b>", self.setup_now.guide)

    def test_https_only_for_the_consent_page(self):
        """S182: Amazon sends sellers back over https only."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("web.base.url", "http://odoo.example.com")
        self.assertEqual(self.check("Public https address").level, "ok")
        self.setup_now.method = "consent"
        self.assertBlocked("Public https address", "web.base.url")
        parameters.set_param("web.base.url", "https://odoo.example.com")
        self.assertEqual(self.check("Public https address").level, "ok")

    def test_every_remedy_is_a_window(self):
        """A link that leads nowhere helps nobody."""
        for name in (
            "base.action_currency_form",
            "account.action_tax_form",
            "account.action_account_config",
            "stock.action_warehouse_form",
            "base.ir_config_list_action",
        ):
            action = self.env.ref(name)
            self.assertEqual(action.type, "ir.actions.act_window", name)

    def test_who_may_not_remedy_is_told_whom_to_ask(self):
        user = self.env.ref("base.public_user")
        remedy = self.setup_now.with_user(user)._get_remedy(
            "account.action_tax_form", "account.tax", "Taxes"
        )
        self.assertEqual(remedy, {"label": "Ask your administrator: Taxes"})


@tagged("post_install", "-at_install")
class TestOnboardingEntries(ConnectionCase, HttpCase):
    """Where the set-up begins, and where help is."""

    def test_set_up_now_per_marketplace(self):
        """S56: an entry per marketplace, Amazon.in among them."""
        india = self.env.ref("amazon_connector.marketplace_in")
        japan = self.env.ref("amazon_connector.marketplace_jp")
        self.assertEqual(india.channel_ids, self.channel)
        self.assertFalse(japan.channel_ids)
        action = japan.with_user(self.manager).action_set_up()
        self.assertEqual(action["res_model"], "amazon.onboarding")
        setup = (
            self.env["amazon.onboarding"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual((setup.region, setup.marketplace_ids), ("fe", japan))
        for view_type in ("list", "kanban"):
            arch = japan.with_user(self.manager).get_view(view_type=view_type)["arch"]
            self.assertIn("Set Up Now", arch)
        self.assertEqual(
            self.env["amazon.channel"].search(india.action_open_channels()["domain"]),
            self.channel,
        )

    def test_set_up_now_where_no_account_is_yet(self):
        """S9: the empty dashboard leads managers to it, and others to a manager."""
        accounts = self.env["amazon.account"]
        text = accounts.with_user(self.manager).get_empty_list_help("")
        self.assertIn("Set Up Now", text)
        name = re.search(r'name="([\w.]+)"', text).group(1)
        self.assertEqual(self.env.ref(name).res_model, "amazon.onboarding")
        text = accounts.with_user(self.user).get_empty_list_help("")
        self.assertNotIn("Set Up Now", text)
        self.assertIn("Manager", text)

    def test_help_is_linked_and_illustrated(self):
        """S49, S52, S53, S113: account page and set-up link to an illustrated guide,
        on what to prepare at Amazon and what in Odoo."""
        for model in ("amazon.account", "amazon.onboarding"):
            arch = self.env[model].get_view(view_type="form")["arch"]
            self.assertIn("action_open_help", arch)
        action = self.account.action_open_help()
        self.authenticate("amazon_user", "amazon_user")
        answer = self.url_open(action["url"])
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Your Merchant Token", answer.text)
        parts = re.findall(r"<h2[^>]*>(Prepare [^<]+)</h2>", answer.text)
        self.assertEqual(
            parts, ["Prepare your Amazon account", "Prepare your company in Odoo"]
        )
        pictures = re.findall(r'src="/(amazon_connector/[^"]+\.svg)"', answer.text)
        self.assertEqual(len(pictures), 5)
        for picture in pictures:
            self.assertTrue(file_path(picture))
        for anchor in re.findall(r'href="#(\w+)"', answer.text):
            self.assertIn(f'id="{anchor}"', answer.text)

    def test_help_is_for_users_of_odoo(self):
        answer = self.url_open("/amazon_connector/help", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/web/login", answer.headers["Location"])

    def test_the_step_shows_where_to_find_each_value(self):
        """S52, S53."""
        setup = self.env["amazon.onboarding"].create({})
        for value in ("LWA credentials", "Authorize app", "Your Merchant Token"):
            self.assertIn(value, setup.guide)
        setup.method = "consent"
        self.assertIn("OAuth Redirect URIs", setup.guide)
        self.assertNotIn("Your Merchant Token", setup.guide)
