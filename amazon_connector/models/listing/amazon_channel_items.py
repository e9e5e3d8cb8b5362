# SPDX-License-Identifier: LGPL-3.0-or-later
"""How a channel's listings become products, and how many wait for a decision."""

from odoo import fields, models


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    match_by_sku = fields.Boolean(
        "Same Internal Reference",
        default=True,
        help="Link a listing to the one product whose internal reference is its SKU.",
    )
    match_by_name = fields.Boolean(
        "Same Name",
        default=True,
        help="Link a listing to the one product that has exactly its name, in any "
        "language.",
    )
    match_by_barcode = fields.Boolean(
        "Same Barcode",
        help="Link a listing to the one product that has its EAN, UPC or GTIN.",
    )
    asked_rows = fields.Json(
        readonly=True,
        copy=False,
        help="Fingerprints of unreadable rows of Amazon's complete report that a user "
        "was already asked about.",
    )
    new_product_policy = fields.Selection(
        [("ask", "Ask what to do"), ("create", "Create the product")],
        "New Items",
        required=True,
        default="ask",
        help="What happens to a listing that matches no product. Products are created "
        "without cost and without stock.",
    )
    family_policy = fields.Selection(
        [
            ("separate", "A product for each variation"),
            ("variants", "One product with variants"),
        ],
        "Variations",
        required=True,
        default="separate",
        help="What is created from a family of variations.",
    )
    listing_count = fields.Integer(compute="_compute_listing_counts")
    unconfirmed_count = fields.Integer(
        "Unconfirmed Items", compute="_compute_listing_counts"
    )

    def _compute_listing_counts(self):
        counts = self.env["amazon.listing"]._count_by_state("channel_id", self)
        for channel in self:
            by_state = counts.get(channel, {})
            channel.listing_count = sum(by_state.values())
            channel.unconfirmed_count = by_state.get("unconfirmed", 0)

    def action_open_listings(self):
        """Open the listings of these channels."""
        return self.env["amazon.listing"]._open([("channel_id", "in", self.ids)])


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    listing_count = fields.Integer(compute="_compute_listing_counts")
    unconfirmed_count = fields.Integer(
        "Unconfirmed Items", compute="_compute_listing_counts"
    )

    def _compute_listing_counts(self):
        counts = self.env["amazon.listing"]._count_by_state("account_id", self)
        for account in self:
            by_state = counts.get(account, {})
            account.listing_count = sum(by_state.values())
            account.unconfirmed_count = by_state.get("unconfirmed", 0)

    def action_open_listings(self):
        """Open the listings of these accounts; S140."""
        return self.env["amazon.listing"]._open([("account_id", "in", self.ids)])
