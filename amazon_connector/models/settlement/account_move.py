# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        """Override of `account`: what Amazon paid before is matched with it."""
        posted = super()._post(soft=soft)
        documents = posted.sudo().filtered(
            lambda move: move.move_type in ("out_invoice", "out_refund")
        )
        if sales := documents.invoice_line_ids.sale_line_ids.order_id:
            amazon = sales.filtered("amazon_order_id")
            amazon._match_amazon_settlements()
        return posted
