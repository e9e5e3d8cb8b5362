# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonOrderLine(models.Model):
    """One item of an Amazon order."""

    _name = "amazon.order.line"
    _description = "Amazon Order Item"
    _rec_name = "seller_sku"
    _order = "order_id, id"

    order_id = fields.Many2one(
        "amazon.order", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    order_item_id = fields.Char("Order Item ID", required=True, readonly=True)
    seller_sku = fields.Char("Seller SKU", readonly=True, index=True)
    asin = fields.Char("ASIN", readonly=True)
    title = fields.Char(readonly=True)
    quantity = fields.Integer("Ordered", readonly=True)
    quantity_to_deliver = fields.Integer(
        "To Deliver",
        readonly=True,
        help="Ordered units less those that Amazon cancelled.",
    )
    shipped_time = fields.Datetime(
        "Shipped by Amazon", readonly=True, help="The last parcel of the item."
    )
    programs = fields.Char(
        readonly=True, help="Amazon's programs of the item, e.g. SUBSCRIBE_AND_SAVE."
    )
    reporting_scheme = fields.Char(
        readonly=True, help="IOSS or UOSS where Amazon remits the VAT of an import."
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
        "unique(order_id, order_item_id)", "This item is on the order already."
    )
