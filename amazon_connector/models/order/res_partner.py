# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    # Reading it needs rights on customers, which not all users of contacts have.
    amazon_customer_ids = fields.One2many(
        "amazon.customer",
        "partner_id",
        groups="amazon_connector.group_user",
    )
