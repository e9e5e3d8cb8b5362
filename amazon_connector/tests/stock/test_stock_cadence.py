# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .stock_send_common import StockSendCase


@tagged("post_install", "-at_install")
class TestStockCadence(StockSendCase):
    def test_choices(self):
        """S180, S181: every change, every ten minutes or every night."""
        task = self.stock_task
        self.assertEqual(task.interval_minutes, 2)
        task.coalesce_minutes = 5
        self.assertEqual((task.interval_minutes, task.stock_cadence), (5, "change"))
        task.stock_cadence = "frequent"
        self.assertEqual(task.interval_minutes, 10)
        task.stock_cadence = "nightly"
        self.assertEqual(task.interval_minutes, 1440)

    def test_changes_go_together(self):
        """S77: what changes within the minutes that go together waits for them."""
        self.stock_task.coalesce_minutes = 5
        self.send()
        self.stock_task.last_success = fields.Datetime.now()
        self.stock_task.next_run = fields.Datetime.now() + timedelta(hours=1)
        self.put_stock(self.product, 5)
        self.run_stock_cron()
        self.assertEqual(self.on_amazon("SKU-A"), 100)
        wait = self.stock_task.next_run - fields.Datetime.now()
        self.assertLessEqual(wait, timedelta(minutes=5))
        self.stock_task.last_success -= timedelta(minutes=6)
        self.stock_task.next_run = fields.Datetime.now()
        self.run_stock_cron()
        self.assertEqual(self.on_amazon("SKU-A"), 105)

    def test_high_frequency(self):
        """S181: with high frequency a change waits for the next ten minutes."""
        self.stock_task.stock_cadence = "frequent"
        self.send()
        self.put_stock(self.product, 5)
        self.run_stock_cron()
        self.assertEqual(self.on_amazon("SKU-A"), 100)
        wait = self.stock_task.next_run - fields.Datetime.now()
        self.assertLessEqual(wait, timedelta(minutes=10))

    def test_nightly(self):
        """S180: the next run is at midnight of the marketplace."""
        self.stock_task.stock_cadence = "nightly"
        self.send()
        self.read_back()
        midnight = self.channel._get_next_midnight(fields.Datetime.now())
        self.assertEqual(self.stock_task.next_run, midnight)
        # India is five and a half hours ahead of UTC.
        self.assertEqual((midnight.hour, midnight.minute), (18, 30))

    def test_comparison_at_midnight_finds_drift(self):
        """S180: what somebody changed in Seller Central is set right at midnight."""
        self.send()
        self.read_back()
        self.simulator.update_listing("IN", "SKU-A", quantity=3)
        later = fields.Datetime.now() + timedelta(minutes=20)
        self.listing.write({"amazon_quantity": 3, "read_at": later})
        level = self.listing.stock_level_id
        self.assertEqual(level.difference, 97)
        self.assertIn(level, level.search([("difference", "!=", 0)]))
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 3)
        self.stock_task.cursor_ids.completed_at -= timedelta(days=1)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)
