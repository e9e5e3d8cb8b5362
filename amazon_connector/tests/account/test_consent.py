# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.account.credentials import read_credentials
from .consent_common import CONSENT_LOGGER, ConsentCase


@tagged("post_install", "-at_install")
class TestConsent(ConsentCase):
    """Connecting by Amazon's consent page, from the button to the callback."""

    def assertRefused(self, answer, text):
        self.assertEqual(answer.status_code, 400)
        self.assertIn(text, answer.text)
        self.assertIn("Nothing was changed", answer.text)
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertNotRegex(answer.text, r"<script[^>]+src=")
        self.assertFalse(read_credentials(self.draft).get("refresh_token"))
        self.assertEqual(self.draft.state, "draft")

    def test_from_the_button_to_the_first_sync(self):
        """S57, S58: agreed, connected, syncing; the merchant token is kept."""
        answer = self.come_back(self.agree(self.leave()))
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertTrue(
            answer.headers["Location"].endswith(
                f"/odoo/amazon-accounts/{self.draft.id}"
            )
        )
        self.assertEqual(self.draft.status, "active")
        self.assertEqual(self.draft.seller_id, self.known["merchant_token"])
        self.assertEqual(
            self.draft.channel_ids.mapped("name"), ["Amazon IN (Shop of S2)"]
        )
        self.assertEqual(self.draft._get_task("orders").trigger, "initial")
        self.assertEqual(self.draft.authorised_by, "consent")
        self.assertEqual(
            self.draft.authorisation_expires_on,
            fields.Date.today() + timedelta(days=365),
        )

    def test_the_page_is_amazons(self):
        # Entered again: what was typed for another address is not sent to this one.
        self.draft.sudo().write(
            {
                "environment": "production",
                "region": "eu",
                "client_id_input": self.known["client_id"],
                "client_secret_input": self.known["client_secret"],
            }
        )
        with self.assertRaisesRegex(UserError, "over https only"):
            self.leave()
        self.env["ir.config_parameter"].set_param(
            "web.base.url", "https://odoo.example.com"
        )
        self.env.invalidate_all()
        self.draft.consent_marketplace_id = self.env.ref(
            "amazon_connector.marketplace_in"
        )
        parts = urlsplit(self.leave())
        self.assertEqual(parts.netloc, "sellercentral.amazon.in")
        self.assertEqual(parts.path, "/apps/authorize/consent")
        self.assertEqual(parse_qs(parts.query)["version"], ["beta"])
        self.draft.application_is_draft = False
        self.assertNotIn("version", parse_qs(urlsplit(self.leave()).query))

    def test_a_callback_works_once(self):
        address = self.agree(self.leave())
        self.come_back(address)
        before = read_credentials(self.draft)
        answer = self.come_back(address)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("already used", answer.text)
        self.assertEqual(read_credentials(self.draft), before)

    def test_a_refused_callback_uses_the_state_up(self):
        address = self.agree(self.leave())
        self.assertRefused(self.come_back(address, spapi_oauth_code="no"), "the code")
        self.assertRefused(self.come_back(address), "already used")

    def test_a_later_button_replaces_an_earlier_one(self):
        first = self.agree(self.leave())
        second = self.agree(self.leave())
        self.assertRefused(self.come_back(first), "replaced it")
        self.assertEqual(self.come_back(second).status_code, 303)

    def test_forged_states(self):
        address = self.agree(self.leave())
        state = parse_qs(urlsplit(address).query)["state"][0]
        for forged in ("", "x", "ÿ", state[:-4] + "AAAA", "B" + state[1:], state * 2):
            self.assertRefused(self.come_back(address, state=forged), "not valid")

    def test_expired_state(self):
        address = self.agree(self.leave())
        state = parse_qs(urlsplit(address).query)["state"][0]
        later = fields.Datetime.now() + timedelta(minutes=11)
        with freeze_time(later), mute_logger(CONSENT_LOGGER):
            with self.assertRaisesRegex(UserError, "ten minutes"):
                self.account_now.env["amazon.account.consent"]._use_state(state)
        self.assertEqual(self.come_back(address).status_code, 303)

    def test_code_older_than_five_minutes(self):
        address = self.agree(self.leave())
        self.simulator.clock.advance(301)
        self.assertRefused(self.come_back(address), "five minutes")

    def test_callback_of_another_user(self):
        address = self.agree(self.leave())
        new_test_user(self.env, "other", "amazon_connector.group_manager")
        self.authenticate("other", "other")
        self.assertRefused(self.come_back(address), "Another Odoo user")

    def test_nobody_is_logged_in(self):
        address = self.agree(self.leave())
        self.authenticate(None, None)
        answer = self.come_back(address)
        self.assertIn("/web/login", answer.headers["Location"])
        self.assertFalse(self.draft.seller_id)

    def test_rights_that_are_gone(self):
        address = self.agree(self.leave())
        self.manager.group_ids = [
            (3, self.env.ref("amazon_connector.group_manager").id),
            (4, self.env.ref("amazon_connector.group_user").id),
        ]
        self.assertRefused(self.come_back(address), "may not change")

    def test_accounts_of_other_companies_of_the_user(self):
        """A callback knows no company switcher."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.write(
            {
                "company_ids": [(4, elsewhere.id)],
                "company_id": elsewhere.id,
            }
        )
        account = self.account_now.with_context(
            allowed_company_ids=[elsewhere.id, self.company.id]
        )
        answer = self.come_back(self.agree(self.leave(account)))
        self.assertEqual(answer.status_code, 303, answer.text)

    def test_another_seller_than_the_accounts(self):
        self.draft.seller_id = "AKNOWN"
        answer = self.come_back(self.agree(self.leave()))
        self.assertRefused(answer, "belongs to seller AKNOWN")
        self.assertEqual(self.draft.seller_id, "AKNOWN")

    def test_a_seller_with_another_account(self):
        url = self.leave()
        self.draft.copy({"name": "Twin", "seller_id": self.known["merchant_token"]})
        self.assertRefused(self.come_back(self.agree(url)), "has an account")

    def test_without_code_or_seller(self):
        for name, text in (
            ("spapi_oauth_code", "did not agree"),
            ("selling_partner_id", "did not say"),
        ):
            address = self.agree(self.leave())
            self.assertRefused(self.come_back(address, **{name: ""}), text)

    def test_amazon_is_down(self):
        address = self.agree(self.leave())
        self.simulator.add_fault("error", operation="token", status=503)
        self.addCleanup(self.simulator.faults.clear)
        self.assertRefused(self.come_back(address), "503")

    def test_authorised_but_not_connected(self):
        """The refresh token is not lost to a later error."""
        address = self.agree(self.leave())
        self.simulator.add_fault(
            "error", operation="getMarketplaceParticipations", status=403
        )
        self.addCleanup(self.simulator.faults.clear)
        answer = self.come_back(address)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("Authorized, but not connected yet", answer.text)
        self.assertTrue(read_credentials(self.draft).get("refresh_token"))
        self.assertEqual(self.draft.state, "draft")

    def test_renewal_keeps_a_hold(self):
        self.come_back(self.agree(self.leave()))
        self.account_now.action_disable()
        former = read_credentials(self.draft)["refresh_token"]
        self.assertEqual(self.come_back(self.agree(self.leave())).status_code, 303)
        self.assertNotEqual(read_credentials(self.draft)["refresh_token"], former)
        self.assertEqual(self.draft.status, "inactive")

    def test_what_is_missing_is_said(self):
        self.draft.application_id = False
        with self.assertRaisesRegex(UserError, "application's ID"):
            self.leave()

    def test_only_managers_authorise(self):
        with self.assertRaises(AccessError):
            self.draft.with_user(self.user).action_authorise()

    def test_the_nonce_is_closed_to_everyone(self):
        self.leave()
        for user in (self.manager, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                self.draft.with_user(user).read(["consent_nonce"])

    def test_self_authorisation_stays_the_default(self):
        account = self.new_account()
        self.assertFalse(account.application_id)
        self.assertEqual(account.authorised_by, "self")
        self.assertFalse(account.authorisation_expires_on)

    def test_no_connection_without_a_merchant_token(self):
        self.draft.refresh_token_input = self.known["refresh_token"]
        with self.assertRaisesRegex(UserError, "Merchant Token"):
            self.account_now.action_connect()
