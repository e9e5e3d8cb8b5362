# SPDX-License-Identifier: LGPL-3.0-or-later
import re

from odoo.tests import tagged

from ..common import AmazonCase, item_json, order_json


@tagged("post_install", "-at_install")
class TestSalesReport(AmazonCase):
    """What Odoo's own sales analysis says of Amazon's customers."""

    def bought(self, *sales):
        """``{(customer, product): (units, amount in the orders' currency)}``"""
        self.env.flush_all()
        groups = self.env["sale.report"]._read_group(
            [("partner_id", "in", [sale.partner_id.id for sale in sales])],
            ["partner_id", "product_id"],
            ["product_uom_qty:sum", "price_total:sum"],
        )
        rate = sales[0].currency_rate
        return {
            (partner, product): (units, round(amount * rate, 2))
            for partner, product, units, amount in groups
        }

    def test_products_and_amounts_per_customer(self):
        """S8: what each customer bought and spent, over all of his orders."""
        a, b = self.product, self.other_product
        asha, again, ravi = self.receive(
            order_json(1, [item_json("SKU-A", 2, "200.00")]),
            order_json(
                2,
                [
                    item_json("SKU-A", 1, "90.00"),
                    item_json("SKU-B", 3, "30.50", number="2"),
                ],
            ),
            order_json(3, [item_json("SKU-B", 1, "10.00")], buyer="ravi"),
        ).sale_order_id
        self.assertEqual(asha.partner_id, again.partner_id)
        self.assertNotEqual(asha.partner_id, ravi.partner_id)
        self.assertEqual(
            self.bought(asha, again, ravi),
            {
                (asha.partner_id, a): (3, 290.0),
                (asha.partner_id, b): (3, 30.5),
                (ravi.partner_id, b): (1, 10.0),
            },
        )

    def test_an_order_counts_as_soon_as_it_is_synced(self):
        """S8: before anything is delivered or invoiced."""
        first = self.receive(order_json(1, [item_json(price="100.00")])).sale_order_id
        key = (first.partner_id, self.product)
        self.assertEqual(self.bought(first), {key: (1, 100.0)})
        second = self.receive(order_json(2, [item_json(price="50.00")])).sale_order_id
        self.assertEqual(second.invoice_status, "to invoice")
        self.assertFalse(second.invoice_ids)
        self.assertEqual(self.bought(first), {key: (2, 150.0)})

    def test_a_frozen_order_counts_too(self):
        """S8: on the placeholder, with the amount that Amazon states."""
        frozen = self.receive(order_json(1, [item_json("NEW", 1, "75.00")]))
        self.assertEqual(frozen.state, "frozen")
        bought = self.bought(frozen.sale_order_id)
        self.assertEqual([amount for _units, amount in bought.values()], [75.0])

    def test_customers_lead_to_their_contacts(self):
        """S8: orders and what was spent stand beside a customer, and its row opens the
        contact."""
        orders = self.receive(
            order_json(1, [item_json(price="100.00")]),
            order_json(2, [item_json(price="50.00")]),
            order_json(3, [item_json(price="9.00")], buyer="ravi"),
        )
        contacts = orders.sale_order_id.partner_id
        asha = contacts[0].amazon_customer_ids
        self.assertEqual(asha.order_count, 2)
        self.assertEqual(re.sub(r"[^\d.]", "", asha.spent), "150.00")
        opened = asha.action_open_contact()
        self.assertEqual(opened["res_model"], "res.partner")
        self.assertEqual(opened["res_id"], contacts[0].id)
