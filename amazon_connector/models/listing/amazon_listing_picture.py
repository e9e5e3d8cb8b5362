# SPDX-License-Identifier: LGPL-3.0-or-later
"""The listing's main picture: shown in lists, and given to the product made of it."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.cron import wake
from ...tools.notifications import RELOAD, notify

PLACEHOLDER = "/web/static/img/placeholder.png"


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    take_pictures = fields.Boolean(
        "Pictures from Amazon",
        default=True,
        help="A product that is made from a listing gets the listing's main picture.",
    )


class AmazonListing(models.Model):
    _inherit = "amazon.listing"

    picture_wanted = fields.Boolean(
        "Picture Is Fetched", readonly=True, copy=False, help="For its product."
    )
    picture_attempts = fields.Integer(readonly=True, copy=False)
    picture_next_try = fields.Datetime(readonly=True, copy=False)
    picture_problem = fields.Char(
        readonly=True, copy=False, help="Why its product got no picture."
    )
    thumbnail_url = fields.Char("Picture", compute="_compute_thumbnail_url")
    record_ids = fields.One2many("amazon.sync.record", "listing_id", "Sync History")

    _picture_idx = models.Index("(picture_next_try) WHERE picture_wanted IS TRUE")

    @api.depends("product_id", "image_url")
    def _compute_thumbnail_url(self):
        for listing in self:
            product = listing.product_id
            # Odoo answers with its placeholder where the product has none.
            listing.thumbnail_url = (
                f"/web/image/product.product/{product.id}/image_128"
                if product
                else listing.image_url or PLACEHOLDER
            )

    def action_fetch_picture(self):
        """Have the pictures of these listings fetched for their products.

        :raises UserError: when none of the products lacks one
        """
        self.check_access("write")
        lacking = self.filtered(lambda one: one.product_id and not one._has_picture())
        if not lacking:
            raise UserError(self.env._("The product has a picture already."))
        lacking.sudo()._want_pictures()
        message = self.env._("The picture is fetched within a minute.")
        return notify(message, then=RELOAD)

    def _has_picture(self):
        """Whether the product has a picture; a variant among others: one of its own."""
        self.ensure_one()
        product = self.product_id.sudo().with_context(bin_size=True)
        siblings = product.product_tmpl_id.product_variant_ids
        return bool(
            product.image_variant_1920 if len(siblings) > 1 else product.image_1920
        )

    @api.private
    def _want_pictures(self):
        """Have the pictures of these listings fetched soon, after the commit."""
        if not self:
            return
        self.write(
            {
                "picture_wanted": True,
                "picture_attempts": 0,
                "picture_next_try": False,
                "picture_problem": False,
            }
        )
        self._wake_pictures()

    @api.model
    def _wake_pictures(self, at=None):
        wake(self.env, "ir_cron_pictures_fetch", at=at)
