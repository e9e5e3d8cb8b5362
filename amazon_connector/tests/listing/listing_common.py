# SPDX-License-Identifier: LGPL-3.0-or-later
from ..common import AmazonCase


class ListingCase(AmazonCase):
    """Listings as the items sync leaves them: unconfirmed, not matched yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Listing = cls.env["amazon.listing"]
        cls.matcher = cls.env["amazon.listing.matcher"]

    def list_on_amazon(self, sku="NEW", channel=None, **facts):
        return self.Listing.create(
            {
                "channel_id": (channel or self.channel).id,
                "seller_sku": sku,
                "title": f"Title of {sku}",
                **facts,
            }
        )

    def match(self, sku="NEW", **facts):
        """A new listing, matched as the items sync does it."""
        listing = self.list_on_amazon(sku, **facts)
        self.matcher._match_new(listing)
        return listing

    def create_channel(self, code="us", **vals):
        marketplace = self.env.ref(f"amazon_connector.marketplace_{code}")
        return self.env["amazon.channel"].create(
            {
                "name": f"Amazon {marketplace.code}",
                "account_id": self.account.id,
                "marketplace_id": marketplace.id,
                **vals,
            }
        )
