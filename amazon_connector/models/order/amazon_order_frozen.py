# SPDX-License-Identifier: LGPL-3.0-or-later
"""Frozen orders: which of their items wait for a product, and what a user can do."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...sp_api import Order
from ...tools.notifications import RELOAD, notify


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    frozen_reason = fields.Text(
        compute="_compute_frozen_items",
        compute_sudo=True,
        help="Which items are waiting for a product, and what to do about it.",
    )
    has_undecided_items = fields.Boolean(
        compute="_compute_frozen_items",
        compute_sudo=True,
        help="The order is frozen because of items that can be linked to a product.",
    )
    has_unconfirmed_items = fields.Boolean(
        compute="_compute_frozen_items",
        compute_sudo=True,
        help="The order is frozen because of items that can be confirmed as new "
        "products.",
    )

    # Not on listings: each change of one would look for its orders.
    @api.depends("state")
    def _compute_frozen_items(self):
        for order in self:
            is_frozen = order.state == "frozen" or order.sale_order_id.amazon_frozen
            listings = order._get_undecided_lines().listing_id if is_frozen else ()
            order.frozen_reason = is_frozen and order._explain_frozen()
            order.has_undecided_items = bool(listings)
            order.has_unconfirmed_items = any(
                listing.state == "unconfirmed" for listing in listings
            )

    @api.private
    def _get_undecided_lines(self):
        """Items of these orders that are linked to no product.

        Items that Amazon took out of an order again do not count.
        """
        undecided = self.env["amazon.order.line"]
        for order in self:
            lines = order.line_ids.filtered(lambda line: not line.product_id)
            if lines:
                told = Order.from_json(order.sudo().payload).items
                items = {item.order_item_id for item in told}
                undecided += lines.filtered(lambda li, i=items: li.order_item_id in i)
        return undecided

    @api.private
    def _explain_frozen(self):
        """What a frozen order waits for, and what a user can do about it."""
        self.ensure_one()
        names = {}
        for line in self._get_undecided_lines():
            name = line._get_item_name()
            listing = line.listing_id
            kind = listing.state
            if not listing or (listing.without_sku and kind != "ignored"):
                kind = "unknown"
            names.setdefault(kind, []).append(name)
        if not names:
            return self.env._(
                "All its items are linked to products. It continues automatically "
                "within a minute."
            )
        return " ".join(
            text % {"items": ", ".join(names[kind])}
            for kind, text in self._get_frozen_texts().items()
            if kind in names
        )

    @api.model
    def _get_frozen_texts(self):
        """Sentences about the undecided items, by the state of their listings."""
        return {
            "unconfirmed": self.env._(
                "Not linked to a product yet: %(items)s. Confirm it as a new product, "
                "or link it to an existing one, to continue the order."
            ),
            "unlinked": self.env._(
                "Unlinked from its product: %(items)s. Link it again to continue the "
                "order."
            ),
            "ignored": self.env._(
                "Ignored, so without a product: %(items)s. Link it to continue the "
                "order, or cancel the order on Amazon."
            ),
            "unknown": self.env._(
                "Amazon gives no SKU for: %(items)s. Link it to a product to continue "
                "the order; later items of the same ASIN without a SKU use the same "
                "link."
            ),
        }

    def action_confirm_items(self):
        """Make products of all unconfirmed items of these orders.

        For users who may confirm listings; the orders thaw by themselves.

        :raises UserError: there is nothing to confirm
        """
        self.check_access("read")
        listings = self._get_undecided_lines().listing_id
        unconfirmed = listings.filtered(lambda one: one.state == "unconfirmed")
        if not unconfirmed:
            raise UserError(self.env._("It has no unconfirmed items left."))
        unconfirmed.action_confirm()
        left = listings.filtered(lambda listing: not listing.product_id)
        if left:
            message = self.env._(
                "Products created: %(count)s. Still without one: %(items)s.",
                count=len(unconfirmed - left),
                items=", ".join(left.mapped("seller_sku")),
            )
        else:
            message = self.env._(
                "Products created: %s. The order continues automatically within a "
                "minute.",
                len(unconfirmed),
            )
        return notify(message, "warning" if left else "success", then=RELOAD)

    def action_ask_costs(self):
        """Ask what the products to be made of the unconfirmed items cost (S146)."""
        self.check_access("read")
        listings = self._get_undecided_lines().listing_id
        unconfirmed = listings.filtered(lambda one: one.state == "unconfirmed")
        return unconfirmed.action_ask_costs()

    def action_link_items(self):
        """Link the undecided items of these orders: one in a dialog, more in a grid."""
        self.check_access("read")
        listings = self._get_undecided_lines().listing_id
        if len(listings) == 1:
            return listings.action_link()
        return listings.action_link_many()
