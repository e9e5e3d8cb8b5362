# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import AMERICA, CANADA, CLIENT_LOGGERS, INDIA
from .test_account import ConnectionCase


class OnboardingCase(ConnectionCase):
    """An administrator goes through the set-up; the seller's account is simulated."""

    def setUp(self):
        super().setUp()
        self.admin = self.env.ref("base.user_admin")
        self.setups = self.env["amazon.onboarding"].with_user(self.admin)

    def new_seller(self, region="eu", marketplaces=(INDIA,), **options):
        """A seller who has no account in Odoo; returns what he knows."""
        key = f"S{len(self.simulator.sellers)}"
        self.seller_now = self.simulator.add_seller(
            key, region, list(marketplaces), own_application=True, **options
        )
        for listing in self.simulator.sellers["IN"].listings.values():
            self.seller_now.listings.put(listing, self.simulator.clock.now())
        self.known = self.simulator.credentials(key)
        return self.known

    def begin(self, codes=("in",), region="eu", **context):
        """The first step, filled in and left; returns the set-up."""
        with Form(self.setups.with_context(**context)) as form:
            form.region = region
            form.marketplace_ids.clear()
            for code in codes:
                form.marketplace_ids.add(
                    self.env.ref(f"amazon_connector.marketplace_{code}")
                )
            form.is_professional = True
        setup = form.record
        setup.action_to_connect()
        return setup

    def enter(self, setup, **changes):
        """Type what the seller knows into the second step."""
        known = {**self.known, **changes}
        with Form(setup) as form:
            form.environment = "custom"
            form.custom_api_url = known["api_url"]
            form.custom_lwa_url = known["lwa_url"]
            form.seller_id = known["merchant_token"]
            form.client_id_input = known["client_id"]
            form.client_secret_input = known["client_secret"]
            form.refresh_token_input = known["refresh_token"]
        return setup

    def press_connect(self, setup):
        with self.enter_registry_test_mode(), mute_logger(*CLIENT_LOGGERS):
            setup.action_connect()
        return setup

    def edit(self, setup, name, channel, **values):
        """Change a channel in one of the set-up's lists, as the web client does."""
        setup.web_save({name: [(1, channel.id, values)]}, {name: {}})

    def reach_channels(self, codes=("in",), region="eu", marketplaces=(INDIA,)):
        self.new_seller(region, marketplaces)
        setup = self.press_connect(self.enter(self.begin(codes, region)))
        self.assertEqual(setup.step, "channels", setup.error_message)
        return setup


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
        stored = setup.account_id._read_credentials()
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
        """S56: "Set up now" makes no second account where one click is enough."""
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


@tagged("post_install", "-at_install")
class TestOnboardingResumed(OnboardingCase):
    def test_the_account_leads_back_to_its_step(self):
        """S182: whoever left comes back to where he was."""
        self.new_seller()
        setup = self.enter(self.begin())
        account = setup.account_id
        action = account.with_user(self.admin).action_continue_setup()
        self.assertEqual((action["res_id"], setup.step), (setup.id, "connect"))
        self.press_connect(setup)
        setup.action_to_preferences()
        account.with_user(self.admin).action_continue_setup()
        self.assertEqual(setup.step, "preferences")

    def test_a_set_up_that_was_cleaned_up_is_made_anew(self):
        self.new_seller()
        setup = self.enter(self.begin())
        account = setup.account_id
        setup.sudo().unlink()
        action = account.with_user(self.admin).action_continue_setup()
        again = self.setups.browse(action["res_id"])
        self.assertEqual((again.step, again.account_id), ("connect", account))
        self.assertEqual(again.seller_id, self.known["merchant_token"])
        self.assertTrue(again.stored_credentials)
        self.press_connect(again)
        self.assertEqual(again.step, "channels")
        again.sudo().unlink()
        action = account.with_user(self.admin).action_continue_setup()
        again = self.setups.browse(action["res_id"])
        self.assertEqual(again.step, "channels")
        self.assertEqual(again.channel_ids, account.channel_ids)

    def test_disconnected_in_the_middle(self):
        """Two managers: one disconnects while the other one chooses."""
        setup = self.reach_channels()
        setup.action_to_preferences()
        setup.account_id.with_user(self.manager)._disconnect()
        setup.action_finish()
        self.assertEqual(setup.step, "connect")
        self.assertIn("not connected any more", setup.error_message)
        self.press_connect(self.enter(setup))
        self.assertEqual((setup.step, setup.error_message), ("channels", False))
        self.assertTrue(setup.setup_pending)

    def test_channels_that_were_synced_stay_as_they_are(self):
        setup = self.reach_channels(("us", "ca"), "na", (AMERICA, CANADA))
        account = setup.account_id
        account.task_ids.last_success = fields.Datetime.now()
        setup.marketplace_ids = self.env.ref("amazon_connector.marketplace_us")
        setup._enter_channels()
        self.assertEqual(setup.channel_ids.mapped("active"), [True, True])

    def test_a_manager_goes_on_with_a_draft_made_by_form(self):
        account = self.new_account()
        action = account.with_user(self.manager).action_continue_setup()
        setup = self.env["amazon.onboarding"].browse(action["res_id"])
        self.press_connect(setup.with_user(self.manager))
        self.assertEqual((setup.step, account.status), ("channels", "active"))

    def test_set_ups_last_for_days(self):
        """Registering an application at Amazon takes its time."""
        setup = self.begin()
        self.env.cr.execute(
            "UPDATE amazon_onboarding SET write_date = now() - interval '3 days'"
        )
        self.setups.sudo()._transient_vacuum()
        self.assertTrue(setup.exists())


@tagged("post_install", "-at_install")
class TestOnboardingRights(OnboardingCase):
    def test_for_managers_only(self):
        setup = self.begin()
        user = self.user
        with self.assertRaises(AccessError):
            setup.with_user(user).read(["step"])
        with self.assertRaises(AccessError):
            self.env["amazon.onboarding"].with_user(user).create({})
        with self.assertRaises(AccessError):
            self.account.with_user(user).action_continue_setup()

    def test_a_manager_needs_no_administrator(self):
        self.setups = self.env["amazon.onboarding"].with_user(self.manager)
        setup = self.begin()
        with Form(setup) as form:
            form.client_id_input = "amzn1.application-oa2-client.new"
        account = setup.account_id
        self.assertEqual(
            (account.environment, account.company_id), ("production", self.company)
        )
        self.assertEqual(setup.stored_credentials, "Client ID")

    def test_nobody_elses(self):
        setup = self.begin()
        with self.assertRaises(AccessError):
            setup.with_user(self.manager).read(["step"])

    def test_of_no_other_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "elsewhere",
            "amazon_connector.group_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        with self.assertRaises(AccessError):
            self.account.with_user(stranger).action_continue_setup()
        setup = self.env["amazon.onboarding"].with_user(stranger).create({})
        self.assertEqual(setup.company_id, other)
        with self.assertRaises(AccessError):
            setup.company_id = self.company.id
            setup.read(["step"])

    def test_nothing_is_read_through_a_set_up(self):
        """Over RPC any account's id can be written."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = self.env["amazon.account"].create(
            {"name": "Hidden", "company_id": other.id, "region": "eu"}
        )
        hidden.client_id_input = "client"
        setup = self.env["amazon.onboarding"].with_user(self.manager).create({})
        setup.account_id = hidden.id
        setup.env.flush_all()
        setup.env.invalidate_all()
        self.assertFalse(setup.stored_credentials)
        for name in ("account_state", "connection_report", "setup_pending", "task_ids"):
            with self.subTest(name), self.assertRaises(AccessError):
                setup.mapped(name)
        for action in ("action_connect", "action_finish", "action_authorise"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(setup, action)()
