# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon says about a listing: written by the items sync, read by everybody."""

from odoo import fields, models

from ...tools.optional_integer import OptionalInteger


class AmazonListing(models.Model):
    _inherit = "amazon.listing"

    active = fields.Boolean(
        default=True,
        readonly=True,
        help="Off once Amazon's complete report no longer lists the SKU.",
    )
    gone_at = fields.Datetime("Not on Amazon Since", readonly=True)
    currency_id = fields.Many2one(related="channel_id.currency_id")
    status = fields.Char(
        "Status on Amazon", readonly=True, help="Amazon's status, e.g. Active."
    )
    buyable = fields.Boolean(readonly=True)
    discoverable = fields.Boolean(readonly=True)
    issues = fields.Json(
        "Issue Details",
        readonly=True,
        help="Amazon's issues: code, message and severity of each.",
    )
    issue_count = fields.Integer("Issues", readonly=True)
    product_type = fields.Char("Product Type on Amazon", readonly=True)
    condition = fields.Char(readonly=True)
    brand = fields.Char(readonly=True)
    barcode = fields.Char(readonly=True, help="EAN, UPC, ISBN or GTIN on Amazon.")
    fn_sku = fields.Char("FNSKU", readonly=True)
    image_url = fields.Char("Image on Amazon", readonly=True)
    price = fields.Monetary("Price on Amazon", readonly=True)
    amazon_quantity = fields.Integer("Quantity on Amazon", readonly=True)
    quantity_known = fields.Boolean(
        readonly=True, help="Amazon states no quantity for items that it ships itself."
    )
    handling_days = OptionalInteger(
        "Handling Time (Days)",
        readonly=True,
        help="0: shipped on the same day. Empty: none is set on Amazon, or it has not "
        "been read yet.",
    )
    fulfilled_by = fields.Selection(
        [("merchant", "Merchant"), ("amazon", "Amazon")], readonly=True
    )
    fulfillment_channel = fields.Char(
        readonly=True, help="Amazon's code, e.g. DEFAULT or AMAZON_EU."
    )
    is_parent = fields.Boolean(
        "Variation Parent",
        readonly=True,
        help="Only groups variations; buyers cannot buy it.",
    )
    parent_sku = fields.Char("Parent SKU", readonly=True, index="btree_not_null")
    variation_theme = fields.Char(readonly=True)
    variation_values = fields.Json(
        readonly=True, help="Attribute names and values: [[name, value], ...]."
    )
    listed_at = fields.Datetime("Listed", readonly=True)
    changed_at = fields.Datetime("Changed on Amazon", readonly=True)
    read_at = fields.Datetime(
        "Last Read", readonly=True, help="When all details were last read from Amazon."
    )
    listing_number = fields.Char(
        "Listing ID on Amazon",
        readonly=True,
        help="Amazon's number of the listing; only the complete report contains it.",
    )
    without_sku = fields.Boolean(
        "Without SKU",
        readonly=True,
        help="Amazon gives no SKU on the orders of this item. The listing stands for "
        "all items of its ASIN and can only be linked by hand.",
    )
    in_doubt = fields.Boolean(
        readonly=True,
        help="A complete report cannot contain it, so Amazon is asked by SKU whether "
        "it is gone.",
    )
    report_digest = fields.Char(
        readonly=True, help="Fingerprint of the row in Amazon's complete report."
    )
    unlinked_product_ids = fields.Many2many(
        "product.product",
        "amazon_listing_unlinked_rel",
        string="Never Link To",
        readonly=True,
        help="Products that a user unlinked; they are never linked "
        "automatically again.",
    )

    _to_read_idx = models.Index("(channel_id, read_at) WHERE active")
