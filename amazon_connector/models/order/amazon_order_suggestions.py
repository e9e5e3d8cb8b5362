# SPDX-License-Identifier: LGPL-3.0-or-later
"""Frozen orders: which product each item probably is, and one click to say so."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.notifications import RELOAD, notify

SHOWN_MANAGERS = 3
MANAGERS = "amazon_connector.group_manager"


class AmazonOrderLine(models.Model):
    _inherit = "amazon.order.line"

    suggested_product_id = fields.Many2one(
        "product.product",
        compute="_compute_suggestion",
        help="The product that the item probably is.",
    )
    suggestion_score = fields.Float(
        "Match", compute="_compute_suggestion", digits=(3, 0), help="In percent."
    )

    # Not on listings: each change of one would look for its items.
    @api.depends("listing_id")
    @api.depends_context("uid", "lang")
    def _compute_suggestion(self):
        likely = {}
        if self.env.user.has_group(MANAGERS):
            likely = self.env["amazon.listing.suggester"]._find_likely(self.listing_id)
        nothing = self.env["product.product"], 0
        for line in self:
            product, score = likely.get(line.listing_id, nothing)
            line.suggested_product_id = product
            line.suggestion_score = score * 100

    def action_link_suggested(self):
        """Link this item to the product that is suggested, as the screen shows it.

        :raises AccessError: for who may not decide on listings
        :raises UserError: when that product is not suggested (any more)
        """
        self.ensure_one()
        self.check_access("read")
        self.env["amazon.listing"].check_access("write")
        product = self.suggested_product_id
        shown = self.env.context.get("shown_product", product.id)
        if not product or product.id != shown:
            raise UserError(
                self.env._("This product is no longer suggested. Look again.")
            )
        self.listing_id._link_to(product)
        return notify(self.listing_id._tell_linked(), then=RELOAD)


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    suggested_line_ids = fields.Many2many(
        "amazon.order.line",
        string="Suggestions",
        compute="_compute_suggestions",
        help="Items that probably match an existing product.",
    )
    suggestion_count = fields.Integer(compute="_compute_suggestions")
    deciders = fields.Char(
        compute="_compute_deciders",
        compute_sudo=True,
        help="Who may link and confirm items.",
    )

    @api.depends("state")
    @api.depends_context("uid", "lang")
    def _compute_suggestions(self):
        may_link = self.env.user.has_group(MANAGERS)
        frozen = self.filtered(lambda one: may_link and one.state == "frozen")
        # Together, so that all items are compared in one query.
        lines = frozen._get_undecided_lines().filtered("suggested_product_id")
        by_order = lines.grouped("order_id")
        for order in self:
            order.suggested_line_ids = by_order.get(order, lines.browse())
            order.suggestion_count = len(order.suggested_line_ids)

    @api.depends("company_id")
    def _compute_deciders(self):
        managers = self.env.ref(MANAGERS).all_user_ids.filtered("active")
        for order in self:
            own = managers.filtered(lambda u, o=order: o.company_id in u.company_ids)
            order.deciders = ", ".join(own[:SHOWN_MANAGERS].mapped("name"))

    def action_link_suggested(self):
        """Link all items of this order to the products that are suggested.

        What may be a pack, used goods or a SKU of Amazon's is left to a look, as in the
        grid.

        :raises AccessError: for who may not decide on listings
        :raises UserError: when nothing is suggested (any more), or all needs a look
        """
        self.ensure_one()
        self.check_access("read")
        self.env["amazon.listing"].check_access("write")
        lines = self.suggested_line_ids
        if not lines:
            raise UserError(self.env._("There are no suggestions left."))
        find_warning = self.env["amazon.listing.matcher"]._find_warning
        doubtful = lines.filtered(lambda line: find_warning(line.listing_id))
        left = doubtful and self.env._(
            "Look at these items and link them one by one: %s.",
            doubtful.listing_id._name_some(),
        )
        if doubtful == lines:
            raise UserError(left)
        for line in lines - doubtful:
            line.listing_id._link_to(line.suggested_product_id)
        told = (lines - doubtful).listing_id._tell_linked()
        return notify(
            f"{told} {left or ''}".rstrip(), "warning" if left else "success", RELOAD
        )

    @api.model
    def _count_thawing(self, listings):
        orders = self.search(
            [("state", "=", "frozen"), ("line_ids.listing_id", "in", listings.ids)]
        )
        return sum(not order._get_undecided_lines() for order in orders)

    @api.model
    def _tell_thawing(self, listings):
        """How many frozen orders go on, now that these listings have products."""
        count = self._count_thawing(listings)
        if not count:
            return ""
        if count == 1:
            return self.env._("1 order continues.")
        return self.env._("%s orders continue.", count)
