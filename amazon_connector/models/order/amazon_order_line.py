# SPDX-License-Identifier: LGPL-3.0-or-later
import textwrap

from odoo import api, fields, models

from .amazon_order import name_programs

TITLE_LENGTH = 60


class AmazonOrderLine(models.Model):
    """One item of an Amazon order."""

    _name = "amazon.order.line"
    _description = "Amazon Order Item"
    _inherit = "amazon.binding"
    _closed = True
    _rec_name = "seller_sku"
    _order = "order_id, id"

    order_id = fields.Many2one(
        "amazon.order", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    order_item_id = fields.Char("Order Item ID", required=True, readonly=True)
    seller_sku = fields.Char("Seller SKU", readonly=True, index=True)
    former_sku = fields.Char(
        "Former SKU",
        readonly=True,
        help="The SKU on the sales order; Amazon has changed it since.",
    )
    asin = fields.Char("ASIN", readonly=True)
    title = fields.Char(readonly=True)
    quantity = fields.Integer("Ordered", readonly=True)
    most_ordered = fields.Integer(
        readonly=True, help="The highest ordered quantity that Amazon has stated."
    )
    quantity_to_deliver = fields.Integer(
        "To Deliver",
        readonly=True,
        help="Ordered units minus those that Amazon cancelled.",
    )
    shipped_time = fields.Datetime(
        "Shipped by Amazon", readonly=True, help="The last parcel of the item."
    )
    programs = fields.Char(
        "Program Codes",
        readonly=True,
        help="Amazon's programs that the item belongs to, e.g. SUBSCRIBE_AND_SAVE.",
    )
    program_text = fields.Char("Programs", compute="_compute_program_text")
    reporting_scheme = fields.Char(
        readonly=True, help="IOSS or UOSS if Amazon remits the VAT of an import."
    )
    ioss_number = fields.Char("IOSS Number", readonly=True)
    listing_id = fields.Many2one(
        "amazon.listing", readonly=True, ondelete="set null", index="btree_not_null"
    )
    product_id = fields.Many2one(related="listing_id.product_id")
    sale_line_ids = fields.One2many(
        "sale.order.line", "amazon_order_line_id", "Sales Order Lines"
    )

    _order_item_unique = models.Constraint(
        "unique(order_id, order_item_id)", "This item is already on the order."
    )

    @api.depends("programs")
    def _compute_program_text(self):
        for line in self:
            line.program_text = name_programs(line.programs)

    def _is_cut(self):
        """Whether Amazon wants fewer units than were ordered once."""
        self.ensure_one()
        return max(self.quantity, self.most_ordered) > self.quantity_to_deliver

    def _find_listing(self):
        """The listing of the SKU that Amazon tells now, or empty.

        Until the order is applied the item is bound to the listing of its former SKU.
        """
        self.ensure_one()
        listing = self.listing_id
        # One without a SKU has a listing by its ASIN, found when it is applied.
        if self.seller_sku and listing.seller_sku != self.seller_sku:
            listing = listing.search(
                [
                    ("channel_id", "=", self.order_id.channel_id.id),
                    ("seller_sku", "=", self.seller_sku),
                ],
                limit=1,
            )
        return listing

    def _get_item_name(self):
        """The item as a user knows it from Amazon and from the sales order's line."""
        self.ensure_one()
        title = textwrap.shorten(self.title or "", TITLE_LENGTH, placeholder="…")
        if self.seller_sku and title:
            return f"{self.seller_sku} ({title})"
        return self.seller_sku or title or self.order_item_id
