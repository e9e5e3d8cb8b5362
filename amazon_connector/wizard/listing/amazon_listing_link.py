# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ...tools.notifications import notify


class AmazonListingLink(models.TransientModel):
    """Asks which product a listing stands for (S144)."""

    _name = "amazon.listing.link"
    _description = "Link to Existing Product"

    listing_ids = fields.Many2many(
        "amazon.listing",
        string="Items",
        required=True,
        readonly=True,
        context={"active_test": False},
    )
    listing_id = fields.Many2one("amazon.listing", compute="_compute_listing")
    title = fields.Char(related="listing_id.title", related_sudo=False)
    company_id = fields.Many2one(related="listing_id.company_id")
    product_id = fields.Many2one(
        "product.product",
        domain="[('amazon_charge', '=', False), ('company_id', 'in', (False, "
        "company_id))]",
    )
    suggestion_ids = fields.One2many(
        "amazon.listing.suggestion", "wizard_id", readonly=True
    )

    @api.depends("listing_ids")
    def _compute_listing(self):
        for wizard in self:
            wizard.listing_id = wizard.listing_ids[:1]

    @api.model_create_multi
    def create(self, vals_list):
        """Suggest products at once, the most alike first."""
        wizards = super().create(vals_list)
        suggester = self.env["amazon.listing.suggester"]
        for wizard in wizards:
            found = suggester._suggest(wizard.listing_id).get(wizard.listing_id, [])
            self.env["amazon.listing.suggestion"].create(
                [
                    {"wizard_id": wizard.id, "product_id": id_, "score": score * 100}
                    for id_, score in found
                ]
            )
        return wizards

    def action_apply(self):
        """Link the listings to the product, and say how many orders go on."""
        self.ensure_one()
        self.listing_ids._link_to(self.product_id)
        return notify(self.listing_ids._tell_linked())


class AmazonListingSuggestion(models.TransientModel):
    """One product that a listing could stand for."""

    _name = "amazon.listing.suggestion"
    _description = "Suggested Product"
    _order = "score desc, id"

    wizard_id = fields.Many2one(
        "amazon.listing.link", required=True, ondelete="cascade"
    )
    product_id = fields.Many2one("product.product", required=True, ondelete="cascade")
    default_code = fields.Char(related="product_id.default_code", related_sudo=False)
    score = fields.Float("Match", digits=(3, 0), help="In percent.")

    def action_choose(self):
        """Link the listings to this product."""
        self.ensure_one()
        self.wizard_id.product_id = self.product_id
        return self.wizard_id.action_apply()
