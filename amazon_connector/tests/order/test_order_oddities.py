# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import AmazonCase, ago, item_json, order_json


@tagged("post_install", "-at_install")
class TestOrderOddities(AmazonCase):
    """Orders that are rare, and orders that are wrong."""

    def totals(self, binding):
        sale = binding.sale_order_id
        return binding.state, sale.state, sale.amount_total

    def test_forty_lines(self):
        items = [
            item_json("SKU-A", n % 3 + 1, f"{n}.{n:02}", number=str(n), SHIPPING="1.01")
            for n in range(10, 50)
        ]
        binding = self.receive(order_json(items=items))
        expected = round(sum(n + n / 100 + 1.01 for n in range(10, 50)), 2)
        self.assertEqual(self.totals(binding), ("applied", "sale", expected))
        self.assertEqual(len(binding.sale_order_id.order_line), 80)
        self.assertEqual(len(binding.sale_order_id.picking_ids), 1)

    def test_same_sku_on_two_lines(self):
        """Each keeps its own price, delivery and share of later changes."""
        first = item_json("SKU-A", 2, "200.00", tax="30.51")
        second = item_json("SKU-A", 1, "90.00", number="2", tax="13.73")
        binding = self.receive(order_json(items=[first, second]))
        sale = binding.sale_order_id
        self.assertEqual(sale.order_line.mapped("price_total"), [200.0, 90.0])
        self.assertEqual(
            sorted(sale.picking_ids.move_ids.mapped("product_uom_qty")), [1, 2]
        )
        gone = item_json("SKU-A", 0, "0.00", number="2")
        self.receive(order_json(items=[first, gone], updated=ago(hours=1)))
        self.assertEqual(self.totals(binding), ("applied", "sale", 200.0))
        self.assertEqual(self.product.free_qty, 98)

    def test_item_without_quantity(self):
        """One without money says nothing; one with money is a line all the same."""
        items = [item_json(), item_json("SKU-B", 0, "0.00", number="2")]
        binding = self.receive(order_json(1, items=items))
        self.assertEqual(self.totals(binding), ("applied", "sale", 100.0))
        self.assertEqual(len(binding.sale_order_id.order_line), 1)
        items = [item_json(), item_json("SKU-B", 0, "10.00", number="2", tax="1.00")]
        binding = self.receive(order_json(2, items=items))
        self.assertEqual(self.totals(binding), ("applied", "sale", 110.0))
        sale = binding.sale_order_id
        self.assertEqual(sale.amount_tax, 1.0)
        self.assertEqual(sale.picking_ids.move_ids.product_id, self.product)
        self.deliver(sale)
        invoice = sale._create_invoices()
        self.assertEqual((invoice.amount_tax, invoice.amount_total), (1.0, 110.0))

    def test_item_loses_its_quantity_and_keeps_money(self):
        """Nothing of it is delivered any more; what is paid is invoiced."""
        binding = self.receive(order_json(items=[item_json(quantity=2)]))
        later = item_json(quantity=0, price="30.00")
        self.receive(order_json(items=[later], updated=ago(hours=1)))
        self.assertEqual(self.totals(binding), ("applied", "sale", 30.0))
        sale = binding.sale_order_id
        self.assertEqual(self.product.free_qty, 100)
        self.assertEqual(sale._create_invoices().amount_total, 30.0)

    def test_unlinked_item_without_quantity(self):
        items = [item_json(), item_json("NEW", 0, "0.00", number="2")]
        binding = self.receive(order_json(items=items))
        self.assertEqual(self.totals(binding), ("frozen", "draft", 100.0))

    def test_item_that_vanishes(self):
        """It is delivered no more, and its frozen order no longer waits for it."""
        kept, gone = item_json(), item_json("SKU-B", 2, "50.00", number="2")
        sold = self.receive(order_json(1, items=[kept, gone]))
        self.receive(order_json(1, items=[kept], updated=ago(hours=1)))
        self.assertEqual(self.totals(sold), ("applied", "sale", 100.0))
        self.assertEqual(self.other_product.free_qty, 100)
        self.assertEqual(sold.line_ids.mapped("quantity_to_deliver"), [1, 0])
        gone = item_json("NEW", 2, "50.00", number="2")
        frozen = self.receive(order_json(2, items=[kept, gone]))
        self.assertEqual(frozen.state, "frozen")
        self.receive(order_json(2, items=[kept], updated=ago(hours=1)))
        self.assertEqual(self.totals(frozen), ("applied", "sale", 100.0))

    def test_vanished_item_comes_back(self):
        kept, other = item_json(), item_json("SKU-B", 2, "50.00", number="2")
        binding = self.receive(order_json(items=[kept, other]))
        self.receive(order_json(items=[kept], updated=ago(hours=2)))
        self.receive(order_json(items=[kept, other], updated=ago(hours=1)))
        self.assertEqual(self.totals(binding), ("applied", "sale", 150.0))
        self.assertEqual(self.other_product.free_qty, 98)

    def test_currency_differs_between_items(self):
        items = [item_json(), item_json("SKU-B", number="2", currency="USD")]
        binding = self.receive(order_json(items=items))
        self.assertEqual(self.totals(binding), ("held", False, 0.0))
        self.assertIn("INR, USD", binding.reason)

    def test_negative_total(self):
        """More discount than price: repeated as it is."""
        item = item_json(price="10.00", DISCOUNT="30.00", total="-20.00")
        binding = self.receive(order_json(items=[item], total="-20.00"))
        self.assertEqual(self.totals(binding), ("applied", "sale", -20.0))

    def test_five_decimals(self):
        """Trailing zeros are nothing; a fraction of a paisa cannot be invoiced."""
        item = item_json(quantity=3, price="100.00000", tax="15.25424")
        item["proceeds"]["proceedsTotal"]["amount"] = "100.00000"
        binding = self.receive(order_json(1, items=[item], total="100.00000"))
        self.assertEqual(self.totals(binding), ("applied", "sale", 100.0))
        self.assertEqual(binding.sale_order_id.amount_tax, 15.25)
        item = item_json(price="100.00333", total="100.00333")
        binding = self.receive(order_json(2, items=[item], total="100.00333"))
        self.assertEqual(self.totals(binding), ("applied", "sale", 100.0))
        self.assertEqual(binding.sale_order_id.amazon_difference, 0.0)

    def test_five_decimals_that_add_up(self):
        """Fractions of several charges make a whole amount: no paisa is lost."""
        item = item_json(
            price="33.33333", SHIPPING="33.33333", GIFT_WRAP="33.33334", total="100.00"
        )
        for number, method in enumerate(("round_per_line", "round_globally"), start=1):
            self.company.tax_calculation_rounding_method = method
            binding = self.receive(order_json(number, items=[item], total="100.00"))
            self.assertEqual(self.totals(binding), ("applied", "sale", 100.0))
            sale = binding.sale_order_id
            lines = sum(sale.order_line.mapped("price_total"))
            self.assertAlmostEqual(lines, 100.0, places=6)
            self.deliver(sale)
            invoice = sale._create_invoices()
            self.assertEqual(invoice.amount_total, 100.0)

    def deliver(self, sale):
        sale.picking_ids.with_context(skip_sms=True).button_validate()

    def test_amounts_as_numbers(self):
        """Money is a text by Amazon's word; a number is read all the same."""
        item = item_json()
        item["proceeds"]["breakdowns"][0]["subtotal"]["amount"] = 100.0
        item["proceeds"]["proceedsTotal"]["amount"] = 100
        del item["product"]["price"]
        order = order_json(2, items=[item], total="100.00")
        order["proceeds"]["grandTotal"]["amount"] = 100
        binding = self.receive(order)
        self.assertEqual(self.totals(binding), ("applied", "sale", 100.0))

    def test_amounts_that_are_no_numbers(self):
        """They hold the order with the place, and are never taken for not stated."""
        for number, amount in enumerate(
            ("NaN", "Infinity", float("nan"), float("inf"), "1,5", "1E+40", "", True)
        ):
            with self.subTest(amount=amount):
                item = item_json(price="12.00", tax="2.00", total="12.00")
                item["proceeds"]["breakdowns"][1]["subtotal"]["amount"] = amount
                binding = self.receive(order_json(number, items=[item], total="12.00"))
                self.assertEqual(self.totals(binding), ("held", False, 0.0))
                self.assertIn("breakdowns[1].subtotal.amount", binding.reason)
                self.assertFalse(binding.lacks_amounts)

    def test_amounts_with_an_exponent(self):
        """Java writes them: the tax of 2E+0 is 2.00, not none."""
        for number, (price, tax) in enumerate(
            (("1.2E+1", "2E+0"), ("+12", " 2.00 "), (12e0, 2e0), ("120E-1", ".2e1"))
        ):
            with self.subTest(price=price, tax=tax):
                item = item_json(price="12.00", tax="2.00", total="12.00")
                item["proceeds"]["breakdowns"][0]["subtotal"]["amount"] = price
                item["proceeds"]["breakdowns"][1]["subtotal"]["amount"] = tax
                item["proceeds"]["proceedsTotal"]["amount"] = price
                binding = self.receive(order_json(number, items=[item], total="12.00"))
                self.assertEqual(self.totals(binding), ("applied", "sale", 12.0))
                self.assertEqual(binding.sale_order_id.amount_tax, 2.0)

    def test_fractions_of_a_paisa(self):
        """Sums are compared in whole paise, and the order agrees with itself."""
        for number, (price, tax, total, expected) in enumerate(
            (
                ("100.005", "4.762", "100.005", (95.25, 4.76, 100.01)),
                ("99.9999", "0.00", "100.00", (100.0, 0.0, 100.0)),
                ("99.99", "8.249", "108.24", (99.99, 8.25, 108.24)),
                ("10.004", "2.004", "12.00", (10.0, 2.0, 12.0)),
            )
        ):
            with self.subTest(price=price):
                item = item_json(quantity=3, price=price, tax=tax, total=total)
                binding = self.receive(order_json(number, items=[item], total=total))
                sale = binding.sale_order_id
                self.assertEqual(self.totals(binding)[:2], ("applied", "sale"))
                self.assertEqual(
                    (sale.amount_untaxed, sale.amount_tax, sale.amount_total), expected
                )
                self.assertEqual(sale.amazon_difference, 0.0)
                self.assertEqual(binding.amount_total, expected[2])

    def test_all_units_cancelled_before_anything_ships(self):
        """No sales order without lines; one that is there is cancelled."""
        gone = item_json(quantity=3, price="32.40")
        gone["fulfillment"] = {"quantityFulfilled": 0, "quantityUnfulfilled": 0}
        binding = self.receive(order_json(1, items=[gone]))
        self.assertEqual(self.totals(binding), ("skipped", False, 0.0))
        self.assertIn("cancelled", binding.reason)
        known = self.receive(order_json(2, items=[item_json(quantity=3)]))
        self.receive(order_json(2, items=[gone], updated=ago(hours=1)))
        self.assertEqual(self.totals(known)[:2], ("cancelled", "cancel"))
        self.assertEqual(self.product.free_qty, 100)
        self.receive(order_json(2, items=[gone], updated=ago(minutes=30)))
        self.assertEqual(known.state, "cancelled", "and stays so")

    def test_units_that_are_not_known(self):
        for number, units in enumerate((None, 1.5, "2")):
            item = item_json(quantity=2)
            item["quantityOrdered"] = units
            del item["fulfillment"]
            binding = self.receive(order_json(number, items=[item]))
            self.assertEqual(self.totals(binding), ("held", False, 0.0))
            self.assertIn("how many units", binding.reason)

    def test_more_shipped_than_ordered(self):
        """Nothing comes back from the buyer: what was not ordered is not counted."""
        self.channel.order_preference = "fulfilled"
        for number, (shipper, left) in enumerate(
            (shipper, left) for shipper in ("MERCHANT", "AMAZON") for left in (0, -1)
        ):
            with self.subTest(shipper=shipper, left=left):
                item = item_json(quantity=2)
                item["fulfillment"] = {
                    "quantityFulfilled": 3,
                    "quantityUnfulfilled": left,
                }
                order = order_json(number, items=[item], status="SHIPPED")
                order["fulfillment"]["fulfilledBy"] = shipper
                binding = self.receive(order)
                sale = binding.sale_order_id
                self.assertEqual(self.totals(binding), ("applied", "sale", 100.0))
                self.assertEqual(sale.order_line.product_uom_qty, 2)
                self.assertEqual(sale.order_line.qty_delivered, 2)
                self.assertFalse(
                    sale.picking_ids.filtered(
                        lambda p: p.picking_type_code != "outgoing"
                    )
                )
                self.assertIn(
                    "Amazon: 3, ordered: 2", str(sale.message_ids.mapped("body"))
                )

    def test_shipped_units_without_ordered_ones(self):
        self.channel.order_preference = "fulfilled"
        item = item_json(quantity=2)
        del item["quantityOrdered"]
        item["fulfillment"] = {"quantityFulfilled": 2}
        order = order_json(items=[item], status="SHIPPED")
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        sale = self.receive(order).sale_order_id
        self.assertEqual(sale.order_line.product_uom_qty, 2)
        self.assertEqual(sale.order_line.qty_delivered, 2)

    def test_blank_purchase_order_number(self):
        """What shows nothing is no reference."""
        for number, (text, reference) in enumerate(
            (
                ("   ", None),
                ("", None),
                ("\u200b\ufeff\u00a0", None),
                ("\u3164 \u2800\t\n", None),
                (" PO 7\u200b ", "PO 7"),
            )
        ):
            with self.subTest(text=text):
                order = order_json(number)
                order["buyer"]["buyerPurchaseOrderNumber"] = text
                sale = self.receive(order).sale_order_id
                self.assertEqual(
                    sale.client_order_ref, reference or sale.amazon_order_ref
                )

    def test_money_that_does_not_add_up_is_mended_by_amazon(self):
        """Held with the difference; Amazon's correction lets it go on."""
        binding = self.receive(order_json(items=[item_json()], total="101.00"))
        self.assertEqual((binding.state, binding.difference), ("held", 1.0))
        self.receive(order_json(items=[item_json()], updated=ago(hours=1)))
        self.assertEqual(self.totals(binding), ("applied", "sale", 100.0))
        self.assertEqual(binding.difference, 0.0)

    def test_held_draft_is_never_called_applied(self):
        """Its total differs: the same word from Amazon again changes nothing."""
        binding = self.receive(order_json())
        sale = binding.sale_order_id
        sale._action_cancel()
        sale.action_draft()
        sale.order_line.price_unit = 90.0
        binding.write({"state": "held", "reason": "the totals differ"})
        self.receive(order_json(updated=ago(hours=2)))
        self.assertEqual(self.totals(binding), ("held", "draft", 90.0))
        self.assertEqual(binding.difference, 10.0)
        sale.order_line.price_unit = 100.0
        self.receive(order_json(updated=ago(hours=1)))
        self.assertEqual(self.totals(binding), ("applied", "sale", 100.0))

    def test_what_no_database_holds_stops_no_page(self):
        """Odd characters are left out; absurd numbers are no numbers."""
        odd = "Lamp\0 with \ud83d hole"
        item = item_json()
        item["product"]["title"] = odd
        item["quantityOrdered"] = 10**12
        order = order_json(1, items=[item])
        order["buyer"]["buyerName"] = odd
        order["recipient"]["deliveryAddress"]["stateOrRegion"] = odd
        binding, other = self.receive(order, order_json(2))
        self.assertEqual(self.totals(binding), ("applied", "sale", 100.0))
        self.assertEqual(binding.sale_order_id.order_line.name, "Lamp with ? hole")
        self.assertEqual(other.state, "applied")

    def test_negative_quantity(self):
        """Nothing is taken back on Amazon's word; the money is repeated."""
        item = item_json(quantity=-2)
        binding = self.receive(order_json(items=[item]))
        self.assertEqual(self.totals(binding), ("applied", "sale", 100.0))
        self.assertFalse(binding.sale_order_id.picking_ids)

    def test_programs_and_promises_are_kept(self):
        programs = [
            "PRIME",
            "AMAZON_BUSINESS",
            "AMAZON_EASY_SHIP",
            "FBM_SHIP_PLUS",
            "SOMETHING_NEW",
        ]
        item = item_json()
        item["programs"] = ["SUBSCRIBE_AND_SAVE"]
        order = order_json(items=[item], programs=programs)
        order["buyer"]["buyerPurchaseOrderNumber"] = "PO-7"
        order["fulfillment"]["shipByWindow"]["latestDateTime"] = "2026-12-01T10:00:00Z"
        order["fulfillment"]["deliverByWindow"] = {
            "latestDateTime": "2026-12-05T18:30:00Z"
        }
        binding = self.receive(order)
        sale = binding.sale_order_id
        self.assertEqual(binding.state, "applied")
        self.assertEqual(binding.payload["programs"], programs)
        self.assertEqual(
            binding.payload["orderItems"][0]["programs"], ["SUBSCRIBE_AND_SAVE"]
        )
        self.assertEqual(sale.client_order_ref, "PO-7")
        self.assertEqual(str(binding.ship_by), "2026-12-01 10:00:00")
        self.assertEqual(str(binding.deliver_by), "2026-12-05 18:30:00")
        self.assertEqual(sale.commitment_date, binding.ship_by)
