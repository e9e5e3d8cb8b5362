# SPDX-License-Identifier: LGPL-3.0-or-later
"""A set-up that was left and taken up again, and who may do it."""

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from ..common import AMERICA, CANADA
from .onboarding_common import OnboardingCase


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
        self.assertIn("no longer connected", setup.error_message)
        self.press_connect(self.enter(setup))
        self.assertEqual((setup.step, setup.error_message), ("channels", False))
        self.assertTrue(setup.setup_pending)

    def test_channels_that_were_synced_stay_as_they_are(self):
        setup = self.reach_channels(("us", "ca"), "na", (AMERICA, CANADA))
        account = setup.account_id
        account.sudo().task_ids.last_success = fields.Datetime.now()
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
