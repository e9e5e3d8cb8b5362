# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon shows already, as far as others have read it."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...models.stock.amazon_stock_level_send import SETTLED_AFTER

REPORTS_OF = timedelta(days=3)


class AmazonStockComparer(models.AbstractModel):
    """What is decided beside the quantities, for thousands of levels at once."""

    _name = "amazon.stock.comparer"
    _description = "Amazon Stock: Comparer"

    @api.model
    def _decide(self, levels):
        """Settle what computed quantities alone do not: after each computation.

        A rejected value has its next try when its time has come; a decision about a
        zero ends with it.
        """
        among = [("id", "in", levels.ids)]
        now = fields.Datetime.now()
        rejected = levels.search(
            [*among, ("state", "=", "rejected"), ("retry_at", "<=", now)]
        )
        rejected.state = "to_send"
        braked = levels.search([*among, ("quantity", "!=", 0), ("brake", "!=", False)])
        braked.write({"brake": False, "brake_decision": False})

    # ------------------------------------------------------------------
    # What the items sync saw on Amazon
    # ------------------------------------------------------------------

    @api.model
    def _adopt_seen(self, account, levels):
        """Take over what the items sync read on Amazon since; one statement.

        A value read well after the last push confirms it, or shows the drift.
        """
        reports = self._get_report_times(account)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_stock_level level
                   SET confirmed_quantity = listing.amazon_quantity,
                       confirmed_handling_days = listing.handling_days,
                       confirmed_at = %(seen)s,
                       confirmed = level.confirmed
                           OR level.state IN ('sent', 'rehearsal'),
                       state = CASE
                           WHEN level.state != 'sent' THEN level.state
                           WHEN level.sent_quantity = listing.amazon_quantity
                           THEN 'confirmed' ELSE 'to_send' END
                  FROM amazon_listing listing
             LEFT JOIN unnest(%(channels)s::integer[], %(reports)s::timestamp[])
                    AS report (channel_id, moment)
                    ON report.channel_id = listing.channel_id
                   AND listing.report_digest IS NOT NULL
                 WHERE level.id = ANY(%(ids)s)
                   AND listing.stock_level_id = level.id
                   AND listing.channel_id = level.channel_id
                   AND listing.quantity_known
                   AND %(seen)s > GREATEST(
                       level.confirmed_at, level.doubted_at, '-infinity')
                   AND %(seen)s > COALESCE(level.sent_at + %(settled)s, '-infinity')
                   AND (NOT COALESCE(level.confirmed, FALSE)
                        OR level.confirmed_quantity
                           IS DISTINCT FROM listing.amazon_quantity)
                """,
                ids=list(levels._ids),
                seen=SQL("GREATEST(listing.read_at, report.moment)"),
                settled=SETTLED_AFTER,
                channels=list(reports),
                reports=list(reports.values()),
            )
        )
        self.env["amazon.stock.level"].invalidate_model(flush=False)

    @api.model
    def _get_report_times(self, account):
        """``{channel id: since when its last complete report tells}``, naive UTC."""
        reports = self.env["amazon.report"].search(
            [
                ("account_id", "=", account.id),
                ("task_id.kind", "=", "items"),
                ("state", "=", "read"),
                ("requested_at", ">", fields.Datetime.now() - REPORTS_OF),
            ],
            order="id",
        )
        return {
            channel.id: report.requested_at
            for report in reports
            for channel in report.channel_ids
        }
