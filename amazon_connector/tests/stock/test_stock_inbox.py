# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..common import ago, item_json, order_json
from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestStockInbox(StockCase):
    """S160: units that Amazon's buyers ordered and Odoo does not deliver yet."""

    def assert_counted_once(self, quantity=97):
        """3 of 100 units are sold, whoever knows of them."""
        self.assertEqual(self.quantity(), quantity)

    def test_waiting_pending_applied(self):
        self.store(self.order(quantity=3, status="PENDING"))
        self.assert_counted_once()
        self.apply()
        self.assertEqual(self.find("403-0000000-0000001").state, "pending")
        self.assert_counted_once()
        binding = self.store(self.order(quantity=3, updated=ago(minutes=2)))
        self.assert_counted_once()
        self.apply()
        self.assertEqual(binding.sale_order_id.state, "sale")
        self.assertEqual(self.product.free_qty, 97)
        self.assert_counted_once()

    def test_shipped_in_odoo(self):
        binding = self.receive(self.order(quantity=3))
        picking = binding.sale_order_id.picking_ids
        picking.move_ids.write({"quantity": 3, "picked": True})
        picking.with_context(skip_sms=True).button_validate()
        self.assert_counted_once()
        self.receive(self.order(quantity=3, status="SHIPPED", updated=ago(minutes=1)))
        self.assert_counted_once()

    def test_quotation(self):
        """A channel that confirms nothing by itself: counted until a user does."""
        self.channel.auto_confirm = False
        sale = self.receive(self.order(quantity=3)).sale_order_id
        self.assertEqual((sale.state, self.product.free_qty), ("draft", 100))
        self.assert_counted_once()
        sale.action_confirm()
        self.assertEqual(self.product.free_qty, 97)
        self.assert_counted_once()

    def test_quotation_that_a_user_cancels(self):
        self.channel.auto_confirm = False
        sale = self.receive(self.order(quantity=3)).sale_order_id
        level = self.compute(self.listing)
        self.env.cr.flush()
        self.Change._consume()
        level._compute_quantities()
        sale._action_cancel()
        self.env.cr.flush()
        self.Change._consume()
        self.assertTrue(level.to_compute)
        self.assert_counted_once(100)

    def test_listing_of_a_quotation_is_linked_elsewhere(self):
        """The quotation goes on promising what it was written for."""
        self.channel.auto_confirm = False
        sale = self.receive(self.order(quantity=3)).sale_order_id
        twin = self._create_listing(self.product, seller_sku="SKU-TWIN")
        for product in (self.env["product.product"], self.other_product):
            self.listing.product_id = product
            self.assertEqual(self.quantity(twin), 97)
            self.assertEqual(self.quantity(self.other_listing), 100)
        sale.action_confirm()
        self.assertEqual(self.product.free_qty, 97)
        self.assertEqual(self.quantity(twin), 97)

    def test_product_of_a_quotation_is_changed(self):
        self.channel.auto_confirm = False
        sale = self.receive(self.order(quantity=3)).sale_order_id
        levels = self.compute(self.listing, self.other_listing)
        self.env.cr.flush()
        self.Change._consume()
        levels._compute_quantities()
        sale.order_line.product_id = self.other_product
        self.env.cr.flush()
        self.Change._consume()
        self.assertEqual(levels.mapped("to_compute"), [True, True])
        self.assert_counted_once(100)
        self.assertEqual(self.quantity(self.other_listing), 97)

    def test_another_pack_leaves_a_quotation_alone(self):
        self.channel.auto_confirm = False
        self.receive(self.order(quantity=3))
        twin = self._create_listing(self.product, seller_sku="SKU-TWIN")
        self.listing.stock_pack_size = 6
        self.assertEqual(self.quantity(twin), 97)

    def test_frozen_by_another_item(self):
        items = [item_json("SKU-A", 3, "300.00"), item_json("SKU-NEW", number="2")]
        binding = self.receive(order_json(items=items, created=ago(minutes=5)))
        self.assertEqual(binding.state, "frozen")
        self.assert_counted_once()

    def test_held_without_sales_order(self):
        order = self.order(quantity=3)
        del order["orderItems"][0]["proceeds"]
        del order["orderItems"][0]["product"]["price"]
        binding = self.receive(order)
        self.assertEqual((binding.state, bool(binding.sale_order_id)), ("held", False))
        self.assert_counted_once()

    def test_failed(self):
        binding = self.store(self.order(quantity=3))
        binding.write({"state": "failed", "to_apply": False})
        self.assert_counted_once()

    def test_skipped_or_cancelled(self):
        """Also what was left out; the level is computed anew then."""
        for number, status in enumerate(("CANCELLED", "UNFULFILLABLE"), start=1):
            self.store(self.order(number, quantity=3, status=status))
            self.assert_counted_once(100)
        self.store(self.order(7, quantity=3, created=ago(days=60)))
        level = self.compute(self.listing)
        self.env.cr.flush()
        self.Change._consume()
        level._compute_quantities()
        self.assert_counted_once()
        self.apply()
        self.env.cr.flush()
        self.Change._consume()
        self.assertTrue(level.to_compute)
        self.assert_counted_once(100)

    def shipped(self, number=1, **options):
        order = self.order(number, quantity=3, status="SHIPPED", **options)
        order["orderItems"][0]["fulfillment"] = {
            "quantityFulfilled": 3,
            "quantityUnfulfilled": 0,
        }
        return order

    def test_shipped_outside_odoo(self):
        """Its units are gone from the warehouse before it is applied, and after."""
        self.store(self.shipped())
        self.assert_counted_once()
        self.apply()
        self.assertEqual(self.product.qty_available, 97)
        self.assert_counted_once()

    def test_shipped_outside_odoo_and_held_or_waiting(self):
        unreadable = self.shipped()
        del unreadable["orderItems"][0]["proceeds"]
        del unreadable["orderItems"][0]["product"]["price"]
        self.assertEqual(self.receive(unreadable).state, "held")
        self.assert_counted_once()
        self.channel.auto_confirm = False
        sale = self.receive(self.shipped(2)).sale_order_id
        self.assert_counted_once(94)
        sale.action_confirm()
        self.assert_counted_once(94)

    def test_shipped_before_going_live(self):
        """History moves no stock, so it is not counted."""
        self.store(self.shipped(created=ago(days=20)))
        self.assert_counted_once(100)
        self.apply()
        self.assert_counted_once(100)

    def test_what_amazon_ships(self):
        order = self.order(quantity=3)
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        self.store(order)
        self.assert_counted_once(100)

    def test_added_to_a_confirmed_order(self):
        self.receive(self.order(quantity=3))
        items = [
            item_json("SKU-A", 3, "300.00"),
            item_json("SKU-B", 2, "200.00", number="2"),
        ]
        self.store(
            order_json(items=items, created=ago(minutes=5), updated=ago(minutes=1))
        )
        self.assert_counted_once()
        self.assertEqual(self.quantity(self.other_listing), 98)
        self.apply()
        self.assertEqual(self.quantity(self.other_listing), 98)

    def test_orders_of_all_accounts_of_the_company(self):
        second = self._create_account(name="Second shop", seller_id="ASECOND")
        channel = self.channel.copy({"name": "Second", "account_id": second.id})
        self._create_listing(self.product, channel)
        self.env["amazon.order.inbox"]._store_page(
            second, [self.order(quantity=3)], self.start_run()
        )
        self.assert_counted_once()

    def test_orders_of_other_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        second = self._create_account(seller_id="AOTHER", company_id=other.id)
        channel = self.env["amazon.channel"].create(
            {
                "name": "Other",
                "account_id": second.id,
                "marketplace_id": self.channel.marketplace_id.id,
            }
        )
        listing = self._create_listing(self.product, channel)
        self.env["amazon.order.inbox"]._store_page(
            second, [self.order(quantity=3)], self.start_run()
        )
        self.assert_counted_once(100)
        self.assertEqual(self.quantity(listing), 0)

    def test_old_history_does_not_disturb(self):
        """What was placed before, and is to be delivered by Odoo, counts, too."""
        order = self.order(quantity=3, created=ago(days=3), updated=ago(days=2))
        self.channel.go_live_date = fields.Datetime.now() - timedelta(days=1)
        self.store(order)
        self.assert_counted_once()
        self.apply()
        self.assert_counted_once()
