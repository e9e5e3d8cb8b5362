# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from dataclasses import replace
from datetime import timedelta
from unittest.mock import Mock, patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...sp_api import Client, FbaInventory, ThrottledError
from ...sync.engine.base import SyncStopped
from ..common import CLIENT_LOGGERS, SYNC_LOGGER, SimulatorCase, item_json, order_json


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
        self.assertEqual(run.synced_count, 1)
        self.assertEqual(run.record_ids.listing_id, self.listing)
        self.assertGreater(self.fba_task.next_run, fields.Datetime.now())

    def pages(self):
        return [
            call
            for call in self.calls("getInventorySummaries")
            if call["status"] == 200
        ]

    def stock_many(self, listed=False):
        """120 products more at Amazon, on three pages with the one of the class."""
        skus = [f"MANY-{number:03d}" for number in range(120)]
        for sku in skus:
            self.stock(sku, fulfillable=1)
        self.stock(fulfillable=5)
        if listed:
            self.listing.fulfilled_by = "amazon"
            self.env["amazon.listing"].create(
                [
                    {
                        "channel_id": self.channel.id,
                        "seller_sku": sku,
                        "fulfilled_by": "amazon",
                    }
                    for sku in skus
                ]
            )

    def test_many_pages(self):
        self.stock_many()
        self.assertEqual(self.read_amazon().amazon_quantity, 5)
        self.assertEqual(len(self.pages()), 3)
        run = self.last_run()
        self.assertEqual((run.seen_count, run.page_count), (121, 3))

    def test_lease_is_renewed_with_each_page(self):
        """18,000 products take longer than a lease lasts."""
        self.stock_many()
        leases = []
        call = Client.call

        def late(client, *arguments, **options):
            self.fba_task.invalidate_recordset()
            leases.append(self.fba_task.leased_until - fields.Datetime.now())
            # What a page may take.
            self.fba_task.leased_until -= timedelta(minutes=2)
            self.env.flush_all()
            return call(client, *arguments, **options)

        with patch.object(Client, "call", late):
            self.read_amazon()
        self.assertEqual(len(leases), 3)
        self.assertGreater(min(leases), timedelta(minutes=2))
        self.assertEqual(self.last_run().state, "done")

    def after_first_page(self, act):
        """Have `act` done once, when the first page is stored."""
        sync = self.env.registry["amazon.sync.fba_stock"]
        acts = [act]

        def store_page(model, *arguments):
            store(model, *arguments)
            if acts:
                acts.pop()()
                self.env.flush_all()

        store = sync._store_page
        return patch.object(sync, "_store_page", store_page)

    def test_put_on_hold_between_pages(self):
        """Rule 8: no page more is read; it goes on when the account is taken off."""
        self.stock_many()
        with self.after_first_page(lambda: self.account.write({"on_hold": True})):
            self.read_amazon()
        self.assertEqual(len(self.pages()), 1)
        self.account.on_hold = False
        (self.account.task_ids - self.fba_task).trigger = False
        self.assertEqual(self.read_amazon().amazon_quantity, 5)
        self.assertEqual((len(self.pages()), self.last_run().page_count), (3, 3))

    def test_reading_that_stood_still_begins_anew(self):
        """Counts from before a long hold would be compared with Odoo's of today."""
        self.stock_many()
        with self.after_first_page(lambda: self.account.write({"on_hold": True})):
            self.read_amazon()
        run = self.last_run()
        self.env.cr.execute(
            "UPDATE amazon_sync_cursor SET write_date = write_date - interval '1 hour'"
        )
        self.account.on_hold = False
        (self.account.task_ids - self.fba_task).trigger = False
        self.assertEqual(self.read_amazon().amazon_quantity, 5)
        self.assertEqual(run.state, "failed")
        self.assertIn("too old", run.message)
        self.assertEqual(self.last_run().seen_count, 121)

    def test_turns_of_one_page_each(self):
        """A reading that takes longer than a turn goes on where it stopped."""
        self.stock_many()
        sync = self.env.registry["amazon.sync.fba_stock"]
        fetch = sync._fetch
        outcomes = []

        def late(model, task, _deadline):
            outcomes.append(fetch(model, task, time.monotonic() - 1))
            return outcomes[-1]

        with patch.object(sync, "_fetch", late):
            self.assertEqual(self.read_amazon().amazon_quantity, 5)
        self.assertEqual(outcomes, [False, False, False, True])
        run = self.last_run()
        self.assertEqual((run.state, len(self.pages())), ("done", 3))

    def test_page_token_that_expired(self):
        """Amazon's live for 30 seconds: the rest is read by SKU, and nothing twice."""
        self.stock_many(listed=True)
        self.env["amazon.listing"].create(
            {
                "channel_id": self.channel.id,
                "seller_sku": "RED,XL",
                "fulfilled_by": "amazon",
                "fba_fulfillable": 7,
            }
        )
        with self.after_first_page(lambda: self.simulator.clock.advance(31)):
            self.assertEqual(self.read_amazon().amazon_quantity, 5)
        run = self.last_run()
        self.assertEqual((run.state, run.seen_count), ("done", 121))
        # One page, two of 50 and 21 SKUs, and the one that a comma would cut in two.
        self.assertEqual((len(self.pages()), run.page_count), (4, 4))
        listings = self.env["amazon.listing"].search([])
        self.assertEqual(sum(listings.mapped("fba_fulfillable")), 125)
        self.assertEqual(run.changed_count, 122, "what was not named is gone")

    def test_page_token_that_comes_again(self):
        self.stock_many(listed=True)
        tokens = self.simulator.inventory_tokens
        with patch.object(type(tokens), "issue", lambda *_arguments: "same"):
            with patch.object(type(tokens), "resolve", lambda *_a: Mock(offset=50)):
                self.read_amazon()
        run = self.last_run()
        self.assertEqual((run.state, run.seen_count), ("done", 121))

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

    def skipping(self, *skus):
        """Have pages of all SKUs leave these out, as Amazon does now and then."""
        read_page = FbaInventory.read_page

        def skip(inventory, marketplace, seller_skus=(), page_token=None):
            page = read_page(inventory, marketplace, seller_skus, page_token)
            kept = [
                one
                for one in page.summaries
                if seller_skus or one.seller_sku not in skus
            ]
            return replace(page, summaries=tuple(kept))

        return patch.object(FbaInventory, "read_page", skip)

    def test_reading_that_skips_a_sku(self):
        """Rule 15: absence is asked about before it is a number."""
        self.account.fba_correction = "automatic"
        self.stock(fulfillable=5)
        self.read_amazon()
        self.stock("OTHER", fulfillable=1)
        self.simulator.calls.clear()
        with self.skipping("SKU-A"):
            row = self.read_amazon()
        self.assertEqual((row.amazon_quantity, row.state), (5, "equal"))
        self.assertEqual((self.listing.fba_fulfillable, self.on_hand()), (5, 5))
        self.assertEqual(self.listing.fba_reading, self.last_run().id)
        self.assertEqual(len(self.pages()), 2)

    def test_reading_that_names_nothing(self):
        """An empty answer is no answer about each SKU."""
        self.stock(fulfillable=5)
        self.read_amazon()
        with self.skipping("SKU-A"):
            self.assertEqual(self.read_amazon().amazon_quantity, 5)

    def test_nothing_left_at_amazon(self):
        """Asked about by SKU once, Amazon names nothing: 0, and no call more."""
        self.stock(fulfillable=5)
        self.read_amazon()
        self.simulator.fba._holdings.clear()
        self.simulator.calls.clear()
        row = self.read_amazon()
        self.assertEqual((row.amazon_quantity, self.listing.fba_fulfillable), (0, 0))
        self.assertEqual(len(self.pages()), 2)
        self.simulator.calls.clear()
        self.read_amazon()
        self.assertEqual(len(self.pages()), 1)
        self.assertEqual(self.listing.fba_reading, self.last_run().id)

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
