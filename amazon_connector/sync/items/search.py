# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from datetime import datetime, timedelta
from functools import partial

from odoo import api, fields, models

from ...sp_api import ListingsChangedError, TooManyListingsError
from ...tools.times import to_aware
from .kind import REPORT_CACHE

# Search sees a change some minutes late.
OVERLAP = timedelta(minutes=10)
# Of longer ago the complete report tells faster.
LONGEST_SEARCH = timedelta(days=2)
# A window that takes longer than a turn and this is cut in halves.
PATIENCE_SECONDS = 15
SHORTEST_WINDOW = timedelta(minutes=5)
STAGES = ("from", "until", "span")
WANTED = ("report", "damaged")


class AmazonSyncItems(models.AbstractModel):
    """Changes since the watermark, per channel: search, details, match, close.

    ``query`` of the cursor holds how far the open window has come: ``from`` and
    ``until`` what is still to be searched, ``span`` the seconds of one step after a
    longer one took too long; ``report``: a complete report is wanted; ``damaged``:
    ``[SKU, ASIN]`` of its rows that Amazon is asked about.
    Source: ``searchListingsItems`` (Listings Items API 2021-08-01).
    """

    _inherit = "amazon.sync.items"

    @api.model
    def _follow_channel(self, task, cursor, listings, deadline):
        """:return: whether the channel is up to date"""
        if not self._transact_leased(task, partial(self._open_changes, task, cursor)):
            return True
        while (cursor.query or {}).get("until"):
            self._search_window(task, cursor, listings, deadline)
            if time.monotonic() > deadline:
                return False
        while self._ask_damaged(task, cursor, listings) or self._ask_doubtful(
            task, cursor, listings
        ):
            if time.monotonic() > deadline:
                return False
        while self._read_details(task, cursor, listings):
            if time.monotonic() > deadline:
                return False
        self._match_waiting(task, cursor.run_id, cursor.channel_id)
        self._transact_leased(task, partial(self._close_changes, cursor))
        return True

    @api.model
    def _open_changes(self, task, cursor):
        """Have an open window if one is due.

        :return: whether there is one
        """
        if cursor.run_id:
            if cursor.run_id.state != "running":
                cursor.run_id = self._start_run(
                    task, cursor.channel_id, trigger="resume"
                )
            return True
        if not self._is_search_due(task, cursor):
            return False
        now = fields.Datetime.now()
        start = cursor.watermark - OVERLAP
        query = {
            key: value for key, value in (cursor.query or {}).items() if key in WANTED
        }
        if start < now - LONGEST_SEARCH:
            start, query = now - REPORT_CACHE, {**query, "report": True}
        cursor.query = {
            **query,
            "from": start.isoformat(),
            "until": now.isoformat(),
        }
        cursor.run_id = self._start_run(
            task, cursor.channel_id, window_start=start, window_end=now
        )
        return True

    @api.model
    def _is_search_due(self, task, cursor):
        if not cursor.completed_at:
            # The complete report comes first.
            last = self._get_last_report(cursor)
            return not self._has_open_report(cursor) or bool(
                self.env["amazon.report"].search_count(
                    [
                        ("task_id", "=", task.id),
                        ("channel_ids", "in", cursor.channel_id.ids),
                        ("id", "<", last.id),
                    ],
                    limit=1,
                )
            )
        if task.trigger and cursor.completed_at < task.next_run:
            return True
        interval = timedelta(minutes=task.interval_minutes)
        return cursor.completed_at + interval <= fields.Datetime.now()

    @api.model
    def _search_window(self, task, cursor, listings, deadline):
        """Search one step of the window, from its oldest change on."""
        start, end = self._get_step(cursor)
        window = start, end, deadline
        found = self._search_step(
            task, cursor.run_id, cursor.channel_id, listings, *window
        )
        settle = {
            "done": partial(self._advance, cursor, end),
            "cut": partial(self._cut, cursor, start, end),
            "too many": partial(self._give_up_search, cursor),
        }[found]
        self._transact_leased(task, settle)

    @api.model
    def _search_step(self, task, run, channel, listings, start, end, deadline):
        """Search and store what was updated in a span of time.

        :param start: naive UTC, like ``end``
        :return: ``done``; ``cut``: it is to be searched in smaller steps; ``too many``:
            only a complete report can tell
        """
        pages = listings.search_pages(
            channel.marketplace_id.amazon_code,
            last_updated_after=to_aware(start),
            last_updated_before=to_aware(end),
        )
        may_cut = end - start > SHORTEST_WINDOW
        try:
            while page := self._call(task, partial(next, pages, None)):
                store = partial(self._store_page, run, channel, page)
                self._transact_leased(task, store)
                if may_cut and time.monotonic() > deadline + PATIENCE_SECONDS:
                    return "cut"
        except ListingsChangedError:
            return "cut" if may_cut else "too many"
        except TooManyListingsError:
            return "too many"
        return "done"

    @api.model
    def _get_step(self, cursor):
        query = cursor.query
        start = datetime.fromisoformat(query["from"])
        until = datetime.fromisoformat(query["until"])
        if span := query.get("span"):
            return start, min(until, start + timedelta(seconds=span))
        return start, until

    @api.model
    def _cut(self, cursor, start, end):
        cursor.query = {**cursor.query, "span": (end - start).total_seconds() / 2}

    @api.model
    def _advance(self, cursor, end):
        """Everything up to ``end`` is in."""
        query = dict(cursor.query)
        cursor.watermark = max(cursor.watermark, end)
        if end >= datetime.fromisoformat(query["until"]):
            query = {key: val for key, val in query.items() if key not in STAGES}
        else:
            query["from"] = end.isoformat()
        cursor.query = query or False

    @api.model
    def _give_up_search(self, cursor):
        """More changed than a search can tell: the complete report does."""
        self._advance(cursor, datetime.fromisoformat(cursor.query["until"]))
        self._want_report(cursor)
        cursor.run_id.message = self.env._(
            "Amazon cannot list so many changes: the complete report is requested."
        )

    @api.model
    def _store_page(self, run, channel, page):
        stored = self.env["amazon.items.writer"]._store_listings(channel, page.listings)
        run.write(
            {
                "page_count": run.page_count + 1,
                "seen_count": run.seen_count + len(page.listings),
                "unchanged_count": run.unchanged_count + stored.unchanged,
                "changed_count": run.changed_count + stored.changed,
            }
        )
        run._add_records(
            [
                {
                    "name": "?",
                    "outcome": "failed",
                    "reason": self.env._("An entry of the page is not a listing."),
                }
            ]
            * page.unreadable,
        )
        self.env["amazon.items.matcher"]._settle_stored(run, stored)

    @api.model
    def _close_changes(self, cursor):
        run = cursor.run_id
        run._finish("done", run.message)
        cursor.write({"run_id": False, "completed_at": fields.Datetime.now()})
        self._clear_channel_alert(cursor.channel_id)
