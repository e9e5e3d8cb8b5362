# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which quantity of its product a listing offers."""

from odoo import api, fields, models

from ...tools.optional_integer import OptionalInteger
from .handling_time import read_days, write_days

# What a quantity depends on, beside its product.
_LINK_FIELDS = {"product_id", "state"}
_SETTING_FIELDS = {
    "active",
    "fulfilled_by",
    "handling_days",
    "stock_policy",
    "stock_fixed_quantity",
    "stock_own_buffer",
    "stock_buffer_own",
    "stock_handling_days",
    "stock_pack_size",
}


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
        "Fixed Quantity",
        help="This quantity is sent to Amazon, regardless of the stock in Odoo.",
    )
    stock_own_buffer = fields.Boolean(
        "Own Stock Buffer",
        help="Hold back a different number of units than the channel.",
    )
    stock_buffer_own = fields.Integer("Stock Buffer")
    stock_handling_days = OptionalInteger(
        "Handling Time to Send (Days)",
        help="0: shipped on the same day. Empty: the handling time on Amazon, "
        "otherwise the channel's.",
    )
    stock_handling_time = fields.Char(
        "Handling Time to Send",
        compute="_compute_stock_handling_time",
        inverse="_inverse_stock_handling_time",
        help="In days. 0: shipped on the same day. Empty: the handling time on Amazon, "
        "otherwise the channel's.",
    )
    stock_pack_size = fields.Integer(
        "Units per Pack",
        required=True,
        default=1,
        help="How many units of the product are in one unit of the listing. Applies to "
        "orders that come in from now on.",
    )

    _stock_numbers = models.Constraint(
        "CHECK(COALESCE(stock_fixed_quantity, 0) >= 0"
        " AND COALESCE(stock_buffer_own, 0) >= 0"
        " AND COALESCE(stock_handling_days, 0) BETWEEN 0 AND 30"
        " AND COALESCE(stock_pack_size, 1) > 0)",
        "Quantities must be 0 or more, a pack has at least 1 unit, and the handling "
        "time is 0 to 30 days.",
    )

    @api.depends("stock_handling_days")
    def _compute_stock_handling_time(self):
        for listing in self:
            listing.stock_handling_time = write_days(listing.stock_handling_days)

    def _inverse_stock_handling_time(self):
        for listing in self:
            listing.stock_handling_days = read_days(
                self.env, listing.stock_handling_time
            )

    def _find_offered(self, vals):
        """Those of these listings of which ``vals`` may change what Amazon offers."""
        if (_LINK_FIELDS | _SETTING_FIELDS).isdisjoint(vals):
            return self.browse()
        return self.filtered("product_id")

    def _record_offered(self, vals, before):
        """Note that Amazon may have to offer another quantity.

        :param before: what :meth:`_find_offered` found before the change
        """
        concerned = before | self._find_offered(vals)
        if concerned:
            is_link = not _LINK_FIELDS.isdisjoint(vals)
            self.env["amazon.stock.change"]._record_listings(
                concerned, "link" if is_link else "setting"
            )

    def _find_or_create_pack_unit(self):
        """The unit of measure that orders of this listing are sold in.

        One sold on Amazon is delivered as the units of the product that it holds.
        """
        self.ensure_one()
        unit, size = self.product_id.uom_id, self.stock_pack_size
        if size <= 1:
            return unit
        Unit = self.env["uom.uom"].sudo()
        found = Unit.search(
            [("relative_uom_id", "=", unit.id), ("relative_factor", "=", size)], limit=1
        )
        return found or Unit.create(
            {
                "name": self.env._(
                    "Pack of %(size)s %(unit)s", size=size, unit=unit.name
                ),
                "relative_uom_id": unit.id,
                "relative_factor": size,
            }
        )
