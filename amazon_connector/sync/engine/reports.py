# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ...sp_api import JOB_STATES, NotFoundError, TransientError
from ...tools.times import to_aware

# Most reports take some minutes; a busy day at Amazon takes hours.
POLL_SECONDS = (15, 30, 60, 120, 300)
PATIENCE = timedelta(hours=6)
CLOCK_MARGIN = timedelta(minutes=5)
MOST_NUMBERS = 50


class AmazonSyncReports(models.AbstractModel):
    """For kinds that read Amazon's reports: request, wait without waiting, read.

    Source: Reports API 2021-06-30. A kind opens reports (:meth:`_open_report`), has
    them advanced from its ``_fetch`` (:meth:`_advance_report`) and implements
    :meth:`_read_report`.
    """

    _name = "amazon.sync.base.reports"
    _inherit = "amazon.sync.base"
    _description = "Amazon Sync by Reports"

    @api.model
    def _read_report(self, task, report, document):
        """Hook: read a downloaded document, committing through ``_transact_leased``.

        :param document: :class:`~..sp_api.documents.DocumentFile`
        :return: how many rows it had
        """
        raise NotImplementedError

    @api.model
    def _record_uneven(self, run, rows):
        """Tell in the history which rows of a report were left out.

        :param rows: :class:`~..sp_api.ReportRows`, read to their end
        """
        if not rows.uneven:
            return
        numbers = ", ".join(map(str, rows.uneven_numbers[:MOST_NUMBERS]))
        if rows.uneven > MOST_NUMBERS:
            numbers += ", …"
        self.env["amazon.sync.record"].create(
            {
                "run_id": run.id,
                "name": self.env._("%s rows of the report", rows.uneven),
                "outcome": "skipped",
                "reason": self.env._(
                    "Their columns do not match the report's header, so none of their "
                    "values can be trusted. Rows: %s",
                    numbers,
                ),
            }
        )

    @api.model
    def _open_report(
        self, task, report_type, channels, start=None, end=None, request=None
    ):
        """Want a report of these channels; to be called inside a transaction.

        :param start: naive UTC, like ``end``
        :param request: the ``amazon.sync.request`` whose run tells of it, if any
        """
        run = (
            request.run_id
            if request
            else self._start_run(task, channels, window_start=start, window_end=end)
        )
        return self.env["amazon.report"].create(
            {
                "task_id": task.id,
                "channel_ids": [(6, 0, channels.ids)],
                "run_id": run.id,
                "request_id": request.id if request else False,
                "report_type": report_type,
                "data_start": start,
                "data_end": end,
            }
        )

    @api.model
    def _advance_report(self, task, report, reports):
        """Take an open report one step further.

        :param reports: :class:`~..sp_api.Reports`
        :return: when to look again (naive UTC), or None when the report is settled
        """
        if report.state == "wanted":
            return self._request_report(task, report, reports)
        if report.next_poll and report.next_poll > fields.Datetime.now():
            return report.next_poll
        return self._poll_report(task, report, reports)

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    @api.model
    def _request_report(self, task, report, reports):
        """Ask Amazon for the report, unless an interrupted worker did so already."""
        report_type = report.report_type
        marketplaces = self._get_marketplaces(report)
        start, end = to_aware(report.data_start), to_aware(report.data_end)
        since = to_aware(report.create_date - CLOCK_MARGIN)
        asked_before = report.requested_at

        def request():
            if asked_before:
                found = reports.find(
                    [report_type],
                    created_since=since,
                    marketplace_ids=marketplaces[:10],
                )
                same = [
                    r
                    for r in found
                    if sorted(r.marketplace_ids) == marketplaces
                    # Of a period that takes several reports, the right one.
                    and (start is None or r.data_start in (None, start))
                ]
                if same:
                    return same[0].report_id
            return reports.request(
                report_type, marketplaces, start, end, self._get_options(report_type)
            )

        # Told before the call: a report asked for twice is cancelled by Amazon.
        self._transact_leased(task, lambda: _note_request(report))
        number = self._call(task, request)

        def remember():
            vals = {"state": "requested", "report_number": number}
            report.write({**vals, "next_poll": self._get_next_poll(report)})
            return report.next_poll

        return self._transact_leased(task, remember)

    @api.model
    def _get_marketplaces(self, report):
        return sorted(report.channel_ids.marketplace_id.mapped("amazon_code"))

    @api.model
    def _get_options(self, report_type):
        """Hook: Amazon's ``reportOptions`` of a report type, or None."""
        return None

    @api.model
    def _get_next_poll(self, report):
        step = min(report.poll_count, len(POLL_SECONDS) - 1)
        return fields.Datetime.now() + timedelta(seconds=POLL_SECONDS[step])

    @api.model
    def _poll_report(self, task, report, reports):
        number = report.report_number
        try:
            found = self._call(task, lambda: reports.get(number))
        except NotFoundError:
            self._settle_report(
                task, report, "failed", self.env._("Amazon no longer knows the report.")
            )
            return None
        if found.is_done:
            return self._download_report(task, report, reports, found.document_id)
        if found.status == "CANCELLED":
            # Mostly Amazon's way to say that there is no data.
            self._settle_report(task, report, "empty")
        elif found.is_over:
            reason = self._explain_failure(task, reports, found)
            self._settle_report(task, report, "failed", reason)
        elif report.requested_at + PATIENCE < fields.Datetime.now():
            reason = self.env._("Amazon has not created the report for hours.")
            self._settle_report(task, report, "failed", reason)
        else:
            return self._transact_leased(
                task, lambda: self._postpone(report, found.status)
            )
        return None

    @api.model
    def _explain_failure(self, task, reports, found):
        """Hook: why Amazon gave a report up (FATAL), for the history."""
        return self.env._("Amazon could not create the report; it is requested again.")

    @api.model
    def _postpone(self, report, state):
        if state not in JOB_STATES:
            self.env["amazon.unknown.word"]._count_words(
                report.account_id, "report", {state: 1}
            )
        report.poll_count += 1
        report.next_poll = self._get_next_poll(report)
        return report.next_poll

    @api.model
    def _download_report(self, task, report, reports, document_id):
        with self._fetch_document(task, report, reports, document_id) as document:
            count = self._read_report(task, report, document)
        self._settle_report(task, report, "read", row_count=count)

    @api.model
    def _fetch_document(self, task, report, reports, document_id):
        """Hook: the :class:`~..sp_api.DocumentFile` of a report that is made."""
        marketplaces = self._get_marketplaces(report)
        download = partial(reports.download, document_id, marketplaces)
        return self._call(task, download)

    @api.model
    def _settle_report(self, task, report, state, message=False, **values):
        """Close a report and its run.

        :raises TransientError: when it failed; closes the run and has the task come
            back later
        """

        def settle():
            report.write({"state": state, "message": message, **values})
            if state != "failed":
                report.run_id._finish("done", message)

        self._transact_leased(task, settle)
        if state == "failed":
            raise TransientError(message, operation="getReport")


def _note_request(report):
    report.requested_at = fields.Datetime.now()
