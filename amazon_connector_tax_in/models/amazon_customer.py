# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class AmazonCustomer(models.Model):
    _inherit = "amazon.customer"

    def _prepare_partner(self, buyer, number):
        """Override of `amazon_connector`: the GST treatment of a new contact (S81, S82).

        A business is left to the accountant: its GSTIN is not shown yet.
        """
        vals = super()._prepare_partner(buyer, number)
        if buyer.channel.company_id._pays_gst() and not buyer.is_business:
            abroad = buyer.country and buyer.country.code != "IN"
            vals["l10n_in_gst_treatment"] = "overseas" if abroad else "consumer"
        return vals
