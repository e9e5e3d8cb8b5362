# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ..common import (
    CLIENT_LOGGERS,
    SYNC_LOGGER,
    SimulatorCase,
    order_json,
)

REQUEST_LOGGER = "odoo.addons.amazon_connector.sync.engine.requests"


class RequestCase(SimulatorCase):
    """Requests beside the schedule, against a simulated Amazon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "clerk", "amazon_connector.group_user")

    def setUp(self):
        super().setUp()
        self.simulator.set_reports(delay_seconds=0)
        self.reports_task = self.account._get_task("order_reports")
        # The schedule is not due: what is called is called by requests.
        self.task.next_run = fields.Datetime.now() + timedelta(hours=1)
        self.reports_task.next_run = fields.Datetime.now() + timedelta(hours=1)

    def sell(self, count=3, first=1, **values):
        """Orders on Amazon only; returns their numbers."""
        orders = [order_json(first + n, **values) for n in range(count)]
        self.simulator.put_orders("IN", orders)
        return [order["orderId"] for order in orders]

    def ask_period(self, start, end, channels=None):
        """A user asks for the orders of a period; returns the run."""
        sync = self.env["amazon.sync.orders"].with_user(self.user)
        return sync._request_period(
            self.task.with_user(self.user), channels or self.channels, start, end
        ).sudo()

    def work(self, rounds=1, apply=True):
        """Let the workers work requests off."""
        for _round in range(rounds):
            requests = self.env["amazon.sync.request"].search([])
            requests.next_try = fields.Datetime.now()
            self.env["amazon.report"].search([]).next_poll = False
            (self.task | self.reports_task).leased_until = False
            with mute_logger(SYNC_LOGGER, REQUEST_LOGGER, *CLIENT_LOGGERS):
                self.run_cron("orders_fetch")
                self.run_cron("order_reports_fetch")
        if apply:
            self.run_cron("orders_apply")

    def days(self, first, last):
        now = fields.Datetime.now()
        return now - timedelta(days=first), now - timedelta(days=last)
