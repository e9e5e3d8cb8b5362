# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...sp_api import BadRequestError, Finances, TransientError
from ...sp_api.reports import Reports
from ..common import CLIENT_LOGGERS, SYNC_LOGGER, SimulatorCase

DAY = 86400.0
# A slice takes five seconds; a busy machine needs some.
SLICES = 8


@tagged("post_install", "-at_install")
class TestSettlementSync(SimulatorCase):
    """Settlements, found and read over the network as the cron does."""

    simulator_options = {"lag": (0, 0)}

    def setUp(self):
        super().setUp()
        self.simulator.quotas.enabled = False
        self.simulator.set_settlements(reserve_days=0)
        self.kind_task = self.account._get_task("settlements")

    def earn(self, *kinds):
        """A settlement of these charges, closed on the simulator's clock."""
        for kind in kinds or ("reimbursement", "storage"):
            self.simulator.charge_seller(self.seller, kind)
        return self.simulator.close_settlement(self.seller)

    def read_amazon(self):
        self.kind_task.write({"next_run": fields.Datetime.now(), "leased_until": False})
        for _slice in range(SLICES):
            with mute_logger(SYNC_LOGGER, *CLIENT_LOGGERS):
                self.run_cron("settlements_fetch")
            self.env.invalidate_all()
            if self.last_run().state != "running":
                break
        return self.env["amazon.settlement"].search([], order="end_time")

    def files(self):
        return self.env["amazon.settlement.file"].search([], order="id")

    def requests(self, operation):
        return [call for call in self.calls(operation) if call["status"] == 200]

    def test_found_kept_and_booked(self):
        """Reports that Amazon made by itself are found; none is asked for."""
        told = self.earn()
        found = self.read_amazon()
        self.assertEqual(set(found.mapped("name")), {one.settlement_id for one in told})
        self.assertAlmostEqual(
            sum(found.mapped("total")), float(sum(one.total for one in told)), 2
        )
        self.assertTrue(all(found.mapped("is_proven")))
        self.assertFalse(found.filtered("problem"))
        self.assertTrue(self.files().attachment_id)
        self.assertEqual(set(self.files().mapped("state")), {"read"})
        self.assertFalse(self.calls("createReport"))
        run = self.last_run()
        self.assertEqual((run.kind, run.state), ("settlements", "done"))
        self.assertGreater(self.kind_task.next_run, fields.Datetime.now())

    def test_once_a_day_and_each_once(self):
        self.earn()
        self.read_amazon()
        documents = len(self.requests("getReportDocument"))
        found = self.read_amazon()
        self.assertEqual(len(self.requests("getReportDocument")), documents)
        self.assertEqual(len(found), len(self.files()))
        self.assertEqual(self.kind_task.interval_minutes, 1440)

    def test_listed_twice(self):
        """A file that Amazon makes anew is taken once, whatever its dialect."""
        [told, *_others] = self.earn()
        self.simulator.set_settlements(dialect="de")
        self.simulator.regenerate_settlement(told.settlement_id)
        found = self.read_amazon()
        self.assertEqual(found.mapped("name").count(told.settlement_id), 1)
        self.assertIn("twin", self.files().mapped("state"))

    def test_wrong_sum_is_shown(self):
        self.simulator.set_settlements(spoil="sum")
        self.earn()
        self.assertFalse(self.read_amazon())
        self.assertEqual(set(self.files().mapped("state")), {"refused"})
        self.assertTrue(self.account.activity_ids.filtered("amazon_alert"))
        self.assertEqual(self.last_run().failed_count, len(self.files()))

    def test_unknown_label_is_a_to_do(self):
        self.earn("unknown", "reimbursement")
        found = self.read_amazon()
        self.assertTrue(found.filtered("unknown_count"))
        alerts = self.account.activity_ids.mapped("amazon_alert")
        self.assertIn("settlement labels", alerts)

    def test_missing_role_is_said_in_words(self):
        self.simulator.set_roles(self.seller, [])
        self.earn()
        self.read_amazon()
        run = self.last_run()
        self.assertEqual(run.state, "failed")
        self.assertIn("Finance and Accounting", run.message)
        self.assertIn("upload the files by hand", run.message)

    def test_download_that_breaks_goes_on(self):
        """What Amazon listed is not lost, nor asked for again at once."""
        self.earn()
        broken = TransientError("The line is down.", operation="getReportDocument")
        with patch.object(Reports, "download", side_effect=broken):
            self.assertFalse(self.read_amazon())
        self.assertEqual(set(self.files().mapped("state")), {"found"})
        self.assertTrue(self.read_amazon())
        self.assertEqual(set(self.files().mapped("state")), {"read"})

    def test_checked_against_amazons_summary(self):
        """The sum is proven once more, and the payout followed to its trace."""
        self.earn()
        found = self.read_amazon()
        for settlement in found:
            self.assertTrue(settlement.summary_read_at)
            self.assertFalse(settlement.summary_differs)
            self.assertTrue(settlement.payout_status)
        self.assertTrue(self.account.settlement_balances)

    def test_summaries_that_amazon_refuses(self):
        """One that it does not find keeps no payout from being followed."""
        refused = BadRequestError("Unknown", operation="listTransactionSummaries")
        self.earn()
        with patch.object(Finances, "settlement_total", side_effect=refused) as asked:
            found = self.read_amazon()
            self.assertTrue(all(found.mapped("payout_status")))
            self.assertTrue(self.account.settlement_balances)
            self.assertEqual(asked.call_count, len(found))
            self.env.cr.execute(
                "UPDATE amazon_settlement SET create_date = '2020-01-01'"
            )
            asked.reset_mock()
            self.read_amazon()
            self.assertFalse(asked.call_count)

    def test_payout_that_failed(self):
        [told, *_others] = self.earn()
        self.simulator.clock.advance(5 * DAY)
        self.simulator.fail_payout(told.settlement_id)
        found = self.read_amazon().filtered(lambda one: one.name == told.settlement_id)
        self.assertEqual((found.payout_status, found.payout_text), ("FAILED", "Failed"))
        self.assertTrue(found.payout_failure)
        alerts = self.account.activity_ids.mapped("amazon_alert")
        self.assertIn(f"settlement payout {found.id}", alerts)

    def test_payout_in_plain_words(self):
        """Scripts get Amazon's word, screens what it means; new ones stay."""
        self.earn()
        found = self.read_amazon()[0]
        for word, text in (
            ("NO_PAYOUT", "Nothing to Pay Out"),
            ("RETURNED_TO_SENDER", "RETURNED_TO_SENDER"),
            (False, False),
        ):
            found.payout_status = word
            self.assertEqual(found.payout_text, text)
        view = found.get_view(view_type="form")
        self.assertIn("payout_text", view["arch"])
        self.assertNotIn("payout_status", view["arch"])

    def test_trace_id_is_in_the_entry(self):
        """The bank shows the trace id: what is booked bears it."""
        [told, *_others] = self.earn()
        self.simulator.clock.advance(6 * DAY)
        found = self.read_amazon().filtered(lambda one: one.name == told.settlement_id)
        self.assertTrue(found.payout_trace)
        transit = found.company_id._get_amazon_settlement_accounts()["transit"]
        lines = found.entry_ids.move_id.line_ids.filtered(
            lambda one: one.account_id == transit
        )
        self.assertTrue(lines)
        for line in lines:
            self.assertIn(found.payout_trace, line.name)
