# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

CHARGES = [
    ("item", "Item"),
    ("shipping", "Shipping"),
    ("gift_wrap", "Gift Wrap"),
    ("cod", "Cash on Delivery Fee"),
    ("discount", "Discount"),
    ("tip", "Delivery Tip"),
    ("other", "Other"),
]


class ProductProduct(models.Model):
    _inherit = "product.product"

    amazon_charge = fields.Selection(
        CHARGES,
        readonly=True,
        copy=False,
        help="The charge of Amazon orders that this product stands for; 'Item' is the "
        "placeholder of items that are not linked to a product yet.",
    )
    # Reading it needs rights on listings, which not all users of products have.
    amazon_listing_ids = fields.One2many(
        "amazon.listing",
        "product_id",
        "Amazon Listings",
        groups="amazon_connector.group_user",
    )


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    is_amazon = fields.Boolean(
        readonly=True, copy=False, help="Gives Amazon orders their currency."
    )
