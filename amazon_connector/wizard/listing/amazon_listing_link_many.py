# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.notifications import RELOAD, notify

MOST = 100
"""Items of one grid: each is compared with every product."""


class AmazonListingLinkMany(models.TransientModel):
    """Links many items at once, each to the product that a user ticks (S144)."""

    _name = "amazon.listing.link.many"
    _description = "Link Items to Products"

    line_ids = fields.One2many("amazon.listing.link.line", "wizard_id", "Items")
    left_count = fields.Integer("Items That Are Left", readonly=True)

    @api.model
    def _prepare(self, listings):
        """The values of a grid of these items, with what is probably right chosen."""
        some = listings[:MOST]
        likely = self.env["amazon.listing.suggester"]._find_likely(some)
        nothing = self.env["product.product"], 0
        lines = []
        for one in some:
            product, score = likely.get(one, nothing)
            warning = self.env["amazon.listing.matcher"]._find_warning(one)
            vals = {
                "listing_id": one.id,
                "product_id": product.id,
                "score": score * 100,
                "warning": warning,
                "ticked": bool(product) and not warning,
            }
            lines.append((0, 0, vals))
        return {"line_ids": lines, "left_count": len(listings) - len(some)}

    def action_apply(self):
        """Link what is ticked, and say how many orders go on.

        :raises UserError: before anything is linked
        """
        self.ensure_one()
        ticked = self.line_ids.filtered("ticked")
        if not ticked:
            raise UserError(self.env._("Tick at least one item."))
        if empty := ticked.filtered(lambda line: not line.product_id):
            raise UserError(
                self.env._(
                    "Choose a product, or take the tick away: %s.",
                    empty.listing_id._name_some(),
                )
            )
        ticked.listing_id._claim()
        for product, lines in ticked.grouped("product_id").items():
            lines.listing_id._link_to(product)
        return notify(ticked.listing_id._tell_linked(), then=RELOAD)


class AmazonListingLinkLine(models.TransientModel):
    """One item, and the product that it probably is."""

    _name = "amazon.listing.link.line"
    _description = "Item to Link"

    wizard_id = fields.Many2one(
        "amazon.listing.link.many", required=True, ondelete="cascade"
    )
    listing_id = fields.Many2one(
        "amazon.listing", "Item", required=True, ondelete="cascade"
    )
    thumbnail_url = fields.Char(related="listing_id.thumbnail_url", related_sudo=False)
    title = fields.Char(related="listing_id.title", related_sudo=False)
    channel_id = fields.Many2one(related="listing_id.channel_id", related_sudo=False)
    company_id = fields.Many2one(related="listing_id.company_id")
    product_id = fields.Many2one(
        "product.product",
        ondelete="cascade",
        domain="[('amazon_charge', '=', False), ('company_id', 'in', (False, "
        "company_id))]",
    )
    score = fields.Float("Match", digits=(3, 0), readonly=True, help="In percent.")
    warning = fields.Char(
        "Look Closely", readonly=True, help="What speaks against a usual product."
    )
    ticked = fields.Boolean(
        "Link",
        compute="_compute_ticked",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("product_id")
    def _compute_ticked(self):
        """Whoever chooses a product means it."""
        for line in self:
            line.ticked = bool(line.product_id)
