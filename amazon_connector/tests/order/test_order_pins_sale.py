# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import item_json, order_json
from .pin_common import PinCase


@tagged("post_install", "-at_install")
class TestOrderPinsSale(PinCase):
    """Rule 2 on the sales order, and what else touches its amounts."""

    def _pay_down(self, sale, **vals):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=sale.ids)
            .create(vals)
        )
        return self.post(wizard._create_invoices(sale))

    def test_down_payment_and_the_rest(self):
        for number, (vals, expected) in enumerate(
            (
                (
                    {"advance_payment_method": "percentage", "amount": 33},
                    (27.96, 5.04, 33.0),
                ),
                (
                    {"advance_payment_method": "fixed", "fixed_amount": 10.01},
                    (8.48, 1.53, 10.01),
                ),
            )
        ):
            item = item_json(quantity=3, price="99.99", tax="15.26")
            sale = self.receive(order_json(20 + number, items=[item])).sale_order_id
            down = self._pay_down(sale, **vals)
            self.assertEqual(self.amounts(down), expected)
            self.assertEqual(sale.amazon_difference, 0.0)
            self.deliver(sale)
            rest = self.post(sale._create_invoices(final=True))
            self.assertEqual(self.amounts(down | rest), (84.73, 15.26, 99.99))

    def test_down_payment_and_partial_invoices(self):
        sale = self.sell()
        down = self._pay_down(sale, advance_payment_method="percentage", amount=10)
        self.deliver(sale, 1)
        first = self.post(sale._create_invoices(final=True))
        second = self.invoice(sale)
        self.assertEqual(self.amounts(down | first | second), (84.73, 15.26, 99.99))

    def test_copied_order_is_not_amazons(self):
        self.product.taxes_id = self.env["account.tax"].create(
            {
                "name": "Test 10 %",
                "amount": 10,
                "price_include_override": "tax_excluded",
            }
        )
        copy = self.sell().copy()
        self.assertFalse(copy.order_line.extra_tax_data)
        self.assertFalse(copy.order_line.amazon_charge)
        self.assertEqual(copy.order_line.tax_ids, self.product.taxes_id)
        self.assertEqual(copy.order_line.price_unit, 28.24)
        self.assertEqual(copy.amazon_difference, 0.0)

    def test_edit_by_hand_drops_the_pin_and_shows_the_difference(self):
        for values, difference in (
            ({"price_unit": 30.0}, 9.99),
            ({"discount": 10.0}, 23.74),
        ):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                sale = self.sell()
                self.assertEqual(sale.amazon_difference, 0.0)
                sale.order_line.write(values)
                self.assertEqual(sale.amazon_difference, difference)
                self.assertEqual(sale.amount_tax, 0.0)
                self.product.invoice_policy = "order"
                sale.order_line.invalidate_recordset(["qty_to_invoice"])
                self.env.add_to_compute(
                    sale.order_line._fields["qty_to_invoice"], sale.order_line
                )
                invoice = sale._create_invoices()
                self.assertEqual(invoice.amount_total, sale.amount_total)
                savepoint.rollback()

    def test_overruled_pin_does_not_come_back_on_an_invoice(self):
        """Three pieces at a user's price: the invoice follows the order."""
        sale = self.sell(3, "100.00", "0.00")
        sale.order_line.write({"product_uom_qty": 5, "price_unit": 30.0})
        invoice = self.invoice(sale, 3)
        self.assertEqual(invoice.amount_total, 90.0)

    def test_banner_in_the_form(self):
        sale = self.sell()
        with Form(sale) as form:
            self.assertEqual(form.amazon_difference, 0.0)
            with form.order_line.edit(0) as line:
                line.price_unit = 30.0
        self.assertEqual(form.amazon_difference, 9.99)

    def test_no_difference_once_cancelled(self):
        sale = self.sell()
        sale.order_line.price_unit = 30.0
        sale._action_cancel()
        self.assertEqual(sale.amazon_difference, 0.0)

    def test_difference_where_amazon_states_no_grand_total(self):
        order = order_json(items=[item_json(quantity=3, price="99.99", tax="15.26")])
        del order["proceeds"]
        sale = self.receive(order).sale_order_id
        self.assertEqual(sale.amazon_difference, 0.0)
        sale.order_line.price_unit = 30.0
        self.assertEqual(sale.amazon_difference, 9.99)

    def test_difference_for_a_salesperson(self):
        """Without rights on Amazon's orders, the sales order still tells."""
        sale = self.sell()
        sale.order_line.price_unit = 30.0
        user = self.env["res.users"].create(
            {
                "name": "Salesperson",
                "login": "pins",
                "group_ids": [
                    Command.set(
                        self.env.ref("sales_team.group_sale_salesman_all_leads").ids
                    )
                ],
            }
        )
        self.assertEqual(sale.with_user(user).amazon_difference, 9.99)

    def test_line_added_by_hand_shows_as_a_difference(self):
        sale = self.sell()
        sale.order_line = [
            Command.create({"product_id": self.other_product.id, "price_unit": 7.0})
        ]
        self.assertEqual(sale.amazon_difference, -7.0)
        self.assertEqual(sale.order_line[0].price_total, 99.99)

    def test_pin_written_alone_changes_the_totals(self):
        """Amazon moves a part of the price from tax to net, or back."""
        sale = self.sell()
        pin = sale.order_line.extra_tax_data
        [amounts] = pin["manual_tax_amounts"].values()
        amounts["tax_amount_currency"] = 10.0
        sale.order_line.extra_tax_data = pin
        self.assertEqual((sale.amount_tax, sale.amount_total), (10.0, 94.73))
        self.assertEqual(sale.amazon_difference, 5.26)

    def test_discounted_order_is_copied_without_amazons_tax(self):
        sale = self.sell()
        self._discount(sale)
        self.assertFalse(
            sale.copy().order_line.tax_ids.filtered("amazon_role"),
        )

    def test_locked_orders_are_invoiced_and_keep_their_amounts(self):
        sale = self.sell()
        sale.action_lock()
        with self.assertRaises(UserError):
            sale.order_line.product_uom_qty = 2
        first = self.invoice(sale, 1)
        sale.action_unlock()
        self.assertEqual((sale.amount_tax, sale.amount_total), (15.26, 99.99))
        self.assert_complete(sale, first | self.invoice(sale))

    def _discount(self, sale):
        self.env["sale.order.discount"].create(
            {
                "sale_order_id": sale.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.1,
            }
        ).action_apply_discount()

    def test_discount_by_odoos_wizard(self):
        sale = self.sell()
        self._discount(sale)
        self.assertEqual((sale.amount_tax, sale.amount_total), (13.73, 89.99))
        self.assertEqual(sale.amazon_difference, 10.0)
        sale.order_line.product_id.filtered(
            lambda product: product.type == "service"
        ).invoice_policy = "order"
        invoices = self.invoice(sale, 1) | self.invoice(sale)
        self.assertEqual(self.amounts(invoices), (76.26, 13.73, 89.99))

    def test_real_cost_carrier_adds_no_line(self):
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Real cost",
                "fixed_price": 10.0,
                "invoice_policy": "real",
                "product_id": self.env["product.product"]
                .create({"name": "Delivery", "type": "service"})
                .id,
            }
        )
        sale = self.sell()
        other = sale.copy()
        other.action_confirm()
        for order in (sale, other):
            picking = order.picking_ids
            picking.carrier_id = carrier
            picking.move_ids.picked = True
            picking.with_context(skip_sms=True).button_validate()
            self.assertEqual(picking.carrier_price, 10.0)
        self.assertEqual(len(sale.order_line), 1)
        self.assertEqual((sale.amount_total, sale.amazon_difference), (99.99, 0.0))
        self.assertEqual(len(other.order_line), 2, "other orders are charged as ever")

    def test_portal_and_pro_forma_show_amazons_totals(self):
        sale = self.sell(3, "99.99", "15.26", SHIPPING="5.01", total="105.00")
        totals = sale.tax_totals
        self.assertEqual(
            (
                totals["base_amount_currency"],
                totals["tax_amount_currency"],
                totals["total_amount_currency"],
            ),
            (89.74, 15.26, 105.0),
        )
        html = str(
            self.env["ir.actions.report"]._render_qweb_html(
                "sale.report_saleorder_pro_forma", sale.ids
            )[0],
            "utf-8",
        )
        for amount in ("105.00", "15.26", "89.74"):
            self.assertIn(amount, html)
