# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .pin_common import PinCase


@tagged("post_install", "-at_install")
class TestOrderPinsForeign(PinCase):
    """Amazon pays in rupees, the books are kept in the company's currency."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rupee = cls.env.ref("base.INR")
        cls.today = fields.Date.today()
        cls.rupee.rate_ids.unlink()
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": cls.rupee.id,
                    "company_id": cls.company.id,
                    "name": cls.today - timedelta(days=days),
                    "rate": rate,
                }
                for days, rate in ((30, 83.37), (0, 84.11))
            ]
        )

    def assert_converted(self, move, rate):
        """Each journal item is its own amount, converted and rounded."""
        self.assertNotEqual(move.currency_id, self.company.currency_id)
        for line in move.line_ids.filtered(
            lambda li: li.display_type != "payment_term"
        ):
            self.assertAlmostEqual(
                line.balance,
                self.company.currency_id.round(line.amount_currency / rate),
                places=6,
            )
        self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0.0, places=6)

    def test_parts_at_different_rates(self):
        sale = self.sell(3, "9999.99", "1525.43")
        self.deliver(sale, 1)
        first = self.post(sale._create_invoices(), self.today - timedelta(days=5))
        second = self.invoice(sale)
        self.assert_complete(sale, first | second)
        self.assert_converted(first, 83.37)
        self.assert_converted(second, 84.11)

    def test_credit_note_at_the_invoices_rate(self):
        sale = self.sell(3, "9999.99", "1525.43")
        invoice = self.invoice(sale)
        refund = self.refund(invoice)
        self.edit_quantity(refund, 1)
        self.post(refund)
        self.assertEqual(self.amounts(refund), (-2824.85, -508.48, -3333.33))
        self.assert_converted(refund, 84.11)

    def test_down_payment_in_foreign_currency(self):
        sale = self.sell(3, "9999.99", "1525.43")
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=sale.ids)
            .create({"advance_payment_method": "percentage", "amount": 50})
        )
        down = self.post(wizard._create_invoices(sale))
        self.assertEqual(down.amount_tax, 762.72)
        rest = self.invoice_rest(sale)
        self.assertEqual(
            self.amounts(down | rest),
            (sale.amount_untaxed, sale.amount_tax, sale.amount_total),
        )

    def invoice_rest(self, sale):
        self.deliver(sale)
        return self.post(sale._create_invoices(final=True))
