# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ...sync.order_reports.check import _last_night
from ..common import ago, order_json
from .test_sync_requests import RequestCase


@tagged("post_install", "-at_install")
class TestResync(RequestCase):
    def synced_run(self, count=3):
        self.ids = self.sell(count, updated=ago(hours=2))
        self.task.next_run = fields.Datetime.now()
        self.make_due()
        self.fetch_and_apply()
        self.task.next_run = fields.Datetime.now() + timedelta(hours=1)
        return self.find(*self.ids).record_ids.run_id

    def resync(self, run):
        action = run.with_user(self.user).action_resync()
        return self.env["amazon.sync.run"].browse(action["res_id"])

    def test_fetches_the_records_of_the_run_again(self):
        """S28, S29, S122: as a run of its own, linked to the first."""
        run = self.synced_run()
        self.sell(1, first=50, updated=ago(hours=2))
        self.simulator.calls.clear()
        again = self.resync(run)
        self.assertEqual((again.trigger, again.origin_run_id), ("resync", run))
        self.assertEqual(run.resync_count, 1)
        self.work()
        self.assertEqual((again.state, again.seen_count), ("done", 4))
        self.assertEqual(len(self.calls()), 1, "its window costs one call")
        self.assertFalse(self.calls("getOrder"))

    def test_two_users_get_the_same_repetition(self):
        run = self.synced_run()
        again = self.resync(run)
        self.user = new_test_user(self.env, "second", "amazon_connector.group_user")
        self.assertEqual(self.resync(run), again)
        self.work()
        self.assertNotEqual(self.resync(run), again, "it had ended")

    def test_few_orders_are_read_by_number(self):
        """S28: whichever costs fewer calls."""
        run = self.synced_run(1)
        self.simulator.calls.clear()
        again = self.resync(run)
        self.work()
        self.assertEqual(len(self.calls("getOrder")), 1)
        self.assertFalse(self.calls())
        self.assertEqual((again.state, again.unchanged_count), ("done", 1))

    def test_failed_records_are_tried_again(self):
        """S28, S92: failed ones too."""
        run = self.synced_run(1)
        order = self.find(*self.ids)
        order.write({"state": "failed", "to_apply": False, "reason": "x"})
        self.resync(run)
        self.work()
        self.assertEqual(order.state, "applied")

    def test_orders_changed_since_are_read_by_number(self):
        """They are no longer in the run's window on Amazon."""
        run = self.synced_run(3)
        self.simulator.put_orders("IN", [order_json(1, updated=ago(minutes=1))])
        self.simulator.calls.clear()
        again = self.resync(run)
        self.work(2)
        self.assertEqual(again.state, "done")
        self.assertEqual(len(self.calls("getOrder")), 1)

    def test_a_run_without_orders_is_explained(self):
        """Resync of a run whose orders are gone."""
        run = self.start_run()
        run._finish("failed", "x")
        run.window_start = False
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            run.with_user(self.user).action_resync()

    def test_orders_that_amazon_forgot_are_named(self):
        run = self.synced_run(1)
        order = self.find(*self.ids)
        self.simulator.reset()
        self.simulator.seed_scenario("plain", orders=0)
        again = self.resync(run)
        self.work()
        self.assertEqual(again.state, "done")
        self.assertEqual(again.record_ids.amazon_order_id, order)
        self.assertIn("does not know", again.record_ids.reason)

    def test_a_run_in_work_or_on_hold_is_refused(self):
        run = self.start_run()
        with self.assertRaisesRegex(UserError, "in work"):
            run.action_resync()
        run._finish("done")
        self.account.on_hold = True
        with self.assertRaisesRegex(UserError, "on hold"):
            run.action_resync()

    def test_buyers_data_past_its_date_stays_away(self):
        """Rule 3, S92: refetching brings none of it back."""
        ids = self.sell(1, status="SHIPPED", created=ago(days=80), updated=ago(days=40))
        self.ask_period(*self.days(90, 70))
        self.work()
        order = self.find(*ids)
        Pii = self.env["amazon.order.pii"].sudo()
        self.assertFalse(Pii.search([("order_id", "=", order.id)]))
        self.resync(order.record_ids.run_id[0])
        self.work()
        self.assertFalse(Pii.search([("order_id", "=", order.id)]))
        with self.enter_registry_test_mode():
            self.account.recover_order(ids[0])
        self.assertFalse(Pii.search([("order_id", "=", order.id)]))


@tagged("post_install", "-at_install")
class TestNightlyCheck(RequestCase):
    def setUp(self):
        super().setUp()
        self.make_due()
        self.fetch()
        self.task.next_run = fields.Datetime.now() + timedelta(hours=1)
        self.task.cursor_ids.watermark = fields.Datetime.now()
        self.backdate(self.reports_task, 2)

    def backdate(self, record, days):
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {record._table} SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=days), record.id],
        )
        record.invalidate_recordset(["create_date"])

    def check_night(self):
        self.reports_task.next_run = fields.Datetime.now()
        self.work(4)
        return self.env["amazon.sync.run"].search([("trigger", "=", "reconcile")])

    def test_missed_orders_are_fetched_and_named(self):
        """Nothing is dropped in silence: the last three days against Odoo."""
        missed = self.sell(2, created=ago(days=2), updated=ago(days=1))
        run = self.check_night()
        self.assertEqual((run.kind, run.state), ("order_reports", "done"))
        self.assertEqual(run.synced_count, 2)
        for number in missed:
            self.assertIn(number, run.message)
        self.assertEqual(self.find(*missed).mapped("state"), ["applied", "applied"])

    def test_changes_that_were_missed_are_fetched(self):
        ids = self.sell(1, created=ago(days=2), updated=ago(hours=40))
        self.ask_period(*self.days(3, 1))
        self.work()
        self.simulator.put_orders(
            "IN",
            [
                order_json(
                    1, status="CANCELLED", created=ago(days=2), updated=ago(hours=20)
                )
            ],
        )
        self.check_night()
        self.assertEqual(self.find(*ids).state, "cancelled")

    def test_nothing_is_read_when_nothing_is_missing(self):
        self.sell(2, created=ago(days=2), updated=ago(days=1))
        self.check_night()
        self.simulator.calls.clear()
        for request in self.env["amazon.sync.request"].search([]):
            self.backdate(request, 2)
        run = self.check_night()[0]
        self.assertEqual(run.state, "done")
        self.assertFalse(run.message)
        self.assertFalse(self.calls("getOrder"))

    def test_the_night_is_the_marketplaces(self):
        """One night begins once, also when an hour comes twice or not at all."""
        for now, zone, begun in (
            ("2026-11-20 19:45", "Asia/Kolkata", datetime(2026, 11, 20, 19, 30)),
            ("2026-11-20 19:15", "Asia/Kolkata", datetime(2026, 11, 19, 19, 30)),
            # One o'clock comes twice in Los Angeles, and never in London.
            ("2026-11-01 08:30", "America/Los_Angeles", datetime(2026, 11, 1, 8)),
            ("2026-11-01 09:30", "America/Los_Angeles", datetime(2026, 11, 1, 8)),
            ("2026-11-01 10:30", "America/Los_Angeles", datetime(2026, 11, 1, 8)),
            ("2026-03-29 01:30", "Europe/London", datetime(2026, 3, 29, 1)),
        ):
            moment = fields.Datetime.to_datetime(f"{now}:00")
            self.assertEqual(_last_night(zone, moment), begun, f"{now} {zone}")

    def test_once_a_night(self):
        self.check_night()
        self.check_night()
        self.assertEqual(len(self.check_night()), 1)
