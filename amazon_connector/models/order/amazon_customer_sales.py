# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a customer has bought on Amazon, and the contact that has it."""

from collections import defaultdict

from odoo import fields, models
from odoo.tools import format_amount


class AmazonCustomer(models.Model):
    _inherit = "amazon.customer"

    order_count = fields.Integer("Orders", compute="_compute_bought")
    spent = fields.Char(
        "Total Spent",
        compute="_compute_bought",
        help="Total of the confirmed orders from Amazon, in their currency.",
    )

    def _compute_bought(self):
        groups = self.env["sale.order"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("amazon_channel_id", "!=", False),
                ("state", "=", "sale"),
            ],
            ["partner_id", "currency_id"],
            ["__count", "amount_total:sum"],
        )
        counts, amounts = defaultdict(int), defaultdict(list)
        for partner, currency, count, total in groups:
            counts[partner] += count
            amounts[partner].append(format_amount(self.env, total, currency))
        for customer in self:
            partner = customer.partner_id
            customer.order_count = counts[partner]
            customer.spent = " · ".join(amounts[partner]) or False

    def action_open_contact(self):
        """Open the contact, where its orders and invoices are."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }
