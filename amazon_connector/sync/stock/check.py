# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reading listings: who ships them before a push, what Amazon shows after it."""

import time
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ...sp_api import NotFoundError
from ...tools.error_words import tell

BATCH = 20
# Who ships a listing changes seldom, but a wrong quantity would change who does.
READ_AGAIN = timedelta(hours=24)
READ_BEFORE_FIRST = timedelta(hours=1)


class AmazonSyncStock(models.AbstractModel):
    """Source: ``searchListingsItems`` by identifiers, 20 SKUs per call."""

    _inherit = "amazon.sync.stock"

    # ------------------------------------------------------------------
    # Before
    # ------------------------------------------------------------------

    @api.model
    def _read_unread(self, task, listings, deadline):
        """Read again who ships what was never sent, or not read for a day.

        :return: whether none is left to read
        """
        while levels := self._transact_leased(task, partial(self._find_unread, task)):
            self._read_levels(task, listings, levels)
            if time.monotonic() > deadline:
                return False
        return True

    @api.model
    def _find_unread(self, task):
        now = fields.Datetime.now()
        levels = self.env["amazon.stock.level"]._find_ruled(
            task.account_id,
            SQL(
                """
                level.state = 'to_send' AND COALESCE(listing.read_at, '-infinity') <
                    CASE WHEN level.sent_at IS NULL THEN %s ELSE %s END
                """,
                now - READ_BEFORE_FIRST,
                now - READ_AGAIN,
            ),
            order=SQL("level.channel_id, level.id"),
            limit=BATCH,
        )
        return _of_one_channel(levels)

    # ------------------------------------------------------------------
    # After
    # ------------------------------------------------------------------

    @api.model
    def _read_back(self, task, listings, deadline):
        """Read what Amazon makes of the quantities it accepted.

        :return: whether none is due any more
        """
        while levels := self._transact_leased(task, partial(self._find_sent, task)):
            self._read_levels(task, listings, levels)
            if time.monotonic() > deadline:
                return False
        return True

    @api.model
    def _find_sent(self, task):
        """Quantities that Amazon should show by now; those of open feeds wait."""
        levels = self.env["amazon.stock.level"]._find_ruled(
            task.account_id,
            SQL(
                """
                level.state = 'sent' AND level.retry_at <= %s
                AND (level.sent_by != 'feed' OR NOT EXISTS (
                    SELECT FROM amazon_feed feed
                     WHERE feed.id = level.feed_id
                       AND feed.state IN ('wanted', 'submitted')))
                """,
                fields.Datetime.now(),
            ),
            order=SQL("level.channel_id, level.retry_at"),
            limit=BATCH,
        )
        return _of_one_channel(levels)

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    def _read_levels(self, task, listings, levels):
        skus = levels.mapped("seller_sku")
        marketplace = levels.channel_id.marketplace_id.amazon_code
        found = self._call(task, lambda: list(listings.enrich(skus, marketplace)))
        self._transact_leased(task, partial(self._store_read, task, levels, found))

    @api.model
    def _store_read(self, task, levels, found):
        """Keep what Amazon told, and draw the conclusions for the quantities."""
        channel = levels.channel_id
        told = {one.seller_sku: one for one in found}
        writer = self.env["amazon.items.writer"]
        writer._store_listings(channel, [one.listing for one in found if one.listing])
        records = []
        for level in levels:
            one = told.get(level.seller_sku)
            if one is None or one.listing is None:
                records.append(self._note_unread(level, one and one.error))
            elif level._get_listing().fulfilled_by == "merchant":
                records.append(self._note_read(level, one.listing.quantity))
        if records := [record for record in records if record]:
            self._record(self._get_run(task), records)
        levels._compute_quantities()
        self.env["amazon.stock.comparer"]._decide(levels)

    @api.model
    def _note_unread(self, level, error):
        """Amazon does not tell of it: nothing can be sent."""
        if error is None or isinstance(error, NotFoundError):
            reason = self.env._(
                "Amazon no longer knows this SKU. If you want to sell it, list it in "
                "Seller Central; otherwise the next complete report deactivates it."
            )
        else:
            reason = tell(self.env, error)
        level._reject(reason)
        return level, "failed", reason

    @api.model
    def _note_read(self, level, quantity):
        # Not the listing's, which may be of an earlier reading.
        days = level._get_listing().handling_days
        outcome = level._note_seen(quantity, days)
        return (level, "failed", level.reason) if outcome == "lost" else None


def _of_one_channel(levels):
    """Those of the first one's channel: a call reads one marketplace."""
    return levels.filtered(lambda level: level.channel_id == levels[0].channel_id)
