# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ...const import PENDING_STATUSES, SHIPPED_STATUSES
from ...models.account.credentials import open_client
from ...models.cancellation.amazon_cancellation import OPEN_CANCELLATION_STATES
from ...sp_api import (
    ACKNOWLEDGEMENT_FEED,
    ADJUSTMENT_FEED,
    CREATE_FEED,
    Feeds,
    NotFoundError,
    Orders,
)
from ...tools.error_words import explain
from ..engine.base import MAYBE_ONE_ORDER

FEED_TYPES = {
    "cancel": ACKNOWLEDGEMENT_FEED,
    "acknowledge": ACKNOWLEDGEMENT_FEED,
    "adjust": ADJUSTMENT_FEED,
}
# The order poll brings most results sooner; these are for what it misses.
READ_MINUTES = (2, 5, 15, 30, 60)
PENDING_PAUSE = timedelta(hours=1)
# How long an accepted cancellation may take to show on the order.
PATIENCE = timedelta(hours=24)
LIMIT = 500
READ_LIMIT = 50


class AmazonSyncCancellations(models.AbstractModel):
    """Cancellations: tell Amazon what Odoo cancelled or completed, and read it back.

    An outbox (``amazon.cancellation``) that is sent in feeds
    (:mod:`.cancellations_send`), whose results (:mod:`.cancellations_results`) only say
    that Amazon understood. A cancellation counts as confirmed when the order itself
    says so.
    """

    _name = "amazon.sync.cancellations"
    _inherit = "amazon.sync.base.feeds"
    _description = "Amazon Sync: Cancellations"

    _kind = "cancellations"
    _slowest_operation = CREATE_FEED

    @api.model
    def _get_outbox_condition(self):
        return SQL(
            """
            EXISTS (SELECT FROM amazon_cancellation outbox
                     WHERE outbox.account_id = task.account_id
                       AND outbox.state = 'waiting'
                       AND COALESCE(outbox.retry_at, %(now)s) <= %(now)s)
            """,
            now=fields.Datetime.now(),
        )

    @api.model
    def _fetch(self, task, deadline):
        self._transact_leased(task, partial(self._plan, task))
        if self._transact_leased(task, partial(self._has_work, task)):
            purpose = self._transact_leased(task, partial(self._get_purpose, task))
            with open_client(task.account_id, purpose) as client:
                feeds, orders = Feeds(client), Orders(client)
                self._advance_feeds(task, feeds)
                self._read_back(task, orders, deadline)
                for feed_type in self._get_feed_types():
                    self._send(task, feeds, feed_type)
        moment = self._transact_leased(task, partial(self._get_next_look, task))
        return moment or True

    @api.model
    def _find_rows(self, task, *domain):
        return self.env["amazon.cancellation"].search(
            [("account_id", "=", task.account_id.id), *domain], order="id", limit=LIMIT
        )

    @api.model
    def _has_work(self, task):
        """Whether Amazon has to be asked or told anything now."""
        now = fields.Datetime.now()
        if self._find_open_feeds(task):
            return True
        due = self._find_rows(
            task,
            ("state", "in", OPEN_CANCELLATION_STATES),
            "|",
            "&",
            ("state", "=", "waiting"),
            ("retry_at", "=", False),
            ("retry_at", "<=", now),
        )
        return bool(due)

    @api.model
    def _get_purpose(self, task):
        """Whose calls are used: those kept for cancellations are for them alone."""
        waiting = self._find_rows(
            task, ("state", "=", "waiting"), ("kind", "!=", "acknowledge")
        )
        return "cancel" if waiting else "backfill"

    @api.model
    def _get_feed_types(self):
        return list(dict.fromkeys(FEED_TYPES.values()))

    # ------------------------------------------------------------------
    # What Odoo knows already
    # ------------------------------------------------------------------

    @api.model
    def _plan(self, task):
        """Settle what needs no call; want what completed orders owe (S172)."""
        self._plan_acknowledgements(task)
        due = self._find_rows(
            task,
            ("state", "in", OPEN_CANCELLATION_STATES),
            "|",
            ("retry_at", "=", False),
            ("retry_at", "<=", fields.Datetime.now()),
        )
        for row in due:
            self._review(row)

    @api.model
    def _review(self, row):
        """Hold a row against what Odoo knows of the order on Amazon."""
        if self._is_done(row):
            row._confirm()
        elif row.kind == "acknowledge":
            return
        elif row.state == "waiting":
            self._review_waiting(row)
        elif row.order_id.fulfillment_status in SHIPPED_STATUSES:
            if problem := row.order_id._explain_uncancellable(row.kind):
                row._refuse("refused", problem)

    @api.model
    def _review_waiting(self, row):
        order = row.order_id
        if row.kind == "cancel" and order.sale_order_id.state != "cancel":
            row._withdraw(self.env._("The sales order is no longer cancelled."))
        elif row.kind == "adjust" and not row.line_ids._are_still_off():
            row._withdraw(self.env._("The units are back on the sales order."))
        elif problem := order._explain_uncancellable(row.kind):
            row._refuse("failed", problem)
        elif order.fulfillment_status in PENDING_STATUSES:
            row.reason = order._explain_waiting_cancellation()
            row.retry_at = fields.Datetime.now() + PENDING_PAUSE

    @api.model
    def _is_done(self, row):
        """Whether Amazon's order, as it was read last, shows the cancellation."""
        if row.kind == "acknowledge":
            return False
        if row.order_id.fulfillment_status == "CANCELLED":
            return True
        return row.kind == "adjust" and row.line_ids._is_done()

    @api.model
    def _plan_acknowledgements(self, task):
        """Want Amazon told of the orders that are completed, where channels want it."""
        channels = task.account_id.channel_ids.filtered("acknowledge_orders")
        for channel in channels:
            sales = self.env["sale.order"].search(
                [
                    ("amazon_channel_id", "=", channel.id),
                    ("date_order", ">=", channel.acknowledge_since),
                    ("state", "=", "sale"),
                    ("delivery_status", "=", "full"),
                    ("amazon_shipping", "=", "odoo"),
                    (
                        "amazon_order_id.cancellation_ids",
                        "not any",
                        [("kind", "=", "acknowledge")],
                    ),
                ],
                order="id",
                limit=LIMIT,
            )
            orders = sales._get_amazon_bindings()
            self.env["amazon.cancellation"]._put(orders, "acknowledge", {})

    # ------------------------------------------------------------------
    # Reading back
    # ------------------------------------------------------------------

    @api.model
    def _read_back(self, task, orders, deadline):
        """Read the orders whose cancellation Amazon accepted, or may have got."""
        included = self.env["amazon.sync.orders"]._get_included_data(task.account_id)
        rows = self._find_rows(
            task,
            ("retry_at", "<=", fields.Datetime.now()),
            "|",
            "&",
            ("state", "=", "sent"),
            ("accepted_at", "!=", False),
            "&",
            ("state", "=", "waiting"),
            ("uncertain", "=", True),
        )
        for row in rows[:READ_LIMIT]:
            number = row.order_id.order_number
            try:
                raw = self._call(task, partial(orders.get, number, included))
            except NotFoundError:
                settle = partial(self._settle_read, task, row, None)
            except MAYBE_ONE_ORDER as error:
                settle = partial(self._settle_unread, row, explain(self.env, error))
            else:
                settle = partial(self._settle_read, task, row, raw)
            self._transact_leased(task, settle)
            if time.monotonic() > deadline:
                break

    @api.model
    def _settle_read(self, task, row, raw):
        """Store what Amazon says of the order now, and judge the row by it."""
        if raw is None:
            row._refuse(
                "failed", self.env._("Amazon no longer knows this order number.")
            )
            return
        run = row.feed_id.run_id or self._start_run(task, row.channel_id)
        self.env["amazon.sync.orders"]._store_orders(task.account_id, run, [raw])
        row.order_id.invalidate_recordset()
        row.order_id.line_ids.invalidate_recordset()
        run._finish("done")
        self._review(row)
        if row.state == "waiting" and row.uncertain:
            row.write({"uncertain": False, "retry_at": False})
        elif row.state == "sent":
            self._postpone_reading(row)

    @api.model
    def _settle_unread(self, row, reason):
        """The order cannot be read: look again later; others are told meanwhile."""
        row.reason = reason
        if row.state == "sent":
            self._postpone_reading(row)
            return
        step = min(row.attempts, len(READ_MINUTES) - 1)
        row.attempts += 1
        row.retry_at = fields.Datetime.now() + timedelta(minutes=READ_MINUTES[step])

    @api.model
    def _postpone_reading(self, row):
        now = fields.Datetime.now()
        if row.accepted_at + PATIENCE < now:
            row._refuse(
                "failed",
                self.env._(
                    "Amazon accepted the cancellation, but the order is still open "
                    "after a day. Check the order in Seller Central, then press Send "
                    "Again."
                ),
            )
            return
        step = min(row.attempts, len(READ_MINUTES) - 1)
        row.attempts += 1
        row.retry_at = now + timedelta(minutes=READ_MINUTES[step])

    @api.model
    def _get_next_look(self, task):
        """When there is something to poll or to read again, or None."""
        now = fields.Datetime.now()
        rows = self._find_rows(
            task, ("state", "in", OPEN_CANCELLATION_STATES), ("retry_at", "!=", False)
        )
        moments = [*rows.mapped("retry_at"), self._get_next_feed_look(task)]
        moment = min(filter(None, moments), default=None)
        latest = now + timedelta(minutes=task.interval_minutes)
        if moment is None or moment > latest:
            return None
        # Waiting for Amazon is no delay of the module.
        task.write({"last_success": now, "trigger": False})
        task.account_id._clear_alert(f"module {task.kind}")
        return max(moment, now)
