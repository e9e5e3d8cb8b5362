# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        """Override of `account`: what Amazon paid before is matched with it, and what
        a settlement pays with its invoices."""
        posted = super()._post(soft=soft)
        moves = posted.sudo()
        documents = moves.filtered(
            lambda move: move.move_type in ("out_invoice", "out_refund")
        )
        if sales := documents.invoice_line_ids.sale_line_ids.order_id:
            amazon = sales.filtered("amazon_order_id")
            amazon._match_amazon_settlements()
        if entries := moves.filtered(lambda move: move.move_type == "entry"):
            self.env["amazon.settlement.entry"]._match_posted(entries)
        return posted

    def button_draft(self):
        """Override of `account`: orders whose item is a draft again are not paid."""
        result = super().button_draft()
        self.env["amazon.settlement.order"]._follow_items(self.line_ids)
        return result
