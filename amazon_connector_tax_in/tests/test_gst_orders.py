# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from odoo.addons.amazon_connector.tests.common import ago, item_json

from .gst_common import GstCase, taxed, to
from .gst_table import STATES, make_gstin


@tagged("post_install", "-at_install")
class TestGstOrders(GstCase):
    """Amazon's tax as IGST, or as CGST with SGST or UTGST, to the paisa."""

    def receive_gst(self, state, number=1, tax="18.01"):
        items = taxed(tax, f"{100 + float(tax):.2f}")
        order = self.receive(to(state, None, number, items=items))
        self.assertEqual(order.state, "applied", order.reason)
        self.assertAlmostEqual(order.sale_order_id.amount_tax, float(tax))
        self.assertAlmostEqual(order.sale_order_id.amount_total, 100 + float(tax))
        return order.sale_order_id

    def test_another_state(self):
        """S70, S71, S72: all of it on IGST."""
        self.assertEqual(self.get_gst(self.receive_gst("KA")), {"igst": 1801})

    def test_same_state(self):
        """S73: halves, and no paisa is lost."""
        sale = self.receive_gst("MH")
        self.assertEqual(self.get_gst(sale), {"cgst": 901, "sgst": 900})
        self.assertEqual(
            self.get_gst(self.receive_gst("MH", 2, "18.00")),
            {"cgst": 900, "sgst": 900},
        )
        self.assertEqual(self.get_gst(self.receive_gst("MH", 3, "0.01")), {"cgst": 1})

    def test_every_state_from_sellers_of_each_sort(self):
        """S72, S73, S74: a state, a territory with a legislature, one without."""
        for round_, seller in enumerate(("MH", "DL", "CH")):
            self.move_seller(seller)
            orders = self.receive(
                *(
                    to(state, None, 100 * round_ + number, items=taxed())
                    for number, state in enumerate(STATES)
                )
            )
            expected = dict.fromkeys(STATES, {"igst": 1801})
            expected[seller] = {"cgst": 901, STATES[seller].half: 900}
            found = [self.get_gst(order.sale_order_id) for order in orders]
            self.assertEqual(dict(zip(STATES, found, strict=True)), expected)

    def test_buyers_of_each_sort(self):
        """S81, S82, S83: who buys changes the treatment, never the tax."""
        buyers = [
            ("consumer", "KA", None, {"igst": 1801}),
            ("consumer", "MH", None, {"cgst": 901, "sgst": 900}),
            ("regular", "KA", make_gstin("29"), {"igst": 1801}),
            ("regular", "MH", make_gstin("27"), {"cgst": 901, "sgst": 900}),
            ("overseas", None, None, {"igst": 1801}),
        ]
        orders = self.receive(
            *(
                self.order_of(number, state, gstin)
                for number, (_sort, state, gstin, _tax) in enumerate(buyers)
            )
        )
        for order, (treatment, _state, gstin, gst) in zip(orders, buyers, strict=True):
            sale = order.sale_order_id
            self.assertEqual(self.get_gst(sale), gst)
            self.assertAlmostEqual(sale.amount_total, 118.01)
            self.assertEqual(sale.partner_id.l10n_in_gst_treatment, treatment)
            self.assertEqual(sale.partner_id.vat, gstin or False)
            invoice = sale._create_invoices()
            self.assertEqual(invoice.l10n_in_gst_treatment, treatment)
            self.assertEqual(self.get_gst(invoice), gst)

    def test_the_gstin_goes_where_nothing_was_sold(self):
        """S106, S191: returns ask for that of each business that bought."""
        numbers = [make_gstin("29"), make_gstin("27"), make_gstin("33")]
        orders = self.receive(
            *(
                self.order_of(number, state, gstin)
                for number, (state, gstin) in enumerate(
                    zip(("KA", "MH", "TN"), numbers, strict=True)
                )
            )
        )
        sales = orders.sale_order_id
        sales[1]._create_invoices().action_post()
        sales[1:].state = "cancel"
        orders._redact_now()
        sales.partner_id.sudo().amazon_customer_ids._redact()
        contacts = sales.partner_id
        self.assertEqual(set(contacts.mapped("name")), {"REDACTED"})
        self.assertEqual(contacts.mapped("vat"), [*numbers[:2], False])
        self.assertEqual(
            contacts.mapped("l10n_in_gst_treatment"), ["regular"] * 2 + ["consumer"]
        )

    def order_of(self, number, state, gstin):
        country = "IN" if state else "DE"
        order = to(state, None, number, country, taxed(), f"buyer{number}")
        if gstin:
            number = {"entityType": "BUYER", "taxRegistrationNumber": gstin}
            order["tax"] = {"taxRegistrations": [number]}
        return order

    def test_one_territory_under_two_names(self):
        """S74: a seller whose address still says Daman and Diu (25) is in 26."""
        self.move_seller("DD")
        sale = self.receive_gst("Daman and Diu")
        self.assertEqual(self.get_gst(sale), {"cgst": 901, "utgst": 900})

    def test_state_abroad_with_a_code_of_india(self):
        """Mato Grosso do Sul, say, has codes that states of India have."""
        state = self.env["res.country.state"].create(
            {
                "name": "Elsewhere",
                "code": "MH",
                "country_id": self.env.ref("base.de").id,
            }
        )
        order = self.receive(to("Elsewhere", "10115", country="DE", items=taxed()))
        sale = order.sale_order_id
        self.assertEqual(sale.partner_shipping_id.state_id, state)
        self.assertEqual(self.get_gst(sale), {"igst": 1801})

    def test_promotion_larger_than_the_item(self):
        """S73: Amazon's negative rest is split as well, and adds up."""
        items = [item_json(price="118.00", tax="-1.53", DISCOUNT="-128.03")]
        order = self.receive(to("MH", None, items=items))
        sale = order.sale_order_id
        self.assertEqual(order.state, "applied", order.reason)
        self.assertAlmostEqual(sale.amount_total, -10.03)
        self.assertAlmostEqual(sale.amount_tax, -1.53)
        self.assertEqual(sum(self.get_gst(sale).values()), -153)

    def test_ship_from_decides(self):
        self.channel._get_warehouse().partner_id = self.env["res.partner"].create(
            {"name": "Warehouse", "state_id": self.find_state("KA").id}
        )
        self.assertEqual(self.get_gst(self.receive_gst("MH")), {"igst": 1801})
        self.assertEqual(
            self.get_gst(self.receive_gst("KA", 2)), {"cgst": 901, "sgst": 900}
        )

    def test_abroad(self):
        order = self.receive(to(None, "10115", country="DE", items=taxed()))
        self.assertEqual(self.get_gst(order.sale_order_id), {"igst": 1801})

    def test_invoice_and_credit_note(self):
        """S70: they repeat the order's amounts, on the chart's accounts."""
        invoice = self.receive_gst("MH")._create_invoices()
        invoice.action_post()
        self.assertEqual(self.get_gst(invoice), {"cgst": 901, "sgst": 900})
        taxes = invoice.line_ids.filtered("tax_line_id")
        self.assertEqual(
            {line.account_id.code.rstrip("0"): line.credit for line in taxes},
            {"11233": 9.01, "11232": 9.0},
        )
        note = invoice._reverse_moves()
        self.assertAlmostEqual(note.amount_tax, 18.01)
        self.assertEqual(self.get_gst(note), {"cgst": 901, "sgst": 900})

    def test_changes_follow(self):
        """S73: another quantity, and an order that was frozen first."""
        order = self.receive(
            to("MH", None, items=[item_json(quantity=3, price="354.03", tax="54.03")])
        )
        sale = order.sale_order_id
        self.assertEqual(self.get_gst(sale), {"cgst": 2702, "sgst": 2701})
        changed = to("MH", None, items=taxed("18.01", "118.01"))
        changed["lastUpdatedTime"] = ago(hours=1)
        self.receive(changed)
        self.assertEqual(order.state, "applied", order.reason)
        self.assertEqual(self.get_gst(sale), {"cgst": 901, "sgst": 900})
        self.assertAlmostEqual(sale.amount_total, 118.01)

    def test_frozen_order_thaws(self):
        items = [item_json("SKU-NEW", price="118.01", tax="18.01")]
        order = self.receive(to("KA", None, items=items))
        self.assertEqual(order.state, "frozen")
        self.assertAlmostEqual(order.sale_order_id.amount_total, 118.01)
        self._create_product("SKU-NEW")
        order.line_ids.listing_id.product_id = self.env["product.product"].search(
            [("default_code", "=", "SKU-NEW")]
        )
        self.apply()
        self.assertEqual(order.state, "applied", order.reason)
        self.assertEqual(self.get_gst(order.sale_order_id), {"igst": 1801})

    def test_discount_is_split_alike(self):
        items = [item_json(price="118.00", tax="9.01", DISCOUNT="-58.94")]
        order = self.receive(to("MH", None, items=items))
        self.assertEqual(order.state, "applied", order.reason)
        amounts = self.get_gst(order.sale_order_id)
        self.assertEqual(sum(amounts.values()), 901)
        self.assertLessEqual(amounts["cgst"] - amounts["sgst"], 2)
        self.assertAlmostEqual(order.sale_order_id.amount_total, 59.06)

    def test_taxes_have_the_tags_of_real_gst(self):
        taxes = self.company._get_amazon_taxes()
        tags = {
            role: taxes[role].invoice_repartition_line_ids.tag_ids.mapped("name")
            for role in ("igst", "cgst", "sgst")
        }
        for role, names in tags.items():
            self.assertTrue(all(role in name.lower() for name in names), names)
            self.assertEqual(len(names), 2)
