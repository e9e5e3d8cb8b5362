# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which quantity of its product a listing offers."""

from odoo import fields, models


class AmazonListing(models.Model):
    _inherit = "amazon.listing"

    stock_level_id = fields.Many2one(
        "amazon.stock.level",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        copy=False,
    )
    stock_policy = fields.Selection(
        [
            ("computed", "Odoo's quantity"),
            ("fixed", "A fixed quantity"),
            ("none", "Nothing"),
        ],
        "Send",
        required=True,
        default="computed",
    )
    stock_fixed_quantity = fields.Integer(
        "Fixed Quantity", help="Amazon is told this, whatever Odoo has."
    )
    stock_own_buffer = fields.Boolean(
        "Own Buffer", help="Keep back another number of units than the channel does."
    )
    stock_buffer_own = fields.Integer("Keep Back")
    stock_handling_days = fields.Integer(
        "Handling Time to Send (Days)",
        help="0: the handling time it has on Amazon, else the channel's.",
    )
    stock_pack_size = fields.Integer(
        "Units per Pack",
        required=True,
        default=1,
        help="How many units of the product one unit of the listing holds.",
    )

    _stock_numbers = models.Constraint(
        "CHECK(COALESCE(stock_fixed_quantity, 0) >= 0"
        " AND COALESCE(stock_buffer_own, 0) >= 0"
        " AND COALESCE(stock_handling_days, 0) BETWEEN 0 AND 30"
        " AND COALESCE(stock_pack_size, 1) > 0)",
        "Quantities are 0 or more, a pack holds at least 1 unit, and handling takes "
        "0 to 30 days.",
    )
