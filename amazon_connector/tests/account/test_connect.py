# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.account.credentials import read_credentials
from ...sp_api.sellers import Participation
from ..common import AMERICA, CANADA, CLIENT_LOGGERS, INDIA
from .connection_common import ConnectionCase

PSEUDO_INDIA = "A38D8NSA03LJTC"


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

    def test_nobody_connects_an_account_by_writing(self):
        """S10: over RPC neither."""
        account = self.new_account().with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Amazon's answer"):
            account.write({"state": "connected"})
        with self.assertRaisesRegex(UserError, "Amazon's answer"):
            account.create(
                {"name": "Mine", "seller_id": "AOTHER", "state": "connected"}
            )

    def test_one_authorisation_connects_one_account(self):
        account = self.new_account()
        self.connect(account)
        twin = self.env["amazon.account"].create(
            {
                **account.copy_data()[0],
                "seller_id": "AMISTYPED",
                **{
                    f"{name}_input": value
                    for name, value in read_credentials(account).items()
                },
            }
        )
        with self.assertRaisesRegex(UserError, f"as account {account.name}"):
            self.connect(twin)
        # Its manager may not know the other company's account.
        account.company_id = self.env["res.company"].create({"name": "Other"})
        manager = new_test_user(self.env, "boss", "amazon_connector.group_manager")
        with self.assertRaisesRegex(UserError, "another company") as caught:
            twin = twin.with_user(manager)
            twin.env["amazon.account.connector"]._refuse_second_authorisation(twin)
        self.assertNotIn(account.name, str(caught.exception))

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
        self.assertEqual(account.channel_ids.mapped("name"), ["Amazon CA", "Amazon US"])
        self.assertEqual(account.channel_ids.company_id, self.company)

    def test_pseudo_marketplaces_are_left_out(self):
        account = self.new_account(marketplaces=(INDIA, PSEUDO_INDIA))
        self.connect(account)
        self.assertEqual(account.channel_ids.mapped("name"), ["Amazon IN (Shop of S2)"])

    def join(self, *marketplaces):
        """The seller takes part in more marketplaces."""
        self.seller_now.marketplace_ids += list(marketplaces)

    def press(self, action):
        with self.enter_registry_test_mode(), mute_logger(*CLIENT_LOGGERS):
            return action()["params"]["message"]

    def test_a_marketplace_that_was_joined_later(self):
        """S56: its channel comes with a press, and with Set up now beside it."""
        account = self.new_account("na", (AMERICA,))
        self.connect(account)
        look = account.with_user(self.manager).action_look_for_marketplaces
        self.assertIn("no other", self.press(look))
        self.join(CANADA)
        self.assertEqual(self.press(look), "Channels added: Amazon CA.")
        self.assertEqual(account.channel_ids.mapped("name"), ["Amazon CA", "Amazon US"])
        mexico = self.env.ref("amazon_connector.marketplace_mx")
        self.join(mexico.amazon_code)
        told = self.press(mexico.with_user(self.manager).action_set_up)
        self.assertEqual(told, "Channels added: Amazon MX.")

    def test_unknown_marketplace_is_left_out(self):
        self.env.ref("amazon_connector.marketplace_ca").amazon_code = "A0UNKNOWN"
        account = self.new_account("na", (AMERICA, CANADA))
        self.connect(account)
        self.assertEqual(account.channel_ids.mapped("name"), ["Amazon US"])

    def test_marketplaces_that_the_seller_left_are_left_out(self):
        account = self.new_account()
        facts = dict.fromkeys(
            ("name", "country_code", "currency", "language", "domain")
        )
        known, names = self.env["amazon.account.tester"]._split_participations(
            account.region,
            [
                Participation(
                    INDIA, is_participating=False, has_suspended_listings=False, **facts
                ),
            ],
        )
        self.assertEqual((known, names), ([], []))

    def test_first_sync_starts_at_once(self):
        """S31, S58: product and order sync begin on their own, within 15 minutes."""
        self.crons.active = False
        self.env["ir.cron.trigger"].search([]).unlink()
        account = self.new_account()
        self.connect(account.with_user(self.manager))
        self.assertEqual(self.crons.mapped("active"), [True, True])
        wakes = self.env["ir.cron.trigger"].search([("cron_id", "=", self.crons[0].id)])
        latest = fields.Datetime.now() + timedelta(minutes=1)
        self.assertTrue(wakes.filtered(lambda t: t.call_at <= latest))
        task = account._get_task("orders")
        self.assertLessEqual(task.next_run, latest)
        self.assertEqual(task.trigger, "initial")

    def test_first_sync_brings_the_orders(self):
        """S31, S58, S124, S168."""
        account = self.new_account()
        ids = self.simulator.seed_orders(self.seller_now.key, 2)
        self.connect(account)
        self.fetch()
        self.assertEqual(self.find(*ids).account_id, account)
        run = account.run_ids
        self.assertEqual((run.trigger, run.state), ("initial", "done"))
        self.assertAlmostEqual(
            account._get_task("orders").next_run,
            fields.Datetime.now() + timedelta(minutes=15),
            delta=timedelta(minutes=1),
        )

    def test_orders_every_15_minutes_by_default(self):
        """S178: open orders are fetched at most 15 minutes apart."""
        account = self.new_account()
        orders = account._get_task("orders")
        self.assertEqual((orders.interval_minutes, orders.active), (15, True))
        fetch = self.crons[0]
        self.assertEqual((fetch.interval_number, fetch.interval_type), (15, "minutes"))

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
        last = account._get_task("orders").last_success
        self.connect(account)
        self.assertEqual(account.with_context(active_test=False).channel_ids, channels)
        self.assertEqual(channels.mapped("name"), ["Our shop"])
        self.assertFalse(channels.active, "a channel switched off stays off")
        self.assertEqual(account.task_ids, tasks)
        task = account._get_task("orders")
        self.assertEqual(task.trigger, "manual", "the first sync has been")
        self.assertEqual(task.last_success, last)
        self.assertEqual(self._orders_of(account), orders)
        self.assertEqual(len(orders), 2)

    def test_reconnecting_keeps_modules_that_are_off(self):
        account = self.new_account()
        account._get_task("order_reports").active = False
        account._get_task("items").unlink()
        self.connect(account)
        tasks = account.with_context(active_test=False).task_ids
        modules = dict(tasks.mapped(lambda task: (task.kind, task.active)))
        kinds = self.env["amazon.sync.task"]._fields["kind"].get_values(self.env)
        self.assertEqual(modules, {kind: kind != "order_reports" for kind in kinds})

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
        self.lost._get_task("orders").next_run = fields.Datetime.now()
        with mute_logger(*CLIENT_LOGGERS):
            return super().fetch()

    def test_account_stops_and_a_human_is_asked(self):
        """Rule 12: authorisation lost stops the account."""
        self.fetch()
        self.assertEqual((self.lost.state, self.lost.status), ("error", "error"))
        self.assertIn("Authorize the application again", self.lost.error_message)
        activity = self.lost.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("refuses the authorization", activity.summary)
        run = self.lost.run_ids
        self.assertEqual(run.state, "failed")
        self.assertIn("invalid_grant", run.message)
        self.assertFalse(self.lost._get_task("orders").leased_until)

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
