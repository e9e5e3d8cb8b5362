# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import convert_file

from ..account.connection_common import ConnectionCase
from ..common import AmazonCase
from ..listing.items_common import ItemsCase


@tagged("post_install", "-at_install")
class TestSyncIntervals(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "boss", "amazon_connector.group_manager")

    def test_defaults(self):
        """S32, S176: items every four hours; S178: orders every 15 minutes."""
        account = self._create_account(seller_id="AFRESH")
        self.assertEqual(account._get_task("items").interval_minutes, 240)
        self.assertEqual(account._get_task("orders").interval_minutes, 15)

    def test_every_module_works_to_the_minute(self):
        """S33: the next run, and the wake of its cron, follow the interval."""
        for task in self.account.task_ids:
            cron = self.env[f"amazon.sync.{task.kind}"]._get_fetch_cron()
            cron.active = True
            success = fields.Datetime.now() - timedelta(minutes=5)
            task.write(
                {"last_success": success, "next_run": success + timedelta(days=1)}
            )
            task.with_user(self.manager).interval_minutes = 77
            due = success + timedelta(minutes=77)
            self.assertEqual(task.next_run, due, task.kind)
            wakes = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
            self.assertIn(due, wakes.mapped("call_at"), task.kind)

    def test_change_button(self):
        """S33: beside the module, in a dialog that fits a phone."""
        task = self.account._get_task("orders").with_user(self.manager)
        action = task.action_change_interval()
        self.assertEqual((action["res_id"], action["target"]), (task.id, "new"))
        with Form(self.env[action["res_model"]].browse(action["res_id"])) as form:
            form.interval_minutes = 30
        self.assertEqual(task.interval_minutes, 30)

    def test_modules_stand_in_the_order_in_which_they_follow(self):
        kinds = self.env["amazon.sync.task"]._fields["kind"].get_values(self.env)
        self.account.invalidate_recordset(["task_ids"])
        self.assertEqual(self.account.task_ids.mapped("kind"), kinds)

    def test_history_below_the_modules(self):
        """S27: Overall Sync History is reached from the account page."""
        view = self.env["amazon.account"].get_view(view_type="form")
        form = etree.fromstring(view["arch"])
        (page,) = form.xpath("//page[@name='sync']")
        modules, history = page.xpath("./field[@name='task_ids'] | ./button")
        self.assertEqual(modules.get("name"), "task_ids")
        shown = self.env.ref("amazon_connector.amazon_sync_run_action")
        self.assertEqual(int(history.get("name")), shown.id)
        self.assertIn("search_default_account_id", history.get("context"))


@tagged("post_install", "-at_install")
class TestFirstItems(ConnectionCase):
    def test_first_sync_of_items_starts_at_once(self):
        """S162: within 30 minutes; S31, S124: all modules, and a cycle follows."""
        account = self.new_account()
        self.connect(account)
        for task in account.task_ids:
            self.assertLessEqual(task.next_run, fields.Datetime.now(), task.kind)
            self.assertEqual(task.trigger, "initial")
            cron = self.env[f"amazon.sync.{task.kind}"]._get_fetch_cron()
            self.assertTrue(cron.active)
            wakes = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
            self.assertLessEqual(min(wakes.mapped("call_at")), fields.Datetime.now())

    def upgrade(self):
        """What ``-u`` does with the data of the accounts."""
        path = "data/amazon_account_data.xml"
        convert_file(self.env, "amazon_connector", path, None, mode="update")
        self.env.invalidate_all()

    def test_an_upgrade_brings_new_modules(self):
        """Accounts that are older than a module get it, archived ones too."""
        account = self.new_account()
        self.connect(account)
        cron = self.env.ref("amazon_connector.ir_cron_stock_fetch")
        self.upgrade()
        cron.active = False
        self.upgrade()
        self.assertFalse(cron.active, "switched off by a user")
        account._get_task("stock").unlink()
        account.active = False
        self.upgrade()
        task = account._get_task("stock")
        self.assertEqual(len(task), 1)
        self.assertLessEqual(task.next_run, fields.Datetime.now())
        self.assertTrue(cron.active)


@tagged("post_install", "-at_install")
class TestItemsCycle(ItemsCase):
    def test_every_four_hours_after_the_first_sync(self):
        """S59, S176: new items come in at most four hours apart."""
        self.run_items(rounds=3, trigger="initial")
        self.assertEqual(self.items.trigger, False)
        pause = self.items.next_run - self.items.last_success
        self.assertEqual(pause, timedelta(hours=4))
        self.put("NEW")
        self.pass_time(hours=4)
        self.run_items(rounds=1)
        self.assertTrue(self.listing("NEW"))
