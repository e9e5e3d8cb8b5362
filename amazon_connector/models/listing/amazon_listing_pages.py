# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where Amazon shows a listing: its product page, and its place in Seller Central."""

from urllib.parse import quote

from odoo import models


class AmazonListing(models.Model):
    _inherit = "amazon.listing"

    def action_open_product_page(self):
        """Open what buyers see of this item; nothing without an ASIN."""
        self.ensure_one()
        self.check_access("read")
        if not self.asin:
            return False
        marketplace = self.channel_id.marketplace_id
        shop = marketplace.domain or marketplace.name.lower()
        return _open_page(f"https://www.{shop}/dp/{quote(self.asin, safe='')}")

    def action_open_seller_central(self):
        """Open this item's line in Seller Central of its marketplace."""
        self.ensure_one()
        self.check_access("read")
        base = self.channel_id.marketplace_id.seller_central_url
        if not base or not self.seller_sku:
            return False
        sku = quote(self.seller_sku, safe="")
        path = f"myinventory/inventory?searchField=all&searchTerm={sku}"
        return _open_page(f"{base.rstrip('/')}/{path}")


def _open_page(url):
    return {"type": "ir.actions.act_url", "url": url, "target": "new"}
