# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...sp_api import ProtocolError
from ...sync.orders import ahead
from ..common import AMERICA, CANADA, SimulatorCase, ago, order_json


@tagged("post_install", "-at_install")
class TestOrderFetch(SimulatorCase):
    def test_orders_arrive_and_are_applied(self):
        """S6, S168: orders are pulled without a user."""
        ids = self.simulator.seed_orders("IN", 30, buyers=10)
        run = self.fetch_and_apply()
        bindings = self.find(*ids)
        self.assertEqual(len(bindings), 30)
        self.assertEqual(run.state, "done")
        self.assertEqual((run.seen_count, run.page_count), (30, 1))
        self.assertFalse(bindings.filtered("to_apply"))

    def test_pages_of_a_hundred(self):
        """One Amazon call per 90 orders or fewer."""
        self.simulator.seed_orders("IN", 250, buyers=100)
        run = self.fetch()
        self.assertEqual((run.seen_count, run.page_count), (250, 3))
        self.assertEqual(len(self.calls()), 3)

    def test_watermark_is_amazons_cut_less_five_minutes(self):
        """The next search starts there."""
        self.simulator.seed_orders("IN", 3)
        run = self.fetch()
        cursor = self.task.cursor_ids
        self.assertEqual(cursor.watermark, run.window_end - timedelta(minutes=5))
        self.assertLess(run.window_end, fields.Datetime.now() - timedelta(seconds=110))
        watermark = cursor.watermark
        self.make_due()
        self.assertEqual(self.fetch().window_start, watermark)

    def test_second_run_changes_nothing(self):
        ids = self.simulator.seed_orders("IN", 5)
        self.fetch_and_apply()
        cursor = self.task.cursor_ids
        cursor.watermark -= timedelta(days=30)
        self.make_due()
        run = self.fetch_and_apply()
        self.assertEqual((run.seen_count, run.unchanged_count), (5, 5))
        self.assertFalse(run.record_ids)
        self.assertEqual(len(self.find(*ids).sale_order_id), 5)

    def test_first_window_starts_at_the_channels_start_date(self):
        """Default: 30 days back."""
        self.channel.order_start_date = datetime(2026, 11, 1, 12, 0)
        run = self.fetch()
        self.assertEqual(run.window_start, datetime(2026, 11, 1, 12, 0))
        self.assertIn("2026-11-01T12:00:00", str(self.calls()[-1]["query"]))

    def test_next_run_follows_the_interval(self):
        """S21, S178: every 15 minutes without user action."""
        self.assertEqual(self.task.interval_minutes, 15)
        self.fetch()
        wait = self.task.next_run - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 900, delta=30)
        self.assertFalse(self.task.leased_until)
        trigger = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("amazon_connector.ir_cron_orders_fetch").id)]
        )
        self.assertIn(self.task.next_run, trigger.mapped("call_at"))

    def test_nothing_is_called_when_nothing_is_due(self):
        self.fetch()
        calls = len(self.simulator.calls)
        self.fetch()
        self.assertEqual(len(self.simulator.calls), calls)

    def test_on_hold_means_silent(self):
        """Rule 8, and everything arrives after."""
        ids = self.simulator.seed_orders("IN", 2)
        self.account.on_hold = True
        self.fetch()
        self.assertFalse(self.simulator.calls)
        self.task.next_run += timedelta(hours=1)
        self.account.on_hold = False
        # Orders would wait for the items.
        (self.account.task_ids - self.task).trigger = False
        run = self.fetch_and_apply()
        self.assertEqual(run.trigger, "resume")
        self.assertEqual(len(self.find(*ids).sale_order_id), 2)

    def test_page_token_that_repeats_ends_the_run_with_the_reason(self):
        self.simulator.seed_orders("IN", 150, buyers=100)
        self.simulator.add_fault("repeat_page", operation="searchOrders", count=1)
        run = self.fetch()
        self.assertEqual(run.state, "failed")
        self.assertIn("same page", run.message)
        self.make_due()
        later = self.fetch()
        self.assertEqual(later.state, "done")
        self.assertEqual(self.env["amazon.order"].search_count([]), 150)

    def test_forgotten_page_token_starts_the_window_again(self):
        """A token older than 24 hours."""
        self.simulator.seed_orders("IN", 150, buyers=100)
        self.simulator.add_fault(
            "throttle", operation="searchOrders", after=1, count=1, retry_after=1000
        )
        run = self.fetch()
        cursor = self.task.cursor_ids
        self.assertEqual((run.state, run.page_count), ("running", 1))
        self.assertTrue(cursor.page_token)
        cursor.page_time -= timedelta(hours=25)
        self.env["amazon.token.bucket"].search([]).unlink()
        self.make_due()
        later = self.fetch()
        self.assertEqual((later.state, later.page_count), ("done", 2))
        self.assertEqual(run.state, "failed")
        self.assertEqual(self.env["amazon.order"].search_count([]), 150)

    def test_a_window_outlives_its_run_in_the_history(self):
        """Months without authorization: the history keeps failed runs for two."""
        self.simulator.seed_orders("IN", 250, buyers=100)
        self.simulator.add_fault(
            "throttle", operation="searchOrders", count=1, retry_after=1000
        )
        run = self.fetch()
        cursor = self.task.cursor_ids
        start = run.window_start
        self.assertEqual((bool(cursor.query), cursor.page_token), (True, False))
        run._finish("failed", "x")
        run.unlink()
        self.env["amazon.token.bucket"].search([]).unlink()
        self.make_due()
        with patch.object(ahead, "MAX_PAGES", 1):
            later = self.fetch()
        self.assertEqual((later.state, later.window_start), ("done", start))
        self.assertEqual(self.env["amazon.order"].search_count([]), 250)

    def test_a_long_window_goes_on_though_the_newest_changes_cannot_be_read(self):
        """Amazon fails over one order of today: what was fetched ahead is an extra."""
        self.simulator.seed_orders("IN", 450, buyers=100)
        sync = self.env.registry["amazon.sync.orders"]
        search, failed = sync._search_page, []

        def fail_ahead(model, task, orders, query, *args):
            if query != task.cursor_ids.query:
                failed.append(query)
                raise ProtocolError("cut off", operation="searchOrders")
            return search(model, task, orders, query, *args)

        with (
            patch.object(ahead, "MAX_PAGES", 1),
            patch.object(sync, "_search_page", fail_ahead),
        ):
            run = self.fetch()
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(self.env["amazon.order"].search_count([]), 450)
        self.assertEqual(len(failed), 1, "it is tried again later")

    def test_refused_page_token_is_a_failure_that_ends(self):
        """Tried again later, later each time: never a loop that eats the quota."""
        self.simulator.seed_orders("IN", 150, buyers=100)
        self.simulator.add_fault(
            "error", operation="searchOrders", after=1, count=1, status=400
        )
        run = self.fetch()
        self.assertEqual((run.state, len(self.calls())), ("failed", 2))
        self.assertIn("no longer knows the page", run.message)
        self.assertGreater(self.task.next_run, fields.Datetime.now())
        self.make_due()
        later = self.fetch()
        self.assertEqual((later.state, later.page_count), ("done", 2))
        self.assertEqual(self.env["amazon.order"].search_count([]), 150)

    def test_refused_block_in_a_window_without_orders(self):
        """There is no order to ask which block it is, and nothing to be missed."""
        self.simulator.sellers["IN"].refused_data = {"PACKAGES"}
        run = self.fetch()
        self.assertEqual((run.state, run.seen_count), ("done", 0))
        self.assertFalse(self.account.activity_ids)
        self.assertFalse(self.account.refused_data)
        order = order_json(created=ago(minutes=4), updated=ago(minutes=3))
        self.simulator.put_orders("IN", [order])
        self.make_due()
        self.assertEqual(self.fetch().state, "done")
        self.assertTrue(self.find(order["orderId"]))
        self.assertEqual(list(self.account.refused_data), ["PACKAGES"])

    def test_refused_search_without_orders_tells_the_reason(self):
        """No block is at fault: the watermark stays, and the next try comes later."""
        self.task.cursor_ids.unlink()
        self.simulator.add_fault("error", operation="searchOrders", count=2, status=400)
        run = self.fetch()
        cursor = self.task.cursor_ids
        self.assertEqual((run.state, len(self.calls())), ("failed", 2))
        self.assertIn("HTTP 400", run.message)
        self.assertEqual(cursor.watermark, self.channel.order_start_date)
        self.assertGreater(self.task.next_run, fields.Datetime.now())
        self.assertTrue(self.account.activity_ids)

    def test_refused_block_is_left_out_and_remembered(self):
        ids = self.simulator.seed_orders("IN", 3)
        self.simulator.sellers["IN"].refused_data = {"PACKAGES"}
        run = self.fetch_and_apply()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.find(*ids).sale_order_id), 3)
        self.assertEqual(list(self.account.refused_data), ["PACKAGES"])
        self.make_due()
        calls = len(self.calls())
        self.fetch()
        self.assertEqual(len(self.calls()), calls + 1)
        self.assertNotIn("PACKAGES", str(self.calls()[-1]["query"]))
        self.account.refused_data = {"PACKAGES": time.time() - 1}
        self.simulator.sellers["IN"].refused_data = set()
        self.make_due()
        self.fetch()
        self.assertIn("PACKAGES", str(self.calls()[-1]["query"]))

    def test_without_status_nothing_is_applied(self):
        """FULFILLMENT and PROCEEDS are essential."""
        self.simulator.seed_orders("IN", 3)
        self.simulator.sellers["IN"].refused_data = {"FULFILLMENT"}
        run = self.fetch()
        self.assertEqual(run.state, "failed")
        self.assertIn("FULFILLMENT", run.message)
        self.assertFalse(self.env["amazon.order"].search([]))
        self.assertTrue(self.account.activity_ids)

    def refuse_fulfillment(self):
        """A run that failed for a refused block; Amazon grants it from now on."""
        self.simulator.seed_orders("IN", 3)
        seller = self.simulator.sellers["IN"]
        seller.refused_data = {"FULFILLMENT"}
        self.fetch()
        self.make_due()
        self.assertEqual(self.fetch().state, "failed", "remembered")
        self.assertIn("FULFILLMENT", self.account.refused_data)
        seller.refused_data = set()

    def expect_orders(self):
        self.assertLessEqual(self.task.next_run, fields.Datetime.now())
        self.task.leased_until = False
        self.fetch_and_apply()
        self.assertEqual(self.env["amazon.order"].search_count([]), 3)

    def test_sync_now_asks_for_a_refused_block_again(self):
        """The text says so: a user's word is newer than the refusal."""
        self.refuse_fulfillment()
        self.account.action_sync_now()
        self.expect_orders()

    def test_test_connection_asks_for_a_refused_block_again(self):
        self.refuse_fulfillment()
        with self.enter_registry_test_mode():
            self.assertTrue(self.account.action_test_connection())
        self.expect_orders()

    def test_connect_asks_for_a_refused_block_again(self):
        self.refuse_fulfillment()
        with self.enter_registry_test_mode():
            self.account.action_connect()
        self.expect_orders()

    def test_an_order_by_its_number_is_asked_for_though_refused(self):
        self.refuse_fulfillment()
        number = self.simulator.truth("IN")[0]["orderId"]
        with self.enter_registry_test_mode():
            self.account.recover_order(number)
        self.assertIn(self.find(number).state, ("applied", "frozen"))

    def test_sync_now_waits_for_nothing_that_was_put_off(self):
        """Requests after a failure, reports between two looks, orders that failed."""
        later = fields.Datetime.now() + timedelta(hours=5)
        waiting = self.store(order_json(7))
        waiting.write({"retry_at": later, "attempts": 4})
        request = self.env["amazon.sync.request"]._open(
            self.task, self.channels, "recover", "numbers", numbers=["x"]
        )
        request.write({"next_try": later, "attempts": 3})
        reports = self.account._get_task("order_reports")
        report = self.env["amazon.report"].create(
            {"task_id": reports.id, "report_type": "X", "next_poll": later}
        )
        waiting.place_asked_at = fields.Datetime.now()
        self.account.action_sync_now()
        now = fields.Datetime.now()
        self.assertFalse(waiting.retry_at or waiting.place_asked_at)
        self.assertLessEqual(request.next_try, now)
        self.assertLessEqual(report.next_poll, now)

    def test_missing_role_means_no_address_and_all_else_works(self):
        ids = self.simulator.seed_orders("IN", 3)
        self.simulator.set_roles("IN", ["Inventory and Order Tracking"])
        self.fetch_and_apply()
        sales = self.find(*ids).sale_order_id
        self.assertEqual(len(sales), 3)
        self.assertEqual(len(sales.partner_id), 1)


@tagged("post_install", "-at_install")
class TestSeveralChannels(SimulatorCase):
    seller = "US"
    region = "na"
    marketplaces = ("us", "ca")

    def test_one_search_serves_all_channels(self):
        self.simulator.seed_orders("US", 5, marketplace_id=AMERICA)
        self.simulator.seed_orders("US", 4, marketplace_id=CANADA, seed=2)
        run = self.fetch()
        self.assertEqual((run.seen_count, run.page_count), (9, 1))
        self.assertEqual(run.channel_ids, self.channels)
        self.assertEqual(len(set(self.task.cursor_ids.mapped("watermark"))), 1)

    def test_channel_switched_on_later_catches_up_by_itself(self):
        canada = self.channels[1]
        canada.active = False
        self.simulator.seed_orders("US", 5, marketplace_id=AMERICA)
        ids = self.simulator.seed_orders("US", 4, marketplace_id=CANADA, seed=2)
        self.fetch()
        self.assertFalse(self.find(*ids))
        canada.active = True
        self.make_due()
        self.fetch()
        self.assertEqual(len(self.find(*ids)), 4)

    def test_channel_switched_off_in_the_middle(self):
        """Bad input of the sync: the other channel's window ends as it should."""
        ids = self.simulator.seed_orders("US", 150, marketplace_id=AMERICA, buyers=100)
        self.simulator.seed_orders("US", 60, marketplace_id=CANADA, seed=2, buyers=100)
        self.simulator.add_fault(
            "throttle", operation="searchOrders", after=1, count=1, retry_after=1000
        )
        run = self.fetch()
        self.assertEqual((run.state, run.page_count), ("running", 1))
        self.channels[1].active = False
        self.env["amazon.token.bucket"].search([]).unlink()
        self.task.write({"next_run": fields.Datetime.now(), "leased_until": False})
        self.assertEqual(self.fetch().state, "done")
        self.assertEqual(len(self.find(*ids)), 150)
        self.assertFalse(
            self.env["amazon.sync.run"].search([("state", "=", "running")])
        )
        self.make_due()
        self.fetch()
        self.assertNotIn(CANADA, str(self.calls()[-1]["query"]))

    def test_denied_marketplace_does_not_stop_the_other(self):
        """A 403 caused by one marketplace isolates that marketplace."""
        ids = self.simulator.seed_orders("US", 5, marketplace_id=AMERICA)
        self.simulator.sellers["US"].marketplace_ids.remove(CANADA)
        run = self.fetch_and_apply()
        america, canada = self.channels
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.find(*ids)), 5)
        self.assertIn("denies", canada.error_message)
        self.assertFalse(america.error_message)
        self.assertIn(canada.name, self.account.activity_ids.note)
        self.make_due()
        self.fetch()
        self.assertTrue(canada.error_message)
        self.assertFalse(america.error_message, "the denied one must not starve it")
        self.assertFalse(self.task.failure_count)
        self.simulator.sellers["US"].marketplace_ids.append(CANADA)
        self.make_due()
        self.fetch()
        self.assertFalse(canada.error_message)
        self.assertFalse(self.account.activity_ids)
