# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of the items sync share."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import SQL, mute_logger

from ...sync.items import kind as items
from ..common import CLIENT_LOGGERS, INDIA, SYNC_LOGGER, SimulatorCase

HEADER = (
    "item-name",
    "item-description",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "open-date",
    "product-id-type",
    "item-condition",
    "asin1",
    "product-id",
    "fulfillment-channel",
    "status",
)


def report_row(sku, **cells):
    """One row of Amazon's complete listings report; names with ``_`` for ``-``."""
    likely = {
        "item-name": f"Title of {sku.strip()}",
        "listing-id": "0815SIM",
        "seller-sku": sku,
        "price": "100.00",
        "quantity": "10",
        "open-date": "15/08/2026 20:35:17 IST",
        "product-id-type": "1",
        "item-condition": "11",
        "asin1": "B000000001",
        "product-id": "B000000001",
        "fulfillment-channel": "DEFAULT",
        "status": "Active",
    }
    likely.update({name.replace("_", "-"): cell for name, cell in cells.items()})
    return "\t".join(likely.get(name, "") for name in HEADER)


def report_text(*rows, header=HEADER):
    return "".join(f"{line}\r\n" for line in ("\t".join(header), *rows))


class ItemsCase(SimulatorCase):
    """The seller in India with no listing but those that a test puts there."""

    def setUp(self):
        super().setUp()
        self.items = self.account._get_task("items")
        self.items_sync = self.env["amazon.sync.items"]
        self.simulator.set_reports(delay_seconds=0)
        # Whatever time of day it is, an evening is not a night.
        self.patch(
            items, "_next_night", lambda _channel, moment: moment + timedelta(hours=20)
        )
        for listing in self.simulator.listings("IN"):
            self.simulator.delete_listing("IN", listing.seller_sku)
        self.content = None
        written = self.simulator.reports._written

        def write(report, rows):
            if self.content is None:
                return written(report, rows)
            return self.content, "text/plain;charset=UTF-8"

        self.patch(self.simulator.reports, "_written", write)
        contents = self.simulator.reports._contents

        def make(report):
            # Amazon's cache would repeat the last report for an hour.
            self.simulator.reports._rows.clear()
            return contents(report) or ([] if self.content is None else [{}])

        self.patch(self.simulator.reports, "_contents", make)

    def put(self, *skus, **values):
        """Put listings on Amazon; search tells whole seconds, so a moment ago."""
        for sku in skus:
            self.simulator.put_listing(
                "IN", sku, INDIA, **{"created": self.ago(minutes=1), **values}
            )

    def change(self, sku, **changes):
        """Change a listing on Amazon, a moment ago."""
        self.simulator.update_listing(
            "IN", sku, **{"updated": self.ago(minutes=1), **changes}
        )

    def ago(self, **span):
        """A moment of Amazon's clock (epoch seconds)."""
        return self.simulator.clock.now() - timedelta(**span).total_seconds()

    def report_says(self, *rows, **options):
        """Make Amazon's next complete report out of these rows."""
        self.content = report_text(*rows, **options).encode()

    def run_items(self, rounds=2, trigger=False):
        """Let the task run as often as Amazon needs to make a report."""
        for _round in range(rounds):
            self.items.write(
                {
                    "next_run": fields.Datetime.now(),
                    "leased_until": False,
                    "trigger": trigger,
                }
            )
            self.env["amazon.report"].search([]).next_poll = False
            with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS):
                self.run_cron("items_fetch")
        self.env.invalidate_all()

    def next_night(self):
        """Another night: a new report is due, what is known has been for a while."""
        self.pass_time(days=1)

    def pass_time(self, **span):
        """Have what is in Odoo be older than it is."""
        self.env.flush_all()
        past = timedelta(**span)
        for table, columns in (
            ("amazon_report", ("create_date", "requested_at")),
            ("amazon_listing", ("create_date", "read_at")),
            ("amazon_sync_cursor", ("completed_at",)),
        ):
            for column in columns:
                self.env.cr.execute(
                    SQL(
                        "UPDATE %(table)s SET %(column)s = %(column)s - %(past)s",
                        table=SQL.identifier(table),
                        column=SQL.identifier(column),
                        past=past,
                    )
                )
        self.env.invalidate_all()

    def load(self, *rows, **options):
        """Have the next night's report say just this; returns the report."""
        if self.last_report():
            self.next_night()
        self.report_says(*rows, **options)
        self.run_items()
        return self.last_report()

    def last_report(self):
        return self.env["amazon.report"].search(
            [("task_id", "=", self.items.id)], limit=1
        )

    def listing(self, sku):
        return (
            self.env["amazon.listing"]
            .with_context(active_test=False)
            .search([("channel_id", "=", self.channel.id), ("seller_sku", "=", sku)])
        )

    def listings(self):
        return self.env["amazon.listing"].search(
            [("channel_id", "=", self.channel.id)], order="seller_sku"
        )

    def records(self, outcome=None):
        found = self.env["amazon.sync.record"].search(
            [("run_id.task_id", "=", self.items.id)]
        )
        return found.filtered(lambda one: outcome in (None, one.outcome))

    def assert_nothing_gone(self, count):
        self.assertEqual(len(self.listings()), count)
        self.assertFalse(self.account.activity_ids.filtered("note"))

    def no_details(self):
        """Look at the report alone."""
        self.startPatcher(
            patch.object(type(self.items_sync), "_work_on_changes", lambda *_args: True)
        )
