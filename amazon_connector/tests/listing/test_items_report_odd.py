# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo.tests import tagged

from ...sync.items import kind as items
from .items_common import ItemsCase, report_row


@tagged("post_install", "-at_install")
class TestOddItemsReports(ItemsCase):
    """Reports that are empty, late, cut, or hold what no seller should send."""

    def setUp(self):
        super().setUp()
        self.no_details()

    def test_no_header(self):
        self.load(report_row("A"), report_row("B"))
        report = self.load(report_row("C"), header=())
        self.assertEqual(report.state, "failed")
        self.assertIn("lacks", report.message)
        self.assertEqual(report.run_id.state, "failed")
        self.assert_nothing_gone(2)

    def test_no_rows(self):
        self.load(report_row("A"), report_row("B"))
        report = self.load()
        self.assertEqual((report.state, report.row_count), ("read", 0))
        self.assertIn("no rows", report.message)
        self.assert_nothing_gone(2)

    def test_cancelled_is_no_data(self):
        self.load(report_row("A"))
        self.next_night()
        self.simulator.add_fault("report_cancelled", operation="createReport", count=1)
        self.run_items()
        report = self.last_report()
        self.assertEqual((report.state, report.run_id.state), ("empty", "done"))
        self.assertIn("no listings to report", report.message)
        self.assert_nothing_gone(1)

    def test_asked_again_too_soon(self):
        """CANCELLED inside Amazon's cache window says nothing about the data."""
        self.load(report_row("A"))
        first = self.last_report()
        # A user asks for it by hand, twice.
        self.pass_time(minutes=29)
        self.patch(items, "REPORT_PAUSE", timedelta(minutes=5))
        self.simulator.add_fault("report_cancelled", operation="createReport", count=1)
        self.items.trigger = "manual"
        self.run_items(trigger="manual")
        report = self.last_report()
        self.assertNotEqual(report, first)
        self.assertIn("so soon", report.message)
        self.assert_nothing_gone(1)

    def test_fatal_says_why(self):
        self.simulator.add_fault("report_fatal", operation="createReport", count=1)
        self.run_items()
        report = self.last_report()
        self.assertEqual(report.state, "failed")
        self.assertIn("could not be made", report.message)
        self.assertEqual(report.run_id.message, report.message)
        self.pass_time(minutes=2)
        self.put("A")
        self.run_items()
        self.assertEqual(self.last_report().state, "read")
        self.assertTrue(self.listing("A"))

    def test_report_that_fails_again_and_again(self):
        self.simulator.add_fault("report_fatal", operation="createReport", count=3)
        for _try in range(3):
            self.run_items()
            self.pass_time(days=1)
        self.assertEqual(len(self.account.activity_ids.filtered("amazon_alert")), 1)
        self.load(report_row("A"))
        self.assertFalse(self.account.activity_ids.filtered("amazon_alert"))

    def test_duplicate_skus(self):
        self.load(
            report_row("A", price="1.00"),
            report_row("B"),
            report_row("A", price="2.00"),
        )
        self.assertEqual(self.listing("A").price, 2.0)
        record = self.records("skipped")
        self.assertEqual(record.name, "A")
        self.assertIn("the last one is used", record.reason)
        run = record.run_id
        self.assertEqual((run.seen_count, run.changed_count), (3, 2))

    def test_broken_row_in_the_middle(self):
        """S164: it is told with its reason; the other rows come in."""
        self.load(report_row("A"), report_row("B"), report_row("C"))
        report = self.load(report_row("A"), "half a title", report_row("D"))
        self.assertEqual(report.state, "read")
        self.assertTrue(self.listing("D"))
        failed = self.records("failed")
        self.assertEqual(failed.mapped("name"), ["Row 2"])
        # The broken row may be one of those that are missing.
        self.assertEqual(len(self.listings()), 4)
        self.assertEqual((report.drop_state, report.missing_count), ("asked", 2))

    def test_line_end_within_a_cell(self):
        """Its second half would have a price for a SKU."""
        whole = report_row("B", item_description="A long|story")
        self.load(report_row("A"), *whole.split("|"), report_row("C"))
        self.assertEqual(self.listings().mapped("seller_sku"), ["A", "C"])
        self.assertEqual(len(self.records("failed")), 2)

    def test_cut_in_the_middle(self):
        self.load(*[report_row(f"A-{n}") for n in range(5)])
        self.next_night()
        rows = [report_row("A-0"), report_row("NEW"), report_row("A-2")]
        self.report_says(*rows)
        self.content = self.content[:-40]
        self.run_items()
        report = self.last_report()
        self.assertEqual(report.state, "failed")
        self.assertIn("cut off", report.message)
        self.assertTrue(self.listing("NEW"))
        self.assert_nothing_gone(6)

    def test_case_and_blanks_tell_skus_apart(self):
        skus = ["AB", "Ab", "ab", "AB ", " AB", "AB  "]
        self.load(*[report_row(sku) for sku in skus])
        self.assertEqual(sorted(self.listings().mapped("seller_sku")), sorted(skus))
        self.load(*[report_row(sku) for sku in skus if sku != "AB "])
        self.assertFalse(self.listing("AB ").active)
        self.assertTrue(self.listing("AB").active and self.listing("AB  ").active)

    def test_odd_characters(self):
        odd = 'Back\\slash "12\\N" \\t café 茶 \x85 \x0b \r end'
        self.load(report_row("A", item_name=odd), report_row("\\N"), report_row("\\."))
        self.assertEqual(self.listing("A").title, odd)
        self.assertEqual(len(self.listings()), 3)

    def test_absurd_numbers(self):
        self.load(
            report_row("A", quantity="999999999999", price="123456789012345.6789"),
            report_row("B", quantity="many", price="-1", open_date="31/02/2026"),
            report_row("C" * 300),
        )
        self.assertEqual(len(self.listings()), 2)
        self.assertFalse(self.listing("B").quantity_known)
        self.assertEqual(len(self.records("failed")), 1)
