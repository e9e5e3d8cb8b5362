# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of the stock at Amazon share."""

from ...sp_api import InventorySummary
from ..common import AmazonCase


def summary(sku, fulfillable=0, reserved=0, **more):
    """One entry of Amazon's answer, as the client reads it."""
    details = {
        "fulfillableQuantity": fulfillable,
        "reservedQuantity": {"totalReservedQuantity": reserved},
        **more,
    }
    return InventorySummary.from_json({"sellerSku": sku, "inventoryDetails": details})


class FbaStockCase(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.product | cls.other_product).standard_price = 20.0
        cls.listing, cls.other_listing = cls.env["amazon.listing"].create(
            [
                {
                    "channel_id": cls.channel.id,
                    "seller_sku": product.default_code,
                    "product_id": product.id,
                    "fulfilled_by": "amazon",
                }
                for product in (cls.product, cls.other_product)
            ]
        )
        cls.fba = cls.env["amazon.sync.fba_stock"]
        cls.task = cls.account._get_task("fba_stock")

    def take(self, *summaries, channel=None):
        """One reading of Amazon's stock, as the module does it."""
        run = self.fba._start_run(self.task, self.channels)
        self.take_channel(run, channel or self.channel, *summaries)
        self.fba._compare_all(self.task, run, [])
        self.env.flush_all()
        return self.row()

    def take_channel(self, run, channel, *summaries):
        """What Amazon tells of a channel, all of it."""
        self.fba._store(run, channel, summaries)
        known = self.env["amazon.listing"].search(
            [("channel_id", "=", channel.id), ("fba_read_at", "!=", False)]
        )
        self.fba._empty_unnamed(run, channel, known.mapped("seller_sku"))

    def row(self, product=None):
        return self.env["amazon.fba.stock"].search(
            [("product_id", "=", (product or self.product).id)]
        )

    def on_hand(self, product=None):
        location = self.account._get_fba_location()
        return (
            (product or self.product).with_context(location=location.id).qty_available
        )
