# SPDX-License-Identifier: LGPL-3.0-or-later
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .booking_common import BookingCase, number
from .settlement_common import (
    facilitator_row,
    fee_row,
    other_row,
    refund_row,
    row,
    sale_row,
)

AMOUNTS = st.integers(-20_000, 20_000).map(lambda cents: f"{cents / 100:.2f}")
DAYS = st.sampled_from(("2026-05-31", "2026-06-30", "2026-07-01", "2026-07-10"))
LABELS = st.sampled_from(
    (
        "Current Reserve Amount",
        "Previous Reserve Amount Balance",
        "Transfer of funds unsuccessful: closed",
        "Payable to Amazon",
        "Successful charge",
        "Storage Fee",
        "StorageBillingCGST",
        "MiscAdjustment",
        "Nobody knows this",
    )
)
NUMBERS = st.integers(1, 6).map(number)
ROWS = st.one_of(
    st.builds(lambda a, o, d: sale_row(a, order=o, posted=d), AMOUNTS, NUMBERS, DAYS),
    st.builds(lambda a, o, d: refund_row(a, order=o, posted=d), AMOUNTS, NUMBERS, DAYS),
    st.builds(lambda a, o, d: fee_row(a, order=o, posted=d), AMOUNTS, NUMBERS, DAYS),
    st.builds(lambda a, o: facilitator_row(a, order=o), AMOUNTS, NUMBERS),
    st.builds(lambda a, o: row(a, "Order", "ItemTCS", "TCS-IGST", o), AMOUNTS, NUMBERS),
    st.builds(lambda a, name, d: other_row(a, name, posted=d), AMOUNTS, LABELS, DAYS),
)
# Where the journal has what is neither an order's nor a fee.
WHERE = {
    "facilitator": "facilitator",
    "tcs": "tcs",
    "tds": "tds",
    "income": "income",
    "reserve": "reserve",
    "balance": "balance",
    "failed": "transit",
    "unknown": "clarify",
}
MONTHS = st.lists(st.lists(ROWS, max_size=12), min_size=1, max_size=3)


@tagged("post_install", "-at_install")
class TestRandomMonths(BookingCase):
    """What holds for any settlement, whatever Amazon writes into it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_random_months")
        sales = [case.order(index) for index in range(1, 4)]
        sales[0]._create_invoices().action_post()
        sales[1]._create_invoices()

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(MONTHS)
    def test_random_months(self, months):
        """Sum, balance, payout, each row in one bucket, buckets = journal items; and
        undone, nothing is left."""
        with self.env.cr.savepoint() as savepoint:
            open_before = self.residuals()
            booked = self.env["amazon.settlement"]
            for place, rows in enumerate(months):
                end = f"2026-07-{11 + place:02d}"
                booked |= self.settle(*rows, number=str(place + 1), end=end)
            for settlement in booked:
                self.check(settlement)
                self.check_buckets(settlement)
            for settlement in booked.filtered("entry_ids"):
                settlement.action_undo()
            self.assertEqual(self.residuals(), open_before)
            savepoint.rollback()
        self.env.invalidate_all()

    def residuals(self):
        moves = self.env["account.move"].search([("move_type", "=", "out_invoice")])
        return {move.id: move.amount_residual for move in moves}

    def check_buckets(self, settlement):
        """Each bucket's rows are what the journal has of it, account by account."""
        told = self.env["amazon.settlement.row"]._read_group(
            [("settlement_id", "=", settlement.id), ("bucket", "!=", "payout")],
            ["bucket", "fee_type", "order_id"],
            ["amount:sum"],
        )
        wanted, orders = {}, 0.0
        for bucket, fee_type, order, amount in told:
            # None of these orders has a tax that Amazon keeps in its total.
            if bucket in ("sale", "refund") or (bucket == "facilitator" and order):
                orders += amount
                continue
            purpose = WHERE.get(bucket) or f"fee_{fee_type}"
            account = self.account_of(purpose)
            wanted[account] = wanted.get(account, 0.0) + amount
        settled = settlement.order_ids
        self.assertAlmostEqual(orders, sum(settled.mapped("amount")), 2)
        # Orders that are not in Odoo, and the first reserve, are to be clarified.
        clarify, reserve = self.account_of("clarify"), self.account_of("reserve")
        strange = settled.filtered(lambda one: not one.sale_order_id)
        wanted[clarify] = (
            wanted.get(clarify, 0.0)
            + sum(strange.mapped("amount"))
            + wanted.pop(reserve, 0.0)
        )
        lines = settlement.entry_ids.move_id.line_ids
        transit = self.account_of("transit")
        wanted[transit] = wanted.get(transit, 0.0) - settlement.total
        for account, amount in wanted.items():
            accounts = account | reserve if account == clarify else account
            mine = lines.filtered(lambda one, a=accounts: one.account_id in a)
            self.assertAlmostEqual(-sum(mine.mapped("amount_currency")), amount, 2)
