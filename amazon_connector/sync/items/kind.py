# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from odoo import api, fields, models

from ...const import TASK_RETRY_MINUTES
from ...models.account.credentials import open_client
from ...models.sync.amazon_report import OPEN_REPORT_STATES
from ...sp_api import (
    AccessDeniedError,
    BadRequestError,
    Listings,
    NotFoundError,
    ProtocolError,
    Reports,
)
from ...tools.error_words import explain
from ...tools.times import to_aware, to_naive

# What one marketplace's answers can do wrong; the other channels go on.
CHANNEL_ERRORS = (AccessDeniedError, BadRequestError, NotFoundError, ProtocolError)
NIGHT_HOUR = 2
# Amazon gives a report again instead of making a new one, for one to six hours.
REPORT_CACHE = timedelta(hours=6)
REPORT_PAUSE = timedelta(minutes=30)


class AmazonSyncItems(models.AbstractModel):
    """Items: what the seller lists on Amazon, per channel.

    A complete report (:mod:`.report`) comes first and every night; it alone
    decides what is gone. In between, changes are searched (:mod:`.search`) and
    details read (:mod:`.details`). Listings are only ever read: nothing is
    created on Amazon (S161).
    """

    _name = "amazon.sync.items"
    _inherit = "amazon.sync.base.reports"
    _description = "Amazon Sync: Items"

    _kind = "items"

    @api.model
    def _fetch(self, task, deadline):
        purpose = "user" if task.trigger == "manual" else "backfill"
        locale = task.account_id._get_issue_locale()
        with open_client(task.account_id, purpose) as client:
            reports, listings = Reports(client), Listings(client, locale)
            cursors = self._transact_leased(task, partial(self._get_cursors, task))
            moments = []
            for cursor in cursors:
                moments.append(self._work_on_report(task, cursor, reports))
            for cursor in cursors:
                if not self._work_on_changes(task, cursor, listings, deadline):
                    return False
        moments = [moment for moment in moments if moment]
        if not moments:
            return True
        # All that was asked for by hand has begun.
        self._transact_leased(task, lambda: task.write({"trigger": False}))
        return min(moments)

    @api.model
    def _get_cursors(self, task):
        """The cursors of the active channels, made where they are missing."""
        self._create_missing_cursors(task)
        cursors = task.cursor_ids.filtered("channel_id.active").sorted("id")
        if off := task.cursor_ids - cursors:
            self._close_switched_off(task, off)
        return cursors

    @api.model
    def _get_first_watermark(self, channel):
        # What changed before is told by the first complete report.
        return super()._get_first_watermark(channel) - REPORT_CACHE

    @api.model
    def _close_switched_off(self, task, cursors):
        """Give up what was in work for channels that were switched off meanwhile.

        Switched on again, a channel begins with a complete report.
        """
        message = self.env._("The channel was switched off in the meantime.")
        reports = (
            self.env["amazon.report"]
            .with_context(active_test=False)
            .search(
                [
                    ("task_id", "=", task.id),
                    ("state", "in", OPEN_REPORT_STATES),
                    ("request_id", "=", False),
                    ("channel_ids", "in", cursors.channel_id.ids),
                ]
            )
        )
        reports.write({"state": "failed", "message": message})
        runs = reports.run_id | cursors.run_id
        runs.filtered(lambda run: run.state == "running")._finish("done", message)
        cursors.filtered("run_id").write({"run_id": False, "completed_at": False})

    @api.model
    def _settle_success(self, task):
        """Also come back when a report is due before the interval is over."""
        result = super()._settle_success(task)
        now = fields.Datetime.now()
        due = [
            self._get_report_time(task, cursor)
            for cursor in task.cursor_ids.filtered("channel_id.active")
        ]
        task.next_run = max(now, min([task.next_run, *due]))
        return result

    # ------------------------------------------------------------------
    # When a complete report is due
    # ------------------------------------------------------------------

    @api.model
    def _get_last_report(self, cursor):
        return self.env["amazon.report"].search(
            [
                ("task_id", "=", cursor.task_id.id),
                ("channel_ids", "in", cursor.channel_id.ids),
            ],
            limit=1,
        )

    @api.model
    def _get_report_time(self, task, cursor):
        """When the next complete report of a channel is due (naive UTC)."""
        last = self._get_last_report(cursor)
        if not last:
            return fields.Datetime.now()
        asked = last.create_date
        if last.state == "failed":
            step = min(
                self._count_failed(cursor, last) - 1, len(TASK_RETRY_MINUTES) - 1
            )
            return asked + timedelta(minutes=TASK_RETRY_MINUTES[step])
        by_hand = task.trigger == "manual" and asked < task.next_run
        if by_hand or (cursor.query or {}).get("report"):
            return asked + REPORT_PAUSE
        return max(asked + REPORT_PAUSE, _next_night(cursor.channel_id, asked))

    @api.model
    def _count_failed(self, cursor, last):
        """How many reports of a channel failed in a row, up to ``last``."""
        own = [
            ("task_id", "=", cursor.task_id.id),
            ("channel_ids", "in", cursor.channel_id.ids),
        ]
        good = self.env["amazon.report"].search(
            [*own, ("state", "!=", "failed")], limit=1
        )
        return self.env["amazon.report"].search_count(
            [*own, ("id", ">", good.id or 0), ("id", "<=", last.id)]
        )

    @api.model
    def _want_report(self, cursor):
        """Have the complete report read as soon as Amazon makes a new one."""
        cursor.query = {**(cursor.query or {}), "report": True}

    @api.model
    def _match_waiting(self, task, run, channel):
        """Offer unlinked listings anew, and link what has become certain since.

        Whatever kept a listing from being linked before, this brings it in (S165).
        """
        matcher = self.env["amazon.items.matcher"]
        self._transact_leased(task, partial(matcher._offer_unlinked, channel))
        last_id = 0
        while last_id is not None:
            last_id = self._transact_leased(
                task, partial(matcher._match_waiting_some, run, channel, last_id)
            )

    # ------------------------------------------------------------------
    # Channels that fail
    # ------------------------------------------------------------------

    @api.model
    def _work_on_changes(self, task, cursor, listings, deadline):
        """Bring a channel up to date; what Amazon refuses it stops no other.

        :return: False when there is more to do at once
        """
        try:
            return self._follow_channel(task, cursor, listings, deadline)
        except CHANNEL_ERRORS as error:
            message = explain(self.env, error)
            self.env.cr.rollback()
            self._transact_leased(
                task, partial(self._fail_channel, task, cursor, message)
            )
            return True

    @api.model
    def _fail_channel(self, task, cursor, message):
        """Close the run as failed; the next one starts at the same watermark."""
        run = cursor.run_id or self._start_run(task, cursor.channel_id)
        run._finish("failed", message)
        cursor.write({"run_id": False, "completed_at": fields.Datetime.now()})
        self._raise_channel_alert(cursor.channel_id, message)

    @api.model
    def _raise_channel_alert(self, channel, message):
        channel.account_id._raise_alert(
            self.env._("The items of %(channel)s cannot be read", channel=channel.name),
            message,
            key=_channel_key(channel),
        )

    @api.model
    def _clear_channel_alert(self, channel):
        channel.account_id._clear_alert(_channel_key(channel))

    @api.model
    def _has_open_report(self, cursor):
        return self._get_last_report(cursor).state in OPEN_REPORT_STATES


def _channel_key(channel):
    return f"items {channel.id}"


def _next_night(channel, moment):
    """The first start of a night of the channel's marketplace after ``moment``.

    :param moment: naive UTC, like the result
    """
    zone = ZoneInfo(channel.marketplace_id.time_zone)
    local = to_aware(moment).astimezone(zone)
    night = datetime(local.year, local.month, local.day, NIGHT_HOUR, tzinfo=zone)
    if night <= local:
        tomorrow = local.date() + timedelta(days=1)
        night = datetime(
            tomorrow.year, tomorrow.month, tomorrow.day, NIGHT_HOUR, tzinfo=zone
        )
    return to_naive(night)
