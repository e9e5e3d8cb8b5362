# SPDX-License-Identifier: LGPL-3.0-or-later
"""How soon Amazon hears of quantities: with every change, often, or once a night."""

from datetime import timedelta

from odoo import api, fields, models

from ...const import HEARTBEAT

FREQUENT_MINUTES = 10
DAY_MINUTES = 24 * 60
COALESCE_MINUTES = 2


class AmazonSyncTask(models.Model):
    _inherit = "amazon.sync.task"

    stock_cadence = fields.Selection(
        [
            ("change", "On every change"),
            ("frequent", "High frequency: every 10 minutes"),
            ("nightly", "Every night at midnight in the marketplace"),
        ],
        "Quantities Are Sent",
        compute="_compute_stock_cadence",
        inverse="_inverse_stock_cadence",
        store=True,
        help="Everything is also compared at midnight in the marketplace's time zone. "
        "Amazon's processing time comes on top: usually minutes, up to an hour.",
    )
    coalesce_minutes = fields.Integer(
        "Collect Changes for (Minutes)",
        compute="_compute_coalesce_minutes",
        inverse="_inverse_coalesce_minutes",
    )
    stock_mode = fields.Selection(
        [("rehearsal", "Rehearsal")],
        "Mode",
        compute="_compute_stock_mode",
        help="No channel of the account is live: quantities are computed, but not sent "
        "to Amazon.",
    )
    orders_asked_at = fields.Datetime(
        readonly=True, help="Since when a push has been waiting for new orders."
    )

    @api.depends("active", "kind", "account_id.channel_ids.stock_live")
    def _compute_stock_mode(self):
        for task in self:
            sends = any(task.account_id.channel_ids.mapped("stock_live"))
            rehearses = task.active and task.kind == "stock" and not sends
            task.stock_mode = rehearses and "rehearsal"

    @api.depends("kind", "interval_minutes")
    def _compute_stock_cadence(self):
        for task in self:
            if task.kind != "stock":
                task.stock_cadence = False
            elif task.interval_minutes >= DAY_MINUTES:
                task.stock_cadence = "nightly"
            elif task.interval_minutes >= FREQUENT_MINUTES:
                task.stock_cadence = "frequent"
            else:
                task.stock_cadence = "change"

    def _inverse_stock_cadence(self):
        minutes = {
            "change": COALESCE_MINUTES,
            "frequent": FREQUENT_MINUTES,
            "nightly": DAY_MINUTES,
        }
        for task in self:
            if task.kind == "stock" and task.stock_cadence:
                task.interval_minutes = minutes[task.stock_cadence]

    @api.depends("kind", "interval_minutes")
    def _compute_coalesce_minutes(self):
        for task in self:
            task.coalesce_minutes = (
                task.stock_cadence == "change" and task.interval_minutes
            )

    def _inverse_coalesce_minutes(self):
        for task in self:
            if task.stock_cadence == "change":
                task.interval_minutes = min(
                    max(task.coalesce_minutes, COALESCE_MINUTES), FREQUENT_MINUTES - 1
                )

    def _get_coalesced(self):
        """When changes that are there now may leave (naive UTC).

        Changes of two minutes have come together when the sync is woken, see
        ``amazon.stock.change``.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        if not self.last_success or self.interval_minutes <= COALESCE_MINUTES:
            return now
        return max(now, self.last_success + timedelta(minutes=self.interval_minutes))

    def _get_next_stock_run(self):
        """When the schedule has the stock sync run next (naive UTC)."""
        self.ensure_one()
        now = fields.Datetime.now()
        midnights = [
            channel._get_next_midnight(now) for channel in self.account_id.channel_ids
        ]
        if self.stock_cadence == "frequent":
            midnights.append(now + timedelta(minutes=self.interval_minutes))
        elif self.stock_cadence == "change":
            midnights.append(now + HEARTBEAT)
        return min(midnights, default=now + HEARTBEAT)
