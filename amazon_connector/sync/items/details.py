# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ...sp_api import NotFoundError
from ...tools.error_words import tell

BATCH = 20
# The complete report tells of most changes; the rest is looked up this often.
READ_AGAIN = timedelta(days=7)
ASK_AGAIN = timedelta(days=1)


class AmazonSyncItems(models.AbstractModel):
    """What the report does not tell of a listing: status, issues, family, image.

    Read for listings that are new, that the report showed changed, and for all others
    once a week.
    """

    _inherit = "amazon.sync.items"

    @api.model
    def _read_details(self, task, cursor, listings):
        """Read some of the channel's listings from Amazon.

        :return: whether there were any to read
        """
        skus = self._transact_leased(
            task, partial(self._find_to_read, cursor.channel_id)
        )
        if not skus:
            return False
        marketplace = cursor.channel_id.marketplace_id.amazon_code
        found = self._call(task, lambda: list(listings.enrich(skus, marketplace)))
        self._transact_leased(task, partial(self._store_found, cursor, found))
        return True

    @api.model
    def _find_to_read(self, channel):
        """SKUs to read next; the longest unread first."""
        listings = self.env["amazon.listing"].search_fetch(
            [
                ("channel_id", "=", channel.id),
                "|",
                ("read_at", "=", False),
                ("read_at", "<", fields.Datetime.now() - READ_AGAIN),
            ],
            ["seller_sku"],
            order="read_at NULLS FIRST, id",
            limit=BATCH,
        )
        return listings.mapped("seller_sku")

    @api.model
    def _store_found(self, cursor, found):
        run, channel = cursor.run_id, cursor.channel_id
        self.env["amazon.items.writer"]._store_listings(
            channel, [one.listing for one in found if one.listing]
        )
        run.page_count += 1
        failed = {one.seller_sku: one.error for one in found if not one.listing}
        if failed:
            self._note_failed(run, channel, failed)

    @api.model
    def _note_failed(self, run, channel, failed):
        """Tell why details could not be read; they are asked for again in a day.

        :param failed: ``{seller_sku: AmazonError}``
        """
        listings = (
            self.env["amazon.listing"]
            .with_context(active_test=False)
            .search(
                [("channel_id", "=", channel.id), ("seller_sku", "in", list(failed))]
            )
        )
        listings.read_at = fields.Datetime.now() - READ_AGAIN + ASK_AGAIN
        by_sku = {listing.seller_sku: listing.id for listing in listings}
        run._add_records(
            [
                {
                    "name": sku,
                    "listing_id": by_sku.get(sku),
                    **self._explain_failed(error),
                }
                for sku, error in failed.items()
            ],
        )

    @api.model
    def _explain_failed(self, error):
        if isinstance(error, NotFoundError):
            return {
                "outcome": "skipped",
                "reason": self.env._(
                    "Amazon's search does not find it at the moment. The next "
                    "complete report shows whether it is gone."
                ),
            }
        return {"outcome": "failed", "reason": tell(self.env, error)}
