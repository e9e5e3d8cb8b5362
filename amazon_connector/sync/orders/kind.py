# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import SQL

from ...const import (
    CANCELLABLE_STATUSES,
    HELD_NOTICE,
    PENDING_STATUSES,
    RECORD_RETRY_MINUTES,
)
from ...sp_api import Order
from ...sp_api.schema import FULFILLED_BY, FULFILLMENT_STATUSES, INVOICE_PENDING
from ...tools.cron import wake
from ...tools.database import CONFLICTS, NOT_THE_DATA, analyze_grown, take_turn
from .mapper import Work

_logger = logging.getLogger(__name__)

BATCH_SIZE = 50

MAX_CONFLICTS = 10

# Each of them gets rows with every order and is searched for the next one.
GROWING_TABLES = (
    "amazon_order",
    "amazon_customer",
    "mail_message",
    "res_partner",
    "sale_order",
    "sale_order_line",
    "stock_move",
    "stock_move_line",
    "stock_picking",
    "stock_reference",
    "stock_reference_sale_rel",
    "stock_reference_move_rel",
)


class AmazonSyncOrders(models.AbstractModel):
    """Apply: what waits in the inbox becomes, changes or cancels sales orders.

    A batch is one transaction. A conflict with another transaction is never an order's
    fault: the batch is done again, halved, while no other worker has one. Nor is a full
    disk or a lost database: all of it waits for the next round. Any other error bisects
    the batch until the one bad record stands alone with its reason.
    """

    _name = "amazon.sync.orders"
    _inherit = "amazon.sync.base"
    _description = "Amazon Sync: Orders"

    _kind = "orders"

    @api.model
    def _cron_apply(self):
        """Apply waiting orders, batch by batch, until none is left or time is up."""
        if not self._leave_to_next_round():
            self._call_helpers("_apply_waiting")
            self._apply_waiting()

    @api.model
    def _apply_waiting(self):
        """Apply batch by batch, beside any number of workers; commits after each."""
        cron = self.env["ir.cron"]
        self.env["amazon.order.batch"]._tell_obstacles()
        waiting, locked = self._count_waiting(), self.env["amazon.account"]
        if waiting:
            locked = locked._find_locked()
            waiting = self._count_waiting(locked)
        cron._commit_progress(remaining=waiting)
        if waiting and self._apply_batches(locked):
            # On a new snapshot: users may have linked items meanwhile.
            self.env["amazon.listing"]._wake_stranded()
        self._trigger_retry()
        cron._commit_progress(remaining=self._count_waiting(locked))

    @api.model
    def _apply_batches(self, locked):
        """Apply until nothing waits or time is up.

        :param locked: accounts whose orders are left alone
        :return: whether a batch got through
        """
        size, conflicts, applied = BATCH_SIZE, 0, False
        while True:
            try:
                # Who met the goods of another batch would meet them again at the end of
                # this one, and throw away its work once more.
                take_turn(self.env.cr, alone=conflicts > 0)
                orders = self._claim_waiting(size, locked)
                if not orders:
                    return applied
                self._apply_batch(orders, last_try=conflicts >= MAX_CONFLICTS)
                analyze_grown(self.env.cr, GROWING_TABLES)
                orders.run_id._tell_progress()
                left = self.env["ir.cron"]._commit_progress(len(orders))
            except (*CONFLICTS, psycopg2.errors.UniqueViolation):
                self.env.cr.rollback()
                conflicts += 1
                if conflicts > MAX_CONFLICTS:
                    raise
                size = max(1, size // 2)
                continue
            size, conflicts, applied = min(BATCH_SIZE, size * 2), 0, True
            if not left:
                return applied

    @api.model
    def _count_waiting(self, locked=()):
        """How many orders could be applied now, up to ten batches.

        :param locked: accounts whose orders cannot be read on this server
        """
        return self.env["amazon.order"].search_count(
            [
                ("to_apply", "=", True),
                ("account_id", "not in", [account.id for account in locked]),
                "|",
                ("retry_at", "=", False),
                ("retry_at", "<=", fields.Datetime.now()),
            ],
            limit=10 * BATCH_SIZE,
        )

    @api.model
    def _trigger_retry(self):
        order = self.env["amazon.order"].search_fetch(
            [("to_apply", "=", True), ("retry_at", ">", fields.Datetime.now())],
            ["retry_at"],
            order="retry_at",
            limit=1,
        )
        if order:
            wake(self.env, "ir_cron_orders_apply", at=order.retry_at)

    @api.model
    def _claim_waiting(self, limit, locked=()):
        """Lock a batch of waiting orders; to be called first thing after a commit, but
        for `take_turn`.

        :param locked: accounts whose orders are left alone
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM amazon_order
                 WHERE to_apply IS TRUE AND (retry_at IS NULL OR retry_at <= %s)
                   AND account_id != ALL(%s)
              ORDER BY purchase_time, id
                 LIMIT %s
                   FOR UPDATE SKIP LOCKED
                """,
                fields.Datetime.now(),
                [account.id for account in locked],
                limit,
            )
        )
        return self.env["amazon.order"].browse([row[0] for row in rows])

    @api.model
    def _apply_batch(self, bindings, last_try=False):
        """Apply claimed orders; bisect on errors.

        :param last_try: treat conflicts like errors of the record
        """
        try:
            with self.env.cr.savepoint():
                for company, group in bindings.grouped("company_id").items():
                    self.with_company(company)._apply_company(company, group)
        except NOT_THE_DATA:
            raise
        except Exception as error:
            if isinstance(error, psycopg2.errors.UniqueViolation) and not last_try:
                raise
            if len(bindings) == 1:
                self._mark_failed(bindings, error)
                return
            _logger.warning(
                "A batch of %s Amazon orders failed; it is halved",
                len(bindings),
                exc_info=True,
            )
            middle = len(bindings) // 2
            self._apply_batch(bindings[:middle], last_try)
            self._apply_batch(bindings[middle:], last_try)

    @api.model
    def _apply_company(self, company, bindings):
        """Apply the orders of one company.

        :meth:`_decide` names what is to be done with each order; each action does it
        for all orders it concerns at once.
        """
        bindings = bindings.with_company(company)
        todo = {}
        taken = self._find_taken(bindings) | self._find_left_behind(bindings)
        for binding in bindings:
            work = Work(binding, Order.from_json(binding.payload))
            action, reason = taken.get(binding) or self._decide(work)
            todo.setdefault(action, []).append((work, reason))
        for action, entries in todo.items():
            self._get_actions()[action](company, entries)

    @api.model
    def _find_taken(self, bindings):
        """Decisions on orders that another account has brought in already.

        Amazon's numbers are unique; the same one twice means that a seller was
        connected twice, under a merchant token that is not his.
        """
        others = self.env["amazon.order"].search(
            [
                ("order_number", "in", bindings.mapped("order_number")),
                ("id", "not in", bindings.ids),
                ("sale_order_id", "!=", False),
            ]
        )
        accounts = {other.order_number: other.account_id for other in others}
        return {
            binding: (
                "skip",
                self.env._(
                    "It already came in through account %s. Check the merchant token "
                    "of this account.",
                    accounts[binding.order_number].display_name,
                ),
            )
            for binding in bindings
            if binding.order_number in accounts
        }

    @api.model
    def _find_left_behind(self, bindings):
        """Decisions on orders whose sales order a former installation has left.

        Uninstalling deletes what is known of Amazon's orders and keeps the sales
        orders (see `hooks.post_init_hook`), and so does removing an account: they must
        not be made a second time.
        """
        new = bindings.filtered(lambda binding: not binding.sale_order_id)
        if not new:
            return {}
        left = self.env["sale.order"].search(
            [
                ("amazon_order_ref", "in", new.mapped("order_number")),
                ("amazon_order_id", "=", False),
                ("company_id", "=", new.company_id.id),
                ("state", "!=", "cancel"),
            ]
        )
        names = {sale.amazon_order_ref: sale.display_name for sale in left}
        return {
            binding: (
                "skip",
                self.env._(
                    "Sales order %s already has this number, from before the "
                    "connector was installed or its account was removed. To replace "
                    "it, cancel that sales order, then select this order in the list "
                    "and press Try Again.",
                    names[binding.order_number],
                ),
            )
            for binding in new
            if binding.order_number in names
        }

    @api.model
    def _get_actions(self):
        """Hook: what to call for each action that :meth:`_decide` may name."""
        return {
            "create": self.env["amazon.order.writer"]._apply_create,
            "update": self.env["amazon.order.updater"]._apply_update,
            "thaw": self.env["amazon.order.writer"]._apply_thaw,
            "cancel": self.env["amazon.order.writer"]._apply_cancel,
            "keep": self._apply_keep,
            "wait": self._apply_wait,
            "skip": self._apply_skip,
            "hold": self._apply_hold,
        }

    @api.model
    def _decide(self, work):
        """Hook: what has to be done with an order.

        :return: ``(action, reason)``, an action of :meth:`_get_actions`
        """
        order, binding = work.order, work.binding
        known = bool(binding.sale_order_id)
        status = order.fulfillment_status
        if order.channel_name == "NON_AMAZON":
            return "skip", self.env._("It was not sold on Amazon.")
        if not binding.channel_id:
            return "skip", self.env._(
                "There is no channel for marketplace %s.", order.marketplace_id
            )
        if status == INVOICE_PENDING:
            return "hold", self.env._(
                "Amazon is waiting for your invoice. Upload it in Seller Central: the "
                "order then continues automatically."
            )
        if status not in FULFILLMENT_STATUSES:
            return "hold", self.env._(
                "The connector does not know its status on Amazon: %s. Look the order "
                "up in Seller Central; it continues automatically once its status "
                "changes.",
                status or self.env._("none given"),
            )
        if status == "CANCELLED":
            return (
                ("cancel", False)
                if known
                else ("skip", self.env._("It was cancelled before it came in."))
            )
        return self._decide_known(work) if known else self._decide_new(work)

    @api.model
    def _decide_known(self, work):
        """What has to be done with an order that has a sales order."""
        status = work.order.fulfillment_status
        if status in CANCELLABLE_STATUSES and self._is_being_cancelled(work):
            return "keep", self.env._("Its cancellation is on its way to Amazon.")
        if status in ("PENDING", "PENDING_AVAILABILITY"):
            return "hold", self.env._(
                "Amazon is waiting for the payment again. Do not ship the order until "
                "it is paid."
            )
        if status == "UNFULFILLABLE":
            return "hold", self.env._("Amazon cannot fulfill it.")
        sale = work.binding.sale_order_id
        if work.order.is_void and status == "UNSHIPPED":
            if not self.env["amazon.order.deliverer"]._has_goods_out(sale) and not any(
                sale.order_line.mapped("qty_delivered")
            ):
                return "cancel", False
        if held := self._explain_quantities(work.order):
            return held
        return ("thaw" if self._can_thaw(work) else "update"), False

    @api.model
    def _decide_new(self, work):
        """What has to be done with an order that has no sales order yet."""
        order, binding = work.order, work.binding
        if (
            order.fulfilled_by == "AMAZON"
            and not binding.channel_id.fba_orders
            and binding.asked_for != "number"
        ):
            return "skip", self.env._(
                "Amazon ships it, and the channel leaves out such orders."
            )
        if order.fulfillment_status == "PENDING_AVAILABILITY":
            return "wait", self.env._(
                "A pre-order: Amazon releases it when the product is released. You do "
                "not have to do anything."
            )
        if order.fulfillment_status == "PENDING":
            return "wait", self.env._("The payment is not settled yet.")
        if (
            self.env["amazon.order.deliverer"]._is_too_old(work)
            and not binding.asked_for
        ):
            return "skip", self.env._(
                "It was placed before the channel's start date (%s).",
                fields.Date.to_string(binding.channel_id.order_start_date),
            )
        if order.fulfilled_by not in FULFILLED_BY:
            return "hold", self.env._(
                "The connector does not know who ships it: %s.",
                order.fulfilled_by or self.env._("none given"),
            )
        if order.fulfillment_status == "UNFULFILLABLE":
            return "skip", self.env._("Amazon cannot fulfill it.")
        if (
            order.fulfillment_status == "SHIPPED"
            and binding.asked_for != "number"
            and binding.channel_id.order_preference == "confirmed"
            and self.env["amazon.order.deliverer"]._is_history(work)
        ):
            return "skip", self.env._(
                "It was shipped before the channel went live, and the channel takes "
                "only confirmed orders."
            )
        if not order.items:
            return "hold", self.env._("Amazon has not sent its items yet.")
        if order.is_void:
            return "skip", self.env._("All of its units were cancelled.")
        return self._explain_quantities(order) or ("create", False)

    @api.model
    def _explain_quantities(self, order):
        """The decision on an order of which the units are not known, or None."""
        unknown = [item for item in order.items if not item.is_quantity_known]
        if not unknown:
            return None
        return "hold", self.env._(
            "Amazon does not state how many units were ordered of item %s.",
            ", ".join(item.order_item_id for item in unknown),
        )

    @api.model
    def _settle(self, entries, state, outcome):
        """Close ``(work, reason)`` entries with a state, and tell the history."""
        if state != "held":
            self._clear_held([work for work, _reason in entries])
        by_reason = {}
        for work, reason in entries:
            by_reason.setdefault(reason, []).append(work.binding)
        for reason, bindings in by_reason.items():
            self.env["amazon.order"].union(*bindings).write(
                {
                    "state": state,
                    "reason": reason,
                    "to_apply": False,
                    "retry_at": False,
                    "attempts": 0,
                }
            )
        self._record([(work.binding, reason) for work, reason in entries], outcome)

    @api.model
    def _record(self, entries, outcome):
        self.env["amazon.sync.record"].create(
            [
                {
                    "run_id": binding.run_id.id,
                    "amazon_order_id": binding.id,
                    "name": binding.order_number,
                    "outcome": outcome,
                    "reason": reason,
                }
                for binding, reason in entries
                if binding.run_id
            ]
        )

    @api.model
    def _mark_failed(self, binding, error):
        """Park one order with its reason; it is tried again, later each time."""
        told = isinstance(error, (UserError, RedirectWarning))
        reason = error.args[0] if told else type(error).__name__
        step = binding.attempts
        retry = step < len(RECORD_RETRY_MINUTES)
        if not told:
            _logger.exception("Amazon order %s cannot be applied", binding.order_number)
        binding.write(
            {
                "state": "failed",
                "reason": reason,
                "attempts": step + 1,
                "to_apply": retry,
                "retry_at": retry
                and fields.Datetime.now()
                + timedelta(minutes=RECORD_RETRY_MINUTES[step]),
            }
        )
        self._record([(binding, reason)], "failed")

    @api.model
    def _notify(self, works, key, reason, summary=None):
        """Ask a human about these orders; see ``amazon.order._raise_notice``."""
        summary = summary or self.env._("Changed on Amazon")
        bindings = self.env["amazon.order"].union(*(work.binding for work in works))
        bindings._raise_notice(key, summary, reason)

    @api.model
    def _notify_held(self, entries):
        """Ask a human about orders that are held from now on, each for its reason."""
        by_reason = {}
        for work, reason in entries:
            if work.binding.sale_order_id and work.binding.state != "held":
                by_reason.setdefault(reason, []).append(work)
        for reason, works in by_reason.items():
            self._notify(works, HELD_NOTICE, reason)

    @api.model
    def _clear_held(self, works):
        """Close the activities of orders that were held and go on again."""
        held = [work.binding for work in works if work.binding.state == "held"]
        self.env["amazon.order"].union(*held)._clear_notices(HELD_NOTICE)

    @api.model
    def _apply_skip(self, _company, entries):
        self._settle(entries, "skipped", "skipped")

    @api.model
    def _apply_wait(self, _company, entries):
        self._settle(entries, "pending", "pending")

    @api.model
    def _apply_hold(self, _company, entries):
        self._notify_held(entries)
        self._settle(entries, "held", "held")

    @api.model
    def _can_thaw(self, work):
        """Whether a frozen draft has all its products now."""
        sale = work.binding.sale_order_id
        items = {item.order_item_id for item in work.order.items}
        return (
            sale.amazon_frozen
            and sale.state in ("draft", "sent")
            and all(
                line.product_id or line.order_item_id not in items
                for line in work.binding.line_ids
            )
        )

    @api.model
    def _is_being_cancelled(self, work):
        binding = work.binding
        if binding.sale_order_id.state != "cancel":
            return False
        return bool(binding._get_open_cancellation())

    @api.model
    def _apply_keep(self, _company, entries):
        """Leave the sales orders alone; send what waited for the payment."""
        self._settle(entries, "applied", "updated")
        settled = [
            work.binding._get_open_cancellation()
            for work, _reason in entries
            if work.order.fulfillment_status not in PENDING_STATUSES
        ]
        rows = self.env["amazon.cancellation"].union(*settled)
        waiting = rows.filtered(lambda row: row.state == "waiting" and row.retry_at)
        waiting = waiting.filtered(lambda row: not row.attempts and not row.uncertain)
        if waiting:
            waiting.write({"retry_at": False, "reason": False})
            waiting._wake()
