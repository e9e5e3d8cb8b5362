# SPDX-License-Identifier: LGPL-3.0-or-later
"""How far an order has come, and what became of its delivery, in words."""

from odoo import api, fields, models

# Where an order stands that nobody works on: the state says it.
_TOLD_BY_STATE = ("pending", "frozen", "held", "failed", "skipped", "cancelled")


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    progress = fields.Selection(
        [
            ("ordered", "Ordered"),
            ("pending", "Pending"),
            ("frozen", "Frozen"),
            ("held", "Held"),
            ("failed", "Failed"),
            ("to_ship", "To Ship"),
            ("partly", "Partly Shipped"),
            ("shipped", "Shipped"),
            ("completed", "Completed"),
            ("cancelled", "Cancelled"),
            ("skipped", "Skipped"),
        ],
        compute="_compute_progress",
        compute_sudo=True,
        help="Completed: the goods have left, and Amazon knows.",
    )
    delivery_text = fields.Char(
        "Delivery Status", compute="_compute_delivery_text", compute_sudo=True
    )

    # Not on deliveries: each change of one would look for its order.
    @api.depends("state", "fulfillment_status", "shipped_outside")
    def _compute_progress(self):
        for order in self:
            order.progress = order._get_progress()

    def _get_progress(self):
        self.ensure_one()
        if self.state in _TOLD_BY_STATE:
            return self.state
        if self.state == "waiting" and not self.sale_order_id:
            return "ordered"
        status = self.fulfillment_status
        if status in ("CANCELLED", "UNFULFILLABLE"):
            return "cancelled"
        if status == "SHIPPED":
            return "shipped" if self.shipped_outside else "completed"
        delivered = self.sale_order_id.delivery_status
        if delivered == "full":
            return "shipped"
        is_begun = status == "PARTIALLY_SHIPPED" or delivered == "partial"
        return "partly" if is_begun else "to_ship"

    @api.depends("state", "fulfilled_by")
    @api.depends_context("lang")
    def _compute_delivery_text(self):
        for order in self:
            order.delivery_text = order._describe_deliveries()

    def _describe_deliveries(self):
        self.ensure_one()
        done = self.sale_order_id.picking_ids.filtered(
            lambda one: one.picking_type_code == "outgoing" and one.state == "done"
        )
        # Where goods are picked first, the delivery is made after that.
        to_do = self.sale_order_id._get_amazon_transfers().filtered(
            lambda one: not one.sudo().move_ids.move_dest_ids
        )
        if done and to_do:
            return self.env._(
                "%(done)s of %(all)s done", done=len(done), all=len(done | to_do)
            )
        if done:
            return self.env._("Done")
        if to_do:
            return self.env._("To do")
        if self.fulfilled_by == "AMAZON":
            return self.env._("By Amazon")
        return self.env._("None")

    def _explain_no_delivery(self):
        """Why there is no delivery of this order in Odoo."""
        self.ensure_one()
        sale = self.sale_order_id
        if self.fulfilled_by == "AMAZON":
            return self.env._("Amazon ships this order (FBA): Odoo delivers nothing.")
        if sale and sale.amazon_shipping == "outside":
            return self.env._(
                "This order was shipped before it came in: Odoo delivers nothing."
            )
        if sale and sale.state in ("draft", "sent"):
            return self.env._("The delivery is made when the sales order is confirmed.")
        if not sale:
            return self.env._("This order has no sales order (yet), so no delivery.")
        return self.env._("There is no delivery for this order in Odoo.")
