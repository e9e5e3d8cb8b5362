# SPDX-License-Identifier: LGPL-3.0-or-later
"""What accountants do in their books to what settlements made there."""

from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...sp_api import Payout
from .booking_common import BookingCase, number
from .settlement_common import (
    facilitator_row,
    fee_row,
    other_row,
    refund_row,
    row,
    sale_row,
    settlement_file,
    take_file,
)

JULY = date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestSettlementInterference(BookingCase):
    """Invoices and entries that are reset, cancelled, posted and matched by hand."""

    def test_invoice_is_replaced(self):
        [sale] = self.orders(1)
        invoice = self.bill(sale)
        settlement = self.settle(sale_row("99.99"))
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(settlement.order_ids.state, "waits")
        again = self.bill(sale)
        self.assertEqual(again.payment_state, "paid")
        self.assertEqual(settlement.order_ids.state, "paid")

    def test_invoice_is_reset_and_posted_again(self):
        [sale] = self.orders(1)
        invoice = self.bill(sale)
        settlement = self.settle(sale_row("99.99"))
        invoice.button_draft()
        invoice.action_post()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(settlement.order_ids.state, "paid")

    def test_invoice_is_set_off_by_its_credit_note(self):
        """Before Amazon paid and refunded it: nothing is left open of the customer."""
        [sale] = self.orders(1)
        invoice = self.bill(sale)
        invoice._reverse_moves([{"date": invoice.date}], cancel=True)
        paid = self.settle(sale_row("99.99"), fee_row("-1.00"))
        self.assertEqual(paid.order_ids.state, "partial")
        refunded = self.settle(refund_row("-99.99"), number="2", end="2026-07-25")
        both = (paid | refunded).order_ids
        self.assertEqual(both.mapped("state"), ["paid", "paid"])
        self.assertEqual(both.line_id.mapped("reconciled"), [True, True])

    def test_cancelled_order_is_paid_and_refunded(self):
        [sale, other] = self.orders(1, 2)
        for one in (sale, other):
            one.with_context(disable_cancel_warning=True)._action_cancel()
        settlement = self.settle(
            sale_row("99.99"), refund_row("-99.99"), sale_row("5.00", order=number(2))
        )
        states = [one.state for one in settlement.order_ids.sorted("id")]
        self.assertEqual(states, ["paid", "paid", "waits"])

    def test_refund_before_the_invoice(self):
        """Both wait: an invoice and a credit note are still to come."""
        [sale] = self.orders(1)
        settlement = self.settle(sale_row("99.99"), refund_row("-99.99"))
        self.assertEqual(settlement.order_ids.mapped("state"), ["waits", "waits"])
        invoice = self.bill(sale)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(
            sorted(settlement.order_ids.mapped("state")), ["paid", "waits"]
        )

    def test_entry_is_posted_in_the_journal(self):
        [sale] = self.orders(1)
        invoice = self.bill(sale)
        settlement = self.settle(sale_row("99.99"), post=False)
        move = settlement.entry_ids.move_id
        move.action_post()
        self.assertEqual(settlement.state, "posted")
        self.assertEqual(invoice.payment_state, "paid")
        move.button_draft()
        self.assertEqual(settlement.order_ids.state, "draft")
        move.action_post()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(settlement.order_ids.state, "paid")

    def test_match_is_undone_by_hand(self):
        [sale] = self.orders(1)
        self.bill(sale)
        settlement = self.settle(sale_row("99.99"))
        settlement.order_ids.line_id.remove_move_reconcile()
        self.assertEqual(settlement.order_ids.state, "partial")
        settlement.action_match()
        self.assertEqual(settlement.order_ids.state, "paid")

    def test_the_rest_is_paid_by_hand(self):
        """What Amazon paid too little is paid by the customer, or written off."""
        [sale] = self.orders(1)
        invoice = self.bill(sale)
        settlement = self.settle(sale_row("90.00"))
        self.assertEqual(settlement.order_ids.difference, 9.99)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        self.assertEqual(settlement.order_ids.state, "paid")
        self.assertEqual(settlement.order_ids.difference, 0.0)

    def test_entry_is_cancelled_in_the_journal(self):
        [sale] = self.orders(1)
        self.bill(sale)
        settlement = self.settle(sale_row("99.99"))
        move = settlement.entry_ids.move_id
        move.button_cancel()
        self.assertEqual(settlement.state, "new")
        self.assertEqual(settlement.order_ids.state, "draft")
        sync = self.env["amazon.sync.settlements"]
        task = self.account._get_task("settlements")
        self.assertNotIn(settlement, sync._find_unbooked(task), "not by itself again")
        settlement.action_book()
        settlement.action_post()
        self.assertEqual((settlement.state, move.state), ("posted", "cancel"))
        self.assertEqual(settlement.order_ids.state, "paid")
        self.check(settlement)

    def test_one_month_is_cancelled(self):
        """It is to be seen, and the next correction has what is missing."""
        settlement = self.settle(
            sale_row("40.00", posted="2026-06-30"), other_row("7.00", "A new label")
        )
        july = settlement.entry_ids.filtered(lambda one: one.month.month == 7)
        july.move_id.button_cancel()
        self.assertEqual(settlement.state, "draft")
        with self.assertRaises(UserError):
            settlement.action_post()
        self.env["amazon.settlement.rule"].create(
            {"description": "A new label", "bucket": "income"}
        )
        settlement.action_post()
        lines = settlement._get_live_entries().move_id.line_ids
        sums = {
            purpose: sum(
                lines.filtered(
                    lambda one, p=purpose: one.account_id == self.account_of(p)
                ).mapped("amount_currency")
            )
            for purpose in ("transit", "income", "clarify", "balance")
        }
        self.assertEqual(
            sums, {"transit": 47.0, "income": -7.0, "clarify": -40.0, "balance": 0.0}
        )

    def test_undo_keeps_the_audit_trail(self):
        self.company.restrictive_audit_trail = True
        settlement = self.settle(sale_row("10.00"))
        move = settlement.entry_ids.move_id
        move.button_draft()
        settlement.action_undo()
        self.assertEqual((settlement.state, move.state), ("new", "cancel"))
        draft = self.settle(sale_row("10.00"), post=False, number="2")
        draft.action_undo()
        self.assertEqual(draft.state, "new")

    def test_trace_id_of_what_is_secured(self):
        """Odoo has secured the entry with a hash: its items keep their text."""
        settlement = self.settle(sale_row("5.00"))
        move = settlement.entry_ids.move_id
        text = settlement.entry_ids.payout_line_id.name
        move.journal_id.restrict_mode_hash_table = True
        move.inalterable_hash = "$4$abc"
        told = Payout(
            payout_id="P",
            status="PAID",
            amount=None,
            trace_id="TRACE1",
            failure=None,
            settlement_ids=(settlement.name,),
            created=None,
        )
        settlement._note_payout(told)
        self.assertEqual(settlement.payout_trace, "TRACE1")
        self.assertIn("TRACE1", move.ref)
        self.assertEqual(settlement.entry_ids.payout_line_id.name, text)

    def test_journal_is_archived(self):
        first = self.settle(sale_row("10.00"))
        journal = first.entry_ids.move_id.journal_id
        journal.active = False
        second = self.settle(sale_row("5.00"), number="2", post=False)
        other = second.entry_ids.move_id.journal_id
        self.assertNotEqual(other, journal)
        self.assertEqual(other.type, "general")
        self.env.flush_all()

    def test_code_of_the_journal_is_taken(self):
        self.env["account.journal"].create(
            {"name": "Amazon Sales", "code": "AMZS", "type": "sale"}
        )
        settlement = self.settle(sale_row("5.00"))
        self.assertEqual(settlement.entry_ids.move_id.journal_id.type, "general")

    def test_customer_has_no_receivable(self):
        [sale] = self.orders(1)
        partner = sale.partner_invoice_id.commercial_partner_id
        partner.property_account_receivable_id = False
        settlement = self.take(sale_row("99.99"))
        settlement._book()
        self.assertEqual(settlement.state, "new")
        self.assertIn(partner.display_name, settlement.problem)


@tagged("post_install", "-at_install")
class TestSettlementCorrections(BookingCase):
    """Decisions that come after a settlement is booked."""

    def rule(self, label, bucket, **vals):
        return self.env["amazon.settlement.rule"].create(
            {"description": label, "bucket": bucket, **vals}
        )

    def choose(self, purpose):
        """An accountant chooses another account for a purpose; the former one."""
        self.account_of(purpose)
        place = self.env["amazon.settlement.account"].search(
            [("company_id", "=", self.company.id), ("purpose", "=", purpose)]
        )
        former = place.account_id
        place.account_id = former.copy({"name": f"Other {purpose}"})
        return former

    def test_rule_gives_an_order_more(self):
        [sale] = self.orders(1)
        invoice = self.bill(sale)
        settlement = self.settle(
            sale_row("90.00"), row("9.99", "Order", "NewType", "NewLabel", number(1))
        )
        self.assertEqual(settlement.order_ids.difference, 9.99)
        self.rule("NewLabel", "sale")
        settlement.action_post()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(settlement.order_ids.mapped("state"), ["paid", "paid"])
        self.assertEqual(sum(settlement.order_ids.mapped("amount")), 99.99)
        self.check(settlement)
        settlement._correct()
        self.assertEqual(len(settlement.entry_ids), 2, "once")

    def test_rule_takes_from_an_order(self):
        [sale] = self.orders(1)
        self.bill(sale)
        settlement = self.settle(
            sale_row("90.00"), row("9.99", "Order", "ItemPrice", "Odd", number(1))
        )
        self.rule("Odd", "income")
        settlement.action_post()
        first, correction = settlement.order_ids.sorted("id")
        self.assertEqual((first.amount, correction.amount), (99.99, -9.99))
        self.assertEqual((correction.state, correction.difference), ("partial", 9.99))
        self.check(settlement)

    def test_rule_takes_all_of_an_order(self):
        self.orders(1)
        settlement = self.settle(row("9.99", "Order", "ItemPrice", "Odd", number(1)))
        self.rule("Odd", "income")
        settlement.action_post()
        self.assertEqual(sum(settlement.order_ids.mapped("amount")), 0.0)
        self.assertEqual(self.booked(settlement, "income"), -9.99 * self.rate())
        self.check(settlement)

    def rate(self):
        rupee, home = self.env.ref("base.INR"), self.company.currency_id
        return rupee._get_conversion_rate(rupee, home, self.company, date(2026, 7, 11))

    def test_rule_without_a_kind_of_fee(self):
        settlement = self.settle(other_row("-7.00", "A new label"), post=False)
        self.rule("A new label", "fee", fee_type=False)
        self.assertEqual(set(settlement.row_ids.mapped("fee_type")), {"other"})
        self.assertFalse(settlement.problem)
        self.assertEqual(self.booked(settlement, "clarify"), 0.0)

    def test_what_is_booked_stays_where_it_is(self):
        """Accounts that were chosen since are for what comes: not for what a late
        order's correction finds booked, nor for the payout that the bank knows."""
        settlement = self.settle(sale_row("99.99"), fee_row("-2.00"))
        payout = settlement.entry_ids.payout_line_id
        former = self.choose("transit") | self.choose("fee_commission")
        self.order(1)
        settlement.action_match()
        correction = settlement.entry_ids.filtered(lambda one: not one.month).move_id
        self.assertEqual(len(correction.line_ids), 2)
        self.assertFalse(correction.line_ids.account_id & former)
        self.assertNotIn(self.account_of("transit"), correction.line_ids.account_id)
        self.assertEqual(settlement.entry_ids.payout_line_id, payout)
        second = self.settle(fee_row("-3.00"), number="2")
        self.assertIn(
            self.account_of("fee_commission"),
            second.entry_ids.move_id.line_ids.account_id,
        )

    def test_undone_and_booked_to_other_accounts(self):
        settlement = self.settle(sale_row("99.99"))
        former = self.choose("transit")
        settlement.action_undo()
        settlement.action_book()
        self.assertNotIn(former, settlement.entry_ids.move_id.line_ids.account_id)

    def test_correction_at_the_rate_of_what_it_corrects(self):
        """In the company's currency, too, nothing is left to be clarified."""
        self.env.ref("base.INR").rate_ids = [
            Command.clear(),
            Command.create({"name": "2026-01-01", "rate": 80.0}),
            Command.create({"name": "2026-07-20", "rate": 40.0}),
        ]
        settlement = self.settle(sale_row("99.99"))
        self.order(1)
        settlement.action_match()
        settlement.action_post()
        self.assertEqual(self.booked(settlement, "clarify"), 0.0)
        self.check(settlement)

    def test_problem_ends(self):
        settlement = self.settle(sale_row("99.99"))
        self.order(1)
        clarify = self.account_of("clarify")
        clarify.active = False
        Settlement = self.env["amazon.settlement"]
        Settlement._find_late(self.account)._take_up_orders()
        self.assertTrue(settlement.problem)
        clarify.active = True
        Settlement._find_late(self.account)._take_up_orders()
        self.assertEqual(settlement.order_ids.state, "draft")
        self.assertFalse(settlement.problem)

    def test_rule_of_a_settlement_that_cannot_be_corrected(self):
        """The rule is saved; the settlement says why, and is corrected later."""
        settlement = self.settle(other_row("-7.00", "A new label"), fee_row("-1.00"))
        fees = self.account_of("fee_commission")
        fees.active = False
        self.rule("A new label", "income")
        self.assertIn(fees.name, settlement.problem)
        fees.active = True
        self.env["amazon.settlement"]._find_late(self.account)._take_up_orders()
        self.assertFalse(settlement.problem)
        self.assertEqual(settlement.state, "draft")


@tagged("post_install", "-at_install")
class TestSettlementOrder(BookingCase):
    """Settlements that come in another order, odd amounts, odd days."""

    def test_older_settlement_comes_later(self):
        second = self.settle(
            other_row("30.00", "Previous Reserve Amount Balance"),
            other_row("-45.00", "Current Reserve Amount"),
            number="2",
            start="2026-07-11",
            end="2026-07-25",
        )
        third = self.settle(
            other_row("45.00", "Previous Reserve Amount Balance", posted="2026-08-02"),
            number="3",
            start="2026-07-25",
            end="2026-08-08",
        )
        first = self.settle(
            sale_row("100.00"), other_row("-30.00", "Current Reserve Amount")
        )
        second.action_post()
        every = first | second | third
        self.assertEqual(sum(self.booked(one, "reserve") for one in every), 0.0)
        self.assertEqual(len(third.entry_ids), 1, "nothing to correct")

    def test_older_settlement_is_held(self):
        """Perhaps it is another seller's: it counts once somebody says so."""
        later = self.settle(
            other_row("30.00", "Previous Reserve Amount Balance"),
            sale_row("5.00"),
            number="2",
            end="2026-07-25",
        )
        rows = [sale_row("100.00"), other_row("-30.00", "Current Reserve Amount")]
        held = take_file(self.account, settlement_file(rows), is_upload=True)
        self.assertEqual(held.settlement_id.state, "held")
        later._correct()
        self.assertEqual(len(later.entry_ids), 1)
        held.settlement_id.action_go_on()
        self.assertEqual(len(later.entry_ids), 2)
        self.assertAlmostEqual(
            self.booked(later, "reserve"), -30 * later._get_booked_rate(JULY), 2
        )

    def test_row_of_the_day_after(self):
        """The payout bears the day on which the settlement ended."""
        settlement = self.settle(
            sale_row("5.00", posted="2026-08-01"), fee_row("-1.00"), end="2026-07-31"
        )
        self.assertEqual(settlement.entry_ids.date, date(2026, 7, 31))

    def test_nothing_to_book(self):
        """Amazon settles marketplaces, too, where nothing happened."""
        self.assertEqual(self.take().state, "posted")

    def test_payouts_of_equal_amounts(self):
        """Fees that were higher than sales are no payout that came back."""
        first = self.settle(fee_row("-20.00"))
        second = self.settle(sale_row("20.00"), number="2")
        lines = (first | second).entry_ids.payout_line_id
        self.assertEqual(lines.mapped("reconciled"), [False, False])

    def test_two_payouts_came_back(self):
        former = self.settle(sale_row("10.00"))
        former |= self.settle(sale_row("12.00"), number="2")
        self.settle(
            other_row("10.00", "Transfer of funds unsuccessful: account closed"),
            other_row("12.00", "Transfer of funds unsuccessful: account closed"),
            sale_row("5.00"),
            number="3",
            end="2026-07-25",
        )
        self.assertEqual(
            former.entry_ids.payout_line_id.mapped("reconciled"), [True, True]
        )

    def test_rounding_changes_no_sign(self):
        """Each of many small amounts is nothing in the company's currency."""
        yen = self.env.ref("base.JPY")
        yen.rate_ids = [
            Command.clear(),
            Command.create({"name": "2026-01-01", "rate": 1000.0}),
        ]
        settlement = self.settle(
            fee_row("4"),
            fee_row("4", "Fixed closing fee"),
            fee_row("4", "ShippingChargeback"),
            fee_row("4", "FBAPerUnitFulfillmentFee"),
            fee_row("-11", "VariableClosingFee", order=number(2)),
            fee_row("4", "Coupon fee"),
            fee_row("-14", "Long term storage"),
            fee_row("5", "Some fee"),
            currency="JPY",
        )
        self.env.flush_all()
        self.check(settlement)

    def test_retrocharge(self):
        """Tax that is paid back and kept back by Amazon is both a refund's."""
        self.orders(1)
        settlement = self.settle(
            row("-10.00", "Order_Retrocharge", "ItemPrice", "Tax", number(1)),
            facilitator_row("10.00", kind="Order_Retrocharge"),
            fee_row("-1.00"),
        )
        self.assertEqual(settlement.order_ids.mapped("kind"), ["refund"])
        self.assertEqual(settlement.order_ids.amount, 0.0)

    def test_taxes_of_fees_that_cancel_out(self):
        """There is no base: Odoo must not compute a tax of the tax."""
        account = self.account_of("tcs").copy({"name": "Input tax"})
        tax = self.env["account.tax"].create(
            {
                "name": "GST 18%",
                "amount": 18.0,
                "type_tax_use": "purchase",
                "company_id": self.company.id,
            }
        )
        lines = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
        lines.filtered(lambda one: one.repartition_type == "tax").account_id = account
        for bucket, label in (("fee", "Fee A"), ("fee_tax", "Tax on A")):
            self.env["amazon.settlement.rule"].create(
                {
                    "description": label,
                    "bucket": bucket,
                    "fee_type": "commission",
                    "tax_ids": [Command.set(tax.ids)],
                }
            )
        for index, fee in enumerate(("10.00", "9.99")):
            settlement = self.settle(
                other_row("-10.00", "Fee A"),
                other_row(fee, "Fee A", sku="B"),
                other_row("-1.80", "Tax on A"),
                other_row("1.50", "Tax on A", sku="B"),
                sale_row("5.00"),
                number=str(index),
            )
            self.check(settlement)
            booked = settlement.entry_ids.move_id.line_ids
            self.assertEqual(len(booked), 3)
            self.assertFalse(booked.tax_ids)
