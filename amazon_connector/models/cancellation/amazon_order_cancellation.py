# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whether an order can be cancelled on Amazon, and what the buyer wants."""

from odoo import api, fields, models

from ...const import PENDING_STATUSES, REQUEST_NOTICE
from .amazon_cancellation import OPEN_CANCELLATION_STATES


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    cancellation_ids = fields.One2many(
        "amazon.cancellation", "order_id", "Cancellations"
    )
    ship_anyway = fields.Boolean(
        readonly=True,
        copy=False,
        help="A user decided to ship the order although the buyer asked to cancel it.",
    )
    asks_to_cancel = fields.Boolean(
        compute="_compute_asks_to_cancel",
        help="The buyer asked to cancel the order, and nobody has decided yet.",
    )

    is_cancellable = fields.Boolean(
        compute="_compute_is_cancellable",
        help="A user can cancel the order, here and on Amazon.",
    )

    @api.depends("cancellation_requested", "ship_anyway")
    def _compute_asks_to_cancel(self):
        for order in self:
            order.asks_to_cancel = (
                order.cancellation_requested
                and not order.ship_anyway
                and order._is_open_on_both_sides()
            )

    def _compute_is_cancellable(self):
        for order in self:
            locked = order.sale_order_id.sudo().locked
            order.is_cancellable = order._is_open_on_both_sides() and not locked

    def _is_open_on_both_sides(self):
        """Whether its sales order is open, and Amazon would cancel it, too."""
        self.ensure_one()
        is_open = self.sale_order_id.sudo().state in ("draft", "sent", "sale")
        return is_open and not self._explain_uncancellable()

    def _get_open_cancellation(self):
        """The cancellation of the whole order that is on its way to Amazon."""
        self.ensure_one()
        return self.cancellation_ids.filtered(
            lambda row: row.kind == "cancel" and row.state in OPEN_CANCELLATION_STATES
        )

    def _is_open_on_amazon(self):
        """Whether Amazon still expects it to be shipped, as far as Odoo knows."""
        self.ensure_one()
        return self.fulfillment_status not in ("CANCELLED", "UNFULFILLABLE")

    def _explain_uncancellable(self, kind="cancel"):
        """Why Amazon cannot be asked to cancel this order, or None.

        Amazon cancels by feed only what the merchant ships, before it is shipped; units
        also while some others are.

        :param kind: ``cancel`` the whole order, or ``adjust`` its units
        """
        self.ensure_one()
        number = self.order_number
        if self.fulfilled_by == "AMAZON":
            return self.env._(
                "Amazon ships order %s (FBA): only Amazon and its buyer can cancel "
                "it. When they do, the sales order is cancelled automatically.",
                number,
            )
        if self.fulfillment_status == "CANCELLED":
            return self.env._("Order %s is cancelled on Amazon already.", number)
        if self.fulfillment_status == "SHIPPED":
            return self.env._(
                "Order %s counts as shipped on Amazon: it can no longer be cancelled. "
                "Have the goods returned and refund the buyer in Seller Central.",
                number,
            )
        if self.fulfillment_status == "UNFULFILLABLE":
            return self.env._(
                "Amazon cannot fulfill order %s, so there is nothing to cancel.", number
            )
        if kind == "adjust":
            return None
        goods = self.sale_order_id.sudo().order_line.filtered(
            lambda line: line.amazon_charge == "item"
        )
        delivered = any(goods.mapped("qty_delivered"))
        is_rest = any(line.qty_delivered < line.product_uom_qty for line in goods)
        if self.fulfillment_status == "PARTIALLY_SHIPPED" or (delivered and is_rest):
            return self.env._(
                "Part of order %s has shipped: it can no longer be cancelled as a "
                "whole. Remove the units that will not be shipped from its lines, or "
                "cancel the order in Odoo only; then press Cancel Units on Amazon.",
                number,
            )
        if delivered:
            return self.env._(
                "Goods of order %s have left your warehouse. Return the delivery "
                "first, or cancel the order in Seller Central.",
                number,
            )
        return None

    def _explain_waiting_cancellation(self):
        """What a cancellation of this order waits for, or False."""
        self.ensure_one()
        if self.fulfillment_status in PENDING_STATUSES:
            return self.env._(
                "Amazon does not let a merchant cancel an order whose payment is "
                "pending. It is sent as soon as the payment is settled."
            )
        return False

    def action_cancel(self):
        """Ask for the reason, as the sales order's *Cancel* does.

        :return: the dialog's action
        """
        return self.sale_order_id.action_cancel()

    # ------------------------------------------------------------------
    # A buyer's wish
    # ------------------------------------------------------------------

    def action_cancel_as_requested(self):
        """Cancel the order, here and on Amazon, as its buyer asked."""
        return self.sale_order_id.action_cancel_as_requested()

    def action_ship_anyway(self):
        """Keep the order though its buyer asked to cancel it."""
        return self.sale_order_id.action_ship_anyway()

    def _close_request(self):
        """The question is answered: its activities are done."""
        self.sudo()._clear_notices(REQUEST_NOTICE)
