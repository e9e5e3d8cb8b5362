# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta, timezone
from functools import partial

from odoo import api, fields, models

from ...sp_api import (
    OrderAcknowledgement,
    OrderCancellation,
    UnitsCancellation,
    acknowledgement_feed,
    adjustment_feed,
)
from ...tools.error_words import explain
from .kind import FEED_TYPES

BATCH = 1000
UNKNOWN_PAUSE = timedelta(minutes=10)
# Of what proves never to have arrived.
ABSENT_PAUSE = timedelta(minutes=1)
MAX_ATTEMPTS = 5
REFUSED_MINUTES = (1, 5, 30, 120, 480)


class AmazonSyncCancellations(models.AbstractModel):
    """Sending: waiting rows go to Amazon in one feed of each type.

    A feed is remembered before Amazon is called. What has no answer is not sent again
    unseen: Amazon's feeds or the order are read first, and units are cancelled once
    more on a user's word only.
    """

    _inherit = "amazon.sync.cancellations"

    @api.model
    def _send(self, task, feeds, feed_type):
        """Send what waits for a feed of this type, if anything does."""
        prepared = self._transact_leased(
            task, partial(self._prepare_feed, task, feed_type)
        )
        if not prepared:
            return
        feed, marketplaces, document = prepared
        self._submit_feed(task, feeds, feed, marketplaces, document)

    @api.model
    def _prepare_feed(self, task, feed_type):
        """Mark what waits as sent, and write it down for Amazon.

        :return: the feed, its marketplaces and its document; None when nothing waits
        """
        kinds = [kind for kind, name in FEED_TYPES.items() if name == feed_type]
        rows = self._find_rows(
            task,
            ("state", "=", "waiting"),
            ("kind", "in", kinds),
            ("uncertain", "=", False),
            "|",
            ("retry_at", "=", False),
            ("retry_at", "<=", fields.Datetime.now()),
        )[:BATCH]
        if not rows:
            return None
        channels = rows.channel_id
        run = self._start_run(task, channels, seen_count=len(rows))
        feed = self.env["amazon.feed"]._want(
            task.account_id, feed_type, channels, len(rows), run
        )
        for number, row in enumerate(rows, start=1):
            row.message_number = number
        rows.write(
            {
                "state": "sent",
                "feed_id": feed.id,
                "sent_at": fields.Datetime.now(),
                "accepted_at": False,
                "retry_at": False,
                "reason": False,
            }
        )
        marketplaces = sorted(channels.marketplace_id.mapped("amazon_code"))
        return feed, marketplaces, self._prepare_document(task, feed_type, rows)

    @api.model
    def _prepare_document(self, task, feed_type, rows):
        """The pieces of a feed's document, as bytes."""
        seller_id = task.account_id.seller_id
        messages = [(row.message_number, self._prepare_message(row)) for row in rows]
        write = adjustment_feed
        if feed_type == FEED_TYPES["cancel"]:
            write = acknowledgement_feed
        return list(write(seller_id, messages))

    @api.model
    def _prepare_message(self, row):
        """Hook: what one row tells Amazon."""
        order = row.order_id
        number, own_number = order.order_number, order.sale_order_id.name or ""
        if row.kind == "acknowledge":
            return OrderAcknowledgement(number, own_number)
        if row.kind == "cancel":
            # A failure that names no item cancels nothing.
            items = tuple(order.line_ids.mapped("order_item_id"))
            return OrderCancellation(number, items, row.reason_code, own_number)
        units = tuple(
            (line.order_line_id.order_item_id, line.quantity) for line in row.line_ids
        )
        return UnitsCancellation(number, units, row.reason_code)

    # ------------------------------------------------------------------
    # What did not get there
    # ------------------------------------------------------------------

    @api.model
    def _find_sent(self, feed):
        return self.env["amazon.cancellation"].search(
            [("feed_id", "=", feed.id), ("state", "=", "sent")]
        )

    @api.model
    def _undo_feed(self, feed, error=None):
        """Override: its rows wait on, and it never was.

        That it did not get there is no answer of Amazon, and no reason for longer and
        longer pauses.
        """
        for row in self._find_sent(feed):
            row.write(
                {
                    "state": "waiting",
                    "sent_at": False,
                    "feed_id": False,
                    "reason": explain(self.env, error) if error else False,
                    "retry_at": self._get_next_try(row, error),
                }
            )
        feed.run_id.unlink()
        feed.unlink()

    @api.model
    def _get_next_try(self, row, error):
        """When a row leaves again whose feed Amazon did not take; counts refusals."""
        if error is None:
            return fields.Datetime.now() + ABSENT_PAUSE
        if error.retry_at:
            moment = datetime.fromtimestamp(error.retry_at, timezone.utc)
            return moment.replace(tzinfo=None, microsecond=0)
        step = min(row.attempts, len(REFUSED_MINUTES) - 1)
        row.attempts += 1
        return fields.Datetime.now() + timedelta(minutes=REFUSED_MINUTES[step])

    @api.model
    def _lose_feed(self, feed, reason):
        """Override: nobody knows which messages of the feed Amazon carried out."""
        for row in self._find_sent(feed):
            if row.kind == "adjust" or row.attempts >= MAX_ATTEMPTS:
                row._refuse("failed", self._explain_lost(row, reason))
                continue
            row.write(
                {
                    "state": "waiting",
                    "attempts": row.attempts + 1,
                    "uncertain": row.kind == "cancel",
                    "reason": reason,
                    "retry_at": fields.Datetime.now() + UNKNOWN_PAUSE,
                }
            )
        feed._settle("failed", reason)
        feed.run_id._finish("failed", reason)

    @api.model
    def _explain_lost(self, row, reason):
        if row.kind == "adjust":
            return self.env._(
                "%s It may have cancelled these units anyway. Check the order in "
                "Seller Central, and press Send Again only if they are still ordered.",
                reason,
            )
        return self.env._("%s Check the order in Seller Central.", reason)
