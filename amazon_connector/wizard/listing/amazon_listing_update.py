# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class AmazonListingUpdate(models.TransientModel):
    """Asks what a new product is to be, before it is created from a listing (S143).

    Cost and opening stock are asked for and never guessed (S146, S147): an inventory
    adjustment is made only with both given.
    """

    _name = "amazon.listing.update"
    _description = "Create Product"

    listing_id = fields.Many2one("amazon.listing", required=True, readonly=True)
    company_id = fields.Many2one(related="listing_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    template_id = fields.Many2one(
        "product.template",
        "Joins",
        compute="_compute_template_id",
        help="Another variation already became this product, so name, category, price "
        "and taxes are taken from it.",
    )
    name = fields.Char(
        required=True,
        compute="_compute_product_values",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    default_code = fields.Char(
        "Internal Reference",
        compute="_compute_product_values",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    barcode = fields.Char(
        compute="_compute_product_values",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    list_price = fields.Monetary(
        "Sales Price",
        compute="_compute_product_values",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    categ_id = fields.Many2one(
        "product.category",
        "Category",
        compute="_compute_product_values",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    tax_ids = fields.Many2many(
        "account.tax",
        string="Sales Taxes",
        domain="[('type_tax_use', '=', 'sale'), ('company_id', 'parent_of', "
        "company_id)]",
        compute="_compute_product_values",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    cost = fields.Monetary(help="The cost of one unit. Empty: not known yet.")
    opening_quantity = fields.Float(
        "Opening Stock",
        digits="Product Unit",
        help="Units in the channel's warehouse now, including those that are sold but "
        "not shipped yet. Empty: no stock is posted.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", compute="_compute_warehouse_id", compute_sudo=True
    )
    amazon_quantity = fields.Integer(
        related="listing_id.amazon_quantity", related_sudo=False
    )
    quantity_known = fields.Boolean(
        related="listing_id.quantity_known", related_sudo=False
    )
    amazon_currency_id = fields.Many2one(
        related="listing_id.currency_id", string="Currency on Amazon"
    )
    amazon_price = fields.Monetary(
        related="listing_id.price",
        related_sudo=False,
        currency_field="amazon_currency_id",
    )

    @api.depends("listing_id")
    def _compute_template_id(self):
        families = self.env["amazon.listing.family"]
        for wizard in self:
            listing = wizard.listing_id.sudo()
            wizard.template_id = (
                families._find_template(listing)
                if listing.channel_id.family_policy == "variants"
                and families._get_attributes(listing)
                else False
            )

    @api.depends("listing_id")
    def _compute_product_values(self):
        for wizard in self:
            company = wizard.listing_id.company_id
            listing = wizard.listing_id.with_company(company)
            vals = listing._prepare_product()
            template = wizard.template_id
            wizard.name = template.name or vals["name"]
            wizard.default_code = vals["default_code"]
            wizard.list_price = template.list_price or vals["list_price"]
            barcodes = listing.env["amazon.listing.creator"]._find_free_barcodes(
                listing, {}
            )
            wizard.barcode = barcodes[listing]
            wizard.categ_id = template.categ_id
            wizard.tax_ids = (
                template.taxes_id
                or company.sudo().account_sale_tax_id
                or company.root_id.sudo().account_sale_tax_id
            )

    @api.depends("listing_id")
    def _compute_warehouse_id(self):
        for wizard in self:
            wizard.warehouse_id = wizard.listing_id.channel_id._get_opening_warehouse()

    def action_take_quantity(self):
        """Take Amazon's quantity, and what is sold but not shipped, as opening stock;
        the user still has to save it."""
        self.ensure_one()
        listing = self.listing_id
        sold = listing._count_sold().get(listing.id, 0)
        self.opening_quantity = max(self.amazon_quantity, 0) + sold
        return {
            "type": "ir.actions.act_window",
            "name": self._description,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_apply(self):
        """Check everything, create the product, link it, post its opening stock."""
        self.ensure_one()
        listing = self.listing_id
        self._check_values()
        if not listing._claim():
            raise ValidationError(listing._explain_linked())
        creator = self.env["amazon.listing.creator"]
        creator._create_products(listing, {listing: self._prepare_values()})
        if self.opening_quantity:
            self.warehouse_id._post_opening_stock(
                {listing.product_id: self.opening_quantity}
            )
        same = listing.search(
            [
                ("seller_sku", "=", listing.seller_sku),
                ("company_id", "=", listing.company_id.id),
                ("state", "=", "unconfirmed"),
            ]
        )
        self.env["amazon.listing.matcher"].sudo()._match_new(same)
        return {"type": "ir.actions.act_window_close"}

    def _check_values(self):
        """:raises ValidationError: with what to do about it, before anything is made"""
        negative = [
            self._fields[name]._description_string(self.env)
            for name in ("list_price", "cost", "opening_quantity")
            if self[name] < 0
        ]
        if negative:
            raise ValidationError(
                self.env._("This cannot be negative: %s.", ", ".join(negative))
            )
        if self.opening_quantity and not self.cost:
            raise ValidationError(
                self.env._(
                    "Opening stock needs a value: enter the cost of one unit, or "
                    "leave the opening stock empty."
                )
            )
        Product = self.env["product.product"].sudo().with_context(active_test=False)
        company = Domain(Product._check_company_domain(self.company_id))
        for name in ("default_code", "barcode"):
            used = self[name] and Product.search(
                Domain(name, "=", self[name]) & company, limit=1
            )
            if used:
                raise ValidationError(
                    self.env._(
                        "%(product)s already has the %(field)s %(value)s. Enter "
                        "another one, or link the item to that product.",
                        product=used.display_name,
                        field=self._fields[name]._description_string(self.env),
                        value=self[name],
                    )
                )

    def _prepare_values(self):
        vals = {
            "name": self.name,
            "default_code": self.default_code,
            "barcode": self.barcode,
            "list_price": self.list_price,
            "taxes_id": [(6, 0, self.tax_ids.ids)],
        }
        if self.categ_id:
            vals["categ_id"] = self.categ_id.id
        if self.cost:
            vals["standard_price"] = self.cost
        return vals
