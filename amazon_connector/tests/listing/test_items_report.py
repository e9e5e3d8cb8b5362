# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...sync.items import kind as items
from ...sync.items.kind import _next_night
from ..common import INDIA
from .items_common import ItemsCase, report_row


@tagged("post_install", "-at_install")
class TestItemsReport(ItemsCase):
    """Amazon's complete report, merged into the listings."""

    def setUp(self):
        super().setUp()
        self.no_details()

    def test_first_sync(self):
        """S7, S167: the first sync brings in all items with their quantities."""
        self.put("SKU-A", title="Cotton Kurta", price="899.00", quantity=7)
        self.put("SKU-B", quantity=0)
        self.run_items()
        report = self.last_report()
        self.assertEqual((report.state, report.row_count), ("read", 2))
        listing = self.listing("SKU-A")
        self.assertRecordValues(
            listing,
            [
                {
                    "title": "Cotton Kurta",
                    "price": 899.0,
                    "amazon_quantity": 7,
                    "quantity_known": True,
                    "fulfilled_by": "merchant",
                    "fulfillment_channel": "DEFAULT",
                    "status": "Active",
                    "condition": "new_new",
                    "account_id": self.account.id,
                    "company_id": self.company.id,
                    "active": True,
                }
            ],
        )
        self.assertTrue(listing.asin and listing.listed_at)
        self.assertEqual(self.listing("SKU-B").status, "Inactive")

    def test_history_of_mapped_and_unmapped_items(self):
        """S163: equal SKUs are mapped, all others come in as unconfirmed."""
        self.put("SKU-A", "SKU-B", "NEW-1", "NEW-2")
        self.run_items()
        self.assertEqual(self.listing("SKU-A").product_id, self.product)
        self.assertEqual(
            self.listings().mapped("state"), ["unconfirmed"] * 2 + ["linked"] * 2
        )
        created = self.records("created")
        self.assertEqual(set(created.mapped("name")), {"SKU-A", "SKU-B"})
        self.assertIn(self.product.name, created[-1].reason + created[0].reason)
        waiting = self.records("unconfirmed")
        self.assertEqual(set(waiting.mapped("name")), {"NEW-1", "NEW-2"})
        self.assertTrue(all(waiting.mapped("reason")))
        run = created.run_id
        self.assertEqual(run.kind, "items")
        self.assertEqual(
            (run.seen_count, run.changed_count, run.unchanged_count), (4, 4, 0)
        )
        self.assertEqual((run.synced_count, run.unconfirmed_count), (4, 2))
        action = waiting[0].action_open_source()
        self.assertEqual(action["res_model"], "amazon.listing")
        self.assertEqual(action["res_id"], waiting[0].listing_id.id)

    def test_added_later(self):
        """S36: what is listed later comes with the next sync, and is not doubled."""
        self.load(report_row("A"))
        known = self.listing("A")
        self.load(report_row("A"), report_row("B"))
        self.assertEqual(self.listing("A"), known)
        self.assertEqual(self.listings().mapped("seller_sku"), ["A", "B"])

    def test_unchanged_rows_are_not_touched(self):
        rows = [report_row(f"A-{n}") for n in range(5)]
        self.load(*rows)
        before = self.listings().mapped("write_date")
        self.next_night()
        self.env.cr.execute("SELECT array_agg(xmin::text || ctid) FROM amazon_listing")
        physical = self.env.cr.fetchone()
        self.run_items()
        self.assertEqual(self.listings().mapped("write_date"), before)
        self.env.cr.execute("SELECT array_agg(xmin::text || ctid) FROM amazon_listing")
        self.assertEqual(self.env.cr.fetchone(), physical)
        run = self.last_report().run_id
        self.assertEqual((run.seen_count, run.unchanged_count), (5, 5))
        self.assertFalse(run.record_ids)

    def test_changes(self):
        self.load(report_row("A"), report_row("B"))
        self.listing("A").read_at = self.listing("B").read_at = fields.Datetime.now()
        self.load(
            report_row("A", price="80.50", quantity="3"),
            report_row("B", status="Inactive"),
        )
        changed = self.listing("A")
        self.assertEqual((changed.price, changed.amazon_quantity), (80.5, 3))
        self.assertEqual(self.listing("B").status, "Inactive")
        # Prices and quantities change daily; what else changed is looked at closely.
        self.assertTrue(changed.read_at)
        self.assertFalse(self.listing("B").read_at)
        run = self.last_report().run_id
        self.assertEqual((run.changed_count, run.unchanged_count), (2, 0))
        self.assertEqual(run.synced_count, 2)
        self.assertEqual(run.record_ids.listing_id, self.listings(), "one each")

    def test_merchant_to_amazon_and_back(self):
        """Bad input: a listing that changes from merchant to FBA and back."""
        self.load(report_row("SKU-A"))
        listing = self.listing("SKU-A")
        self.load(report_row("SKU-A", fulfillment_channel="AMAZON_IN", quantity=""))
        self.assertRecordValues(
            listing,
            [
                {
                    "fulfilled_by": "amazon",
                    "fulfillment_channel": "AMAZON_IN",
                    "quantity_known": False,
                    "amazon_quantity": 0,
                    "product_id": self.product.id,
                }
            ],
        )
        self.load(report_row("SKU-A", quantity="4"))
        self.assertRecordValues(
            listing,
            [
                {
                    "fulfilled_by": "merchant",
                    "fulfillment_channel": "DEFAULT",
                    "quantity_known": True,
                    "amazon_quantity": 4,
                    "product_id": self.product.id,
                }
            ],
        )

    def test_gone_and_back(self):
        self.load(report_row("SKU-A"), report_row("SKU-B"))
        self.load(report_row("SKU-B"))
        gone = self.listing("SKU-A")
        self.assertFalse(gone.active)
        self.assertTrue(gone.gone_at)
        self.assertEqual(gone.product_id, self.product)
        record = self.records("updated")
        self.assertEqual(record.listing_id, gone)
        self.assertIn("no longer", record.reason)
        self.load(report_row("SKU-A"), report_row("SKU-B"))
        self.assertRecordValues(
            gone,
            [
                {
                    "active": True,
                    "gone_at": False,
                    "state": "linked",
                    "product_id": self.product.id,
                }
            ],
        )
        self.assertIn("again", self.records("updated")[0].reason)

    def test_what_is_newer_than_the_report_is_not_gone(self):
        """Amazon repeats a report for hours: a new listing is not in it yet."""
        self.load(report_row("A"))
        self.next_night()
        new = self.env["amazon.listing"].create(
            {"channel_id": self.channel.id, "seller_sku": "NEWER"}
        )
        seen = self.env["amazon.listing"].create(
            {
                "channel_id": self.channel.id,
                "seller_sku": "SEEN",
                "read_at": fields.Datetime.now(),
            }
        )
        self.run_items()
        self.assertTrue(new.active and seen.active)
        self.load(report_row("A"))
        self.assertFalse(new.active or seen.active)

    # --- a large drop ------------------------------------------------------

    def drop(self):
        rows = [report_row(f"A-{n:02}") for n in range(40)]
        self.load(*rows)
        return self.load(*rows[:25])

    def test_large_drop_asks_first(self):
        report = self.drop()
        self.assertEqual((report.drop_state, report.missing_count), ("asked", 15))
        self.assertEqual(len(self.listings()), 40)
        alert = self.account.activity_ids.filtered("amazon_alert")
        self.assertEqual(alert.user_id, self.account._get_responsible())
        self.assertIn("15 of 40", alert.note)
        report.action_accept_drop()
        self.assertEqual(len(self.listings()), 25)
        self.assertEqual(report.drop_state, "accepted")
        self.assertFalse(self.account.activity_ids.filtered("amazon_alert"))
        with self.assertRaises(UserError):
            report.action_accept_drop()

    def test_drop_is_decided_by_managers(self):
        report = self.drop()
        user = new_test_user(self.env, "clerk", "amazon_connector.group_user")
        with self.assertRaises(AccessError):
            report.with_user(user).action_accept_drop()
        manager = new_test_user(self.env, "boss", "amazon_connector.group_manager")
        report.with_user(manager).action_accept_drop()
        self.assertEqual(len(self.listings()), 25)

    def test_later_report_overtakes_the_question(self):
        report = self.drop()
        self.channel.name = "Renamed since"
        self.load(*[report_row(f"A-{n:02}") for n in range(39)])
        self.assertEqual(report.drop_state, "overtaken")
        self.assertFalse(self.account.activity_ids.filtered("amazon_alert"))
        self.assertEqual(len(self.listings()), 39)

    def test_small_drop_needs_no_question(self):
        rows = [report_row(f"A-{n:02}") for n in range(40)]
        self.load(*rows)
        report = self.load(*rows[:30])
        self.assertFalse(report.drop_state)
        self.assertEqual(len(self.listings()), 30)

    # --- when --------------------------------------------------------------

    def test_nights_of_the_marketplace(self):
        """02:00 in India is 20:30 UTC of the day before."""
        evening = datetime(2026, 11, 21, 19, 0)
        self.assertEqual(
            _next_night(self.channel, evening), datetime(2026, 11, 21, 20, 30)
        )
        self.assertEqual(
            _next_night(self.channel, datetime(2026, 11, 21, 20, 30)),
            datetime(2026, 11, 22, 20, 30),
        )

    def test_once_a_night(self):
        self.load(report_row("A"))
        self.run_items()
        self.assertEqual(len(self.calls("createReport")), 1)
        night = items._next_night(self.channel, self.last_report().create_date)
        self.assertLessEqual(self.items.next_run, night)
        self.next_night()
        self.run_items()
        self.assertEqual(len(self.calls("createReport")), 2)

    def test_by_hand(self):
        """S64: a sync by hand reads a complete report, but not within half an hour."""
        self.load(report_row("A"))
        self.items.action_sync_now()
        self.run_items(trigger="manual")
        self.assertEqual(len(self.calls("createReport")), 1)
        self.pass_time(minutes=40)
        self.report_says(report_row("A"), report_row("B"))
        self.run_items(trigger="manual")
        self.assertEqual(len(self.calls("createReport")), 2)
        self.assertTrue(self.listing("B"))
        self.assertEqual(self.last_report().run_id.trigger, "manual")

    def test_report_in_work_is_looked_at_later(self):
        self.simulator.set_reports(delay_seconds=3600)
        self.put("A")
        self.run_items(rounds=1)
        report = self.last_report()
        self.assertEqual(report.state, "requested")
        self.assertEqual(self.items.next_run, report.next_poll)
        self.assertFalse(self.items.leased_until)

    def test_header_is_asked_for_in_english(self):
        self.put("A")
        self.run_items(rounds=1)
        (report,) = self.simulator.reports._reports.values()
        self.assertEqual(report.options, {"preferredReportDocumentLocale": "en_US"})
        self.assertEqual(report.marketplace_ids, (INDIA,))
