# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..sp_api import client as client_module
from ..sp_api.sellers import Participation
from .common import AMERICA, CANADA, INDIA, SimulatorCase

CREDENTIAL_FIELDS = ("client_id_input", "client_secret_input", "refresh_token_input")
CLIENT_LOGGERS = tuple(
    f"odoo.addons.amazon_connector.sp_api.{name}" for name in ("client", "auth")
)
PSEUDO_INDIA = "A38D8NSA03LJTC"


class ConnectionCase(SimulatorCase):
    """Accounts of simulated sellers that are not connected yet."""

    simulator_options = {"lag": (0, 0), "quotas": False}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "amazon_manager",
            "amazon_connector.group_manager,base.group_allow_export",
        )
        cls.user = new_test_user(
            cls.env,
            "amazon_user",
            "amazon_connector.group_user,base.group_allow_export",
        )

    def setUp(self):
        super().setUp()
        # Retries are tried elsewhere; here nobody waits for them.
        self.patch(client_module, "backoff", lambda *args: 0.0)

    def new_account(self, region="eu", marketplaces=(INDIA,), plan="PROFESSIONAL"):
        """A draft account of a new seller with an application of its own."""
        key = f"S{len(self.simulator.sellers)}"
        self.seller_now = self.simulator.add_seller(
            key, region, list(marketplaces), own_application=True, selling_plan=plan
        )
        for listing in self.simulator.sellers["IN"].listings.values():
            self.seller_now.add_listing(listing)
        self.known = known = self.simulator.credentials(key)
        return self.env["amazon.account"].create(
            {
                "name": f"Shop of {key}",
                "region": region,
                "environment": "custom",
                "custom_api_url": known["api_url"],
                "custom_lwa_url": known["lwa_url"],
                "seller_id": known["merchant_token"],
                "client_id_input": known["client_id"],
                "client_secret_input": known["client_secret"],
                "refresh_token_input": known["refresh_token"],
                "responsible_user_id": self.manager.id,
            }
        )

    def press_test(self, account):
        """Press "Test connection"; returns ``(works, report as text)``."""
        with self.enter_registry_test_mode(), mute_logger(*CLIENT_LOGGERS):
            works = account.action_test_connection()
        return works, str(account.connection_report)

    def connect(self, account):
        with self.enter_registry_test_mode(), mute_logger(*CLIENT_LOGGERS):
            return account.action_connect()

    def assertRefused(self, account, *texts):
        """Testing says all of ``texts``; connecting says them too and is refused."""
        works, report = self.press_test(account)
        self.assertFalse(works)
        with self.assertRaises(UserError) as caught:
            self.connect(account)
        for text in texts:
            self.assertIn(text, report)
            self.assertIn(text, str(caught.exception))
        self.assertEqual(account.state, "draft")
        self.assertFalse(account.channel_ids)


@tagged("post_install", "-at_install")
class TestConnectionTest(ConnectionCase):
    """What "Test connection" finds, in words."""

    def test_all_is_well(self):
        account = self.new_account()
        self.simulator.seed_orders(self.seller_now.key, 3)
        works, report = self.press_test(account.with_user(self.manager))
        self.assertTrue(works)
        for text in (
            "Amazon accepts the authorisation",
            "Selling plan: Professional",
            "Marketplaces: Amazon.in",
            "Orders can be read",
            "Delivery addresses are given",
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
        self.assertRefused(account, "refresh token", "Authorise the application again")

    def test_token_of_another_application(self):
        other = self.simulator.credentials("IN")
        account = self.new_account()
        account.refresh_token_input = other["refresh_token"]
        self.assertRefused(account, "another application")

    def test_wrong_region(self):
        """A European token at North America's address."""
        account = self.new_account()
        account.write(
            {"region": "na", "custom_api_url": self.simulator.api_url("na")}
        )
        self.assertRefused(account, "check that the region fits")

    def test_region_without_marketplaces(self):
        """The address is right, the region that was chosen is not."""
        account = self.new_account()
        account.region = "na"
        self.assertRefused(account, "takes part in no marketplace of this region")

    def test_missing_restricted_role(self):
        account = self.new_account()
        self.simulator.seed_orders(self.seller_now.key, 2)
        self.simulator.set_roles(
            self.seller_now.key, ["Inventory and Order Tracking"]
        )
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
        self.assertIn("differs from Amazon's by 20 minutes", report)

    def test_clock_skew_is_named_where_it_stops_all(self):
        account = self.new_account()
        self.simulator.set_roles(self.seller_now.key, [])
        self.simulator.add_fault("clock_skew", seconds=1200)
        self.addCleanup(self.simulator.faults.clear)
        self.assertRefused(account, "clock is 20 minutes behind")

    def test_unreachable(self):
        account = self.new_account()
        account.custom_api_url = account.custom_lwa_url = "http://127.0.0.1:9/eu"
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


@tagged("post_install", "-at_install")
class TestConnect(ConnectionCase):
    def setUp(self):
        super().setUp()
        self.crons = self.env.ref(
            "amazon_connector.ir_cron_orders_fetch"
        ) | self.env.ref("amazon_connector.ir_cron_orders_apply")

    def test_connected_after_amazon_answered(self):
        """S10: connected only after Amazon's authentication; the state is visible."""
        account = self.new_account()
        self.assertEqual((account.state, account.status), ("draft", "draft"))
        self.connect(account.with_user(self.manager))
        self.assertEqual((account.state, account.status), ("connected", "active"))
        self.assertIn("Connected", account.message_ids[0].body)

    def test_not_connected_while_amazon_is_silent(self):
        """S10."""
        account = self.new_account()
        self.simulator.add_fault("error", operation="token", status=503)
        self.addCleanup(self.simulator.faults.clear)
        with self.assertRaises(UserError):
            self.connect(account)
        self.assertEqual(account.status, "draft")

    def test_channels_from_participations(self):
        """S56: one channel per marketplace of the seller; pseudo-marketplaces out."""
        account = self.new_account("na", (AMERICA, CANADA))
        self.connect(account)
        self.assertEqual(
            account.channel_ids.mapped("name"), ["Amazon CA", "Amazon US"]
        )
        self.assertEqual(account.channel_ids.company_id, self.company)

    def test_pseudo_marketplaces_are_left_out(self):
        account = self.new_account(marketplaces=(INDIA, PSEUDO_INDIA))
        self.connect(account)
        self.assertEqual(account.channel_ids.mapped("name"), ["Amazon IN"])

    def test_unknown_marketplace_is_left_out(self):
        self.env.ref("amazon_connector.marketplace_ca").unlink()
        account = self.new_account("na", (AMERICA, CANADA))
        self.connect(account)
        self.assertEqual(account.channel_ids.mapped("name"), ["Amazon US"])

    def test_marketplaces_that_the_seller_left_are_left_out(self):
        account = self.new_account()
        facts = dict.fromkeys(
            ("name", "country_code", "currency", "language", "domain")
        )
        known, names = account._split_participations(
            [
                Participation(INDIA, is_participating=False,
                              has_suspended_listings=False, **facts),
            ]
        )
        self.assertEqual((known, names), ([], []))

    def test_first_sync_starts_at_once(self):
        """S31, S58: product and order sync begin on their own, within 15 minutes."""
        self.crons.active = False
        self.env["ir.cron.trigger"].search([]).unlink()
        account = self.new_account()
        self.connect(account.with_user(self.manager))
        self.assertEqual(self.crons.mapped("active"), [True, True])
        wakes = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.crons[0].id)]
        )
        latest = fields.Datetime.now() + timedelta(minutes=1)
        self.assertTrue(wakes.filtered(lambda t: t.call_at <= latest))
        task = account.task_ids
        self.assertLessEqual(task.next_run, latest)
        self.assertEqual(task.trigger, "initial")

    def test_first_sync_brings_the_orders(self):
        """S31, S58, S168."""
        account = self.new_account()
        ids = self.simulator.seed_orders(self.seller_now.key, 2)
        self.connect(account)
        self.fetch()
        self.assertEqual(self.find(*ids).account_id, account)
        run = account.run_ids
        self.assertEqual((run.trigger, run.state), ("initial", "done"))
        self.assertAlmostEqual(
            account.task_ids.next_run,
            fields.Datetime.now() + timedelta(minutes=15),
            delta=timedelta(minutes=1),
        )

    def test_orders_every_15_minutes_by_default(self):
        """S178: open orders are fetched at most 15 minutes apart."""
        account = self.new_account()
        orders = account.task_ids.filtered(lambda task: task.kind == "orders")
        self.assertEqual((orders.interval_minutes, orders.active), (15, True))
        fetch = self.crons[0]
        self.assertEqual(
            (fetch.interval_number, fetch.interval_type), (15, "minutes")
        )

    @mute_logger("odoo.sql_db")
    def test_one_account_per_region_and_seller(self):
        account = self.new_account()
        vals = {"name": "Twice", "region": "eu", "seller_id": account.seller_id}
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env["amazon.account"].create(vals)
        vals["region"] = "fe"
        self.assertTrue(self.env["amazon.account"].create(vals))

    def test_reconnecting_keeps_what_is_there(self):
        account = self.new_account()
        self.simulator.seed_orders(self.seller_now.key, 2)
        self.connect(account)
        self.fetch()
        account.channel_ids.write({"name": "Our shop", "active": False})
        channels = account.with_context(active_test=False).channel_ids
        tasks, orders = account.task_ids, self._orders_of(account)
        last = account.task_ids.last_success
        self.connect(account)
        self.assertEqual(account.with_context(active_test=False).channel_ids, channels)
        self.assertEqual(channels.mapped("name"), ["Our shop"])
        self.assertFalse(channels.active, "a channel switched off stays off")
        self.assertEqual(account.task_ids, tasks)
        self.assertEqual(tasks.trigger, "manual", "the first sync has been")
        self.assertEqual(tasks.last_success, last)
        self.assertEqual(self._orders_of(account), orders)
        self.assertEqual(len(orders), 2)

    def _orders_of(self, account):
        return self.env["amazon.order"].search([("account_id", "=", account.id)])

    def test_currencies_are_switched_on_and_rates_asked_for(self):
        """S50, beaten: another currency gets a pricelist instead of a refusal."""
        dollar = self.env.ref("base.CAD")
        dollar.active = False
        dollar.rate_ids.unlink()
        account = self.new_account("na", (CANADA,))
        self.connect(account.with_user(self.manager))
        self.assertTrue(dollar.active)
        self.assertIn("CAD has no exchange rate yet", account.connection_report)
        pricelist = account.channel_ids._get_pricelists()[account.channel_ids]
        self.assertEqual(pricelist.currency_id, dollar)

    def test_connecting_ends_the_hold(self):
        account = self.new_account()
        account.on_hold = True
        self.connect(account)
        self.assertEqual(account.status, "active")
        account.on_hold = True
        self.assertEqual(account.status, "inactive")


@tagged("post_install", "-at_install")
class TestLostAuthorisation(ConnectionCase):
    def setUp(self):
        super().setUp()
        # Only the new account is to talk to the simulator.
        self.account.on_hold = True
        self.lost = self.new_account()
        self.connect(self.lost)
        self.simulator.lwa.revoke(self.known["refresh_token"])

    def fetch(self):
        self.env["amazon.access.token"].sudo().search([]).unlink()
        self.lost.task_ids.next_run = fields.Datetime.now()
        with mute_logger(*CLIENT_LOGGERS):
            return super().fetch()

    def test_account_stops_and_a_human_is_asked(self):
        """Rule 12: authorisation lost stops the account."""
        self.fetch()
        self.assertEqual((self.lost.state, self.lost.status), ("error", "error"))
        self.assertIn("Authorise the application again", self.lost.error_message)
        activity = self.lost.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("refuses the authorisation", activity.summary)
        run = self.lost.run_ids
        self.assertEqual(run.state, "failed")
        self.assertIn("invalid_grant", run.message)
        self.assertFalse(self.lost.task_ids.leased_until)

    def test_no_call_and_no_further_activity_afterwards(self):
        self.fetch()
        calls = len(self.simulator.calls)
        self.fetch()
        self.assertEqual(len(self.simulator.calls), calls)
        self.lost.state = "connected"
        self.fetch()
        self.assertEqual(len(self.lost.activity_ids), 1)

    def test_reconnecting_clears_it(self):
        self.fetch()
        new_token = self.simulator.lwa.authorise(
            self.known["client_id"], self.lost.seller_id
        )
        self.lost.with_user(self.manager).refresh_token_input = new_token
        self.connect(self.lost.with_user(self.manager))
        self.assertEqual(self.lost.status, "active")
        self.assertFalse(self.lost.error_message)
        self.assertFalse(self.lost.activity_ids)
        ids = self.simulator.seed_orders(self.seller_now.key, 1)
        self.fetch()
        self.assertTrue(self.find(*ids), "work goes on")

    def test_no_secret_is_told(self):
        """S55: neither in the history nor in the messages."""
        self.fetch()
        told = " ".join(
            str(text)
            for text in (
                self.lost.error_message,
                self.lost.connection_report,
                self.lost.run_ids.mapped("message"),
                self.lost.activity_ids.mapped("note"),
                self.lost.message_ids.mapped("body"),
            )
        )
        for name in ("client_id", "client_secret", "refresh_token"):
            self.assertNotIn(self.known[name], told)


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
        self.assertEqual(
            self.draft._read_credentials()["client_secret"], "freshly typed"
        )

    def test_ciphertext_is_closed_to_everyone(self):
        self.assertNotIn(
            self.known["client_secret"], self.draft.sudo().credentials_ciphertext
        )
        for account in [*self.everyone(), self.draft.with_user(self.user)]:
            name = "credentials_ciphertext"
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
            self.draft._read_credentials()["refresh_token"], self.known["refresh_token"]
        )

    def test_blanks_around_a_copied_secret_are_dropped(self):
        self.draft.client_secret_input = " pasted\n"
        self.assertEqual(self.draft._read_credentials()["client_secret"], "pasted")

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
        for vals in ({"environment": "custom"}, self.URLS):
            with self.assertRaises(UserError):
                account.write(vals)
        with self.assertRaises(UserError):
            account.create({**self.VALS, "seller_id": "A2", "environment": "custom"})

    def test_managers_cannot_choose_one_by_defaults(self):
        """The context of a call is the caller's."""
        defaults = {
            f"default_{name}": value
            for name, value in {**self.URLS, "environment": "custom"}.items()
        }
        Account = self.env["amazon.account"].with_user(self.manager)
        with self.assertRaises(UserError):
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
