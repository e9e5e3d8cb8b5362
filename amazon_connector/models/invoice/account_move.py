# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from ...sp_api import Order
from ..order.personal import read_orders
from ..privacy.sealed import is_link
from .documents import lend_methods
from .invoice_data import is_business

SALES = ("out_invoice", "out_refund", "out_receipt")


class AccountMove(models.Model):
    """Invoices that name Amazon's buyers only where they have to."""

    _inherit = "account.move"

    has_amazon_buyer = fields.Boolean(compute="_compute_has_amazon_buyer")
    amazon_payment_text = fields.Char(
        "Payment on Amazon",
        compute="_compute_amazon_payment_text",
        compute_sudo=True,
        help="How the buyer paid, as far as Amazon says.",
    )

    def _compute_has_amazon_buyer(self):
        for move in self:
            move.has_amazon_buyer = bool(move._get_amazon_bindings())

    def _compute_amazon_payment_text(self):
        for move in self:
            is_invoice = move.move_type == "out_invoice"
            orders = is_invoice and move._get_amazon_bindings()
            # What is forgotten after a time tells nothing.
            payloads = [order.payload or {} for order in orders or ()]
            if not payloads or not all("orderItems" in one for one in payloads):
                move.amazon_payment_text = False
            elif any(Order.from_json(one).is_paid_on_delivery for one in payloads):
                move.amazon_payment_text = self.env._("Cash on delivery")
            else:
                move.amazon_payment_text = self.env._("Paid on Amazon")

    def _register_hook(self):
        """Override: lend buyers' data to what sends invoices to authorities."""
        lend_methods(self.env.registry)
        return super()._register_hook()

    def _get_amazon_bindings(self):
        """The Amazon orders that these invoices are about, as superuser."""
        moves = self.sudo().filtered(lambda move: move.move_type in SALES)
        found = moves.env["amazon.order"]
        for move in moves:
            sales = move.invoice_line_ids.sale_line_ids.order_id
            found |= sales._get_amazon_bindings().filtered(
                lambda order, move=move: order.company_id == move.company_id
            )
        return found

    def _get_amazon_keeping_end(self):
        """Until when the law asks for the invoice; False for one of a consumer."""
        self.ensure_one()
        orders = self._get_amazon_bindings()
        if not any(map(is_business, read_orders(orders).values())):
            return False
        date = self.invoice_date or fields.Date.context_today(self)
        return orders.account_id[:1]._get_invoice_keeping_end(date)

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    def _get_invoice_legal_documents(self, filetype, allow_fallback=False):
        """Override: who may not see the buyer gets the masked document."""
        document = super()._get_invoice_legal_documents(
            filetype, allow_fallback=allow_fallback
        )
        if document and not document.get("content") and not document.get("errors"):
            return self._mask_amazon_document(document)
        return document

    def _get_invoice_legal_documents_all(self, allow_fallback=False):
        """Override: likewise, for the portal too."""
        documents = super()._get_invoice_legal_documents_all(
            allow_fallback=allow_fallback
        )
        masked = [
            one if one.get("content") else self._mask_amazon_document(one)
            for one in documents or ()
        ]
        return [one for one in masked if one] or documents and []

    def _mask_amazon_document(self, document):
        """A document whose content is sealed, made anew with the masked contact; None
        for one that is no PDF."""
        if not document["filename"].endswith(".pdf"):
            return None
        content = self._render_amazon_masked()
        return {**document, "filetype": "application/pdf", "content": content}

    def _render_amazon_masked(self):
        """The invoice as PDF, as everybody may see it."""
        self.ensure_one()
        report = self.env["account.move.send"]._get_default_pdf_report_id(self)
        reports = self.env["ir.actions.report"].sudo()
        return reports._render_qweb_pdf(report.report_name, self.ids)[0]

    def _is_amazon_pdf_sealed(self):
        return is_link(self.invoice_pdf_report_id)
