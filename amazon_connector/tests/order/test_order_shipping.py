# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from ..common import AmazonCase, ago, item_json, order_json


@tagged("post_install", "-at_install")
class TestOrderShipping(AmazonCase):
    """What Amazon ships, or was shipped outside Odoo."""

    def setUp(self):
        super().setUp()
        self.channel.go_live_date = fields.Datetime.now() - timedelta(days=10)
        self.warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )

    def order(self, status, fulfilled=0, quantity=2, by="AMAZON", **options):
        item = item_json("SKU-A", quantity, "200.00")
        item["fulfillment"] = {
            "quantityFulfilled": fulfilled,
            "quantityUnfulfilled": quantity - fulfilled,
        }
        order = order_json(items=[item], status=status, **options)
        order["fulfillment"]["fulfilledBy"] = by
        return order

    def test_amazon_ships_without_a_delivery(self):
        binding = self.receive(self.order("UNSHIPPED"))
        sale = binding.sale_order_id
        self.assertEqual((sale.state, sale.amazon_shipping), ("sale", "amazon"))
        self.assertFalse(sale.picking_ids)
        self.assertEqual(sale.delivery_status, "pending")
        self.assertEqual(self.product.free_qty, 100)

    def test_orders_that_amazon_ships_can_be_left_out(self):
        """S40: by choice of the channel, also those placed after it went live."""
        self.channel.fba_orders = False
        left = self.receive(self.order("UNSHIPPED"))
        self.assertEqual((left.state, left.sale_order_id.id), ("skipped", False))
        self.assertIn("leaves out such orders", left.reason)
        self.receive(self.order("SHIPPED", 2, updated=ago(hours=1)))
        self.assertEqual(left.state, "skipped")
        left.asked_for = "number"
        left._apply_again()
        self.apply()
        self.assertEqual(left.sale_order_id.amazon_shipping, "amazon")

    def test_a_pending_order_of_amazons_is_left_out_at_once(self):
        self.channel.fba_orders = False
        self.assertEqual(self.receive(self.order("PENDING")).state, "skipped")

    def test_what_came_in_before_is_followed(self):
        binding = self.receive(self.order("UNSHIPPED"))
        self.channel.fba_orders = False
        self.receive(self.order("SHIPPED", 2, updated=ago(hours=1)))
        self.assertEqual(binding.sale_order_id.order_line.qty_delivered, 2)

    def test_own_shipping_is_not_left_out(self):
        self.channel.fba_orders = False
        binding = self.receive(self.order("UNSHIPPED", by="MERCHANT"))
        self.assertEqual(binding.state, "applied")

    def test_fba_stock_leaves_its_own_location(self):
        """S172, the order's part: what Amazon completes is complete in Odoo."""
        binding = self.receive(self.order("UNSHIPPED"))
        sale = binding.sale_order_id
        self.receive(self.order("PARTIALLY_SHIPPED", 1, updated=ago(hours=2)))
        self.assertEqual(sale.order_line.qty_delivered, 1)
        self.assertEqual(sale.delivery_status, "partial")
        self.receive(self.order("SHIPPED", 2, updated=ago(hours=1)))
        self.assertEqual(sale.order_line.qty_delivered, 2)
        self.assertEqual(sale.delivery_status, "full")
        moves = sale.order_line.move_ids
        location = self.account.fba_location_id
        self.assertEqual(moves.location_id, location)
        self.assertEqual(
            (location.usage, location.warehouse_id.id), ("internal", False)
        )
        self.assertEqual(moves.mapped("date")[-1], binding.last_updated_time)
        self.assertEqual(self.product.qty_available, 100, "no warehouse is touched")
        self.assertEqual(
            self.product.with_context(location=location.id).qty_available, -2
        )
        self.assertFalse(sale.picking_ids)

    def test_fba_goods_are_taken_where_they_are(self):
        location = self.account._get_fba_location()
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": location.id}
        )
        box = self.env["stock.package"].create({"name": "Box"})
        Quant = self.env["stock.quant"]
        Quant._update_available_quantity(self.product, shelf, 1)
        Quant._update_available_quantity(self.product, location, 1, package_id=box)
        Quant._update_available_quantity(self.other_product, location, 5)
        skus = ("SKU-A", "SKU-B")
        items = [item_json(sku, 2, "200.00", number=n) for n, sku in enumerate(skus)]
        for item in items:
            item["fulfillment"] = {"quantityFulfilled": 2, "quantityUnfulfilled": 0}
        order = order_json(items=items, status="SHIPPED")
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        sale = self.receive(order).sale_order_id
        self.assertEqual(set(sale.order_line.mapped("qty_delivered")), {2.0})
        left = Quant.search([("location_id", "child_of", location.id)])
        self.assertEqual(sum(left.mapped("quantity")), 3)
        self.assertFalse(left.filtered(lambda quant: quant.quantity < 0))
        self.assertFalse(sum(left.mapped("reserved_quantity")))

    def test_repeated_status_moves_nothing_twice(self):
        binding = self.receive(self.order("SHIPPED", 2))
        for hours in (3, 2):
            self.receive(self.order("SHIPPED", 2, updated=ago(hours=hours)))
        self.assertEqual(binding.sale_order_id.order_line.qty_delivered, 2)
        self.assertEqual(len(binding.sale_order_id.order_line.move_ids), 1)

    def test_shipped_order_can_be_invoiced(self):
        self.product.invoice_policy = "delivery"
        sale = self.receive(self.order("SHIPPED", 2)).sale_order_id
        self.assertEqual(sale.invoice_status, "to invoice")
        invoice = sale._create_invoices()
        self.assertEqual(invoice.amount_total, 200.0)

    def test_shipped_outside_odoo(self):
        sale = self.receive(self.order("SHIPPED", 2, by="MERCHANT")).sale_order_id
        self.assertEqual((sale.state, sale.amazon_shipping), ("sale", "outside"))
        self.assertFalse(sale.picking_ids)
        self.assertEqual(sale.delivery_status, "full")
        self.assertEqual(sale.order_line.qty_delivered, 2)
        self.assertEqual(
            sale.order_line.move_ids.location_id, self.warehouse.lot_stock_id
        )
        self.assertEqual(self.product.qty_available, 98)

    def test_partly_shipped_outside_leaves_the_rest_to_odoo(self):
        sale = self.receive(
            self.order("PARTIALLY_SHIPPED", 1, quantity=3, by="MERCHANT")
        ).sale_order_id
        self.assertEqual(sale.amazon_shipping, "odoo")
        self.assertEqual(sale.order_line.qty_delivered, 1)
        self.assertEqual(sale.picking_ids.move_ids.product_uom_qty, 2)
        self.assertEqual((self.product.qty_available, self.product.free_qty), (99, 97))
        sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.assertEqual(sale.order_line.qty_delivered, 3)
        self.assertEqual(self.product.qty_available, 97)

    def test_later_edits_start_no_delivery(self):
        sale = self.receive(self.order("SHIPPED", 2)).sale_order_id
        sale.order_line.product_uom_qty = 5
        self.assertFalse(sale.picking_ids)

    def test_own_deliveries_are_not_moved_twice(self):
        """Amazon tells back what Odoo shipped."""
        sale = self.receive(self.order("UNSHIPPED", by="MERCHANT")).sale_order_id
        sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.receive(self.order("SHIPPED", 2, by="MERCHANT", updated=ago(hours=1)))
        self.assertEqual(sale.order_line.qty_delivered, 2)
        self.assertEqual(self.product.qty_available, 98)

    def test_history_never_moves_stock(self):
        self.channel.order_preference = "fulfilled"
        sale = self.receive(
            self.order("SHIPPED", 2, created=ago(days=20))
        ).sale_order_id
        self.assertEqual(sale.order_line.qty_delivered, 2)
        self.assertFalse(self.account.fba_location_id)
        self.assertEqual(
            sale.order_line.move_ids.location_id,
            self.company.amazon_outside_location_id,
        )

    def test_preference_governs_history_only(self):
        """S40, S67, S125: Confirmed, or Confirmed and fulfilled."""
        old = {"created": ago(days=20)}
        shipped = self.receive(self.order("SHIPPED", 2, **old))
        self.assertEqual(shipped.state, "skipped")
        self.assertIn("went live", shipped.reason)
        unshipped = self.receive(self.order("UNSHIPPED", number=2, **old))
        self.assertEqual(unshipped.state, "applied")
        later = self.receive(self.order("SHIPPED", 2, number=3))
        self.assertEqual(later.state, "applied")
        self.channel.order_preference = "fulfilled"
        shipped._apply_again()
        self.apply()
        self.assertEqual(shipped.state, "applied")

    def test_services_are_not_moved(self):
        self.product.type = "service"
        sale = self.receive(self.order("SHIPPED", 2)).sale_order_id
        self.assertFalse(sale.order_line.move_ids)

    def test_cancellation_after_amazon_shipped_asks_a_human(self):
        binding = self.receive(self.order("SHIPPED", 2))
        self.receive(self.order("CANCELLED", 2, updated=ago(hours=1)))
        self.assertEqual((binding.state, binding.sale_order_id.state), ("held", "sale"))

    def test_cancelled_fba_order(self):
        binding = self.receive(self.order("UNSHIPPED"))
        self.receive(self.order("CANCELLED", updated=ago(hours=1)))
        self.assertEqual(binding.sale_order_id.state, "cancel")


@tagged("post_install", "-at_install")
class TestShippedElsewhere(AmazonCase):
    """Placed after go-live and shipped before it came in, an order of
    the merchant takes its units from the warehouse."""

    def setUp(self):
        super().setUp()
        self.channel.go_live_date = fields.Datetime.now() - timedelta(days=10)
        self.warehouse = self.channel._get_warehouse()
        self.stock = self.warehouse.lot_stock_id

    def shipped(self, quantity=3, sku="SKU-A", **options):
        item = item_json(sku, quantity, "300.00")
        item["fulfillment"] = {
            "quantityFulfilled": quantity,
            "quantityUnfulfilled": 0,
        }
        options = {"status": "SHIPPED", **options}
        return order_json(items=[item], **options)

    def notes(self, sale):
        return " ".join(sale.message_ids.mapped("body"))

    def on_hand(self, location=None):
        location = location or self.stock
        return self.product.with_context(location=location.id).qty_available

    def test_taken_from_the_warehouse(self):
        sale = self.receive(self.shipped()).sale_order_id
        self.assertEqual((sale.delivery_status, self.on_hand()), ("full", 97))
        self.assertIn("3 Units [SKU-A] Product SKU-A", self.notes(sale))
        self.assertIn(self.warehouse.name, self.notes(sale))
        self.assertNotIn("negative", self.notes(sale))
        for hours in (3, 2):
            self.receive(self.shipped(updated=ago(hours=hours)))
        self.assertEqual(self.on_hand(), 97, "once")

    def test_more_than_odoo_has(self):
        sale = self.receive(self.shipped(quantity=103)).sale_order_id
        self.assertEqual(self.on_hand(), -3)
        self.assertEqual(sale.order_line.qty_delivered, 103)
        self.assertIn("negative", self.notes(sale))

    def test_units_on_a_shelf(self):
        """Odoo takes them where they are."""
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id}
        )
        Quant = self.env["stock.quant"]
        Quant._update_available_quantity(self.product, self.stock, -100)
        Quant._update_available_quantity(self.product, shelf, 2)
        self.receive(self.shipped())
        self.assertEqual((self.on_hand(), self.on_hand(shelf)), (-1, 0))

    def test_reserved_for_others(self):
        """A delivery that waits loses its reservation, as Odoo does it."""
        other = self.receive(order_json(2, [item_json("SKU-A", 99, "300.00")]))
        self.assertEqual(other.sale_order_id.picking_ids.state, "assigned")
        self.receive(self.shipped())
        self.assertEqual(self.on_hand(), 97)
        self.assertEqual(self.product.free_qty, 0)

    def test_tracked_without_known_lot(self):
        """What Odoo allows: units without a lot, and a note that says so."""
        for tracking in ("lot", "serial"):
            with self.subTest(tracking):
                number = 10 + len(tracking)
                product = self._create_product(f"SKU-{tracking}")
                product.tracking = tracking
                order = self.shipped(2, product.default_code, number=number)
                binding = self.receive(order)
                self.assertEqual(binding.state, "applied", binding.reason)
                self.assertEqual(product.qty_available, 98)
                self.assertIn("is not known", self.notes(binding.sale_order_id))

    def test_mapped_warehouse(self):
        other = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        self.channel.warehouse_id = other
        self.receive(self.shipped())
        self.assertEqual(self.on_hand(other.lot_stock_id), -3)
        self.assertEqual(self.on_hand(), 100)

    def test_dropshipped(self):
        """What a vendor ships never was in the warehouse."""
        supplier = self.env.ref("stock.stock_location_suppliers")
        customer = self.env.ref("stock.stock_location_customers")
        self.channel.route_id = self.env["stock.route"].create(
            {
                "name": "From vendor to buyer",
                "sale_selectable": True,
                "rule_ids": [
                    Command.create(
                        {
                            "name": "Drop",
                            "action": "pull",
                            "procure_method": "make_to_stock",
                            "location_src_id": supplier.id,
                            "location_dest_id": customer.id,
                            "picking_type_id": self.warehouse.out_type_id.id,
                        }
                    )
                ],
            }
        )
        sale = self.receive(self.shipped()).sale_order_id
        self.assertEqual((sale.order_line.qty_delivered, self.on_hand()), (3, 100))

    def test_rehearsal_is_no_history(self):
        """Orders count from the channel's *Live Since*, quantities that are not sent
        yet change nothing about it."""
        self.assertFalse(self.channel.stock_live)
        self.receive(self.shipped())
        self.assertEqual(self.on_hand(), 97)

    def test_history_moves_nothing(self):
        """Placed before go-live, or before the start date."""
        self.channel.order_preference = "fulfilled"
        self.receive(self.shipped(created=ago(days=20)))
        self.channel.order_start_date = fields.Datetime.now() - timedelta(hours=1)
        old = self.store(self.shipped(number=2))
        old.asked_for = "number"
        self.apply()
        self.assertEqual(old.sale_order_id.order_line.qty_delivered, 3)
        self.assertEqual(self.on_hand(), 100)

    def test_frozen_order(self):
        binding = self.receive(self.shipped(sku="SKU-NEW"))
        self.assertEqual((binding.state, self.on_hand()), ("frozen", 100))
        binding.line_ids.listing_id.product_id = self.product
        binding._apply_again()
        self.apply()
        self.assertEqual((binding.state, self.on_hand()), ("applied", 97))

    def test_quotation_that_a_user_confirms(self):
        self.channel.auto_confirm = False
        sale = self.receive(self.shipped()).sale_order_id
        self.assertEqual((sale.state, self.on_hand()), ("draft", 100))
        sale.action_confirm()
        self.assertEqual((sale.delivery_status, self.on_hand()), ("full", 97))

    def test_cancelled_or_returned_later(self):
        binding = self.receive(self.shipped())
        self.receive(self.shipped(status="CANCELLED", updated=ago(hours=1)))
        self.assertEqual((binding.state, self.on_hand()), ("held", 97))
        self.assertIn("returned", binding.reason)
