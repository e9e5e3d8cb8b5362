# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
import tempfile
import time
from datetime import datetime, timedelta, timezone
from functools import partial

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.amazon_connector.models.account.credentials import open_client
from odoo.addons.amazon_connector.sp_api import (
    CREATE_REPORT,
    CREATE_RESTRICTED_TOKEN,
    GET_REPORT_DOCUMENT,
    AccessDeniedError,
    BadRequestError,
    Reports,
)
from odoo.addons.amazon_connector.tools.times import to_naive

from ..models.mtr.amazon_mtr_month import INDIA

_logger = logging.getLogger(__name__)

TRANSFERS = "GST_MTR_STOCK_TRANSFER_REPORT"
# Made by Amazon, by a schedule.
SCHEDULED = ("GST_MTR_B2B", "GST_MTR_B2C", TRANSFERS)
# Made when they are asked for, where Amazon still grants it.
ON_DEMAND = ("GET_GST_MTR_B2B_CUSTOM", "GET_GST_MTR_B2C_CUSTOM", "GET_GST_STR_ADHOC")
# Given for a restricted data token alone.
RESTRICTED = ("GET_GST_MTR_B2B_CUSTOM",)
DOCUMENT_OPERATIONS = (CREATE_RESTRICTED_TOKEN.name, GET_REPORT_DOCUMENT.name)
# Amazon has the documents of a month complete some days later.
READY_DAY = 6
# Amazon keeps reports for 90 days.
REACH = timedelta(days=89)


class AmazonSyncMtr(models.AbstractModel):
    """India's Merchant Tax Report: asked for monthly, found where Amazon made it.

    Amazon gives it to applications with the restricted role Tax Remittance alone. A
    schedule has it made each month; the on-demand types bring last month at once, and
    are left out where Amazon refuses them.
    """

    _name = "amazon.sync.mtr"
    _inherit = "amazon.sync.base.reports"
    _description = "Amazon Sync: India's Tax Report"

    _kind = "mtr"
    _slowest_operation = CREATE_REPORT

    @api.model
    def _get_fetch_cron_name(self):
        return f"amazon_connector_tax_in.ir_cron_{self._kind}_fetch"

    @api.model
    def _fetch(self, task, deadline):
        channels = task.account_id.channel_ids.filtered(lambda one: one._has_gst())
        if not channels:
            return True
        with open_client(task.account_id, "backfill") as client:
            reports = Reports(client)
            try:
                self._schedule(task, channels, reports)
                self._find_made(task, channels, reports)
            except AccessDeniedError as error:
                raise UserError(self._explain_role()) from error
            self._transact_leased(task, partial(self._want_last_month, task, channels))
            return self._advance_all(task, reports, deadline)

    @api.model
    def _explain_role(self):
        return self.env._(
            "Amazon does not provide India's tax report to this application: it needs "
            "the restricted role Tax Remittance. Request the role in Seller Central > "
            "Apps and Services > Develop Apps. Without it, upload the file under "
            "Amazon > GST and switch this module off."
        )

    @api.model
    def _advance_all(self, task, reports, deadline):
        while report := self.env["amazon.report"]._find_open(task):
            try:
                moment = self._advance_report(task, report, reports)
            except (AccessDeniedError, BadRequestError) as error:
                if report.report_type not in ON_DEMAND:
                    raise UserError(self._explain_role()) from error
                message = self._explain_refusal(error)
                self._transact_leased(task, partial(self._refuse, report, message))
                continue
            if moment:
                return moment
            if time.monotonic() > deadline:
                return False
        return True

    @api.model
    def _explain_refusal(self, error):
        """Why a report that was asked for is not read; what the schedule brings has to
        do then."""
        if getattr(error, "operation", None) in DOCUMENT_OPERATIONS:
            return self.env._(
                "Amazon created the report, but does not provide it: it names "
                "business buyers, for which the application needs the restricted role "
                "Tax Remittance. The report that Amazon creates each month is read as "
                "soon as it is available, or you can upload the file under Amazon > "
                "GST."
            )
        return self.env._(
            "Amazon does not create this report on request. The report that it "
            "creates each month is read as soon as it is available."
        )

    @api.model
    def _refuse(self, report, message):
        report.write({"state": "empty", "message": message})
        report.run_id._finish("done", message)

    # ------------------------------------------------------------------
    # Reports that Amazon makes
    # ------------------------------------------------------------------

    @api.model
    def _schedule(self, task, channels, reports):
        """Have Amazon make the reports monthly; once per account.

        That of stock transfers is for those whom Amazon ships for: it may be refused.
        """
        account = task.account_id
        if account.mtr_scheduled_at:
            return
        marketplaces = sorted(channels.marketplace_id.mapped("amazon_code"))
        first = _next_ready_day(datetime.now(timezone.utc))
        for report_type in SCHEDULED:
            call = partial(reports.schedule, report_type, marketplaces, "P1M", first)
            try:
                self._call(task, call)
            except BadRequestError as error:
                if report_type != TRANSFERS:
                    raise
                _logger.info("No stock transfers are scheduled: %s", error)
        self._transact_leased(
            task, lambda: account.write({"mtr_scheduled_at": fields.Datetime.now()})
        )

    @api.model
    def _find_made(self, task, channels, reports):
        """Open the reports that are there and were not read yet, the oldest first."""
        since = datetime.now(timezone.utc) - REACH
        found = self._call(
            task,
            lambda: reports.find(SCHEDULED, statuses=["DONE"], created_since=since),
        )
        ids = [one.report_id for one in found]
        known = set(
            self.env["amazon.report"]
            .search([("task_id", "=", task.id), ("report_number", "in", ids)])
            .mapped("report_number")
        )
        new = [one for one in reversed(found) if one.report_id not in known]
        self._transact_leased(task, lambda: self._open_made(task, channels, new))

    @api.model
    def _open_made(self, task, channels, found):
        for one in found:
            start, end = to_naive(one.data_start), to_naive(one.data_end)
            report = self._open_report(task, one.report_type, channels, start, end)
            now = fields.Datetime.now()
            report.write(
                {
                    "state": "requested",
                    "report_number": one.report_id,
                    "requested_at": now,
                    "next_poll": now,
                }
            )

    @api.model
    def _want_last_month(self, task, channels):
        """Ask for the month before, once Amazon has it complete."""
        today = fields.Datetime.now() + INDIA
        if today.day < READY_DAY:
            return
        first = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        start = first - relativedelta(months=1) - INDIA
        end = first - timedelta(seconds=1) - INDIA
        asked = (
            self.env["amazon.report"]
            .search([("task_id", "=", task.id), ("data_start", "=", start)])
            .mapped("report_type")
        )
        for report_type in ON_DEMAND:
            if report_type not in asked:
                self._open_report(task, report_type, channels, start, end)

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    def _fetch_document(self, task, report, reports, document_id):
        """Override of `amazon_connector`: some documents name buyers, and Amazon wants
        a restricted data token for them."""
        if report.report_type not in RESTRICTED:
            try:
                return super()._fetch_document(task, report, reports, document_id)
            except AccessDeniedError as error:
                _logger.info("A restricted data token is asked for: %s", error)
        marketplaces = self._get_marketplaces(report)
        download = partial(reports.download, document_id, marketplaces, restricted=True)
        return self._call(task, download)

    @api.model
    def _read_report(self, task, report, document):
        with tempfile.TemporaryFile() as file:
            for piece in document.chunks():
                file.write(piece)
            try:
                return self._transact_leased(
                    task, partial(self._import_file, task, report, file)
                )
            except UserError as error:
                self.env.cr.rollback()
                self._transact_leased(task, partial(self._give_up, report, str(error)))
                raise

    @api.model
    def _import_file(self, task, report, file):
        told = self.env["amazon.mtr.import"]._import(
            task.company_id, file, report.report_type, "amazon"
        )
        return told.row_count

    @api.model
    def _give_up(self, report, message):
        """The file cannot be used: reading it again would change nothing."""
        report.write({"state": "failed", "message": message})
        report.run_id._finish("failed", message)


def _next_ready_day(now):
    """When Amazon should make the next report: the day in India, as aware UTC."""
    local = now + INDIA
    ready = local.replace(day=READY_DAY, hour=3, minute=0, second=0, microsecond=0)
    if ready <= local:
        ready += relativedelta(months=1)
    return ready - INDIA
