# SPDX-License-Identifier: LGPL-3.0-or-later
import time

from odoo import api, fields, models

from ...sp_api import (
    ESSENTIAL_DATA,
    INCLUDED_DATA,
    AccessDeniedError,
    parse_time,
    probe_included_data,
    split_denied,
)
from ..engine.base import NO_WINDOW
from .fetch import DENIED_ALERT, _forgotten_page, _search_arguments

# Of these two nothing is read.
WANTED_DATA = tuple(
    name for name in INCLUDED_DATA if name not in ("EXPENSE", "FULFILLMENT_ORDERS")
)
REFUSAL_HOURS = 24
ESSENTIAL_REFUSAL_HOURS = 1


class AmazonSyncOrders(models.AbstractModel):
    """Refusals: blocks and marketplaces that Amazon does not let an account have.

    A refused block is left out for a day, a denied marketplace out of the window; the
    rest goes on.
    """

    _inherit = "amazon.sync.orders"

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
                "authorise it again.",
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
            lambda c: c.channel_id.marketplace_id.marketplace_id in denied
        )
        lost.channel_id.error_message = self.env._(
            "Amazon denies this marketplace: %(reason)s Check that the account sells "
            "there and that the application has the role Inventory and Order Tracking.",
            reason=str(error),
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
            run._finish("failed", str(error))
        self._release_cursors(lost)
        if left:
            run.channel_ids = left.channel_id
            left.query = {
                **left[0].query,
                "marketplace_ids": sorted(
                    left.channel_id.marketplace_id.mapped("marketplace_id")
                ),
            }
            left.write({"page_token": False, "seen_tokens": False})
