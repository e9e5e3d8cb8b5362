# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of sending stock share: a shop on a simulated Amazon."""

from datetime import timedelta

from odoo import fields
from odoo.tools import mute_logger

from ..common import (
    CLIENT_LOGGERS,
    SYNC_LOGGER,
    SimulatorCase,
    ago,
    item_json,
    order_json,
)
from .stock_common import StockCase


class StockSendCase(SimulatorCase, StockCase):
    """SKU-A and SKU-B: 100 of each in Odoo, 1 of each on Amazon; live with stock."""

    live = True

    def setUp(self):
        super().setUp()
        self.order_count = 0
        self.simulator.stock.set(lag=(0, 0))
        self.channels.go_live_date = fields.Datetime.now() - timedelta(days=1)
        self._prepare_simulator()
        self.stock_task = self.account._get_task("stock")
        self.stock_task.next_run = fields.Datetime.now()
        self.env["amazon.sync.orders"]._create_missing_cursors(
            self.account._get_task("orders")
        )
        self.age_orders(minutes=0)
        if self.live:
            self.channels.write(
                {"stock_live": True, "stock_live_at": fields.Datetime.now()}
            )
        self.forget_calls()

    def _prepare_simulator(self):
        for sku in {one.seller_sku for one in self.simulator.listings(self.seller)}:
            self.simulator.delete_listing(self.seller, sku)
        self.put_on_amazon("SKU-A", 1)
        self.put_on_amazon("SKU-B", 1)

    def put_stock(self, product, quantity, warehouse=None):
        result = super().put_stock(product, quantity, warehouse)
        self.Change._record_products(product.ids)
        return result

    def put_on_amazon(self, sku, quantity, **values):
        place = self.channel.marketplace_id.amazon_code
        self.simulator.put_listing(self.seller, sku, place, quantity=quantity, **values)

    def amazon_listing(self, sku):
        return next(
            one for one in self.simulator.listings("IN") if one.seller_sku == sku
        )

    def on_amazon(self, sku):
        """What buyers can buy now."""
        return self.amazon_listing(sku).quantity

    def pushes(self, sku):
        return [push for push in self.simulator.stock.pushes if push.seller_sku == sku]

    def forget_calls(self):
        self.simulator.calls.clear()

    def age_orders(self, **span):
        """Have the last complete fetch of orders be that long ago."""
        moment = fields.Datetime.now() - timedelta(**span)
        task = self.account._get_task("orders")
        task.cursor_ids.write({"completed_at": moment})
        task.next_run = moment + timedelta(minutes=15)

    def place_order(self, sku, units):
        """A buyer orders on Amazon, which lowers its own count; returns the number."""
        self.order_count += 1
        order = order_json(
            self.order_count,
            items=[item_json(sku, units, number=str(self.order_count))],
            created=ago(minutes=4),
            updated=ago(minutes=3),
        )
        self.simulator.put_orders("IN", [order])
        return order["orderId"]

    def send(self, manual=False, orders=False):
        """Have changes sent, as the cron does when the task is due.

        :param manual: as *Sync now* does
        :param orders: let orders come in while the push waits for them
        """
        if orders:
            self.stock_task.next_run = fields.Datetime.now()
            self.run_stock_cron(manual)
            self.fetch_orders()
        self.stock_task.next_run = fields.Datetime.now()
        self.run_stock_cron(manual)

    def fetch_orders(self):
        """The schedule of orders comes round."""
        task = self.account._get_task("orders")
        task.write({"next_run": fields.Datetime.now(), "trigger": False})
        for cursor in task.cursor_ids:
            cursor.completed_at -= timedelta(seconds=1)
        with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS):
            self.run_cron("orders_fetch")
        self.env.invalidate_all()

    def run_stock_cron(self, manual=False):
        self.env.flush_all()
        self.env.cr.precommit.run()
        task = self.stock_task
        self.account.task_ids.trigger = False
        if manual:
            task.write({"trigger": "manual", "next_run": fields.Datetime.now()})
            for cursor in task.cursor_ids.filtered("completed_at"):
                cursor.completed_at -= timedelta(seconds=1)
        task.leased_until = False
        # A slow machine needs more than one slice of time.
        for _slice in range(10):
            with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS):
                self.run_cron("stock_fetch")
            self.env.invalidate_all()
            if task.next_run > fields.Datetime.now():
                break

    def read_back(self):
        """Let Amazon's time pass, and what was sent be read."""
        self.env["amazon.stock.level"].search(
            [("state", "=", "sent")]
        ).retry_at = fields.Datetime.now()
        self.stock_task.next_run = fields.Datetime.now()
        self.run_stock_cron()

    def stock_run(self):
        return self.env["amazon.sync.run"].search([("kind", "=", "stock")], limit=1)

    def stock_records(self, outcome=None):
        found = self.env["amazon.sync.record"].search([("run_id.kind", "=", "stock")])
        return found.filtered(lambda one: outcome in (None, one.outcome))
