# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

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
