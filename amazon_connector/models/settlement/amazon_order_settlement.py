# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    settlement_row_ids = fields.One2many(
        "amazon.settlement.row",
        "order_id",
        "Settlement Rows",
        groups="amazon_connector.group_manager,account.group_account_invoice,"
        "account.group_account_readonly",
    )
