# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError

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

    @api.ondelete(at_uninstall=False)
    def _unlink_except_amazon(self):
        listings = self.sudo().with_context(active_test=False).amazon_listing_ids
        if listings:
            raise UserError(
                self.env._(
                    "These products are sold on Amazon (%s). Unlink them first, or "
                    "archive them.",
                    ", ".join(sorted(set(listings.mapped("seller_sku")))),
                )
            )


class ProductTemplate(models.Model):
    _inherit = "product.template"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_amazon(self):
        # PostgreSQL deletes the variants of a template past their own check.
        self.with_context(active_test=False).product_variant_ids._unlink_except_amazon()


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    is_amazon = fields.Boolean(
        readonly=True, copy=False, help="Gives Amazon orders their currency."
    )
