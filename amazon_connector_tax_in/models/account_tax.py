# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

GST_ROLES = [
    ("igst", "IGST stated by Amazon"),
    ("cgst", "CGST stated by Amazon"),
    ("sgst", "SGST stated by Amazon"),
    ("utgst", "UTGST stated by Amazon"),
]


class AccountTax(models.Model):
    _inherit = "account.tax"

    amazon_role = fields.Selection(
        selection_add=GST_ROLES,
        ondelete={role: "set null" for role, _label in GST_ROLES},
    )

    @api.private
    def _get_gst_kinds(self):
        """The single taxes of a real rate, as a list: CGST first."""
        cgst = self.company_id._get_chart_record("cgst_group")
        kinds = self.flatten_taxes_hierarchy()
        return list(kinds.sorted(lambda kind: kind.tax_group_id != cgst))
