# SPDX-License-Identifier: LGPL-3.0-or-later

from odoo import fields
from odoo.tests import tagged

from ... import sp_api
from ...models.sync.amazon_sync_task import KINDS
from ...sync.shipments import feed as shipments_feed
from ...sync.stock import feed as stock_feed
from ..common import ago, item_json, order_json
from ..shipment.shipment_common import ShipmentSyncCase
from ..stock.stock_send_common import StockSendCase
from .logs_common import everything_logged, leaves

# More than one page.
COUNT = 105
TOKENS = ("paginationToken", "pageToken", "nextToken")


@tagged("post_install", "-at_install")
class TestLogs(ShipmentSyncCase, StockSendCase):
    """S55, rule 3: no secret and no buyer's data in a log, whatever is switched on."""

    def order(self, number):
        item = item_json("SKU-A")
        item["product"]["customization"] = {
            "customizedUrl": f"https://custom.example/engraving-{number}"
        }
        item["fulfillment"]["packing"] = {
            "giftOption": {"giftMessage": f"Dear grandmother {number}"}
        }
        # Where the last one goes is told by a report alone.
        blocks = {"recipient": None} if number == COUNT else {}
        buyer = f"meena{number}"
        return order_json(number, [item], buyer=buyer, created=ago(hours=20), **blocks)

    def run_kind(self, kind):
        """Have a module do all it can do now."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE amazon_feed SET next_poll = now() at time zone 'utc'"
        )
        self.env.cr.execute(
            "UPDATE amazon_report SET next_poll = now() at time zone 'utc'"
        )
        self.env.invalidate_all()
        self.simulator.clock.advance(60)
        task = self.account._get_task(kind)
        task.cursor_ids.completed_at = False
        self.account.task_ids.trigger = False
        task.write({"next_run": fields.Datetime.now(), "leased_until": False})
        self.run_cron(f"{kind}_fetch")
        self.run_cron("orders_apply")
        self.env.invalidate_all()

    def hidden(self):
        """Every secret of the simulated Amazon, and all that it told of buyers."""
        simulator = self.simulator
        known = simulator.credentials("IN")
        texts = {known["client_secret"], known["refresh_token"]}
        texts.update(simulator.lwa.access_tokens)
        texts.update(simulator.presigned._stored)
        for number in self.numbers:
            _public, personal = sp_api.split_order(simulator.find_order(number)[1].data)
            texts |= leaves(personal)
        # The state is kept with the contact: taxes need it.
        return texts - {"KARNATAKA"}

    def page_tokens(self):
        return {
            call["query"][name]
            for call in self.simulator.calls
            for name in TOKENS
            if name in call["query"]
        }

    def find_in(self, lines, texts):
        """Where the texts are; of a secret no more is told than its beginning."""
        whole = "\n".join(lines)
        return [
            f"{text[:4]}... of {len(text)} after: {whole[max(0, at - 200) : at]}"
            for text in sorted(texts)
            if (at := whole.find(text)) >= 0
        ]

    def test_nothing_secret_in_any_log(self):
        """All modules, their failures, a feed of each kind, and one order by hand."""
        self.simulator.set_feeds(delay_seconds=0)
        self.simulator.set_reports(delay_seconds=0)
        orders = [self.order(number) for number in range(1, COUNT + 1)]
        self.numbers = [order["orderId"] for order in orders]
        with everything_logged() as lines:
            with self.enter_registry_test_mode():
                self.account.action_test_connection()
            self.simulator.put_orders("IN", orders)
            self.simulator.add_fault("error", operation="searchOrders", count=1)
            self.run_kind("items")
            self.run_kind("items")
            self.run_kind("orders")
            self.run_kind("order_reports")
            bindings = self.find(*self.numbers[:4])
            for binding in bindings[:2]:
                self.deliver(binding)
            self.run_kind("shipments")
            self.patch(shipments_feed, "FEED_ABOVE", 0)
            self.simulator.add_fault(
                "error", operation="createFeed", status=400, count=1
            )
            self.deliver(bindings[2])
            self.run_kind("shipments")
            self.run_kind("shipments")
            bindings[3].sale_order_id.action_cancel_on_amazon("NoInventory")
            self.run_kind("cancellations")
            self.run_kind("cancellations")
            self.run_kind("stock")
            self.patch(stock_feed, "FEED_FROM", 1)
            self.put_stock(self.product, 7)
            self.run_kind("stock")
            self.run_kind("stock")
            self.run_kind("fba_stock")
            self.simulator.charge_seller("IN", "reimbursement", "25000.00")
            self.simulator.close_settlement("IN")
            self.run_kind("settlements")
            with self.enter_registry_test_mode():
                self.account.recover_order(self.numbers[0])
        self.assertFalse(self.find_in(lines, self.hidden()))
        # Where a search goes on is stored, so that a killed worker can go on.
        spoken = [line for line in lines if "query: " not in line]
        self.assertFalse(self.find_in(spoken, self.page_tokens()))
        # What it is worth: all was there to be logged, and was logged.
        self.assertLessEqual(
            {
                "token",
                "searchOrders",
                "getOrder",
                "confirmShipment",
                "createFeed",
                "uploadDocument",
                "downloadDocument",
                "patchListingsItem",
                "searchListingsItems",
                "createReport",
                "getInventorySummaries",
            },
            {call["operation"] for call in self.simulator.calls},
        )
        runs = self.env["amazon.sync.run"].search([])
        self.assertEqual(set(runs.mapped("kind")), {kind for kind, _label in KINDS})
        for told in ("INSERT INTO", "searchOrders: HTTP 200", '"PUT /'):
            self.assertTrue(self.find_in(lines, {told}), told)
        self.assertGreater(len(self.hidden()), 5 * len(orders))
        self.assertTrue(self.page_tokens())
