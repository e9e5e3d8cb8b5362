# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .connection_common import ConnectionCase


@tagged("post_install", "-at_install")
class TestConnectionTest(ConnectionCase):
    """What "Test Connection" finds, in words."""

    def test_a_company_without_taxes_or_warehouse(self):
        """S51: what the set-up refuses, the form and RPC refuse as well."""
        account = self.new_account()
        young = self.env["res.company"].create({"name": "Young"})
        self.manager.company_ids |= young
        account.company_id = young
        self.assertRefused(account, "no chart of accounts")
        self.env["account.tax"].create(
            {
                "name": "Some tax",
                "amount": 5,
                "type_tax_use": "sale",
                "company_id": young.id,
                "country_id": self.env.ref("base.in").id,
                "tax_group_id": young._get_amazon_tax_group(
                    self.env.ref("base.in").id
                ).id,
            }
        )
        warehouses = self.env["stock.warehouse"].search([("company_id", "=", young.id)])
        warehouses.active = False
        with self.assertRaisesRegex(UserError, "no warehouse"):
            self.connect(account)
        warehouses.active = True
        self.connect(account.with_company(young))
        self.assertEqual(account.state, "connected")

    def test_the_form_says_where_to_find_each_value(self):
        """S53: merchant token and application credentials, step by step."""
        described = self.env["amazon.account"].fields_get(
            ["seller_id", "client_id_input", "refresh_token_input"], ["help"]
        )
        for name, field in described.items():
            self.assertIn("Seller Central:", field["help"], name)
        view = self.env["amazon.account"].get_view(view_type="form")["arch"]
        self.assertIn("then press Connect", view)

    def test_all_is_well(self):
        account = self.new_account()
        self.simulator.seed_orders(self.seller_now.key, 3)
        works, report = self.press_test(account.with_user(self.manager))
        self.assertTrue(works)
        for text in (
            "Amazon accepts the authorization",
            "Selling plan: Professional",
            "Marketplaces: Amazon.in",
            "Orders can be read",
            "Delivery addresses are available",
        ):
            self.assertIn(text, report)
        self.assertNotIn("⚠", report)
        self.assertEqual(account.state, "draft", "a test alone connects nothing")

    def test_wrong_secret(self):
        account = self.new_account()
        account.client_secret_input = "amzn1.oa2-cs.v1.mistyped"
        account._store_credentials({"previous_client_secret": "older"})
        self.assertRefused(account, "client ID or secret", "Secrets expire")

    def test_expired_secret(self):
        account = self.new_account()
        self.simulator.lwa.expire_secrets(
            self.known["client_id"], self.simulator.clock.now()
        )
        self.assertRefused(account, "after 180 days")

    def test_rotated_secret_works_beside_the_former_one(self):
        """A secret that does not work yet leaves the former one in use."""
        account = self.new_account()
        account.client_secret_input = "amzn1.oa2-cs.v1.not-yet-valid"
        works, report = self.press_test(account)
        self.assertTrue(works, report)

    def test_revoked_token(self):
        account = self.new_account()
        self.simulator.lwa.revoke(self.known["refresh_token"])
        self.assertRefused(account, "refresh token", "Authorize the application again")

    def test_token_of_another_application(self):
        other = self.simulator.credentials("IN")
        account = self.new_account()
        account.refresh_token_input = other["refresh_token"]
        self.assertRefused(account, "another application")

    def test_wrong_region(self):
        """A European token at North America's address."""
        account = self.new_account()
        url = self.simulator.api_url("na")
        self.move(account, region="na", custom_api_url=url)
        self.assertRefused(account, "check that the region fits")

    def test_region_without_marketplaces(self):
        """The address is right, the region that was chosen is not."""
        account = self.new_account()
        account.region = "na"
        self.assertRefused(account, "sells in no marketplace of this region")

    def test_missing_restricted_role(self):
        account = self.new_account()
        self.simulator.seed_orders(self.seller_now.key, 2)
        self.simulator.set_roles(self.seller_now.key, ["Inventory and Order Tracking"])
        works, report = self.press_test(account)
        self.assertTrue(works, "orders come in without addresses")
        self.assertIn("No delivery addresses", report)
        self.assertIn("Direct-to-Consumer Shipping", report)
        self.assertIn("Seller Central", report)

    def test_no_order_says_nothing_about_addresses(self):
        _works, report = self.press_test(self.new_account())
        self.assertNotIn("ddresses", report)

    def test_missing_order_role(self):
        account = self.new_account()
        self.simulator.add_fault("error", operation="searchOrders", status=403)
        self.addCleanup(self.simulator.faults.clear)
        self.assertRefused(account, "Inventory and Order Tracking")

    def test_individual_selling_plan(self):
        """S166: the check says that a Professional account is required."""
        account = self.new_account(plan="INDIVIDUAL")
        _works, report = self.press_test(account)
        self.assertIn("⚠ Selling plan: INDIVIDUAL", report)
        self.assertIn("Professional", report)

    def test_clock_skew(self):
        account = self.new_account()
        self.simulator.add_fault("clock_skew", seconds=1200)
        self.addCleanup(self.simulator.faults.clear)
        _works, report = self.press_test(account)
        self.assertIn("differs from Amazon's by 20 min", report)

    def test_clock_skew_is_named_where_it_stops_all(self):
        account = self.new_account()
        self.simulator.set_roles(self.seller_now.key, [])
        self.simulator.add_fault("clock_skew", seconds=1200)
        self.addCleanup(self.simulator.faults.clear)
        self.assertRefused(account, "clock is 20 minutes behind")

    def test_unreachable(self):
        account = self.new_account()
        nowhere = "http://127.0.0.1:9/eu"
        self.move(account, custom_api_url=nowhere, custom_lwa_url=nowhere)
        self.assertRefused(account, "Login with Amazon")

    def test_html_instead_of_an_answer(self):
        account = self.new_account()
        self.simulator.add_fault("html", operation="token", status=200)
        self.addCleanup(self.simulator.faults.clear)
        self.assertRefused(account, "proxy")

    def test_missing_credentials_are_named(self):
        account = self.new_account()
        account.credentials_ciphertext = False
        account.client_id_input = self.known["client_id"]
        calls = len(self.simulator.calls)
        self.assertRefused(account, "Enter: Client Secret, Refresh Token")
        self.assertEqual(len(self.simulator.calls), calls, "nothing was called")

    def test_report_is_text_not_markup(self):
        account = self.new_account()
        account._write_report([(False, "<script>alert(1)</script>")])
        self.assertNotIn("<script>", str(account.connection_report))

    def test_user_cannot_press_it(self):
        account = self.new_account()
        with self.assertRaises(AccessError):
            account.with_user(self.user).action_test_connection()
        with self.assertRaises(AccessError):
            account.with_user(self.user).action_connect()
