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

# Amazon's search shows what is two minutes old.
SEARCH_DELAY = 180


class HoldCase(SimulatorCase):
    """An account in work, with one order that came in before."""

    simulator_options = {"lag": (0, 0), "quotas": False}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "hold_manager", "amazon_connector.group_manager"
        )
        cls.user = new_test_user(cls.env, "hold_user", "amazon_connector.group_user")

    def setUp(self):
        super().setUp()
        self.env["amazon.sync.task"].search([]).next_run = False
        self.make_due()
        self.place(1)
        self.simulator.clock.advance(SEARCH_DELAY)
        self.channels.order_start_date = fields.Datetime.now() - timedelta(days=30)
        self.channels.go_live_date = fields.Datetime.now() - timedelta(days=30)
        self.fetch_and_apply()
        self.assertTrue(self.find(order_json(1)["orderId"]).sale_order_id)
        self.task.cursor_ids.completed_at -= timedelta(minutes=1)
        self.simulator.calls.clear()

    def place(self, *numbers, **vals):
        """Orders that Amazon gets now."""
        orders = [order_json(number, **vals) for number in numbers]
        for order in orders:
            del order["createdTime"], order["lastUpdatedTime"]
        self.simulator.put_orders("IN", orders)

    def find_numbers(self, *numbers):
        return self.find(*(order_json(n)["orderId"] for n in numbers))

    def run_all(self):
        """Every module, in every order that crons may come in."""
        self.simulator.clock.advance(SEARCH_DELAY)
        kinds = self.env["amazon.sync.task"]._fields["kind"].get_values(self.env)
        with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS):
            for kind in [*reversed(kinds), *reversed(kinds), *kinds]:
                self.run_cron(f"{kind}_fetch")
        self.run_cron("orders_apply")
