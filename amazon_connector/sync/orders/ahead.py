# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models

from ...sp_api import (
    AccessDeniedError,
    BadRequestError,
    ProtocolError,
    TransientError,
    format_time,
    parse_time,
)
from ...tools.times import to_aware
from .fetch import OVERLAP
from .requests import MAX_PAGES

LONG = timedelta(days=1)


class AmazonSyncOrders(models.AbstractModel):
    """Fetch ahead: what changes now does not wait behind a long window.

    The first sync of a shop, or one after days on hold, has more pages than Amazon
    grants in an hour, and the oldest change comes first. Of two pages one is of the
    newest changes then, if there are any. The window itself stays as it was: its
    watermark moves when its own last page is in.
    """

    _inherit = "amazon.sync.orders"

    @api.model
    def _fetch_ahead(self, task, cursors, orders):
        """Fetch and store a page of the newest changes, if one is due.

        :return: whether that was tried
        """
        ahead = self._get_ahead(cursors[0])
        if not ahead:
            return False
        query = {**cursors[0].query, "last_updated_after": ahead["after"]}
        included_data = self._get_included_data(task.account_id)
        try:
            page = self._search_page(task, orders, query, ahead["token"], included_data)
        except (AccessDeniedError, BadRequestError, TransientError, ProtocolError):
            # The window's next page finds out what is wrong, if it concerns both.
            page = None
        self._transact_leased(task, lambda: self._store_ahead(cursors, ahead, page))
        return True

    @api.model
    def _get_ahead(self, cursor):
        """Where the search for the newest changes goes on; None: it is not its turn.

        :rtype: dict of ``after``, ``token``, ``due`` (times as Amazon writes them) and
            ``pages``, how many the window had had before the last one of this search
        """
        now = fields.Datetime.now()
        pages = len(cursor.seen_tokens or ())
        if pages < MAX_PAGES or self._get_window_start(cursor) > now - LONG:
            return None
        start = format_time(to_aware(now - LONG))
        ahead = cursor.ahead or {"after": start, "token": None, "due": start}
        if pages == ahead.get("pages") or parse_time(ahead["due"]) > to_aware(now):
            return None
        return ahead

    @api.model
    def _store_ahead(self, cursors, ahead, page):
        """Store a page of the newest changes together with where to go on.

        :param page: None: Amazon gave none, perhaps because it forgot the token; it is
            asked again when the next poll would be due
        """
        run = cursors.run_id
        following = {**ahead, "token": None, "pages": len(cursors[0].seen_tokens)}
        if page:
            self._store_orders(run.account_id, run, page.orders, page.unreadable)
            if page.next_token != ahead["token"]:
                following["token"] = page.next_token
        if not page or not page.next_token:
            interval = timedelta(minutes=run.task_id.interval_minutes)
            following["due"] = format_time(to_aware(fields.Datetime.now() + interval))
            if page and page.last_updated_before:
                following["after"] = format_time(page.last_updated_before - OVERLAP)
        cursors.ahead = following
