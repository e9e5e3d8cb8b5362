# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from odoo.addons.amazon_connector.tests.common import ago, item_json

from .gst_common import GstCase, taxed, to

# The 36 states and territories, and what takes the half beside CGST within each:
# CGST Act section 9, UTGST Act section 1.
SECOND_HALF = {
    "AN": "utgst", "AP": "sgst", "AR": "sgst", "AS": "sgst", "BR": "sgst",
    "CH": "utgst", "CG": "sgst", "DN": "utgst", "DL": "sgst", "GA": "sgst",
    "GJ": "sgst", "HR": "sgst", "HP": "sgst", "JK": "sgst", "JH": "sgst",
    "KA": "sgst", "KL": "sgst", "LA": "utgst", "LD": "utgst", "MP": "sgst",
    "MH": "sgst", "MN": "sgst", "ML": "sgst", "MZ": "sgst", "NL": "sgst",
    "OD": "sgst", "PY": "sgst", "PB": "sgst", "RJ": "sgst", "SK": "sgst",
    "TN": "sgst", "TS": "sgst", "TR": "sgst", "UP": "sgst", "UK": "sgst",
    "WB": "sgst",
}  # fmt: skip


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

    def test_every_state_to_itself_and_away(self):
        """S72, S73, S74: against the table above."""
        self.assertEqual(len(SECOND_HALF), 36)
        for number, (state, half) in enumerate(SECOND_HALF.items()):
            with self.subTest(state):
                self.move_seller(state)
                other = "GA" if state != "GA" else "KL"
                own = self.receive_gst(state, 10 + 2 * number)
                away = self.receive_gst(other, 11 + 2 * number)
                self.assertEqual(self.get_gst(own), {"cgst": 901, half: 900})
                self.assertEqual(self.get_gst(away), {"igst": 1801})

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
