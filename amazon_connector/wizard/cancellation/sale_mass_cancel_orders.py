# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.cancellation.amazon_cancellation import REASONS


class SaleMassCancelOrders(models.TransientModel):
    """Odoo's dialog for many orders: Amazon wants to know a reason, too."""

    _inherit = "sale.mass.cancel.orders"

    amazon_order_count = fields.Integer(compute="_compute_amazon_order_count")
    amazon_reason_code = fields.Selection(REASONS, "Reason for Amazon")

    @api.depends("sale_order_ids")
    def _compute_amazon_order_count(self):
        for wizard in self:
            orders = wizard.sale_order_ids._origin
            orders.check_access("read")
            asking = orders.filtered(lambda order: order._asks_amazon_reason())
            wizard.amazon_order_count = len(asking)

    def action_mass_cancel(self):
        """Override of `sale`: Amazon hears of its orders.

        :raises UserError: the reason is missing, or an order cannot be cancelled there
        """
        if self.amazon_order_count and not self.amazon_reason_code:
            raise UserError(
                self.env._("Choose the reason to send to Amazon for its orders.")
            )
        reason = self.amazon_reason_code if self.amazon_order_count else False
        return super(
            SaleMassCancelOrders, self.with_context(amazon_cancel_reason=reason)
        ).action_mass_cancel()
