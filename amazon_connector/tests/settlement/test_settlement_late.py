# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ...sp_api import Payout
from .booking_common import BookingCase, number
from .settlement_common import fee_row, refund_row, sale_row


@tagged("post_install", "-at_install")
class TestLateOrders(BookingCase):
    """Orders that come to Odoo after the settlement that pays them."""

    def come(self, index):
        """The order comes, is delivered and invoiced; its invoice."""
        return self.bill(self.order(index))

    def look_again(self):
        Settlement = self.env["amazon.settlement"]
        late = Settlement._find_late(self.account)
        late._take_up_orders()
        return late

    def test_draft_is_written_anew(self):
        settlement = self.settle(sale_row("99.99"), post=False)
        self.assertEqual(settlement.order_ids.state, "unknown")
        invoice = self.come(1)
        self.assertEqual(self.look_again(), settlement)
        self.assertEqual(settlement.order_ids.state, "draft")
        settlement.action_post()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self.booked(settlement, "clarify"), 0.0)

    def test_posted_is_corrected(self):
        """Also a refund of the same order in the same settlement, each by its own."""
        settlement = self.settle(
            sale_row("99.99"),
            refund_row("-99.99"),
            sale_row("5.00", order=number(8)),
            fee_row("-2.00"),
        )
        invoice = self.come(1)
        self.look_again()
        self.assertEqual(len(settlement.entry_ids), 2)
        self.assertEqual(self.booked(settlement, "clarify"), -5.0)
        settlement.action_post()
        self.assertEqual(invoice.payment_state, "paid")
        sale, refund, other = settlement.order_ids.sorted("id")
        self.assertEqual(
            (sale.state, refund.state, other.state), ("paid", "waits", "unknown")
        )
        self.check(settlement)
        self.assertFalse(self.look_again(), "nothing is late any more")
        settlement._correct()
        self.assertEqual(len(settlement.entry_ids), 2)

    def test_posted_by_itself(self):
        """Where settlements post by themselves, so do corrections, and match."""
        settlement = self.settle(sale_row("99.99"))
        self.account.settlement_auto_post = True
        invoice = self.come(1)
        self.look_again()
        self.assertEqual(settlement.state, "posted")
        self.assertEqual(invoice.payment_state, "paid")

    def test_two_months(self):
        """The order's parts of both months are taken up, each once."""
        settlement = self.settle(
            sale_row("40.00", posted="2026-06-30"), sale_row("59.99")
        )
        invoice = self.come(1)
        self.look_again()
        settlement.action_match()
        settlement.action_post()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(settlement.order_ids.mapped("state"), ["paid", "paid"])
        self.check(settlement)

    def test_match_again_looks_too(self):
        settlement = self.settle(sale_row("99.99"))
        self.come(1)
        settlement.action_match()
        self.assertEqual(settlement.state, "draft")
        self.assertEqual(settlement.order_ids.state, "draft")

    def test_nothing_was_paid(self):
        """An order whose rows make nothing needs no correction."""
        settlement = self.settle(sale_row("5.00"), sale_row("-5.00"))
        self.come(1)
        self.look_again()
        self.assertEqual(len(settlement.entry_ids), 0)

    def test_payout_is_found_in_any_language(self):
        """The trace id reaches the payout's item, whoever booked it."""
        self.env["res.lang"]._activate_lang("fr_FR")
        settlement = self.settle(sale_row("5.00"))
        told = Payout(
            payout_id="P",
            status="PAID",
            amount=None,
            trace_id="TRACE1",
            failure=None,
            settlement_ids=(settlement.name,),
            created=None,
        )
        settlement.with_context(lang="fr_FR")._note_payout(told)
        line = settlement.entry_ids.payout_line_id
        self.assertEqual(line.account_id, self.account_of("transit"))
        self.assertIn("TRACE1", line.name)
        self.assertIn("TRACE1", line.move_id.ref, "OCA searches the reference")
