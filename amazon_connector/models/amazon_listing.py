# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class AmazonListing(models.Model):
    """One seller SKU on one channel: the product binding."""

    _name = "amazon.listing"
    _description = "Amazon Listing"
    _rec_name = "seller_sku"
    _rec_names_search = ["seller_sku", "title", "asin"]
    _order = "state desc, seller_sku, id"

    channel_id = fields.Many2one(
        "amazon.channel", required=True, ondelete="cascade", index=True
    )
    account_id = fields.Many2one(related="channel_id.account_id", store=True)
    company_id = fields.Many2one(related="channel_id.company_id", store=True)
    seller_sku = fields.Char("Seller SKU", required=True)
    asin = fields.Char("ASIN")
    title = fields.Char()
    product_id = fields.Many2one(
        "product.product", ondelete="restrict", index="btree_not_null"
    )
    state = fields.Selection(
        [
            ("unconfirmed", "Unconfirmed"),
            ("linked", "Linked"),
            ("unlinked", "Unlinked"),
            ("ignored", "Ignored"),
        ],
        required=True,
        default="unconfirmed",
    )
    reason = fields.Text(readonly=True, help="Why it was not linked by itself.")
    order_line_ids = fields.One2many("amazon.order.line", "listing_id", "Order Lines")

    _channel_sku_unique = models.Constraint(
        "unique(channel_id, seller_sku)", "This SKU is on this channel already."
    )
    _linked_has_product = models.Constraint(
        "CHECK(state != 'linked' OR product_id IS NOT NULL)",
        "A linked listing needs a product.",
    )

    def write(self, vals):
        """Let frozen orders go on once their listing has a product."""
        if vals.get("product_id") and "state" not in vals:
            vals = {**vals, "state": "linked", "reason": False}
        result = super().write(vals)
        if vals.get("product_id"):
            frozen = self.order_line_ids.order_id.filtered(
                lambda order: order.state == "frozen"
            )
            frozen.sudo()._apply_again()
        return result

    @api.model
    def _find_or_create(self, wanted):
        """The listings of ``wanted``, made and linked by SKU where they are new.

        :param wanted: ``{(channel, seller_sku): {"asin": ..., "title": ...}}``
        :return: ``{(channel, seller_sku): listing}``
        """
        found = self._find(wanted)
        missing = [key for key in wanted if key not in found]
        if missing:
            links = self._match_products(missing)
            self.create(
                [
                    {
                        "channel_id": channel.id,
                        "seller_sku": sku,
                        **wanted[channel, sku],
                        **links[channel, sku],
                    }
                    for channel, sku in missing
                ]
            )
            found = self._find(wanted)
        return found

    @api.model
    def _find(self, keys):
        channels = self.env["amazon.channel"].union(*(channel for channel, _ in keys))
        listings = self.search(
            [
                ("channel_id", "in", channels.ids),
                ("seller_sku", "in", list({sku for _, sku in keys})),
            ]
        )
        return {(one.channel_id, one.seller_sku): one for one in listings}

    @api.model
    def _match_products(self, keys):
        """Values that link ``(channel, seller_sku)`` keys to products, by SKU.

        Only one active product of the company with that internal reference is a match;
        anything else waits for a user, with the reason.
        """
        Product = self.env["product.product"].with_context(active_test=False)
        by_sku = Product.search(
            [("default_code", "in", list({sku for _, sku in keys}))]
        ).grouped("default_code")
        result = {}
        for channel, sku in keys:
            candidates = by_sku.get(sku, Product).filtered(
                lambda p, company=channel.company_id: (
                    not p.company_id or p.company_id == company
                )
            )
            result[channel, sku] = self._prepare_link(sku, candidates)
        return result

    @api.model
    def _prepare_link(self, sku, candidates):
        active = candidates.filtered("active")
        if len(active) == 1:
            return {"product_id": active.id, "state": "linked"}
        if active:
            reason = self.env._(
                "%(count)s products have the internal reference %(sku)s.",
                count=len(active),
                sku=sku,
            )
        elif candidates:
            reason = self.env._(
                "The product with the internal reference %(sku)s is archived.", sku=sku
            )
        else:
            reason = self.env._(
                "No product has the internal reference %(sku)s.", sku=sku
            )
        return {"state": "unconfirmed", "reason": reason}
