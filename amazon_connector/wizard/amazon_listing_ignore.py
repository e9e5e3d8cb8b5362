# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonListingIgnore(models.TransientModel):
    """Asks why listings need no product."""

    _name = "amazon.listing.ignore"
    _description = "Ignore"

    listing_ids = fields.Many2many(
        "amazon.listing", string="Items", required=True, readonly=True
    )
    reason = fields.Char(required=True)

    def action_apply(self):
        """Ignore the listings."""
        self.listing_ids._ignore(self.reason)
        return {"type": "ir.actions.act_window_close"}
