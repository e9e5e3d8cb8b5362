# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models
from odoo.exceptions import UserError


class AmazonListingIgnore(models.TransientModel):
    """Asks why listings need no product."""

    _name = "amazon.listing.ignore"
    _description = "Ignore"

    listing_ids = fields.Many2many(
        "amazon.listing",
        string="Items",
        required=True,
        readonly=True,
        context={"active_test": False},
    )
    reason = fields.Char(help="Why these items need no product.")

    def action_apply(self):
        """Ignore the listings."""
        if not self.reason:
            raise UserError(self.env._("Enter why these items need no product."))
        self.listing_ids._ignore(self.reason)
        return {"type": "ir.actions.act_window_close"}
