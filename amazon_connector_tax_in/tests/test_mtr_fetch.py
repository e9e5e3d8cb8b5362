# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.amazon_connector.tests.common import (
    CLIENT_LOGGERS,
    INDIA,
    SYNC_LOGGER,
    SimulatorCase,
)

from ..sync.amazon_sync_mtr import SCHEDULED, TRANSFERS
from .mtr_case import MtrCase
from .mtr_common import BUYER, TRANSFER_COLUMNS, make_csv, mtr_row, transfer_row

CRON = "amazon_connector_tax_in.ir_cron_mtr_fetch"
READY = "odoo.addons.amazon_connector_tax_in.sync.amazon_sync_mtr.READY_DAY"
ROLE = "Tax Remittance"


@tagged("post_install", "-at_install")
class TestMtrFetch(MtrCase, SimulatorCase):
    """India's tax report from Amazon: scheduled, found, asked for, refused."""

    def setUp(self):
        super().setUp()
        self.amazon = self.simulator.sellers["IN"]
        self.simulator.set_reports(delay_seconds=0)
        every = self.account.with_context(active_test=False).task_ids
        self.mtr = every.filtered(lambda one: one.kind == "mtr")

    def publish(self, content, report_type="GST_MTR_B2C"):
        """Amazon has made a report by itself."""
        now = self.simulator.clock.now()
        return self.simulator.reports.publish(
            self.amazon, report_type, (INDIA,), (now - 9e5, now), now, content, "utf-8"
        )

    def fetch_reports(self, on_demand=False):
        """A turn of the module; last month is asked for only if the test says so."""
        self.mtr.write({"active": True, "next_run": fields.Datetime.now()})
        self.mtr.leased_until = False
        self.open_reports().next_poll = False
        Sync = type(self.env["amazon.sync.mtr"])
        wanted = (
            patch(READY, 1)
            if on_demand
            else patch.object(Sync, "_want_last_month", lambda *_arguments: None)
        )
        with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS), wanted:
            self.run_cron(CRON)
        return self.last_run()

    def open_reports(self):
        return self.env["amazon.report"].search(
            [("task_id", "=", self.mtr.id), ("state", "=", "requested")]
        )

    def test_switched_off_until_somebody_wants_it(self):
        """Few applications have the role."""
        self.assertFalse(self.mtr.active)
        self.assertEqual(self.mtr.interval_minutes, 720)
        self.assertFalse(self.calls("createReportSchedule"))

    def test_scheduled_once(self):
        self.fetch_reports()
        self.fetch_reports()
        schedules = self.simulator.reports.schedules.values()
        self.assertEqual(
            {(one["reportType"], one["period"]) for one in schedules},
            {(name, "P1M") for name in SCHEDULED},
        )
        self.assertEqual(len(self.calls("createReportSchedule")), 3)
        self.assertTrue(self.account.mtr_scheduled_at)

    def test_made_reports_are_read_once(self):
        self.account.mtr_scheduled_at = fields.Datetime.now()
        self.publish(make_csv([mtr_row()]))
        business = mtr_row(**{"Invoice Number": "B", "Customer Bill To Gstid": BUYER})
        self.publish(make_csv([business], list(business)), "GST_MTR_B2B")
        run = self.fetch_reports()
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(self.rows().mapped("number"), ["IN-1001", "B"])
        self.assertEqual(set(self.rows().file_id.mapped("source")), {"amazon"})
        before = len(self.calls("getReportDocument"))
        self.fetch_reports()
        self.assertEqual(len(self.calls("getReportDocument")), before)
        self.assertEqual(len(self.rows()), 2)

    def test_last_month_on_demand(self):
        """The on-demand types are asked for once, and are tables with tabs."""
        self.account.mtr_scheduled_at = fields.Datetime.now()
        self.simulator.reports.tax_rows["IN"] = [mtr_row()]
        # One after the other: asked for, then read.
        for _turn in range(6):
            self.fetch_reports(on_demand=True)
        self.assertEqual(self.rows().number, "IN-1001")
        self.assertEqual(len(self.calls("createReport")), 3)

    def ask_for_business(self):
        """Amazon's report of business buyers, on demand: its document is restricted."""
        self.account.mtr_scheduled_at = fields.Datetime.now()
        business = mtr_row(**{"Customer Bill To Gstid": BUYER})
        self.simulator.reports.tax_rows["IN"] = [business]
        for _turn in range(6):
            self.fetch_reports(on_demand=True)

    def find_report(self, name):
        return self.env["amazon.report"].search(
            [("task_id", "=", self.mtr.id), ("report_type", "=", name)]
        )

    def test_restricted_document(self):
        """S83: the document that names business buyers opens for its own token."""
        self.ask_for_business()
        self.assertEqual(self.rows().buyer_gstin, BUYER)
        self.assertEqual(self.rows().file_id.name, "GET_GST_MTR_B2B_CUSTOM")
        self.assertEqual(len(self.calls("createRestrictedDataToken")), 1)

    def test_restricted_document_refused(self):
        """What is missing is said in words, and what Amazon makes itself still read."""
        refusal = {"status": 403, "operation": "createRestrictedDataToken", "count": 9}
        self.simulator.add_fault("error", **refusal)
        self.ask_for_business()
        self.assertFalse(self.rows())
        report = self.find_report("GET_GST_MTR_B2B_CUSTOM")
        self.assertEqual(report.state, "empty")
        self.assertIn(ROLE, report.message)
        self.assertEqual(self.mtr.failure_count, 0)
        self.publish(make_csv([mtr_row()]))
        self.fetch_reports()
        self.assertEqual(self.rows().number, "IN-1001")

    def test_document_that_amazon_restricts_one_day(self):
        """Whatever document is refused to the seller's own token is asked for again
        with one of its own."""
        self.account.mtr_scheduled_at = fields.Datetime.now()
        self.publish(make_csv([mtr_row()]))
        refusal = {"status": 403, "operation": "getReportDocument", "count": 1}
        self.simulator.add_fault("error", **refusal)
        run = self.fetch_reports()
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(self.rows().number, "IN-1001")
        self.assertEqual(len(self.calls("createRestrictedDataToken")), 1)

    def test_stock_transfers(self):
        """Scheduled and on demand, like the others; no schedule stops nothing."""
        refusal = {"status": 400, "operation": "createReportSchedule", "count": 1}
        self.simulator.add_fault("error", after=2, **refusal)
        self.publish(make_csv([transfer_row()], TRANSFER_COLUMNS), TRANSFERS)
        run = self.fetch_reports()
        self.assertEqual(run.state, "done", run.message)
        self.assertTrue(self.account.mtr_scheduled_at)
        self.assertEqual(self.rows().kind, "transfer")
        self.simulator.reports.transfer_rows["IN"] = [
            transfer_row(**{"Invoice Number": "BOM7-T-2"})
        ]
        for _turn in range(6):
            self.fetch_reports(on_demand=True)
        self.assertEqual(self.rows().mapped("number"), ["BOM7-T-1", "BOM7-T-2"])

    def test_without_the_role(self):
        """403 is said in words, with what to do instead."""
        self.amazon.roles.discard(ROLE)
        run = self.fetch_reports()
        self.assertEqual(run.state, "failed")
        self.assertIn(ROLE, run.message)
        self.assertIn("upload", run.message)
        self.assertFalse(self.account.mtr_scheduled_at)

    def test_on_demand_refused_alone(self):
        """What Amazon makes by itself is read though it makes nothing when asked."""
        self.account.mtr_scheduled_at = fields.Datetime.now()
        self.publish(make_csv([mtr_row()]))
        refusal = {"status": 403, "operation": "createReport", "count": 9}
        self.simulator.add_fault("error", **refusal)
        self.fetch_reports(on_demand=True)
        self.assertEqual(self.rows().number, "IN-1001")
        self.assertEqual(self.mtr.failure_count, 0)
        refused = self.env["amazon.report"].search(
            [("task_id", "=", self.mtr.id), ("state", "=", "empty")]
        )
        self.assertEqual(len(refused), 3)
        self.assertTrue(all(refused.mapped("message")))

    def test_file_of_another_seller(self):
        """It is given up with the reason, and not read again and again."""
        self.account.mtr_scheduled_at = fields.Datetime.now()
        self.publish(make_csv([mtr_row(**{"Seller Gstin": BUYER})]))
        run = self.fetch_reports()
        self.assertEqual(run.state, "failed")
        self.assertIn(BUYER, run.message)
        before = len(self.calls("getReportDocument"))
        self.fetch_reports()
        self.assertEqual(len(self.calls("getReportDocument")), before)

    def test_nothing_for_channels_outside_india(self):
        self.company.account_fiscal_country_id = self.env.ref("base.de")
        self.fetch_reports()
        self.assertFalse(self.calls("getReports"))
