# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    gst_taxes = fields.Selection(
        [
            ("real", "Real rates where they fit"),
            ("stated", "Taxes of 0 % with Amazon's amounts"),
        ],
        "GST",
        default="real",
        required=True,
        help="Amazon states tax amounts but no rates. The rate is found from the "
        "amounts; if no current rate gives them, a tax of 0 % carries them. "
        "Applies to new orders; existing orders keep their taxes.",
    )
    gst_fba_invoices = fields.Selection(
        [
            ("shipped", "When shipped"),
            ("mtr", "After the Merchant Tax Report"),
        ],
        "FBA Invoices",
        default="shipped",
        required=True,
        help="Only Amazon's Merchant Tax Report says from which state Amazon shipped, "
        "and so which GST is due. Until an order is listed there, it counts as "
        "shipped from your own state, or waits for its invoice. Invoices created "
        "by hand do not wait.",
    )
    shows_gst = fields.Boolean(compute="_compute_shows_gst")

    def write(self, vals):
        """Override: what waited for the tax report may be due now."""
        result = super().write(vals)
        if "gst_fba_invoices" in vals:
            self._wake_invoicing()
        return result

    @api.depends("marketplace_id", "company_id.account_fiscal_country_id")
    def _compute_shows_gst(self):
        for channel in self:
            channel.shows_gst = channel._has_gst()

    @api.private
    def _has_gst(self):
        """Whether what is sold here bears India's GST: an Indian company in India."""
        return (
            self.marketplace_id.country_id.code == "IN" and self.company_id._pays_gst()
        )
