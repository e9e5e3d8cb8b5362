# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from .invoice_data import find_named, lend_invoices


class AccountMoveSend(models.AbstractModel):
    """Documents of invoices name the buyer and are sealed; what is mailed does not."""

    _inherit = "account.move.send"

    @api.model
    def _generate_invoice_documents(self, invoices_data, allow_fallback_pdf=False):
        """Override: PDF, electronic invoice and what is sent to authorities.

        Apart from invoices that name no buyer of Amazon's: whatever is stored while
        buyers are named is sealed.
        """
        generate = super()._generate_invoice_documents
        moves = self.env["account.move"].concat(*invoices_data)
        named = find_named(moves)
        others = {
            move: data for move, data in invoices_data.items() if move not in named
        }
        result = generate(others, allow_fallback_pdf=allow_fallback_pdf)
        if named:
            mine = {move: invoices_data[move] for move in moves if move in named}
            lend_invoices(
                named,
                lambda: generate(mine, allow_fallback_pdf=allow_fallback_pdf),
            )
        return result

    @api.model
    def _get_mail_params(self, move, move_data):
        """Override: a mail has the masked invoice in place of the sealed one."""
        params = super()._get_mail_params(move, move_data)
        if params and move._is_amazon_pdf_sealed():
            params["attachments"] = self._mask_attachments(move, params["attachments"])
        return params

    @api.model
    def _mask_attachments(self, move, attachments):
        """``[(name, content), ...]`` without what is sealed; only PDFs have a mask."""
        return [
            (name, content or move._render_amazon_masked())
            for name, content in attachments
            if content or name.endswith(".pdf")
        ]
