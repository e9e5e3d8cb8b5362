# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class AccountMove(models.Model):
    _inherit = "account.move"

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


def _is_abroad(partner):
    return partner.country_id and partner.country_id.code != "IN"
