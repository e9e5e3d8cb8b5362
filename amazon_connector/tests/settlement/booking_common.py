# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import Decimal

from ..common import item_json, order_json
from ..order.pin_common import PinCase
from .settlement_common import (
    take_settlement,
)


def number(index):
    return f"403-0000000-{index:07d}"


class BookingCase(PinCase):
    """Orders of 99.99, delivered, invoiced or not, and settlements of them."""

    def orders(self, *numbers, price="99.99", currency="INR"):
        """Delivered sales orders, in the order of their numbers."""
        return [self.order(one, price=price, currency=currency) for one in numbers]

    def order(self, index, price="99.99", currency="INR", tax="15.26"):
        item = item_json(quantity=3, price=price, tax=tax, currency=currency)
        sale = self.receive(
            order_json(index, items=[item], currency=currency)
        ).sale_order_id
        self.deliver(sale)
        return sale

    def bill(self, sale):
        return self.post(sale._create_invoices())

    def take(self, *rows, **options):
        """The settlement of these rows, not booked."""
        return take_settlement(self.account, list(rows), **options)

    def settle(self, *rows, post=True, **options):
        """The settlement of these rows, booked and perhaps posted."""
        settlement = self.take(*rows, **options)
        settlement._book()
        self.assertFalse(settlement.problem)
        if post and settlement.entry_ids:
            settlement.action_post()
        return settlement

    def account_of(self, purpose):
        return self.company._get_amazon_settlement_accounts()[purpose]

    def booked(self, settlement, purpose):
        """The balance of an account in a settlement's entries."""
        lines = settlement.entry_ids.move_id.line_ids
        account = self.account_of(purpose)
        return round(
            sum(
                lines.filtered(lambda one: one.account_id == account).mapped("balance")
            ),
            2,
        )

    def check(self, settlement):
        """What holds for each settlement, whatever is in it."""
        moves = settlement.entry_ids.move_id
        for move in moves:
            self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0.0, 2)
            self.assertAlmostEqual(sum(move.line_ids.mapped("amount_currency")), 0.0, 2)
        rows = settlement.row_ids.filtered(lambda one: one.bucket != "payout")
        self.assertEqual(len(settlement.row_ids), settlement.row_count)
        self.assertFalse(settlement.row_ids.filtered(lambda one: not one.bucket))
        cents = sum(Decimal(str(one)) for one in rows.mapped("amount"))
        self.assertEqual(cents, Decimal(str(settlement.total)))
        payout = moves.line_ids.filtered(
            lambda one: (
                one.account_id == self.account_of("transit")
                and one.name == settlement._get_payment_text()
            )
        )
        self.assertAlmostEqual(
            sum(payout.mapped("amount_currency")), settlement.total, 2
        )
