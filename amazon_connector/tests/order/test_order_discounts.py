# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import ago, item_json, order_json
from .pin_common import PinCase


@tagged("post_install", "-at_install")
class TestOrderDiscounts(PinCase):
    """A discount is invoiced in parts as its item is."""

    def sell_discounted(self, quantity, price, discount, total, **charges):
        item = item_json(
            quantity=quantity, price=price, DISCOUNT=discount, total=total, **charges
        )
        return self.receive(order_json(items=[item])).sale_order_id

    def invoice_one_by_one(self, sale, pieces):
        invoices = self.env["account.move"]
        for _piece in range(pieces):
            invoice = self.invoice(sale, 1)
            self.assertEqual(
                (invoice.state, invoice.move_type), ("posted", "out_invoice")
            )
            invoices |= invoice
        self.assert_complete(sale, invoices)
        self.assertEqual(sale.invoice_status, "invoiced")
        return invoices

    def test_larger_than_the_first_parcel(self):
        """4 x 10.00 - 30.00 with tax on top: no invoice is less than nothing."""
        sale = self.sell_discounted(4, "40.00", "-30.00", "10.83", tax="0.83")
        self.assertEqual(sale.amount_total, 10.83)
        invoices = self.invoice_one_by_one(sale, 4)
        self.assertEqual(
            sorted(invoices.mapped("amount_total")), [2.7, 2.71, 2.71, 2.71]
        )

    def test_thirds(self):
        sale = self.sell_discounted(3, "60.00", "10.00", "50.00")
        invoices = self.invoice_one_by_one(sale, 3)
        discounts = [
            -line.price_total
            for line in invoices.invoice_line_ids
            if line.price_total < 0
        ]
        self.assertEqual(
            sorted(round(amount, 2) for amount in discounts), [3.33, 3.33, 3.34]
        )

    def test_larger_than_its_item(self):
        """Shipping is invoiced first: it takes so much that nothing is left below 0."""
        sale = self.sell_discounted(2, "10.00", "30.00", "10.00", SHIPPING="30.00")
        invoices = self.invoice_one_by_one(sale, 2)
        self.assertGreaterEqual(min(invoices.mapped("amount_total")), 0.0)

    def test_discounted_item_is_cancelled(self):
        """Nothing is paid of it any more, and nothing of its discount is due."""
        kept = item_json("SKU-B", number="2")
        item = item_json(quantity=2, price="10.00", DISCOUNT="5.00", total="5.00")
        binding = self.receive(order_json(items=[kept, item]))
        gone = item_json(quantity=0, price="0.00")
        self.receive(order_json(items=[kept, gone], updated=ago(hours=1)))
        sale = binding.sale_order_id
        self.assertEqual((binding.state, sale.amount_total), ("applied", 100.0))
        self.deliver(sale)
        self.assertEqual(sale._create_invoices().amount_total, 100.0)

    def test_nothing_before_the_item(self):
        sale = self.sell_discounted(4, "40.00", "30.00", "10.00")
        self.assertEqual(sale.order_line.mapped("qty_to_invoice"), [0.0, 0.0])
        self.assertEqual(sale.invoice_status, "no")

    def test_goods_that_come_back(self):
        sale = self.sell_discounted(4, "40.00", "20.00", "20.00")
        invoice = self.invoice(sale)
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": sale.picking_ids.id}
        )
        wizard.product_return_moves.write({"quantity": 1, "to_refund": True})
        back = wizard._create_return()
        back.move_ids.picked = True
        back.with_context(skip_sms=True).button_validate()
        refund = sale._create_invoices(final=True)
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(self.amounts(refund), (-5.0, 0.0, -5.0))
        self.assertEqual(self.amounts(invoice | refund), (15.0, 0.0, 15.0))
