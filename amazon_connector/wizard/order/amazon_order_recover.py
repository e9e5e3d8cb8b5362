# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonOrderRecover(models.TransientModel):
    """Get one order from Amazon by its number."""

    _name = "amazon.order.recover"
    _description = "Recover an Amazon Order"

    account_id = fields.Many2one(
        "amazon.account",
        required=True,
        default=lambda self: self.env["amazon.account"].search(
            [("state", "=", "connected")], limit=1
        ),
    )
    number = fields.Char(
        "Amazon Order ID",
        required=True,
        help="As Seller Central shows it, e.g. 403-1234567-1234567.",
    )

    def action_recover(self):
        """Fetch and apply the order, then open it.

        :raises UserError: when Amazon does not know it or it cannot be asked now
        """
        self.ensure_one()
        found = self.account_id.recover_order(self.number)
        return {
            "type": "ir.actions.act_window",
            "res_model": "amazon.order",
            "res_id": found["order_id"],
            "views": [(False, "form")],
        }
