# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date, datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from ..common import AmazonCase

NOON = "2026-11-21 12:00:00"


@tagged("post_install", "-at_install")
class TestSyncManual(AmazonCase):
    """The dialog "Sync Manually"."""

    marketplaces = ("in", "de")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "clerk", "amazon_connector.group_user")
        cls.task = cls.account._get_task("orders")
        cls.task.next_run = fields.Datetime.now() + timedelta(hours=1)
        cls.second = cls._create_account(
            seller_id="ASECOND",
            region="na",
            custom_api_url="http://127.0.0.1:9/na",
            refresh_token_input="other",
        )
        cls.env["amazon.channel"].create(
            {
                "name": "Amazon US",
                "account_id": cls.second.id,
                "marketplace_id": cls.env.ref("amazon_connector.marketplace_us").id,
            }
        )
        cls.second.task_ids.next_run = fields.Datetime.now() + timedelta(hours=1)

    def dialog(self, **values):
        context = self.account._get_task("orders").action_sync_manually()["context"]
        return (
            self.env["amazon.sync.manual"]
            .with_user(self.user)
            .with_context(**context)
            .create(values)
        )

    def period(self, start, end, **values):
        return self.dialog(period="period", date_start=start, date_end=end, **values)

    def requests(self):
        return self.env["amazon.sync.request"].search([])

    def test_the_form(self):
        """S22, S119: Items or Orders; from account, channel and module."""
        action = self.channel.with_user(self.user).action_sync_manually()
        self.assertEqual(action["context"]["default_channel_id"], self.channel.id)
        form = Form(
            self.env["amazon.sync.manual"]
            .with_user(self.user)
            .with_context(**action["context"])
        )
        kinds = dict(form._view["fields"]["kind"]["selection"])
        self.assertLessEqual({"items", "orders", "all"}, set(kinds))
        form.kind = "orders"
        form.period = "period"
        form.date_start = form.date_end = date.today() - timedelta(days=3)
        self.assertIn("Calls to Amazon: 3.", form.estimate)
        self.assertIn("placed", form.period_help)
        self.assertIn("Asia/Kolkata", form.period_help)
        form.kind = "items"
        self.assertEqual(form.period, "period")
        self.assertIn("Items: about", form.estimate)
        self.assertIn("created or changed", form.period_help)

    def test_every_module_is_synced_by_hand(self):
        """S22: what takes no period says so."""
        for kind in self.env["amazon.sync.task"]._fields["kind"].get_values(self.env):
            sync = self.env[f"amazon.sync.{kind}"]
            wizard = self.dialog(kind=kind, scope="one")
            self.assertEqual(wizard.takes_periods, sync._takes_periods())
            wizard.action_start()
            self.assertEqual(self.account._get_task(kind).trigger, "manual")
            if not sync._takes_periods():
                self.assertIn("latest changes", wizard.period_help)
                with self.assertRaisesRegex(
                    UserError, "only be synced for the latest changes"
                ):
                    self.dialog(kind=kind, period="period").action_start()

    def test_an_account_without_the_module_is_explained(self):
        self.account._get_task("items").unlink()
        with self.assertRaisesRegex(UserError, "does not have this module"):
            self.dialog(kind="items").action_start()

    def test_all_accounts_are_synced_by_default(self):
        """S23: this one or all; S65: told before."""
        wizard = self.dialog()
        self.assertEqual(wizard.scope, "all")
        for name in ("Amazon IN", "Amazon DE", "Amazon US"):
            self.assertIn(name, wizard.insight)
        wizard.action_start()
        tasks = self.task | self.second._get_task("orders")
        self.assertEqual(tasks.mapped("trigger"), ["manual", "manual"])
        self.assertFalse(self.account._get_task("items").trigger)

    def test_no_other_account(self):
        """S65: nothing is told of others where there are none."""
        self.second.unlink()
        self.assertNotIn("other", self.dialog().insight)

    def test_one_account(self):
        """S23."""
        wizard = self.dialog(scope="one")
        self.assertNotIn("Amazon US", wizard.insight)
        wizard.action_start()
        self.assertEqual(self.task.trigger, "manual")
        self.assertFalse(self.second._get_task("orders").trigger)

    def test_items_by_hand(self):
        """S64."""
        self.dialog(kind="items", scope="one").action_start()
        self.assertEqual(self.account._get_task("items").trigger, "manual")
        self.assertFalse(self.task.trigger)

    def test_all_modules(self):
        self.dialog(kind="all", scope="one").action_start()
        self.assertEqual(set(self.account.task_ids.mapped("trigger")), {"manual"})

    @freeze_time(NOON)
    def test_days_of_the_marketplace(self):
        """S30: start and end in its time zone, the last day included."""
        action = self.period("2026-11-01", "2026-11-03").action_start()
        starts = {
            request.channel_ids.name: (request.date_start, request.date_end)
            for request in self.requests()
        }
        self.assertEqual(
            starts["Amazon IN"],
            (datetime(2026, 10, 31, 18, 30), datetime(2026, 11, 3, 18, 30)),
        )
        self.assertEqual(
            starts["Amazon DE"],
            (datetime(2026, 10, 31, 23), datetime(2026, 11, 3, 23)),
        )
        self.assertEqual(len(starts), 3)
        wizard = self.env["amazon.sync.manual"].browse(action["res_id"])
        self.assertEqual(wizard.run_ids, self.requests().run_id)
        self.assertEqual(set(wizard.run_ids.mapped("trigger")), {"period"})

    @freeze_time(NOON)
    def test_days_of_items(self):
        """S30, S123: Items take a period as well, each channel on its own."""
        self.period(
            "2026-11-01", "2026-11-03", kind="items", scope="one"
        ).action_start()
        requests = self.requests()
        self.assertEqual(
            sorted(requests.mapped("channel_ids.name")), ["Amazon DE", "Amazon IN"]
        )
        self.assertEqual(set(requests.run_id.mapped("kind")), {"items"})

    @freeze_time(NOON)
    def test_one_channel_ends_with_a_link_to_its_run(self):
        wizard = self.period(
            "2026-11-01", "2026-11-03", scope="one", channel_id=self.channel.id
        )
        wizard.action_start()
        request = self.requests()
        self.assertEqual(request.channel_ids, self.channel)
        opened = wizard.action_open_runs()
        self.assertEqual(
            (opened["res_model"], opened["res_id"]),
            ("amazon.sync.run", request.run_id.id),
        )
        self.assertEqual(request.run_id.user_id, self.user)

    @freeze_time(NOON)
    def test_today_ends_now(self):
        """Amazon wants the end of a search to be two minutes old."""
        self.period("2026-11-21", "2026-11-21", scope="one").action_start()
        for request in self.requests():
            self.assertLess(request.date_end, datetime(2026, 11, 21, 11, 58))

    @freeze_time(NOON)
    def test_bad_periods_are_explained(self):
        """S30; issue: a period of ten years."""
        for start, end, problem in (
            ("2026-11-05", "2026-11-01", "ends before it starts"),
            ("2026-11-20", "2026-12-01", "is in the future"),
            ("2026-12-01", "2026-12-02", "is in the future"),
            ("2016-11-20", "2026-11-20", "only the last two years"),
            ("2024-11-20", "2024-11-21", "only the last two years"),
            (False, "2026-11-20", "Enter the first and the last day"),
        ):
            with self.assertRaisesRegex(UserError, problem):
                self.period(start, end).action_start()
        self.period("2024-11-21", "2024-11-22", scope="one").action_start()
        self.assertFalse(self.requests().filtered("run_id.ended_at"))

    def test_only_modules_that_are_there(self):
        with self.assertRaisesRegex(ValidationError, "no sync task nonsense.*orders"):
            self.dialog(kind="nonsense")

    def test_sync_now_without_a_module_is_explained(self):
        """A script that found no account must not believe that it is synced."""
        tasks = self.account.task_ids.with_user(self.user)
        for nothing in (tasks.browse(), tasks.account_id.browse()):
            with self.assertRaisesRegex(UserError, "nothing to sync"):
                nothing.action_sync_now()
        self.account.task_ids.active = False
        for off in (tasks, tasks.account_id):
            with self.assertRaisesRegex(UserError, "nothing to sync"):
                off.action_sync_now()

    def test_the_latest_run_is_linked(self):
        wizard = self.dialog(scope="one")
        wizard.action_start()
        self.assertIn("domain", wizard.action_open_runs())
        run = self.sync._start_run(self.task, self.channels)
        self.assertEqual(run.user_id, self.user)
        self.assertEqual(wizard.action_open_runs()["res_id"], run.id)

    def test_disabled_accounts_and_modules_are_explained(self):
        wizard = self.dialog(scope="one")
        self.task.active = False
        with self.assertRaisesRegex(UserError, "switched off"):
            wizard.action_start()
        self.task.active = True
        self.account.on_hold = True
        with self.assertRaisesRegex(UserError, "on hold"):
            wizard.action_start()

    def test_accounts_of_other_companies_are_out_of_reach(self):
        """Rule 10."""
        company = self.env["res.company"].create({"name": "Other"})
        other = new_test_user(
            self.env,
            "other",
            "amazon_connector.group_user",
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
        )
        Wizard = self.env["amazon.sync.manual"].with_user(other)
        with self.assertRaises(AccessError):
            Wizard.create({"account_id": self.account.id}).action_start()
        with self.assertRaises(AccessError):
            self.start_run().with_user(other).action_resync()

    def test_order_preference_for_all_channels(self):
        """S67, S68, S126: changed on one channel, applied to all of the company."""
        manager = new_test_user(self.env, "boss", "amazon_connector.group_manager")
        self.channel.with_user(manager).order_preference = "fulfilled"
        others = self.account.channel_ids | self.second.channel_ids
        self.assertEqual(
            set((others - self.channel).mapped("order_preference")), {"confirmed"}
        )
        self.channel.with_user(manager).action_apply_order_preference()
        self.assertEqual(set(others.mapped("order_preference")), {"fulfilled"})
        with self.assertRaises(AccessError):
            self.channel.with_user(self.user).action_apply_order_preference()
