# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ...tools.context import drop_caller_context


class AmazonSettlementEntry(models.Model):
    """The journal entry of one settlement and month, or a correction of one."""

    _name = "amazon.settlement.entry"
    _description = "Amazon Settlement Entry"
    _inherit = "amazon.binding"
    _closed = True
    _order = "settlement_id, month, id"
    _rec_name = "move_id"

    settlement_id = fields.Many2one(
        "amazon.settlement",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="settlement_id.company_id", store=True)
    month = fields.Date(
        readonly=True, help="First day of the month. Empty: a correction."
    )
    move_id = fields.Many2one(
        "account.move",
        "Journal Entry",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    payout_line_id = fields.Many2one(
        "account.move.line",
        "Payout",
        readonly=True,
        ondelete="set null",
        help="The journal item that is matched with the bank statement line.",
    )
    date = fields.Date(related="move_id.date")
    move_state = fields.Selection(related="move_id.state", store=True)
    amount = fields.Monetary(readonly=True, help="Total of the month's rows.")
    currency_id = fields.Many2one(related="settlement_id.currency_id")

    _month_unique = models.Constraint(
        "unique(settlement_id, month)", "Each month of a settlement is booked once."
    )

    @api.model
    def _match_posted(self, moves):
        """Match those of these moves that are a settlement's, whoever posted them."""
        entries = drop_caller_context(self.sudo()).search(
            [("move_id", "in", moves.ids)]
        )
        for settlement in entries.settlement_id:
            settlement.with_company(settlement.company_id)._match_posted()
