# SPDX-License-Identifier: LGPL-3.0-or-later
"""External API: a run as a dictionary."""

from odoo import models

from ...tools.external_api import iso

TROUBLE = ("frozen", "held", "failed", "skipped", "unconfirmed")
MOST = 200


class AmazonSyncRun(models.Model):
    _inherit = "amazon.sync.run"

    def _get_api_values(self):
        """A plain dictionary of this run; the first ``MOST`` records in trouble.

        What came in with a later try of the run is in none. No run: the same keys, and
        nothing told.
        """
        Record = self.env["amazon.sync.record"]
        domain = [
            ("run_id", "in", self.ids),
            ("outcome", "in", TROUBLE),
            ("id", "not in", self._find_superseded()),
        ]
        return {
            "id": self.id,
            "account_id": self.account_id.id,
            "channel_ids": self.channel_ids.ids,
            "kind": self.kind,
            "trigger": self.trigger,
            "state": self.state,
            "started_at": iso(self.started_at),
            "ended_at": iso(self.ended_at),
            "since": iso(self.window_start),
            "until": iso(self.window_end),
            "message": self.message or False,
            "repeats_run_id": self.origin_run_id.id,
            "seen_count": self.seen_count,
            "unchanged_count": self.unchanged_count,
            "synced_count": self.synced_count,
            "waiting_count": self.waiting_count,
            "frozen_count": self.frozen_count,
            "skipped_count": self.skipped_count,
            "failed_count": self.failed_count,
            "trouble_count": Record.search_count(domain)
            + self._count_left_out(TROUBLE),
            "trouble": [
                {
                    "name": record.name,
                    "outcome": record.outcome,
                    "reason": record.reason or False,
                    "order_id": record.amazon_order_id.id,
                    "listing_id": record.listing_id.id,
                }
                for record in Record.search(domain, order="id", limit=MOST)
            ],
        }
