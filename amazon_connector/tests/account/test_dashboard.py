# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..common import ago, order_json
from ..shipment.shipment_common import ShipmentMixin
from ..stock.stock_common import StockCase

COUNTS = (
    "late_count",
    "to_ship_count",
    "request_count",
    "cancellation_problem_count",
    "shipment_problem_count",
    "stock_held_count",
    "stock_rejected_count",
    "unconfirmed_count",
    "frozen_count",
    "attention_count",
    "fba_difference_count",
    "rehearsal_count",
    "order_graph",
    "last_sync",
    "next_sync",
)


@tagged("post_install", "-at_install")
class TestDashboard(ShipmentMixin, StockCase):
    """What needs a human first: each number is right and leads to its records."""

    def count(self, name):
        self.env.flush_all()
        self.account.invalidate_recordset()
        return self.account[name]

    def opened(self, action):
        """The records that a window action shows."""
        return self.env[action["res_model"]].search(action["domain"])

    def test_late(self):
        """An order of which Amazon's time to ship is over, not one that ships today."""
        orders = []
        for number, hours in ((1, -30), (2, 60)):
            order = self.order_of(1, number=number)
            order["fulfillment"]["shipByWindow"]["latestDateTime"] = ago(hours=-hours)
            orders.append(self.receive(order))
        self.assertEqual(self.count("late_count"), 1)
        self.assertEqual(self.opened(self.account.action_open_late()), orders[0])

    def test_requests(self):
        """Buyers' wishes count until somebody decides."""
        binding, other = self.receive(order_json(1), order_json(2))
        self.assertEqual(self.count("request_count"), 0)
        (binding | other).sudo().cancellation_requested = True
        self.assertEqual(self.count("request_count"), 2)
        self.assertTrue(binding.asks_to_cancel)
        self.assertEqual(
            self.opened(self.account.action_open_requests()), binding | other
        )
        binding.sudo().ship_anyway = True
        other.sudo().fulfillment_status = "CANCELLED"
        self.assertEqual(self.count("request_count"), 0)

    def test_cancellations(self):
        """What Amazon refused, and what could not be sent."""
        rows = self.env["amazon.cancellation"]._request_cancel(
            self.receive(order_json(1), order_json(2), order_json(3)), "NoInventory"
        )
        self.assertEqual(self.count("cancellation_problem_count"), 0)
        rows[0].state, rows[1].state = "refused", "failed"
        self.assertEqual(self.count("cancellation_problem_count"), 2)
        action = self.account.action_open_cancellation_problems()
        self.assertEqual(self.opened(action), rows[:2])

    def test_stock(self):
        """Quantities that wait for a decision, and those that Amazon refused."""
        levels = self.compute(self.listing, self.other_listing)
        levels[0].state, levels[1].state = "held", "rejected"
        self.assertEqual(self.count("stock_held_count"), 1)
        self.assertEqual(self.count("stock_rejected_count"), 1)
        self.assertEqual(self.opened(self.account.action_open_stock_held()), levels[0])
        self.assertEqual(
            self.opened(self.account.action_open_stock_rejected()), levels[1]
        )

    def test_rehearsal(self):
        """A channel whose linked listings send no stock; one opens at once."""
        self.channel.stock_live = False
        self.assertEqual(self.count("rehearsal_count"), 1)
        self.assertEqual(
            self.account.action_open_rehearsal()["res_id"], self.channel.id
        )
        self.channel.stock_live = True
        self.assertEqual(self.count("rehearsal_count"), 0)

    def test_expiry(self):
        """S14: the nearest end within a month."""
        today = fields.Date.today()
        self.account.secret_expires_on = today + timedelta(days=90)
        self.assertFalse(self.count("expires_on"))
        self.account.secret_expires_on = today + timedelta(days=20)
        self.assertEqual(self.count("expires_on"), today + timedelta(days=20))

    def test_next_sync_only_while_active(self):
        self.account.task_ids.next_run = fields.Datetime.now()
        self.assertTrue(self.count("next_sync"))
        self.account.on_hold = True
        self.assertFalse(self.count("next_sync"))

    def test_few_queries_for_all_accounts(self):
        """Ten more accounts cost no query more."""
        self.receive(order_json(1))
        self.compute(self.listing)
        more = self.env["amazon.account"].union(
            *(
                self._create_account(seller_id=f"ASELLER{number}")
                for number in range(10)
            )
        )

        def read(accounts):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            accounts.read(COUNTS)
            return self.env.cr.sql_log_count - before

        read(self.account)
        one = read(self.account)
        self.assertLessEqual(read(self.account | more), one + 1)
        self.assertLess(one, 30)


@tagged("post_install", "-at_install")
class TestStatusWords(StockCase):
    """Amazon's codes are shown in words; an unknown one as it is."""

    def test_words(self):
        order = self.receive(order_json(1))
        self.assertEqual(order.status_text, "To ship")
        self.assertEqual(order.shipper_text, "You")
        order.sudo().fulfillment_status = "ON_THE_MOON"
        self.assertEqual(order.status_text, "ON_THE_MOON")
