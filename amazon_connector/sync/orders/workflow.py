# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ...sp_api import Order
from .mapping import Work


class AmazonSyncOrders(models.AbstractModel):
    """Workflow: how far orders go by themselves, and what channels learn from them."""

    _inherit = "amazon.sync.orders"

    @api.model
    def _update_channels(self, works):
        """Give channels the service levels they meet; tell of archived settings."""
        levels = {}
        for work in works:
            level, channel = work.order.service_level, work.channel
            if level and level not in channel.service_level_ids.mapped("level"):
                levels.setdefault(channel, {})[level] = True
        channels = self.env["amazon.channel"].union(*(work.channel for work in works))
        channels._add_service_levels(levels)
        channels._tell_archived_settings()

    @api.model
    def _explain_unconfirmed(self, work):
        """Why an order that agrees with Amazon is not confirmed, or False."""
        if work.channel.auto_confirm:
            return False
        return self.env._(
            "It agrees with Amazon and waits to be confirmed: the channel does not "
            "confirm orders by itself."
        )

    @api.model
    def _catch_up(self, bindings):
        """Move what was shipped while the orders waited for a user to confirm them."""
        self._move_shipped(
            [Work(binding, Order.from_json(binding.payload)) for binding in bindings]
        )
        bindings.filtered(lambda b: b.state == "applied" and b.reason).reason = False
