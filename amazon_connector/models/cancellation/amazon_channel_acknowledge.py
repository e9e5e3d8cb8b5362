# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class AmazonChannel(models.Model):
    """Whether Amazon is told that an order is completed, with Odoo's number (S172)."""

    _inherit = "amazon.channel"

    acknowledge_orders = fields.Boolean(
        "Tell Amazon When Completed",
        help="Orders that are completely delivered are acknowledged to Amazon with the "
        "number of the sales order. Applies to orders placed after this is "
        "switched on.",
    )
    acknowledge_since = fields.Datetime(
        compute="_compute_acknowledge_since", store=True, copy=False
    )

    @api.depends("acknowledge_orders")
    def _compute_acknowledge_since(self):
        now = fields.Datetime.now()
        for channel in self:
            channel.acknowledge_since = channel.acknowledge_orders and now
