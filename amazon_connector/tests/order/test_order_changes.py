# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import AmazonCase, address_json, ago, item_json, order_json


@tagged("post_install", "-at_install")
class TestOrderChanges(AmazonCase):
    """Changes apply as long as nothing is shipped, else a human is asked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.binding = cls.receive(
            order_json(
                items=[
                    item_json("SKU-A", 3, "300.00", tax="45.76"),
                    item_json("SKU-B", 1, "50.00", number="2", SHIPPING="40.00"),
                ]
            )
        )
        cls.sale = cls.binding.sale_order_id

    def change(self, *items, **options):
        self.receive(order_json(items=list(items), updated=ago(hours=1), **options))

    def demand(self):
        moves = self.sale.picking_ids.move_ids.filtered(lambda m: m.state != "cancel")
        return {move.product_id.default_code: move.product_uom_qty for move in moves}

    def test_quantity_goes_down(self):
        self.change(
            item_json("SKU-A", 1, "100.00", tax="15.25"),
            item_json("SKU-B", 1, "50.00", number="2", SHIPPING="40.00"),
        )
        self.assertEqual((self.binding.state, self.sale.state), ("applied", "sale"))
        self.assertEqual(self.sale.amount_total, 190.0)
        self.assertEqual(self.sale.amount_tax, 15.25)
        self.assertEqual(self.demand(), {"SKU-A": 1, "SKU-B": 1})
        self.assertEqual(self.product.free_qty, 99)

    def test_quantity_goes_up(self):
        self.change(
            item_json("SKU-A", 5, "500.00", tax="76.27"),
            item_json("SKU-B", 1, "50.00", number="2", SHIPPING="40.00"),
        )
        self.assertEqual(self.sale.amount_total, 590.0)
        self.assertEqual(self.demand(), {"SKU-A": 5, "SKU-B": 1})
        self.assertEqual(len(self.sale.picking_ids), 1)

    def test_item_is_cancelled(self):
        cancelled = item_json("SKU-A", 0, "0.00")
        kept = item_json("SKU-B", 1, "50.00", number="2", SHIPPING="40.00")
        self.change(cancelled, kept)
        self.assertEqual(self.sale.amount_total, 90.0)
        self.assertEqual(self.demand().get("SKU-A", 0), 0)
        self.assertEqual(self.product.free_qty, 100)

    def test_charge_is_dropped_and_added(self):
        self.change(
            item_json("SKU-A", 3, "300.00", GIFT_WRAP="20.00"),
            item_json("SKU-B", 1, "50.00", number="2"),
        )
        lines = self.sale.order_line.filtered("product_uom_qty")
        self.assertEqual(lines.mapped("amazon_charge"), ["item", "item", "gift_wrap"])
        self.assertEqual(self.sale.amount_total, 370.0)

    def test_locked_orders_follow_and_stay_locked(self):
        self.sale.action_lock()
        self.change(
            item_json("SKU-A", 1, "100.00"), item_json("SKU-B", 1, "50.00", number="2")
        )
        self.assertTrue(self.sale.locked)
        self.assertEqual(self.sale.amount_total, 150.0)

    def test_lines_of_users_stay(self):
        own = self.env["sale.order.line"].create(
            {
                "order_id": self.sale.id,
                "product_id": self.other_product.id,
                "price_unit": 0.0,
            }
        )
        self.change(
            item_json("SKU-A", 1, "100.00"), item_json("SKU-B", 1, "50.00", number="2")
        )
        self.assertEqual(own.product_uom_qty, 1)
        self.assertEqual(self.sale.amount_total, 150.0)

    def test_promised_date_moves(self):
        later = {
            "fulfillmentStatus": "UNSHIPPED",
            "fulfilledBy": "MERCHANT",
            "shipByWindow": {"latestDateTime": ago(days=-5)},
        }
        self.receive(order_json(3))
        self.receive(order_json(3, fulfillment=later, updated=ago(hours=1)))
        binding = self.find("403-0000000-0000003")
        sale = binding.sale_order_id
        self.assertEqual(sale.commitment_date, binding.ship_by)
        self.assertEqual(sale.picking_ids.move_ids.date_deadline, binding.ship_by)

    def test_address_changes_before_shipping(self):
        binding = self.receive(order_json(3))
        sale = binding.sale_order_id
        moved = {"deliveryAddress": address_json(addressLine1="9 New Lane")}
        self.receive(order_json(3, recipient=moved, updated=ago(hours=1)))
        delivery = sale.partner_shipping_id
        self.assertEqual(delivery.parent_id, sale.partner_id)
        self.assertEqual(sale.picking_ids.partner_id, delivery)

    def test_buyer_asks_to_cancel(self):
        """A human is asked, once; nothing is cancelled by itself."""
        item = item_json()
        item["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        binding = self.receive(order_json(3))
        sale = binding.sale_order_id
        for hours in (3, 2):
            self.receive(order_json(3, items=[item], updated=ago(hours=hours)))
        self.assertTrue(binding.cancellation_requested)
        self.assertEqual(sale.activity_ids.summary, "Cancellation requested")
        self.assertEqual(sale.state, "sale")

    def test_replacements_name_their_original_and_cost_nothing(self):
        other = {"orderId": "403-1-1", "associationType": "REPLACEMENT_ORIGINAL_ID"}
        binding = self.receive(
            order_json(3, items=[item_json(price="0.00")], associatedOrders=[other])
        )
        self.assertEqual(binding.replaces, "403-1-1")
        self.assertEqual(binding.sale_order_id.state, "sale")
        self.assertEqual(binding.sale_order_id.amount_total, 0.0)

    def test_after_shipping_a_human_is_asked(self):
        self.sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.change(
            item_json("SKU-A", 1, "100.00"), item_json("SKU-B", 1, "50.00", number="2")
        )
        self.assertEqual(self.binding.state, "held")
        self.assertIn("shipped", self.binding.reason)
        self.assertEqual(self.binding.difference, -240.0)
        self.assertEqual(self.sale.activity_ids.summary, "Changed on Amazon")
        self.assertEqual(self.sale.amount_total, 390.0)

    def test_fewer_units_for_the_same_money_after_shipping(self):
        """The total cannot tell, as of a replacement: a human is asked all the same,
        once."""
        binding = self.receive(order_json(3, items=[item_json(price="0.00")]))
        sale = binding.sale_order_id
        sale.picking_ids.with_context(skip_sms=True).button_validate()
        fewer = item_json(quantity=0, price="0.00")
        self.receive(order_json(3, items=[fewer], updated=ago(hours=1)))
        self.assertEqual(binding.state, "applied")
        self.assertIn("goods were shipped", binding.reason)
        self.assertEqual(sale.activity_ids.summary, "Changed on Amazon")
        self.receive(order_json(3, items=[fewer], updated=ago(minutes=30)))
        self.assertEqual(len(sale.activity_ids), 1)

    def test_posted_invoice_asks_a_human(self):
        self.sale._create_invoices().action_post()
        self.change(
            item_json("SKU-A", 1, "100.00"), item_json("SKU-B", 1, "50.00", number="2")
        )
        self.assertIn("invoice", self.binding.reason)

    def test_change_made_by_hand_is_accepted(self):
        self.test_after_shipping_a_human_is_asked()
        self.sale.order_line[0].price_unit = 20.0
        self.sale.order_line[2].price_unit = 40.0
        self.assertEqual(self.sale.amount_total, 150.0)
        self.binding.action_retry()
        self.apply()
        self.assertEqual(self.binding.state, "applied")
        self.assertFalse(self.sale.activity_ids, "the question is answered")

    def test_frozen_draft_follows(self):
        items = [item_json("NEW", 2, "100.00")]
        frozen = self.receive(order_json(2, items=items))
        later = [item_json("NEW", 1, "50.00"), item_json("SKU-A", number="2")]
        self.receive(order_json(2, items=later, updated=ago(hours=1)))
        sale = frozen.sale_order_id
        self.assertEqual((frozen.state, sale.state), ("frozen", "draft"))
        self.assertEqual(sale.amount_total, 150.0)
        self.assertIn("NEW", frozen.reason)
        frozen.line_ids.listing_id.filtered(
            lambda listing: not listing.product_id
        ).product_id = self.other_product
        self.apply()
        self.assertEqual((frozen.state, sale.state), ("applied", "sale"))
        self.assertEqual(sale.amount_total, 150.0)

    def test_new_item_without_product_asks_a_human(self):
        self.change(item_json("SKU-A", 3, "300.00"), item_json("NEW", number="3"))
        self.assertEqual(self.binding.state, "held")
        self.assertIn("not linked", self.binding.reason)
