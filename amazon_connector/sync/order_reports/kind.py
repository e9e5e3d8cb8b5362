# SPDX-License-Identifier: LGPL-3.0-or-later
import json
import time
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ...models.account.credentials import open_client
from ...models.order.amazon_place import tell_apart
from ...sp_api import (
    ALL_ORDERS_BY_UPDATE,
    FBA_SHIPMENTS,
    LONGEST_PERIOD,
    Reports,
    country_code,
    read_order_rows,
    read_shipments,
)
from ...tools.cron import wake
from ...tools.times import to_naive

# Which orders a report can tell more of. Rows come late: they are asked for again
# daily, for a week.
NEEDS = {
    ALL_ORDERS_BY_UPDATE: SQL(
        """o.ship_country IS NULL
           AND o.fulfillment_status NOT IN
               ('PENDING', 'PENDING_AVAILABILITY', 'CANCELLED')"""
    ),
    FBA_SHIPMENTS: SQL(
        """o.fulfilled_by = 'AMAZON'
           AND o.fulfillment_status IN ('SHIPPED', 'PARTIALLY_SHIPPED')
           AND o.state IN ('applied', 'waiting', 'frozen', 'held')
           AND EXISTS (SELECT FROM amazon_order_line l
                        WHERE l.order_id = o.id AND l.shipped_time IS NULL
                          AND l.quantity_to_deliver > 0)"""
    ),
}
ASKED = {
    ALL_ORDERS_BY_UPDATE: SQL.identifier("place_asked_at"),
    FBA_SHIPMENTS: SQL.identifier("shipments_asked_at"),
}
ASK_AGAIN = timedelta(hours=20)
ASK_FOR = timedelta(days=7)
# Reports are made from yesterday's and today's data; a little earlier misses nothing.
MARGIN = timedelta(hours=1)
PAUSE = timedelta(hours=1)
FBA_PAUSE = timedelta(minutes=35)
CHUNK = 500
# What an order's row may be found by: when it was placed, changed or shipped. A report
# that spans the last change has the row, so it begins so much earlier at most.
SPAN = LONGEST_PERIOD - timedelta(days=1)


class AmazonSyncOrderReports(models.AbstractModel):
    """What Amazon's order search leaves out, from its reports.

    Country and state of orders whose addresses the account may not see, and when
    Amazon shipped. No report is asked for when no order needs one.
    """

    _name = "amazon.sync.order_reports"
    _inherit = "amazon.sync.base.reports"
    _description = "Amazon Sync: Order Details"

    _kind = "order_reports"

    @api.model
    def _fetch(self, task, deadline):
        self._transact_leased(task, partial(self._plan_check, task))
        with open_client(task.account_id, "live") as client:
            reports = Reports(client)
            while report := self._transact_leased(
                task, partial(self._get_report, task)
            ):
                moment = self._advance_report(task, report, reports)
                if moment:
                    return moment
                if time.monotonic() > deadline:
                    return False
        return True

    @api.model
    def _get_report(self, task):
        """The report on its way, or a new one that is needed, or empty."""
        Report = self.env["amazon.report"]
        if report := Report._find_open(task):
            return report
        for report_type in NEEDS:
            start, end = self._find_need(task.account_id, report_type)
            if start and not self._was_asked_lately(task, report_type):
                channels = task.account_id.channel_ids
                return self._open_report(task, report_type, channels, start, end)
        return Report

    @api.model
    def _forget_waits(self, task):
        """What a report could not tell is asked for once more."""
        result = super()._forget_waits(task)
        for name in ("place_asked_at", "shipments_asked_at"):
            self.env["amazon.order"].search(
                [
                    ("account_id", "=", task.account_id.id),
                    (name, ">", fields.Datetime.now() - ASK_AGAIN),
                    ("last_updated_time", ">", fields.Datetime.now() - ASK_FOR),
                ]
            )[name] = False
        return result

    @api.model
    def _was_asked_lately(self, task, report_type):
        """Whether Amazon would cancel another report of this type, as if it were empty.

        It makes that of its own shipments every 30 minutes at most.
        """
        return report_type == FBA_SHIPMENTS and bool(
            self.env["amazon.report"].search_count(
                [
                    ("task_id", "=", task.id),
                    ("report_type", "=", report_type),
                    ("requested_at", ">", fields.Datetime.now() - FBA_PAUSE),
                ],
                limit=1,
            )
        )

    @api.model
    def _find_need(self, account, report_type):
        """From when to when orders lack what a report of this type tells.

        :return: ``(start, end)`` naive UTC, at most what one report spans; or Nones
        """
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT MIN(GREATEST(
                           LEAST(o.purchase_time, o.last_updated_time),
                           LEAST(COALESCE(o.last_updated_time, o.purchase_time),
                                 %(now)s) - %(span)s))
                  FROM amazon_order o
                 WHERE o.account_id = %(account)s AND o.channel_id IS NOT NULL
                   AND %(need)s
                   AND LEAST(o.purchase_time, o.last_updated_time) < %(now)s
                   AND (%(asked)s IS NULL
                        OR %(asked)s < %(again)s AND o.last_updated_time > %(since)s)
                """,
                account=account.id,
                need=NEEDS[report_type],
                asked=ASKED[report_type],
                again=now - ASK_AGAIN,
                since=now - ASK_FOR,
                now=now,
                span=SPAN,
            )
        )
        start = rows[0][0]
        if not start:
            return None, None
        start -= MARGIN
        return start, min(start + LONGEST_PERIOD, now)

    @api.model
    def _wake(self, account):
        """Have the task run now if orders need it and none was asked lately."""
        task = account._get_task(self._kind)
        if not task or task.leased_until:
            return
        lately = self.env["amazon.report"].search_count(
            [
                ("task_id", "=", task.id),
                ("request_id", "=", False),
                ("create_date", ">", fields.Datetime.now() - PAUSE),
            ],
            limit=1,
        )
        if not lately and any(self._find_need(account, kind)[0] for kind in NEEDS):
            task._request_run(False)

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    def _read_report(self, task, report, document):
        if report.request_id:
            return self._read_missing(task, report, document)
        read, store = {
            ALL_ORDERS_BY_UPDATE: (self._read_places, self._store_places),
            FBA_SHIPMENTS: (self._read_shipped_times, self._store_shipped_times),
        }[report.report_type]
        found, rows = read(document)
        for chunk in split_every(CHUNK, found):
            work = partial(store, report, {key: found[key] for key in chunk})
            self._transact_leased(task, work)
        self._transact_leased(task, partial(self._record_uneven, report.run_id, rows))
        return rows.count

    @api.model
    def _settle_report(self, task, report, state, message=False, **values):
        """Also remember which orders were asked for: the report may lack some."""
        if state != "failed" and report.request_id:
            work = partial(self._close_slice, report, values.get("row_count"))
            self._transact_leased(task, work)
        elif state != "failed":
            self._transact_leased(task, partial(self._remember_asked, report))
        return super()._settle_report(task, report, state, message, **values)

    @api.model
    def _remember_asked(self, report):
        """What changed after the report's end is left to the next one."""
        self.env.execute_query(
            SQL(
                """
                UPDATE amazon_order o SET %(asked)s = %(now)s
                 WHERE o.account_id = %(account)s AND %(need)s
                   AND (GREATEST(o.purchase_time, o.last_updated_time) <= %(end)s
                        OR GREATEST(o.purchase_time, o.last_updated_time) > %(now)s)
             RETURNING o.id
                """,
                asked=ASKED[report.report_type],
                now=fields.Datetime.now(),
                account=report.account_id.id,
                need=NEEDS[report.report_type],
                end=report.data_end,
            )
        )
        self.env["amazon.order"].invalidate_model(
            ["place_asked_at", "shipments_asked_at"]
        )

    @api.model
    def _read_places(self, document):
        """``{order number: (country code, state)}`` and the rows.

        The state is what the buyer typed.
        """
        rows = read_order_rows(document)
        places = {
            row.amazon_order_id: (country, row.ship_state)
            for row in rows
            if (country := country_code(row.ship_country))
        }
        return places, rows

    @api.model
    def _store_places(self, report, places):
        told = tell_apart(report.company_id, places.values())
        rows = [[number, *told[place]] for number, place in places.items()]
        self._apply_orders(
            self.env.execute_query(
                SQL(
                    """
                    UPDATE amazon_order o
                       SET ship_country = told.place->>1, ship_state = told.place->>2,
                           ship_state_digests = CASE WHEN o.redacted_on IS NULL
                               THEN told.place->>3 END,
                           run_id = %(run)s, to_apply = TRUE, retry_at = NULL,
                           attempts = 0
                      FROM jsonb_array_elements(%(rows)s) AS told (place)
                     WHERE o.account_id = %(account)s
                       AND o.order_number = told.place->>0
                       AND o.ship_country IS NULL
                 RETURNING o.id
                    """,
                    run=report.run_id.id,
                    account=report.account_id.id,
                    rows=json.dumps(rows),
                )
            )
        )

    @api.model
    def _read_shipped_times(self, document):
        """``{(order number, item id): last shipping time}`` and the rows."""
        rows = read_shipments(document)
        times = {}
        for row in rows:
            if row.shipment_time:
                key = (row.amazon_order_id, row.order_item_id)
                times[key] = max(times.get(key, row.shipment_time), row.shipment_time)
        return times, rows

    @api.model
    def _store_shipped_times(self, report, times):
        rows = [
            [*key, to_naive(moment).isoformat(" ")] for key, moment in times.items()
        ]
        found = self.env.execute_query(
            SQL(
                """
                UPDATE amazon_order_line line
                   SET shipped_time = (told.item->>2)::timestamp
                  FROM jsonb_array_elements(%(rows)s) AS told (item), amazon_order o
                 WHERE o.account_id = %(account)s
                   AND o.order_number = told.item->>0
                   AND line.order_id = o.id AND line.order_item_id = told.item->>1
                   AND line.shipped_time IS DISTINCT FROM (told.item->>2)::timestamp
             RETURNING o.id
                """,
                account=report.account_id.id,
                rows=json.dumps(rows),
            )
        )
        self.env["amazon.order.line"].invalidate_model(["shipped_time"])
        if not found:
            return
        self.env["amazon.order"]._close_as_reported([row[0] for row in found])
        self._apply_orders(
            self.env.execute_query(
                SQL(
                    """
                    UPDATE amazon_order
                       SET run_id = %s, to_apply = TRUE, retry_at = NULL, attempts = 0
                     WHERE id = ANY(%s)
                 RETURNING id
                    """,
                    report.run_id.id,
                    [row[0] for row in found],
                )
            )
        )

    @api.model
    def _apply_orders(self, rows):
        if rows:
            self.env["amazon.order"].invalidate_model()
            wake(self.env, "ir_cron_orders_apply")
