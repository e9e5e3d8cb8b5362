# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ...const import PENDING_STATUSES
from ...models.cancellation.amazon_cancellation import REASONS


class AmazonOrderCancel(models.TransientModel):
    """Asks for the reason that Amazon wants to know of cancelled orders (S173)."""

    _name = "amazon.order.cancel"
    _description = "Cancel on Amazon"

    sale_order_ids = fields.Many2many("sale.order", string="Sales Orders")
    reason_code = fields.Selection(REASONS, "Reason")
    problem = fields.Text(
        compute="_compute_texts", help="Why Amazon cannot be asked to cancel."
    )
    note = fields.Text(compute="_compute_texts")
    is_cancelled_here = fields.Boolean(compute="_compute_texts")

    @api.depends("sale_order_ids")
    def _compute_texts(self):
        for wizard in self:
            orders = wizard._get_orders()
            problems = orders._explain_amazon_uncancellable()
            wizard.problem = "\n\n".join(problems.values())
            wizard.is_cancelled_here = set(orders.mapped("state")) == {"cancel"}
            wizard.note = wizard._explain_pending()

    def _get_orders(self):
        """The sales orders, as stored.

        Odoo asks no record rule of what a dialog holds that is not saved.

        :raises AccessError: for those that the user cannot read
        """
        orders = self.sale_order_ids._origin
        orders.check_access("read")
        return orders

    def _explain_pending(self):
        bindings = self._get_orders()._get_amazon_bindings()
        pending = bindings.filtered(lambda b: b.fulfillment_status in PENDING_STATUSES)
        return pending[:1]._explain_waiting_cancellation() if pending else False

    def action_apply(self):
        """Cancel the orders in Odoo and on Amazon."""
        self.ensure_one()
        self.sale_order_ids.action_cancel_on_amazon(self.reason_code)
        return {"type": "ir.actions.act_window_close"}

    def action_apply_here(self):
        """Cancel the orders in Odoo; Amazon is told nothing."""
        self.ensure_one()
        self.sale_order_ids.action_cancel_in_odoo_only()
        return {"type": "ir.actions.act_window_close"}
