# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ..gst.buyers import INDIA


class AccountMove(models.Model):
    _inherit = "account.move"

    amazon_ship_from_id = fields.Many2one(
        "res.country.state",
        "Goods Ship From",
        readonly=True,
        ondelete="restrict",
        help="The seller's state of this supply. It decides the kind of GST and the "
        "section of the return.",
    )
    amazon_invoice_number = fields.Char(
        "Amazon's Invoice Number",
        readonly=True,
        copy=False,
        help="Amazon issued the buyer's invoice under this number. Do not create "
        "another e-invoice for the same supply.",
    )

    @api.depends("partner_id", "partner_shipping_id", "company_id")
    def _compute_l10n_in_state_id(self):
        """Override of `l10n_in`: a buyer on Amazon whose state nobody knows has no
        place of supply, never the seller's own."""
        result = super()._compute_l10n_in_state_id()
        for move in self:
            partner = move.partner_shipping_id or move.partner_id
            buyers = partner | move.partner_id
            if (
                move.l10n_in_state_id
                and buyers.sudo().amazon_customer_ids
                and not any(buyer.state_id for buyer in buyers)
                and not any(_is_abroad(buyer) for buyer in buyers)
            ):
                move.l10n_in_state_id = False
        return result

    @api.private
    def _is_invoiced_by_amazon(self):
        """Whether Amazon has a document of this supply, be it a credit note, or one
        that Odoo made before Amazon's report told of it."""
        documents = self | self.reversed_entry_id | self.debit_origin_id
        sales = documents.sudo().invoice_line_ids.sale_line_ids.order_id
        numbers = documents.mapped("amazon_invoice_number")
        return any([*numbers, *sales.mapped("amazon_invoice_number")])

    @api.private
    def _is_from_elsewhere(self):
        """Whether goods leave from another state than the company's own."""
        seller = self.amazon_ship_from_id
        return bool(seller) and seller != self.company_id.state_id


def _is_abroad(partner):
    return partner.country_id and partner.country_id.code != INDIA
