# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..sp_api import ThrottledError
from ..sync.base import SyncStopped
from .common import CLIENT_LOGGERS, SYNC_LOGGER, SimulatorCase, item_json, order_json


@tagged("post_install", "-at_install")
class TestFbaStockSync(SimulatorCase):
    """S19: the stock at Amazon, read over the network as the cron does."""

    def setUp(self):
        super().setUp()
        self.fba_task = self.account._get_task("fba_stock")
        self.product.standard_price = 20.0
        self.channel.go_live_date = fields.Datetime.to_datetime("2026-01-01")
        self.listing = self.env["amazon.listing"].create(
            {
                "channel_id": self.channel.id,
                "seller_sku": "SKU-A",
                "product_id": self.product.id,
            }
        )

    def stock(self, sku="SKU-A", **counts):
        self.simulator.set_fba_stock(self.seller, sku, **counts)

    def read_amazon(self):
        self.fba_task.write({"next_run": fields.Datetime.now(), "leased_until": False})
        with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS):
            self.run_cron("fba_stock_fetch")
        self.env.invalidate_all()
        return self.env["amazon.fba.stock"].search(
            [("product_id", "=", self.product.id)]
        )

    def on_hand(self):
        location = self.account._get_fba_location()
        return self.product.with_context(location=location.id).qty_available

    def test_read_and_corrected(self):
        """Fulfillable and reserved are compared; inbound and damaged are told."""
        self.account.fba_correction = "automatic"
        self.stock(
            fulfillable=5,
            reserved_orders=2,
            reserved_transfer=1,
            inbound_shipped=4,
            defective=3,
            researching=6,
        )
        row = self.read_amazon()
        self.assertEqual((row.amazon_quantity, row.state), (8, "equal"))
        self.assertEqual((row.inbound, row.unfulfillable, self.on_hand()), (4, 3, 8))
        self.assertEqual(self.listing.fba_researching, 6)
        run = self.last_run()
        self.assertEqual(
            (run.kind, run.state, run.changed_count), ("fba_stock", "done", 1)
        )
        self.assertGreater(self.fba_task.next_run, fields.Datetime.now())

    def test_many_pages(self):
        """All pages in one go: Amazon's page tokens live for 30 seconds."""
        for number in range(120):
            self.stock(f"MANY-{number}", fulfillable=1)
        self.stock(fulfillable=5)
        self.assertEqual(self.read_amazon().amazon_quantity, 5)
        pages = [
            call
            for call in self.calls("getInventorySummaries")
            if call["status"] == 200
        ]
        self.assertEqual(len(pages), 3)
        self.assertEqual(self.last_run().seen_count, 121)

    def test_order_of_amazon(self):
        """S19: sold, shipped, and both counts agree without a correction."""
        self.stock(fulfillable=5)
        self.account.fba_correction = "automatic"
        self.read_amazon()
        fulfillment = {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}
        item = item_json(quantity=2, price="200.00")
        order = order_json(items=[item], fulfillment=fulfillment)
        self.simulator.put_orders(self.seller, [order])
        self.receive(order)
        row = self.read_amazon()
        self.assertEqual((row.amazon_quantity, row.state), (5, "equal"))
        self.assertEqual(self.listing.fba_reserved, 2)
        self.simulator.ship_order(order["orderId"])
        self.simulator.clock.advance(300)
        self.task.cursor_ids.unlink()
        self.make_due()
        self.fetch_and_apply()
        row = self.read_amazon()
        self.assertEqual(
            (row.amazon_quantity, row.state, self.on_hand()), (3, "equal", 3)
        )
        self.assertEqual(self.product.free_qty, 100, "the warehouse is untouched")

    def test_refused_marketplace(self):
        """The role is missing: one activity with the reason, nothing is changed."""
        self.stock(fulfillable=5)
        self.read_amazon()
        self.simulator.add_fault(
            "error", operation="getInventorySummaries", count=5, status=403
        )
        row = self.read_amazon()
        self.assertEqual(row.amazon_quantity, 5)
        self.assertEqual(self.last_run().state, "failed")
        self.assertTrue(self.account.activity_ids)

    def test_server_error_changes_nothing(self):
        self.stock(fulfillable=5)
        self.read_amazon()
        self.simulator.add_fault("error", operation="getInventorySummaries", count=20)
        self.assertEqual(self.read_amazon().amazon_quantity, 5)
        self.assertEqual(self.last_run().state, "failed")
        self.simulator.faults.clear()
        self.stock(fulfillable=4)
        self.assertEqual(self.read_amazon().amazon_quantity, 4)

    def test_seller_without_fba(self):
        self.assertFalse(self.read_amazon())
        self.assertEqual(self.last_run().state, "done")
        self.assertFalse(self.account.fba_location_id)

    def test_a_reading_that_broke_off_goes_on_with_its_run(self):
        """Throttled or put on hold in the middle: the history tells of one run."""
        self.stock(fulfillable=5)
        sync = self.env.registry["amazon.sync.fba_stock"]
        for error in (ThrottledError("later", retry_at=time.time()), SyncStopped()):
            with patch.object(sync, "_compare_all", side_effect=error):
                self.read_amazon()
            self.assertEqual(self.last_run().state, "running")
        self.read_amazon()
        runs = self.env["amazon.sync.run"].search([("kind", "=", "fba_stock")])
        self.assertEqual(runs.mapped("state"), ["done"])
        self.assertEqual((runs.seen_count, runs.page_count), (1, 1))
