# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from ...tools.context import drop_caller_context

READERS = (
    "amazon_connector.group_manager,account.group_account_invoice,"
    "account.group_account_readonly"
)
SOLD = ("sale", "refund")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    amazon_settled_sold = fields.Monetary(
        "Sold on Amazon",
        compute="_compute_amazon_settled",
        compute_sudo=True,
        groups=READERS,
        help="What buyers paid minus refunds, in all settlements.",
    )
    amazon_settled_kept = fields.Monetary(
        "Kept by Amazon",
        compute="_compute_amazon_settled",
        compute_sudo=True,
        groups=READERS,
        help="Amazon's fees and the taxes that it withholds.",
    )
    amazon_settled_received = fields.Monetary(
        "Received from Amazon",
        compute="_compute_amazon_settled",
        compute_sudo=True,
        groups=READERS,
    )
    amazon_settled_on = fields.Date(
        "Paid Out On",
        compute="_compute_amazon_settled",
        compute_sudo=True,
        groups=READERS,
        help="The last payout with rows of this order.",
    )

    def _compute_amazon_settled(self):
        groups = self.env["amazon.settlement.row"]._read_group(
            [
                ("order_id", "in", self.amazon_order_id.ids),
                ("bucket", "not in", ("payout", False)),
            ],
            ["order_id", "bucket"],
            ["amount:sum", "settlement_id:recordset"],
        )
        told = {}
        for order, bucket, amount, settlements in groups:
            sums = told.setdefault(order.id, {"sold": 0.0, "all": 0.0, "days": []})
            sums["all"] += amount
            sums["sold"] += amount if bucket in SOLD else 0.0
            sums["days"] += filter(None, settlements.mapped("deposit_date"))
        for sale in self:
            sums = told.get(sale.amazon_order_id.id)
            sums = sums or {"sold": 0.0, "all": 0.0, "days": []}
            sale.amazon_settled_sold = sums["sold"]
            sale.amazon_settled_received = sums["all"]
            sale.amazon_settled_kept = sums["sold"] - sums["all"]
            sale.amazon_settled_on = max(sums["days"], default=False)

    def action_open_amazon_settlement_rows(self):
        """Open what settlements say of this order.

        :return: an action
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "amazon_connector.amazon_settlement_row_action"
        )
        action["domain"] = [("order_id", "=", self.amazon_order_id.id)]
        action["context"] = {}
        return action

    def _match_amazon_settlements(self):
        """Match what settlements paid for these orders with their invoices."""
        if not self:
            return
        Order = drop_caller_context(self.env["amazon.settlement.order"].sudo())
        waiting = Order.search(
            [
                ("sale_order_id", "in", self.ids),
                ("line_id.parent_state", "=", "posted"),
                ("line_id.reconciled", "=", False),
            ]
        )
        if waiting:
            waiting._match()
