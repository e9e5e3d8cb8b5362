# SPDX-License-Identifier: LGPL-3.0-or-later
from stdnum.in_ import gstin

from odoo import models


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
        if buyer.country and buyer.country.code != "IN":
            return {**vals, "l10n_in_gst_treatment": "overseas"}
        if number := _find_gstin(buyer):
            return {**vals, "l10n_in_gst_treatment": "regular", "vat": number}
        return {**vals, "l10n_in_gst_treatment": "consumer"}


def _find_gstin(buyer):
    """The buyer's GSTIN, None without a valid one; Amazon's type of it varies."""
    for registration in buyer.registrations:
        text = "".join(str(registration["taxRegistrationNumber"]).split()).upper()
        if gstin.is_valid(text):
            return text
    return None
