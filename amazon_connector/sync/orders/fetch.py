# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ...models.account.credentials import open_client
from ...sp_api import (
    ESSENTIAL_DATA,
    INCLUDED_DATA,
    AccessDeniedError,
    BadRequestError,
    Orders,
    ProtocolError,
    TransientError,
    format_time,
    parse_time,
    probe_included_data,
    split_denied,
)
from ...tools.cron import wake
from ...tools.error_words import tell
from ...tools.times import to_aware, to_naive
from ..engine.base import NO_WINDOW, digest_token

OVERLAP = timedelta(minutes=5)

NEARLY_EQUAL = timedelta(hours=1)

DENIED_ALERT = "marketplace denied"

TOKEN_LIFE = timedelta(hours=23)

# Of these two nothing is read.
WANTED_DATA = tuple(
    name for name in INCLUDED_DATA if name not in ("EXPENSE", "FULFILLMENT_ORDERS")
)

REFUSAL_HOURS = 24

ESSENTIAL_REFUSAL_HOURS = 1

PATIENCE = timedelta(days=7)

LIMIT = 50


class AmazonSyncOrders(models.AbstractModel):
    """Fetch: one search serves all channels of an account that are equally far.

    A window is open while its cursors hold a ``query``; they share the ``run_id``.
    Source: Amazon's ``searchOrders`` (Orders API 2026-01-01).
    """

    _inherit = "amazon.sync.orders"

    @api.model
    def _fetch(self, task, deadline):
        with open_client(task.account_id, self._get_purpose(task)) as client:
            orders = Orders(client)
            while cursors := self._transact_leased(
                task, partial(self._get_window, task)
            ):
                if not self._fetch_ahead(task, cursors, orders):
                    self._fetch_page(task, cursors, orders)
                if time.monotonic() > deadline:
                    return False
        self._transact_leased(task, partial(self._plan_reread, task))
        return True

    @api.model
    def _get_purpose(self, task):
        return "user" if task.trigger == "manual" else "live"

    @api.model
    def _get_window(self, task):
        """The cursors of the open window; a new one is opened when one is due.

        :return: empty when every channel is up to date
        """
        self._create_missing_cursors(task)
        cursors = task.cursor_ids.filtered("channel_id.active")
        opened = cursors.filtered("query")
        if opened:
            # The history may have dropped the runs of several windows.
            first = opened[0]
            window = opened.filtered(
                lambda c: c.run_id == first.run_id and c.query == first.query
            )
            return self._renew_window(task, window)
        due = cursors.filtered(
            lambda c: not c.completed_at or c.completed_at < task.next_run
        )
        if not due:
            return due
        start = min(due.mapped("watermark"))
        window = due.filtered(lambda c: c.watermark <= start + NEARLY_EQUAL)
        return self._open_window(task, window)

    @api.model
    def _get_first_watermark(self, channel):
        return channel.order_start_date

    @api.model
    def _open_window(self, task, cursors):
        start = min(cursors.mapped("watermark"))
        channels = cursors.channel_id
        cursors.run_id.filtered(lambda run: run.state == "running")._finish(
            "failed",
            self.env._(
                "Amazon no longer knows the page, so the period is read again from "
                "the start."
            ),
        )
        run = self._start_run(task, channels, window_start=start)
        cursors.write(
            {
                **NO_WINDOW,
                "run_id": run.id,
                "query": {
                    "last_updated_after": format_time(to_aware(start)),
                    "marketplace_ids": sorted(
                        channels.marketplace_id.mapped("amazon_code")
                    ),
                },
            }
        )
        return cursors

    @api.model
    def _renew_window(self, task, cursors):
        """Make the window of a killed or failed run usable again."""
        page_time = cursors[0].page_time
        if page_time and page_time + TOKEN_LIFE < fields.Datetime.now():
            # Amazon has forgotten the page token.
            return self._open_window(task, cursors)
        if cursors.run_id.state != "running":
            cursors.run_id = self._start_run(
                task,
                cursors.channel_id,
                window_start=self._get_window_start(cursors[0]),
                trigger="resume",
            )
        return cursors

    @api.model
    def _get_window_start(self, cursor):
        """Where the open window begins (naive UTC), whatever became of its run."""
        return to_naive(parse_time(cursor.query["last_updated_after"]))

    @api.model
    def _fetch_page(self, task, cursors, orders):
        """Fetch and store one page of the open window."""
        query, token = cursors[0].query, cursors[0].page_token or None
        included_data = self._get_included_data(task.account_id)
        try:
            page = self._search_page(task, orders, query, token, included_data)
        except BadRequestError as error:
            self._recover_bad_request(task, cursors, orders, included_data, error)
        except AccessDeniedError as error:
            self._isolate_denied(task, cursors, orders, error)
        else:
            self._refuse_known_token(task, cursors, page.next_token)
            self._transact_leased(
                task, lambda: self._store_fetched(task, cursors, page)
            )

    @api.model
    def _search_page(self, task, orders, query, page_token, included_data):
        """One page of a search (``searchOrders``)."""
        return self._call(
            task,
            lambda: orders.search(
                **_search_arguments(query),
                included_data=included_data,
                pagination_token=page_token,
            ),
        )

    @api.model
    def _store_orders(self, account, run, raw_orders, unreadable=0, calls=1):
        """Put what Amazon told into the inbox, count it, and have it applied.

        :param unreadable: how many entries beside were no orders
        :param calls: in how many calls Amazon told it
        :return: :class:`~..models.order.amazon_order_inbox.PageResult`
        """
        result = self.env["amazon.order.inbox"]._store_page(account, raw_orders, run)
        run.write(
            {
                "page_count": run.page_count + calls,
                "seen_count": run.seen_count + result.seen,
                "unchanged_count": run.unchanged_count + result.unchanged,
            }
        )
        self._record_unreadable(run, result.unreadable, unreadable)
        if result.changed:
            self._wake_apply()
        run._tell_progress()
        return result

    @api.model
    def _wake_apply(self):
        wake(self.env, "ir_cron_orders_apply")

    @api.model
    def _store_fetched(self, task, cursors, page):
        run = cursors.run_id
        self._store_orders(task.account_id, run, page.orders, page.unreadable)
        if page.next_token is None:
            self._close_window(cursors, page.last_updated_before)
        else:
            self._turn_page(cursors, page.next_token)

    @api.model
    def _turn_page(self, cursors, next_token):
        """Remember where to go on."""
        cursors.write(
            {
                "page_token": next_token,
                "page_time": fields.Datetime.now(),
                "seen_tokens": [
                    *(cursors[0].seen_tokens or []),
                    digest_token(next_token),
                ],
            }
        )

    @api.model
    def _refuse_known_token(self, task, cursors, next_token):
        """A page token that comes again leads nowhere: the window starts again.

        :raises ProtocolError: when Amazon gave this token before
        """
        if next_token and digest_token(next_token) in (cursors[0].seen_tokens or []):
            self._transact_leased(task, lambda: cursors.write(NO_WINDOW))
            raise _repeated_page()

    @api.model
    def _close_window(self, cursors, last_updated_before):
        """The last page is in: move the watermarks to Amazon's own cut."""
        run = cursors.run_id
        cut = last_updated_before or to_aware(run.started_at)
        watermark = to_naive(cut) - OVERLAP
        cursors.channel_id.filtered("error_message").error_message = False
        account = run.account_id
        if not any(account.channel_ids.mapped("error_message")):
            account._clear_alert(DENIED_ALERT)
        run.window_end = watermark + OVERLAP
        run._finish("done")
        run._tell_progress()
        self._release_cursors(cursors)
        self.env["amazon.sync.order_reports"]._wake(account)
        for cursor in cursors:
            cursor.watermark = max(cursor.watermark, watermark)

    @api.model
    def _release_cursors(self, cursors):
        cursors.write(
            {**NO_WINDOW, "run_id": False, "completed_at": fields.Datetime.now()}
        )

    @api.model
    def _record_unreadable(self, run, reasons, foreign_count):
        foreign = self.env._("An entry of the page is not an order.")
        reasons = [*reasons, *[foreign] * foreign_count]
        self.env["amazon.sync.record"].create(
            [
                {"run_id": run.id, "name": "?", "outcome": "failed", "reason": reason}
                for reason in reasons
            ]
        )

    # ------------------------------------------------------------------
    # What Amazon refuses
    # ------------------------------------------------------------------

    @api.model
    def _forget_waits(self, task):
        """Orders that could not be applied are tried again."""
        result = super()._forget_waits(task)
        waiting = self.env["amazon.order"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("to_apply", "=", True),
                ("retry_at", ">", fields.Datetime.now()),
            ]
        )
        if waiting:
            waiting.retry_at = False
            self._wake_apply()
        return result

    @api.model
    def _get_included_data(self, account, believe=True):
        """The blocks to ask for: those wanted, less those refused recently.

        :param believe: False asks for the essential ones whatever was refused
        :raises AmazonError: when a block is refused without which nothing can be
            applied
        """
        refused = {
            name
            for name, until in (account.refused_data or {}).items()
            if until > time.time()
        }
        missing = refused & set(ESSENTIAL_DATA)
        if not believe:
            refused -= missing
        elif missing:
            raise AccessDeniedError(
                f"Amazon refuses {', '.join(sorted(missing))}; without it no order can "
                "be applied",
                operation="searchOrders",
                advice="Check the roles of the application in Seller Central, then "
                "authorize it again.",
            )
        return tuple(name for name in WANTED_DATA if name not in refused)

    @api.model
    def _recover_bad_request(self, task, cursors, orders, included_data, error):
        """Find out what a 400 means: a stale page token, or a refused block.

        :raises AmazonError: when it is no refused block
        """
        if cursors[0].page_token:
            # A failure, so that a token that is always refused is not tried for ever.
            self._transact_leased(task, lambda: cursors.write(NO_WINDOW))
            raise _forgotten_page()
        # Read before the call: inside it, no transaction may be open.
        query = cursors[0].query
        page = self._find_refused(task, orders, query, included_data, error)
        if page:
            self._transact_leased(
                task, lambda: self._store_fetched(task, cursors, page)
            )

    @api.model
    def _find_refused(self, task, orders, query, included_data, error):
        """Find the blocks that Amazon refuses; the next try leaves them out.

        :return: the page of the search without blocks if it holds no order that could
            be asked about: it is complete, and nothing is missing in it
        :raises BadRequestError: when no block is at fault
        """
        page, refused = self._call(
            task, lambda: self._probe(orders, query, included_data)
        )
        if refused:
            self._transact_leased(
                task, lambda: self._remember_refused(task.account_id, refused)
            )
            return None
        if page.orders or page.unreadable or page.next_token:
            raise error
        return page

    @staticmethod
    def _probe(orders, query, included_data):
        """The first order of a search, and which blocks Amazon refuses of it."""
        page = orders.search(**_search_arguments(query), page_size=1)
        if not page.orders:
            return page, frozenset()
        order_id = page.orders[0]["orderId"]
        return page, probe_included_data(orders, order_id, included_data)

    @api.model
    def _remember_refused(self, account, refused):
        now = time.time()
        hours = {
            name: ESSENTIAL_REFUSAL_HOURS if name in ESSENTIAL_DATA else REFUSAL_HOURS
            for name in refused
        }
        known = account.refused_data or {}
        account.refused_data = {
            **{name: until for name, until in known.items() if until > now},
            **{name: now + hours[name] * 3600 for name in refused},
        }

    @api.model
    def _isolate_denied(self, task, cursors, orders, error):
        """Leave out the marketplaces that Amazon denies; the others go on.

        :raises AccessDeniedError: when the account has no other
        """
        query = cursors[0].query
        _allowed, denied = self._call(
            task,
            lambda: split_denied(
                orders,
                query["marketplace_ids"],
                last_updated_after=parse_time(query["last_updated_after"]),
            ),
        )
        if not denied:
            raise error
        self._transact_leased(
            task, lambda: self._mark_denied(task, cursors, denied, error)
        )
        if all(task.account_id.channel_ids.mapped("error_message")):
            raise error

    @api.model
    def _mark_denied(self, task, cursors, denied, error):
        lost = cursors.filtered(
            lambda c: c.channel_id.marketplace_id.amazon_code in denied
        )
        lost.channel_id.error_message = self.env._(
            "Amazon denies this marketplace: %(reason)s Check that the account sells "
            "there and that the application has the role Inventory and Order Tracking.",
            reason=tell(self.env, error),
        )
        task.account_id._raise_alert(
            self.env._("Amazon denies a marketplace"),
            ", ".join(
                task.account_id.channel_ids.filtered("error_message").mapped("name")
            ),
            key=DENIED_ALERT,
        )
        left = cursors - lost
        run = cursors.run_id
        if not left:
            run._finish("failed", tell(self.env, error))
        self._release_cursors(lost)
        if left:
            run.channel_ids = left.channel_id
            left.query = {
                **left[0].query,
                "marketplace_ids": sorted(
                    left.channel_id.marketplace_id.mapped("amazon_code")
                ),
            }
            left.write({"page_token": False, "seen_tokens": False})

    # ------------------------------------------------------------------
    # Pending for long
    # ------------------------------------------------------------------

    @api.model
    def _plan_reread(self, task):
        """Want the longest pending orders of an account read again."""
        now = fields.Datetime.now()
        pending = self.env["amazon.order"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "=", "pending"),
                ("to_apply", "=", False),
                ("purchase_time", "<", now - PATIENCE),
                "|",
                ("read_at", "=", False),
                ("read_at", "<", now - PATIENCE),
            ],
            order="read_at, id",
            limit=LIMIT,
        )
        if pending:
            pending.read_at = now
            self.env["amazon.sync.request"]._open(
                task,
                pending.channel_id,
                "schedule",
                "numbers",
                numbers=pending.mapped("order_number"),
            )


def _search_arguments(query):
    """The arguments of a search from how a cursor or a request keeps them."""
    return {
        name: value if name == "marketplace_ids" else parse_time(value)
        for name, value in query.items()
    }


def _forgotten_page():
    return TransientError(
        "Amazon no longer knows the page; the search starts again",
        operation="searchOrders",
    )


def _repeated_page():
    return ProtocolError(
        "Amazon gave the same page again instead of the next one",
        operation="searchOrders",
    )
