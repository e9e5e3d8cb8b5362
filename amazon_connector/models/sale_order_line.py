# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from .product import CHARGES


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    amazon_order_line_id = fields.Many2one(
        "amazon.order.line",
        "Amazon Item",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    amazon_charge = fields.Selection(CHARGES, copy=False, readonly=True)
