# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...models.cancellation.amazon_cancellation import REASONS
from ...sp_api import ADJUST_REASONS


class AmazonOrderAdjust(models.TransientModel):
    """Asks whether Amazon is to cancel the units that a user took off a sales order."""

    _name = "amazon.order.adjust"
    _description = "Cancel Units on Amazon"

    sale_order_id = fields.Many2one(
        "sale.order", "Sales Order", required=True, ondelete="cascade"
    )
    reason_code = fields.Selection(
        [entry for entry in REASONS if entry[0] in ADJUST_REASONS], "Reason"
    )
    line_ids = fields.One2many(
        "amazon.order.adjust.line",
        "adjust_id",
        "Items",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=True,
    )

    @api.depends("sale_order_id")
    def _compute_line_ids(self):
        self.sale_order_id.check_access("read")
        for wizard in self:
            fewer = wizard.sale_order_id.sudo()._get_amazon_fewer_units()
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "order_line_id": item.id,
                            "name": item._get_item_name(),
                            "quantity": units,
                        }
                    )
                    for item, units in fewer.items()
                ),
            ]

    def action_apply(self):
        """Have Amazon cancel these units.

        :raises UserError: the order changed meanwhile, or no reason was chosen
        """
        self.ensure_one()
        order = self.sale_order_id
        order.check_access("write")
        order._check_amazon_reason(self.reason_code)
        shown = {line.order_line_id: line.quantity for line in self.line_ids.sudo()}
        if not shown or shown != order.sudo()._get_amazon_fewer_units():
            raise UserError(
                self.env._(
                    "The order has changed in the meantime. Close this dialog and "
                    "open it again."
                )
            )
        self.env["amazon.cancellation"].sudo()._request_adjustment(
            order._get_amazon_bindings(), shown, self.reason_code
        )
        return {"type": "ir.actions.act_window_close"}


class AmazonOrderAdjustLine(models.TransientModel):
    """Units of one item that Amazon is to cancel."""

    _name = "amazon.order.adjust.line"
    _description = "Cancel Units of an Item on Amazon"

    adjust_id = fields.Many2one(
        "amazon.order.adjust", required=True, ondelete="cascade"
    )
    order_line_id = fields.Many2one(
        "amazon.order.line", required=True, ondelete="cascade"
    )
    name = fields.Char("Item", readonly=True)
    quantity = fields.Integer("Units to Cancel", readonly=True)
