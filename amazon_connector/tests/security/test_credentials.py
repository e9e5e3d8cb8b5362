# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.account import amazon_account, credentials
from ...models.account.amazon_access_token import PostgresTokenStore
from ...models.account.credentials import read_credentials
from ...sp_api import Credentials, Endpoint
from ...sp_api.tokens import AccessToken
from ...tools.vault import Vault, get_vault
from ..account.connection_common import ConnectionCase

CREDENTIAL_FIELDS = ("client_id_input", "client_secret_input", "refresh_token_input")


@tagged("post_install", "-at_install")
class TestCredentials(ConnectionCase):
    """S55: identifiers are stored safely and never shown again."""

    def setUp(self):
        super().setUp()
        self.draft = self.new_account()
        self.admin = self.env.ref("base.user_admin")
        self.secrets = [
            self.known[name] for name in ("client_id", "client_secret", "refresh_token")
        ]

    def everyone(self):
        """The account as each kind of user sees it who may change it."""
        return [self.draft.with_user(user) for user in (self.manager, self.admin)]

    def test_inputs_read_empty(self):
        self.env.invalidate_all()
        for account in self.everyone():
            (values,) = account.read(list(CREDENTIAL_FIELDS))
            self.assertFalse(any(values[name] for name in CREDENTIAL_FIELDS))
            self.assertTrue(account.has_credentials)

    def test_saving_does_not_give_them_back(self):
        """The web client saves and reads in one request."""
        for account in self.everyone():
            (values,) = account.web_save(
                {"client_secret_input": "freshly typed"}, {"client_secret_input": {}}
            )
            self.assertFalse(values["client_secret_input"])
        self.assertEqual(read_credentials(self.draft)["client_secret"], "freshly typed")

    def test_ciphertext_is_closed_to_everyone(self):
        self.assertNotIn(
            self.known["client_secret"], self.draft.sudo().credentials_ciphertext
        )
        name = "credentials_ciphertext"
        for account in [*self.everyone(), self.draft.with_user(self.user)]:
            self.assertNotIn(name, account.fields_get())
            self.assertNotIn(name, account.read()[0])
            for attempt in (
                lambda a=account: a.read([name]),
                lambda a=account: a.search([(name, "!=", False)]),
                lambda a=account: a.search([], order=name),
                lambda a=account: a.formatted_read_group([], [name], ["__count"]),
                lambda a=account: a.export_data([name]),
                lambda a=account: a.write({name: "mine"}),
            ):
                with self.assertRaises(AccessError):
                    attempt()

    def test_inputs_cannot_be_searched_or_exported(self):
        self.env.invalidate_all()
        for account in self.everyone():
            for name in CREDENTIAL_FIELDS:
                with self.assertRaises(ValueError):
                    account.search([(name, "=like", "a%")])
                rows = account.export_data([name])["datas"]
                self.assertEqual(rows, [[""]])

    def test_users_do_not_see_the_inputs(self):
        account = self.draft.with_user(self.user)
        for name in CREDENTIAL_FIELDS:
            self.assertNotIn(name, account.fields_get())
            with self.assertRaises(AccessError):
                account.read([name])

    def test_nothing_readable_holds_a_secret(self):
        self.connect(self.draft)
        self.env.invalidate_all()
        for account in [*self.everyone(), self.draft.with_user(self.user)]:
            text = repr(account.read()) + repr(account.message_ids.mapped("body"))
            text += repr(account.message_ids.sudo().tracking_value_ids.read())
            for secret in self.secrets:
                self.assertNotIn(secret, text)

    def test_empty_inputs_keep_what_is_stored(self):
        self.draft.write(dict.fromkeys(CREDENTIAL_FIELDS, False))
        self.assertEqual(
            read_credentials(self.draft)["refresh_token"], self.known["refresh_token"]
        )

    def test_blanks_around_a_copied_secret_are_dropped(self):
        self.draft.client_secret_input = " pasted\n"
        self.assertEqual(read_credentials(self.draft)["client_secret"], "pasted")

    def test_copies_have_none(self):
        copy = self.draft.copy({"seller_id": "ANOTHER"})
        self.assertFalse(copy.has_credentials)
        self.assertEqual(copy.state, "draft")

    def test_stored_access_token_is_encrypted_and_closed(self):
        self.connect(self.draft)
        tokens = self.env["amazon.access.token"].sudo().search([])
        self.assertTrue(tokens)
        for known in self.simulator.lwa.access_tokens:
            self.assertNotIn(known, repr(tokens.mapped("ciphertext")))
        for user in (self.user, self.manager, self.admin):
            with self.assertRaises(AccessError):
                tokens.with_user(user).read(["ciphertext"])


@tagged("post_install", "-at_install")
class TestCustomEndpoint(ConnectionCase):
    """Credentials leave for another server than Amazon's only if an administrator
    says so."""

    VALS = {"name": "Evil", "seller_id": "AEVIL", "region": "eu"}
    URLS = {
        "custom_api_url": "https://evil.example/eu",
        "custom_lwa_url": "https://evil.example/token",
    }

    def test_managers_cannot_choose_one(self):
        account = self.env["amazon.account"].with_user(self.manager).create(self.VALS)
        with self.assertRaises(AccessError):
            account.write(self.URLS)
        with self.assertRaisesRegex(UserError, "Only system administrators"):
            account.environment = "custom"
        with self.assertRaisesRegex(UserError, "Only system administrators"):
            account.create({**self.VALS, "seller_id": "A2", "environment": "custom"})

    def test_managers_cannot_go_back_to_one(self):
        account = self.new_account()
        account.environment = "production"
        with self.assertRaisesRegex(UserError, "Only system administrators"):
            account.with_user(self.manager).environment = "custom"

    def test_managers_cannot_choose_one_by_defaults(self):
        """The context of a call is the caller's."""
        defaults = {
            f"default_{name}": value
            for name, value in {**self.URLS, "environment": "custom"}.items()
        }
        Account = self.env["amazon.account"].with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Only system administrators"):
            Account.with_context(**defaults).create(self.VALS)

    def test_managers_do_not_see_the_addresses(self):
        account = self.new_account().with_user(self.manager)
        with self.assertRaises(AccessError):
            account.read(["custom_api_url"])
        account.environment = "production"

    def test_plain_http_to_this_machine_only(self):
        account = self.new_account()
        account.custom_api_url = "http://localhost:8080/eu"
        for url in ("http://gateway.example/eu", "https://a@b.example/eu", False):
            with self.assertRaisesRegex(UserError, "https"), self.env.cr.savepoint():
                account.custom_api_url = url
                account.flush_recordset()
        account.custom_api_url = "https://gateway.example/eu"

    def test_production_and_sandbox_are_amazons(self):
        account = self.new_account()
        for environment, start in (
            ("production", "https://sellingpartnerapi-eu.amazon.com"),
            ("sandbox", "https://sandbox.sellingpartnerapi-eu.amazon.com"),
        ):
            account.environment = environment
            self.assertEqual(account._get_endpoint().api_url, start)


@tagged("post_install", "-at_install")
class TestBoundCredentials(ConnectionCase):
    """S55: credentials go only where they were entered for."""

    EVIL = {
        "custom_api_url": "https://evil.example/eu",
        "custom_lwa_url": "https://evil.example/token",
    }

    def setUp(self):
        super().setUp()
        self.draft = self.new_account()
        self.typed = {
            f"{name}_input": self.known[name]
            for name in ("client_id", "client_secret", "refresh_token")
        }
        self.calls_before = len(self.simulator.calls)

    def test_any_other_address_asks_for_them_again(self):
        former = self.draft.read(["environment", "region", *self.EVIL])[0]
        former.pop("id")
        for change in (
            self.EVIL,
            {"custom_lwa_url": self.EVIL["custom_lwa_url"]},
            {"custom_api_url": self.EVIL["custom_api_url"]},
            {"environment": "production"},
            {"environment": "sandbox"},
        ):
            self.draft.write(change)
            for account in (self.draft, self.draft.with_user(self.manager)):
                for use in (read_credentials, credentials.open_client):
                    with self.assertRaisesRegex(UserError, "another region"):
                        use(account)
            works, report = self.press_test(self.draft)
            self.assertFalse(works)
            self.assertIn("Enter client ID, client secret and refresh token", report)
            self.draft.write(former)
            self.assertTrue(read_credentials(self.draft))
        self.draft.environment = "production"
        self.draft.write(self.typed)
        self.draft.region = "na"
        with self.assertRaises(UserError):
            read_credentials(self.draft)
        self.assertEqual(len(self.simulator.calls), self.calls_before)

    def test_nothing_of_the_former_ones_is_taken_along(self):
        """Typing one of them does not have the others follow to the new address."""
        self.draft.write(self.EVIL)
        self.draft.client_secret_input = "mine"
        self.assertEqual(read_credentials(self.draft), {"client_secret": "mine"})
        with self.assertRaisesRegex(UserError, "Enter: Client ID, Refresh Token"):
            credentials.open_client(self.draft)

    def test_consent_asks_for_them_again(self):
        self.draft.write({**self.EVIL, "application_id": "amzn1.sp.solution.x"})
        with self.assertRaisesRegex(UserError, "another region"):
            self.draft.action_authorise()

    def test_copied_ciphertext_is_not_read(self):
        """Not in another account with an address of its own either."""
        other = self.new_account()
        other.write(self.EVIL)
        other.sudo().credentials_ciphertext = self.draft.sudo().credentials_ciphertext
        with self.assertRaises(UserError):
            read_credentials(other)

    def test_access_token_is_not_sent_elsewhere(self):
        """A stored token that is copied under another key is none."""
        store = PostgresTokenStore(self.env.registry, get_vault(self.env))
        with self.enter_registry_test_mode():
            store.save("mine", AccessToken("Atza|mine", 9e9))
            self.env.cr.execute(
                "INSERT INTO amazon_access_token (key, ciphertext, expires_at)"
                " SELECT 'evil', ciphertext, expires_at FROM amazon_access_token"
                "  WHERE key = 'mine'"
            )
            self.assertEqual(store.load("mine").value, "Atza|mine")
            self.assertIsNone(store.load("evil"))
        values = [self.known[n] for n in ("client_id", "client_secret")]
        typed = Credentials(*values, self.known["refresh_token"])
        keys = {
            typed.token_key(Endpoint.custom(f"https://{api}", f"https://{lwa}"))
            for api in ("a.example", "b.example")
            for lwa in ("a.example", "b.example")
        }
        self.assertEqual(len(keys), 4)

    def flush_tracking(self):
        """Have Odoo write the values that it tracks, as at the end of a request."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def test_changes_of_the_address_are_told(self):
        """In the chatter, also if the caller's context asks for silence."""
        self.flush_tracking()
        before = self.draft.message_ids
        silent = {"tracking_disable": True, "mail_notrack": True}
        self.draft.with_context(**silent).write({**self.EVIL, "region": "na"})
        self.flush_tracking()
        values = (self.draft.message_ids - before).sudo().tracking_value_ids
        self.assertEqual(
            set(values.field_id.mapped("name")),
            {"custom_api_url", "custom_lwa_url", "region"},
        )
        self.assertIn("https://evil.example/token", values.mapped("new_value_char"))


@tagged("post_install", "-at_install")
class TestLostKey(ConnectionCase):
    """A database that was restored without its key can be put to use again."""

    def setUp(self):
        super().setUp()
        self.draft = self.new_account().with_user(self.manager)
        vault = Vault([b"another key" * 4])
        for module in (amazon_account, credentials):
            self.patch(module, "get_vault", lambda env: vault)

    def test_the_user_is_told(self):
        for action in ("action_connect", "action_authorise"):
            with self.assertRaisesRegex(UserError, "former key"):
                getattr(self.draft, action)()

    def test_all_credentials_are_typed_anew(self):
        self.draft.write(
            {
                f"{name}_input": self.known[name]
                for name in ("client_id", "client_secret", "refresh_token")
            }
        )
        self.connect(self.draft)
        self.assertEqual(self.draft.state, "connected")

    def test_one_alone_is_not_enough(self):
        with self.assertRaisesRegex(UserError, "former key"):
            self.draft.client_secret_input = "new"

    def test_the_account_is_disconnected(self):
        self.env["amazon.account.disconnect"].with_user(self.manager).create(
            {"account_id": self.draft.id, "confirmation": self.draft.name}
        ).action_disconnect()
        self.assertFalse(self.draft.has_credentials)
