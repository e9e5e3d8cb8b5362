# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a frozen sales order refuses, and the way out of it."""

from odoo import fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    amazon_frozen_reason = fields.Text(
        related="amazon_order_id.frozen_reason", string="Frozen Because"
    )
    amazon_has_undecided = fields.Boolean(related="amazon_order_id.has_undecided_items")
    amazon_suggested_line_ids = fields.Many2many(
        related="amazon_order_id.suggested_line_ids",
        related_sudo=False,
        groups="amazon_connector.group_manager",
    )
    amazon_suggestion_count = fields.Integer(
        related="amazon_order_id.suggestion_count",
        related_sudo=False,
        groups="amazon_connector.group_manager",
    )
    amazon_deciders = fields.Char(related="amazon_order_id.deciders")
    amazon_has_unconfirmed = fields.Boolean(
        related="amazon_order_id.has_unconfirmed_items"
    )

    def write(self, vals):
        """Override: a frozen order is neither confirmed, sent nor locked by writing.

        A quotation has no stock moves that would tell of its end.
        """
        if vals.get("state") in ("sent", "sale") or vals.get("locked"):
            if vals.get("amazon_frozen", True):
                self._check_not_frozen()
        if vals.get("state") in ("cancel", "draft"):
            self.sudo().amazon_order_id._record_items("inbox")
        return super().write(vals)

    def _check_not_frozen(self):
        """
        :raises UserError: one of these orders waits for an item without a product
        """
        for order in self:
            if order.amazon_frozen:
                raise UserError(order._get_frozen_error())

    def _get_frozen_error(self):
        self.ensure_one()
        return self.env._(
            "%(order)s is frozen. %(reason)s",
            order=self.display_name,
            reason=self.amazon_order_id.sudo()._explain_frozen(),
        )

    def _create_invoices(self, grouped=False, final=False, date=None):
        """Override of `sale`: no invoice over an item that is no product yet."""
        self._check_not_frozen()
        return super()._create_invoices(grouped=grouped, final=final, date=date)

    def action_quotation_send(self):
        """Override of `sale`: nobody can be asked to confirm a frozen order."""
        self._check_not_frozen()
        return super().action_quotation_send()

    def action_link_amazon_suggested(self):
        """Link the items of this order to the products that are suggested."""
        self.ensure_one()
        self.check_access("read")
        return self.amazon_order_id.action_link_suggested()

    def _follow_frozen(self):
        """Have the connector look at those of these orders that are frozen."""
        if frozen := self.filtered("amazon_frozen"):
            frozen._get_amazon_bindings()._apply_again()

    def action_ask_amazon_costs(self):
        """Ask what the products to be made cost; see ``amazon.order``."""
        return self.amazon_order_id.action_ask_costs()

    def action_confirm_amazon_items(self):
        """Make products of all unconfirmed items; see ``amazon.order``."""
        return self.amazon_order_id.action_confirm_items()

    def action_link_amazon_items(self):
        """Link the items that wait for a product; see ``amazon.order``."""
        return self.amazon_order_id.action_link_items()
