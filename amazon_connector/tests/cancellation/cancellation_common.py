# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of the module Cancellations share."""

from copy import deepcopy
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from ...sp_api import Feeds, TransientError
from ..common import (
    CLIENT_LOGGERS,
    SYNC_LOGGER,
    AmazonCase,
    SimulatorCase,
    ago,
    item_json,
    order_json,
)

LOGGERS = (
    SYNC_LOGGER,
    *CLIENT_LOGGERS,
    "odoo.addons.amazon_connector.sp_api.documents",
)


class CancellationSyncCase(SimulatorCase):
    """An order at Amazon and in Odoo, and the module that cancels it there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.order_of()
        cls.binding = cls.receive(cls.order)
        cls.sale = cls.binding.sale_order_id

    def setUp(self):
        super().setUp()
        self.simulator.set_feeds(delay_seconds=0)
        self.cancellations_task = self.account._get_task("cancellations")
        self.simulator.put_orders(self.seller, [deepcopy(self.order)])

    @classmethod
    def order_of(cls, number=1, quantity=3, **options):
        item = item_json(quantity=quantity, price=f"{100 * quantity}.00")
        return order_json(number, [item], **options)

    def place(self, number=1, **options):
        """Have a buyer order, and the order come in."""
        order = self.order_of(number, **options)
        self.simulator.put_orders(self.seller, [order])
        return self.receive(order).sale_order_id

    def poll(self):
        """The poll of orders, when Amazon's index has followed."""
        self.simulator.clock.advance(300)
        self.task.cursor_ids.watermark = fields.Datetime.now() - timedelta(days=2)
        self.make_due()
        self.fetch_and_apply()

    def at_amazon(self, sale=None):
        """The order's status at Amazon."""
        return self.order_at_amazon(sale)["fulfillment"]["fulfillmentStatus"]

    def order_at_amazon(self, sale=None):
        self.simulator.settle()
        number = (sale or self.sale).amazon_order_ref
        return self.simulator.find_order(number)[1].data

    def rows(self, sale=None):
        return (sale or self.sale).amazon_order_id.cancellation_ids

    def tearDown(self):
        bugs = self.env["amazon.sync.run"].search([("message", "like", "Unexpected")])
        self.assertFalse(bugs.mapped("message"))
        super().tearDown()

    def work(self, rounds=1, wait=True):
        """Run the module as often, each time when all it waits for is due."""
        for _round in range(rounds):
            if wait:
                self.let_time_pass()
            with mute_logger(*LOGGERS):
                self.run_cron("cancellations_fetch")
            self.env.invalidate_all()

    def let_time_pass(self):
        now = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE amazon_cancellation SET retry_at = %(now)s
             WHERE retry_at IS NOT NULL;
            UPDATE amazon_feed SET next_poll = %(now)s,
                   create_date = create_date - interval '5 minutes'
             WHERE state IN ('wanted', 'submitted');
            UPDATE amazon_sync_task SET next_run = %(now)s, leased_until = NULL
             WHERE id = %(task)s
            """,
            {"now": now, "task": self.cancellations_task.id},
        )
        self.env.invalidate_all()

    def feeds(self):
        return self.env["amazon.feed"].search([("account_id", "=", self.account.id)])

    def cancel_units(self, kept=1):
        self.sale.order_line.product_uom_qty = kept
        action = self.sale.action_adjust_on_amazon()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        dialog.reason_code = "NoInventory"
        dialog.action_apply()

    def left_at_amazon(self):
        [item] = self.order_at_amazon()["orderItems"]
        return item["fulfillment"]["quantityUnfulfilled"]

    def lose_answer(self):
        """Amazon gets the feed, and the answer gets lost."""
        submit = Feeds.submit

        def losing(feeds, *arguments):
            submit(feeds, *arguments)
            raise TransientError("lost", operation="createFeed", outcome_unknown=True)

        with patch.object(Feeds, "submit", losing):
            self.work(wait=False)
        self.simulator.settle()


class CancellationCase(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.binding = cls.receive(
            order_json(items=[item_json(quantity=3, price="300.00")])
        )
        cls.sale = cls.binding.sale_order_id
        cls.cron = cls.env.ref("amazon_connector.ir_cron_cancellations_fetch")

    def rows(self, binding=None):
        return (binding or self.binding).cancellation_ids

    def told(self):
        """Amazon tells the order once more, unchanged."""
        self.again = getattr(self, "again", 12) - 1
        self.receive(
            order_json(
                items=[item_json(quantity=3, price="300.00")],
                updated=ago(hours=self.again),
            )
        )
