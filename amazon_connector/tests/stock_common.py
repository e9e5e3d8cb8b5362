# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of stock share: linked listings that the merchant ships."""

from .common import AmazonCase


class StockCase(AmazonCase):
    """SKU-A and SKU-B are linked; Odoo has 100 of each in the first warehouse."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.channel._get_warehouse()
        cls.other_warehouse = cls.env["stock.warehouse"].create(
            {"name": "Second", "code": "SEC", "company_id": cls.company.id}
        )
        cls.listing = cls._create_listing(cls.product)
        cls.other_listing = cls._create_listing(cls.other_product)
        cls.Level = cls.env["amazon.stock.level"]
        cls.Change = cls.env["amazon.stock.change"]

    @classmethod
    def _create_listing(cls, product, channel=None, **vals):
        return cls.env["amazon.listing"].create(
            {
                "channel_id": (channel or cls.channel).id,
                "seller_sku": product.default_code,
                "product_id": product.id,
                "fulfilled_by": "merchant",
                **vals,
            }
        )

    def put_stock(self, product, quantity, warehouse=None):
        """Add units to a warehouse."""
        self.env["stock.quant"]._update_available_quantity(
            product, (warehouse or self.warehouse).lot_stock_id, quantity
        )

    def compute(self, *listings):
        """Compute the levels of listings; returns the levels in their order."""
        listings = self.env["amazon.listing"].union(*listings)
        levels = self.Level._ensure(listings)
        levels._compute_quantities()
        return listings.mapped("stock_level_id")

    def quantity(self, listing=None):
        """What Amazon is to offer of a listing, computed now."""
        return self.compute(listing or self.listing).quantity
