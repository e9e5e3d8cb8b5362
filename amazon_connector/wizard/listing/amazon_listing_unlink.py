# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.exceptions import UserError


class AmazonListingUnlink(models.TransientModel):
    """Asks from which channels a product is unlinked (S153)."""

    _name = "amazon.listing.unlink"
    _description = "Unlink from Amazon"

    offered_ids = fields.Many2many(
        "amazon.listing",
        "amazon_listing_unlink_offered_rel",
        readonly=True,
        context={"active_test": False},
    )
    listing_ids = fields.Many2many(
        "amazon.listing",
        "amazon_listing_unlink_chosen_rel",
        string="Unlink",
        context={"active_test": False},
    )

    def action_apply(self):
        """Unlink what was chosen; other items of the product stay linked."""
        if not self.listing_ids:
            raise UserError(self.env._("Choose at least one item."))
        self.listing_ids._claim()
        self.listing_ids.filtered("product_id")._unlink_from_product()
        return {"type": "ir.actions.act_window_close"}
