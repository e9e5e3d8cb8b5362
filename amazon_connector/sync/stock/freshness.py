# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders first: what buyers took meanwhile is subtracted before a quantity leaves."""

import time
from datetime import timedelta

from odoo import api, fields, models

from ...sp_api.orders import SEARCH_ORDERS

FRESH = timedelta(minutes=10)
LOOK_AGAIN = timedelta(seconds=20)
PATIENCE = timedelta(minutes=3)


class AmazonStockFreshness(models.AbstractModel):
    """Have new orders fetched before quantities leave (S159, S160).

    Asked for once per push, and only if Amazon's quota allows: an order that comes in
    later makes the quantity unknown, and it is sent again.
    """

    _name = "amazon.stock.freshness"
    _description = "Amazon Stock: Freshness of Orders"

    @api.model
    def _are_orders_awaited(self, task):
        """Whether a push of a stock task has to wait for orders."""
        if not self._are_orders_wanted(task, task.account_id._get_task("orders")):
            return False
        return bool(task.orders_asked_at) or self._has_tokens(task.account_id)

    @api.model
    def _are_orders_wanted(self, task, orders):
        """Whether the last complete fetch is too old, and a new one can be had."""
        if not orders.active or orders.failure_count:
            return False
        now = fields.Datetime.now()
        asked = task.orders_asked_at
        if asked and asked + PATIENCE < now:
            # They do not come: stale quantities would be worse.
            return False
        cursors = orders.cursor_ids.filtered("channel_id.active")
        times = cursors.mapped("completed_at")
        return not times or not all(times) or min(times) < (asked or now - FRESH)

    @api.model
    def _ask_for_orders(self, task):
        """Have orders fetched; inside a transaction.

        :return: when to look again (naive UTC)
        """
        orders = task.account_id._get_task("orders")
        now = fields.Datetime.now()
        if not task.orders_asked_at:
            task.orders_asked_at = now
            if not orders._is_due():
                orders._request_run(False)
        return now + LOOK_AGAIN

    @api.model
    def _has_tokens(self, account):
        """Whether a search leaves what is kept for schedules and users."""
        buckets = self.env["amazon.account.quota"]._load_buckets(account)
        bucket = buckets.get(SEARCH_ORDERS.name)
        return not bucket or bucket.level(time.time()) >= 1 + SEARCH_ORDERS.floor(
            "backfill"
        )
