# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...models.account.credentials import open_client
from ...sp_api import Feeds, Listings

BATCH = 10_000
CHANGES = 10_000


class AmazonSyncStock(models.AbstractModel):
    """Stock: what Odoo has is what Amazon sells.

    A turn takes up what changed, computes what Amazon is to show, leaves out what it
    shows already, has orders fetched first, and sends the rest: few one by one, many
    as a feed. What was sent is read back. A value is never stored for later: what
    could not leave is computed anew.
    """

    _name = "amazon.sync.stock"
    _inherit = "amazon.sync.base.feeds.late"
    _description = "Amazon Sync: Stock"

    _kind = "stock"

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_fetch(self):
        """Override: take up changes of all accounts, and have those run that they
        concern, before the turns begin."""
        if self.env["amazon.stock.change"].search_count([], limit=1):
            self._take_changes()
        if self._find_hurried():
            self._transact(self._make_due)
        return super()._cron_fetch()

    @api.model
    def _take_changes(self):
        Change = self.env["amazon.stock.change"]
        while self._transact(lambda: Change._consume(CHANGES)) >= CHANGES:
            pass

    @api.model
    def _find_hurried(self):
        """Tasks of accounts whose quantities follow every change, and did change."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT task.id
                  FROM amazon_sync_task task
                  JOIN amazon_account account ON account.id = task.account_id
                 WHERE task.kind = 'stock' AND task.active
                   AND task.stock_cadence = 'change'
                   AND COALESCE(task.failure_count, 0) = 0
                   AND account.active
                   AND account.state = 'connected' AND account.on_hold IS NOT TRUE
                   AND (task.next_run IS NULL OR task.next_run > %s)
                   AND EXISTS (SELECT FROM amazon_stock_level level
                                WHERE level.account_id = task.account_id
                                  AND level.to_compute IS TRUE)
                """,
                fields.Datetime.now(),
            )
        )
        return self.env["amazon.sync.task"].browse([row[0] for row in rows])

    @api.model
    def _make_due(self):
        """Bring the runs of these accounts forward."""
        for task in self._find_hurried():
            moment = task._get_coalesced()
            if not task.next_run or task.next_run > moment:
                task.next_run = moment

    # ------------------------------------------------------------------
    # A turn
    # ------------------------------------------------------------------

    @api.model
    def _fetch(self, task, deadline):
        locale = task.account_id._get_issue_locale()
        with open_client(task.account_id) as client:
            feeds, listings = Feeds(client), Listings(client, locale)
            self._advance_feeds(task, feeds)
            self._take_changes()
            computed = self._compute_marked(task, deadline)
            if not (computed and self._compare(task, deadline)):
                return False
            self._brake(task)
            if self._find_to_send(task.account_id, limit=1):
                if moment := self._wait_for_orders(task):
                    return moment
                if not self._send(task, feeds, listings, deadline):
                    return False
            if not self._read_back(task, listings, deadline):
                return False
        self._transact_leased(task, partial(self._close_run, task))
        return True

    @api.model
    def _send(self, task, feeds, listings, deadline):
        """:return: whether all that can leave now has left"""
        if not self._read_unread(task, listings, deadline):
            return False
        self._brake(task)
        self._send_feeds(task, feeds)
        return self._send_patches(task, listings, deadline)

    @api.model
    def _brake(self, task):
        """Hold back what looks like a mistake."""
        hold_back = self.env["amazon.stock.brake"]._hold_back
        self._transact_leased(task, partial(hold_back, task.account_id))

    @api.model
    def _wait_for_orders(self, task):
        """:return: when to look again (naive UTC); None to go on"""
        freshness = self.env["amazon.stock.freshness"]
        if not freshness._are_orders_awaited(task):
            return None
        return self._transact_leased(task, partial(freshness._ask_for_orders, task))

    @api.model
    def _compute_marked(self, task, deadline):
        """Compute and judge what changed.

        :return: whether nothing is left to compute
        """
        while self._transact_leased(task, partial(self._compute_some, task)):
            if time.monotonic() > deadline:
                return False
        return True

    @api.model
    def _compute_some(self, task):
        self._mark_rejected(task)
        levels = self.env["amazon.stock.level"].search(
            [("account_id", "=", task.account_id.id), ("to_compute", "=", True)],
            order="id",
            limit=BATCH,
        )
        if levels:
            levels._compute_quantities()
            self.env["amazon.stock.comparer"]._decide(levels)
        return len(levels)

    @api.model
    def _mark_rejected(self, task):
        """Have what Amazon refused computed anew when its time has come."""
        self.env["amazon.stock.level"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "=", "rejected"),
                ("retry_at", "<=", fields.Datetime.now()),
                ("to_compute", "=", False),
            ]
        ).to_compute = True

    # ------------------------------------------------------------------
    # The full comparison
    # ------------------------------------------------------------------

    @api.model
    def _compare(self, task, deadline):
        """Compare everything once a day, at midnight of each marketplace (S180).

        :return: whether no comparison is due any more
        """
        cursors = self._transact_leased(task, partial(self._get_due_cursors, task))
        for cursor in cursors:
            while self._transact_leased(task, partial(self._compare_some, cursor)):
                if time.monotonic() > deadline:
                    return False
        return True

    @api.model
    def _get_due_cursors(self, task):
        self._create_missing_cursors(task)
        return task.cursor_ids.filtered(
            lambda cursor: (
                cursor.channel_id.active and self._is_comparison_due(task, cursor)
            )
        )

    @api.model
    def _is_comparison_due(self, task, cursor):
        done = cursor.completed_at
        if cursor.query or not done:
            return True
        if task.trigger and done < task.next_run:
            return True
        return cursor.channel_id._get_next_midnight(done) <= fields.Datetime.now()

    @api.model
    def _compare_some(self, cursor):
        """Compute, and compare with what Amazon showed last, some of a channel.

        :return: whether there may be more
        """
        after = (cursor.query or {}).get("after", 0)
        if not after and self._ensure_levels(cursor.channel_id):
            return True
        levels = self.env["amazon.stock.level"].search(
            [("channel_id", "=", cursor.channel_id.id), ("id", ">", after)],
            order="id",
            limit=BATCH,
        )
        if levels:
            comparer = self.env["amazon.stock.comparer"]
            comparer._adopt_seen(cursor.channel_id.account_id, levels)
            levels._compute_quantities()
            comparer._decide(levels)
        if len(levels) == BATCH:
            cursor.query = {"after": levels._ids[-1]}
            return True
        cursor.write({"query": False, "completed_at": fields.Datetime.now()})
        return False

    @api.model
    def _ensure_levels(self, channel):
        """Make levels that are missing, e.g. of listings whose fulfilment was unknown
        when they were linked.

        :return: whether there were any
        """
        listings = self.env["amazon.listing"].search(
            [
                ("channel_id", "=", channel.id),
                ("state", "=", "linked"),
                ("fulfilled_by", "=", "merchant"),
                ("stock_level_id", "=", False),
            ],
            limit=BATCH,
        )
        if listings:
            self.env["amazon.stock.level"]._ensure(listings)._compute_quantities()
        return bool(listings)

    # ------------------------------------------------------------------
    # Next time
    # ------------------------------------------------------------------

    @api.model
    def _settle_success(self, task):
        """Override: come back when something is due, or every so often."""
        result = super()._settle_success(task)
        task.orders_asked_at = False
        now = fields.Datetime.now()
        moments = [task._get_next_stock_run(), self._get_next_event(task)]
        task.next_run = max(now, min(moment for moment in moments if moment))
        return result

    @api.model
    def _get_next_event(self, task):
        """When a feed or a sent quantity is to be looked at, None if none is."""
        now = fields.Datetime.now()
        [(next_try,)] = self.env["amazon.stock.level"]._read_group(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "in", ("sent", "rejected")),
                ("retry_at", ">", now),
            ],
            aggregates=["retry_at:min"],
        )
        moments = [self._get_next_feed_look(task), next_try]
        if self._has_levels(task, Domain("state", "=", "to_send")):
            moments.append(now + timedelta(minutes=1))
        return min(filter(None, moments), default=None)

    @api.model
    def _has_levels(self, task, domain):
        """Whether the task's account has a level in a domain."""
        own = Domain("account_id", "=", task.account_id.id)
        return bool(self.env["amazon.stock.level"].search_count(own & domain, limit=1))
