# SPDX-License-Identifier: LGPL-3.0-or-later
"""Items of a period, and those of an earlier run, by hand."""

import math
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.sync.amazon_report import OPEN_REPORT_STATES
from ...sp_api import ALL_LISTINGS, Listings, Reports, TransientError
from ...tools.error_words import explain
from .details import BATCH
from .kind import CHANNEL_ERRORS, REPORT_PAUSE
from .search import SHORTEST_WINDOW

PAGE_SIZE = 20
# Pages of one period. Beyond, the complete report tells in a single call.
MAX_PAGES = 500
PAGE_SECONDS = 0.5
REPORT_SECONDS = 180
LOOK_AGAIN = timedelta(seconds=30)


class AmazonSyncItems(models.AbstractModel):
    """Requests for items: a period is searched by the time of the last change, certain
    listings are read by their SKUs, 20 in a call; where search cannot tell all, the
    complete report does. One request per channel.

    Source: Amazon's ``searchListingsItems`` and ``GET_MERCHANT_LISTINGS_ALL_DATA``.
    """

    _inherit = "amazon.sync.items"

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    @api.model
    def _takes_periods(self):
        return True

    @api.model
    def _explain_period(self):
        return self.env._(
            "Items created or changed on Amazon on these days, in the marketplace's "
            "time zone. An item that was changed again later belongs to the later day."
        )

    @api.model
    def _request_period(self, task, channels, start, end):
        end = min(end, fields.Datetime.now())
        runs = self.env["amazon.sync.run"]
        for channel in channels:
            found = self._estimate_period(task.account_id, channel, start, end)
            request = self.env["amazon.sync.request"]._open(
                task,
                channel,
                "period",
                found["way"],
                by="updated",
                date_start=start,
                date_end=end,
            )
            runs |= request.run_id
        return runs

    @api.model
    def _estimate_period(self, account, channels, start, end):
        """Judged by the listings that are here, and when Amazon last changed them."""
        rows = (
            self.env["amazon.listing"]
            .sudo()
            ._read_group(
                [
                    ("channel_id", "in", channels.ids),
                    ("changed_at", ">=", start),
                    ("changed_at", "<", end),
                ],
                ["channel_id"],
                ["__count"],
            )
        )
        counts = {channel: count for channel, count in rows}
        calls = seconds = 0
        by_report = False
        for channel in channels:
            pages = max(1, math.ceil(counts.get(channel, 0) / PAGE_SIZE))
            if pages > MAX_PAGES:
                calls, seconds = calls + 3, seconds + REPORT_SECONDS
                by_report = True
            else:
                calls, seconds = calls + pages, seconds + pages * PAGE_SECONDS
        return {
            "records": sum(counts.values()),
            "calls": calls,
            "seconds": round(seconds),
            "way": "report" if by_report else "search",
        }

    @api.model
    def _resync(self, task, run):
        """Read a run's listings again: those that its records name, or all of its
        window, or the complete report where the history names only some of them.

        :raises UserError: when the run's channels are switched off
        """
        channels = (run.channel_ids & task.account_id.channel_ids).filtered("active")
        if not channels:
            raise UserError(
                self.env._(
                    "The channel of this run is switched off. Switch it on under "
                    "Channels first."
                )
            )
        runs = self.env["amazon.sync.run"]
        for channel in channels:
            way, values = self._choose_way(run, channel)
            request = self.env["amazon.sync.request"]._open(
                task, channel, "resync", way, origin=run, **values
            )
            runs |= request.run_id
        return runs

    @api.model
    def _choose_way(self, run, channel):
        """How to read a run's listings again in the fewest calls, and what to ask.

        :return: the way and further values of the request
        """
        skus = self._get_run_skus(run, channel)
        named_all = run.changed_count <= len(skus)
        values = {"numbers": skus}
        calls = math.ceil(len(skus) / BATCH)
        if run.window_start and (not named_all or not skus or run.page_count < calls):
            start, end = run.window_start, run.window_end or run.ended_at
            values.update(by="updated", date_start=start, date_end=end)
            return "search", values
        return ("numbers" if skus and named_all else "report"), values

    @api.model
    def _get_run_skus(self, run, channel):
        """The seller SKUs that a run's records name."""
        records = run.sudo().record_ids.with_context(active_test=False)
        skus = {
            record.listing_id.seller_sku or record.name
            for record in records
            if record.listing_id.channel_id in (channel, channel.browse())
        }
        return sorted(skus - {"?"})

    # ------------------------------------------------------------------
    # Working them off
    # ------------------------------------------------------------------

    @api.model
    def _get_request_steps(self):
        return {
            "search": self._step_search,
            "numbers": self._step_numbers,
            "report": self._step_report,
        }

    @api.model
    def _step_search(self, task, request, client, deadline):
        """Search the next part of the request's period."""
        channel = self._get_channel(task, request)
        if not channel:
            return
        start = request.position or request.date_start
        end = request.date_end
        if span := (request.query or {}).get("span"):
            end = min(end, start + timedelta(seconds=span))
        if start >= end:
            self._go_on_with_skus(task, request, channel)
            return
        listings = Listings(client, task.account_id._get_issue_locale())
        found = self._search_step(
            task, request.run_id, channel, listings, start, end, deadline
        )

        def settle():
            if found == "done":
                request.write({"position": end, "attempts": 0})
            elif found == "cut":
                seconds = (end - start).total_seconds() / 2
                request.query = {"span": max(seconds, SHORTEST_WINDOW.total_seconds())}
            else:
                request.way = "report"
            request.run_id._tell_progress()

        self._transact_leased(task, settle)

    @api.model
    def _go_on_with_skus(self, task, request, channel):
        """The period was searched: what was not in it is read by its SKU."""
        self._transact_leased(task, partial(self._drop_found, request, channel))
        if request._get_next(1):
            self._transact_leased(task, lambda: request.write({"way": "numbers"}))
        else:
            self._close_request(task, request, channel)

    @api.model
    def _drop_found(self, request, channel):
        """Leave out what the search has just read."""
        left = request._get_left()
        if not left:
            return
        found = self.env["amazon.listing"].search_fetch(
            [
                ("channel_id", "=", channel.id),
                ("seller_sku", "in", left),
                ("read_at", ">=", request.create_date.replace(microsecond=0)),
            ],
            ["seller_sku"],
        )
        known = set(found.mapped("seller_sku"))
        request.write(
            {"numbers": [s for s in left if s not in known], "number_count": 0}
        )

    @api.model
    def _step_numbers(self, task, request, client, deadline):
        """Read the next listings by their SKUs."""
        channel = self._get_channel(task, request)
        if not channel:
            return
        skus = request._get_next(BATCH)
        if not skus:
            self._close_request(task, request, channel)
            return
        listings = Listings(client, task.account_id._get_issue_locale())
        marketplace = channel.marketplace_id.amazon_code
        found = self._call(task, lambda: list(listings.enrich(skus, marketplace)))
        store = partial(self._store_asked_for, request, channel, found)
        self._transact_leased(task, store)

    @api.model
    def _store_asked_for(self, request, channel, found):
        run = request.run_id
        told = [one.listing for one in found if one.listing]
        stored = self.env["amazon.items.writer"]._store_listings(channel, told)
        run.write(
            {
                "page_count": run.page_count + 1,
                "seen_count": run.seen_count + len(told),
                "unchanged_count": run.unchanged_count + stored.unchanged,
                "changed_count": run.changed_count + stored.changed,
            }
        )
        self.env["amazon.items.matcher"]._settle_stored(run, stored)
        failed = {one.seller_sku: one.error for one in found if not one.listing}
        self._note_failed(run, channel, failed)
        request.write(
            {"number_count": request.number_count + len(found), "attempts": 0}
        )
        run._tell_progress()

    @api.model
    def _step_report(self, task, request, client, deadline):
        """Take the complete report of the request's channel a step further.

        :raises TransientError: when Amazon could not make it; another is asked for
        """
        channel = self._get_channel(task, request)
        if not channel:
            return
        report = self._transact_leased(
            task, partial(self._get_requested_report, task, request, channel)
        )
        if report.state in OPEN_REPORT_STATES:
            if not report.request_id == request:
                self._wait_with(task, request, report.next_poll)
                return
            try:
                moment = self._advance_report(task, report, Reports(client))
            except CHANNEL_ERRORS as error:
                self.env.cr.rollback()
                self._settle_report(task, report, "failed", explain(self.env, error))
                moment = None
            if moment:
                self._wait_with(task, request, moment)
                return
        if report.state == "failed":
            raise TransientError(report.message, operation="getReport")
        if report:
            self._close_request(task, request, channel, report.message)

    @api.model
    def _get_requested_report(self, task, request, channel):
        """The complete report that tells what was asked for: one that was read since,
        one on its way, or a new one; empty while Amazon would repeat the last one."""
        cursor = self._get_cursors(task).filtered(lambda c: c.channel_id == channel)
        last = self._get_last_report(cursor)
        is_open = last.state in OPEN_REPORT_STATES
        query = request.query or {}
        if "known_report" not in query:
            query = {**query, "known_report": last.id - 1 if is_open else last.id or 0}
            request.query = query
        is_later = (last.id or 0) > query["known_report"]
        if is_open or (is_later and last.state in ("read", "empty")):
            return last
        soonest = last and last.create_date + REPORT_PAUSE
        if soonest and soonest > fields.Datetime.now():
            request.next_try = soonest
            request.run_id.message = self.env._(
                "Amazon creates a complete report at most every half hour. The next "
                "one is requested as soon as possible."
            )
            return last.browse()
        request.run_id.write({"state": "running", "ended_at": False, "message": False})
        return self._open_report(task, ALL_LISTINGS, channel, request=request)

    @api.model
    def _wait_with(self, task, request, moment):
        # A report that another one polls may be overdue, as when the schedule fails.
        now = fields.Datetime.now()
        moment = moment if moment and moment > now else now + LOOK_AGAIN
        self._transact_leased(task, lambda: request.write({"next_try": moment}))

    # ------------------------------------------------------------------
    # Endings
    # ------------------------------------------------------------------

    @api.model
    def _get_channel(self, task, request):
        """The channel that is asked for; a request whose channel was switched off
        meanwhile is closed."""
        channel = request.channel_ids.filtered("active")
        if not channel:
            message = self.env._("Its channel was switched off in the meantime.")
            self._transact_leased(task, partial(self._finish_request, request, message))
        return channel

    @api.model
    def _close_request(self, task, request, channel, message=False):
        """All was read: match what waits, and have details read that are missing."""
        self._match_waiting(task, request.run_id, channel)

        def close():
            self._finish_request(request, message)
            if request.way == "report":
                task._request_run(False)

        self._transact_leased(task, close)
