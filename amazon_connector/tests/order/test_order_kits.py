# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from ..common import AmazonCase, item_json, order_json


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

    def order(self, status="UNSHIPPED", by="MERCHANT", fulfilled=0):
        item = item_json("SKU-KIT", 3, "300.00", tax="45.76")
        item["fulfillment"] = {
            "quantityFulfilled": fulfilled,
            "quantityUnfulfilled": 3 - fulfilled,
        }
        order = order_json(items=[item], status=status)
        order["fulfillment"]["fulfilledBy"] = by
        return order


@tagged("post_install", "-at_install", "-standard", "amazon_kits")
class TestOrderKits(KitCase):
    """A listing may stand for a kit (Odoo's Manufacturing): its parts are shipped."""

    def test_parts_are_delivered(self):
        sale = self.receive(self.order()).sale_order_id
        moves = sale.picking_ids.move_ids
        self.assertEqual(len(sale.picking_ids), 1)
        self.assertEqual(
            {m.product_id.default_code: m.product_uom_qty for m in moves},
            {"SKU-A": 6, "SKU-B": 3},
        )
        self.assertEqual(set(moves.mapped("state")), {"assigned"})
        self.assertEqual(sale.amount_total, 300.0)
        moves.picked = True
        sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.assertEqual(sale.order_line.qty_delivered, 3)

    def test_parts_of_what_amazon_ships(self):
        sale = self.receive(self.order("SHIPPED", "AMAZON", 3)).sale_order_id
        moves = sale.order_line.move_ids
        self.assertEqual(
            {m.product_id.default_code: m.quantity for m in moves},
            {"SKU-A": 6, "SKU-B": 3},
        )
        self.assertEqual(set(moves.mapped("state")), {"done"})
        self.assertEqual(moves.location_id, self.account.fba_location_id)
        self.assertEqual(sale.order_line.qty_delivered, 3)
        self.assertEqual(sale.delivery_status, "full")

    def test_parts_shipped_elsewhere_leave_the_warehouse(self):
        sale = self.receive(self.order("SHIPPED", fulfilled=3)).sale_order_id
        self.assertEqual(sale.order_line.qty_delivered, 3)
        self.assertEqual(
            [self.product.qty_available, self.other_product.qty_available], [94, 97]
        )
