# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...sp_api import Listings, ListingsChangedError, TooManyListingsError
from ...sync.engine import base
from ...sync.items import search as items_search
from ..common import INDIA, ago
from .items_common import ItemsCase


@tagged("post_install", "-at_install")
class TestItemsSearch(ItemsCase):
    """Changes between two complete reports."""

    def setUp(self):
        super().setUp()
        self.put("SKU-A", "OTHER", created=self.ago(days=3))
        self.run_items()
        self.simulator.calls.clear()

    def later(self, hours=4, **options):
        """The next run after some hours."""
        self.pass_time(hours=hours)
        self.run_items(**options)

    def searches(self):
        """Searches for changes, without those for details."""
        return [
            call
            for call in self.calls("searchListingsItems")
            if "identifiers" not in call["query"]
        ]

    def test_changes_without_a_report(self):
        listing = self.listing("SKU-A")
        self.change("SKU-A", price="55.00", quantity=2)
        self.later()
        self.assertEqual((listing.price, listing.amazon_quantity), (55.0, 2))
        self.assertFalse(self.calls("createReport"))
        run = self.last_run()
        self.assertEqual((run.kind, run.state), ("items", "done"))
        self.assertEqual((run.changed_count, run.synced_count), (1, 1))
        self.assertEqual(run.record_ids.listing_id, listing, "the figure opens it")

    def test_new_item(self):
        """S36: an item listed since the last sync comes in and is linked."""
        self._create_product("NEW-1")
        self.put("NEW-1", "NEW-2", title="Fresh")
        self.later()
        self.assertEqual(self.listing("NEW-1").state, "linked")
        self.assertEqual(self.listing("NEW-2").state, "unconfirmed")
        self.assertTrue(self.listing("NEW-2").reason)
        self.assertEqual(
            {one.name: one.outcome for one in self.last_run().record_ids},
            {"NEW-1": "created", "NEW-2": "unconfirmed"},
        )

    def test_new_variations(self):
        """S169: a family comes with its parent, theme and attributes."""
        theme = {"theme": "SIZE/COLOR"}
        self.put("SHIRT", is_parent=True, **theme)
        self.put(
            "SHIRT-M-RED",
            parent_sku="SHIRT",
            variation=(("size", "M"), ("color", "Red")),
            **theme,
        )
        self.later()
        self.assertTrue(self.listing("SHIRT").is_parent)
        child = self.listing("SHIRT-M-RED")
        self.assertEqual(child.parent_sku, "SHIRT")
        self.assertEqual(child.variation_theme, "SIZE/COLOR")
        self.assertEqual(
            sorted(child.variation_values), [["color", "Red"], ["size", "M"]]
        )

    def test_linked_once_the_cause_is_gone(self):
        """S165: the next sync brings in by itself what could not be linked."""
        listing = self.listing("OTHER")
        self.assertEqual(listing.state, "unconfirmed")
        self.later()
        self.assertEqual(listing.state, "unconfirmed")
        product = self._create_product("OTHER")
        self.later()
        self.assertEqual((listing.state, listing.product_id), ("linked", product))
        record = self.last_run().record_ids
        self.assertEqual((record.outcome, record.listing_id), ("updated", listing))
        self.assertIn(product.name, record.reason)

    def test_unlinked_is_offered_anew(self):
        listing = self.listing("SKU-A")
        listing.product_id = False
        self.assertEqual(listing.state, "unlinked")
        self.later()
        self.assertEqual((listing.state, listing.product_id.id), ("unconfirmed", False))

    def test_watermark_and_overlap(self):
        cursor = self.items.cursor_ids
        self.later()
        first = cursor.watermark
        self.assertTrue(cursor.completed_at)
        self.assertFalse(cursor.query)
        self.simulator.calls.clear()
        self.later()
        (call,) = self.searches()
        after = fields.Datetime.to_datetime(
            call["query"]["lastUpdatedAfter"][:19].replace("T", " ")
        )
        self.assertLess(abs(first - items_search.OVERLAP - after), timedelta(seconds=2))
        self.assertGreaterEqual(cursor.watermark, first)

    def test_interval_is_kept_while_a_report_is_made(self):
        self.later()
        count = len(self.searches())
        self.run_items(rounds=3)
        self.assertEqual(len(self.searches()), count)

    def test_by_hand(self):
        """S64: the user need not wait for the schedule."""
        self.pass_time(minutes=20)
        self.change("SKU-A", price="61.00")
        self.run_items()
        self.assertEqual(self.listing("SKU-A").price, 100.0)
        self.run_items(rounds=1, trigger="manual")
        self.assertEqual(self.listing("SKU-A").price, 61.0)
        self.assertEqual(self.last_run().trigger, "manual")
        self.assertFalse(self.items.trigger)

    def test_merchant_to_amazon_and_back(self):
        listing = self.listing("SKU-A")
        product = listing.product_id
        self.change("SKU-A", fulfilled_by="AMAZON")
        self.later()
        self.assertEqual(
            (listing.fulfilled_by, listing.fulfillment_channel), ("amazon", "AMAZON_IN")
        )
        self.assertEqual((listing.quantity_known, listing.amazon_quantity), (False, 0))
        self.change("SKU-A", fulfilled_by="MERCHANT")
        self.later()
        self.assertEqual(
            (listing.fulfilled_by, listing.fulfillment_channel), ("merchant", "DEFAULT")
        )
        self.assertTrue(listing.quantity_known)
        self.assertEqual(listing.product_id, product)

    def test_image_alone_is_no_change(self):
        self.change("SKU-A", image="https://images.example.com/new.jpg")
        self.later()
        self.assertIn("new.jpg", self.listing("SKU-A").image_url)
        self.assertEqual(self.last_run().changed_count, 0)

    def test_back_from_gone(self):
        listing = self.listing("SKU-A")
        self.env.flush_all()
        listing.write({"active": False, "gone_at": fields.Datetime.now()})
        self.change("SKU-A", price="70.00")
        self.later()
        self.assertRecordValues(
            listing,
            [{"active": True, "gone_at": False, "product_id": self.product.id}],
        )
        self.assertIn("again", self.last_run().record_ids.reason)

    def test_report_tells_again_what_search_changed(self):
        """A price that came and went again must not stay for the report's sake."""
        listing = self.listing("SKU-A")
        self.change("SKU-A", price="55.00")
        self.later()
        # Back again, and Amazon's lastUpdatedDate did not move.
        self.change("SKU-A", price="100.00", updated=self.ago(days=3))
        self.next_night()
        self.run_items()
        self.assertEqual(listing.price, 100.0)

    # --- what Amazon cannot tell -------------------------------------------

    def test_too_many_changes(self):
        """More changes than a search can page through: the report tells them."""

        def search_pages(*_args, **_window):
            raise TooManyListingsError("too many", operation="searchListingsItems")
            yield

        with patch.object(Listings, "search_pages", search_pages):
            self.later(rounds=1)
        self.assertEqual(self.items.cursor_ids.query, {"report": True})
        run = self.last_run()
        self.assertEqual(run.state, "done")
        self.assertIn("complete report", run.message)
        self.later(rounds=2)
        self.assertEqual(len(self.calls("createReport")), 1)
        self.assertFalse(self.items.cursor_ids.query)

    def test_long_silence(self):
        """After days on hold the complete report is faster than a search."""
        self.items.cursor_ids.watermark -= timedelta(days=5)
        self.pass_time(hours=5)
        self.run_items()
        self.assertEqual(len(self.calls("createReport")), 1)
        (call, *_more) = self.searches()
        self.assertGreater(call["query"]["lastUpdatedAfter"], ago(hours=7))

    def test_window_is_cut_when_it_takes_long(self):
        """A turn is short: what is left goes on where it stopped, in smaller steps."""
        for hour in range(24):
            changed = self.ago(hours=hour, minutes=1)
            self.put(f"N-{hour:02}-A", f"N-{hour:02}-B", created=changed)
        cursor = self.items.cursor_ids
        cursor.watermark -= timedelta(days=1)
        with (
            patch.object(items_search, "PATIENCE_SECONDS", -1000),
            patch.object(items_search, "SHORTEST_WINDOW", timedelta(hours=3)),
        ):
            self.later(rounds=1)
        self.assertEqual(len(self.listings()), 50)
        self.assertFalse(cursor.query)
        self.assertEqual(cursor.run_id.ids, [])
        windows = {call["query"]["lastUpdatedBefore"] for call in self.searches()}
        self.assertGreater(len(windows), 4)

    def test_listings_that_never_stand_still(self):
        error = ListingsChangedError("changing", operation="searchListingsItems")
        original = Listings.search_pages
        calls = []

        def search_pages(this, places, **window):
            calls.append(window)
            if len(calls) == 1:
                raise error
            yield from original(this, places, **window)

        self.change("SKU-A", price="71.00")
        with patch.object(Listings, "search_pages", search_pages):
            self.later()
        self.assertEqual(self.listing("SKU-A").price, 71.0)
        self.assertGreater(len(calls), 2)

    def test_refused_channel(self):
        self.simulator.add_fault(
            "error", operation="searchListingsItems", status=403, count=1
        )
        self.later(rounds=1)
        run = self.last_run()
        self.assertEqual(run.state, "failed")
        self.assertEqual(len(self.account.activity_ids.filtered("amazon_alert")), 1)
        self.channel.name = "Renamed since"
        self.change("SKU-A", price="72.00")
        self.later()
        self.assertEqual(self.listing("SKU-A").price, 72.0)
        self.assertFalse(self.account.activity_ids.filtered("amazon_alert"))

    def test_on_hold_is_silent(self):
        self.account.on_hold = True
        self.later()
        self.assertFalse(self.simulator.calls)

    def test_throttled_comes_back(self):
        self.change("SKU-A", price="73.00")
        self.simulator.add_fault(
            "throttle", operation="searchListingsItems", retry_after=120
        )
        self.later(rounds=1)
        self.assertEqual(self.listing("SKU-A").price, 100.0)
        self.assertEqual(self.last_run().state, "running")
        self.assertGreater(self.items.next_run, fields.Datetime.now())
        self.simulator.faults.clear()
        self.env["amazon.token.bucket"].sudo().search([]).unlink()
        self.run_items(rounds=1)
        self.assertEqual(self.listing("SKU-A").price, 73.0)

    def test_stopped_in_the_middle(self):
        """A run that another worker takes over goes on, and doubles nothing."""
        self.put(*[f"N-{n:02}" for n in range(45)])
        original = type(self.items_sync)._store_page
        pages = []

        def store_page(this, run, channel, page):
            if len(pages) == 2:
                raise base.SyncStopped
            pages.append(page)
            return original(this, run, channel, page)

        with patch.object(type(self.items_sync), "_store_page", store_page):
            self.later(rounds=1)
        self.assertEqual(len(self.listings()), 42)
        run = self.items.cursor_ids.run_id
        self.assertEqual(run.state, "running")
        self.run_items(rounds=1)
        self.assertEqual(len(self.listings()), 47)
        self.assertEqual(run.state, "done")
        created = self.records("unconfirmed").filtered(lambda one: "N-" in one.name)
        self.assertEqual(len(created), 45)


@tagged("post_install", "-at_install")
class TestItemsTwoChannels(ItemsCase):
    """Channels of one account do not wait for each other."""

    region = "na"
    seller = "US"
    marketplaces = ("us", "ca")

    def setUp(self):
        super().setUp()
        for listing in self.simulator.listings("US"):
            if listing.seller_sku not in ("US-0001", "US-0002"):
                self.simulator.delete_listing(
                    "US", listing.seller_sku, listing.marketplace_id
                )

    def test_one_report_each(self):
        self.run_items()
        reports = self.env["amazon.report"].search([("task_id", "=", self.items.id)])
        self.assertEqual(reports.channel_ids, self.channels)
        self.assertEqual(reports.mapped("state"), ["read", "read"])
        listings = self.env["amazon.listing"].search([])
        self.assertEqual(len(listings), 4)
        self.assertEqual(
            set(listings.mapped("channel_id.currency_id.name")), {"USD", "CAD"}
        )

    def test_one_switched_off_in_the_middle(self):
        """Bad input of the sync: its report is given up, the other one is read."""
        self.run_items(rounds=1)
        off = self.channels[1]
        off.active = False
        self.run_items()
        self.assertEqual(self.env["amazon.listing"].search([]).channel_id, self.channel)
        reports = self.env["amazon.report"].search([("task_id", "=", self.items.id)])
        self.assertEqual(set(reports.mapped("state")), {"read", "failed"})
        run = reports.filtered(lambda one: one.state == "failed").run_id
        self.assertEqual(run.state, "done")
        self.assertIn("switched off", run.message)
        off.active = True
        self.pass_time(minutes=5)
        self.run_items(rounds=3)
        self.assertIn(off, self.env["amazon.listing"].search([]).channel_id)

    def test_one_refused(self):
        self.simulator.add_fault("report_fatal", operation="createReport", count=1)
        self.run_items()
        reports = self.env["amazon.report"].search([("task_id", "=", self.items.id)])
        self.assertEqual(sorted(reports.mapped("state")), ["failed", "read"])
        read = reports.filtered(lambda one: one.state == "read").channel_ids
        found = self.env["amazon.listing"].search([("read_at", "!=", False)])
        self.assertLessEqual(read, found.channel_id)
        self.assertNotEqual(self.channel.marketplace_id.amazon_code, INDIA)
