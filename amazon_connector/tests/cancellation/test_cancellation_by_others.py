# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ago, item_json, order_json
from ..screens import Screen
from .cancellation_common import CancellationCase


@tagged("post_install", "-at_install")
class TestCancellationRequest(CancellationCase):
    """The buyer asks to cancel: a banner with two answers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        item = item_json(quantity=3, price="300.00")
        item["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        cls.receive(order_json(items=[item], updated=ago(hours=1)))

    def test_cancel_as_requested(self):
        self.assertTrue(self.sale.amazon_asks_to_cancel)
        self.assertEqual(len(self.sale.activity_ids), 1)
        Screen(self.sale).press("action_cancel_as_requested", confirm="undone")
        self.assertEqual(self.sale.state, "cancel")
        self.assertEqual(self.rows().reason_code, "BuyerCanceled")
        self.assertFalse(self.sale.activity_ids)
        self.assertFalse(self.sale.amazon_asks_to_cancel)

    def test_cancel_as_requested_on_amazons_side(self):
        Screen(self.binding).press("action_cancel_as_requested", confirm="undone")
        self.assertEqual(self.sale.state, "cancel")

    def test_ship_anyway(self):
        self.binding.action_ship_anyway()
        self.assertEqual(self.sale.state, "sale")
        self.assertFalse(self.sale.amazon_asks_to_cancel)
        self.assertFalse(self.sale.activity_ids)
        self.assertIn("ship it", self.sale.message_ids[0].body)

    def test_nobody_asked(self):
        sale = self.receive(order_json(2)).sale_order_id
        self.assertFalse(sale.amazon_asks_to_cancel)
        for answer in (sale.action_cancel_as_requested, sale.action_ship_anyway):
            with self.assertRaisesRegex(UserError, "did not ask"):
                answer()

    def test_amazon_ships_it(self):
        """Amazon answers its buyer itself: nobody here is asked."""
        item = item_json()
        item["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        order = order_json(2, [item])
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        sale = self.receive(order).sale_order_id
        self.assertTrue(sale.amazon_order_id.cancellation_requested)
        self.assertFalse(sale.amazon_asks_to_cancel)
        self.assertFalse(sale.activity_ids)

    def test_too_late(self):
        self.sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.assertFalse(self.sale.amazon_asks_to_cancel)
        self.assertFalse(self.sale.activity_ids, "there is nothing left to decide")
        with self.assertRaisesRegex(UserError, "left your warehouse"):
            self.sale.action_cancel_as_requested()


@tagged("post_install", "-at_install")
class TestCancelledByAmazon(CancellationCase):
    """Cancellation from Amazon; nothing that was packed is forced back."""

    def cancel(self, **options):
        self.receive(
            order_json(
                items=[item_json(quantity=3, price="300.00")],
                status="CANCELLED",
                updated=ago(hours=1),
                **options,
            )
        )

    def test_packed_goods_ask_a_human(self):
        package = self.env["stock.package"].create({"name": "Parcel"})
        self.sale.picking_ids.move_line_ids.result_package_id = package
        self.cancel()
        self.assertEqual((self.binding.state, self.sale.state), ("held", "sale"))
        self.assertEqual(self.sale.picking_ids.state, "assigned")
        self.assertIn("packed", self.sale.activity_ids.note)
        # The way out that the activity names: no dialog, Amazon knows already.
        self.assertTrue(self.sale.action_cancel())
        self.apply()
        self.assertEqual((self.binding.state, self.sale.state), ("cancelled", "cancel"))
        self.assertFalse(self.rows())

    def test_picked_goods_ask_a_human(self):
        self.sale.picking_ids.move_ids.picked = True
        self.cancel()
        self.assertEqual((self.binding.state, self.sale.state), ("held", "sale"))

    def test_pick_step_that_is_done(self):
        """Two steps: goods lie in the output area, not with the buyer."""
        warehouse = self.channel._get_warehouse()
        warehouse.delivery_steps = "pick_ship"
        sale = self.receive(order_json(2)).sale_order_id
        pick = sale.picking_ids.filtered(lambda p: p.picking_type_code == "internal")
        pick.with_context(skip_sms=True).button_validate()
        self.receive(order_json(2, status="CANCELLED", updated=ago(hours=1)))
        self.assertEqual((sale.amazon_order_id.state, sale.state), ("held", "sale"))
        self.assertIn("picked or packed", sale.amazon_order_id.reason)

    def test_shipped_goods_ask_a_human(self):
        self.sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.cancel()
        self.assertEqual((self.binding.state, self.sale.state), ("held", "sale"))
        self.assertIn("after it was shipped", self.binding.reason)

    def give_back(self, quantity=3, goods=None, **values):
        """The goods come back into the warehouse."""
        delivery = self.sale.picking_ids.filtered(lambda p: p.state == "done")
        wizard = self.env["stock.return.picking"].create({"picking_id": delivery.id})
        wizard.product_return_moves.filtered(
            lambda line: not goods or line.move_id.sale_line_id in goods
        ).quantity = quantity
        action = wizard.action_create_returns()
        returned = self.env["stock.picking"].browse(action["res_id"])
        returned.move_ids.write(values)
        returned.move_ids.picked = True
        returned.with_context(skip_sms=True).button_validate()
        self.assertEqual(returned.state, "done")

    def test_shipped_goods_that_came_back(self):
        """What the reason asks for was done: the order does not stay held."""
        self.sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.cancel()
        self.assertEqual(self.binding.state, "held")
        self.give_back()
        self.binding.action_retry()
        self.apply()
        self.assertEqual((self.binding.state, self.sale.state), ("cancelled", "cancel"))
        self.assertFalse(self.sale.activity_ids)

    def test_shipped_goods_that_came_back_before(self):
        self.sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.give_back(to_refund=False)
        self.cancel()
        self.assertEqual((self.binding.state, self.sale.state), ("cancelled", "cancel"))

    def test_shipped_goods_that_do_not_come_back(self):
        """A user gives them up by cancelling the sales order."""
        self.sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.cancel()
        self.assertTrue(self.sale.action_cancel())
        self.apply()
        self.assertEqual((self.binding.state, self.sale.state), ("cancelled", "cancel"))
        self.assertFalse(self.rows() or self.sale.activity_ids)

    def test_shipped_with_another_order(self):
        """What another buyer got in the same delivery stays with him."""
        other = self.receive(order_json(2)).sale_order_id
        other.picking_ids.move_ids.picking_id = self.sale.picking_ids
        self.sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.assertEqual(other.order_line.qty_delivered, 1)
        self.give_back(goods=self.sale.order_line)
        self.cancel()
        self.assertEqual((self.binding.state, self.sale.state), ("cancelled", "cancel"))

    def test_a_part_of_shipped_goods_that_came_back(self):
        self.sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.give_back(quantity=2)
        self.cancel()
        self.assertEqual((self.binding.state, self.sale.state), ("held", "sale"))

    def test_single_items_of_packed_goods(self):
        """Fewer units of what is packed already: a human takes them out."""
        self.sale.picking_ids.move_ids.picked = True
        self.receive(
            order_json(
                items=[item_json(quantity=1, price="100.00")], updated=ago(hours=1)
            )
        )
        self.assertEqual(self.binding.state, "held")
        self.assertIn("picked or packed", self.binding.reason)
        self.assertEqual(self.sale.order_line.product_uom_qty, 3)

    def test_prices_of_packed_goods_follow(self):
        self.sale.picking_ids.move_ids.picked = True
        self.receive(
            order_json(
                items=[item_json(quantity=3, price="290.00")], updated=ago(hours=1)
            )
        )
        self.assertEqual(
            (self.binding.state, self.sale.amount_total), ("applied", 290.0)
        )

    def test_changes_after_a_pick_step_that_is_done(self):
        """Nothing was shipped: prices and more units follow, fewer ask a human."""
        self.channel._get_warehouse().delivery_steps = "pick_ship"
        sale = self.receive(order_json(2, [item_json()])).sale_order_id
        binding = sale.amazon_order_id
        sale.picking_ids.with_context(skip_sms=True).button_validate()
        for hours, quantity, price in ((9, 1, "90.00"), (8, 2, "180.00")):
            item = item_json(quantity=quantity, price=price)
            self.receive(order_json(2, [item], updated=ago(hours=hours)))
            told = (binding.state, sale.amount_total)
            self.assertEqual(told, ("applied", float(price)), binding.reason)
        self.assertEqual(sale.order_line.product_uom_qty, 2)
        item = item_json(quantity=1, price="90.00")
        self.receive(order_json(2, [item], updated=ago(hours=7)))
        self.assertEqual(binding.state, "held")
        self.assertIn("picked or packed", binding.reason)

    def test_posted_invoice_asks_for_a_credit_note(self):
        self.product.invoice_policy = "order"
        self.sale._create_invoices().action_post()
        self.cancel()
        self.assertEqual(self.sale.state, "cancel")
        self.assertIn("credit note", self.sale.activity_ids.note)

    def test_draft_invoice_is_cancelled(self):
        self.product.invoice_policy = "order"
        invoice = self.sale._create_invoices()
        self.cancel()
        self.assertEqual(invoice.state, "cancel")
        self.assertFalse(self.sale.activity_ids)
