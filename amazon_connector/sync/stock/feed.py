# SPDX-License-Identifier: LGPL-3.0-or-later
"""Quantities that leave in bulk: one feed instead of thousands of calls."""

from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ...models.stock.amazon_stock_level_send import LOOK_AGAIN, REJECTED_AGAIN
from ...models.stock.handling_time import choose_sent
from ...sp_api import PATCH_LISTING
from ...sp_api.listing_feed import (
    CONTENT_TYPE,
    FEED_TYPE,
    MAX_MESSAGES,
    QuantityChange,
    listing_feeds,
    read_report,
)
from ...tools.error_words import explain
from .patch import describe_issues

# Until the last quantity of a feed is for sale, mostly; see docs/operations.md.
FEED_SECONDS = 300
# What leaves faster one by one, at the pace that Amazon grants.
FEED_FROM = int(PATCH_LISTING.rate * FEED_SECONDS)
FEED_PAUSE = timedelta(minutes=20)
ALERT = "stock feed"


class AmazonSyncStock(models.AbstractModel):
    """Source: JSON_LISTINGS_FEED (Feeds API 2021-06-30); messages bear level ids.

    A level that changes while its feed is at Amazon leaves one by one; as Amazon may
    work on the feed later, it leaves once more when the feed is settled.
    """

    _inherit = "amazon.sync.stock"

    _feed_patience = timedelta(hours=2)

    @api.model
    def _get_feed_types(self):
        return [FEED_TYPE]

    @api.model
    def _read_feed_report(self, document):
        return read_report(document)

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
        account = task.account_id
        document = next(
            listing_feeds(
                account.seller_id, changes, locale=account._get_issue_locale()
            )
        )

        def note(feed, number):
            self._note_submitted(feed, number)
            feed.message_count = len(document.message_ids)
            feed.run_id.page_count += 1
            # What had no room in the document.
            ids = list(document.message_ids)
            self._send_again(SQL("feed_id = %s AND NOT (id = ANY(%s))", feed.id, ids))

        self._submit_feed(
            task,
            feeds,
            feed,
            [channel.marketplace_id.amazon_code],
            document.chunks(),
            CONTENT_TYPE,
            note,
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
        changes = [
            QuantityChange(*row[:3], choose_sent(*row[4:]), row[3])
            for row in self._read_changes(levels)
        ]
        self.env["amazon.stock.level"]._note_sent(
            [(one.message_id, one.quantity, one.handling_days) for one in changes],
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
                       listing.product_type, level.handling_days,
                       level.own_handling_days, level.sent_handling_days
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
    # What went wrong
    # ------------------------------------------------------------------

    @api.model
    def _undo_feed(self, feed, error=None):
        """Override: the quantities of now leave instead."""
        reason = self.env._(
            "It was interrupted before it reached Amazon. The current quantities are "
            "sent instead."
        )
        self._drop_feed(feed, explain(self.env, error) if error else reason)

    @api.model
    def _repeat_feed(self, feed, reason):
        """Override: never with the quantities of then."""
        self._drop_feed(feed, reason, "cancelled")
        self._tell_failed(feed, reason)

    @api.model
    def _lose_feed(self, feed, reason):
        """Override: what Amazon shows is unknown, so the quantities of now leave."""
        self._drop_feed(feed, reason)
        self._tell_failed(feed, reason)

    @api.model
    def _tell_failed(self, feed, reason):
        feed.account_id._raise_alert(
            self.env._("A feed of quantities failed"),
            self.env._(
                "%s The current quantities are sent again automatically; see Amazon > "
                "Feeds for details.",
                reason,
            ),
            key=ALERT,
        )

    @api.model
    def _drop_feed(self, feed, reason, state="failed"):
        feed._settle(state, reason)
        feed.run_id._finish("failed", reason)
        self._send_again(SQL("feed_id = %s", feed.id))

    # ------------------------------------------------------------------
    # Amazon's report
    # ------------------------------------------------------------------

    @api.model
    def _settle_results(self, feed, report):
        """Override: keep what Amazon says of each message."""
        refused = {
            level_id: describe_issues(issues)
            for level_id, issues in report.errors.items()
        }
        self._reject_many(feed, refused)
        sent = self.env._("# sent by feed.")
        if not report.is_consistent:
            sent = self.env._(
                "# sent by feed. Amazon's report does not name every SKU it refused, "
                "so the quantities are read back."
            )
        self._record_feed(feed, refused, sent)
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
    def _record_feed(self, feed, refused, sent):
        """A record per SKU, in one statement: there may be 25,000.

        :param sent: the reason of those not refused; # stands for the quantity
        """
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
                sent=sent,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                ids=list(refused),
                reasons=list(refused.values()),
                feed=feed.id,
            )
        )
        self.env["amazon.sync.record"].invalidate_model(flush=False)

    # ------------------------------------------------------------------
    # Feeds that were given up
    # ------------------------------------------------------------------

    @api.model
    def _settle_late(self, feed):
        """Amazon may have carried out all of it: nothing that it shows is known."""
        told = self.env._(
            "Amazon processed the feed late; the current quantities are sent again."
        )
        feed.write({"next_poll": False, "error": f"{feed.error}\n{told}"})
        condition = self._get_touched(feed)
        self._send_again(condition)
        # Also of what is held back or refused, and is not sent now.
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_stock_level SET confirmed = FALSE, to_compute = TRUE
                 WHERE confirmed IS TRUE AND %s
                """,
                condition,
            )
        )

    @api.model
    def _get_touched(self, feed):
        """SQL that is true of the levels that may have been in a feed.

        A level names the last feed it left in, and feeds of a marketplace follow one
        another.
        """
        pools = [
            marketplace.quantity_pool or marketplace.amazon_code
            for marketplace in feed.channel_ids.marketplace_id
        ]
        return SQL(
            "account_id = %s AND quantity_pool = ANY(%s) AND feed_id >= %s",
            feed.account_id.id,
            pools,
            feed.id,
        )
