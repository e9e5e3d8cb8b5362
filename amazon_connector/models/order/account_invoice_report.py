# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.tools import SQL


class AccountInvoiceReport(models.Model):
    _inherit = "account.invoice.report"

    amazon_channel_id = fields.Many2one("amazon.channel", readonly=True)
    amazon_channel_name = fields.Char(
        "Amazon Channel Name", related="amazon_channel_id.name"
    )
    amazon_marketplace_name = fields.Char(
        "Marketplace Name", related="amazon_channel_id.marketplace_id.name"
    )
    amazon_marketplace_id = fields.Many2one(related="amazon_channel_id.marketplace_id")

    _depends = {
        "sale.order": ["amazon_channel_id"],
        "sale.order.line": ["order_id", "invoice_lines"],
    }

    @api.model
    def _select(self):
        """Override of `account`: what was invoiced, by channel."""
        return SQL("%s, amazon_sale.amazon_channel_id", super()._select())

    @api.model
    def _from(self):
        """Override of `account`: the sales order behind each line."""
        return SQL(
            """%s
            LEFT JOIN LATERAL (
                SELECT sale.amazon_channel_id
                  FROM sale_order_line_invoice_rel rel
                  JOIN sale_order_line sale_line ON sale_line.id = rel.order_line_id
                  JOIN sale_order sale ON sale.id = sale_line.order_id
                 WHERE rel.invoice_line_id = line.id
                   AND sale.amazon_channel_id IS NOT NULL
                 LIMIT 1) amazon_sale ON TRUE
            """,
            super()._from(),
        )
