# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders of a period, and those of an earlier run, by hand."""

import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...sp_api import GET_ORDER, LONGEST_PERIOD, SEARCH_ORDERS
from .requests import MAX_PAGES

PAGE_SIZE = 100
REPORT_SECONDS = 180
# Amazon wants the end of a search to be two minutes old.
SETTLED = timedelta(minutes=3)
RATE_DAYS = 30


class AmazonSyncOrders(models.AbstractModel):
    _inherit = "amazon.sync.orders"

    _slowest_operation = SEARCH_ORDERS

    @api.model
    def _takes_periods(self):
        return True

    @api.model
    def _explain_period(self):
        return self.env._(
            "Orders placed on these days, in the marketplace's time zone. Orders from "
            "before the channel's start date come in as history and move no stock."
        )

    @api.model
    def _request_period(self, task, channels, start, end):
        """Have the orders placed in a period fetched, apart from the schedule."""
        end = min(end, fields.Datetime.now() - SETTLED)
        way = self._estimate_period(task.account_id, channels, start, end)["way"]
        reports = task.account_id._get_task("order_reports")
        by_report = way == "report" and reports
        request = self.env["amazon.sync.request"]._open(
            reports if by_report else task,
            channels,
            "period",
            "report" if by_report else "search",
            kind="orders",
            by="created",
            date_start=start,
            date_end=end,
        )
        return request.run_id

    @api.model
    def _estimate_period(self, account, channels, start, end):
        """How many orders to expect, in how many calls and seconds, which way.

        Judged by what is here of the period, and by the orders per day of late.
        """
        Order = self.env["amazon.order"].sudo()
        own = [("channel_id", "in", channels.ids)]
        known = Order.search_count(
            [*own, ("purchase_time", ">=", start), ("purchase_time", "<", end)]
        )
        since = fields.Datetime.now() - timedelta(days=RATE_DAYS)
        lately = Order.search_count([*own, ("purchase_time", ">=", since)])
        days = max((end - start).total_seconds() / 86400, 0)
        records = max(known, round(lately / RATE_DAYS * days))
        pages = max(1, math.ceil(records / PAGE_SIZE))
        free = SEARCH_ORDERS.burst - SEARCH_ORDERS.floor("backfill")
        search = pages + max(0, pages - free) / SEARCH_ORDERS.rate
        slices = max(1, math.ceil((end - start) / LONGEST_PERIOD))
        missing = max(0, records - known)
        report = (
            slices * REPORT_SECONDS
            + missing
            + max(0, missing - GET_ORDER.burst) / GET_ORDER.rate
        )
        by_report = pages > MAX_PAGES and report < search
        return {
            "records": records,
            "calls": slices + missing if by_report else pages,
            "seconds": round(report if by_report else search),
            "way": "report" if by_report else "search",
        }

    @api.model
    def _resync(self, task, run):
        """Fetch a run's orders again: by their numbers, or by the run's window if that
        takes fewer calls."""
        numbers = self._get_run_numbers(run)
        end = run.window_end or run.ended_at
        window = run.window_start and end
        channels = run.channel_ids & task.account_id.channel_ids
        by_window = window and channels and run.page_count < len(numbers)
        if not numbers and window and channels:
            by_window = True
        if not numbers and not by_window:
            raise UserError(
                self.env._(
                    "Nothing is left of this run that could be fetched: it has no "
                    "records with an order. Sync the period manually instead."
                )
            )
        values = {"numbers": numbers}
        if by_window:
            values.update(
                by="created" if run.trigger == "period" else "updated",
                date_start=run.window_start,
                date_end=min(end, fields.Datetime.now() - SETTLED),
                use_reports=False,
            )
        request = self.env["amazon.sync.request"]._open(
            task,
            channels or task.account_id.channel_ids,
            "resync",
            "search" if by_window else "numbers",
            origin=run,
            **values,
        )
        return request.run_id

    @api.model
    def _get_run_numbers(self, run):
        """The orders of a run's records, and those that still wait for it."""
        orders = run.sudo().record_ids.amazon_order_id | self.env[
            "amazon.order"
        ].sudo().search([("run_id", "=", run.id), ("to_apply", "=", True)])
        named = run.sudo().record_ids.filtered(
            lambda record: (
                not record.amazon_order_id
                and self.env["amazon.account"]._is_order_number(record.name)
            )
        )
        return sorted({*orders.mapped("amazon_order_id"), *named.mapped("name")})
