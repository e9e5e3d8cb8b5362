# SPDX-License-Identifier: LGPL-3.0-or-later

from odoo import Command
from odoo.tests import Form, tagged

from ..common import item_json, order_json
from .pin_common import PinCase


@tagged("post_install", "-at_install")
class TestOrderPins(PinCase):
    """Rule 2 on invoices: whatever is invoiced when, it adds up to Amazon's money."""

    def test_three_pieces_one_by_one(self):
        sale = self.sell()
        invoices = self.env["account.move"]
        for _piece in range(3):
            invoices |= self.invoice(sale, 1)
        self.assertEqual(len(invoices), 3)
        self.assert_complete(sale, invoices)
        self.assertEqual(
            sorted(invoices.mapped("amount_tax")),
            [5.08, 5.09, 5.09],
            "each part has its share of the tax",
        )

    def test_two_and_five_of_seven_with_shipping_and_discount(self):
        sale = self.sell(
            7, "99.99", "15.26", SHIPPING="10.00", DISCOUNT="3.33", total="106.66"
        )
        self.product.invoice_policy = "delivery"
        first = self.invoice(sale, 2)
        second = self.invoice(sale)
        self.assertEqual(sale.amount_total, 106.66)
        self.assert_complete(sale, first | second)
        self.assertTrue(first.amount_tax and second.amount_tax)

    def _sell_in_parts(self, method, included):
        self.company.tax_calculation_rounding_method = method
        self.company.account_price_include = included
        items = [
            item_json("SKU-A", 3, "99.99", tax="15.26"),
            item_json("SKU-B", 7, "33.33", number="2", tax="5.09"),
        ]
        sale = self.receive(order_json(items=items)).sale_order_id
        first, second = self.invoice(sale, 2), self.invoice(sale)
        self.assert_complete(sale, first | second)
        self.assertEqual(self.amounts(first), (64.56, 11.62, 76.18))
        self.assertEqual(self.amounts(second), (48.41, 8.73, 57.14))

    def test_rounding_per_line(self):
        self._sell_in_parts("round_per_line", "tax_excluded")

    def test_rounding_globally(self):
        self._sell_in_parts("round_globally", "tax_excluded")

    def test_prices_included_and_rounding_per_line(self):
        self._sell_in_parts("round_per_line", "tax_included")

    def test_prices_included_and_rounding_globally(self):
        self._sell_in_parts("round_globally", "tax_included")

    def test_own_taxes_in_parts(self):
        """A pinned split by Odoo's own price-included tax is divided the same way."""
        self.product.taxes_id = self.env["account.tax"].create(
            [
                {
                    "name": f"Test {amount} % included",
                    "amount": amount,
                    "type_tax_use": "sale",
                    "price_include_override": "tax_included",
                }
                for amount in (9, 7)
            ]
        )
        sale = self.sell(7, "100.00", "0.00")
        self.assertGreater(sale.amount_tax, 10)
        parts = self.invoice(sale, 3) | self.invoice(sale, 3) | self.invoice(sale)
        self.assert_complete(sale, parts)
        per_tax = {}
        for line in parts.line_ids.filtered("tax_line_id"):
            tax = str(line.tax_line_id.id)
            per_tax[tax] = round(per_tax.get(tax, 0.0) - line.amount_currency, 2)
        pinned = sale.order_line.extra_tax_data["manual_tax_amounts"]
        self.assertEqual(
            per_tax,
            {tax: amounts["tax_amount_currency"] for tax, amounts in pinned.items()},
        )

    def test_more_delivered_than_ordered(self):
        sale = self.sell(3, "90.00", "15.00")
        sale.picking_ids.move_ids.write({"quantity": 4, "picked": True})
        sale.picking_ids.with_context(skip_sms=True).button_validate()
        invoice = sale._create_invoices()
        self.assertEqual(self.amounts(invoice), (100.0, 20.0, 120.0))

    def test_quantity_of_a_draft_invoice_changed_by_hand(self):
        """The tax of a zero-percent line is not lost, the rest is invoiced later."""
        sale = self.sell()
        self.deliver(sale)
        first = sale._create_invoices()
        self.edit_quantity(first, 1)
        self.assertEqual(self.amounts(first), (28.24, 5.09, 33.33))
        self.edit_quantity(first, 3)
        self.assert_complete(sale, first)
        self.edit_quantity(first, 2)
        second = sale._create_invoices()
        self.assertEqual(second.invoice_line_ids.quantity, 1)
        self.assert_complete(sale, self.post(first | second))

    def test_totals_in_the_form_before_it_is_saved(self):
        sale = self.sell()
        self.deliver(sale)
        with Form(sale._create_invoices()) as form:
            with form.invoice_line_ids.edit(0) as line:
                line.quantity = 1
            self.assertEqual(form.tax_totals["total_amount_currency"], 33.33)
            self.assertEqual(form.tax_totals["tax_amount_currency"], 5.09)

    def test_price_changed_by_hand_on_an_invoice(self):
        """The user's price holds there; the other invoices keep their share."""
        sale = self.sell()
        self.deliver(sale, 1)
        first = sale._create_invoices()
        first.invoice_line_ids.price_unit = 10.0
        self.assertEqual(first.amount_total, 10.0)
        self.post(first)
        second = self.invoice(sale)
        self.assertEqual(self.amounts(second), (56.49, 10.17, 66.66))

    def test_duplicated_invoice_keeps_the_tax_when_its_quantity_changes(self):
        sale = self.sell()
        copy = self.invoice(sale).copy()
        self.assertEqual(self.amounts(copy), (84.73, 15.26, 99.99))
        self.edit_quantity(copy, 1)
        self.assertEqual(self.amounts(copy), (28.24, 5.09, 33.33))
        self.edit_quantity(copy, 3)
        self.assertEqual(self.amounts(copy), (84.73, 15.26, 99.99))

    def test_other_invoices_are_left_to_odoo(self):
        """A pin that is not Amazon's is dropped by a change, as ever."""
        tax = self.env["account.tax"].create(
            {"name": "Test 10 %", "amount": 10, "price_include_override": False}
        )
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.env.user.partner_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Line",
                            "price_unit": 10.0,
                            "quantity": 3,
                            "tax_ids": [Command.set(tax.ids)],
                            "extra_tax_data": {
                                "currency_id": self.company.currency_id.id,
                                "price_unit": 10.0,
                                "discount": 0.0,
                                "quantity": 3,
                                "manual_tax_amounts": {
                                    str(tax.id): {"tax_amount_currency": 7.0}
                                },
                            },
                        }
                    )
                ],
            }
        )
        self.assertEqual(invoice.amount_tax, 7.0)
        invoice.invoice_line_ids.quantity = 1
        self.assertEqual(invoice.amount_tax, 1.0)


@tagged("post_install", "-at_install")
class TestOrderPinsRefunds(PinCase):
    """Rule 2 on credit notes: they repeat what their invoice states."""

    def test_full_credit_note_of_each_part(self):
        sale = self.sell()
        parts = [self.invoice(sale, 1), self.invoice(sale)]
        for invoice in parts:
            refund = self.post(self.refund(invoice))
            self.assertEqual(self.amounts(invoice | refund), (0.0, 0.0, 0.0))
            self.assertEqual(refund.amount_tax, invoice.amount_tax)

    def test_partial_credit_notes_add_up_to_the_invoice(self):
        sale = self.sell()
        invoice = self.invoice(sale)
        refunds = self.env["account.move"]
        for quantity, tax in ((1, 5.09), (1, 5.08), (1, 5.09)):
            refund = self.refund(invoice)
            self.edit_quantity(refund, quantity)
            self.assertEqual(refund.amount_tax, tax)
            refunds |= self.post(refund)
        self.assertEqual(self.amounts(invoice | refunds), (0.0, 0.0, 0.0))

    def test_credit_note_of_a_part_of_a_part(self):
        """A credit note divides what its own invoice states."""
        sale = self.sell(7, "99.99", "15.26")
        self.invoice(sale, 2)
        invoice = self.invoice(sale)
        line = invoice.invoice_line_ids
        refund = self.refund(invoice)
        self.edit_quantity(refund, 2)
        self.assertEqual(
            refund.amount_tax,
            round((line.price_total - line.price_subtotal) * 2 / 5, 2),
        )
        rest = self.refund(invoice)
        self.edit_quantity(rest, 3)
        self.assertEqual(self.amounts(invoice | refund | rest), (0.0, 0.0, 0.0))

    def test_invoiced_again_after_a_credit_note(self):
        sale = self.sell()
        invoice = self.invoice(sale)
        refund = self.refund(invoice)
        self.edit_quantity(refund, 1)
        self.post(refund)
        again = self.post(sale._create_invoices())
        self.assertEqual(again.invoice_line_ids.quantity, 1)
        self.assertEqual(again.amount_tax, 5.09)
        self.assert_complete(sale, invoice | refund | again)

    def test_invoice_replaced_by_a_new_one(self):
        """ "Reverse and create invoice" repeats Amazon's amounts twice."""
        sale = self.sell()
        invoice = self.invoice(sale)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        new = self.env["account.move"].browse(wizard.modify_moves()["res_id"])
        self.assert_complete(sale, new)
        self.assertEqual(
            self.amounts(invoice.reversal_move_ids), (-84.73, -15.26, -99.99)
        )

    def test_item_cancelled_after_it_was_invoiced(self):
        """What is no longer ordered is taken back as it was invoiced."""
        self.product.invoice_policy = "order"
        sale = self.sell()
        invoices = self.post(sale._create_invoices())
        refund = self.refund(invoices)
        self.edit_quantity(refund, 1)
        self.post(refund)
        sale.order_line.write({"product_uom_qty": 0, "extra_tax_data": False})
        rest = sale._create_invoices(final=True)
        self.assertEqual(self.amounts(rest), (-56.49, -10.17, -66.66))
        self.assertEqual(self.amounts(invoices | refund | rest), (0.0, 0.0, 0.0))

    def test_credit_note_made_from_the_order(self):
        """Pieces come back: the order's own credit note takes back their share."""
        sale = self.sell()
        invoice = self.invoice(sale)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=sale.picking_ids.id)
            .create({})
        )
        wizard.product_return_moves.write({"quantity": 1, "to_refund": True})
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.write({"quantity": 1, "picked": True})
        back.with_context(skip_sms=True).button_validate()
        self.assertEqual(sale.order_line.qty_to_invoice, -1)
        refund = sale._create_invoices(final=True)
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(self.amounts(refund), (-28.24, -5.09, -33.33))
        self.edit_quantity(refund, 3)
        self.assertEqual(self.amounts(invoice | refund), (0.0, 0.0, 0.0))
