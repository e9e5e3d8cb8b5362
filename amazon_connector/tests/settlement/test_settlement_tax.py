# SPDX-License-Identifier: LGPL-3.0-or-later
from ast import literal_eval

from odoo.tests import tagged

from ..common import item_json, order_json
from .booking_common import BookingCase, number
from .settlement_common import facilitator_row, fee_row, refund_row, sale_row


@tagged("post_install", "-at_install")
class TestFacilitatorTax(BookingCase):
    """Tax that Amazon collects and pays is no revenue of the seller's."""

    def sell_taxed(self, index=1):
        """20.00, and 1.65 of tax that Amazon collects."""
        item = item_json(price="20.00", tax="1.65", total="21.65")
        item["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}
        sale = self.receive(order_json(index, items=[item])).sale_order_id
        self.assertEqual(sale.order_line.tax_ids.amazon_role, "facilitator")
        self.deliver(sale)
        return sale

    def income(self, move):
        lines = move.line_ids.filtered(
            lambda one: one.account_id.account_type in ("income", "income_other")
        )
        return -sum(lines.mapped("balance"))

    def clearing(self):
        account = self.company._get_amazon_clearing_account()
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return round(sum(lines.mapped("balance")), 2)

    def test_tax_is_no_income(self):
        """An invoice of 20.00 + 1.65 posts an income of 20.00."""
        invoice = self.bill(self.sell_taxed())
        self.assertEqual(invoice.amount_total, 21.65)
        self.assertEqual(self.income(invoice), 20.0)
        self.assertEqual(self.clearing(), -1.65)

    def test_cleared_by_the_settlement(self):
        invoice = self.bill(self.sell_taxed())
        settlement = self.settle(
            sale_row("20.00"),
            sale_row("1.65", "Tax"),
            facilitator_row("-1.65"),
            fee_row("-3.00"),
        )
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self.clearing(), 0.0)
        self.assertEqual(settlement.total, 17.0)
        self.check(settlement)

    def test_order_and_refund_leave_nothing(self):
        invoice = self.bill(self.sell_taxed())
        self.settle(
            sale_row("20.00"), sale_row("1.65", "Tax"), facilitator_row("-1.65")
        )
        self.post(self.refund(invoice))
        self.settle(
            refund_row("-20.00"),
            refund_row("-1.65", "Tax"),
            facilitator_row("1.65", kind="Refund"),
            number="2",
        )
        self.assertEqual(self.clearing(), 0.0)

    def test_total_that_leaves_the_tax_out(self):
        """Amazon tells a tax that is not in the order's total: in the settlement the
        buyer pays it and Amazon keeps it, and neither customer nor clearing see it."""
        item = item_json(price="20.00", tax="1.65", total="20.00")
        item["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}
        sale = self.receive(order_json(items=[item])).sale_order_id
        self.assertEqual(sale.amount_total, 20.0)
        self.deliver(sale)
        invoice = self.bill(sale)
        settlement = self.settle(
            sale_row("20.00"), sale_row("1.65", "Tax"), facilitator_row("-1.65")
        )
        self.check(settlement)
        self.assertEqual(settlement.order_ids.mapped("state"), ["paid"])
        self.assertEqual((invoice.payment_state, self.clearing()), ("paid", 0.0))
        note = self.post(self.refund(invoice))
        back = self.settle(
            refund_row("-20.00"),
            refund_row("-1.65", "Tax"),
            facilitator_row("1.65", kind="Refund"),
            number="2",
        )
        self.assertEqual(back.order_ids.mapped("state"), ["paid"])
        self.assertEqual((note.amount_residual, self.clearing()), (0.0, 0.0))

    def test_old_taxes_are_mended(self):
        """A tax without an account booked to income; an upgrade mends it, and lists
        what was posted."""
        self.sell_taxed(1)
        taxes = self.company._get_amazon_taxes()
        lines = (
            taxes["facilitator"].invoice_repartition_line_ids
            | taxes["facilitator"].refund_repartition_line_ids
        ).filtered(lambda one: one.repartition_type == "tax")
        lines.account_id = False
        sale = self.find(number(1)).sale_order_id
        before = self.bill(sale)
        self.assertEqual(self.income(before), 21.65)
        self.env["res.company"]._mend_amazon_taxes()
        clearing = self.company._get_amazon_clearing_account()
        self.assertEqual(lines.account_id, clearing)
        action = self.env.ref("amazon_connector.amazon_tax_income_action")
        domain = literal_eval(action.domain)
        listed = self.env["account.move.line"].search(domain)
        self.assertEqual(listed.move_id, before)

    def test_an_accountants_account_stays(self):
        self.sell_taxed()
        taxes = self.company._get_amazon_taxes()
        lines = taxes["facilitator"].invoice_repartition_line_ids.filtered(
            lambda one: one.repartition_type == "tax"
        )
        own = self.account_of("clarify").copy({"name": "Mine"})
        lines.account_id = own
        self.company._get_amazon_taxes()
        self.env["res.company"]._mend_amazon_taxes()
        self.assertEqual(lines.account_id, own)

    def test_stated_tax_finds_its_account_later(self):
        """It was made before the company had a sales tax."""
        tax = self.company._get_amazon_taxes()["stated"]
        lines = (
            tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
        ).filtered(lambda one: one.repartition_type == "tax")
        lines.account_id = False
        account = self.account_of("facilitator").copy({"name": "Sales tax"})
        sale_tax = self.company.account_sale_tax_id or self.env["account.tax"].create(
            {"name": "Sales", "amount": 10.0}
        )
        self.company.account_sale_tax_id = sale_tax
        sale_tax.invoice_repartition_line_ids.filtered(
            lambda one: one.repartition_type == "tax"
        ).account_id = account
        self.company._get_amazon_taxes()
        self.assertEqual(lines.account_id, account)

    def test_what_an_order_brought(self):
        """On the sales order: sold, kept by Amazon, received, and when."""
        sale = self.sell_taxed()
        self.bill(sale)
        self.settle(
            sale_row("20.00"),
            sale_row("1.65", "Tax"),
            facilitator_row("-1.65"),
            fee_row("-3.00"),
        )
        sale.invalidate_recordset()
        self.assertEqual(sale.amazon_settled_sold, 21.65)
        self.assertEqual(sale.amazon_settled_kept, 4.65)
        self.assertEqual(sale.amazon_settled_received, 17.0)
        self.assertEqual(str(sale.amazon_settled_on), "2026-07-13")
        action = sale.action_open_amazon_settlement_rows()
        rows = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(len(rows), 4)
