# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ...sync.order_reports.check import _last_night
from ..common import ago, order_json
from .request_common import RequestCase


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
        with self.assertRaisesRegex(UserError, "nothing to fetch again"):
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
        with self.assertRaisesRegex(UserError, "still in progress"):
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


class NightCase(RequestCase):
    """The nightly check of the account's orders."""

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

    def check_again(self):
        """The next night; returns which orders were read one by one."""
        for request in self.env["amazon.sync.request"].search([]):
            self.backdate(request, 2)
        self.simulator.calls.clear()
        self.check_night()
        return [call["path"].rsplit("/", 1)[1] for call in self.calls("getOrder")]


@tagged("post_install", "-at_install")
class TestNightlyCheck(NightCase):
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


@tagged("post_install", "-at_install")
class TestUnknownWords(NightCase):
    """The words of a report are a list of their own: the leading one counts."""

    def know(self, status, count=1):
        """Orders that Odoo has with this status; returns their numbers."""
        self.task.cursor_ids.watermark = fields.Datetime.now() - timedelta(hours=50)
        numbers = self.sell(count, status=status, updated=ago(hours=40))
        self.task.next_run = fields.Datetime.now()
        self.make_due()
        self.fetch_and_apply()
        self.task.next_run = fields.Datetime.now() + timedelta(hours=1)
        self.task.cursor_ids.watermark = fields.Datetime.now()
        found = self.find(*numbers)
        self.assertEqual(set(found.mapped("fulfillment_status")), {status})
        return numbers

    def words(self):
        return {
            word.word: word.count
            for word in self.account.unknown_word_ids
            if word.subject == "order_report"
        }

    def test_a_missed_change_behind_a_longer_word(self):
        """Shipped, delivered and returned: Odoo had not heard of the shipping."""
        for word in (
            "Shipped - Delivered to Buyer",
            "Shipped - Returned to Seller",
            "SHIPPED – Out for Delivery",
            "shipped",
        ):
            with self.subTest(word):
                [number] = self.know("UNSHIPPED")
                self.simulator.set_reports(statuses={"Unshipped": word})
                self.assertEqual(self.check_again(), [number])
                self.assertFalse(self.words())

    def test_all_is_known_behind_a_longer_word(self):
        self.know("SHIPPED")
        self.simulator.set_reports(statuses={"Shipped": "Shipped - Delivered to Buyer"})
        self.assertFalse(self.check_again())
        self.assertFalse(self.words())

    def test_cancelled_in_either_spelling(self):
        for word in ("Canceled", "CANCELLED", "Cancelled - Buyer"):
            with self.subTest(word):
                [number] = self.know("UNSHIPPED")
                self.simulator.set_reports(statuses={"Unshipped": word})
                self.assertEqual(self.check_again(), [number])

    def test_an_unknown_word_is_counted_and_read_once(self):
        """What it stands for is asked of Amazon, until the order changes again."""
        numbers = self.know("UNSHIPPED", count=2)
        self.simulator.set_reports(statuses={"Unshipped": "Versandt"})
        self.assertEqual(sorted(self.check_again()), sorted(numbers))
        self.assertEqual(self.words(), {"Versandt": 2})
        self.assertFalse(self.check_again(), "nothing changed since")
        self.assertEqual(self.words(), {"Versandt": 4})
        view = self.env.ref("amazon_connector.amazon_account_view_technical")
        self.assertIn("unknown_word_ids", view.arch)

    def test_no_word_and_no_flood_of_words(self):
        count = self.env["amazon.unknown.word"]._count_words
        count(self.account, "order_report", {None: 2, "": 1, "570001 Mysuru": 4})
        self.assertEqual(self.words(), {"(nothing)": 3, "(no word)": 4})
        letters = "abcdefghijklmnopqrstuvwxyz"
        count(self.account, "order_report", dict.fromkeys(letters, 1))
        self.assertEqual(len(self.words()), 21)
        self.assertEqual(sum(self.words().values()), 33)
        count(self.account, "package", {"LOST": 1})
        self.assertNotIn("LOST", self.words())
