# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models

PATIENCE = timedelta(days=7)
LIMIT = 50


class AmazonSyncOrders(models.AbstractModel):
    """Orders that stay pending are read again by their numbers.

    A payment may take days, and a search tells of changes only: whatever was missed
    would leave the order pending for ever.
    """

    _inherit = "amazon.sync.orders"

    @api.model
    def _plan_reread(self, task):
        """Want the longest pending orders of an account read again."""
        now = fields.Datetime.now()
        pending = self.env["amazon.order"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "=", "pending"),
                ("to_apply", "=", False),
                ("purchase_time", "<", now - PATIENCE),
                "|",
                ("read_at", "=", False),
                ("read_at", "<", now - PATIENCE),
            ],
            order="read_at, id",
            limit=LIMIT,
        )
        if pending:
            pending.read_at = now
            self.env["amazon.sync.request"]._open(
                task,
                pending.channel_id,
                "schedule",
                "numbers",
                numbers=pending.mapped("amazon_order_id"),
            )
