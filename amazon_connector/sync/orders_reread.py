# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from datetime import timedelta

from odoo import api, fields, models

from ..sp_api import NotFoundError

PATIENCE = timedelta(days=7)
# Single calls: 30 at once, then one every two seconds; a few at each round are enough.
LIMIT = 10


class AmazonSyncOrders(models.AbstractModel):
    """Orders that stay pending are read again, one by one.

    A payment may take days, and a search tells of changes only: whatever was missed
    would leave the order pending for ever. Source: Amazon's ``getOrder``.
    """

    _inherit = "amazon.sync.orders"

    @api.model
    def _reread_pending(self, task, orders, deadline):
        """Read the longest pending orders of an account again."""
        included = self._get_included_data(task.account_id)
        for binding in self._transact_leased(task, lambda: self._find_pending(task)):
            number = binding.amazon_order_id
            try:
                raw = self._call(task, lambda n=number: orders.get(n, included))
            except NotFoundError:
                raw = None
            self._transact_leased(
                task, lambda b=binding, r=raw: self._store_reread(task, b, r)
            )
            if time.monotonic() > deadline:
                return

    @api.model
    def _find_pending(self, task):
        old = fields.Datetime.now() - PATIENCE
        return self.env["amazon.order"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "=", "pending"),
                ("to_apply", "=", False),
                ("purchase_time", "<", old),
                "|",
                ("read_at", "=", False),
                ("read_at", "<", old),
            ],
            order="read_at, id",
            limit=LIMIT,
        )

    @api.model
    def _store_reread(self, task, binding, raw):
        binding.read_at = fields.Datetime.now()
        run = self._start_run(task, binding.channel_id, seen_count=1, page_count=1)
        if raw is None:
            reason = self.env._("Amazon no longer knows the order.")
            binding.write({"state": "skipped", "reason": reason, "run_id": run.id})
            self._record([(binding, reason)], "skipped")
        else:
            result = binding._store_page(task.account_id, [raw], run)
            run.unchanged_count = result.unchanged
            self._record_unreadable(run, result.unreadable, 0)
            if result.changed:
                self.env.ref("amazon_connector.ir_cron_orders_apply")._trigger()
        run._finish("done")
