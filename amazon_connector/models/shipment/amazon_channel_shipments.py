# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    close_shipped_outside = fields.Boolean(
        "Close Deliveries Shipped Elsewhere",
        help="An order that was confirmed to Amazon outside Odoo gets its delivery "
        "closed with Amazon's quantities and tracking. Otherwise a user is asked.",
    )


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    to_ship_count = fields.Integer(compute="_compute_to_ship_count")

    def _compute_to_ship_count(self):
        orders = self.env["amazon.order"]._read_group(
            [("account_id", "in", self.ids), ("is_to_ship", "=", True)],
            ["account_id"],
            ["__count"],
        )
        to_ship = {account.id: count for account, count in orders}
        for account in self:
            account.to_ship_count = to_ship.get(account.id, 0)

    def action_open_to_ship(self):
        """Open the orders of these accounts that must ship today."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_order_to_ship_action"
        )
        return {
            **action,
            "domain": [("account_id", "in", self.ids), ("is_to_ship", "=", True)],
        }
