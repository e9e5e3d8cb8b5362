# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

CHARGES = [
    ("item", "Item"),
    ("shipping", "Shipping"),
    ("gift_wrap", "Gift Wrap"),
    ("cod", "Cash on Delivery Fee"),
    ("discount", "Discount"),
    ("tip", "Delivery Tip"),
    ("other", "Other"),
]
# Orders of every company stand or fall with these on the products for charges.
SHARED_FIELDS = {"company_id", "type", "uom_id", "invoice_policy"}


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "amazon.guard"]

    amazon_charge = fields.Selection(
        CHARGES,
        readonly=True,
        copy=False,
        help="The charge on Amazon orders that this product stands for. 'Item' is the "
        "placeholder for items that are not linked to a product yet.",
    )
    # Reading it needs rights on listings, which not all users of products have.
    amazon_listing_ids = fields.One2many(
        "amazon.listing",
        "product_id",
        "Amazon Listings",
        groups="amazon_connector.group_user",
    )

    amazon_listing_count = fields.Integer(
        compute="_compute_amazon_listing_count", groups="amazon_connector.group_user"
    )

    @api.depends("amazon_listing_ids")
    def _compute_amazon_listing_count(self):
        for product in self:
            product.amazon_listing_count = len(product.amazon_listing_ids)

    def action_open_amazon_listings(self):
        """Open the listings of these products on all channels."""
        return self.env["amazon.listing"]._open([("product_id", "in", self.ids)])

    def action_unlink_amazon(self):
        """Open the dialog that unlinks these products from channels (S153)."""
        return self.amazon_listing_ids.action_unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_amazon(self):
        if charges := self.filtered("amazon_charge"):
            raise UserError(
                self.env._(
                    "Amazon orders of all companies need %s; it cannot be deleted.",
                    charges[0].display_name,
                )
            )
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

    # Reading it needs rights on listings, which not all users of products have.
    amazon_listing_ids = fields.One2many(
        "amazon.listing",
        compute="_compute_amazon_listing_ids",
        search="_search_amazon_listing_ids",
        string="Amazon Listings",
        groups="amazon_connector.group_user",
    )
    amazon_listing_count = fields.Integer(
        compute="_compute_amazon_listing_ids", groups="amazon_connector.group_user"
    )

    def write(self, vals):
        """Override: what serves the orders of all companies is no one company's.

        :raises AccessError: for those who are no system administrators
        """
        if SHARED_FIELDS & set(vals) and not (self.env.su or self.env.is_system()):
            variants = self.sudo().with_context(active_test=False).product_variant_ids
            if charges := variants.filtered("amazon_charge"):
                raise AccessError(
                    self.env._(
                        "Amazon orders of all companies need %s: only a system "
                        "administrator can change its company, type, unit or "
                        "invoicing policy.",
                        charges[0].display_name,
                    )
                )
        self._record_amazon_variants(vals)
        return super().write(vals)

    @api.constrains("company_id")
    def _check_amazon_company(self):
        """What a company sells on Amazon cannot be given to another one alone."""
        templates = self.sudo().with_context(active_test=False)
        templates.product_variant_ids.amazon_listing_ids._check_product()

    @api.depends("product_variant_ids.amazon_listing_ids")
    def _compute_amazon_listing_ids(self):
        for template in self:
            template.amazon_listing_ids = (
                template.product_variant_ids.amazon_listing_ids
            )
            template.amazon_listing_count = len(template.amazon_listing_ids)

    def _search_amazon_listing_ids(self, operator, value):
        return [("product_variant_ids.amazon_listing_ids", operator, value)]

    def action_open_amazon_listings(self):
        """Open the listings of all variants on all channels."""
        return self.product_variant_ids.action_open_amazon_listings()

    def action_unlink_amazon(self):
        """Open the dialog that unlinks the variants from channels (S153)."""
        return self.product_variant_ids.action_unlink_amazon()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_amazon(self):
        # PostgreSQL deletes the variants of a template past their own check.
        self.with_context(active_test=False).product_variant_ids._unlink_except_amazon()


class ProductPricelist(models.Model):
    _name = "product.pricelist"
    _inherit = ["product.pricelist", "amazon.guard"]

    is_amazon = fields.Boolean(
        readonly=True, copy=False, help="Sets the currency of Amazon orders."
    )

    @api.constrains("currency_id")
    def _check_amazon_currency(self):
        """Amounts of Amazon's orders would be those of another currency."""
        channels = self.env["amazon.channel"].sudo().with_context(active_test=False)
        channels.search([("pricelist_id", "in", self.ids)])._check_pricelist()
