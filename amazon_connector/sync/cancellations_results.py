# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ..sp_api import NotFoundError, ProtocolError, read_processing_report
from ..tools.times import to_aware
from .cancellations import READ_MINUTES, SETTLING

CLOCK_MARGIN = timedelta(minutes=5)
AGAIN = timedelta(minutes=15)
# A feed that Amazon has not worked off by then will not come.
PATIENCE = timedelta(hours=12)


class AmazonSyncCancellations(models.AbstractModel):
    """Results: what became of the feeds that were sent.

    *Done* is not *accepted*: Amazon's processing report names the messages it refuses.
    """

    _inherit = "amazon.sync.cancellations"

    @api.model
    def _settle_feeds(self, task, feeds):
        """Look at the feeds that are on their way, as far as it is time."""
        now = fields.Datetime.now()
        for feed in self._transact_leased(task, partial(self._find_open_feeds, task)):
            if feed.state == "wanted":
                if feed.create_date + SETTLING < now:
                    self._find_lost(task, feed, feeds)
            elif feed.next_poll <= now:
                self._poll_feed(task, feed, feeds)

    @api.model
    def _find_lost(self, task, feed, feeds):
        """Look whether Amazon has a feed whose sending had no answer.

        This worker holds the lease, so no other one is at it.
        """
        feed_type, since = feed.feed_type, to_aware(feed.create_date - CLOCK_MARGIN)
        found = self._call(task, lambda: feeds.find([feed_type], created_since=since))
        strange = feed._get_strange(task.account_id, found)
        if strange:
            # The oldest: feeds of one type follow one another.
            settle = partial(feed._mark_submitted, strange[-1])
        else:
            settle = partial(self._undo_feed, feed)
        self._transact_leased(task, settle)

    @api.model
    def _poll_feed(self, task, feed, feeds):
        number = feed.feed_id
        try:
            found = self._call(task, lambda: feeds.get(number))
        except NotFoundError:
            reason = self.env._("Amazon no longer knows the feed.")
            self._transact_leased(task, partial(self._lose_feed, feed, reason))
            return
        if found.is_done and found.result_document_id:
            report = self._download_report(task, feeds, found.result_document_id)
            settle = partial(self._settle_results, feed, report)
        elif found.state == "CANCELLED":
            settle = partial(self._repeat_feed, feed)
        elif found.is_over or feed.submitted_at + PATIENCE < fields.Datetime.now():
            reason = self.env._("Amazon gave the feed up (%s).", found.state)
            settle = partial(self._lose_feed, feed, reason)
        else:
            settle = feed._postpone
        self._transact_leased(task, settle)

    @api.model
    def _download_report(self, task, feeds, document_id):
        """Amazon's processing report; None when it cannot be read."""

        def download():
            with feeds.download_result(document_id) as document:
                return read_processing_report(document.chunks())

        try:
            return self._call(task, download)
        except ProtocolError:
            return None

    @api.model
    def _settle_results(self, feed, report):
        """Judge the rows of a feed by Amazon's processing report."""
        if report is None:
            reason = self.env._("Amazon's answer to the feed cannot be read.")
            self._lose_feed(feed, reason)
            return
        rows = self._find_sent(feed)
        good, bad = rows.browse(), rows.browse()
        for row in rows:
            errors = report.errors_of(row.message_number)
            if errors:
                text = " ".join(
                    filter(None, (f"{e.description} ({e.code})" for e in errors))
                )
                row._refuse("refused", self._explain_refusal(row, text))
                bad |= row
            else:
                good |= row
        self._accept(good)
        feed._settle("done", accepted_count=len(good), rejected_count=len(bad))
        self._record(feed.run_id, rows)
        feed.run_id._finish("done")

    @api.model
    def _accept(self, rows):
        """Amazon understood these rows: see that the orders follow."""
        now = fields.Datetime.now()
        told = rows.filtered(lambda row: row.kind == "acknowledge")
        told._confirm()
        (rows - told).write(
            {
                "accepted_at": now,
                "attempts": 0,
                "retry_at": now + timedelta(minutes=READ_MINUTES[0]),
            }
        )

    @api.model
    def _explain_refusal(self, row, text):
        if row.kind == "acknowledge":
            return self.env._("Amazon's answer: %s", text)
        return self.env._(
            "Amazon's answer: %(text)s\n"
            "The order is still open on Amazon. Cancel it in Seller Central, send it "
            "again, or go on with it: set the sales order to quotation and confirm it.",
            text=text,
        )

    @api.model
    def _repeat_feed(self, feed):
        """Amazon cancelled the feed in its queue: nothing of it took place."""
        reason = self.env._("Amazon cancelled the feed; it is sent again.")
        self._find_sent(feed).write(
            {
                "state": "waiting",
                "reason": reason,
                "retry_at": fields.Datetime.now() + AGAIN,
            }
        )
        feed._settle("cancelled", reason)
        feed.run_id._finish("failed", reason)

    @api.model
    def _record(self, run, rows):
        """Tell the history of what is settled; cancelled orders tell it themselves."""
        outcomes = {"refused": "failed", "confirmed": "updated"}
        self.env["amazon.sync.record"].create(
            [
                {
                    "run_id": run.id,
                    "amazon_order_id": row.order_id.id,
                    "name": row.order_id.amazon_order_id,
                    "outcome": outcomes[row.state],
                    "reason": row.reason,
                }
                for row in rows
                if run and row.state in outcomes
            ]
        )
