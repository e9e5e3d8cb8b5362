# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

AMAZON_TAX_ROLES = [
    ("stated", "Stated by Amazon"),
    ("facilitator", "Collected by Amazon"),
]


class AccountTax(models.Model):
    _inherit = "account.tax"

    amazon_role = fields.Selection(
        AMAZON_TAX_ROLES,
        readonly=True,
        copy=False,
        help="A zero-percent tax that carries the amounts which Amazon states.",
    )
