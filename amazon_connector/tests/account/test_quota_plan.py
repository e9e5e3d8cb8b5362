# SPDX-License-Identifier: LGPL-3.0-or-later
import time

from lxml import etree, html

from odoo.tests import new_test_user, tagged

from ...models.account.amazon_account_quota import OPERATIONS
from ...models.account.credentials import open_client
from ...sp_api import SEARCH_ORDERS
from ..common import AmazonCase


@tagged("post_install", "-at_install")
class TestQuotaPlan(AmazonCase):
    """Rule 9 on the account page: what is left of Amazon's calls, and for whom."""

    def setUp(self):
        super().setUp()
        self.now = time.time()
        self.plan = self.env["amazon.account.quota"]
        self.client = open_client(self.account, "live")
        self.addCleanup(self.client.close)

    def fill(self, operation, tokens, **values):
        """Have so many calls left of an operation."""
        application, seller, name = self.client._key(operation)
        return self.env["amazon.token.bucket"].create(
            {
                "application": application,
                "seller_id": seller,
                "operation": name,
                "rate": operation.rate,
                "burst": operation.burst,
                "tokens": tokens,
                "stamp": self.now,
                **values,
            }
        )

    def rows(self, now=None):
        found = self.plan._get_rows(self.account, now or self.now)
        return {row["operation"]: row for row in found}

    def test_reserves_of_searches(self):
        """Eight are kept for the schedule, four more for users."""
        self.fill(SEARCH_ORDERS, 10.5)
        row = self.rows()["searchOrders"]
        self.assertEqual((row["left"], row["used"], row["burst"]), (10, 10, 20))
        self.assertEqual(row["per_day"], "483")
        live, user, backfill = row["purposes"]
        self.assertEqual((live["left"], live["wait"]), (10, ""))
        self.assertEqual((user["left"], user["wait"]), (2, ""))
        self.assertEqual(backfill["left"], 0)
        missing = 13 - 10.5
        minutes = -(-missing / SEARCH_ORDERS.rate // 60)
        self.assertEqual(backfill["wait"], f"in {minutes:.0f} min")

    def test_it_says_what_a_client_meets(self):
        """The plan and the throttle agree on who may call now."""
        self.fill(SEARCH_ORDERS, 9.2)
        for purpose, row in zip(
            ("live", "user", "backfill"),
            self.rows()["searchOrders"]["purposes"],
            strict=True,
        ):
            bucket = self.plan._load_buckets(self.account)["searchOrders"]
            wait = bucket.take(SEARCH_ORDERS.floor(purpose), self.now)
            self.assertEqual(bool(wait), bool(row["wait"]), purpose)

    def test_it_refills(self):
        self.fill(SEARCH_ORDERS, 0)
        hour = self.now + 3600
        self.assertEqual(self.rows(hour)["searchOrders"]["left"], 20)
        self.assertEqual(self.rows(self.now + 200)["searchOrders"]["left"], 1)

    def test_amazon_said_wait(self):
        """After a 429 nothing is free before Amazon's time."""
        self.fill(SEARCH_ORDERS, 1, stamp=self.now + 590, until=self.now + 590)
        row = self.rows()["searchOrders"]
        self.assertEqual(row["left"], 0)
        self.assertEqual(row["purposes"][0]["wait"], "in 10 min")

    def test_never_called(self):
        """What has reserves is shown from the start, the rest once it was called."""
        self.assertEqual(self.rows()["searchOrders"]["left"], 20)
        self.assertNotIn("getOrder", self.rows())

    def test_scarce_calls_say_what_they_are_for(self):
        uses = self.plan._describe_operations()
        purposes = self.plan._describe_purposes()
        scarce = [operation for operation in OPERATIONS if operation.reserves]
        self.assertIn(SEARCH_ORDERS, scarce)
        for operation in scarce:
            self.assertTrue(uses.get(operation.name), operation.name)
            self.assertLessEqual(set(operation.reserves), set(purposes))

    def test_daily_screens_are_without_what_is_technical(self):
        """Under Configuration > Technical, and in developer mode."""
        technical = self.env.ref("amazon_connector.amazon_technical_menu")
        actions = technical.child_id.mapped("action")
        manager = new_test_user(self.env, "chief", "amazon_connector.group_manager")
        env = self.env(user=manager)
        shown = env["ir.ui.menu"].load_menus(False)[technical.id]
        self.assertEqual(set(shown["children"]), set(technical.child_id.ids))
        for model, names in (
            ("amazon.account", ("quota_plan", "unknown_word_ids")),
            ("amazon.listing", ("fn_sku", "product_type")),
        ):
            [action] = [action for action in actions if action.res_model == model]
            daily = etree.fromstring(env[model].get_view(view_type="form")["arch"])
            views = env[model].get_views([(v, m) for v, m in action.views])["views"]
            arch = "".join(view["arch"] for view in views.values())
            for name in names:
                shown = daily.xpath(
                    "//field[@name=$name][not(ancestor::*[@invisible='1'])]", name=name
                )
                self.assertFalse(shown, name)
                self.assertIn(f'name="{name}"', arch)

    def test_shown_to_users_of_the_company_alone(self):
        """Rule 10; the client ID and the other account's calls stay away."""
        self.fill(SEARCH_ORDERS, 3)
        self.fill(SEARCH_ORDERS, 19, seller_id="ANOTHER")
        user = new_test_user(self.env, "clerk", "amazon_connector.group_user")
        shown = self.account.with_user(user).quota_plan
        text = " ".join(html.fromstring(shown).text_content().split())
        self.assertIn("3 of 20 calls left 17 used", text)
        self.assertIn("Scheduled syncs 3 now", text)
        self.assertNotIn("19 of 20", text)
        self.assertNotIn(self.client._credentials.client_id, shown)
