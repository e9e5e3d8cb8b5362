# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import json
import logging
from collections import Counter
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import SQL

from ..models.amazon_customer import SOFT
from ..sp_api import Order
from ..sp_api.proceeds import UnreadableProceeds, read_order
from ..sp_api.schema import FULFILLMENT_STATUSES
from ..tools.database import CONFLICTS
from .order_mapping import Work

_logger = logging.getLogger(__name__)

BATCH_SIZE = 50
MAX_CONFLICTS = 10
RETRY_MINUTES = (1, 5, 30, 120, 480)


class AmazonSyncOrders(models.AbstractModel):
    """Apply: what waits in the inbox becomes, changes or cancels sales orders.

    A batch is one transaction. A conflict with another transaction is never an order's
    fault: the batch is done again, halved. Any other error bisects the batch until the
    one bad record stands alone with its reason.
    """

    _inherit = "amazon.sync.orders"

    @api.model
    def _cron_apply(self):
        """Apply waiting orders, batch by batch, until none is left or time is up."""
        cron = self.env["ir.cron"]
        size, conflicts = BATCH_SIZE, 0
        cron._commit_progress(remaining=self._count_waiting())
        while True:
            try:
                orders = self._claim_waiting(size)
                if not orders:
                    break
                self._apply_batch(orders, last_try=conflicts >= MAX_CONFLICTS)
                left = cron._commit_progress(len(orders))
            except (*CONFLICTS, psycopg2.errors.UniqueViolation):
                self.env.cr.rollback()
                conflicts += 1
                if conflicts > MAX_CONFLICTS:
                    raise
                size = max(1, size // 2)
                continue
            size, conflicts = min(BATCH_SIZE, size * 2), 0
            if not left:
                break
        self._trigger_retry()
        cron._commit_progress(remaining=self._count_waiting())

    @api.model
    def _count_waiting(self):
        return self.env["amazon.order"].search_count(
            [
                ("to_apply", "=", True),
                "|",
                ("retry_at", "=", False),
                ("retry_at", "<=", fields.Datetime.now()),
            ],
            limit=10 * BATCH_SIZE,
        )

    @api.model
    def _trigger_retry(self):
        order = self.env["amazon.order"].search(
            [("to_apply", "=", True), ("retry_at", ">", fields.Datetime.now())],
            order="retry_at",
            limit=1,
        )
        if order:
            self.env.ref("amazon_connector.ir_cron_orders_apply")._trigger(
                at=order.retry_at
            )

    @api.model
    def _claim_waiting(self, limit):
        """Lock a batch of waiting orders; to be called first thing after a commit."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM amazon_order
                 WHERE to_apply AND (retry_at IS NULL OR retry_at <= %s)
              ORDER BY purchase_time, id
                 LIMIT %s
                   FOR UPDATE SKIP LOCKED
                """,
                fields.Datetime.now(),
                limit,
            )
        )
        return self.env["amazon.order"].browse([row[0] for row in rows])

    # ------------------------------------------------------------------
    # Batches
    # ------------------------------------------------------------------

    @api.model
    def _apply_batch(self, bindings, last_try=False):
        """Apply claimed orders; bisect on errors.

        :param last_try: treat conflicts like errors of the record
        """
        try:
            with self.env.cr.savepoint():
                for company, group in bindings.grouped("company_id").items():
                    self.with_company(company)._apply_company(company, group)
        except CONFLICTS:
            raise
        except Exception as error:
            if isinstance(error, psycopg2.errors.UniqueViolation) and not last_try:
                raise
            if len(bindings) == 1:
                self._mark_failed(bindings, error)
                return
            middle = len(bindings) // 2
            self._apply_batch(bindings[:middle], last_try)
            self._apply_batch(bindings[middle:], last_try)

    @api.model
    def _apply_company(self, company, bindings):
        """Apply the orders of one company.

        :meth:`_decide` names what is to be done with each order; each action does it for
        all orders it concerns at once.
        """
        bindings = bindings.with_company(company)
        todo = {}
        for binding in bindings:
            work = Work(binding, Order.from_json(binding.payload))
            action, reason = self._decide(work)
            todo.setdefault(action, []).append((work, reason))
        for action, entries in todo.items():
            self._get_actions()[action](company, entries)

    @api.model
    def _get_actions(self):
        """Hook: what to call for each action that :meth:`_decide` may name."""
        return {
            "create": self._apply_create,
            "update": self._apply_update,
            "cancel": self._apply_cancel,
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
        if status not in FULFILLMENT_STATUSES:
            return "hold", self.env._(
                "Its status on Amazon is unknown to the connector: %s.",
                status or self.env._("none given"),
            )
        if status == "CANCELLED":
            return (
                ("cancel", False)
                if known
                else ("skip", self.env._("It was cancelled before it came in."))
            )
        if known:
            return "update", False
        return self._decide_new(work)

    @api.model
    def _decide_new(self, work):
        """What has to be done with an order that has no sales order yet."""
        order, binding = work.order, work.binding
        if order.fulfillment_status in ("PENDING", "PENDING_AVAILABILITY"):
            return "wait", self.env._("The payment is not settled yet.")
        if binding.purchase_time and (
            binding.purchase_time < binding.channel_id.order_start_date
        ):
            return "skip", self.env._(
                "It was placed before the channel's start date (%s).",
                fields.Date.to_string(binding.channel_id.order_start_date),
            )
        if order.fulfilled_by == "AMAZON":
            return "skip", self.env._(
                "Amazon fulfils it. Only orders that you ship yourself come in."
            )
        if order.fulfillment_status != "UNSHIPPED":
            return "skip", self.env._(
                "It was shipped before it came in (status %s).",
                order.fulfillment_status,
            )
        if not order.items:
            return "hold", self.env._("Amazon has not told its items.")
        return "create", False

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    @api.model
    def _apply_skip(self, _company, entries):
        self._settle(entries, "skipped", "skipped")

    @api.model
    def _apply_wait(self, _company, entries):
        self._settle(entries, "pending", "pending")

    @api.model
    def _apply_hold(self, _company, entries):
        self._settle(entries, "held", "held")

    @api.model
    def _apply_cancel(self, _company, entries):
        """Amazon cancelled: cancel what has not been shipped."""
        cancelled, held = [], []
        for work, _reason in entries:
            sale = work.binding.sale_order_id
            if "done" in sale.picking_ids.mapped("state"):
                reason = self.env._(
                    "Amazon cancelled the order after it was shipped from Odoo."
                )
                self._notify(work, reason)
                held.append((work, reason))
                continue
            if sale.state != "cancel":
                # Locked orders refuse to be cancelled; Amazon has the last word.
                sale.filtered("locked").action_unlock()
                sale._action_cancel()
            cancelled.append((work, self.env._("Amazon cancelled the order.")))
        self._settle(cancelled, "cancelled", "cancelled")
        self._settle(held, "held", "held")

    @api.model
    def _apply_update(self, _company, entries):
        """Compare what Amazon says now with what the sales order repeats."""
        same, changed = [], []
        for work, _reason in entries:
            try:
                self._read_money(work)
                digest = self._digest(work)
            except UnreadableProceeds:
                digest = None
            if digest == work.binding.applied_digest:
                same.append((work, work.binding.reason))
                continue
            reason = self.env._(
                "Amazon changed items or amounts of the order. Compare them with the "
                "sales order and correct it."
            )
            if work.binding.state != "held":
                self._notify(work, reason)
            changed.append((work, reason))
        self._settle(changed, "held", "held")
        for state, entries in _group_by_state(same).items():
            self._settle(entries, state, "updated")

    @api.model
    def _apply_create(self, company, entries):
        """Create the sales orders of new Amazon orders, and confirm those that agree."""
        works, held = [], []
        for work, _reason in entries:
            try:
                self._read_money(work)
            except UnreadableProceeds as error:
                work.binding.difference = error.difference or 0.0
                held.append((work, str(error)))
                continue
            reason = self._check_currency(work)
            if reason:
                held.append((work, reason))
            else:
                works.append(work)
        self._settle(held, "held", "held")
        if works:
            self._create_sale_orders(company, works)

    @api.model
    def _read_money(self, work):
        work.reading = read_order(
            work.order,
            prices_include_tax=work.channel.marketplace_id.prices_include_tax,
        )

    @api.model
    def _check_currency(self, work):
        """Why the order's currency cannot be used, or None."""
        expected = work.channel.currency_id
        if work.reading.currency != expected.name:
            return self.env._(
                "Amazon states amounts in %(currency)s, but the marketplace sells in "
                "%(expected)s.",
                currency=work.reading.currency,
                expected=expected.name,
            )
        if not expected.active:
            return self.env._(
                "The currency %s is archived. Activate it under Accounting > "
                "Configuration > Currencies, then try again.",
                expected.name,
            )
        return None

    # ------------------------------------------------------------------
    # Creating
    # ------------------------------------------------------------------

    @api.model
    def _create_sale_orders(self, company, works):
        self._link_items(works)
        self._resolve_customers(works)
        self._remember_stated_tax(works)
        data = self._prepare_batch_data(company, works)
        sales = (
            self.env["sale.order"]
            .with_context(**SOFT)
            .create([self._prepare_sale_order(work, data) for work in works])
        )
        created, frozen, held = [], [], []
        for work, sale in zip(works, sales, strict=True):
            binding = work.binding
            binding.sale_order_id = sale
            binding.applied_digest = self._digest(work)
            binding.withheld_tax = float(
                sum(item.withheld_tax for item in work.reading.items)
            )
            if reason := self._compare_totals(work, sale):
                held.append((work, reason))
            elif sale.amazon_frozen:
                frozen.append((work, self._explain_frozen(work)))
            else:
                created.append((work, False))
        self._confirm(created)
        self._post_payment_notes(works)
        self._settle(created, "applied", "created")
        self._settle(frozen, "frozen", "frozen")
        self._settle(held, "held", "held")

    @api.model
    def _link_items(self, works):
        """Bind each item to its listing; listings seen for the first time are made."""
        wanted = {}
        for work in works:
            items = {item.order_item_id: item for item in work.order.items}
            for line in work.binding.line_ids:
                work.lines[line.order_item_id] = line
                item = items.get(line.order_item_id)
                if item and item.seller_sku:
                    wanted[work.channel, item.seller_sku] = {
                        "asin": item.asin,
                        "title": item.title,
                    }
        listings = self.env["amazon.listing"]._find_or_create(wanted)
        for work in works:
            for line in work.lines.values():
                listing = listings.get((work.channel, line.seller_sku))
                if listing:
                    line.listing_id = listing

    @api.model
    def _resolve_customers(self, works):
        Customer = self.env["amazon.customer"]
        bindings = self.env["amazon.order"].union(*(work.binding for work in works))
        personal = self.env["amazon.order.pii"]._read_personal(bindings)
        places = self._resolve_places(works)
        buyers = [
            Customer._prepare_buyer(
                work.channel, work.order, personal[work.binding], *places[work]
            )
            for work in works
        ]
        contacts = Customer._find_or_create(buyers)
        for work, (partner, delivery) in zip(works, contacts, strict=True):
            work.partner, work.delivery = partner, delivery

    @api.model
    def _remember_stated_tax(self, works):
        """Once a marketplace has stated tax, a later zero is a real zero."""
        for work in works:
            if work.reading.tax_stated and not work.channel.states_tax:
                work.channel.states_tax = True

    @api.model
    def _compare_totals(self, work, sale):
        """Why the sales order must not be confirmed, or None."""
        expected = float(work.reading.total)
        difference = sale.currency_id.round(expected - sale.amount_total)
        work.binding.difference = difference
        if not difference:
            return None
        return self.env._(
            "The sales order's total is %(odoo)s, Amazon's is %(amazon)s.",
            odoo=sale.currency_id.format(sale.amount_total),
            amazon=sale.currency_id.format(expected),
        )

    @api.model
    def _explain_frozen(self, work):
        unlinked = [
            line.seller_sku or line.title or line.order_item_id
            for line in work.lines.values()
            if not line.product_id
        ]
        return self.env._(
            "Not linked to a product yet: %s. Link it to let the order go on.",
            ", ".join(unlinked),
        )

    @api.model
    def _confirm(self, entries):
        sales = self.env["sale.order"].union(
            *(work.binding.sale_order_id for work, _reason in entries)
        )
        if sales:
            sales.with_context(**SOFT, amazon_batch_pickings=True).action_confirm()

    @api.model
    def _post_payment_notes(self, works):
        """Tell the payment status under each sales order: Amazon hands over paid ones."""
        sales = self.env["sale.order"].union(*(w.binding.sale_order_id for w in works))
        paid = self.env._("Payment status on Amazon: Paid")
        unpaid = self.env._("Payment status on Amazon: cash on delivery, not collected")
        sales._message_log_batch(
            {
                work.binding.sale_order_id.id: unpaid if _is_cod(work.order) else paid
                for work in works
            }
        )

    # ------------------------------------------------------------------
    # Outcomes
    # ------------------------------------------------------------------

    @api.model
    def _settle(self, entries, state, outcome):
        """Close ``(work, reason)`` entries with a state, and tell the history."""
        for reason, count in Counter(reason for _work, reason in entries).items():
            bindings = self.env["amazon.order"].union(
                *(work.binding for work, why in entries if why == reason)
            )
            assert count == len(bindings), "an order was settled twice"
            bindings.write(
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
                    "name": binding.amazon_order_id,
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
        retry = step < len(RETRY_MINUTES)
        if not told:
            _logger.exception(
                "Amazon order %s cannot be applied", binding.amazon_order_id
            )
        binding.write(
            {
                "state": "failed",
                "reason": reason,
                "attempts": step + 1,
                "to_apply": retry,
                "retry_at": retry
                and fields.Datetime.now() + timedelta(minutes=RETRY_MINUTES[step]),
            }
        )
        self._record([(binding, reason)], "failed")

    @api.model
    def _notify(self, work, reason):
        """Put an activity on the sales order for the account's responsible user."""
        account = work.binding.account_id
        work.binding.sale_order_id.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("Changed on Amazon"),
            note=reason,
            user_id=account.responsible_user_id.id or self.env.uid,
        )

    @api.model
    def _digest(self, work):
        """Fingerprint of what a sales order repeats of Amazon's order."""
        quantities = {
            line.order_item_id: (line.seller_sku, line.quantity_to_deliver)
            for line in work.binding.line_ids
        }
        contents = [
            (
                item.order_item_id,
                quantities.get(item.order_item_id),
                [(c.kind, str(c.net), str(c.tax)) for c in item.charges],
            )
            for item in work.reading.items
        ]
        text = json.dumps([contents, work.reading.currency, str(work.reading.tip)])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def _is_cod(order):
    methods = {(payment.method or "").upper() for payment in order.payments}
    return bool(methods & {"COD", "CASHONDELIVERY", "CASH_ON_DELIVERY"}) or any(
        "cashOnDelivery" in item.shipping_constraints for item in order.items
    )


def _group_by_state(entries):
    """Orders that stay as they are keep their state; a held one is in order again."""
    groups = {}
    for work, reason in entries:
        state = work.binding.state
        if state in ("held", "waiting", "failed", "pending"):
            state, reason = "applied", False
        groups.setdefault(state, []).append((work, reason))
    return groups
