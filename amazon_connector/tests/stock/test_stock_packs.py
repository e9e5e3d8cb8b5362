# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import ago, item_json, order_json
from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestStockPacks(StockCase):
    """A listing of packs: 6 units of SKU-A, of which there are 100."""

    def setUp(self):
        super().setUp()
        self.listing.stock_pack_size = 6

    def test_an_order_delivers_packs(self):
        """What is sold leaves the stock: the quantity is right before and after."""
        sale = self.receive(self.order(quantity=2)).sale_order_id
        line = sale.order_line
        self.assertEqual((line.product_uom_qty, line.product_uom_id.factor), (2, 6))
        self.assertEqual(sale.amount_total, 200.0)
        moves = sale.picking_ids.move_ids
        self.assertEqual(moves.product_qty, 12)
        self.assertEqual(self.product.free_qty, 88)
        self.assertEqual(self.quantity(), 14)
        moves.picked = True
        sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.assertEqual(line.qty_delivered, 2)
        invoice = sale._create_invoices()
        self.assertEqual(invoice.amount_total, 200.0)
        self.assertEqual(self.quantity(), 14)

    def test_units_are_shared(self):
        """Odoo's own pack of six, or one that is made once."""
        self.receive(self.order(1))
        six = self.env.ref("uom.product_uom_pack_6")
        self.assertEqual(self.listing._find_or_create_pack_unit(), six)
        self.listing.stock_pack_size = 7
        seven = self.listing._find_or_create_pack_unit()
        self.assertEqual(self.listing._find_or_create_pack_unit(), seven)

    def test_what_amazon_ships_in_packs(self):
        order = self.order(quantity=2, status="SHIPPED")
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        order["orderItems"][0]["fulfillment"] = {
            "quantityFulfilled": 2,
            "quantityUnfulfilled": 0,
        }
        sale = self.receive(order).sale_order_id
        self.assertEqual(sale.order_line.qty_delivered, 2)
        self.assertEqual(sum(sale.order_line.move_ids.mapped("product_qty")), 12)
        self.assertEqual(self.product.free_qty, 100)

    def test_another_pack_leaves_orders_alone(self):
        binding = self.receive(self.order(quantity=2))
        self.listing.stock_pack_size = 3
        item = item_json("SKU-A", 3, "300.00")
        self.receive(
            order_json(items=[item], created=ago(minutes=5), updated=ago(minutes=1))
        )
        line = binding.sale_order_id.order_line
        self.assertEqual((line.product_uom_qty, line.product_uom_id.factor), (3, 6))

    def test_waiting_packs(self):
        self.store(self.order(quantity=3, status="PENDING"))
        self.assertEqual(self.quantity(), 13)
        single = self._create_listing(self.product, seller_sku="SKU-SINGLE")
        self.assertEqual(self.quantity(single), 82)

    def test_frozen_order_of_packs(self):
        """Linked to a product with its pack size later: packs are delivered."""
        binding = self.receive(self.order(sku="SKU-NEW", quantity=2))
        self.assertEqual(binding.state, "frozen")
        listing = binding.line_ids.listing_id
        listing.write({"stock_pack_size": 6, "fulfilled_by": "merchant"})
        listing.product_id = self.product
        self.assertEqual(self.quantity(), 14)
        self.apply()
        moves = binding.sale_order_id.picking_ids.move_ids
        self.assertEqual(sum(moves.mapped("product_qty")), 12)
        self.assertEqual(self.quantity(), 14)

    def test_packs_that_come_back(self):
        """Returned packs were shipped: Amazon's count of them is still right."""
        binding = self.receive(self.order(quantity=2))
        line = binding.sale_order_id.order_line
        picking = binding.sale_order_id.picking_ids
        picking.move_ids.picked = True
        picking.with_context(skip_sms=True).button_validate()
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 6
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.picked = True
        back.with_context(skip_sms=True).button_validate()
        self.assertEqual(back.state, "done")
        self.assertEqual((line.qty_delivered, line._get_amazon_returned()), (1, 1))
        self.assertEqual(self.product.free_qty, 94)
        self.assertEqual(self.quantity(), 15)
