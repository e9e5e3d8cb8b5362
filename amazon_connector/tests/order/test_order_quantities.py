# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.tests import Form, new_test_user, tagged

from ..common import ago, item_json, order_json
from .pin_common import PinCase


@tagged("post_install", "-at_install")
class TestOrderQuantities(PinCase):
    """Rule 2 when users edit: a quantity keeps its share of Amazon's amounts."""

    def setUp(self):
        super().setUp()
        (self.product | self.other_product).invoice_policy = "order"

    def sale_amounts(self, sale):
        return sale.amount_untaxed, sale.amount_tax, sale.amount_total

    def taxed(self, quantity, price, tax, **options):
        total = f"{float(price) + float(tax):.2f}"
        return item_json(
            quantity=quantity, price=price, tax=tax, total=total, **options
        )

    def receive_item(self, *item, updated=None, **options):
        order = order_json(items=[self.taxed(*item)], updated=updated, **options)
        return self.receive(order)

    def notes(self, record):
        return str(record.message_ids.mapped("body"))

    def test_lowered_after_the_invoice_as_the_activity_says(self):
        """3 x 10.00 + 2.40, one cancelled: the credit note carries its tax."""
        binding = self.receive_item(3, "30.00", "2.40")
        sale = binding.sale_order_id
        invoice = self.post(sale._create_invoices())
        self.receive_item(2, "20.00", "1.60", updated=ago(hours=1))
        self.assertEqual(binding.state, "held")
        sale.order_line.product_uom_qty = 2
        self.assertEqual(self.sale_amounts(sale), (20.0, 1.6, 21.6))
        self.assertTrue(binding.to_apply, "compared again by itself")
        self.apply()
        self.assertEqual((binding.state, sale.amazon_difference), ("applied", 0.0))
        self.assertFalse(sale.activity_ids)
        refund = self.post(sale._create_invoices(final=True))
        self.assertEqual(self.amounts(refund), (-10.0, -0.8, -10.8))
        self.assert_complete(sale, invoice | refund)

    def test_lowered_after_a_part_was_shipped(self):
        binding = self.receive_item(3, "60.00", "4.95")
        sale = binding.sale_order_id
        self.deliver(sale, 1)
        self.receive_item(2, "40.00", "3.30", updated=ago(hours=1))
        sale.order_line.product_uom_qty = 2
        self.assertEqual(self.sale_amounts(sale), (40.0, 3.3, 43.3))
        self.apply()
        self.assertEqual((binding.state, binding.difference), ("applied", 0.0))

    def test_pricelist_has_no_say(self):
        """Neither on a line for nothing, nor by a discount from some quantity on."""
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.channel._get_pricelists()[self.channel].id,
                "compute_price": "percentage",
                "percent_price": 50,
            }
        )
        for number, price in enumerate(("0.00", "90.00")):
            item = item_json(quantity=3, price=price)
            sale = self.receive(order_json(number, items=[item])).sale_order_id
            sale.order_line.product_uom_qty = 2
            self.assertEqual(sale.amount_total, float(price) / 3 * 2)
            sale.order_line.product_uom_qty = 3
            self.assertEqual(sale.amazon_difference, 0.0)

    def test_tax_inside_the_price(self):
        sale = self.sell(2, "238.00", "38.00")
        sale.order_line.product_uom_qty = 1
        self.assertEqual(self.sale_amounts(sale), (100.0, 19.0, 119.0))

    def test_any_way_of_editing(self):
        """Up, down, to nothing and back, by write, form and a salesperson's call."""
        sale = self.sell()
        line = sale.order_line
        for quantity, expected in (
            (1, (28.24, 5.09, 33.33)),
            (5, (141.22, 25.43, 166.65)),
            (0, (0.0, 0.0, 0.0)),
            (1.5, (42.37, 7.63, 50.0)),
            (3, (84.73, 15.26, 99.99)),
        ):
            with self.subTest(quantity=quantity):
                line.product_uom_qty = quantity
                self.assertEqual(self.sale_amounts(sale), expected)
        with Form(sale) as form:
            with form.order_line.edit(0) as edited:
                edited.product_uom_qty = 1
            self.assertEqual(form.tax_totals["total_amount_currency"], 33.33)
        self.assertEqual(self.sale_amounts(sale), (28.24, 5.09, 33.33))
        clerk = new_test_user(
            self.env, "clerk", "sales_team.group_sale_salesman_all_leads"
        )
        sale.with_user(clerk).write(
            {"order_line": [Command.update(line.id, {"product_uom_qty": 3})]}
        )
        self.assertEqual(self.sale_amounts(sale), (84.73, 15.26, 99.99))
        self.assertEqual(sale.amazon_difference, 0.0)
        self.assertNotIn("no longer follows Amazon's amounts", self.notes(sale))

    def test_to_nothing_after_the_invoice(self):
        sale = self.sell()
        invoice = self.post(sale._create_invoices())
        sale.order_line.product_uom_qty = 0
        refund = self.post(sale._create_invoices(final=True))
        self.assertEqual(self.amounts(invoice | refund), (0.0, 0.0, 0.0))
        self.assertEqual(refund.amount_tax, 15.26)

    def test_amazons_amounts_are_written_once_the_units_agree(self):
        """What Amazon states for two is not two thirds of what it stated for three."""
        binding = self.receive_item(3, "30.00", "2.40")
        sale = binding.sale_order_id
        self.deliver(sale, 1)
        first = sale.order_line
        invoice = sale._create_invoices()
        self.edit_quantity(invoice, 1)
        self.post(invoice)
        self.receive_item(2, "19.99", "1.55", updated=ago(hours=1))
        self.assertEqual(binding.state, "held")
        first.product_uom_qty = 2
        self.apply()
        self.assertEqual(binding.state, "applied")
        self.assertEqual(self.sale_amounts(sale), (19.99, 1.55, 21.54))
        rest = self.post(sale._create_invoices())
        self.assertEqual(self.amounts(rest), (9.99, 0.75, 10.74))
        self.assert_complete(sale, invoice | rest)

    def test_what_is_invoiced_is_not_written_over(self):
        binding = self.receive_item(3, "30.00", "2.40")
        sale = binding.sale_order_id
        self.post(sale._create_invoices())
        self.receive_item(3, "27.00", "2.16", updated=ago(hours=1))
        self.assertEqual((binding.state, binding.difference), ("held", -3.24))
        self.assertEqual(self.sale_amounts(sale), (30.0, 2.4, 32.4))

    def test_invoiced_charges_follow_the_units(self):
        """What Amazon takes back of a discount or of shipping is credited with its
        item, at Amazon's amounts."""
        for number, (charges, later, total) in enumerate(
            (
                ({"DISCOUNT": "-2.50"}, {"DISCOUNT": "-1.00"}, ("592.50", "237.00")),
                ({"SHIPPING": "5.00"}, {"SHIPPING": "3.33"}, ("600.00", "241.33")),
                (
                    {"SHIPPING": "5.00", "DISCOUNT": "-10.00"},
                    {"SHIPPING": "4.99", "DISCOUNT": "-3.33"},
                    ("590.00", "239.66"),
                ),
            ),
            start=30,
        ):
            with self.subTest(charges):
                item = item_json(
                    quantity=5, price="595.00", tax="95.00", total=total[0], **charges
                )
                binding = self.receive(order_json(number, items=[item]))
                sale = binding.sale_order_id
                self.deliver(sale, 2)
                invoice = self.post(sale._create_invoices())
                self.assertEqual(invoice.amount_total, float(total[0]))
                item = item_json(
                    quantity=2, price="238.00", tax="38.00", total=total[1], **later
                )
                self.receive(order_json(number, items=[item], updated=ago(hours=1)))
                self.assertEqual(binding.state, "held")
                sale.order_line[0].product_uom_qty = 2
                self.apply()
                self.assertEqual(binding.state, "applied")
                self.assertEqual(self.sale_amounts(sale)[1:], (38.0, float(total[1])))
                self.assertEqual(sale.amazon_difference, 0.0)
                refund = self.post(sale._create_invoices(final=True))
                self.assertEqual(refund.move_type, "out_refund")
                self.assert_complete(sale, invoice | refund)
                self.assertEqual(sale.invoice_status, "invoiced")

    def test_invoiced_charges_of_an_item_that_is_cancelled(self):
        """Amazon states them no more: they are credited with the item."""
        kept = item_json("SKU-B", 1, "11.90", number="2", tax="1.90")
        item = item_json(
            quantity=5,
            price="595.00",
            tax="95.40",
            total="597.50",
            DISCOUNT="-2.50",
            SHIPPING="5.00",
        )
        binding = self.receive(order_json(items=[item, kept]))
        sale = binding.sale_order_id
        invoice = self.post(sale._create_invoices())
        self.assertEqual(invoice.amount_total, 609.4)
        gone = item_json(quantity=0, price="0.00")
        self.receive(order_json(items=[gone, kept], updated=ago(hours=1)))
        self.assertEqual(binding.state, "held")
        sale.order_line[0].product_uom_qty = 0
        self.apply()
        self.assertEqual(binding.state, "applied")
        self.assertEqual(self.sale_amounts(sale), (10.0, 1.9, 11.9))
        refund = self.post(sale._create_invoices(final=True))
        self.assertEqual((refund.move_type, refund.amount_total), ("out_refund", 597.5))
        self.assertEqual(self.amounts(invoice | refund), (10.0, 1.9, 11.9))
        binding.action_retry()
        self.apply()
        self.assertEqual((binding.state, sale.amount_total), ("applied", 11.9))

    def test_draft_invoice_of_what_changes(self):
        """No document repeats former amounts in silence, be it posted afterwards."""
        item = item_json(
            quantity=3, price="30.00", tax="2.40", total="35.40", SHIPPING="3.00"
        )
        binding = self.receive(order_json(items=[item]))
        sale = binding.sale_order_id
        invoice = sale._create_invoices()
        item = item_json(
            quantity=2, price="20.00", tax="1.60", total="23.60", SHIPPING="2.00"
        )
        self.receive(order_json(items=[item], updated=ago(hours=2)))
        self.assertEqual((binding.state, sale.amount_total), ("applied", 23.6))
        self.post(invoice)
        refund = self.post(sale._create_invoices(final=True))
        self.assert_complete(sale, invoice | refund)

    def test_draft_invoice_at_another_price(self):
        binding = self.receive_item(3, "30.00", "2.40")
        sale = binding.sale_order_id
        invoice = sale._create_invoices()
        self.receive_item(3, "27.00", "2.16", updated=ago(hours=1))
        self.assertEqual(binding.state, "held")
        self.assertIn("draft invoice", binding.reason)
        invoice.unlink()
        binding.action_retry()
        self.apply()
        self.assertEqual((binding.state, sale.amount_total), ("applied", 29.16))

    def test_new_charge_after_shipping(self):
        """The units agree: what Amazon adds is written beside what is invoiced."""
        binding = self.receive_item(3, "30.00", "2.40")
        sale = binding.sale_order_id
        invoice = self.invoice(sale)
        item = item_json(
            quantity=3, price="30.00", tax="2.40", GIFT_WRAP="5.00", total="37.40"
        )
        item["proceeds"]["breakdowns"][-1]["detailedBreakdowns"] = [
            {"subtype": "ITEM", "value": {"amount": "2.40", "currencyCode": "INR"}}
        ]
        self.receive(order_json(items=[item], updated=ago(hours=1)))
        self.assertEqual((binding.state, sale.amount_total), ("applied", 37.4))
        self.assertEqual(self.post(sale._create_invoices()).amount_total, 5.0)
        self.assertEqual(invoice.amount_total, 32.4)

    def test_other_edits_drop_the_pin_and_say_so(self):
        tax = self.env["account.tax"].create({"name": "Test 10 %", "amount": 10})
        for values in (
            {"price_unit": 30.0},
            {"discount": 10.0},
            {"tax_ids": [Command.set(tax.ids)]},
            {"tax_ids": [Command.clear()]},
            {"tax_ids": [Command.link(tax.id)]},
            {"price_unit": 30.0, "product_uom_qty": 2},
        ):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                sale = self.sell()
                line = sale.order_line
                before = len(sale.message_ids)
                line.write(values)
                self.assertFalse(line._get_amazon_pin())
                self.assertIn("no longer follows Amazon's amounts", self.notes(sale))
                self.assertNotEqual(sale.amazon_difference, 0.0)
                told = len(sale.message_ids)
                self.assertGreater(told, before)
                line.price_unit = 31.0
                self.assertEqual(len(sale.message_ids), told, "once")
                invoice = sale._create_invoices()
                self.assertEqual(invoice.amount_total, sale.amount_total)
                savepoint.rollback()

    def test_price_that_is_amazons_again(self):
        sale = self.sell()
        price = sale.order_line.price_unit
        sale.order_line.price_unit = 30.0
        sale.order_line.price_unit = price
        self.assertEqual(self.sale_amounts(sale), (84.73, 15.26, 99.99))

    def test_edits_of_an_invoice_drop_the_pin_and_say_so(self):
        for values in ({"price_unit": 30.0}, {"discount": 5.0}, {"tax_ids": False}):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                sale = self.sell()
                invoice = sale._create_invoices()
                self.assertEqual(invoice.amount_tax, 15.26)
                invoice.invoice_line_ids.write(values)
                self.assertEqual(invoice.amount_tax, 0.0)
                self.assertIn("no longer follows Amazon's amounts", self.notes(invoice))
                savepoint.rollback()

    def test_quantities_of_an_invoice(self):
        sale = self.sell()
        invoice = sale._create_invoices()
        for quantity, expected in (
            (1, (28.24, 5.09, 33.33)),
            (0, (0.0, 0.0, 0.0)),
            (2, (56.49, 10.17, 66.66)),
            (3, (84.73, 15.26, 99.99)),
        ):
            with self.subTest(quantity=quantity):
                invoice.invoice_line_ids.quantity = quantity
                self.assertEqual(self.amounts(invoice), expected)
                totals = invoice.tax_totals
                self.assertAlmostEqual(totals["total_amount_currency"], expected[2])
        self.assertFalse(sale.amazon_difference)

    def test_the_field_of_invoices_is_odoos_own(self):
        """A second addon may pin, too: nothing is computed, its pins stay."""
        field = self.env["account.move.line"]._fields["extra_tax_data"]
        self.assertFalse(field.compute)
        sale = self.sell()
        tax = self.env["account.tax"].create(
            {"name": "Test 10 %", "amount": 10, "price_include_override": False}
        )
        pin = {
            "currency_id": sale.currency_id.id,
            "price_unit": 10.0,
            "discount": 0.0,
            "quantity": 3,
            "manual_tax_amounts": {str(tax.id): {"tax_amount_currency": 7.0}},
        }
        own = self.env["sale.order.line"].create(
            {
                "order_id": sale.id,
                "product_id": self.other_product.id,
                "product_uom_qty": 3,
                "price_unit": 10.0,
                "technical_price_unit": 0.0,
                "tax_ids": [Command.set(tax.ids)],
                "extra_tax_data": pin,
            }
        )
        self.assertEqual(own.price_tax, 7.0)
        invoice = sale._create_invoices()
        line = invoice.invoice_line_ids.filtered(
            lambda line: line.product_id == self.other_product
        )
        self.assertEqual(line.price_total - line.price_subtotal, 7.0)
        line.quantity = 1
        self.assertEqual(line.extra_tax_data, pin)
        self.assertEqual(line.price_total, 11.0)

    def test_pin_of_another_addon_on_amazons_line(self):
        """Odoo's pins may hold the taxes alone: left to Odoo, not divided."""
        sale = self.sell()
        line = sale.order_line
        pin = dict(line.extra_tax_data)
        del pin["manual_total_excluded_currency"]
        line.extra_tax_data = pin
        self.assertEqual(sale.amount_tax, 15.26)
        invoice = sale._create_invoices()
        line.product_uom_qty = 2
        self.assertEqual(sale.amount_tax, 0.0)
        self.assertEqual(invoice.amount_tax, 15.26)
