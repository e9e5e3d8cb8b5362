# SPDX-License-Identifier: LGPL-3.0-or-later
"""The bank's line, matched by the reconciliation of others."""

from datetime import date

from odoo.tests import Form, tagged

from .booking_common import BookingCase
from .settlement_common import fee_row, sale_row

RECONCILE_VIEW = "account_reconcile_oca.bank_statement_line_form_reconcile_view"


@tagged("post_install", "-at_install", "-standard", "amazon_carriers")
class TestBankReconciliation(BookingCase):
    """OCA's `account_reconcile_oca` matches the bank's line with a payout."""

    def setUp(self):
        super().setUp()
        [sale] = self.orders(1)
        self.invoice = self.bill(sale)
        self.settlement = self.settle(sale_row("99.99"), fee_row("-9.99"))
        self.payout = self.settlement.entry_ids.payout_line_id
        # Odoo's tests have no reconciliation by itself unless they ask for it.
        lines = self.env["account.bank.statement.line"].with_context(
            _test_account_reconcile_oca=True
        )
        self.Line = lines

    def receive_money(self, text, amount=90.0):
        """What a bank's file brings."""
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        return self.Line.create(
            {
                "journal_id": journal.id,
                "date": date(2026, 7, 14),
                "payment_ref": text,
                "amount": amount,
            }
        )

    def check_matched(self, line):
        self.assertTrue(line.is_reconciled)
        self.assertTrue(self.payout.reconciled)
        self.assertEqual(self.payout.account_id, self.account_of("transit"))
        self.assertEqual(self.invoice.payment_state, "paid")
        open_items = self.env["account.move.line"].search_count(
            [
                ("account_id", "=", self.payout.account_id.id),
                ("reconciled", "=", False),
                ("parent_state", "=", "posted"),
            ]
        )
        self.assertFalse(open_items, "nothing is on its way any more")

    def test_chosen_by_hand(self):
        """The accountant picks the payout from the list of open items."""
        line = self.receive_money("AMAZON PAYMENTS EUROPE")
        self.assertFalse(line.is_reconciled)
        with Form(line, view=RECONCILE_VIEW) as form:
            form.add_account_move_line_id = self.payout
            self.assertTrue(form.can_reconcile)
        line.reconcile_bank_line()
        self.check_matched(line)
        line.unreconcile_bank_line()
        self.assertFalse(self.payout.reconciled)

    def test_found_by_itself(self):
        """The bank shows the settlement's number as its reference: no hand is needed.

        As OCA's addon has it, where its job runs on new lines.
        """
        line = self.receive_money(self.settlement.name)
        if not line.is_reconciled:
            line._auto_reconcile()
        self.check_matched(line)

    def test_undone_with_its_settlement(self):
        """Undoing the settlement opens the bank's line again."""
        line = self.receive_money(self.settlement.name)
        if not line.is_reconciled:
            line._auto_reconcile()
        self.settlement.action_undo()
        self.assertEqual(self.invoice.payment_state, "not_paid")
        self.assertFalse(self.settlement.entry_ids)
