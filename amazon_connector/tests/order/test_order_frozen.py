# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..common import ago, item_json, order_json
from .frozen_common import FrozenCase


@tagged("post_install", "-at_install")
class TestOrderFrozen(FrozenCase):
    """Which orders are frozen, and what thaws them."""

    def test_unlinked_item_freezes_the_order(self):
        """S138, S139: an unconfirmed item stands on no confirmed order."""
        binding = self.freeze("SKU-A", "NEW")
        sale = binding.sale_order_id
        self.assertEqual((binding.state, sale.state), ("frozen", "draft"))
        self.assertTrue(sale.amazon_frozen)
        self.assertIn("NEW", binding.reason)
        self.assertNotIn("SKU-A", binding.reason)
        self.assertEqual(sale.amount_total, 200.0)
        self.assertEqual(
            sale.order_line[1].product_id,
            self.env.ref("amazon_connector.product_item"),
        )
        self.assertEqual(self.listing("NEW").state, "unconfirmed")
        self.assertIn("No product", self.listing("NEW").reason)

    def test_frozen_order_thaws_when_its_last_item_is_linked(self):
        """S148, S151, S152: items linked one after the other, then all goes on."""
        binding = self.receive(
            order_json(
                items=[
                    item_json("NEW", 3, "100.00"),
                    item_json("NEWER", number="2", tax="15.25"),
                ]
            )
        )
        sale = binding.sale_order_id
        own = self.env["sale.order.line"].create(
            {
                "order_id": sale.id,
                "product_id": self.product.id,
                "name": "A free sample",
                "price_unit": 0.0,
            }
        )
        frozen_totals = (sale.amount_tax, sale.amount_total)
        self.assertEqual(frozen_totals, (15.25, 200.0))
        self.link("NEW")
        self.apply()
        self.assertEqual((binding.state, sale.state), ("frozen", "draft"))
        self.assertNotIn("NEW (", binding.reason)
        self.assertIn("NEWER (Title of NEWER)", binding.reason)
        self.link("NEWER", self.other_product)
        self.apply()
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertFalse(sale.amazon_frozen)
        self.assertTrue(own.exists(), "lines of users stay")
        self.assertEqual(sale.order_line.product_id, self.product | self.other_product)
        self.assertEqual((sale.amount_tax, sale.amount_total), frozen_totals)
        self.assertEqual(sale.picking_ids.state, "assigned")
        invoice = sale._create_invoices()
        self.assertEqual(invoice.amount_total, 200.0)

    def test_confirm_all_makes_products_and_thaws(self):
        """S150, S151: all unconfirmed items of an order are confirmed in one go."""
        binding = self.freeze("NEW", "NEWER", "SKU-A")
        sale = binding.sale_order_id
        self.assertTrue(sale.amazon_has_unconfirmed)
        answer = sale.action_confirm_amazon_items()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertEqual(binding.line_ids.listing_id.mapped("state"), ["linked"] * 3)
        self.env.invalidate_all()  # as the next request
        self.assertIn("continues automatically", sale.amazon_frozen_reason)
        self.assertFalse(sale.amazon_has_undecided)
        self.apply()
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertEqual(sale.amount_total, 300.0)
        self.assertEqual(
            sale.order_line.product_id.mapped("default_code"), ["NEW", "NEWER", "SKU-A"]
        )

    def test_link_leads_to_the_items_that_wait(self):
        """S150, S151: one item opens its dialog, several their grid."""
        one = self.freeze("SKU-A", "NEW")
        action = one.sale_order_id.action_link_amazon_items()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(action["target"], "new")
        self.assertEqual(dialog.listing_ids, self.listing("NEW"))
        two = self.freeze("NEW", "NEWER", "SKU-A", number=2)
        action = two.sale_order_id.action_link_amazon_items()
        grid = self.env[action["res_model"]].browse(action["res_id"])
        found = grid.line_ids.listing_id.mapped("seller_sku")
        self.assertEqual(set(found), {"NEW", "NEWER"})

    def test_ignored_item_keeps_the_order_frozen(self):
        """S148: ignoring an item releases nothing; the order says what to do."""
        binding = self.freeze("NEW")
        listing = self.listing("NEW")
        listing.state = "ignored"
        self.apply()
        sale = binding.sale_order_id
        self.assertEqual((binding.state, sale.state), ("frozen", "draft"))
        self.assertIn("Ignored", binding.reason)
        self.assertIn("Link it to continue", sale.amazon_frozen_reason)
        self.assertFalse(sale.amazon_has_unconfirmed)
        self.assertTrue(sale.amazon_has_undecided)
        self.link("NEW")
        self.apply()
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))

    def test_unlinked_item_freezes_new_orders_alone(self):
        """S155: what is confirmed stays; later orders wait visibly."""
        old = self.freeze("SKU-A")
        self.listing("SKU-A").product_id = False
        new = self.freeze("SKU-A", number=2)
        self.assertEqual((old.state, old.sale_order_id.state), ("applied", "sale"))
        self.assertEqual(old.sale_order_id.order_line.product_id, self.product)
        self.assertEqual((new.state, new.sale_order_id.state), ("frozen", "draft"))
        self.assertIn("SKU-A", new.reason)
        self.link("SKU-A", self.other_product)
        self.apply()
        self.assertEqual((new.state, new.sale_order_id.state), ("applied", "sale"))
        self.assertEqual(old.sale_order_id.order_line.product_id, self.product)

    def test_channel_that_does_not_confirm_thaws_into_a_quotation(self):
        """S148: a user confirms it, when he likes to."""
        self.channel.auto_confirm = False
        binding = self.freeze("NEW")
        sale = binding.sale_order_id
        self.link("NEW")
        self.apply()
        self.assertEqual((binding.state, sale.state), ("applied", "draft"))
        self.assertFalse(sale.amazon_frozen)
        self.assertIn("is waiting to be confirmed", binding.reason)
        sale.action_confirm()
        self.assertEqual(sale.picking_ids.state, "assigned")

    def test_order_shipped_by_amazon_thaws_with_its_moves(self):
        """S152: the goods have left Amazon's warehouse, not ours."""
        self.channel.go_live_date = fields.Datetime.now() - timedelta(days=10)
        item = item_json("NEW", 2, "200.00")
        item["fulfillment"] = {"quantityFulfilled": 2, "quantityUnfulfilled": 0}
        order = order_json(items=[item], status="SHIPPED")
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        sale = self.receive(order).sale_order_id
        self.assertTrue(sale.amazon_frozen)
        self.assertFalse(sale.order_line.move_ids)
        self.link("NEW")
        self.apply()
        self.assertEqual((sale.state, sale.amazon_shipping), ("sale", "amazon"))
        self.assertEqual(sale.order_line.qty_delivered, 2)
        self.assertEqual(sale.order_line.move_ids.state, "done")
        self.assertFalse(sale.picking_ids)
        self.assertEqual(self.product.free_qty, 100)

    def test_ambiguous_or_archived_products_are_never_linked_silently(self):
        self._create_product("SKU-B")
        self.product.active = False
        binding = self.freeze("SKU-A", "SKU-B")
        self.assertEqual(binding.state, "frozen")
        reasons = binding.line_ids.listing_id.mapped("reason")
        self.assertIn("archived", reasons[0])
        self.assertIn("2 products", reasons[1])

    def test_strange_skus(self):
        """SKUs with slashes, quotes, commas, unicode and 200 characters."""
        skus = ["A/B\\C", 'it\'s "new"', "x,y;z", "größe-尺寸-😀", "L" * 200, "sku-a"]
        for sku in skus:
            self._create_product(sku)
        bindings = self.receive(
            *(
                order_json(number, items=[item_json(sku)])
                for number, sku in enumerate(skus, start=1)
            )
        )
        self.assertEqual(set(bindings.mapped("state")), {"applied"})
        self.assertEqual(
            bindings.sale_order_id.order_line.product_id.mapped("default_code"), skus
        )


@tagged("post_install", "-at_install")
class TestFrozenChanges(FrozenCase):
    """What Amazon changes while an order is frozen."""

    def change(self, *items, **options):
        return self.receive(
            order_json(items=list(items), updated=ago(hours=1), **options)
        )

    def test_cancellation(self):
        """S139: a frozen order that Amazon cancels is cancelled."""
        binding = self.freeze("NEW")
        self.change(item_json("NEW"), status="CANCELLED")
        sale = binding.sale_order_id
        self.assertEqual((binding.state, sale.state), ("cancelled", "cancel"))
        self.link("NEW")
        self.apply()
        self.assertEqual((binding.state, sale.state), ("cancelled", "cancel"))

    def test_quantities_and_amounts(self):
        binding = self.freeze("NEW")
        self.change(item_json("NEW", 3, "270.00", tax="24.55"))
        sale = binding.sale_order_id
        self.assertEqual((binding.state, sale.state), ("frozen", "draft"))
        self.assertEqual(sale.order_line.product_uom_qty, 3)
        self.assertEqual((sale.amount_tax, sale.amount_total), (24.55, 270.0))
        self.link("NEW")
        self.apply()
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertEqual((sale.amount_tax, sale.amount_total), (24.55, 270.0))

    def test_added_item_that_waits_too(self):
        """S148: linking the first one is not enough then."""
        binding = self.freeze("NEW")
        self.change(item_json("NEW"), item_json("NEWER", number="2"))
        sale = binding.sale_order_id
        self.assertEqual((binding.state, sale.amount_total), ("frozen", 200.0))
        self.link("NEW")
        self.apply()
        self.assertEqual((binding.state, sale.state), ("frozen", "draft"))
        self.link("NEWER")
        self.apply()
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertEqual(sale.amount_total, 200.0)

    def test_removed_item_was_the_last_that_waited(self):
        """S148: nothing is left to decide, so the order goes on."""
        binding = self.freeze("SKU-A", "NEW")
        self.change(item_json("SKU-A"))
        sale = binding.sale_order_id
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertEqual(sale.amount_total, 100.0)
        self.assertEqual(sale.order_line.product_id, self.product)

    def test_waiting_item_exchanged_for_a_known_one(self):
        """S148: the new item is linked by its SKU, and the order goes on at once."""
        binding = self.freeze("NEW")
        self.change(item_json("SKU-B", price="90.00", number="2"))
        sale = binding.sale_order_id
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertEqual(sale.amount_total, 90.0)
        self.assertEqual(sale.order_line.product_id, self.other_product)

    def test_quotation_freezes_when_an_unknown_item_is_added(self):
        """S138: not even a quotation that had all its products gets past it."""
        self.channel.auto_confirm = False
        binding = self.freeze("SKU-A")
        sale = binding.sale_order_id
        self.assertFalse(sale.amazon_frozen)
        self.change(item_json("SKU-A"), item_json("NEW", number="2"))
        self.assertEqual((binding.state, sale.state), ("frozen", "draft"))
        self.assertTrue(sale.amazon_frozen)
        self.assertIn("NEW", binding.reason)
        self.assertEqual(sale.amount_total, 200.0)

    def test_address_and_tip(self):
        """S139: another address and a tip are followed while the order is frozen."""
        binding = self.freeze("NEW", total="100.00")
        sale = binding.sale_order_id
        contact = sale.partner_shipping_id
        order = order_json(
            items=[item_json("NEW")], updated=ago(hours=1), total="112.00"
        )
        order["recipient"]["deliveryAddress"]["addressLine1"] = "7 Other Street"
        order["recipient"]["deliveryAddress"]["postalCode"] = "570009"
        order["proceeds"]["breakdowns"] = [
            {
                "type": "DELIVERY_TIP",
                "subtotal": {"amount": "12.00", "currencyCode": "INR"},
                "status": "FINALIZED",
            }
        ]
        self.receive(order)
        self.assertEqual((binding.state, sale.state), ("frozen", "draft"))
        self.assertNotEqual(sale.partner_shipping_id, contact)
        self.assertEqual(sale.amount_total, 112.0)
        moved_to = sale.partner_shipping_id
        self.link("NEW")
        self.apply()
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertEqual(sale.amount_total, 112.0)
        self.assertEqual(sale.partner_shipping_id, moved_to)
