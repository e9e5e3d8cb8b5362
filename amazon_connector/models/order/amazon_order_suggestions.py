# SPDX-License-Identifier: LGPL-3.0-or-later
"""Frozen orders: which product each item probably is, and one click to say so."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.notifications import RELOAD, notify

# Below it a suggestion is a guess, and takes more time to refuse than to search.
LEAST_LIKENESS = 0.5
SHOWN_MANAGERS = 3
MANAGERS = "amazon_connector.group_manager"


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    has_suggestions = fields.Boolean(compute="_compute_suggestions")
    suggestion_text = fields.Text(
        compute="_compute_suggestions", help="The products that the items probably are."
    )
    deciders = fields.Char(
        compute="_compute_deciders",
        compute_sudo=True,
        help="Who may link and confirm items.",
    )

    @api.depends("state")
    def _compute_suggestions(self):
        may_link = self.env.user.has_group(MANAGERS)
        for order in self:
            is_asked = may_link and order.state == "frozen"
            found = list(order._find_suggestions()) if is_asked else []
            order.has_suggestions = bool(found)
            order.suggestion_text = "\n".join(
                self.env._(
                    "%(item)s is probably %(product)s (%(score)d %%).",
                    item=listing.seller_sku or listing.title,
                    product=product.display_name,
                    score=score * 100,
                )
                for listing, product, score in found
            )

    def _find_suggestions(self):
        """``(listing, product, likeness)`` of each item that is probably a product."""
        Link = self.env["amazon.listing.link"]
        for listing in self._get_undecided_lines().listing_id:
            if listing.state == "ignored":
                continue
            product_id, score = next(iter(Link._suggest(listing)), (False, 0))
            if score >= LEAST_LIKENESS:
                yield listing, self.env["product.product"].browse(product_id), score

    @api.depends("company_id")
    def _compute_deciders(self):
        managers = self.env.ref(MANAGERS).all_user_ids.filtered("active")
        for order in self:
            own = managers.filtered(lambda u, o=order: o.company_id in u.company_ids)
            order.deciders = ", ".join(own[:SHOWN_MANAGERS].mapped("name"))

    def action_link_suggested(self):
        """Link the items to the products that are suggested.

        :raises AccessError: for who may not decide on listings
        :raises UserError: when nothing is suggested (any more)
        """
        self.ensure_one()
        self.check_access("read")
        self.env["amazon.listing"].check_access("write")
        found = list(self._find_suggestions())
        if not found:
            raise UserError(self.env._("There are no suggestions left."))
        listings = self.env["amazon.listing"]
        for listing, product, _score in found:
            listing._link_to(product)
            listings |= listing
        return notify(
            self.env._("Orders that continue: %s.", self._count_thawing(listings)),
            then=RELOAD,
        )

    @api.model
    def _count_thawing(self, listings):
        return self.search_count(
            [
                ("state", "=", "frozen"),
                ("line_ids.listing_id", "in", listings.ids),
                ("line_ids", "not any", [("listing_id.product_id", "=", False)]),
            ]
        )
