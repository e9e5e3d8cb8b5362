# SPDX-License-Identifier: LGPL-3.0-or-later
"""Matching of what the sync brought in, and what the history tells about it."""

from collections import Counter

from odoo import api, models

# Matching asks the same few queries for one listing or thousands; making a product
# takes some milliseconds.
CHUNK = {"ask": 50_000, "create": 200}


class AmazonItemsMatcher(models.AbstractModel):
    _name = "amazon.items.matcher"
    _description = "Amazon Items: Matcher"

    @api.model
    def _settle_stored(self, run, stored):
        """Tell of listings that are back, and match the new ones.

        :param stored: :class:`.writer.Stored`
        """
        self._record_back(run, stored.back_ids)
        self._record_changed(run, stored.changed_ids)
        created = self.env["amazon.listing"].browse(stored.created_ids)
        self._match_created(run, created)

    @api.model
    def _record_back(self, run, ids):
        back = self.env._("On Amazon again.")
        self._record_listings(run, ids, "updated", back)

    @api.model
    def _record_changed(self, run, ids):
        self._record_listings(run, ids, "updated", self.env._("Changed on Amazon."))

    @api.model
    def _match_created(self, run, listings):
        """Match new listings; all of them are told in the history (S163)."""
        if not listings:
            return
        linked = self.env["amazon.listing.matcher"]._match_new(listings)
        self._record_listings(
            run, linked.ids, "created", self.env._("New; linked to %s."), True
        )
        left = listings - linked
        waiting = left.filtered(lambda listing: listing.state == "unconfirmed")
        self._record_listings(run, waiting.ids, "unconfirmed")
        self._record_listings(run, (left - waiting).ids, "skipped")

    @api.model
    def _offer_unlinked(self, channel):
        Listing = self.env["amazon.listing"]
        Listing._offer_again(
            Listing.search(
                [("channel_id", "=", channel.id), ("state", "=", "unlinked")]
            )
        )

    @api.model
    def _match_waiting_some(self, run, channel, last_id):
        """:return: where to go on, or None at the end"""
        Listing = self.env["amazon.listing"]
        listings = Listing.search(
            [
                ("channel_id", "=", channel.id),
                ("state", "=", "unconfirmed"),
                ("id", ">", last_id),
            ],
            order="id",
            limit=CHUNK[channel.new_product_policy],
        )
        if not listings:
            return None
        linked = self.env["amazon.listing.matcher"]._match_new(listings)
        self._record_listings(
            run, linked.ids, "updated", self.env._("Linked to %s."), True
        )
        return listings[-1].id

    # ------------------------------------------------------------------
    # History
    # ------------------------------------------------------------------

    @api.model
    def _record_listings(self, run, ids, outcome, reason=None, name_product=False):
        """Add a record for each of these listings, in bulk.

        :param reason: None: the listing's own
        :param name_product: the reason has a place for the product's name
        """
        named = ids[: run._get_room(outcome)]
        listings = self.env["amazon.listing"].browse(named)
        run._add_records(
            [
                {
                    "name": listing.seller_sku,
                    "listing_id": listing.id,
                    "outcome": outcome,
                    "reason": (
                        reason % listing.product_id.display_name
                        if name_product
                        else reason or listing.reason
                    ),
                }
                for listing in listings
            ],
        )
        run._count_unlisted(Counter({outcome: len(ids) - len(named)}))
