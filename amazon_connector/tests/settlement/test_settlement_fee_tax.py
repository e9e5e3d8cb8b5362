# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .booking_common import BookingCase
from .settlement_common import fee_row, other_row, row

STORAGE = "FBA Inventory Storage Fee"


@tagged("post_install", "-at_install")
class TestFeeTaxes(BookingCase):
    """Purchase taxes of fees, as rules name them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = cls.company._get_amazon_settlement_accounts()
        cls.input_tax = accounts["tcs"].copy({"name": "Input tax"})
        cls.due = accounts["tds"].copy({"name": "Reverse charge due"})
        cls.gst = cls.make_tax("GST 18%", 18.0)

    @classmethod
    def make_tax(cls, name, percent, **vals):
        tax = cls.env["account.tax"].create(
            {
                "name": name,
                "amount": percent,
                "type_tax_use": "purchase",
                "company_id": cls.company.id,
                **vals,
            }
        )
        lines = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
        for line in lines.filtered(lambda one: one.repartition_type == "tax"):
            line.account_id = cls.input_tax if line.factor_percent > 0 else cls.due
        return tax

    def make_rule(self, taxes, bucket="fee", **labels):
        return self.env["amazon.settlement.rule"].create(
            {
                "bucket": bucket,
                "fee_type": "commission",
                "tax_ids": [Command.set(taxes.ids)],
                **labels,
            }
        )

    def test_sales_tax_is_refused(self):
        """The screen offers none; neither may a script or a file bring one."""
        for use in ("sale", "none"):
            tax = self.make_tax(f"Of {use}", 5.0, type_tax_use=use)
            with self.assertRaises(ValidationError):
                self.make_rule(tax, amount_type="ItemFees")

    def balances(self, settlement):
        """``{name of the account: balance}`` of what is not the payout."""
        found = {}
        transit = self.account_of("transit")
        for line in settlement.entry_ids.move_id.line_ids:
            if line.account_id != transit:
                name = line.account_id.name
                found[name] = round(found.get(name, 0.0) + line.balance, 2)
        return found

    def test_fee_contains_its_tax(self):
        """11.80 with 18 % inside: 10.00 of expense and 1.80 of input tax."""
        self.make_rule(self.gst, description="Commission")
        settlement = self.settle(fee_row("-11.80"))
        self.check(settlement)
        fees = self.account_of("fee_commission")
        self.assertEqual(self.balances(settlement), {fees.name: 10.0, "Input tax": 1.8})
        lines = settlement.entry_ids.move_id.line_ids
        base = lines.filtered(lambda one: one.account_id == fees)
        tax = lines.filtered(lambda one: one.account_id == self.input_tax)
        self.assertEqual(base.tax_ids, self.gst)
        self.assertEqual((tax.tax_line_id, tax.tax_base_amount), (self.gst, 10.0))

    def test_no_cent_is_lost(self):
        """Whatever the amount: the fee and its tax are Amazon's amount."""
        two = self.gst | self.make_tax("Cess 1%", 1.0)
        self.make_rule(two, description="Commission")
        for place, cents in enumerate((1, 2, 3, 5, 7, 99, 101, 1_003)):
            settlement = self.settle(
                fee_row(f"-{cents / 100:.2f}"), number=str(place + 1)
            )
            self.check(settlement)
            self.assertAlmostEqual(
                sum(self.balances(settlement).values()), cents / 100, 2
            )

    def test_fee_given_back(self):
        """A fee that comes back takes its tax along, by the tax's refund lines."""
        self.make_rule(self.gst, description="Commission")
        settlement = self.settle(fee_row("11.80"))
        self.assertEqual(self.balances(settlement)["Input tax"], -1.8)
        line = settlement.entry_ids.move_id.line_ids.filtered("tax_line_id")
        self.assertEqual(line.tax_repartition_line_id.document_type, "refund")

    def test_stated_tax(self):
        """Rows "Tax on fee" are the tax, also where Odoo would round otherwise."""
        self.make_rule(self.gst, description="Base fee")
        self.make_rule(self.gst, "fee_tax", description="Tax on fee")
        settlement = self.settle(
            row("-10.03", "FBAFees", STORAGE, "Base fee"),
            row("-1.82", "FBAFees", STORAGE, "Tax on fee"),
        )
        self.check(settlement)
        fees = self.account_of("fee_commission")
        self.assertEqual(
            self.balances(settlement), {fees.name: 10.03, "Input tax": 1.82}
        )

    def test_tax_without_its_fee(self):
        """There is no base to declare: it stays an expense."""
        self.make_rule(self.gst, "fee_tax", description="Tax on fee")
        settlement = self.settle(row("-1.82", "FBAFees", STORAGE, "Tax on fee"))
        self.check(settlement)
        fees = self.account_of("fee_commission")
        self.assertEqual(self.balances(settlement), {fees.name: 1.82})

    def test_reverse_charge(self):
        """Nothing is paid to Amazon: the fee is the base, due and deducted."""
        parts = [("base", 100.0), ("tax", 100.0), ("tax", -100.0)]
        lines = [
            Command.create({"repartition_type": kind, "factor_percent": percent})
            for kind, percent in parts
        ]
        tax = self.make_tax(
            "Reverse charge 20%",
            20.0,
            invoice_repartition_line_ids=lines,
            refund_repartition_line_ids=lines,
        )
        self.make_rule(tax, description="Commission")
        settlement = self.settle(fee_row("-50.00"))
        self.check(settlement)
        fees = self.account_of("fee_commission")
        self.assertEqual(
            self.balances(settlement),
            {fees.name: 50.0, "Input tax": 10.0, "Reverse charge due": -10.0},
        )
        with self.assertRaises(ValidationError):
            self.make_rule(tax, "fee_tax", description="Tax on fee")

    def test_taxes_that_no_fee_has(self):
        later = self.make_tax(
            "On payment",
            18.0,
            tax_exigibility="on_payment",
            cash_basis_transition_account_id=self.account_of("clarify").id,
        )
        for taxes, bucket in ((self.gst, "income"), (later, "fee")):
            with self.assertRaises(ValidationError):
                self.make_rule(taxes, bucket, description="Commission")

    def test_archived_tax_is_said(self):
        self.make_rule(self.gst, description="Commission")
        self.gst.active = False
        settlement = self.settle_in_vain(fee_row("-11.80"))
        self.assertIn("GST 18%", settlement.problem)

    def settle_in_vain(self, *rows):
        settlement = self.take(*rows)
        settlement._book()
        self.assertFalse(settlement.entry_ids)
        return settlement

    def test_tax_chosen_later(self):
        """A draft is written anew; what is posted gets a correction, once."""
        rule = self.make_rule(self.env["account.tax"], description="Commission")
        draft = self.settle(fee_row("-11.80"), post=False)
        posted = self.settle(fee_row("-23.60"), other_row("-1.00", "x"), number="2")
        rule.tax_ids = self.gst
        self.assertEqual(self.balances(draft)["Input tax"], 1.8)
        correction = posted.entry_ids.filtered(lambda one: not one.month)
        self.assertEqual(correction.move_state, "draft")
        posted.action_post()
        self.assertEqual(self.balances(posted)["Input tax"], 3.6)
        self.check(posted)
        posted._correct()
        self.assertEqual(len(posted.entry_ids), 2, "there is nothing left to correct")

    def test_tax_lock_date(self):
        """The entry declares tax: a closed tax period is respected, also undoing."""
        self.make_rule(self.gst, description="Commission")
        settlement = self.settle(fee_row("-11.80"))
        move = settlement.entry_ids.move_id
        self.company.tax_lock_date = "2026-07-31"
        settlement.action_undo()
        self.assertEqual(move.state, "posted")
        self.assertGreater(move.reversal_move_ids.date, date(2026, 7, 31))
