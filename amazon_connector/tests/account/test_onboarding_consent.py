# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import CLIENT_LOGGERS
from .consent_common import CONSENT_LOGGER, ConsentCase


@tagged("post_install", "-at_install")
class TestOnboardingConsent(ConsentCase):
    """The set-up by Amazon's consent page, there and back."""

    def setUp(self):
        super().setUp()
        action = self.account_now.action_continue_setup()
        self.setup_now = (
            self.env["amazon.onboarding"]
            .with_user(self.manager)
            .browse(action["res_id"])
        )

    def leave_set_up(self):
        action = self.setup_now.action_authorise()
        self.env.flush_all()
        return action

    def test_the_callback_leads_to_the_next_step(self):
        """S54, S182, S183: log in at Amazon, accept, return, finish; what was accepted
        is kept: when, how, through whom, for which seller."""
        self.assertEqual(self.setup_now.method, "consent")
        answer = self.come_back(self.agree(self.leave_set_up()["url"]))
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertTrue(
            answer.headers["Location"].endswith(
                f"/odoo/amazon-setup/{self.setup_now.id}"
            )
        )
        self.assertEqual(self.setup_now.step, "channels")
        self.assertEqual(
            self.setup_now.channel_ids.mapped("name"), ["Amazon IN (Shop of S2)"]
        )
        account = self.draft
        self.assertEqual(account.status, "active")
        self.assertEqual(account.authorised_by, "consent")
        self.assertEqual(account.authorised_user_id, self.manager)
        self.assertTrue(account.authorised_at)
        self.assertEqual(account.seller_id, self.known["merchant_token"])
        self.assertTrue(account.setup_pending)
        self.setup_now.action_to_preferences()
        self.setup_now.action_finish()
        self.assertFalse(account.setup_pending)
        # A renewal next year leads to the account, not through the set-up again.
        answer = self.come_back(self.agree(self.leave()))
        self.assertTrue(
            answer.headers["Location"].endswith(f"/odoo/amazon-accounts/{account.id}")
        )

    def test_self_authorisation_keeps_who_and_when(self):
        """S54."""
        with Form(self.setup_now) as form:
            form.method = "self"
            form.seller_id = self.known["merchant_token"]
            form.refresh_token_input = self.known["refresh_token"]
        with mute_logger(*CLIENT_LOGGERS):
            self.setup_now.action_connect()
        self.assertEqual(self.draft.authorised_by, "self")
        self.assertEqual(self.draft.authorised_user_id, self.manager)
        self.assertTrue(self.draft.authorised_at)

    def test_what_is_missing_is_said_in_the_step(self):
        self.draft.credentials_ciphertext = False
        self.assertIs(self.leave_set_up(), True)
        self.assertIn("client ID and client secret", self.setup_now.error_message)
        self.assertEqual(self.setup_now.step, "connect")

    def test_a_refused_callback_leads_back_to_the_step(self):
        address = self.agree(self.leave_set_up()["url"])
        self.simulator.add_fault(
            "error", operation="getMarketplaceParticipations", status=403
        )
        self.addCleanup(self.simulator.faults.clear)
        with mute_logger(CONSENT_LOGGER, *CLIENT_LOGGERS):
            answer = self.come_back(address)
        self.assertEqual(answer.status_code, 400)
        self.assertIn(f"/odoo/amazon-setup/{self.setup_now.id}", answer.text)
        self.assertEqual(self.setup_now.step, "connect")
        self.assertIn("Refresh Token", self.setup_now.stored_credentials)
