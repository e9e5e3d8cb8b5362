# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the sync history tells of quantities."""

from odoo import api, models


class AmazonSyncStock(models.AbstractModel):
    """One row per cycle in which something left, and one per feed."""

    _inherit = "amazon.sync.stock"

    @api.model
    def _get_run(self, task):
        """The row of the history that is open, else a new one."""
        run = self.env["amazon.sync.run"].search(
            [
                ("task_id", "=", task.id),
                ("state", "=", "running"),
                ("id", "not in", self._find_open_feeds(task).run_id.ids),
            ],
            limit=1,
        )
        return run or self._start_run(task, task.account_id.channel_ids)

    @api.model
    def _close_run(self, task):
        """Close what this cycle told; a run by hand leaves a row whatever it found."""
        task.account_id.channel_ids._clear_answered()
        if not task.trigger and not self.env["amazon.sync.run"].search_count(
            [("task_id", "=", task.id), ("state", "=", "running")], limit=1
        ):
            return
        feeds = self._find_open_feeds(task)
        run = self._get_run(task)
        if run not in feeds.run_id:
            run.unchanged_count = self.env["amazon.stock.level"].search_count(
                [
                    ("account_id", "=", task.account_id.id),
                    ("state", "=", "confirmed"),
                ]
            )
            run.seen_count = run.unchanged_count + len(run.record_ids)
            run._finish("done", run.message)

    @api.model
    def _record(self, run, rows):
        """Tell what became of levels.

        :param rows: ``[(level, outcome, reason)]``
        """
        self.env["amazon.sync.record"].create(
            [
                {
                    "run_id": run.id,
                    "name": level.seller_sku,
                    "listing_id": level._get_listing().id,
                    "outcome": outcome,
                    "reason": reason,
                }
                for level, outcome, reason in rows
            ]
        )
