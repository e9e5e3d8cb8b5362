# SPDX-License-Identifier: LGPL-3.0-or-later
from ..common import AmazonCase, item_json, of_class_too, order_json


class FrozenCase(AmazonCase):
    """Orders with items that no product is linked to."""

    @of_class_too
    def freeze(self, *skus, number=1, currency="INR", **options):
        """An order of these SKUs, each at 100; returns its binding."""
        items = [
            item_json(sku, number=str(n), currency=currency)
            for n, sku in enumerate(skus, start=1)
        ]
        return self.receive(
            order_json(number, items=items, currency=currency, **options)
        )

    def listing(self, sku):
        return self.env["amazon.listing"].search(
            [("seller_sku", "=", sku), ("channel_id", "=", self.channel.id)]
        )

    def link(self, sku, product=None):
        self.listing(sku).product_id = product or self.product
