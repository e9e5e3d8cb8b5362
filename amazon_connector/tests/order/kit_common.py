# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import Command, fields

from ..common import AmazonCase, item_json, of_class_too, order_json


class KitCase(AmazonCase):
    """A listing that stands for a kit of two SKU-A and one SKU-B."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.go_live_date = fields.Datetime.now() - timedelta(days=10)
        cls.kit = cls.env["product.product"].create(
            {"name": "Kit", "default_code": "SKU-KIT", "type": "consu"}
        )
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": cls.product.id, "product_qty": 2}),
                    Command.create({"product_id": cls.other_product.id}),
                ],
            }
        )

    @of_class_too
    def order(self, status="UNSHIPPED", by="MERCHANT", fulfilled=0):
        item = item_json("SKU-KIT", 3, "300.00", tax="45.76")
        item["fulfillment"] = {
            "quantityFulfilled": fulfilled,
            "quantityUnfulfilled": 3 - fulfilled,
        }
        order = order_json(items=[item], status=status)
        order["fulfillment"]["fulfilledBy"] = by
        return order
