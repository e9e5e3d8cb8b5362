# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import AMERICA, ago, item_json, money, of_class_too, order_json
from .pin_common import PinCase


@tagged("post_install", "-at_install")
class TestOrderTips(PinCase):
    """A buyer's tip for the delivery comes late, and may change."""

    region = "na"
    marketplaces = ("us",)

    @of_class_too
    def tipped(self, tip, status="UNSHIPPED", final=True, **options):
        """An order of 99.99 with a tip; a pending one is not in Amazon's total."""
        breakdown = {
            "type": "DELIVERY_TIP",
            "subtotal": money(tip, "USD"),
            "status": "FINALIZED" if final else "PENDING",
        }
        total = 99.99 + (float(tip) if final else 0.0)
        return order_json(
            items=[item_json(quantity=3, price="99.99", currency="USD")],
            marketplace=AMERICA,
            currency="USD",
            status=status,
            proceeds={
                "grandTotal": money(f"{total:.2f}", "USD"),
                "breakdowns": [breakdown],
            },
            **options,
        )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.binding = cls.receive(cls.tipped("5.00", final=False))
        cls.sale = cls.binding.sale_order_id

    def tip(self, amount, **options):
        self.receive(self.tipped(amount, updated=ago(hours=1), **options))

    def tip_lines(self):
        return self.sale.order_line.filtered(lambda line: line.amazon_charge == "tip")

    def test_pending_tip_is_no_part_of_the_order(self):
        self.assertEqual((self.binding.state, self.sale.state), ("applied", "sale"))
        self.assertEqual(self.sale.amount_total, 99.99)
        self.assertFalse(self.tip_lines())

    def test_final_tip_comes_before_the_invoice(self):
        self.tip("5.50")
        self.assertEqual(self.sale.amount_total, 105.49)
        self.assertEqual(self.tip_lines().mapped("price_total"), [5.5])
        self.assertFalse(self.binding.difference)

    def test_final_tip_comes_after_the_delivery(self):
        self.deliver(self.sale)
        self.tip("5.50", status="SHIPPED")
        self.assertEqual(
            (self.binding.state, self.sale.amount_total), ("applied", 105.49)
        )
        self.assertEqual(self.sale.delivery_status, "full")
        self.assertEqual(len(self.sale.picking_ids), 1)

    def test_final_tip_comes_after_the_invoice(self):
        first = self.invoice(self.sale)
        self.tip("5.50", status="SHIPPED")
        self.assertEqual(
            (self.binding.state, self.sale.amount_total), ("applied", 105.49)
        )
        second = self.post(self.sale._create_invoices())
        self.assertEqual((first | second).mapped("amount_total"), [99.99, 5.5])
        self.assertEqual(self.sale.invoice_status, "invoiced")

    def test_tip_changes_after_it_was_invoiced(self):
        self.tip("5.50")
        self.invoice(self.sale)
        self.tip("4.00", status="SHIPPED")
        self.assertEqual(self.sale.amount_total, 103.99)
        self.assertEqual(self.tip_lines().mapped("price_total"), [5.5, -1.5])
        self.tip("6.00", status="SHIPPED")
        self.assertEqual(self.tip_lines().mapped("price_total"), [5.5, 0.5])

    def test_same_tip_again_changes_nothing(self):
        self.tip("5.50")
        self.tip("5.50", status="SHIPPED")
        self.assertEqual(self.tip_lines().mapped("price_total"), [5.5])

    def test_locked_order_gets_its_tip_and_stays_locked(self):
        self.sale.action_lock()
        self.tip("5.50")
        self.assertEqual(self.sale.amount_total, 105.49)
        self.assertTrue(self.sale.locked)

    def test_items_and_tip_change_at_once(self):
        self.tip("5.50")
        item = item_json(quantity=2, price="66.66", currency="USD")
        change = self.tipped("2.00", updated=ago(minutes=50))
        change["orderItems"] = [item]
        change["proceeds"]["grandTotal"] = money("68.66", "USD")
        self.receive(change)
        self.assertEqual(
            (self.binding.state, self.sale.amount_total), ("applied", 68.66)
        )
        self.assertEqual(self.tip_lines().mapped("price_total"), [2.0])
