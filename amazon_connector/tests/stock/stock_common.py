# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of stock share: linked listings that the merchant ships."""

from datetime import timedelta

from odoo import Command, fields

from ..common import AmazonCase, ago, item_json, order_json


class StockCase(AmazonCase):
    """SKU-A and SKU-B are linked; Odoo has 100 of each in the first warehouse."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channels.go_live_date = fields.Datetime.now() - timedelta(days=10)
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

    def sell(self, product, quantity, warehouse=None):
        """Sell in the shop: a confirmed sales order; returns it."""
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Shopper"}).id,
                "warehouse_id": (warehouse or self.warehouse).id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )
        sale.action_confirm()
        return sale

    def receive_goods(self, product, quantity, warehouse=None):
        """Plan a receipt; returns its move."""
        warehouse = warehouse or self.warehouse
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": warehouse.lot_stock_id.id,
                "picking_type_id": warehouse.in_type_id.id,
            }
        )
        move._action_confirm()
        return move

    def order(self, number=1, sku="SKU-A", quantity=1, **options):
        """An Amazon order of one item, placed after the channel went live."""
        item = item_json(sku, quantity, price=f"{100 * quantity}.00")
        options.setdefault("created", ago(minutes=5))
        options.setdefault("updated", ago(minutes=4))
        return order_json(number, items=[item], **options)
