# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import ago, order_json
from ..shipment.shipment_common import ShipmentMixin
from ..stock.stock_common import StockCase

MOST_QUERIES = 15


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

    def test_late_and_today(self):
        """Deliveries whose time is over, and those that leave today, each once."""
        orders = []
        for number, hours in ((1, -30), (2, 0.01), (3, 60)):
            order = self.order_of(1, number=number)
            order["fulfillment"]["shipByWindow"]["latestDateTime"] = ago(hours=-hours)
            orders.append(self.receive(order))
        late, today, later = (order.sale_order_id.picking_ids for order in orders)
        self.assertEqual(self.count("late_count"), 1)
        self.assertEqual(self.opened(self.account.action_open_late()), late)
        self.assertEqual(self.count("ship_today_count"), 1)
        self.assertEqual(self.opened(self.account.action_open_ship_today()), today)
        self.assertEqual(
            self.opened(self.account.action_open_desk()), late | today | later
        )

    def test_buyers_data(self):
        """Orders whose buyers' data should be gone count, with each account's days."""
        orders = self.receive(order_json(1), order_json(2))
        now = fields.Datetime.now()
        orders.sudo().write({"closed_on": now - timedelta(days=27)})
        self.assertEqual(self.count("deletion_late_count"), 0)
        orders[0].sudo().closed_on = now - timedelta(days=30)
        self.assertEqual(self.count("deletion_late_count"), 1)
        self.assertEqual(
            self.opened(self.account.action_open_deletion_late()), orders[0]
        )
        self.account.buyer_data_days = 25
        self.assertEqual(self.count("deletion_late_count"), 2)

    def test_settlements(self):
        """What is not booked yet; those who may not see settlements see no number."""
        self.env["amazon.settlement"].sudo().create(
            {
                "name": "1",
                "account_id": self.account.id,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                # One of a marketplace where nothing happened has nothing to book.
                "row_count": 1,
            }
        )
        self.assertEqual(self.count("settlement_open_count"), 1)
        self.assertEqual(len(self.opened(self.account.action_open_settlements())), 1)
        user = new_test_user(self.env, "plain", "amazon_connector.group_user")
        self.assertEqual(self.account.with_user(user).settlement_open_count, 0)

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

    def test_all_is_well(self):
        """Without anything that waits the card says so, and not while a task fails."""
        self.channel.stock_live = True
        self.account.task_ids.last_success = fields.Datetime.now()
        self.assertTrue(self.count("is_well"))
        task = self.account._get_task("items")
        task.sudo().failure_count = 1
        self.assertFalse(self.count("is_well"))

    def test_a_failing_task_is_named_until_it_succeeds(self):
        """Red with the reason in words and the next try, from the first failure on."""
        task = self.account._get_task("items")
        self.assertFalse(self.account.failing_text)
        with mute_logger("odoo.addons.amazon_connector.sync.engine.base"):
            self.env["amazon.sync.items"]._settle_failure(task, "Amazon is closed.")
        self.assertEqual(self.count("failing_text"), "Failing: Items")
        self.assertTrue(task.failure_text.startswith("Amazon is closed. Next try: "))
        self.assertIn(task.failure_text, self.account.failing_message)
        self.account.on_hold = True
        self.assertFalse(self.count("failing_text"))
        self.account.on_hold = False
        self.env["amazon.sync.items"]._settle_success(task)
        self.assertFalse(self.count("failing_text"))
        self.assertFalse(task.failure_text)

    def test_few_queries_for_ten_accounts(self):
        """All that the cards of ten accounts show, in a few queries."""
        self.receive(order_json(1))
        self.compute(self.listing)
        accounts = self.account.union(
            *(self._create_account(seller_id=f"ASELLER{number}") for number in range(9))
        )
        arch = etree.fromstring(accounts.get_view(view_type="kanban")["arch"])
        # As the browser asks for them: one field's values may serve the next.
        names = dict.fromkeys(node.get("name") for node in arch.iterfind(".//field"))
        named = {"responsible_user_id": {"fields": {"display_name": {}}}}
        specification = {name: named.get(name, {}) for name in names}
        user = new_test_user(
            self.env,
            "desk",
            "amazon_connector.group_manager,stock.group_stock_user",
        )
        accounts = accounts.with_user(user)

        def read():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            cards = accounts.web_search_read(
                [("id", "in", accounts.ids)], specification
            )
            self.assertEqual(cards["length"], 10)
            return self.env.cr.sql_log_count - before

        read()
        self.assertLessEqual(read(), MOST_QUERIES)


@tagged("post_install", "-at_install")
class TestStatusWords(StockCase):
    """Amazon's codes are shown in words; an unknown one as it is."""

    def test_words(self):
        order = self.receive(order_json(1))
        self.assertEqual(order.status_text, "To ship")
        self.assertEqual(order.shipper_text, "You")
        order.sudo().fulfillment_status = "ON_THE_MOON"
        self.assertEqual(order.status_text, "ON_THE_MOON")
