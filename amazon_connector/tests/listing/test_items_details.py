# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...sync.engine import base
from ...sync.items import details as items_details
from .items_common import ItemsCase


@tagged("post_install", "-at_install")
class TestItemsDetails(ItemsCase):
    """What the report does not tell is read in batches."""

    def details(self):
        """The calls that asked for details."""
        return [
            call
            for call in self.calls("searchListingsItems")
            if "identifiers" in call["query"]
        ] + self.calls("getListingsItem")

    def test_all_facts(self):
        self.put(
            "SKU-A",
            title="Kurta \N{RUPEE SIGN}",
            price="899.00",
            quantity=6,
            product_type="KURTA",
            brand="Weavers",
            barcode_type="EAN",
            barcode="8901234567894",
            fnsku="X0001",
            image="https://images.example.com/1.jpg",
            handling_days=3,
            issues=(
                {
                    "code": "90220",
                    "message": "'material' is required.",
                    "severity": "ERROR",
                    "enforcement": "SEARCH_SUPPRESSED",
                },
            ),
        )
        self.run_items()
        listing = self.listing("SKU-A")
        self.assertRecordValues(
            listing,
            [
                {
                    "title": "Kurta \N{RUPEE SIGN}",
                    "price": 899.0,
                    "amazon_quantity": 6,
                    "quantity_known": True,
                    "product_type": "KURTA",
                    "brand": "Weavers",
                    "barcode": "8901234567894",
                    "fn_sku": "X0001",
                    "image_url": "https://images.example.com/1.jpg",
                    "handling_days": 3,
                    "buyable": True,
                    "discoverable": False,
                    "issue_count": 1,
                    "status": "Active",
                    "condition": "new_new",
                }
            ],
        )
        self.assertEqual(listing.issues[0]["code"], "90220")
        self.assertTrue(listing.read_at and listing.changed_at)

    def test_variations(self):
        """S169: parents, children, theme and three attributes."""
        theme = {"theme": "SIZE/COLOR/STYLE"}
        values = (("size", "M"), ("color", "Red"), ("style", "Slim"))
        self.put("P", is_parent=True, **theme)
        self.put("P-1", parent_sku="P", variation=values, **theme)
        self.run_items()
        self.assertTrue(self.listing("P").is_parent)
        child = self.listing("P-1")
        self.assertEqual(
            (child.parent_sku, child.variation_theme), ("P", "SIZE/COLOR/STYLE")
        )
        self.assertEqual(sorted(map(tuple, child.variation_values)), sorted(values))

    def test_batches_of_twenty(self):
        self.put(*[f"A-{n:02}" for n in range(45)])
        self.run_items()
        self.assertTrue(all(self.listings().mapped("read_at")))
        sizes = [
            len(call["query"]["identifiers"].split(",")) for call in self.details()
        ]
        self.assertLessEqual(max(sizes, default=0), 20)

    def test_only_what_is_new_changed_or_long_unread(self):
        self.put("A", "B", "C", "D", created=self.ago(days=10))
        self.run_items()
        self.simulator.calls.clear()
        self.pass_time(hours=5)
        self.run_items()
        self.assertFalse(self.details())
        self.listing("B").read_at -= items_details.READ_AGAIN
        self.listing("C").read_at = False
        self.pass_time(hours=5)
        self.run_items()
        (call,) = self.details()
        self.assertEqual(set(call["query"]["identifiers"].split(",")), {"B", "C"})

    def test_skus_that_no_search_can_ask_for(self):
        """A comma separates SKUs, a blank at the end gets lost: read one by one."""
        old = self.ago(days=10)
        self.put("A,B", "A", "A ", "a", "A/B", created=old, brand="Weavers")
        self.run_items()
        self.assertEqual(self.listings().mapped("brand"), ["Weavers"] * 5)
        self.assertEqual(len(self.calls("getListingsItem")), 2)

    def test_unknown_to_search(self):
        """A listing that search does not know is kept, and asked for tomorrow."""
        listing = self.env["amazon.listing"].create(
            {"channel_id": self.channel.id, "seller_sku": "SECRET"}
        )
        self.put("A")
        self.run_items()
        self.assertTrue(listing.active)
        record = self.records("skipped")
        self.assertEqual(record.listing_id, listing)
        self.assertIn("does not find it", record.reason)
        self.assertEqual(listing.state, "unconfirmed")
        again = listing.read_at + items_details.READ_AGAIN - fields.Datetime.now()
        self.assertAlmostEqual(
            again, items_details.ASK_AGAIN, delta=timedelta(minutes=1)
        )

    def test_refused_item_says_why(self):
        """S164, S165: the failure has its reason; later syncs bring the item in."""
        old = self.ago(days=10)
        self.put("A,B", created=old, brand="Weavers")
        self.put("C", created=old, brand="Weavers")
        self.simulator.add_fault("error", operation="getListingsItem", status=400)
        self.run_items()
        failed = self.records("failed")
        self.assertEqual(failed.listing_id, self.listing("A,B"))
        self.assertTrue(failed.reason)
        self.assertEqual(failed.run_id.failed_count, 1)
        self.assertEqual(self.listing("C").brand, "Weavers")
        self.simulator.faults.clear()
        self.pass_time(days=2)
        self.run_items()
        self.assertEqual(self.listing("A,B").brand, "Weavers")

    def test_many_details_take_many_turns(self):
        old = self.ago(days=10)
        self.put(*[f"A-{n:02}" for n in range(45)], created=old, brand="Weavers")
        with patch.object(base, "SLICE_SECONDS", -1):
            for _turn in range(8):
                self.run_items(rounds=1)
        self.assertEqual(set(self.listings().mapped("brand")), {"Weavers"})
        self.assertFalse(self.items.cursor_ids.run_id)
        self.assertEqual(len(self.details()), 3)

    def test_title_with_question_marks(self):
        """A report's charset lacks letters that the details had."""
        old = self.ago(days=10)
        self.put("A", title="Kurta \N{RUPEE SIGN}", created=old)
        self.simulator.set_reports(charset="ascii", state_charset=False)
        self.run_items()
        self.assertEqual(self.listing("A").title, "Kurta \N{RUPEE SIGN}")
        self.change("A", quantity=3, updated=old)
        self.next_night()
        self.run_items()
        listing = self.listing("A")
        self.assertEqual(
            (listing.title, listing.amazon_quantity), ("Kurta \N{RUPEE SIGN}", 3)
        )

    def test_nothing_is_created_on_amazon(self):
        """S161: items are imported, not exported: only reading calls are made."""
        self.put("SKU-A", "A,B", "NEW")
        self.run_items()
        self.pass_time(hours=5)
        self.run_items()
        made = {call["operation"] for call in self.simulator.calls}
        self.assertLessEqual(
            made,
            {
                "token",
                "createReport",
                "getReport",
                "getReports",
                "getReportDocument",
                "downloadDocument",
                "searchListingsItems",
                "getListingsItem",
            },
        )
