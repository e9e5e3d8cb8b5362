# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon shows already, as far as others have read it, and who disagrees."""

from datetime import timedelta
from itertools import permutations

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.amazon_stock_level_send import SETTLED_AFTER

REPORTS_OF = timedelta(days=3)
CHANNEL_SETTINGS = ("stock_buffer", "stock_maximum", "handling_days")


class AmazonSyncStock(models.AbstractModel):
    """What is decided beside the quantities, for thousands of levels at once."""

    _inherit = "amazon.sync.stock"

    @api.model
    def _decide(self, levels):
        """Settle what computed quantities alone do not: after each computation.

        A rejected value has its next try when its time has come; a decision about a
        zero ends with it.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_stock_level
                   SET state = CASE WHEN state = 'rejected' AND retry_at <= %(now)s
                           THEN 'to_send' ELSE state END,
                       brake = CASE WHEN quantity = 0 THEN brake END,
                       brake_decision = CASE WHEN quantity = 0 THEN brake_decision END
                 WHERE id = ANY(%(ids)s)
                   AND (state = 'rejected' AND retry_at <= %(now)s
                        OR quantity != 0 AND brake IS NOT NULL)
                """,
                now=fields.Datetime.now(),
                ids=list(levels._ids),
            )
        )
        self._note_disagreements(levels)
        self.env["amazon.stock.level"].invalidate_model(flush=False)

    @api.model
    def _note_disagreements(self, levels):
        """Tell where channels that share a quantity would want different ones."""
        ruling, others = self._find_differing_channels(levels)
        self.env.cr.execute(
            SQL(
                """
                WITH told AS (
                    SELECT level.id, level.disagreement AS known,
                           string_agg(other_channel.name, ', '
                                      ORDER BY other_channel.id) AS names
                      FROM amazon_stock_level level
                 LEFT JOIN amazon_listing listing
                        ON listing.stock_level_id = level.id
                       AND listing.channel_id = level.channel_id
                 LEFT JOIN amazon_listing other
                        ON other.stock_level_id = level.id
                       AND other.channel_id != level.channel_id
                       AND other.state = 'linked'
                 LEFT JOIN amazon_channel other_channel
                        ON other_channel.id = other.channel_id
                       AND (%(own)s IS DISTINCT FROM %(other)s
                            OR (level.channel_id, other.channel_id) IN (
                                SELECT * FROM unnest(%(ruling)s::integer[],
                                                     %(others)s::integer[])))
                     WHERE level.id = ANY(%(ids)s)
                  GROUP BY level.id
                )
                UPDATE amazon_stock_level level
                   SET disagreement = %(before)s || told.names || %(after)s
                  FROM told
                 WHERE level.id = told.id
                   AND (told.names IS NOT NULL OR told.known IS NOT NULL)
                   AND told.known IS DISTINCT FROM
                       %(before)s || told.names || %(after)s
                """,
                own=_choices("listing"),
                other=_choices("other"),
                ruling=ruling,
                others=others,
                ids=list(levels._ids),
                before=self.env._("Other product or settings on: "),
                after=self.env._(". The ruling channel decides."),
            )
        )

    @api.model
    def _find_differing_channels(self, levels):
        """Pairs of channels that would make different quantities of one stock.

        :return: two lists of channel ids
        """
        channels = levels[:1].account_id.channel_ids
        sources = channels._get_stock_sources()
        settings = {
            channel.id: (
                sources[channel.id],
                *(channel[name] for name in CHANNEL_SETTINGS),
            )
            for channel in channels
        }
        pairs = [
            (one, other)
            for one, other in permutations(settings, 2)
            if settings[one] != settings[other]
        ]
        return [one for one, _ in pairs], [other for _, other in pairs]

    # ------------------------------------------------------------------
    # What the items sync saw on Amazon
    # ------------------------------------------------------------------

    @api.model
    def _adopt_seen(self, levels):
        """Take over what the items sync read on Amazon since; one statement.

        A value read well after the last push confirms it, or shows the drift.
        """
        reports = self._get_report_times(levels[:1].account_id)
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
                   AND %(seen)s > COALESCE(level.confirmed_at, '-infinity')
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


def _choices(listing):
    """What a listing of its own makes of it, as one row of SQL."""
    return SQL(
        """row(%(one)s.product_id, %(one)s.stock_policy,
               COALESCE(%(one)s.stock_fixed_quantity, 0),
               COALESCE(%(one)s.stock_own_buffer, FALSE),
               COALESCE(%(one)s.stock_buffer_own, 0),
               COALESCE(%(one)s.stock_handling_days, 0),
               COALESCE(%(one)s.stock_pack_size, 1))::text""",
        one=SQL.identifier(listing),
    )
