# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

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
