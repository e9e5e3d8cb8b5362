# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .booking_common import BookingCase, number
from .settlement_common import (
    fee_row,
    other_row,
    refund_row,
    row,
    sale_row,
    settlement_file,
    take_file,
    take_settlement,
)


@tagged("post_install", "-at_install")
class TestSettlementBooking(BookingCase):
    """The entry of a settlement, and the invoices that it pays."""

    def test_invoices_are_paid(self):
        sales = self.orders(1, 2)
        invoices = [self.bill(sale) for sale in sales]
        settlement = self.settle(
            sale_row("84.73", order=number(1)),
            sale_row("15.26", "Tax", order=number(1)),
            fee_row("-12.00", order=number(1)),
            sale_row("99.99", order=number(2)),
            fee_row("-12.00", order=number(2)),
            fee_row("-3.50", "Fixed closing fee", order=number(2)),
        )
        self.check(settlement)
        for invoice in invoices:
            self.assertEqual(invoice.payment_state, "paid")
            self.assertEqual(invoice.amount_residual, 0.0)
        self.assertEqual(settlement.order_ids.mapped("state"), ["paid", "paid"])
        self.assertEqual(settlement.order_ids.mapped("amount"), [99.99, 99.99])
        self.assertEqual(settlement.state, "posted")
        self.assertEqual(len(settlement.entry_ids), 1)
        self.assertEqual(self.booked(settlement, "transit"), 172.48)
        fees = self.account_of("fee_commission") | self.account_of("fee_closing")
        lines = settlement.entry_ids.move_id.line_ids
        self.assertAlmostEqual(
            sum(lines.filtered(lambda one: one.account_id in fees).mapped("balance")),
            27.5,
            2,
        )
        self.assertFalse(self.env["account.payment"].search([]), "no payment per order")

    def test_invoice_comes_later(self):
        """An order that is not invoiced yet waits, and is paid when it is posted."""
        [sale] = self.orders(1)
        settlement = self.settle(sale_row("99.99"))
        self.assertEqual(settlement.order_ids.state, "waits")
        invoice = sale._create_invoices()
        self.assertEqual(settlement.order_ids.state, "waits")
        self.post(invoice)
        self.assertEqual(settlement.order_ids.state, "paid")
        self.assertEqual(invoice.payment_state, "paid")

    def test_draft_until_posted(self):
        [sale] = self.orders(1)
        invoice = self.bill(sale)
        settlement = self.settle(sale_row("99.99"), post=False)
        self.assertEqual(
            (settlement.state, invoice.payment_state), ("draft", "not_paid")
        )
        self.assertEqual(settlement.order_ids.state, "draft")
        settlement.action_post()
        self.assertEqual((settlement.state, invoice.payment_state), ("posted", "paid"))

    def test_automatic_after_the_first(self):
        self.account.settlement_auto_post = True
        first = self.settle(sale_row("1.00"), post=False)
        self.assertEqual(first.state, "draft", "the first one is looked at")
        first.action_post()
        second = self.settle(sale_row("2.00"), post=False, number="2")
        self.assertEqual(second.state, "posted")

    def test_difference_is_listed(self):
        short, more = (self.bill(sale) for sale in self.orders(1, 2))
        settlement = self.settle(
            sale_row("90.00", order=number(1)), sale_row("100.50", order=number(2))
        )
        self.check(settlement)
        states = {one.order_number: one for one in settlement.order_ids}
        self.assertEqual(states[number(1)].state, "partial")
        self.assertEqual(states[number(1)].difference, 9.99)
        self.assertEqual(states[number(2)].difference, -0.51)
        self.assertEqual((short.amount_residual, more.amount_residual), (9.99, 0.0))

    def test_two_settlements_of_one_order(self):
        [sale] = self.orders(1)
        invoice = self.bill(sale)
        first = self.settle(sale_row("60.00"))
        self.assertEqual(first.order_ids.state, "partial")
        second = self.settle(sale_row("39.99"), number="2")
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual((first | second).order_ids.mapped("state"), ["paid", "paid"])

    def test_refund_meets_its_credit_note(self):
        [sale] = self.orders(1)
        invoice = self.bill(sale)
        settlement = self.settle(sale_row("99.99"), refund_row("-99.99"))
        refund = settlement.order_ids.filtered(lambda one: one.kind == "refund")
        self.assertEqual(refund.state, "waits")
        self.assertEqual(invoice.payment_state, "paid")
        note = self.post(self.refund(invoice))
        self.assertEqual((refund.state, note.amount_residual), ("paid", 0.0))

    def test_months_are_split(self):
        """S: rows of two months are booked in their months, the payout in the last."""
        settlement = self.settle(
            fee_row("-10.00", posted="2026-06-29"),
            sale_row("50.00", posted="2026-06-30"),
            sale_row("60.00", posted="2026-07-01"),
        )
        self.check(settlement)
        june, july = settlement.entry_ids
        self.assertEqual([june.date, july.date], [date(2026, 6, 30), date(2026, 7, 11)])
        self.assertEqual((june.amount, july.amount), (40.0, 60.0))
        self.assertEqual(self.booked(settlement, "balance"), 0.0)
        transit = self.account_of("transit")
        self.assertNotIn(transit, june.move_id.line_ids.account_id)

    def test_reserve_is_the_last_one(self):
        first = self.settle(
            other_row("80.00", "Previous Reserve Amount Balance"),
            sale_row("100.00"),
            other_row("-30.00", "Current Reserve Amount"),
        )
        self.assertEqual(self.booked(first, "reserve"), 30.0)
        self.assertEqual(
            self.booked(first, "clarify"), -80.0 - 100.0, "of before, and no order"
        )
        second = self.settle(
            other_row("30.00", "Previous Reserve Amount Balance"),
            other_row("-45.00", "Current Reserve Amount"),
            number="2",
            start="2026-07-11",
            end="2026-07-25",
        )
        self.assertEqual(
            self.booked(first, "reserve") + self.booked(second, "reserve"), 45
        )

    def test_india_withholds(self):
        self.orders(1)
        settlement = self.settle(
            sale_row("99.99"),
            row("-0.50", "Order", "ItemTCS", "TCS-IGST", number(1)),
            row("-0.10", "Order", "ItemTDS", "TDS (Section 194-O)", number(1)),
        )
        self.assertEqual(self.booked(settlement, "tcs"), 0.5)
        self.assertEqual(self.booked(settlement, "tds"), 0.1)
        self.check(settlement)

    def test_negative_total(self):
        settlement = self.settle(fee_row("-20.00"))
        self.assertEqual(self.booked(settlement, "transit"), -20.0)
        self.check(settlement)

    def test_nothing_in_it(self):
        settlement = self.settle()
        self.assertFalse(settlement.entry_ids)

    def test_payout_that_failed(self):
        """The money comes back: nothing of the first payout is on its way any more."""
        first = self.settle(sale_row("10.00"))
        second = self.settle(
            other_row("10.00", "Transfer of funds unsuccessful: account closed"),
            sale_row("5.00"),
            number="2",
            end="2026-07-25",
        )
        self.check(second)
        transit = self.account_of("transit")
        open_lines = self.env["account.move.line"].search(
            [("account_id", "=", transit.id), ("reconciled", "=", False)]
        )
        self.assertEqual(open_lines.mapped("balance"), [15.0])
        self.assertEqual(first.state, "posted")

    def test_bank_line_is_matched(self):
        """The bank's line finds the payout, and nothing is on its way any more."""
        settlement = self.settle(sale_row("99.99"))
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": "2026-07-14",
                "payment_ref": "AMAZON PAYMENTS",
                "amount": 99.99,
            }
        )
        payout = settlement.entry_ids.move_id.line_ids.filtered(
            lambda one: one.account_id == self.account_of("transit")
        )
        self.assertIn(settlement.name, payout.name)
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = payout.account_id
        (suspense | payout).reconcile()
        self.assertTrue(payout.reconciled)
        settlement.action_undo()
        self.assertFalse(suspense.reconciled)

    def test_undo_is_complete(self):
        [sale] = self.orders(1)
        invoice = self.bill(sale)
        settlement = self.settle(sale_row("99.99"), fee_row("-9.00"))
        move = settlement.entry_ids.move_id
        settlement.action_undo()
        self.assertEqual(move.state, "cancel")
        self.assertEqual(invoice.amount_residual, 99.99)
        self.assertFalse(settlement.entry_ids)
        self.assertFalse(settlement.order_ids)
        self.assertEqual(settlement.state, "new")
        sync = self.env["amazon.sync.settlements"]
        task = self.account._get_task("settlements")
        self.assertNotIn(settlement, sync._find_unbooked(task), "not by itself again")
        settlement.action_book()
        settlement.action_post()
        self.assertEqual(invoice.payment_state, "paid")

    def test_undo_of_a_draft_leaves_nothing(self):
        settlement = self.settle(sale_row("1.00"), post=False)
        move = settlement.entry_ids.move_id
        settlement.action_undo()
        self.assertFalse(move.exists())

    def test_lock_date(self):
        """A closed period stays closed: the entry gets the first open day."""
        settlement = take_settlement(self.account, [sale_row("10.00")])
        settlement._book()
        self.company.fiscalyear_lock_date = "2026-07-31"
        settlement.action_post()
        self.assertEqual(settlement.state, "posted")
        self.assertGreater(settlement.entry_ids.date, date(2026, 7, 31))

    def test_undo_behind_a_lock_date(self):
        settlement = self.settle(sale_row("10.00"))
        move = settlement.entry_ids.move_id
        self.company.fiscalyear_lock_date = "2026-07-31"
        settlement.action_undo()
        self.assertEqual((move.state, settlement.state), ("posted", "new"))
        reversal = move.reversal_move_ids
        self.assertEqual(reversal.state, "posted")
        self.assertGreater(reversal.date, date(2026, 7, 31))
        lines = (move | reversal).line_ids
        for account in lines.account_id:
            mine = lines.filtered(lambda one, a=account: one.account_id == a)
            self.assertAlmostEqual(sum(mine.mapped("balance")), 0.0, 2)

    def test_archived_account(self):
        self.settle(sale_row("1.00"))
        clarify = self.account_of("clarify")
        clarify.active = False
        settlement = take_settlement(self.account, [sale_row("2.00")], number="2")
        settlement._book()
        self.assertIn(clarify.name, settlement.problem)
        self.assertEqual(settlement.state, "new")
        alerts = self.account.activity_ids.mapped("amazon_alert")
        self.assertIn(f"settlement booking {settlement.id}", alerts)
        clarify.active = True
        settlement.action_book()
        self.assertEqual((settlement.state, settlement.problem), ("draft", False))

    def test_unknown_order_is_to_be_clarified(self):
        settlement = self.settle(sale_row("10.00"), sale_row("5.00", order=number(8)))
        self.assertEqual(set(settlement.order_ids.mapped("state")), {"unknown"})
        self.assertEqual(self.booked(settlement, "clarify"), -15.0)

    def test_booked_twice(self):
        settlement = self.settle(sale_row("1.00"), post=False)
        settlement._book()
        settlement.action_book()
        self.assertEqual(len(settlement.entry_ids), 1)

    def test_rule_rewrites_a_draft(self):
        settlement = self.settle(other_row("-7.00", "A new label"), post=False)
        self.assertEqual(self.booked(settlement, "clarify"), 7.0)
        account = self.account_of("fee_storage").copy({"name": "Mine"})
        self.env["amazon.settlement.rule"].create(
            {"description": "A new label", "bucket": "fee", "account_id": account.id}
        )
        self.assertEqual(settlement.state, "draft")
        lines = settlement.entry_ids.move_id.line_ids
        self.assertIn(account, lines.account_id)
        self.assertEqual(self.booked(settlement, "clarify"), 0.0)

    def test_rule_corrects_what_is_posted(self):
        settlement = self.settle(other_row("-7.00", "A new label"), sale_row("9.00"))
        posted = settlement.entry_ids.move_id
        self.env["amazon.settlement.rule"].create(
            {"description": "A new label", "bucket": "income"}
        )
        self.assertEqual(posted.state, "posted", "what is posted stays")
        self.assertEqual(settlement.state, "draft", "the correction is a draft")
        settlement.action_post()
        self.assertEqual(self.booked(settlement, "income"), 7.0)
        self.assertEqual(self.booked(settlement, "clarify"), -9.0)
        self.check(settlement)

    def test_yen(self):
        self.env.ref("base.JPY").active = True
        settlement = self.settle(sale_row("1500"), fee_row("-150"), currency="JPY")
        self.assertEqual(settlement.total, 1350)
        self.check(settlement)

    def test_foreign_currency(self):
        """Lines have the settlement's currency, and balance in the company's."""
        dollar = self.env.ref("base.USD")
        foreign = (
            dollar if self.company.currency_id != dollar else self.env.ref("base.EUR")
        )
        foreign.active = True
        foreign.rate_ids = [
            Command.clear(),
            Command.create({"name": "2026-01-01", "rate": 0.0137}),
        ]
        settlement = self.settle(
            *[sale_row("0.33", order=number(n), sku=str(n)) for n in range(1, 9)],
            fee_row("-0.07"),
            fee_row("-0.11", "Fixed closing fee"),
            currency=foreign.name,
        )
        self.check(settlement)
        lines = settlement.entry_ids.move_id.line_ids
        self.assertEqual(lines.currency_id, foreign)

    def test_dialects_give_one_entry(self):
        rows = [sale_row("99.99"), fee_row("-10.01")]
        first = self.settle(*rows)
        file = take_file(self.account, settlement_file(rows, mark=",", form="%d.%m.%Y"))
        self.assertEqual(file.settlement_id, first)
        file.settlement_id._book()
        self.assertEqual(len(first.entry_ids), 1)

    def test_cancelled_in_odoo(self):
        [sale] = self.orders(1)
        sale.with_context(disable_cancel_warning=True)._action_cancel()
        settlement = self.settle(sale_row("99.99"))
        self.assertEqual(settlement.order_ids.state, "waits")
        self.check(settlement)

    def test_rights(self):
        settlement = self.settle(sale_row("1.00"), post=False)
        people = {
            "account.group_account_invoice": True,
            "amazon_connector.group_manager": False,
            "account.group_account_readonly": False,
        }
        for index, (groups, may) in enumerate(people.items()):
            user = new_test_user(self.env, f"settler_{index}", groups)
            mine = settlement.with_user(user)
            self.assertTrue(mine.read(["total"]))
            self.assertTrue(mine.row_ids.read(["amount"]))
            if may:
                mine.action_undo()
                mine.action_book()
                mine.action_post()
            else:
                for name in ("action_book", "action_post", "action_undo"):
                    with self.assertRaises(AccessError):
                        getattr(mine, name)()
        self.assertEqual(settlement.state, "posted")
