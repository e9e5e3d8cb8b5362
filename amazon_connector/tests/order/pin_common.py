# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import Form

from ..common import AmazonCase, item_json, order_json


class PinCase(AmazonCase):
    """Orders of 99.99 with 15.26 of tax inside, which no percentage gives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.product | cls.other_product).invoice_policy = "delivery"

    def sell(self, quantity=3, price="99.99", tax="15.26", **charges):
        item = item_json(quantity=quantity, price=price, tax=tax, **charges)
        return self.receive(order_json(items=[item])).sale_order_id

    def deliver(self, sale, quantity=None):
        """Deliver so many pieces of each line, or all that are left."""
        picking = sale.picking_ids.filtered(lambda p: p.state == "assigned")
        if quantity is not None:
            picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(skip_sms=True, skip_backorder=True).button_validate()

    def invoice(self, sale, quantity=None):
        """Deliver and invoice so many pieces."""
        self.deliver(sale, quantity)
        return self.post(sale._create_invoices())

    def post(self, moves, date=None):
        if date:
            moves.invoice_date = date
        moves.action_post()
        return moves

    def refund(self, invoice, **vals):
        """A draft credit note, made by the wizard as a user makes it."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, **vals})
        )
        return self.env["account.move"].browse(wizard.refund_moves()["res_id"])

    def edit_quantity(self, move, quantity):
        """Change the quantity of the first line in the form, as a user does."""
        with Form(move) as form:
            with form.invoice_line_ids.edit(0) as line:
                line.quantity = quantity

    def amounts(self, moves):
        """Untaxed, tax and total; credit notes are negative."""
        sums = [0.0, 0.0, 0.0]
        for move in moves:
            sign = -1 if move.move_type == "out_refund" else 1
            for index, name in enumerate(
                ("amount_untaxed", "amount_tax", "amount_total")
            ):
                sums[index] += sign * move[name]
        return tuple(round(amount, 2) for amount in sums)

    def assert_complete(self, sale, moves):
        """The documents add up to the order, line by line, and each is balanced."""
        self.assertEqual(
            self.amounts(moves),
            (sale.amount_untaxed, sale.amount_tax, sale.amount_total),
        )
        for sale_line in sale.order_line.filtered("amazon_charge"):
            lines = sale_line.invoice_lines & moves.invoice_line_ids
            for name in ("price_subtotal", "price_total"):
                total = sum(
                    (-1 if line.move_id.move_type == "out_refund" else 1) * line[name]
                    for line in lines
                )
                self.assertAlmostEqual(total, sale_line[name], places=6)
        for move in moves:
            self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0.0, places=6)
            self.assertAlmostEqual(
                sum(move.line_ids.mapped("amount_currency")), 0.0, places=6
            )
