# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...sp_api import ProtocolError, TransientError
from ...sp_api.orders import OrderPage
from ...sync.engine import base
from ...sync.orders import requests as orders_requests
from ..common import (
    AMERICA,
    CANADA,
    ago,
    order_json,
)
from .request_common import REQUEST_LOGGER, RequestCase


@tagged("post_install", "-at_install")
class TestPeriod(RequestCase):
    def test_orders_of_a_period_come_in(self):
        """S30, S69, S123: records of that period, by the day they were placed."""
        inside = self.sell(3, created=ago(days=9), updated=ago(days=1))
        self.sell(2, first=10, created=ago(days=4), updated=ago(days=3))
        run = self.ask_period(*self.days(10, 8))
        self.work()
        found = self.env["amazon.order"].search([]).mapped("order_number")
        self.assertEqual(sorted(found), sorted(inside))
        self.assertEqual(
            (run.state, run.trigger, run.kind), ("done", "period", "orders")
        )
        self.assertEqual((run.synced_count, run.seen_count), (3, 3))
        self.assertEqual(run.user_id, self.user)

    def test_the_same_period_is_fetched_once_for_two_users(self):
        period = self.days(10, 8)
        run = self.ask_period(*period)
        self.user = new_test_user(self.env, "second", "amazon_connector.group_user")
        self.assertEqual(self.ask_period(*period), run)
        self.assertNotEqual(self.ask_period(*self.days(10, 9)), run)
        items = self.env["amazon.sync.items"].with_user(self.user)
        found = items._request_period(
            self.account._get_task("items"), self.channel, *period
        )
        self.assertNotIn(run, found.sudo(), "another module's")

    def test_a_period_that_has_just_begun(self):
        """A day that is two minutes old, or a script's last minute: Amazon refuses a
        search that ends before it begins."""
        now = fields.Datetime.now()
        for begin in (timedelta(minutes=1), timedelta(minutes=3)):
            run = self.ask_period(now - begin, now)
            self.work()
            self.assertEqual(run.state, "done", run.message)
        self.assertFalse(self.account.activity_ids)

    def test_the_watermark_stays(self):
        self.task.next_run = fields.Datetime.now()
        self.fetch()
        cursor = self.task.cursor_ids
        cursor.watermark = mark = datetime(2026, 11, 1)
        next_run = self.task.next_run
        self.sell(created=ago(days=9))
        self.ask_period(*self.days(10, 8))
        self.work()
        self.assertEqual(cursor.watermark, mark)
        self.assertEqual(self.task.next_run, next_run, "the schedule goes on as before")

    def test_older_orders_come_in_as_history(self):
        """A period asked for by hand includes what is older than the start date."""
        self.channel.order_preference = "fulfilled"
        old = self.sell(1, created=ago(days=200), updated=ago(days=190))
        shipped = self.sell(
            1, first=2, status="SHIPPED", created=ago(days=200), updated=ago(days=199)
        )
        self.ask_period(*self.days(210, 195))
        self.work()
        orders = self.find(*old, *shipped)
        self.assertEqual(orders.mapped("state"), ["applied", "applied"])
        self.assertEqual(orders.mapped("asked_for"), ["period", "period"])
        self.assertEqual(orders[1].sale_order_id.picking_ids.ids, [])
        moves = orders[1].sale_order_id.order_line.move_ids
        self.assertFalse(
            moves.filtered(lambda m: m.location_id.usage == "internal"),
            "history moves no stock",
        )

    def test_older_orders_stay_history_if_the_channel_was_live_earlier(self):
        """They never move stock, whatever the dates of the channel say."""
        self.channel.go_live_date = datetime(2020, 1, 1)
        self.channel.order_preference = "fulfilled"
        ids = self.sell(
            1, status="SHIPPED", created=ago(days=200), updated=ago(days=199)
        )
        self.ask_period(*self.days(210, 195))
        self.work()
        order = self.find(*ids)
        self.assertEqual(order.state, "applied")
        moves = order.sale_order_id.order_line.move_ids
        self.assertFalse(moves.filtered(lambda m: m.location_id.usage == "internal"))

    def test_passed_over_orders_are_taken_now(self):
        """The schedule skipped them for their age; the period takes them."""
        ids = self.sell(1, created=ago(days=90), updated=ago(days=2))
        self.task.next_run = fields.Datetime.now()
        self.fetch_and_apply()
        order = self.find(*ids)
        self.assertEqual(order.state, "skipped")
        run = self.ask_period(*self.days(95, 85))
        self.work()
        self.assertEqual(order.state, "applied")
        self.assertEqual(order.record_ids[0].run_id, run)

    def test_a_killed_worker_goes_on_where_it_stopped(self):
        """Server restart in the middle: pages that are here are not asked for again."""
        self.simulator.seed_orders("IN", 250, buyers=100)
        self.simulator.add_fault(
            "throttle", operation="searchOrders", after=1, count=1, retry_after=1000
        )
        run = self.ask_period(*self.days(400, 0))
        self.work()
        request = run.request_id
        self.assertEqual((run.state, run.page_count), ("running", 1))
        self.assertTrue(request.page_token)
        self.env["amazon.token.bucket"].search([]).unlink()
        self.task.write({"worker": "dead:1:1", "leased_until": False})
        calls = len(self.calls())
        self.work()
        self.assertEqual((run.state, run.page_count), ("done", 3))
        self.assertEqual(len(self.calls()) - calls, 2)
        self.assertEqual(self.env["amazon.order"].search_count([]), 250)

    def test_throttled_requests_leave_the_schedule_alone(self):
        """Rule 9: a backfill waits for its turn, live polls do not wait for it."""
        self.sell(created=ago(days=9))
        self.simulator.add_fault(
            "throttle", operation="searchOrders", count=1, retry_after=3000
        )
        run = self.ask_period(*self.days(10, 8))
        next_run = self.task.next_run
        self.work()
        self.assertEqual(run.state, "running")
        self.assertGreater(run.request_id.next_try, fields.Datetime.now())
        self.assertEqual(self.task.next_run, next_run)
        self.assertFalse(self.task.failure_count or self.task.leased_until)

    def test_the_schedule_is_settled_before_requests(self):
        """A long backfill must not hold up the next poll."""
        self.simulator.seed_orders("IN", 150, buyers=100)
        self.sell(3, created=ago(days=9))
        run = self.ask_period(*self.days(10, 8))
        self.task.next_run = fields.Datetime.now()
        with patch.object(base, "SLICE_SECONDS", 5):
            self.fetch()
        self.assertGreater(self.task.next_run, fields.Datetime.now())
        self.assertTrue(self.task.last_success)
        self.assertEqual(run.state, "done")

    def test_backfill_leaves_the_reserves(self):
        """Rule 9: 12 of 20 searches are kept for live polls and users."""
        run = self.ask_period(*self.days(10, 8))
        self.assertEqual(run.request_id._get_purpose(), "backfill")
        self.simulator.seed_orders("IN", 1000, buyers=100)
        run = self.ask_period(*self.days(700, 0))
        self.work(2, apply=False)
        self.assertLessEqual(len(self.calls()), 8)
        self.assertEqual(run.state, "running")

    def test_a_channel_switched_off_in_the_middle(self):
        run = self.ask_period(*self.days(10, 8))
        self.channel.active = False
        self.work()
        self.assertEqual(run.state, "done")
        self.assertIn("switched off", run.message)
        self.assertFalse(self.calls())

    def test_failing_requests_do_not_stop_the_schedule(self):
        """Rule 4: it is told in the history and by an activity."""
        self.sell()
        self.simulator.add_fault("error", operation="searchOrders", status=400, count=2)
        run = self.ask_period(*self.days(10, 8))
        self.work()
        self.assertEqual(run.state, "failed")
        self.assertTrue(run.message)
        self.assertIn("Custom period", self.account.activity_ids.mapped("summary")[0])
        self.assertFalse(self.task.failure_count)
        self.task.next_run = fields.Datetime.now()
        self.assertEqual(self.fetch().state, "done")

    def test_on_hold_requests_wait(self):
        """Rule 8; they go on when the account is enabled."""
        ids = self.sell(created=ago(days=9))
        run = self.ask_period(*self.days(10, 8))
        self.account.on_hold = True
        self.work()
        self.assertFalse(self.simulator.calls)
        self.account.on_hold = False
        # It would wait for the modules before it.
        (self.account.task_ids - self.task).trigger = False
        self.work()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.find(*ids)), 3)

    def test_progress_reaches_who_asked(self):
        """S22: a live counter, with each page."""
        self.simulator.seed_orders("IN", 150, buyers=100)
        run = self.ask_period(*self.days(400, 0))
        told = []

        def note(user, kind, message, /, **_kw):
            told.append((user, kind, message["run_id"], message["seen_count"]))

        with patch.object(type(self.user), "_bus_send", note):
            self.work()
        mine = [seen for user, kind, run_id, seen in told if run_id == run.id]
        self.assertEqual({entry[0] for entry in told}, {self.user})
        self.assertEqual(mine[:2], [100, 150])
        self.assertEqual(told[0][1], "amazon_sync_progress")


@tagged("post_install", "-at_install")
class TestLongPeriod(RequestCase):
    """Periods that a search cannot do in reasonable calls go by Amazon's report."""

    def share(self, rounds, *faults):
        """A search of two pages, shared with a report after the first.

        :param faults: ``(kind, options)`` from the sharing on
        :return: the orders' numbers, the run, and both requests
        """
        ids = self.simulator.seed_orders("IN", 108, buyers=100)
        run = self.ask_period(*self.days(100, 0))
        search = run.request_id
        for kind, options in faults:
            self.simulator.add_fault(kind, count=99, **options)
        with patch.object(orders_requests, "MAX_PAGES", 1):
            self.work(rounds, apply=False)
        return ids, run, search, search.beside_id

    def test_a_long_search_is_shared_with_a_report(self):
        """Whoever comes to the end first is done for both."""
        ids, run, search, beside = self.share(3)
        self.assertEqual(beside.task_id, self.reports_task)
        self.assertEqual((search | beside).mapped("state"), ["done", "done"])
        self.assertEqual((run.state, run.kind), ("done", "orders"))
        self.assertEqual(len(self.find(*ids)), 108)
        self.assertEqual(len(self.calls()), 2)

    def test_pages_out_of_order_leave_no_gap(self):
        """The report begins where the search has come to; if that is known."""
        run = self.ask_period(*self.days(100, 0))
        search = run.request_id
        moments = ["2026-01-01T10:00:00Z", None, "2026-01-03T10:00:00Z"]
        for told, position in (
            (moments, datetime(2026, 1, 3, 10)),
            (moments[::-1], search.date_start),
        ):
            orders = [{"createdTime": moment} for moment in told]
            page = OrderPage(orders, "more", None, None)
            self.sync._share_with_report(search, page)
            self.assertEqual(search.beside_id.position, position)

    def test_single_orders_are_read_while_the_search_waits(self):
        """The newest first; the search has nothing more to do then."""
        ids, run, search, beside = self.share(
            6, ("throttle", {"operation": "searchOrders", "after": 1})
        )
        self.assertEqual((search | beside).mapped("state"), ["done", "done"])
        self.assertEqual(run.state, "done")
        self.assertEqual(run.seen_count, 108, "the report's rows are not counted")
        self.assertEqual(len(self.find(*ids)), 108)
        read = [call["path"].rpartition("/")[2] for call in self.calls("getOrder")]
        placed = {
            order["orderId"]: order["createdTime"]
            for order in self.simulator.truth("IN")
        }
        self.assertEqual(len(read), 8)
        self.assertEqual(read, sorted(read, key=placed.get, reverse=True))

    def test_what_the_search_brought_is_not_read_again(self):
        ids, _run, _search, beside = self.share(2)
        self.env.cr.execute(
            "UPDATE amazon_order SET create_date = create_date - interval '1 day'"
            " WHERE order_number = %s",
            ids[:1],
        )
        beside.write({"numbers": ids, "number_count": 0})
        self.sync._pass_over(beside)
        self.assertEqual(beside._get_left(), ids[:1], "it was here before")

    def test_what_the_schedule_passed_over_meanwhile_is_taken(self):
        """It changed on Amazon, so it came in, and was too old for the schedule."""
        ids, run, _search, beside = self.share(2)
        old = self.find(ids[0])
        values = {"state": "skipped", "asked_for": False, "to_apply": False}
        old.write({**values, "run_id": False})
        beside.write({"numbers": ids, "number_count": 0})
        self.sync._pass_over(beside)
        self.assertFalse(beside._get_left())
        self.assertEqual((old.asked_for, old.to_apply), ("period", True))
        self.assertEqual(old.run_id, run)

    def test_the_next_numbers_are_read_without_the_others(self):
        ids, _run, _search, beside = self.share(3)
        ids = ids[:3]
        for numbers, count, expected in (
            (ids, 0, ids[:2]),
            (ids, 2, ids[2:]),
            (ids, 3, []),
            ([], 0, []),
            (False, False, []),
        ):
            beside.write({"numbers": numbers, "number_count": count})
            self.assertEqual(beside._get_next(2), expected)
            self.assertEqual(beside._get_left()[:2], expected)

    def test_what_is_done_does_not_fail_any_more(self):
        """A call was on its way when the one beside came to the end."""
        _ids, run, search, beside = self.share(2)
        (search | beside)._finish("failed", "Amazon refuses it")
        self.assertEqual((search | beside).mapped("state"), ["done", "done"])
        self.assertEqual((run.state, run.message), ("done", False))

    def test_without_reports_a_long_search_goes_on_alone(self):
        ids, run, search, beside = self.share(
            3,
            ("error", {"operation": "createReport", "status": 403}),
            ("throttle", {"operation": "searchOrders", "after": 1}),
        )
        self.assertEqual((search | beside).mapped("state"), ["open", "failed"])
        self.assertEqual(run.state, "running")
        self.simulator.faults.clear()
        self.env.cr.execute("DELETE FROM amazon_token_bucket")
        self.work(2, apply=False)
        self.assertEqual((run.state, search.state), ("done", "done"))
        self.assertEqual(len(self.find(*ids)), 108)

    def test_a_failed_search_leaves_the_rest_to_the_report(self):
        ids, run, search, beside = self.share(
            1, ("throttle", {"operation": "searchOrders", "after": 1})
        )
        with mute_logger(REQUEST_LOGGER):
            self.sync._fail_request(search, "Amazon refuses it")
        self.assertEqual((search.state, run.state), ("failed", "running"))
        self.work(5, apply=False)
        self.assertEqual((beside.state, run.state), ("done", "done"))
        self.assertEqual(len(self.find(*ids)), 108)

    def ask_by_report(self, start, end):
        with patch.object(
            type(self.sync),
            "_estimate_period",
            lambda *args: {"way": "report", "records": 1, "calls": 1, "seconds": 1},
        ):
            return self.ask_period(start, end)

    def test_only_missing_orders_are_read_one_by_one(self):
        """In slices of 30 days, which Amazon's reports span."""
        here = self.sell(2, created=ago(days=20), updated=ago(days=19))
        self.task.next_run = fields.Datetime.now()
        self.fetch_and_apply()
        missing = self.sell(2, first=10, created=ago(days=50), updated=ago(days=49))
        run = self.ask_by_report(*self.days(70, 1))
        self.work(6)
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.calls("createReport")), 3)
        self.assertEqual(len(self.calls("getOrder")), 2)
        self.assertEqual(run.request_id.numbers, missing)
        self.assertEqual(set(self.find(*missing).mapped("state")), {"applied"})
        self.assertEqual(len(self.find(*here)), 2)

    def test_without_the_right_to_reports_it_is_searched(self):
        ids = self.sell(2, created=ago(days=50), updated=ago(days=49))
        self.simulator.add_fault("error", operation="createReport", status=403, count=5)
        run = self.ask_by_report(*self.days(70, 1))
        self.work(3)
        self.assertEqual((run.state, run.request_id.way), ("done", "search"))
        self.assertEqual(len(self.find(*ids)), 2)

    def test_a_report_that_fails_is_asked_for_again(self):
        ids = self.sell(2, created=ago(days=50), updated=ago(days=49))
        self.simulator.add_fault("error", operation="createReport", count=1)
        run = self.ask_by_report(*self.days(55, 45))
        self.work()
        self.assertEqual(run.state, "running")
        self.assertTrue(run.message)
        self.work(3)
        self.assertEqual(run.state, "done")
        self.assertFalse(run.message)
        self.assertEqual(len(self.find(*ids)), 2)

    def test_estimate_follows_amazons_rates(self):
        """The dialog says how long it takes."""
        now = fields.Datetime.now()
        estimate = self.sync._estimate_period(
            self.account, self.channels, now - timedelta(days=10), now
        )
        self.assertEqual((estimate["calls"], estimate["way"]), (1, "search"))
        stored = [order_json(n, created=ago(days=5)) for n in range(1, 31)]
        self.store(*stored)
        estimate = self.sync._estimate_period(
            self.account, self.channels, now - timedelta(days=700), now
        )
        self.assertEqual(estimate["records"], 700)
        self.assertEqual(estimate["calls"], 7)
        self.assertLess(estimate["seconds"], 60, "a full bucket is enough")


@tagged("post_install", "-at_install")
class TestPeriodOfSeveralChannels(RequestCase):
    seller = "US"
    region = "na"
    marketplaces = ("us", "ca")

    def test_denied_marketplace_does_not_stop_the_other(self):
        ids = self.simulator.seed_orders("US", 5, marketplace_id=AMERICA)
        self.simulator.sellers["US"].marketplace_ids.remove(CANADA)
        run = self.ask_period(*self.days(400, 0))
        self.work()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.find(*ids)), 5)
        failed = run.record_ids.filtered(lambda r: r.outcome == "failed")
        self.assertEqual(failed.name, self.channels[1].name)


@tagged("post_install", "-at_install")
class TestNumbers(RequestCase):
    """Orders that are read one by one, by their numbers."""

    def ask_numbers(self, count=3):
        self.numbers = self.sell(count, created=ago(days=9))
        return self.env["amazon.sync.request"]._open(
            self.task, self.channels, "schedule", "numbers", numbers=self.numbers
        )

    def test_a_gateways_page_is_no_word_about_an_order(self):
        """All are read when Amazon itself answers again."""
        request = self.ask_numbers()
        self.simulator.add_fault("html", operation="getOrder", status=200)
        self.work(2)
        self.assertEqual((request.state, request.number_count), ("open", 0))
        self.assertFalse(request.run_id.record_ids)
        self.simulator.faults.clear()
        self.work()
        self.assertEqual(request.state, "done")
        self.assertEqual(len(self.find(*self.numbers)), 3)

    def check_one_stops_no_other(self, error, tries):
        """Read all but one, for which Amazon always has the same answer."""
        request = self.ask_numbers()
        get = orders_requests.Orders.get

        def fail(orders, number, *args):
            if number == self.numbers[1]:
                raise error
            return get(orders, number, *args)

        with patch.object(orders_requests.Orders, "get", fail):
            self.work(tries)
            self.assertEqual((request.state, request.number_count), ("open", 1))
            self.work(2)
        self.assertEqual((request.state, request.number_count), ("done", 3))
        self.assertEqual(len(self.find(*self.numbers)), 2)
        failed = request.run_id.record_ids.filtered(lambda r: r.outcome == "failed")
        self.assertEqual(failed.name, self.numbers[1])

    def test_an_order_that_is_always_garbled_stops_no_other(self):
        error = ProtocolError("The answer lacks: order", operation="getOrder")
        self.check_one_stops_no_other(error, orders_requests.GARBLED_TRIES - 1)

    def test_an_order_over_which_amazon_always_fails_stops_no_other(self):
        error = TransientError("Amazon's server failed", operation="getOrder")
        self.check_one_stops_no_other(error, orders_requests.MAX_ATTEMPTS - 1)

    def test_without_a_call_to_find_out_nothing_is_refused(self):
        """A refused block or a refused order: it is asked when Amazon grants it."""
        request = self.ask_numbers()
        self.simulator.add_fault("error", operation="getOrder", status=400, count=3)
        self.simulator.add_fault(
            "throttle", operation="getOrder", after=3, count=1, retry_after=1000
        )
        self.work(apply=False)
        self.assertEqual((request.state, request.number_count), ("open", 0))
        self.assertFalse(request.run_id.record_ids)
