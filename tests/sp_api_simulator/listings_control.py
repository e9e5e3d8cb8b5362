# SPDX-License-Identifier: LGPL-3.0-or-later
"""The Python interface to a seller's listings, a part of the simulator's."""

from dataclasses import replace

from .listings import draft_listing, listing_fields

SUBMITTED = frozenset({"quantity", "handling_days", "fulfilled_by"})


class ListingsControl:
    """For a class with `sellers`, `clock`, `lock` and `settle`."""

    def store_listings(self, key, listings):
        """Store listings that are complete; search sees old ones at once."""
        now = self.clock.now()
        return [self.sellers[key].listings.put(listing, now) for listing in listings]

    def place_picture(self, listing):
        """The listing with its picture's address: the scenarios' are on this server."""
        if (listing.image or "").startswith("/"):
            return replace(listing, image=f"{self.url}{listing.image}")
        return listing

    def put_listing(self, key, seller_sku, marketplace_id=None, **fields):
        """Create or replace one listing; fields as `listings.Listing`.

        What is not given: the seller's first marketplace, its currency, the SKU as
        title, a price of 100.00, 10 pieces, created now.
        """
        with self.lock:
            seller, now = self.sellers[key], self.clock.now()
            return seller.listings.put(
                draft_listing(seller, seller_sku, marketplace_id, now, fields), now
            )

    def update_listing(self, key, seller_sku, marketplace_id=None, **changes):
        """Change a listing in one marketplace (None: in all it is in).

        `lastUpdatedDate` becomes now, but not for the handling time alone.
        """
        with self.lock:
            store, now = self.sellers[key].listings, self.clock.now()
            changes = listing_fields(changes)
            if SUBMITTED & set(changes):
                # What the seller enters in Seller Central is a submission too.
                changes.setdefault("submitted", None)
            return [
                store.change(listing.key, now, **changes)
                for listing in self._places(key, seller_sku, marketplace_id)
            ]

    def delete_listing(self, key, seller_sku, marketplace_id=None):
        """Delete a listing in one marketplace (None: in all it is in)."""
        with self.lock:
            store, now = self.sellers[key].listings, self.clock.now()
            return [
                store.remove(listing.key, now)
                for listing in self._places(key, seller_sku, marketplace_id)
            ]

    def _places(self, key, seller_sku, marketplace_id):
        found = self.listings(key, marketplace_id, seller_sku)
        if not found:
            raise KeyError(seller_sku)
        return found

    def listings(self, key, marketplace_id=None, seller_sku=None):
        """The seller's listings as they are now, without lag."""
        self.settle()
        return [
            listing
            for listing in self.sellers[key].listings.values()
            if marketplace_id in (None, listing.marketplace_id)
            and seller_sku in (None, listing.seller_sku)
        ]
