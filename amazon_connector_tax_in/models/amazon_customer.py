# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.fields import Domain

from ..gst.buyers import choose_treatment


class AmazonCustomer(models.Model):
    _inherit = "amazon.customer"

    def _prepare_partner(self, buyer, number):
        """Override of `amazon_connector`: GST treatment and GSTIN of a new contact.

        What an accountant sets later (composition, SEZ, ...) is never written again.
        The GSTIN stands in clear: a business buyer's invoice has to bear it.
        """
        vals = super()._prepare_partner(buyer, number)
        if not buyer.channel.company_id._pays_gst():
            return vals
        treatment, number = choose_treatment(
            buyer.country.code,
            [one["taxRegistrationNumber"] for one in buyer.registrations],
        )
        vals["l10n_in_gst_treatment"] = treatment
        return {**vals, "vat": number} if number else vals

    @api.model
    def _overwrite_contacts(self, partners):
        """Override of `amazon_connector`: a GSTIN goes, too, where nothing was sold: no
        invoice and no return will ask for it."""
        result = super()._overwrite_contacts(partners)
        numbered = partners.filtered("vat")
        if not numbered:
            return result
        sales = self.env["sale.order"].sudo()
        names = ("partner_id", "partner_invoice_id")
        told = Domain.OR(Domain(name, "in", numbered.ids) for name in names)
        sold = sales.search(Domain("state", "=", "sale") & told)
        moves = self.env["account.move"].sudo()
        posted = moves.search(
            [("partner_id", "in", numbered.ids), ("state", "=", "posted")]
        )
        needed = (sold.partner_id | sold.partner_invoice_id | posted.partner_id).ids
        numbered.filtered(lambda one: one.id not in needed).write(
            {"vat": False, "l10n_in_gst_treatment": "consumer"}
        )
        return result
