# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.tests import tagged

from ..common import AmazonCase, address_json, ago, item_json, order_json
from ..shipment.shipment_common import ShipmentMixin


@tagged("post_install", "-at_install")
class TestOrderSkuChanges(ShipmentMixin, AmazonCase):
    """Amazon changes the SKU of an item: the goods change, not only the words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()
        cls.minutes = 60
        cls.binding = cls.receive(order_json(items=[item_json("SKU-A", 2, "200.00")]))
        cls.sale = cls.binding.sale_order_id

    def tell(self, sku="SKU-B", quantity=2, price="200.00", **options):
        self.minutes -= 1
        items = [item_json(sku, quantity, price)]
        self.receive(
            order_json(items=items, updated=ago(minutes=self.minutes), **options)
        )

    def line(self):
        return self.sale.order_line.filtered(lambda li: li.amazon_charge == "item")

    def demand(self):
        moves = self.sale.picking_ids.move_ids.filtered(
            lambda m: m.state not in ("done", "cancel")
        )
        return {move.product_id.default_code: move.product_uom_qty for move in moves}

    def free(self):
        return (self.product.free_qty, self.other_product.free_qty)

    def test_line_and_delivery_follow(self):
        self.tell()
        self.assertEqual((self.binding.state, self.sale.state), ("applied", "sale"))
        self.assertEqual(self.line().product_id, self.other_product)
        self.assertEqual(self.line().name, "Title of SKU-B")
        self.assertEqual(self.demand(), {"SKU-B": 2})
        self.assertEqual(self.free(), (100, 98))
        self.assertEqual(
            (self.sale.amount_total, self.sale.amazon_difference), (200, 0)
        )
        self.assertFalse(self.binding.line_ids.former_sku)
        self.assertFalse(self.sale.activity_ids)
        self.deliver(self.binding)
        self.assertEqual(self.line().qty_delivered, 2)
        self.assertEqual(self.units_of(self.shipments_of(self.binding)), {"SKU-B": 2})

    def test_quantity_and_amount_with_it(self):
        self.tell(quantity=3, price="330.00")
        self.assertEqual(self.demand(), {"SKU-B": 3})
        self.assertEqual(self.sale.amount_total, 330.0)

    def test_item_in_a_draft_invoice(self):
        """Odoo refuses another product then: a user is asked, and deletes the draft."""
        self.product.invoice_policy = "order"
        invoice = self.sale._create_invoices()
        self.tell()
        self.assertEqual(self.binding.state, "held")
        self.assertIn("draft invoice", self.binding.reason)
        self.assertIn("SKU-A → SKU-B", self.binding.reason)
        invoice.unlink()
        self.binding.action_retry()
        self.apply()
        self.assertEqual(self.binding.state, "applied")
        self.assertEqual(self.demand(), {"SKU-B": 2})

    def test_there_and_back(self):
        """Also where both changes come before the order is applied."""
        self.tell()
        self.tell("SKU-A")
        self.assertEqual(self.demand(), {"SKU-A": 2})
        for minutes, sku in ((20, "SKU-B"), (10, "SKU-A")):
            items = [item_json(sku, 2, "200.00")]
            self.store(order_json(items=items, updated=ago(minutes=minutes)))
        self.assertFalse(self.binding.line_ids.former_sku)
        self.apply()
        self.assertEqual(self.demand(), {"SKU-A": 2})
        self.assertEqual(self.free(), (98, 100))

    def test_pack_of_the_same_product(self):
        """A SKU that holds six of them: unit and delivery follow."""
        listing = self.env["amazon.listing"].create(
            {
                "channel_id": self.channel.id,
                "seller_sku": "SKU-A-6",
                "product_id": self.product.id,
                "stock_pack_size": 6,
            }
        )
        self.tell("SKU-A-6")
        self.assertEqual(
            self.line().product_uom_id, listing._find_or_create_pack_unit()
        )
        self.assertEqual(self.product.free_qty, 88)

    def test_other_lines_stay(self):
        self.sale.order_line = [
            Command.create({"product_id": self.product.id, "price_unit": 0})
        ]
        self.tell()
        self.assertEqual(self.demand(), {"SKU-A": 1, "SKU-B": 2})

    def test_product_chosen_by_hand_stays_for_its_sku(self):
        """As long as Amazon means the same item."""
        chosen = self._create_product("SKU-C")
        binding = self.receive(order_json(2, [item_json("SKU-C", 1)]))
        self.channel.auto_confirm = False
        quoted = self.receive(order_json(3, [item_json("SKU-A", 2, "200.00")]))
        quoted.sale_order_id.order_line.product_id = chosen
        items = [item_json("SKU-A", 1, "100.00")]
        self.receive(order_json(3, items, updated=ago(hours=1)))
        self.assertEqual(quoted.sale_order_id.order_line.product_id, chosen)
        items = [item_json("SKU-B", 1, "100.00")]
        self.receive(order_json(3, items, updated=ago(minutes=30)))
        self.assertEqual(quoted.sale_order_id.order_line.product_id, self.other_product)
        self.assertEqual(binding.state, "applied")

    def test_locked_order(self):
        self.sale.action_lock()
        self.tell()
        self.assertEqual((self.demand(), self.sale.locked), ({"SKU-B": 2}, True))

    def test_unlinked_sku_freezes(self):
        """Nobody ships the former product; linked, the order goes on."""
        for locked in (False, True):
            with self.subTest(locked=locked):
                self.sale.locked = locked
                self.tell("SKU-NEW")
                self.assertEqual(
                    (self.binding.state, self.sale.state), ("frozen", "draft")
                )
                self.assertTrue(self.sale.amazon_frozen)
                self.assertEqual((self.demand(), self.free()), ({}, (100, 100)))
                self.assertEqual(self.sale.amount_total, 200.0)
                self.binding.line_ids.listing_id.product_id = self.other_product
                self.apply()
                self.assertEqual(
                    (self.binding.state, self.sale.state), ("applied", "sale")
                )
                self.assertEqual(self.demand(), {"SKU-B": 2})
                self.binding.line_ids.listing_id.product_id = False
                self.tell("SKU-A")
                self.assertEqual(self.demand(), {"SKU-A": 2})
                self.env["amazon.listing"].search(
                    [("seller_sku", "=", "SKU-NEW")]
                ).unlink()

    def test_after_shipping_a_human_is_asked(self):
        self.deliver(self.binding)
        self.tell()
        self.assertEqual(self.binding.state, "held")
        self.assertIn("SKU-A → SKU-B", self.sale.activity_ids.note)
        self.assertIn("goods were shipped", self.binding.reason)
        self.assertEqual(self.line().product_id, self.product)
        self.binding.action_retry()
        self.apply()
        self.assertEqual(self.binding.state, "applied", "a user has compared the two")
        self.assertFalse(self.sale.activity_ids)

    def test_part_of_it_was_shipped(self):
        """The rest of the former item is asked about before it leaves."""
        self.deliver(self.binding, quantities={"SKU-A": 1})
        self.tell()
        rest = self.picking_of(self.binding)
        self.assertEqual(self.binding.state, "held")
        self.assertTrue(rest.amazon_stopped)
        self.assertIn("SKU-B", rest.amazon_notice)

    def test_invoiced(self):
        self.product.invoice_policy = "order"
        self.sale._create_invoices().action_post()
        self.tell("SKU-NEW")
        self.assertEqual((self.binding.state, self.sale.state), ("held", "sale"))
        self.assertIn("an invoice is posted", self.binding.reason)
        self.assertTrue(self.picking_of(self.binding).amazon_stopped)

    def test_picked_goods(self):
        """Wrong goods in the parcel: held until they are put back."""
        picking = self.sale.picking_ids
        picking.move_ids.picked = True
        self.tell()
        self.assertEqual(self.binding.state, "held")
        self.assertIn("picked or packed", self.binding.reason)
        self.assertTrue(picking.amazon_stopped)
        picking.move_ids.picked = False
        self.binding.action_retry()
        self.apply()
        self.assertEqual((self.binding.state, self.demand()), ("applied", {"SKU-B": 2}))

    def test_more_steps(self):
        self.channel._get_warehouse().delivery_steps = "pick_pack_ship"
        binding = self.receive(order_json(2, [item_json("SKU-A", 2, "200.00")]))
        items = [item_json("SKU-B", 2, "200.00")]
        self.receive(order_json(2, items, updated=ago(hours=1)))
        moves = binding.sale_order_id.picking_ids.move_ids
        open_moves = moves.filtered(lambda m: m.state not in ("done", "cancel"))
        self.assertEqual(open_moves.product_id, self.other_product)


@tagged("post_install", "-at_install")
class TestOrderAddressChanges(ShipmentMixin, AmazonCase):
    """Another address after the first parcel: the rest follows, a human is asked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_carrier()
        cls.binding = cls.receive(cls.order_of(3))
        cls.sale = cls.binding.sale_order_id

    def move(self, hours=1, **options):
        moved = {"deliveryAddress": address_json(addressLine1="9 New Lane")}
        self.receive(
            self.order_of(3, recipient=moved, updated=ago(hours=hours), **options)
        )

    def notices(self):
        return self.sale.activity_ids.filtered(
            lambda activity: activity.summary == "Address changed on Amazon"
        )

    def test_before_anything_left(self):
        former = self.sale.partner_shipping_id
        self.move()
        self.assertNotEqual(self.sale.partner_shipping_id, former)
        self.assertEqual(
            self.sale.picking_ids.partner_id, self.sale.partner_shipping_id
        )
        self.assertFalse(self.sale.activity_ids)

    def test_open_delivery_follows_and_the_first_parcel_is_asked_about(self):
        former = self.sale.partner_shipping_id
        first = self.deliver(self.binding, quantities={"SKU-A": 1})
        rest = self.picking_of(self.binding)
        self.move(status="PARTIALLY_SHIPPED")
        self.assertEqual(rest.partner_id, self.sale.partner_shipping_id)
        self.assertNotEqual(rest.partner_id, former)
        self.assertEqual(first.partner_id, former, "it went there")
        self.assertIn(first.name, self.notices().note)
        self.assertNotIn("New Lane", self.notices().note)
        self.move(hours=0.5, status="PARTIALLY_SHIPPED")
        self.assertEqual(len(self.notices()), 1, "asked once")

    def test_label_that_was_made(self):
        picking = self.sale.picking_ids
        picking.carrier_tracking_ref = "TRK1"
        self.move()
        self.assertEqual(picking.partner_id, self.sale.partner_shipping_id)
        self.assertIn(picking.name, self.notices().note)

    def test_all_has_left(self):
        self.deliver(self.binding)
        self.move()
        self.assertEqual(len(self.notices()), 1)

    def test_no_address_is_no_other_address(self):
        self.deliver(self.binding, quantities={"SKU-A": 1})
        former = self.sale.partner_shipping_id
        self.receive(self.order_of(3, buyer=None, updated=ago(hours=1)))
        self.assertEqual(self.sale.partner_shipping_id, former)
        self.assertFalse(self.notices())
