# SPDX-License-Identifier: LGPL-3.0-or-later
import math
import time
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.account.credentials import open_client
from ...sp_api import (
    GET_ORDER,
    LONGEST_PERIOD,
    SEARCH_ORDERS,
    AccessDeniedError,
    AmazonError,
    AuthorizationError,
    BadRequestError,
    NotFoundError,
    Orders,
    ProtocolError,
    ThrottledError,
    TransientError,
    format_time,
    parse_time,
    probe_included_data,
    split_denied,
)
from ...tools.error_words import tell
from ...tools.times import to_aware, to_naive
from ..engine.base import digest_token
from ..engine.requests import MAX_ATTEMPTS
from .fetch import TOKEN_LIFE, _forgotten_page, _repeated_page, _search_arguments

# Pages of one search that a full bucket grants at once. Beyond, each page is waited
# for, and single orders are read meanwhile.
MAX_PAGES = SEARCH_ORDERS.burst - SEARCH_ORDERS.floor("backfill")

CHUNK = 10

# So often an order is asked for that Amazon answers with what is no answer.
GARBLED_TRIES = 4

BY_HAND = ("period", "resync", "recover")

PAGE_SIZE = 100

REPORT_SECONDS = 180

# Amazon wants the end of a search to be two minutes old.
SETTLED = timedelta(minutes=3)

RATE_DAYS = 30


class AmazonSyncOrders(models.AbstractModel):
    """Requests for orders: a period is searched, certain orders are read one by one.

    Source: Amazon's ``searchOrders`` and ``getOrder``.
    """

    _inherit = "amazon.sync.orders"

    @api.model
    def _get_request_steps(self):
        return {
            "search": self._step_search,
            "numbers": self._step_numbers,
        }

    @api.model
    def _step_search(self, task, request, client, deadline):
        """Fetch and store one page of the request's search."""
        orders = Orders(client)
        if not self._transact_leased(task, partial(self._prepare_search, request)):
            return
        query, token = request.query, request.page_token or None
        included_data = self._get_included_data(task.account_id)
        try:
            page = self._search_page(task, orders, query, token, included_data)
        except BadRequestError as error:
            self._recover_search(task, request, orders, included_data, error)
        except AccessDeniedError as error:
            self._narrow_search(task, request, orders, error)
        else:
            if digest_token(page.next_token or "") in (request.seen_tokens or []):
                self._transact_leased(task, partial(_restart_search, request))
                raise _repeated_page()
            store = partial(self._store_searched, task, request, page)
            self._transact_leased(task, store)

    @api.model
    def _prepare_search(self, request):
        """Bring the search in line with the channels that are still active.

        :return: False when none is left; the request is closed then
        """
        channels = request.channel_ids.filtered("active")
        if not channels:
            message = self.env._("Its channels were switched off in the meantime.")
            self._finish_request(request, message)
            return False
        prefix = "created" if request.by == "created" else "last_updated"
        start = request.position or request.date_start
        query = {
            f"{prefix}_after": format_time(to_aware(start)),
            f"{prefix}_before": format_time(to_aware(request.date_end)),
            "marketplace_ids": sorted(channels.marketplace_id.mapped("amazon_code")),
        }
        forgotten = (
            request.page_time and request.page_time + TOKEN_LIFE < fields.Datetime.now()
        )
        if query != request.query or forgotten:
            _restart_search(request)
            request.query = query
        return True

    @api.model
    def _store_searched(self, task, request, page):
        """Store a page together with where to go on."""
        numbers = self._store_raw(task, request, page.orders, page.unreadable)
        if request.numbers:
            left = [n for n in request.numbers if n not in numbers]
            request.numbers = left
        request.attempts = 0
        if page.next_token is None:
            self._go_on_with_numbers(request)
            return
        request.write(
            {
                "page_token": page.next_token,
                "page_time": fields.Datetime.now(),
                "seen_tokens": [
                    *(request.seen_tokens or []),
                    digest_token(page.next_token),
                ],
            }
        )
        if request.use_reports and len(request.seen_tokens) >= MAX_PAGES:
            self._share_with_report(request, page)

    @api.model
    def _go_on_with_numbers(self, request):
        if request._get_next(1):
            request.write({"way": "numbers", "page_token": False})
        else:
            self._finish_request(request)

    @api.model
    def _share_with_report(self, request, page):
        """Have a long period fetched from its end, too: `getOrder` has a quota of its
        own.

        A report names the orders, which are read from the newest on, while the search
        goes on from the oldest. Whoever meets the other is done for both.
        """
        task = request.account_id._get_task("order_reports")
        told = [parse_time(raw.get("createdTime")) for raw in page.orders]
        times = [moment for moment in told if moment]
        if not task or request.by != "created" or not times:
            return
        # Out of their order, nobody knows how far the search has come.
        is_sorted = times == sorted(times)
        position = to_naive(times[-1]) if is_sorted else request.date_start
        request.use_reports = False
        request.beside_id = request.create(
            {
                "task_id": task.id,
                "channel_ids": [(6, 0, request.channel_ids.ids)],
                "run_id": request.run_id.id,
                "trigger": request.trigger,
                "way": "report",
                "by": request.by,
                "date_start": request.date_start,
                "date_end": request.date_end,
                "position": position.replace(microsecond=0),
                "beside_id": request.id,
            }
        )
        self.env["amazon.sync.order_reports"]._wake_fetch()

    @api.model
    def _recover_search(self, task, request, orders, included_data, error):
        """Find out what a 400 means: a stale page token, or a refused block.

        :raises AmazonError: when it is no refused block
        """
        if request.page_token:
            self._transact_leased(task, partial(_restart_search, request))
            raise _forgotten_page()
        query = request.query
        page = self._find_refused(task, orders, query, included_data, error)
        if page:
            store = partial(self._store_searched, task, request, page)
            self._transact_leased(task, store)

    @api.model
    def _narrow_search(self, task, request, orders, error):
        """Leave out the marketplaces that Amazon denies.

        :raises AccessDeniedError: when nothing is left
        """
        query = request.query
        arguments = _search_arguments(query)
        marketplaces = arguments.pop("marketplace_ids")
        allowed, denied = self._call(
            task, lambda: split_denied(orders, marketplaces, **arguments)
        )
        if not allowed or not denied:
            raise error

        def narrow():
            lost = request.channel_ids.filtered(
                lambda c: c.marketplace_id.amazon_code in denied
            )
            request.channel_ids -= lost
            self.env["amazon.sync.record"].create(
                [
                    {
                        "run_id": request.run_id.id,
                        "name": channel.name,
                        "outcome": "failed",
                        "reason": tell(self.env, error),
                    }
                    for channel in lost
                ]
            )

        self._transact_leased(task, narrow)

    @api.model
    def _step_numbers(self, task, request, client, deadline):
        """Read the next few orders by their numbers."""
        orders = Orders(client)
        if request.beside_id:
            self._transact_leased(task, partial(self._pass_over, request))
        numbers = request._get_next(CHUNK)
        included_data = self._get_included_data(task.account_id)
        found, refused, problem = [], [], None
        for number in numbers:
            try:
                found.append(
                    self._call(task, lambda n=number: orders.get(n, included_data))
                )
            except (ThrottledError, AuthorizationError) as error:
                problem = error
                break
            except (ProtocolError, TransientError) as error:
                # It says nothing of the order, unless it always comes.
                garbled = isinstance(error, ProtocolError)
                tries = GARBLED_TRIES if garbled else MAX_ATTEMPTS
                if found or refused or request.attempts + 1 < tries:
                    problem = error
                    break
                refused.append((number, error))
            except AmazonError as error:
                refused.append((number, error))
            if time.monotonic() > deadline:
                break
        self._call_about_refused(task, orders, included_data, refused)
        if found or refused:
            store = partial(self._store_numbers, task, request, found, refused)
            self._transact_leased(task, store)
        if problem:
            raise problem
        if not numbers:
            self._transact_leased(task, partial(self._finish_request, request))

    @api.model
    def _pass_over(self, request):
        """Leave out what the search beside, or the schedule, has brought meanwhile."""
        came = [
            ("account_id", "=", request.account_id.id),
            ("create_date", ">=", request.create_date),
        ]
        Order = self.env["amazon.order"].sudo()
        coming = [("order_number", "in", request._get_next(CHUNK))]
        if not Order.search_count([*came, *coming], limit=1):
            return
        left = request._get_left()
        found = Order.search_fetch(came, ["order_number", "asked_for"])
        here = {order.order_number for order in found}
        # The schedule may have passed over what it brought, for its age.
        unasked = found.filtered(lambda order: not order.asked_for)
        self._admit(
            request.account_id,
            set(left) & set(unasked.mapped("order_number")),
            request.trigger,
            request.run_id,
        )
        values = {"numbers": [one for one in left if one not in here]}
        request.write({**values, "number_count": 0})

    @api.model
    def _call_about_refused(self, task, orders, included_data, refused):
        """Find out whether a 400 is about a block instead of the order.

        :raises TransientError: when it is; the orders are read again without it
        :raises AmazonError: when it cannot be found out now
        """
        for number, error in refused:
            if not isinstance(error, BadRequestError):
                continue
            try:
                blocks = self._call(
                    task,
                    lambda n=number: probe_included_data(orders, n, included_data),
                )
            except (ThrottledError, TransientError, AuthorizationError):
                raise
            except AmazonError:
                # It is the order: told in the history by the caller.
                continue
            if blocks:
                self._transact_leased(
                    task, lambda b=blocks: self._remember_refused(task.account_id, b)
                )
                raise TransientError(
                    "Amazon refuses some data; asked again without it",
                    operation="getOrder",
                )

    @api.model
    def _store_numbers(self, task, request, raw_orders, refused):
        calls = len(raw_orders) + len(refused)
        self._store_raw(task, request, raw_orders, calls=calls)
        numbers = [number for number, _error in refused]
        known = self.env["amazon.order"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("order_number", "in", numbers),
            ]
        )
        self._close_unknown(known, dict(refused))
        by_number = {order.order_number: order.id for order in known}
        self.env["amazon.sync.record"].create(
            [
                {
                    "run_id": request.run_id.id,
                    "amazon_order_id": by_number.get(number),
                    "name": number,
                    "outcome": "failed",
                    "reason": self._explain_refused(error),
                }
                for number, error in refused
            ]
        )
        request.number_count += len(raw_orders) + len(refused)
        request.attempts = 0
        if not request._get_next(1):
            self._finish_request(request)

    @api.model
    def _explain_refused(self, error):
        if isinstance(error, NotFoundError):
            return self.env._("Amazon does not know this order.")
        return tell(self.env, error)

    @api.model
    def _close_unknown(self, orders, errors):
        """A pending order that Amazon has forgotten will never come."""
        for order in orders.filtered(lambda order: order.state == "pending"):
            error = errors[order.order_number]
            if isinstance(error, NotFoundError):
                reason = self._explain_refused(error)
                order.write({"state": "skipped", "reason": reason})

    @api.model
    def _store_raw(self, task, request, raw_orders, unreadable=0, calls=1):
        """Put orders into the inbox for the request's run.

        :return: the set of their numbers
        """
        run = request.run_id
        run.message = False
        self._store_orders(task.account_id, run, raw_orders, unreadable, calls)
        numbers = {raw.get("orderId") for raw in raw_orders}
        self._admit(task.account_id, numbers, request.trigger, run)
        return numbers

    @api.model
    def _admit(self, account, numbers, trigger, run):
        """Have orders applied that a user asked for, whatever became of them before.

        What was passed over because it is older than the channel's start comes in as
        history; what failed, is held or frozen is tried again.
        """
        if trigger not in BY_HAND:
            return
        asked_for = {"period": "period", "recover": "number"}.get(trigger)
        Order = self.env["amazon.order"].sudo()
        orders = Order.search(
            [
                ("seller_id", "=", account.seller_id),
                ("order_number", "in", list(numbers)),
                ("state", "not in", ("applied", "cancelled")),
            ]
        )
        vals = {"to_apply": True, "attempts": 0, "retry_at": False, "run_id": run.id}
        if asked_for:
            vals["asked_for"] = asked_for
        orders.write(vals)
        if orders:
            self._wake_apply()

    _slowest_operation = SEARCH_ORDERS

    # ------------------------------------------------------------------
    # Periods
    # ------------------------------------------------------------------

    @api.model
    def _takes_periods(self):
        return True

    @api.model
    def _explain_period(self):
        return self.env._(
            "Orders placed on these days, in the marketplace's time zone. Orders from "
            "before the channel's start date come in as history and do not move stock."
        )

    @api.model
    def _request_period(self, task, channels, start, end):
        """Have the orders placed in a period fetched, apart from the schedule."""
        end = min(end, fields.Datetime.now() - SETTLED)
        # A period that has only just begun would end before it starts.
        start = min(start, end - timedelta(minutes=1))
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
        calls, seconds = (slices + missing, report) if by_report else (pages, search)
        if pages > MAX_PAGES and not by_report:
            calls, seconds = _estimate_shared(records)
        return {
            "records": records,
            "calls": calls,
            "seconds": round(seconds),
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
                    "There is nothing to fetch again: this run has no records with an "
                    "order. Sync the period manually instead."
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
        return sorted({*orders.mapped("order_number"), *named.mapped("name")})

    # ------------------------------------------------------------------
    # One order by its number
    # ------------------------------------------------------------------

    @api.model
    def _recover(self, task, number, user):
        """Read, store and apply an order.

        :return: the run of the history, and the ``amazon.order``
        :raises UserError: with the reason in words
        """
        account = task.account_id
        # A user's word is newer than what Amazon refused: it is asked once more.
        included = self._get_included_data(account, believe=False)
        raw = _read_order(account, number, included)
        run = self._start_run(
            task,
            account.channel_ids.browse(),
            trigger="recover",
            user_id=user.id,
        )
        result = self._store_orders(account, run, [raw])
        if result.unreadable:
            raise UserError("\n".join(result.unreadable))
        self._admit(account, {number}, "recover", run)
        order = self.env["amazon.order"]._find_by_number(account, number)
        run.channel_ids = order.channel_id
        self.env.flush_all()
        if order.to_apply and order._lock_for_apply():
            self._apply_batch(order, last_try=True)
        run._finish("done")
        return run, order


def _estimate_shared(records):
    """(calls, seconds) of a period that search and report share.

    See :meth:`AmazonSyncOrders._share_with_report`.
    """
    rest = records - MAX_PAGES * PAGE_SIZE
    seconds = rest / (SEARCH_ORDERS.rate * PAGE_SIZE + GET_ORDER.rate)
    pages = MAX_PAGES + math.ceil(seconds * SEARCH_ORDERS.rate)
    return pages + round(seconds * GET_ORDER.rate) + 1, pages + seconds


def _restart_search(request):
    request.write({"page_token": False, "page_time": False, "seen_tokens": False})


def _read_order(account, number, included_data):
    """The order as Amazon's JSON; a function, because that names the buyer.

    :raises UserError: with the reason in words
    """
    try:
        with open_client(account, "user") as client:
            return Orders(client).get(number, included_data)
    except NotFoundError:
        reason = account.env._(
            "Amazon does not know order %(number)s of account %(account)s. Check the "
            "number and whether it belongs to another account.",
            number=number,
            account=account.name,
        )
    except AmazonError as error:
        reason = account._explain_error(error)
    raise UserError(reason)
