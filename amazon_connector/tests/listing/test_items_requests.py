# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...sp_api import TooManyListingsError
from ...sync.engine import base
from ...sync.items import requests as items_requests
from ..common import CLIENT_LOGGERS, SYNC_LOGGER
from .items_common import ItemsCase, report_row

REQUEST_LOGGER = "odoo.addons.amazon_connector.sync.engine.requests"


class ItemsRequestCase(ItemsCase):
    """Items known from the first night; the schedule is not due."""

    def setUp(self):
        super().setUp()
        self.user = new_test_user(self.env, "clerk", "amazon_connector.group_user")
        self.put("OLD", created=self.ago(days=30), updated=self.ago(days=30))
        self.put("MIDDLE", created=self.ago(days=9), updated=self.ago(days=9))
        self.run_items()
        self.pass_time(hours=3)
        self.items.next_run = fields.Datetime.now() + timedelta(hours=1)
        self.simulator.calls.clear()

    def days(self, first, last):
        now = fields.Datetime.now()
        return now - timedelta(days=first), now - timedelta(days=last)

    def ask(self, start, end):
        """A user asks for the items of a period; returns the run."""
        task = self.items.with_user(self.user)
        sync = self.items_sync.with_user(self.user)
        return sync._request_period(task, self.channel, start, end).sudo()

    def resync(self, run):
        action = run.with_user(self.user).action_resync()
        return self.env["amazon.sync.run"].browse(action["res_id"])

    def work(self, rounds=1):
        for _round in range(rounds):
            self.env["amazon.sync.request"].search([]).next_try = fields.Datetime.now()
            self.env["amazon.report"].search([]).next_poll = False
            self.items.leased_until = False
            with mute_logger(SYNC_LOGGER, REQUEST_LOGGER, *CLIENT_LOGGERS):
                self.run_cron("items_fetch")
        self.env.invalidate_all()

    def searches(self, by_sku=False):
        return [
            call
            for call in self.calls("searchListingsItems")
            if by_sku == ("identifiers" in call["query"])
        ]


@tagged("post_install", "-at_install")
class TestItemsPeriod(ItemsRequestCase):
    def test_items_of_a_period_come_in(self):
        """S30, S123: what was created or changed on these days, and no more."""
        self.put("IN-1", "IN-2", created=self.ago(days=9), updated=self.ago(days=9))
        self.put("OUT", created=self.ago(days=4), updated=self.ago(days=4))
        self.change("MIDDLE", price="7.00", updated=self.ago(days=9))
        mark = self.items.cursor_ids.watermark
        next_run = self.items.next_run
        run = self.ask(*self.days(10, 8))
        self.work()
        self.assertEqual(
            self.listings().mapped("seller_sku"), ["IN-1", "IN-2", "MIDDLE", "OLD"]
        )
        self.assertEqual(self.listing("MIDDLE").price, 7.0)
        self.assertEqual(
            (run.state, run.trigger, run.kind), ("done", "period", "items")
        )
        self.assertEqual((run.seen_count, run.synced_count), (3, 3))
        self.assertEqual(run.user_id, self.user)
        self.assertEqual(self.items.cursor_ids.watermark, mark)
        self.assertEqual(self.items.next_run, next_run, "the schedule goes on")
        self.assertFalse(self.calls("createReport"))

    def test_new_items_of_a_period_are_matched(self):
        """S64: they are linked, or wait for the user, with the reason."""
        product = self._create_product("IN-1")
        self.put("IN-1", "IN-2", created=self.ago(days=9), updated=self.ago(days=9))
        run = self.ask(*self.days(10, 8))
        self.work()
        self.assertEqual(self.listing("IN-1").product_id, product)
        self.assertEqual(
            {one.name: one.outcome for one in run.record_ids if "IN" in one.name},
            {"IN-1": "created", "IN-2": "unconfirmed"},
        )

    def test_a_restart_goes_on_where_it_was(self):
        """Server restart in the middle: the parts that are here are not asked for
        again."""
        self.put("IN-1", created=self.ago(days=9), updated=self.ago(days=9))
        self.put("IN-2", created=self.ago(days=3), updated=self.ago(days=3))
        run = self.ask(*self.days(10, 2))
        run.request_id.query = {"span": timedelta(days=4).total_seconds()}
        original = type(self.items_sync)._search_step
        steps = []

        def search_step(this, *args):
            if len(steps) == 1:
                raise base.SyncStopped
            steps.append(args)
            return original(this, *args)

        with patch.object(type(self.items_sync), "_search_step", search_step):
            self.work()
        self.assertTrue(self.listing("IN-1"))
        self.assertFalse(self.listing("IN-2"))
        self.assertEqual(run.state, "running")
        self.items.write({"worker": "dead:1:1", "leased_until": False})
        self.simulator.calls.clear()
        self.work()
        self.assertTrue(self.listing("IN-2"))
        self.assertEqual(run.state, "done")
        (call,) = self.searches()
        self.assertGreater(
            call["query"]["lastUpdatedAfter"],
            f"{fields.Datetime.now() - timedelta(days=7):%Y-%m-%d}",
        )

    def test_more_than_search_can_tell_is_left_to_the_report(self):
        """1000 SKUs are the most that Amazon pages through."""
        self.pass_time(hours=1)
        run = self.ask(*self.days(10, 8))
        error = TooManyListingsError("1500 listings", operation="searchListingsItems")
        self.report_says(report_row("OLD"), report_row("MIDDLE"), report_row("BULK"))
        with patch.object(
            type(self.items_sync), "_store_page", lambda *_args: _raise(error)
        ):
            self.work(3)
        self.assertTrue(self.listing("BULK"))
        self.assertEqual((run.state, run.seen_count), ("done", 3))
        self.assertEqual(run.request_id.report_ids.state, "read")
        self.assertIn("BULK", str(self.searches(by_sku=True)), "details come at once")

    def test_a_report_of_a_moment_ago_is_waited_for(self):
        """Amazon repeats the last one for half an hour."""
        self.env["amazon.report"].search([]).write({"state": "read"})
        self.env.cr.execute("UPDATE amazon_report SET create_date = now()")
        self.env.invalidate_all()
        with patch.object(items_requests, "MAX_PAGES", 0):
            run = self.ask(*self.days(10, 8))
        self.assertEqual(run.request_id.way, "report")
        self.work()
        self.assertIn("half hour", run.message)
        self.assertGreater(
            run.request_id.next_try, fields.Datetime.now() + timedelta(minutes=20)
        )
        self.assertFalse(self.calls("createReport"))
        self.pass_time(hours=1)
        self.work(3)
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.calls("createReport")), 1)

    def test_a_report_that_fails_is_asked_for_again(self):
        with patch.object(items_requests, "MAX_PAGES", 0):
            run = self.ask(*self.days(10, 8))
        self.simulator.add_fault("error", operation="createReport", status=403, count=1)
        self.pass_time(hours=1)
        self.work()
        self.assertEqual(run.request_id.state, "open")
        self.pass_time(hours=1)
        self.work(3)
        self.assertEqual((run.state, run.request_id.state), ("done", "done"))

    def test_an_overdue_report_of_the_schedule_is_waited_for(self):
        """The schedule failed and comes back in an hour: no turning in circles."""
        before = fields.Datetime.now()
        report = self.env["amazon.report"].search([], limit=1)
        report.write({"state": "requested", "next_poll": before})
        with patch.object(items_requests, "MAX_PAGES", 0):
            run = self.ask(*self.days(10, 8))
        self.run_cron("items_fetch")
        self.env.invalidate_all()
        self.assertGreater(run.request_id.next_try, before + timedelta(seconds=20))
        self.assertEqual(report.state, "requested")

    def test_a_bug_is_told_by_its_type_alone(self):
        """What an exception says may be private: the server's log has it."""
        run = self.ask(*self.days(10, 8))
        sync = self.env.registry["amazon.sync.items"]
        with patch.object(sync, "_search_step", side_effect=KeyError("private")):
            self.work()
        self.assertEqual((run.state, run.request_id.state), ("failed", "failed"))
        self.assertIn("KeyError, see the server log", run.message)
        self.assertNotIn("private", run.message)

    def test_estimate(self):
        """The dialog says how long it takes."""
        sync, now = self.items_sync, fields.Datetime.now()
        found = sync._estimate_period(
            self.account, self.channels, now - timedelta(days=10), now
        )
        self.assertEqual(
            found, {"records": 1, "calls": 1, "seconds": 0, "way": "search"}
        )
        self.env["amazon.listing"].create(
            [
                {
                    "channel_id": self.channel.id,
                    "seller_sku": f"MANY-{number}",
                    "changed_at": now - timedelta(days=5),
                }
                for number in range(45)
            ]
        )
        span = now - timedelta(days=6), now - timedelta(days=4)
        found = sync._estimate_period(self.account, self.channels, *span)
        self.assertEqual((found["records"], found["calls"]), (45, 3))
        with patch.object(items_requests, "MAX_PAGES", 2):
            found = sync._estimate_period(self.account, self.channels, *span)
        self.assertEqual((found["way"], found["seconds"]), ("report", 180))

    def test_a_channel_switched_off_in_the_middle(self):
        run = self.ask(*self.days(10, 8))
        self.channel.active = False
        self.work()
        self.assertEqual(run.state, "done")
        self.assertIn("switched off", run.message)
        self.assertFalse(self.calls("searchListingsItems"))

    def test_on_hold_it_waits(self):
        """Rule 8, S99."""
        self.put("IN-1", created=self.ago(days=9), updated=self.ago(days=9))
        run = self.ask(*self.days(10, 8))
        self.account.on_hold = True
        self.work()
        self.assertFalse(self.simulator.calls)
        self.account.on_hold = False
        self.account.task_ids.trigger = False
        self.work()
        self.assertEqual(run.state, "done")
        self.assertTrue(self.listing("IN-1"))


@tagged("post_install", "-at_install")
class TestItemsResync(ItemsRequestCase):
    def run_with(self, *outcomes, **values):
        """A finished run whose records are of these SKUs."""
        run = self.items_sync._start_run(self.items, self.channel, **values)
        for sku, outcome in outcomes:
            run.record_ids = [
                fields.Command.create(
                    {
                        "name": sku,
                        "outcome": outcome,
                        "listing_id": self.listing(sku).id,
                    }
                )
            ]
        run._finish("done")
        return run

    def test_synced_and_failed_listings_are_read_again(self):
        """S28, S92: by their SKUs, 20 in a call, as a run linked to the first."""
        run = self.run_with(
            ("OLD", "created"), ("MIDDLE", "failed"), ("GONE", "failed")
        )
        self.change("OLD", price="3.00", updated=self.ago(days=30))
        self.change("MIDDLE", price="4.00", updated=self.ago(days=9))
        again = self.resync(run)
        self.work()
        self.assertEqual((again.trigger, again.origin_run_id), ("resync", run))
        self.assertEqual((again.state, again.seen_count), ("done", 2))
        self.assertEqual(
            self.listings().mapped("price"), [4.0, 3.0], "in the order of their SKUs"
        )
        self.assertEqual(len(self.searches(by_sku=True)), 1)
        self.assertFalse(self.searches() or self.calls("createReport"))
        gone = again.record_ids.filtered(lambda one: one.name == "GONE")
        self.assertEqual(gone.outcome, "skipped")
        changed = (again.record_ids - gone).mapped("name")
        self.assertEqual(set(changed), {"OLD", "MIDDLE"})
        self.assertIn("does not find it", gone.reason)

    def test_listings_that_are_inactive_here_are_read_too(self):
        run = self.run_with(("OLD", "updated"))
        self.listing("OLD").active = False
        again = self.resync(run)
        self.work()
        self.assertTrue(self.listing("OLD").active)
        self.assertIn("On Amazon again", again.record_ids.reason)

    def test_a_run_that_names_some_only_is_repeated_by_its_window(self):
        """The history names so many listings of an outcome, and counts the others."""
        start, end = self.days(10, 8)
        run = self.run_with(("OLD", "created"), window_start=start, window_end=end)
        run.changed_count = 2
        again = self.resync(run)
        self.work(2)
        self.assertEqual((again.state, again.seen_count), ("done", 2))
        self.assertEqual(len(self.searches()), 1)
        self.assertEqual(len(self.searches(by_sku=True)), 1, "OLD is not in it")

    def test_a_complete_report_is_repeated_by_another(self):
        run = self.run_with()
        run.write({"changed_count": 5000, "state": "failed"})
        self.pass_time(hours=1)
        again = self.resync(run)
        self.work(3)
        self.assertEqual(again.state, "done")
        self.assertEqual(len(self.calls("createReport")), 1)

    def test_a_channel_that_is_switched_off_is_explained(self):
        """Bad input: the resync of a run whose channel is gone."""
        run = self.run_with(("OLD", "created"))
        self.channel.active = False
        with self.assertRaisesRegex(UserError, "switched off"):
            run.with_user(self.user).action_resync()


def _raise(error):
    raise error
