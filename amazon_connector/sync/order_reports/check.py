# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import Counter
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import split_every

from ...sp_api import (
    ALL_ORDERS_BY_CREATION,
    ALL_ORDERS_BY_UPDATE,
    CREATE_REPORT,
    LONGEST_PERIOD,
    AccessDeniedError,
    BadRequestError,
    Reports,
    is_known_word,
    may_stand_for,
    read_order_rows,
)
from ...tools.times import to_aware, to_naive

REPORT_TYPES = {"created": ALL_ORDERS_BY_CREATION, "updated": ALL_ORDERS_BY_UPDATE}
CHECKED = timedelta(days=3)
NIGHT_HOUR = 1
CHUNK = 500


class AmazonSyncOrderReports(models.AbstractModel):
    """Orders that are missing in Odoo, found by Amazon's report of all orders.

    At night of the last three days, and on request of long periods. What is missing is
    read one by one.
    """

    _inherit = "amazon.sync.order_reports"

    _slowest_operation = CREATE_REPORT

    @api.model
    def _get_request_steps(self):
        return {
            **self.env["amazon.sync.orders"]._get_request_steps(),
            "report": self._step_report,
        }

    @api.model
    def _resync(self, task, run):
        return self.env["amazon.sync.orders"]._resync(task, run)

    # ------------------------------------------------------------------
    # Every night
    # ------------------------------------------------------------------

    @api.model
    def _plan_check(self, task):
        """Want the nightly check of an account when its night has come."""
        channels = task.account_id.channel_ids
        if not channels:
            return
        last = self.env["amazon.sync.request"].search(
            [("task_id", "=", task.id), ("trigger", "=", "reconcile")],
            order="id desc",
            limit=1,
        )
        if last.state == "open":
            return
        since = (last or task).create_date
        zone = channels[0].marketplace_id.time_zone
        if _last_night(zone, fields.Datetime.now()) <= since:
            return
        orders = task.account_id._get_task("orders")
        marks = orders.cursor_ids.filtered("channel_id.active").mapped("watermark")
        if not marks:
            return
        end = min(marks)
        self.env["amazon.sync.request"].sudo()._open(
            task,
            channels,
            "reconcile",
            "report",
            by="updated",
            date_start=end - CHECKED,
            date_end=end,
        )

    # ------------------------------------------------------------------
    # Reports of requests
    # ------------------------------------------------------------------

    @api.model
    def _step_report(self, task, request, client, deadline):
        """Take the report of the request's current slice one step further."""
        report = self._transact_leased(task, partial(self._get_slice, task, request))
        if not report:
            finish = partial(self._finish_search, request)
            self._transact_leased(task, finish)
            return
        try:
            moment = self._advance_report(task, report, Reports(client))
        except (AccessDeniedError, BadRequestError):
            if not request.date_start or request.trigger == "reconcile":
                raise
            self._transact_leased(task, partial(self._go_on_with_search, request))
            return
        if moment:
            self._transact_leased(task, lambda: request.write({"next_try": moment}))

    @api.model
    def _get_slice(self, task, request):
        """The report on its way, or of the next part; empty at the period's end."""
        Report = self.env["amazon.report"]
        if report := Report._find_open(task, request=request):
            return report
        start = request.position or request.date_start
        channels = request.channel_ids.filtered("active")
        if start >= request.date_end or not channels:
            return Report
        return Report.create(
            {
                "task_id": task.id,
                "channel_ids": [(6, 0, channels.ids)],
                "request_id": request.id,
                "report_type": REPORT_TYPES[request.by],
                "data_start": start,
                "data_end": min(start + LONGEST_PERIOD, request.date_end),
            }
        )

    @api.model
    def _finish_search(self, request):
        """All slices were read: what is missing is known now."""
        numbers = request.numbers
        if not numbers:
            self._finish_request(request)
            return
        request.way = "numbers"
        if request.beside_id:
            # The search comes from the oldest.
            request.numbers = numbers[::-1]

    @api.model
    def _go_on_with_search(self, request):
        """The account may not have reports: the search takes longer, but works."""
        request.report_ids.filtered(
            lambda report: report.state in ("wanted", "requested")
        ).state = "failed"
        if request.beside_id.state == "open":
            request._finish("failed")
            return
        request.write({"way": "search", "use_reports": False})

    @api.model
    def _read_missing(self, task, report, document):
        """Note the orders of a report that Odoo lacks.

        :return: how many rows it had
        """
        rows = read_order_rows(document)
        changed = report.report_type == ALL_ORDERS_BY_UPDATE
        end = to_aware(report.data_end)
        told, placed = {}, {}
        for row in rows:
            if (
                not self.env["amazon.account"]._is_order_number(row.amazon_order_id)
                or (row.sales_channel or "").startswith("Non-Amazon")
                # What changed since is the schedule's matter.
                or (changed and row.last_updated_time and row.last_updated_time > end)
            ):
                continue
            words, moment = told.get(row.amazon_order_id, (set(), None))
            words.add(row.order_status)
            times = [time for time in (moment, row.last_updated_time) if time]
            told[row.amazon_order_id] = words, max(times, default=None)
            placed.setdefault(row.amazon_order_id, row.purchase_time or end)
        for chunk in split_every(CHUNK, sorted(told, key=placed.get)):
            part = {number: told[number] for number in chunk}
            self._transact_leased(task, partial(self._note_missing, report, part))
        self._transact_leased(task, partial(self._record_uneven, report.run_id, rows))
        return rows.count

    @api.model
    def _note_missing(self, report, told):
        """
        :param told: ``{order number: (set of the report's words for its status, when
            it changed last)}``, in the order in which they were placed; the time is
            aware UTC or None
        """
        request = report.request_id
        known = {
            order.order_number: order
            for order in self.env["amazon.order"].search_fetch(
                [
                    ("seller_id", "=", report.account_id.seller_id),
                    ("order_number", "in", list(told)),
                ],
                ["order_number", "fulfillment_status", "read_at"],
            )
        }
        missing = [
            number
            for number, (words, _moment) in told.items()
            if number not in known
            or not may_stand_for(words, known[number].fulfillment_status)
        ]
        missing += self._find_unclear(report.account_id, told, known)
        here = [number for number in told if number in known]
        self.env["amazon.sync.orders"]._admit(
            report.account_id, here, request.trigger, request.run_id
        )
        noted = request.numbers or []
        fresh = set(missing) - set(noted)
        request.numbers = [*noted, *(number for number in told if number in fresh)]

    @api.model
    def _find_unclear(self, account, told, known):
        """Count the words that are not known, and find the orders to read for them.

        One that was read since it changed need not be read again.

        :return: list of order numbers
        """
        unclear = Counter()
        to_read = self.env["amazon.order"]
        for number, (words, moment) in told.items():
            unknown = {word for word in words if not is_known_word(word)}
            unclear.update(unknown)
            order = known.get(number)
            if (
                unknown
                and order
                and not (moment and order.read_at and order.read_at >= to_naive(moment))
            ):
                to_read |= order
        if unclear:
            self.env["amazon.unknown.word"]._count_words(
                account, "order_report", unclear
            )
        to_read.read_at = fields.Datetime.now()
        return to_read.mapped("order_number")

    @api.model
    def _close_slice(self, report, count):
        """A slice was read: the next one follows."""
        request = report.request_id
        request.write({"position": report.data_end, "attempts": 0})
        run = request.run_id
        run.write(
            {
                "page_count": run.page_count + 1,
                # The search beside counts them, or reading them one by one does.
                "seen_count": run.seen_count + (not request.beside_id and count or 0),
                "message": False,
            }
        )
        run._tell_progress()


def _last_night(zone, moment):
    """When the night of a time zone began that was the last one at ``moment``.

    :param moment: naive UTC, like the result
    """
    local = to_aware(moment).astimezone(ZoneInfo(zone))
    # An hour that the clock shows twice begins the night once.
    night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0, fold=0)
    if night > local:
        night -= timedelta(days=1)
    return to_naive(night)
