# SPDX-License-Identifier: LGPL-3.0-or-later
"""Quantities that leave in bulk: one feed instead of thousands of calls."""

from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.amazon_stock_level_send import LOOK_AGAIN, REJECTED_AGAIN
from ..sp_api import (
    PATCH_LISTING,
    AmazonError,
    BadRequestError,
    NotFoundError,
    ProtocolError,
)
from ..sp_api.listing_feed import (
    CONTENT_TYPE,
    FEED_TYPE,
    MAX_MESSAGES,
    QuantityChange,
    listing_feeds,
    read_report,
)
from ..tools.times import to_aware

# Until the last quantity of a feed is for sale, mostly; see docs/operations.md.
FEED_SECONDS = 300
# What leaves faster one by one, at the pace that Amazon grants.
FEED_FROM = int(PATCH_LISTING.rate * FEED_SECONDS)
FEED_PAUSE = timedelta(minutes=20)
PATIENCE = timedelta(hours=2)
CLOCK_MARGIN = timedelta(minutes=5)
ALERT = "stock feed"


class AmazonSyncStock(models.AbstractModel):
    """Source: JSON_LISTINGS_FEED (Feeds API 2021-06-30); messages bear level ids.

    A level that changes while its feed is at Amazon leaves one by one; as Amazon may
    work on the feed later, it leaves once more when the feed is settled.
    """

    _inherit = "amazon.sync.stock"

    @api.model
    def _find_feeds(self, account):
        """The feeds of quantities that are on their way."""
        return self.env["amazon.feed"]._find_open(account, [FEED_TYPE])

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    @api.model
    def _send_feeds(self, task, feeds):
        channels = self._transact_leased(task, partial(self._find_bulky, task))
        for channel in channels:
            self._send_feed(task, channel, feeds)

    @api.model
    def _find_bulky(self, task):
        """Channels with so much to send that a feed is faster, and had none lately."""
        groups = self.env["amazon.stock.level"]._read_group(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "=", "to_send"),
                ("to_compute", "=", False),
            ],
            ["channel_id"],
            having=[("__count", ">=", FEED_FROM)],
        )
        recent = self.env["amazon.feed"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("feed_type", "=", FEED_TYPE),
                "|",
                ("create_date", ">", fields.Datetime.now() - FEED_PAUSE),
                ("state", "in", ("wanted", "submitted")),
            ]
        )
        return (
            self.env["amazon.channel"].union(*(channel for (channel,) in groups))
            - recent.channel_ids
        )

    @api.model
    def _send_feed(self, task, channel, feeds):
        feed, changes = self._transact_leased(
            task, partial(self._want_feed, task, channel)
        )
        if not changes:
            return
        seller_id = task.account_id.seller_id
        marketplace = channel.marketplace_id.marketplace_id
        document = next(listing_feeds(seller_id, changes))

        def submit():
            return feeds.submit(
                FEED_TYPE, [marketplace], document.chunks(), CONTENT_TYPE
            )

        try:
            feed_id = self._call(task, submit)
        except AmazonError as error:
            self.env.cr.rollback()
            if not error.outcome_unknown:
                reason = error.explanation
                self._transact_leased(task, partial(self._drop_feed, feed, reason))
            raise
        self._transact_leased(
            task, partial(self._note_submitted, feed, feed_id, document.message_ids)
        )

    @api.model
    def _want_feed(self, task, channel):
        """Write down what is about to leave, before Amazon is called.

        :return: the feed, and what it is to hold; nothing if all turned meanwhile
        """
        levels = self._find_to_send(task.account_id, MAX_MESSAGES, channel)
        if not levels:
            return self.env["amazon.feed"], []
        feed = self.env["amazon.feed"]._want(
            task.account_id,
            FEED_TYPE,
            channel,
            len(levels),
            self._start_run(task, channel),
        )
        changes = [QuantityChange(*row) for row in self._read_changes(levels)]
        self.env["amazon.stock.level"]._note_sent(
            [(one.message_id, one.quantity, one.handling_days or 0) for one in changes],
            "feed",
            feed,
        )
        return feed, changes

    @api.model
    def _read_changes(self, levels):
        return self.env.execute_query(
            SQL(
                """
                SELECT level.id, level.seller_sku, level.quantity,
                       NULLIF(level.handling_days, 0), listing.product_type
                  FROM amazon_stock_level level
                  JOIN amazon_listing listing
                    ON listing.stock_level_id = level.id
                   AND listing.channel_id = level.channel_id
                 WHERE level.id = ANY(%s)
              ORDER BY level.id
                """,
                list(levels._ids),
            )
        )

    @api.model
    def _note_submitted(self, feed, feed_id, message_ids):
        feed._mark_submitted(feed_id)
        feed.message_count = len(message_ids)
        feed.run_id.page_count += 1
        # What had no room in the document.
        self._send_again(
            SQL("feed_id = %s AND NOT (id = ANY(%s))", feed.id, list(message_ids))
        )

    @api.model
    def _send_again(self, condition):
        """Have levels that count as sent leave once more, as they are now."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_stock_level
                   SET state = 'to_send', confirmed = FALSE, to_compute = TRUE
                 WHERE state IN ('sent', 'confirmed') AND %s
                """,
                condition,
            )
        )
        self.env["amazon.stock.level"].invalidate_model(flush=False)

    # ------------------------------------------------------------------
    # Following up
    # ------------------------------------------------------------------

    @api.model
    def _advance_feeds(self, task, feeds):
        """Take each feed that is on its way one step further."""
        for feed in self._find_feeds(task.account_id):
            if feed.state == "wanted":
                self._recover_feed(task, feed, feeds)
            elif not feed.next_poll or feed.next_poll <= fields.Datetime.now():
                self._poll_feed(task, feed, feeds)

    @api.model
    def _recover_feed(self, task, feed, feeds):
        """An interrupted worker left it: ask Amazon whether it got there."""
        since = to_aware(feed.create_date - CLOCK_MARGIN)
        marketplaces = feed.channel_ids.marketplace_id.mapped("marketplace_id")
        found = self._call(
            task,
            lambda: feeds.find(
                [FEED_TYPE], created_since=since, marketplace_ids=marketplaces
            ),
        )

        def settle():
            strange = feed._get_strange(task.account_id, found)
            if strange:
                feed._mark_submitted(strange[-1])
            else:
                reason = self.env._(
                    "It was interrupted before it reached Amazon. The quantities of "
                    "now are sent instead."
                )
                self._drop_feed(feed, reason)

        self._transact_leased(task, settle)

    @api.model
    def _poll_feed(self, task, feed, feeds):
        feed_id, is_late = feed.feed_id, _is_late(feed)
        try:
            report, found = self._call(task, partial(_look_at, feeds, feed_id))
        except NotFoundError:
            reason = self.env._("Amazon no longer knows the feed.")
            self._give_up(task, feed, "failed", reason)
            return
        except ProtocolError as error:
            if not is_late:
                raise
            self._give_up(task, feed, "failed", error.explanation)
            return
        if report:
            self._transact_leased(task, partial(self._settle_feed, feed, report))
        elif found.state == "CANCELLED":
            self._give_up(task, feed, "cancelled", self.env._("Amazon cancelled it."))
        elif found.is_over:
            reason = self.env._(
                "Amazon could not work on the feed; some of it may be done."
            )
            self._give_up(task, feed, "failed", reason)
        elif is_late:
            self._call(task, partial(_cancel, feeds, feed_id))
            reason = self.env._(
                "Amazon has not worked on the feed for %s hours.",
                int(PATIENCE.total_seconds() // 3600),
            )
            self._give_up(task, feed, "failed", reason)
        else:
            self._transact_leased(task, feed._postpone)

    @api.model
    def _give_up(self, task, feed, state, reason):
        """What became of its quantities is unknown: those of now are sent."""

        def settle():
            self._drop_feed(feed, reason, state)
            task.account_id._raise_alert(
                self.env._("A feed of quantities failed"),
                self.env._(
                    "%s The quantities of now are sent again by themselves; press "
                    "Feeds in the menu Amazon to see more.",
                    reason,
                ),
                key=ALERT,
            )

        self._transact_leased(task, settle)

    @api.model
    def _drop_feed(self, feed, reason, state="failed"):
        feed._settle(state, reason)
        feed.run_id._finish("failed", reason)
        self._send_again(SQL("feed_id = %s", feed.id))

    # ------------------------------------------------------------------
    # Amazon's report
    # ------------------------------------------------------------------

    @api.model
    def _settle_feed(self, feed, report):
        """Keep what Amazon says of each message."""
        refused = {
            level_id: "\n".join(
                " ".join(filter(None, [one.code and f"{one.code}:", one.message]))
                for one in issues
            )
            for level_id, issues in report.errors.items()
        }
        self._reject_many(feed, refused)
        self._record_feed(feed, refused)
        feed._settle(
            "done",
            "\n".join(one.message for one in report.general if one.message) or False,
            accepted_count=report.accepted,
            rejected_count=report.invalid,
        )
        feed.run_id.seen_count = feed.message_count
        feed.run_id._finish("done")
        feed.account_id._clear_alert(ALERT)
        self._look_soon(feed)
        # Left one by one meanwhile: the feed may have overwritten them.
        self._send_again(SQL("feed_id = %s AND sent_by != 'feed'", feed.id))

    @api.model
    def _reject_many(self, feed, refused):
        now = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_stock_level level
                   SET state = 'rejected', reason = told.reason, confirmed = FALSE,
                       retry_at = %(again)s
                  FROM unnest(%(ids)s::integer[], %(reasons)s::text[])
                    AS told (id, reason)
                 WHERE level.id = told.id AND level.feed_id = %(feed)s
                   AND level.sent_by = 'feed' AND level.state = 'sent'
                """,
                again=now + REJECTED_AGAIN,
                ids=list(refused),
                reasons=list(refused.values()),
                feed=feed.id,
            )
        )

    @api.model
    def _look_soon(self, feed):
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_stock_level
                   SET retry_at = %s
                 WHERE feed_id = %s AND sent_by = 'feed' AND state = 'sent'
                """,
                fields.Datetime.now() + LOOK_AGAIN[0],
                feed.id,
            )
        )
        self.env["amazon.stock.level"].invalidate_model(flush=False)

    @api.model
    def _record_feed(self, feed, refused):
        """A record per SKU, in one statement: there may be 25,000."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO amazon_sync_record (
                       run_id, company_id, name, listing_id, outcome, reason,
                       create_uid, create_date, write_uid, write_date)
                SELECT %(run)s, level.company_id, level.seller_sku, listing.id,
                       CASE WHEN told.id IS NULL THEN 'updated' ELSE 'failed' END,
                       COALESCE(told.reason,
                                replace(%(sent)s, '#', level.sent_quantity::text)),
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM amazon_stock_level level
             LEFT JOIN amazon_listing listing
                    ON listing.stock_level_id = level.id
                   AND listing.channel_id = level.channel_id
             LEFT JOIN unnest(%(ids)s::integer[], %(reasons)s::text[])
                    AS told (id, reason) ON told.id = level.id
                 WHERE level.feed_id = %(feed)s
                """,
                run=feed.run_id.id,
                sent=self.env._("# sent by feed."),
                uid=self.env.uid,
                now=fields.Datetime.now(),
                ids=list(refused),
                reasons=list(refused.values()),
                feed=feed.id,
            )
        )
        self.env["amazon.sync.record"].invalidate_model(flush=False)


def _is_late(feed):
    return feed.submitted_at + PATIENCE < fields.Datetime.now()


def _look_at(feeds, feed_id):
    """:return: Amazon's report of a feed that is done, and the feed"""
    found = feeds.get(feed_id)
    if not (found.is_done and found.result_document_id):
        return None, found
    with feeds.download_result(found.result_document_id) as document:
        return read_report(document), found


def _cancel(feeds, feed_id):
    """Amazon works on it after all: then the quantities are read back."""
    try:
        feeds.cancel(feed_id)
    except (BadRequestError, NotFoundError):
        return
