# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from odoo.addons.amazon_connector.models.order.amazon_place import Spelling

from .gst_common import GstCase, taxed, to
from .gst_table import STATES


@tagged("post_install", "-at_install")
class TestGstPlaces(GstCase):
    """Place of supply: told, or found by the postal code, or waited for."""

    def test_spellings_of_real_files(self):
        """S80: former and misspelt names."""
        expected = {
            "DADRA AND NAGAR": "26",
            "Dadra & Nagar Haveli": "26",
            "DAMAN AND DIU": "26",
            "Daman & Diu": "26",
            "DADRA AND NAGAR HAVELI AND DAMAN AND DIU": "26",
            "RAJSHTHAN": "08",
            "ORISSA": "21",
            "Jammu & Kashmir": "01",
        }
        spellings = {text: Spelling("IN", text) for text in expected}
        found = self.env["amazon.place"]._resolve(self.company, set(spellings.values()))
        self.assertEqual(
            {text: found[one].state.l10n_in_tin for text, one in spellings.items()},
            expected,
        )

    def test_states_by_their_gst_number(self):
        """S80: the number of each state, as GSTINs begin."""
        spellings = {one.number: Spelling("IN", one.number) for one in STATES.values()}
        spellings["25"] = Spelling("IN", "25")
        found = self.env["amazon.place"]._resolve(self.company, set(spellings.values()))
        codes = {number: found[one].state.code for number, one in spellings.items()}
        expected = {one.number: code for code, one in STATES.items()} | {"25": "DN"}
        self.assertEqual(codes, expected)

    def test_numbers_that_are_no_states(self):
        for number in ("96", "97", "99"):
            place = Spelling("IN", number)
            found = self.env["amazon.place"]._resolve(self.company, {place})[place]
            self.assertFalse(found.state)
            self.assertTrue(found.unknown)

    def test_blank_state_with_a_postal_code(self):
        """S80: what is no state at all does not hide the postal code."""
        orders = self.receive(
            *(
                to(text, "560001", number, items=taxed(), buyer=f"buyer{number}")
                for number, text in enumerate(("APO", " ", "-", ""), 1)
            )
        )
        states = [one.sale_order_id.partner_shipping_id.state_id for one in orders]
        self.assertEqual([state.code for state in states], ["KA"] * 4)

    def test_state_does_not_depend_on_its_name(self):
        self.env.ref("base.state_in_dn").name = "Something else"
        order = self.receive(to("Daman and Diu", items=taxed()))
        self.assertEqual(order.sale_order_id.partner_shipping_id.state_id.code, "DN")

    def test_postal_code_tells_a_missing_state(self):
        """S80: a certain postal code stands in for the state."""
        orders = self.receive(
            to(None, "560001", 1, items=taxed(), buyer="asha"),
            to("Punjab/Mohali/Zirakpur", "141001", 2, items=taxed(), buyer="bela"),
        )
        self.assertEqual(
            orders.sale_order_id.mapped("partner_shipping_id.state_id.code"),
            ["KA", "PB"],
        )
        self.assertFalse(orders.place_id)

    def test_unknown_state_waits(self):
        """S80: never the seller's own state."""
        orders = self.receive(
            to(None, "605001", 1, items=taxed(), buyer="asha"),
            to("APO", None, 2, items=taxed(), buyer="bela"),
            to(" ", None, 3, items=taxed(), buyer="carl"),
        )
        self.assertEqual(orders.mapped("state"), ["held"] * 3)
        self.assertFalse(orders.sale_order_id)
        self.assertTrue(all("state" in order.reason for order in orders))

    def test_contradiction_is_shown(self):
        agreeing = self.receive(to("Kerala", "695001", 1, items=taxed()))
        doubtful = self.receive(to("Kerala", "560001", 2, items=taxed()))
        self.assertNotIn("postal code", self.get_notes(agreeing))
        self.assertIn("postal code of the delivery is not", self.get_notes(doubtful))
        self.assertNotIn("560001", self.get_notes(doubtful))

    def get_notes(self, order):
        return " ".join(order.sale_order_id.message_ids.mapped("body"))

    def test_treatment_of_consumers_and_abroad(self):
        """S81, S82: by the place of supply, on contact and invoice."""
        orders = self.receive(
            to("Kerala", "695001", 1, items=taxed(), buyer="asha"),
            to(None, "10115", 2, country="DE", items=taxed(), buyer="bela"),
        )
        self.assertEqual(
            orders.sale_order_id.mapped("partner_id.l10n_in_gst_treatment"),
            ["consumer", "overseas"],
        )
        invoices = [order.sale_order_id._create_invoices() for order in orders]
        self.assertEqual(
            [invoice.l10n_in_gst_treatment for invoice in invoices],
            ["consumer", "overseas"],
        )

    def test_invoice_without_a_state_names_no_place(self):
        """S80: also when a user lets an order go on without a place."""
        order = self.receive(to("APO", None, items=taxed()))
        order.ignore_place = True
        order._apply_again()
        self.apply()
        sale = order.sale_order_id
        self.assertEqual(set(self.get_gst(sale)), {"igst"})
        invoice = sale._create_invoices()
        self.assertFalse(invoice.l10n_in_state_id)

    def test_invoice_names_the_place(self):
        """S80, S81: as the return asks for it; 96 is another country."""
        orders = self.receive(
            to("Kerala", "695001", 1, items=taxed(), buyer="asha"),
            to(None, "10115", 2, country="DE", items=taxed(), buyer="bela"),
        )
        tins = [
            order.sale_order_id._create_invoices().l10n_in_state_id.l10n_in_tin
            for order in orders
        ]
        self.assertEqual(tins, ["32", "96"])


@tagged("post_install", "-at_install")
class TestGstWithoutChart(GstCase):
    chart = False

    def test_missing_chart_is_named(self):
        self.assertFalse(self.company._has_gst_chart())
        order = self.receive(to("Kerala", "695001", items=taxed()))
        self.assertEqual(order.state, "held")
        self.assertIn("no Indian chart of accounts", order.reason)

    def test_chart_installed_after_the_addon(self):
        """S71: what was made before the chart posts no tax to income."""
        self.company._get_amazon_taxes()
        order = self.receive(to("Kerala", "695001", items=taxed()))
        self.env["account.chart.template"].try_loading(
            "in", company=self.company, install_demo=False
        )
        self.channel._get_warehouse()
        order._apply_again()
        self.apply()
        self.assertEqual(order.state, "applied", order.reason)
        invoice = order.sale_order_id._create_invoices()
        invoice.action_post()
        taxes = invoice.line_ids.filtered("tax_line_id")
        self.assertEqual(taxes.mapped("credit"), [18.01])
        self.assertEqual(taxes.account_id.code.rstrip("0"), "11234")

    def test_company_elsewhere_is_left_alone(self):
        self.company.account_fiscal_country_id = self.env.ref("base.us")
        order = self.receive(to("APO", None, items=taxed()))
        sale = order.sale_order_id
        self.assertEqual(sale.state, "sale")
        self.assertEqual(set(sale.order_line.tax_ids.mapped("amazon_role")), {"stated"})
        self.assertFalse(sale.partner_id.l10n_in_gst_treatment)


@tagged("post_install", "-at_install")
class TestGstCompany(GstCase):
    def test_company_without_state_is_named(self):
        self.company.state_id = False
        order = self.receive(to("Kerala", "695001", items=taxed()))
        self.assertEqual(order.state, "held")
        self.assertIn("no state in its address", order.reason)
