# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class SaleReport(models.Model):
    _inherit = "sale.report"

    amazon_channel_id = fields.Many2one("amazon.channel", readonly=True)
    amazon_channel_name = fields.Char(
        "Amazon Channel Name", related="amazon_channel_id.name"
    )
    amazon_marketplace_name = fields.Char(
        "Marketplace Name", related="amazon_channel_id.marketplace_id.name"
    )
    amazon_marketplace_id = fields.Many2one(related="amazon_channel_id.marketplace_id")

    def _select_additional_fields(self):
        """Override of `sale`: sales by channel, for all who may see the report."""
        return {
            **super()._select_additional_fields(),
            "amazon_channel_id": "s.amazon_channel_id",
        }

    def _group_by_sale(self):
        """Override of `sale`: as selected above."""
        return f"{super()._group_by_sale()}, s.amazon_channel_id"
