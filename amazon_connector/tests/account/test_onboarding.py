# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ...models.account.credentials import read_credentials
from ...tools import vault
from ..common import AMERICA, CANADA
from .onboarding_common import OnboardingCase


@tagged("post_install", "-at_install")
class TestOnboarding(OnboardingCase):
    def test_from_the_first_step_to_the_first_sync(self):
        """S10, S53, S57, S58: five steps, one place for the identifiers, one button;
        then products and orders come by themselves."""
        self.new_seller()
        ids = self.simulator.seed_orders(self.seller_now.key, 2)
        setup = self.begin()
        self.assertEqual(setup.step, "connect")
        self.assertFalse(setup.account_id, "nothing is made before it is needed")
        self.enter(setup)
        account = setup.account_id
        self.assertEqual((account.state, account.setup_pending), ("draft", True))
        self.press_connect(setup)
        self.assertEqual((account.status, setup.step), ("active", "channels"))
        self.assertIn("Selling plan: Professional", setup.connection_report)
        setup.action_to_preferences()
        self.edit(
            setup,
            "used_channel_ids",
            account.channel_ids,
            order_preference="fulfilled",
            new_product_policy="create",
        )
        self.assertEqual(account.channel_ids.order_preference, "fulfilled")
        self.assertEqual(account.channel_ids.new_product_policy, "create")
        setup.action_finish()
        self.assertEqual((setup.step, account.setup_pending), ("done", False))
        self.account.on_hold = True
        self.fetch()
        self.assertEqual(self.find(*ids).account_id, account)
        setup.invalidate_recordset()
        self.assertEqual(setup.order_count, 2)
        self.assertEqual(setup.action_open_account()["res_id"], account.id)

    def test_a_checklist_at_the_end(self):
        """Each line has its tick once it is so."""
        setup = self.reach_channels()
        channels, names = (
            setup.account_id.channel_ids,
            (
                "has_decided_items",
                "has_carrier",
                "has_gone_live",
                "has_invoices",
            ),
        )

        def ticks():
            self.env.invalidate_all()
            return [setup[name] for name in names]

        self.env["amazon.carrier"].search([]).unlink()
        self.assertEqual(ticks(), [False] * 4)
        self.env["amazon.listing"].sudo().create(
            {
                "channel_id": channels[0].id,
                "seller_sku": "SKU-A",
                "product_id": self.product.id,
            }
        )
        self.env["amazon.carrier"].create(
            {"code_id": self.env.ref("amazon_connector.carrier_code_bluedart").id}
        )
        channels.sudo().write({"stock_live": True, "auto_invoice": "shipped"})
        self.assertEqual(ticks(), [True] * 4)
        with patch.object(vault, "_read_configured_key", return_value="k" * 40):
            setup.invalidate_recordset()
            self.assertTrue(setup.has_own_key)

    def test_the_first_sync_waits_for_the_choices_but_not_for_long(self):
        """S31, S58: at once with the last step, and never later than 15 minutes."""
        setup = self.reach_channels()
        tasks, now = setup.account_id.task_ids, fields.Datetime.now()
        for task in tasks:
            self.assertEqual(task.trigger, "initial")
            self.assertGreater(task.next_run, now + timedelta(minutes=5))
            self.assertLess(task.next_run, now + timedelta(minutes=15))
        self.assertEqual(setup.first_sync_at, min(tasks.mapped("next_run")))
        setup.action_to_preferences()
        setup.action_finish()
        for task in tasks:
            self.assertLessEqual(task.next_run, fields.Datetime.now())
            self.assertEqual(task.trigger, "initial")

    def test_a_refusal_is_explained_and_nothing_is_lost(self):
        """S10: not connected; the step says why and what to do."""
        self.new_seller()
        setup = self.enter(self.begin(), client_secret="amzn1.oa2-cs.v1.mistyped")
        self.press_connect(setup)
        self.assertEqual((setup.step, setup.account_id.state), ("connect", "draft"))
        self.assertIn("Secrets expire after 180 days", setup.error_message)
        self.assertEqual(setup.seller_id, self.known["merchant_token"])
        self.assertEqual(
            setup.stored_credentials, "Client ID, Client Secret, Refresh Token"
        )
        with Form(setup) as form:
            form.client_secret_input = self.known["client_secret"]
        self.press_connect(setup)
        self.assertEqual((setup.step, setup.error_message), ("channels", False))

    def test_what_is_missing_is_named(self):
        self.new_seller()
        setup = self.begin()
        with Form(setup) as form:
            form.client_id_input = self.known["client_id"]
        setup.action_connect()
        self.assertIn("Enter the merchant token", setup.error_message)
        setup.seller_id = "ANEW"
        setup.action_connect()
        self.assertIn("Client Secret, Refresh Token", setup.error_message)

    def test_no_secret_rests_in_the_set_up(self):
        """S55: no column for them, and nothing reads them back."""
        self.new_seller()
        setup = self.enter(self.begin())
        self.env.cr.execute("SELECT to_jsonb(o) FROM amazon_onboarding o")
        rows = str(self.env.cr.fetchall())
        self.assertIn(self.known["merchant_token"], rows)
        for name in ("client_id", "client_secret", "refresh_token"):
            self.assertNotIn(self.known[name], rows)
            self.assertFalse(setup.read([f"{name}_input"])[0][f"{name}_input"])
        answer = setup.web_save(
            {"refresh_token_input": "Atzr|other"}, {"refresh_token_input": {}}
        )
        self.assertFalse(answer[0]["refresh_token_input"])
        stored = read_credentials(setup.account_id)
        self.assertEqual(stored["refresh_token"], "Atzr|other")

    def test_a_seller_who_is_connected_already(self):
        self.known = self.simulator.credentials(self.seller)
        setup = self.press_connect(self.enter(self.begin()))
        self.assertIn("has the account Test shop", setup.error_message)
        self.assertEqual(setup.step, "connect")
        self.assertFalse(setup.account_id.seller_id)

    def test_a_seller_of_another_company(self):
        """Nothing is told of accounts that the user may not see."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["amazon.account"].create(
            {
                "name": "Hidden shop",
                "company_id": elsewhere.id,
                "region": "eu",
                "seller_id": "AHIDDEN",
            }
        )
        self.new_seller()
        setup = self.begin().with_context(allowed_company_ids=self.company.ids)
        setup.seller_id = "AHIDDEN"
        setup.action_connect()
        self.assertIn("another company", setup.error_message)
        self.assertNotIn("Hidden shop", setup.error_message)

    def test_a_set_up_that_was_left_is_taken_up(self):
        """Begun anew three times: one account of the seller, no pile of drafts."""
        self.new_seller()
        first = self.enter(self.begin(), client_secret="amzn1.oa2-cs.v1.mistyped")
        accounts = self.env["amazon.account"].search([])
        for _time in range(2):
            setup = self.enter(self.begin())
            self.assertEqual(setup.account_id, first.account_id)
        self.press_connect(setup)
        self.assertEqual(setup.step, "channels", setup.error_message)
        self.assertEqual(self.env["amazon.account"].search([]), accounts)

    def test_a_second_account_beside_the_first(self):
        """S1: the first one is not touched."""
        first = self.reach_channels().account_id
        before = first.read(["name", "state", "seller_id", "setup_pending"])
        second = self.reach_channels().account_id
        self.assertNotEqual(first, second)
        self.assertEqual(second.status, "active")
        self.assertEqual(
            first.read(["name", "state", "seller_id", "setup_pending"]), before
        )


@tagged("post_install", "-at_install")
class TestOnboardingChannels(OnboardingCase):
    def test_what_was_not_wanted_is_switched_off(self):
        """S56: a channel per marketplace of the seller, used if it was chosen."""
        setup = self.reach_channels(("us",), "na", (AMERICA, CANADA))
        by_code = {c.marketplace_id.code: c for c in setup.channel_ids}
        self.assertEqual(
            {code: channel.active for code, channel in by_code.items()},
            {"US": True, "CA": False},
        )
        self.edit(setup, "channel_ids", by_code["CA"], active=True)
        self.assertTrue(by_code["CA"].active)
        setup.action_to_preferences()
        self.assertEqual(setup.used_channel_ids, setup.channel_ids)

    def test_all_are_used_where_none_of_the_wanted_is_there(self):
        setup = self.reach_channels(("mx",), "na", (AMERICA, CANADA))
        self.assertEqual(setup.channel_ids.mapped("active"), [True, True])

    def test_a_marketplace_that_was_switched_off_leads_to_its_account(self):
        """S56: "Set Up Now" makes no second account where one click is enough."""
        setup = self.reach_channels(("us",), "na", (AMERICA, CANADA))
        setup.action_to_preferences()
        setup.action_finish()
        canada = self.env.ref("amazon_connector.marketplace_ca")
        self.assertFalse(canada.channel_ids)
        action = canada.with_user(self.admin).action_set_up()
        again = self.setups.browse(action["res_id"])
        self.assertEqual(again.account_id, setup.account_id)
        self.assertEqual(again.step, "channels")
        self.assertIn("Amazon CA", again.channel_ids.mapped("name"))
        self.assertTrue(
            again.channel_ids.filtered(lambda c: c.name == "Amazon US").active
        )

    def test_without_a_channel_there_is_no_next_step(self):
        setup = self.reach_channels()
        setup.channel_ids.active = False
        with self.assertRaisesRegex(UserError, "at least one channel"):
            setup.action_to_preferences()

    def test_preferences_for_all(self):
        """S68, S183: set once, applied to all channels of the account."""
        setup = self.reach_channels(("us", "ca"), "na", (AMERICA, CANADA))
        setup.action_to_preferences()
        first, second = setup.used_channel_ids
        start = fields.Datetime.now() - timedelta(days=3)
        first.write(
            {
                "order_preference": "fulfilled",
                "tax_source": "none",
                "order_start_date": start,
                "new_product_policy": "create",
                "order_name_policy": "amazon",
            }
        )
        elsewhere = self.channel.order_preference
        first.with_user(self.admin).action_share_preferences()
        self.assertEqual(second.order_preference, "fulfilled")
        self.assertEqual(second.tax_source, "none")
        self.assertEqual(second.order_start_date, start)
        self.assertEqual(second.new_product_policy, "create")
        self.assertEqual(second.order_name_policy, "amazon")
        self.assertEqual(self.channel.order_preference, elsewhere)
        setup.action_back()
        self.assertEqual(setup.step, "channels")
