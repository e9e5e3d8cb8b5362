# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models

from .kind import READ_MINUTES

AGAIN = timedelta(minutes=15)


class AmazonSyncCancellations(models.AbstractModel):
    """Results: what became of the feeds that were sent.

    *Done* is not *accepted*: Amazon's processing report names the messages it refuses.
    """

    _inherit = "amazon.sync.cancellations"

    @api.model
    def _settle_results(self, feed, report):
        """Override: judge the rows of a feed by Amazon's processing report."""
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
            "The order is still open on Amazon. Cancel it in Seller Central, press "
            "Send Again, or continue with it: set the sales order to quotation and "
            "confirm it.",
            text=text,
        )

    @api.model
    def _repeat_feed(self, feed, reason):
        """Override: its rows wait on."""
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
                    "name": row.order_id.order_number,
                    "outcome": outcomes[row.state],
                    "reason": row.reason,
                }
                for row in rows
                if run and row.state in outcomes
            ]
        )
