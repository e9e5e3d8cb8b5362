# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from functools import partial

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import (
    CLIENT_LOGGERS,
    SYNC_LOGGER,
    order_json,
)
from .hold_common import HoldCase


@tagged("post_install", "-at_install")
class TestHold(HoldCase):
    """Rule 8: on hold means silent, and nothing is lost."""

    def test_disable_sets_inactive(self):
        """S46, S47, S97, S130: one button, status Inactive; S101, S131: Enable."""
        account = self.account.with_user(self.manager)
        account.action_disable()
        self.assertEqual(account.status, "inactive")
        account.action_enable()
        self.assertEqual(account.status, "active")

    def test_buttons_of_the_form(self):
        """S97: Disable is confirmed with Ok; S101: Enable beside it."""
        view = self.env["amazon.account"].with_user(self.manager)
        form = etree.fromstring(view.get_view(view_type="form")["arch"])
        (disable,) = form.xpath("//button[@name='action_disable']")
        (enable,) = form.xpath("//button[@name='action_enable']")
        self.assertEqual(disable.get("confirm-label"), "Ok")
        self.assertIn("No records or settings are lost", disable.get("confirm"))
        self.assertEqual(enable.getparent(), disable.getparent())

    def test_only_managers_disable(self):
        account = self.account.with_user(self.user)
        for method in ("action_disable", "action_enable", "action_open_disconnect"):
            with self.assertRaises(AccessError):
                getattr(account, method)()

    def test_no_call_leaves(self):
        """S99: neither the schedule nor anybody's wish to sync makes a call."""
        self.account.action_disable()
        with self.assertRaisesRegex(UserError, "on hold"):
            self.account.action_sync_now()
        self.account.task_ids.next_run = fields.Datetime.now()
        self.run_all()
        self.assertFalse(self.simulator.calls)

    def test_an_archived_account_says_so(self):
        """Nothing is synced of it: nobody is told that a sync starts."""
        account = self.account.with_user(self.manager)
        account.active = False
        requests = self.env["amazon.sync.request"].search_count([])
        self.task._request_run("manual")
        for ask in (
            account.action_sync_now,
            account._get_task("orders").action_sync_now,
            account.action_look_for_marketplaces,
            partial(account.recover_order, order_json(1)["orderId"]),
            self.sync_a_period,
            self.last_run().with_user(self.manager).action_resync,
        ):
            with self.assertRaisesRegex(UserError, "is archived"):
                ask()
        self.run_all()
        self.assertFalse(self.simulator.calls)
        self.assertEqual(self.env["amazon.sync.request"].search_count([]), requests)
        account.active = True
        self.assertTrue(account.action_sync_now())

    def sync_a_period(self):
        dialog = self.env["amazon.sync.manual"].with_user(self.manager)
        dialog.create(
            {"account_id": self.account.id, "period": "period"}
        ).action_start()

    def test_archived_while_in_work(self):
        """The next call does not leave any more."""
        self.task.next_run = fields.Datetime.now()
        task = self.claim(self.task)
        self.assertTrue(self.sync._may_call(task))
        self.account.active = False
        self.assertFalse(self.sync._may_call(task))

    def test_a_user_may_test_by_hand(self):
        self.account.action_disable()
        with self.enter_registry_test_mode():
            self.assertTrue(self.account.action_test_connection())
        self.assertTrue(self.simulator.calls)
        self.assertEqual(self.account.status, "inactive")

    def test_no_record_and_no_setting_is_lost(self):
        """S98."""
        names = ["interval_minutes", "active", "last_success"]
        before = self.account.task_ids.read(names)
        marks = self.task.cursor_ids.mapped("watermark")
        orders = self.env["amazon.order"].search_count([])
        self.account.action_disable()
        self.account.action_enable()
        self.assertEqual(self.account.task_ids.read(names), before)
        self.assertEqual(self.task.cursor_ids.mapped("watermark"), marks)
        self.assertEqual(self.env["amazon.order"].search_count([]), orders)

    def test_all_that_happened_meanwhile_arrives(self):
        """S48, S100: new, shipped and cancelled orders of the time on hold."""
        self.account.action_disable()
        self.place(2, 3, 4)
        for number in (1, 3):
            self.simulator.ship_order(order_json(number)["orderId"])
        self.simulator.cancel_order(order_json(4)["orderId"])
        self.run_all()
        self.assertFalse(self.find_numbers(2, 3, 4))
        self.account.action_enable()
        self.run_all()
        first, second, third, fourth = self.find_numbers(1, 2, 3, 4)
        self.assertEqual(first.fulfillment_status, "SHIPPED")
        self.assertEqual(second.sale_order_id.state, "sale")
        self.assertEqual(third.sale_order_id.order_line[0].qty_delivered, 1)
        self.assertIn(fourth.state, ("skipped", "cancelled"))
        run = self.env["amazon.sync.run"].search(
            [("account_id", "=", self.account.id), ("kind", "=", "orders")], limit=1
        )
        self.assertEqual((run.trigger, run.state), ("resume", "done"))

    def test_modules_catch_up_in_order(self):
        """S100: items before orders, orders before what depends on them."""
        self.account.action_disable()
        self.account.action_enable()
        self.simulator.calls.clear()
        self.assertEqual(set(self.account.task_ids.mapped("trigger")), {"resume"})
        kinds = self.env["amazon.sync.task"]._fields["kind"].get_values(self.env)
        tasks = [self.account._get_task(kind) for kind in kinds]
        for position, task in enumerate(tasks):
            for later in tasks[position + 1 :]:
                self.assertFalse(self.claim(later), f"{later.kind} before {task.kind}")
            self.assertEqual(self.claim(task), task)
            self.sync._settle_success(task)

    def test_a_failing_module_holds_up_nobody(self):
        first, second = self.resumed_pair()
        first.failure_count = 1
        self.assertEqual(self.claim(second), second)

    def test_a_module_that_waits_for_amazon_holds_up_nobody(self):
        first, second = self.resumed_pair()
        first.next_run += timedelta(minutes=5)
        self.assertEqual(self.claim(second), second)

    def test_a_module_that_never_comes_holds_up_nobody_for_long(self):
        """As when its cron was switched off."""
        first, second = self.resumed_pair()
        self.assertFalse(self.claim(second))
        first.next_run -= timedelta(minutes=16)
        self.assertEqual(self.claim(second), second)

    def test_a_module_switched_off_holds_up_nobody(self):
        first, second = self.resumed_pair()
        first.active = False
        self.assertEqual(self.claim(second), second)

    def resumed_pair(self):
        """The first two modules of an account that was just taken off hold."""
        kinds = self.env["amazon.sync.task"]._fields["kind"].get_values(self.env)
        self.account.action_disable()
        self.account.action_enable()
        return [self.account._get_task(kind) for kind in kinds[:2]]

    def claim(self, task):
        self.env.flush_all()
        return self.env["amazon.sync.task"]._claim_due(task.kind)

    def test_a_waiting_module_is_woken(self):
        first, second = self.resumed_pair()
        cron = self.env.ref(f"amazon_connector.ir_cron_{second.kind}_fetch")
        cron.active = True
        triggers = self.env["ir.cron.trigger"].sudo()
        triggers.search([("cron_id", "=", cron.id)]).unlink()
        with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS):
            self.run_cron(f"{first.kind}_fetch")
        self.assertTrue(triggers.search([("cron_id", "=", cron.id)]))

    def test_what_waits_does_not_hide_when_the_next_is_due(self):
        """A module that waits for another one leaves other accounts their time."""
        _first, second = self.resumed_pair()
        due = fields.Datetime.now() + timedelta(minutes=3)
        other = self.env["amazon.account"].create(
            {"name": "Other", "seller_id": "AOTHER", "state": "connected"}
        )
        other._get_task(second.kind).next_run = due
        cron = self.env.ref(f"amazon_connector.ir_cron_{second.kind}_fetch")
        cron.active = True
        self.env[f"amazon.sync.{second.kind}"]._trigger_next()
        triggers = self.env["ir.cron.trigger"].sudo()
        woken = triggers.search([("cron_id", "=", cron.id)])
        self.assertIn(due, woken.mapped("call_at"))
