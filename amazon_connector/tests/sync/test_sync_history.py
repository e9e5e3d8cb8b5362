# SPDX-License-Identifier: LGPL-3.0-or-later
from ast import literal_eval
from collections import Counter
from datetime import datetime, timedelta
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ...models.sync import amazon_sync_run
from ...tools import retention
from ..common import AmazonCase, item_json, order_json

FETCH_CRON = "amazon_connector.ir_cron_orders_fetch"


@tagged("post_install", "-at_install")
class TestSyncHistory(AmazonCase):
    def finished_run(self, days=0, state="done", outcomes=()):
        """A run that began ``days`` ago, with one record per outcome."""
        run = self.start_run()
        run._finish(state)
        run.started_at = fields.Datetime.now() - timedelta(days=days)
        run.record_ids = [
            fields.Command.create({"name": f"403-{number}", "outcome": outcome})
            for number, outcome in enumerate(outcomes)
        ]
        return run

    def test_counts(self):
        """S25, S86, S120: each row shows how many records succeeded and failed."""
        run = self.finished_run(
            outcomes=[
                "created",
                "created",
                "updated",
                "cancelled",
                "frozen",
                "skipped",
                "pending",
                "held",
                "failed",
            ]
        )
        self.assertEqual(
            (run.synced_count, run.frozen_count, run.skipped_count, run.failed_count),
            (4, 1, 2, 2),
        )

    def test_counts_of_several_runs_are_kept_apart(self):
        """S86: per timestamp."""
        first = self.finished_run(outcomes=["created"])
        second = self.finished_run(outcomes=["failed"])
        third = self.finished_run()
        runs = first | second | third
        self.assertEqual(runs.mapped("synced_count"), [1, 0, 0])
        self.assertEqual(runs.mapped("failed_count"), [0, 1, 0])

    def test_counts_open_their_records(self):
        """S26: each count is a link to what is behind it."""
        run = self.finished_run(outcomes=["created", "failed", "held"])
        self.finished_run(outcomes=["failed"])
        action = run.with_context(outcomes=["failed", "held"]).action_open_records()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(set(found.mapped("outcome")), {"failed", "held"})
        self.assertEqual(found.run_id, run)
        action = run.action_open_records()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, run.record_ids)

    def found(self, run, **context):
        """What a figure's link opens."""
        action = run.with_context(**context).action_open_records()
        domain = action["domain"]
        return self.env["amazon.sync.record"].search(domain), action["name"]

    def test_figures_open_as_many_as_they_say(self):
        """S26, S86: what a run does not name is in the title of what opens."""
        run = self.finished_run()
        rows = [
            {"name": f"SKU-{number}", "outcome": outcome, "reason": False}
            for number, outcome in enumerate(["updated"] * 3 + ["unconfirmed", "held"])
        ]
        with patch.object(amazon_sync_run, "MAX_RECORDS", 2):
            run._add_records(rows[:1])
            run._add_records(rows[1:])
        self.assertEqual(
            [run[name] for name in amazon_sync_run.FIGURES], [4, 1, 0, 0, 1]
        )
        for figure, outcomes in amazon_sync_run.FIGURES.items():
            records, title = self.found(run, outcomes=list(outcomes))
            left_out = run[figure] - len(records)
            self.assertEqual(left_out, 1 if figure == "synced_count" else 0)
            self.assertEqual("1 more" in title, bool(left_out), title)

    def test_filter_of_failures(self):
        """It finds those runs that show failed records, counted ones too."""
        failed, held, well = (
            self.finished_run(outcomes=["created", outcome])
            for outcome in ("failed", "held", "frozen")
        )
        again = self.finished_run(outcomes=["failed"])
        again._add_records([{"name": "403-0", "outcome": "updated"}])
        counted = self.finished_run(outcomes=["created"])
        counted._count_unlisted(Counter(failed=2))
        runs = failed | held | well | again | counted
        arch = etree.fromstring(runs.get_view(view_type="search")["arch"])
        (node,) = arch.xpath("//filter[@name='with_failures']")
        found = runs.search([("id", "in", runs.ids), *literal_eval(node.get("domain"))])
        self.assertEqual(found, runs.filtered("failed_count"))
        self.assertEqual(found, failed | held | counted)

    def test_waiting_opens_its_orders(self):
        binding = self.store(order_json())
        action = binding.run_id.action_open_waiting()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual((binding.run_id.waiting_count, found), (1, binding))

    def test_figures_of_each_channel(self):
        """S120: where a run covers several."""
        market = self.env.ref("amazon_connector.marketplace_de")
        other = self.env["amazon.channel"].create(
            {
                "name": "Amazon DE",
                "account_id": self.account.id,
                "marketplace_id": market.id,
            }
        )
        listing = self.env["amazon.listing"].create(
            {"channel_id": other.id, "seller_sku": "A", "active": False}
        )
        run = self.finished_run(outcomes=["failed"])
        self.assertFalse(run.channel_counts)
        run.channel_ids = self.channel | other
        run._add_records(
            [{"name": "A", "listing_id": listing.id, "outcome": "updated"}]
        )
        run.invalidate_recordset()
        self.assertEqual(
            {
                row["channel_id"]: (row["synced_count"], row["failed_count"])
                for row in run.channel_counts
            },
            {self.channel.id: (0, 0), other.id: (1, 0), False: (0, 1)},
        )
        [row] = [row for row in run.channel_counts if row["channel_id"] == other.id]
        outcomes = row["outcomes"]["synced_count"]
        records, _title = self.found(run, run_channel=other.id, outcomes=outcomes)
        self.assertEqual(records.listing_id, listing)
        records, _title = self.found(run, run_channel=False)
        self.assertEqual(records.mapped("name"), ["403-0"])
        self.assertFalse(self.found(run, run_channel=self.channel.id)[0])

    def test_links_open_what_their_figures_count(self):
        """The views name outcomes that the figures are sums of, too."""
        told = []
        for model in ("amazon.sync.run", "amazon.sync.task"):
            views = self.env["ir.ui.view"].search([("model", "=", model)])
            for view in views:
                arch = etree.fromstring(view.arch)
                for field in arch.iter("field"):
                    if field.get("widget") == "amazon_record_count":
                        options = literal_eval(field.get("options", "{}"))
                        told.append((field.get("name"), options.get("outcomes")))
        told = [(name, outcomes) for name, outcomes in told if outcomes]
        self.assertGreater(len(told), 8)
        for name, outcomes in told:
            self.assertEqual(tuple(outcomes), amazon_sync_run.FIGURES[name], name)

    def test_runs_of_nothing_are_left_out_first(self):
        quiet = self.finished_run()
        eventful = (
            self.finished_run(outcomes=["updated"])
            | self.finished_run(state="failed")
            | self.start_run()
        )
        asked = self.finished_run()
        asked.trigger = "manual"
        runs = quiet | eventful | asked
        action = self.env.ref("amazon_connector.amazon_sync_run_action")
        self.assertIn("search_default_happened", action.context)
        self.assertEqual(runs.filtered("is_eventful"), eventful | asked)
        left = [("id", "in", runs.ids), ("is_eventful", "=", False)]
        self.assertEqual(runs.search(left), quiet)

    def test_an_order_counts_once(self):
        """S26, S86: by what came of it in the end, and the link opens that one."""
        run = self.finished_run(outcomes=["failed", "failed"])
        again = run.record_ids.create(
            {"run_id": run.id, "name": "403-0", "outcome": "created"}
        )
        run.invalidate_recordset()
        self.assertEqual((run.synced_count, run.failed_count), (1, 1))
        action = run.with_context(outcomes=["failed", "held"]).action_open_records()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found.mapped("name"), ["403-1"])
        action = run.with_context(outcomes=["created"]).action_open_records()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), again)

    def test_records_open_their_order_and_tell_the_reason(self):
        """S88, S164."""
        binding = self.receive(order_json(items=[item_json("NEW")]))
        record = binding.record_ids
        self.assertEqual(record.display_name, binding.order_number)
        self.assertIn("NEW", record.reason)
        action = record.action_open_source()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("amazon.order", binding.id)
        )

    def test_rows_are_named_by_module_and_time(self):
        """S24."""
        run = self.start_run()
        run.started_at = datetime(2026, 11, 21, 9, 30)
        name = run.with_context(tz="Asia/Kolkata").display_name
        self.assertIn("Orders 11/21/26", name)
        self.assertIn("3:00", name, "the user's time, as the user writes it")

    def test_history_of_a_module(self):
        """S87: there is an overall history and one per module."""
        run = self.start_run()
        other = self._create_account(seller_id="AOTHER")
        action = run.task_id.action_open_history()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, run)
        action = other.task_ids.action_open_history()
        self.assertFalse(self.env[action["res_model"]].search(action["domain"]))

    def test_successful_runs_are_kept_one_month(self):
        """S89, S121."""
        young, old = self.finished_run(days=29), self.finished_run(days=32)
        records = self.finished_run(days=32, outcomes=["created", "frozen"]).record_ids
        self.env["amazon.sync.run"]._gc_runs()
        self.assertTrue(young.exists())
        self.assertFalse(old.exists())
        self.assertFalse(records.exists())

    def test_failed_runs_are_kept_two_months(self):
        """S90, S121."""
        keep = self.finished_run(days=60, state="failed")
        drop = self.finished_run(days=63, state="failed")
        self.env["amazon.sync.run"]._gc_runs()
        self.assertTrue(keep.exists())
        self.assertFalse(drop.exists())

    def test_runs_with_failed_records_are_kept_two_months(self):
        """S90: history of failed records, whatever became of the run."""
        keep = self.finished_run(days=60, outcomes=["created", "failed"])
        held = self.finished_run(days=60, outcomes=["held"])
        drop = self.finished_run(days=63, outcomes=["failed"])
        self.env["amazon.sync.run"]._gc_runs()
        self.assertTrue(keep.exists() and held.exists())
        self.assertFalse(drop.exists())

    def test_running_ones_are_never_dropped(self):
        run = self.start_run()
        run.started_at = fields.Datetime.now() - timedelta(days=100)
        self.env["amazon.sync.run"]._gc_runs()
        self.assertTrue(run.exists())

    def test_orders_outlive_their_history(self):
        binding = self.receive(order_json())
        binding.run_id._finish("done")
        binding.run_id.started_at = fields.Datetime.now() - timedelta(days=40)
        self.env["amazon.sync.run"]._gc_runs()
        self.assertTrue(binding.exists() and binding.sale_order_id)
        self.assertFalse(binding.record_ids)

    def test_cleaning_goes_in_batches(self):
        runs = [self.finished_run(days=40) for _number in range(5)]
        Run = self.env["amazon.sync.run"]
        with patch.object(retention, "_LIMIT", 2):
            counts = [Run._gc_runs() for _round in range(3)]
        self.assertEqual(counts, [(2, True), (2, True), (1, False)])
        self.assertFalse(Run.union(*runs).exists())

    def test_odoo_calls_the_cleaning(self):
        for model, name in (
            ("amazon.sync.run", "_gc_runs"),
            ("amazon.sync.request", "_gc_requests"),
            ("amazon.report", "_gc_reports"),
            ("amazon.feed", "_gc_feeds"),
        ):
            method = getattr(type(self.env[model]), name)
            self.assertTrue(getattr(method, "_autovacuum", False), model)

    def test_reports_and_feeds_are_kept_two_months(self):
        """What explains a run goes with the failed ones; what is open never goes."""
        task = self.account._get_task("items")
        reports = {
            state: self.env["amazon.report"].create(
                {"task_id": task.id, "report_type": "r", **values}
            )
            for state, values in {
                "young": {"state": "read"},
                "read": {"state": "read"},
                "failed": {"state": "failed"},
                "open": {"state": "requested"},
                "asked": {"state": "read", "drop_state": "asked"},
            }.items()
        }
        feeds = {
            state: self.env["amazon.feed"].create(
                {"account_id": self.account.id, "feed_type": "f", **values}
            )
            for state, values in {
                "young": {"state": "done"},
                "done": {"state": "done"},
                "open": {"state": "submitted"},
                "given up": {"state": "failed", "next_poll": fields.Datetime.now()},
            }.items()
        }
        for records in (reports, feeds):
            for state, record in records.items():
                days = 60 if state == "young" else 63
                # Odoo writes create_date itself.
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET create_date = %s WHERE id = %s",
                        SQL.identifier(record._table),
                        fields.Datetime.now() - timedelta(days=days),
                        record.id,
                    )
                )
        self.env["amazon.report"]._gc_reports()
        self.env["amazon.feed"]._gc_feeds()
        left = {state for state, record in reports.items() if record.exists()}
        self.assertEqual(left, {"young", "open", "asked"})
        left = {state for state, record in feeds.items() if record.exists()}
        self.assertEqual(left, {"young", "open", "given up"})

    def test_retention_is_told(self):
        """S91: the history screen says how long it is kept."""
        views = self.env["amazon.sync.run"].get_views([(False, "form")])["views"]
        action = self.env.ref("amazon_connector.amazon_sync_run_action")
        for text in (views["form"]["arch"], action.help):
            self.assertIn("kept for one month, those with failures for two", text)


@tagged("post_install", "-at_install")
class TestSyncTask(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.account._get_task("orders")
        cls.user = new_test_user(cls.env, "amazon_user", "amazon_connector.group_user")
        cls.manager = new_test_user(
            cls.env, "amazon_manager", "amazon_connector.group_manager"
        )

    def claim(self, skip=()):
        self.env.flush_all()
        task = self.env["amazon.sync.task"]._claim_due("orders", skip)
        self.env.invalidate_all()
        return task

    def make_due(self, **vals):
        self.task.write({"next_run": datetime(2020, 1, 1), **vals})

    def test_interval_that_amazon_sustains(self):
        """S33, S60: the interval can be changed, but not to what the quota forbids.

        Amazon grants a search of orders every 179 seconds.
        """
        task = self.task.with_user(self.manager)
        task.interval_minutes = 3
        for minutes in (2, 1, 0, -5):
            with self.assertRaisesRegex(
                ValidationError, "more often than every 3 minutes"
            ):
                task.interval_minutes = minutes
        items = self.account._get_task("items").with_user(self.manager)
        items.interval_minutes = 1
        with self.assertRaisesRegex(ValidationError, "more often than every 1 minutes"):
            items.interval_minutes = 0

    def test_interval_beyond_the_calendar(self):
        """It must not fail each sync, at its end."""
        now = fields.Datetime.now()
        self.task.write({"last_success": now, "next_run": now})
        with self.assertRaisesRegex(ValidationError, "once a year"):
            self.task.with_user(self.manager).interval_minutes = 2_147_483_647

    def test_a_new_interval_works_to_the_minute(self):
        """S33: it counts from the last success, and wakes the worker in time."""
        success = fields.Datetime.now() - timedelta(minutes=10)
        self.task.write(
            {"last_success": success, "next_run": success + timedelta(hours=4)}
        )
        cron = self.env.ref(FETCH_CRON)
        cron.active = True
        self.task.with_user(self.manager).interval_minutes = 15
        due = success + timedelta(minutes=15)
        self.assertEqual(self.task.next_run, due)
        wakes = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(due, wakes.mapped("call_at"))
        self.task.with_user(self.manager).interval_minutes = 5
        self.assertLessEqual(self.task.next_run, fields.Datetime.now())

    def test_an_account_out_of_the_archive_catches_up(self):
        """Like one that comes off hold: it is not overdue at once."""
        past = fields.Datetime.now() - timedelta(days=30)
        self.account.write({"active": False, "active_since": past})
        self.account.active = True
        self.assertEqual(self.task.trigger, "resume")
        self.assertLessEqual(self.task.next_run, fields.Datetime.now())
        self.assertGreater(self.account.active_since, past)

    def test_a_module_switched_on_again_catches_up(self):
        """S20, S61: the toggle of the table."""
        task = self.task.with_user(self.manager)
        task.active = False
        self.task.next_run = False
        task.active = True
        self.assertLessEqual(self.task.next_run, fields.Datetime.now())
        self.assertEqual(self.task.trigger, "resume")

    def test_the_table_tells_of_the_last_run(self):
        """S20, S25, S61: last and next run with counts, per module."""
        run = self.sync._start_run(self.task, self.channels)
        run.record_ids = [
            fields.Command.create({"name": name, "outcome": outcome})
            for name, outcome in (("1", "created"), ("2", "failed"), ("3", "created"))
        ]
        other = self.account._get_task("items")
        self.env.flush_all()
        self.assertEqual(self.task.last_run, run.started_at)
        self.assertEqual((self.task.synced_count, self.task.failed_count), (2, 1))
        self.assertFalse(other.last_run or other.synced_count)
        action = self.task.with_context(outcomes=["failed"]).action_open_last_records()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found.name, "2")

    def test_two_users_pressing_sync_now_make_one_run(self):
        second = new_test_user(self.env, "second", "amazon_connector.group_user")
        self.task.next_run = fields.Datetime.now() + timedelta(hours=1)
        self.task.with_user(self.user).action_sync_now()
        asked = self.task.next_run = fields.Datetime.now() - timedelta(seconds=2)
        self.task.with_user(second).action_sync_now()
        self.assertEqual(self.task.next_run, asked, "asked for already")
        self.assertEqual(self.task.user_id, self.user)
        self.claim()
        self.task.trigger = False
        self.task.with_user(second).action_sync_now()
        self.assertEqual(self.task.next_run, asked, "in work already")

    def test_users_cannot_change_the_interval(self):
        with self.assertRaises(AccessError):
            self.task.with_user(self.user).interval_minutes = 30

    def test_sync_now(self):
        """S22: a button at any time, for users too; the cron wakes at once."""
        cron = self.env.ref(FETCH_CRON)
        cron.active = True
        self.task.next_run = fields.Datetime.now() + timedelta(hours=1)
        for record in (self.task, self.account):
            self.env["ir.cron.trigger"].search([]).unlink()
            # as in a transaction of its own
            self.env.cr.precommit.clear()
            self.task.trigger = False
            action = record.with_user(self.user).action_sync_now()
            self.assertEqual(action["tag"], "display_notification")
            self.assertEqual(self.task.trigger, "manual")
            self.assertLessEqual(self.task.next_run, fields.Datetime.now())
            wake = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
            self.assertLessEqual(wake.call_at, fields.Datetime.now())
            self.task.next_run = fields.Datetime.now() + timedelta(hours=1)

    def test_sync_now_leaves_inactive_modules_alone(self):
        self.task.write({"active": False, "next_run": False})
        self.account.action_sync_now()
        self.assertFalse(self.task.next_run)

    def test_strangers_cannot_sync(self):
        stranger = new_test_user(self.env, "stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.task.with_user(stranger).action_sync_now()

    def test_a_due_task_is_taken_once(self):
        self.make_due()
        self.assertEqual(self.claim(), self.task)
        self.assertGreater(self.task.leased_until, fields.Datetime.now())
        self.assertTrue(self.task.worker)
        self.assertFalse(self.claim())

    def test_expired_lease_is_taken_over(self):
        """A killed worker holds nobody up for long."""
        past = fields.Datetime.now() - timedelta(seconds=1)
        self.make_due(leased_until=past, worker="dead")
        self.assertEqual(self.claim(), self.task)
        self.assertNotEqual(self.task.worker, "dead")

    def test_who_lost_the_lease_notices(self):
        self.make_due()
        self.claim()
        self.assertTrue(self.task._holds_lease())
        self.task.worker = "another"
        self.assertFalse(self.task._holds_lease())

    def test_working_prolongs_the_lease(self):
        self.make_due()
        self.claim()
        soon = fields.Datetime.now() + timedelta(seconds=5)
        self.task.leased_until = soon
        self.assertTrue(self.task._holds_lease())
        self.assertGreater(self.task.leased_until, soon)

    def test_what_is_not_due_is_not_taken(self):
        for next_run in (fields.Datetime.now() + timedelta(minutes=5), False):
            self.task.next_run = next_run
            self.assertFalse(self.claim())

    def test_accounts_on_hold_or_disconnected_are_not_taken(self):
        """Rule 8, S99: on hold means silent."""
        self.make_due()
        for vals in (
            {"on_hold": True},
            {"active": False},
            {"state": "draft"},
            {"state": "error"},
        ):
            before = self.account.read(list(vals), load=None)[0]
            self.account.write(vals)
            self.assertFalse(self.claim(), vals)
            self.account.write({name: before[name] for name in vals})
        self.make_due()
        self.task.active = False
        self.assertFalse(self.claim())
        self.task.active = True
        self.account.task_ids.trigger = False
        self.assertEqual(self.claim(), self.task)

    def test_accounts_take_turns(self):
        second = self._create_account(seller_id="ASECOND")._get_task("orders")
        second.next_run = datetime(2019, 1, 1)
        self.make_due()
        self.assertEqual(self.claim(), second, "due for the longest time")
        self.assertEqual(self.claim(second.ids), self.task)

    def test_released_until_the_next_run(self):
        self.make_due()
        self.claim()
        moment = datetime(2030, 1, 1)
        self.task._release(moment)
        self.assertEqual(self.task.next_run, moment)
        self.assertFalse(self.task.leased_until or self.task.worker)
