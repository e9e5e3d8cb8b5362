# SPDX-License-Identifier: LGPL-3.0-or-later

from odoo.tests import tagged

from .kit_common import KitCase


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
