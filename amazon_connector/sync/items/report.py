# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import Counter
from functools import partial

from odoo import api, fields, models

from ...models.sync.amazon_report import OPEN_REPORT_STATES
from ...sp_api import (
    ALL_LISTINGS,
    ENGLISH_HEADER,
    ProtocolError,
    read_listing_rows,
)
from ...tools.error_words import explain
from .kind import CHANNEL_ERRORS, REPORT_PAUSE
from .matcher import CHUNK as MATCH_CHUNK

ALERT_AFTER = 3
# What Amazon says about a report that it could not make.
MAX_CAUSE = 500


class AmazonSyncItems(models.AbstractModel):
    """The complete report of a channel: all that is listed, and so what is gone.

    Source: ``GET_MERCHANT_LISTINGS_ALL_DATA``, one marketplace per report.
    """

    _inherit = "amazon.sync.items"

    @api.model
    def _work_on_report(self, task, cursor, reports):
        """Take a channel's report a step further.

        :return: when to look again (naive UTC), or None
        """
        report = self._transact_leased(task, partial(self._get_report, task, cursor))
        if not report:
            return None
        try:
            return self._advance_report(task, report, reports)
        except CHANNEL_ERRORS as error:
            message = explain(self.env, error)
            self.env.cr.rollback()
            self._settle_report(task, report, "failed", message)
            return None

    @api.model
    def _get_report(self, task, cursor):
        """The channel's report on its way, or a new one that is due, or empty."""
        last = self._get_last_report(cursor)
        if last.state in OPEN_REPORT_STATES:
            return last
        if self._get_report_time(task, cursor) > fields.Datetime.now():
            return last.browse()
        query = dict(cursor.query or {})
        query.pop("report", None)
        cursor.query = query or False
        return self._open_report(task, ALL_LISTINGS, cursor.channel_id)

    @api.model
    def _get_options(self, report_type):
        return ENGLISH_HEADER

    # ------------------------------------------------------------------
    # Endings
    # ------------------------------------------------------------------

    @api.model
    def _settle_report(self, task, report, state, message=False, **values):
        """A report that failed is asked for again later; nobody else waits for it."""
        if state == "failed":
            self._transact_leased(task, partial(self._fail_report, report, message))
            return
        if state == "empty":
            message = self._explain_empty(report)
        super()._settle_report(task, report, state, message or report.message, **values)
        if state == "read":
            self._transact_leased(
                task, partial(self._clear_channel_alert, report.channel_ids)
            )

    @api.model
    def _fail_report(self, report, message):
        report.write({"state": "failed", "message": message})
        report.run_id._finish("failed", message)
        cursor = report.task_id.cursor_ids.filtered(
            lambda one: one.channel_id == report.channel_ids
        )
        if self._count_failed(cursor, report) >= ALERT_AFTER:
            self._raise_channel_alert(report.channel_ids, message)

    @api.model
    def _explain_empty(self, report):
        """What Amazon's CANCELLED means here; what is in Odoo stays as it is."""
        lately = self.env["amazon.report"].search_count(
            [
                ("task_id", "=", report.task_id.id),
                ("channel_ids", "in", report.channel_ids.ids),
                ("report_type", "=", report.report_type),
                ("id", "<", report.id),
                ("state", "=", "read"),
                ("requested_at", ">", report.requested_at - REPORT_PAUSE),
            ],
            limit=1,
        )
        if lately:
            return self.env._(
                "Amazon creates no new report so soon after the last one. The "
                "listings stay as they are."
            )
        return self.env._(
            "Amazon has no listings to report. The listings in Odoo stay as they are."
        )

    @api.model
    def _explain_failure(self, task, reports, found):
        """Amazon may leave the cause in the document of a report that it gave up."""
        reason = super()._explain_failure(task, reports, found)
        if not found.document_id:
            return reason
        try:
            with self._call(
                task,
                partial(reports.download, found.document_id, found.marketplace_ids),
            ) as document:
                text = document.text()
        except CHANNEL_ERRORS:
            return reason
        cause = " ".join(text.replace("\0", "").split())[:MAX_CAUSE]
        return f"{reason} {cause}".strip()

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    def _read_report(self, task, report, document):
        """Merge the report into the channel's listings, then decide what is gone.

        :raises ProtocolError: it is no such report, or it was cut off; its whole rows
            have been merged then, and nothing was deactivated
        """
        rows = read_listing_rows(document)
        with self._staging():
            left = self._stage_rows(task, report.channel_ids, rows)
            self._transact_leased(task, partial(self._merge_rows, report, rows, left))
            self._match_merged(task, report)
            if not rows.is_even:
                raise ProtocolError(
                    "The report ends in the middle of a row: it was cut off",
                    operation="downloadDocument",
                )
            settle = self.env["amazon.items.verdict"]._settle_missing
            self._transact_leased(task, partial(settle, report, rows, left))
        return rows.count

    @api.model
    def _merge_rows(self, report, rows, left):
        """One statement for all rows, and what there is to tell about it."""
        run, channel = report.run_id, report.channel_ids
        merger, verdict = (
            self.env["amazon.items.merger"],
            self.env["amazon.items.verdict"],
        )
        duplicates = merger._drop_duplicates()
        merged = merger._merge_staged(channel)
        self.env["amazon.listing"].invalidate_model()
        run.write(
            {
                "page_count": run.page_count + 1,
                "seen_count": rows.count,
                "changed_count": merged.created + merged.changed,
                "unchanged_count": rows.count
                - left.count
                - duplicates.count
                - merged.created
                - merged.changed,
            }
        )
        verdict._record_rows(run, left, duplicates)
        self._record_merged(run, merged)
        asked = self._want_damaged(report, left.doubtful)
        if merged.created or merged.changed or asked:
            verdict._look_closer(report)

    @api.model
    def _record_merged(self, run, merged):
        """Name what was known before; what is new is named once it is matched."""
        matcher = self.env["amazon.items.matcher"]
        matcher._record_back(run, merged.back_ids)
        matcher._record_changed(run, merged.changed_ids)
        named = len(merged.changed_ids) + len(merged.back_ids)
        run._count_unlisted(Counter(updated=max(0, merged.changed - named)))

    @api.model
    def _match_merged(self, task, report):
        while self._transact_leased(task, partial(self._match_some, report)):
            continue

    @api.model
    def _match_some(self, report):
        """Match some of the listings that the merge created.

        :return: their ids
        """
        limit = MATCH_CHUNK[report.channel_ids.new_product_policy]
        ids = self.env["amazon.items.merger"]._take_created(limit)
        self.env["amazon.items.matcher"]._match_created(
            report.run_id, self.env["amazon.listing"].browse(ids)
        )
        return ids
