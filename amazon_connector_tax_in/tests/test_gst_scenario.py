# SPDX-License-Identifier: LGPL-3.0-or-later
import io
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.amazon_connector.tests.common import SimulatorCase

from .gst_common import GstCase

WAITING = {
    "no state, a postal code of two states",
    "an army post office",
}
WITHOUT_A_RATE = {"13 %"}
# A month of these is closed: the states, buyers and amounts that differ.
REPORTED = {
    "KARNATAKA 560001",
    "DADRA AND NAGAR 396230",
    "LADAKH 194101",
    "no state, a postal code of Karnataka",
    "overseas, US",
    "a business of the same state",
    "a business of another state",
    "price 1.03, KARNATAKA",
    "shipping, wrapping, promotions, KARNATAKA",
    "13 %, MAHARASHTRA",
}


@tagged("post_install", "-at_install")
class TestGstScenario(GstCase, SimulatorCase):
    """All that GST asks of orders, from a simulated Amazon to Odoo's invoices."""

    seller_state = "KA"
    gst_taxes = "real"

    def test_scenario(self):
        """S70-S74, S80-S83: Amazon's totals, and the kinds of GST of each place."""
        names = self.simulator.seed_scenario("india", orders=None)["IN"]
        truth = {order["orderId"]: order for order in self.simulator.truth()}
        self._create_products(truth.values())
        self.fetch()
        while self.sync._count_waiting():
            self.apply()
        bindings = self.find(*names)
        self.assertEqual(len(bindings), len(names))
        waiting = bindings.filtered(lambda order: order.state != "applied")
        self.assertEqual({names[order.order_number] for order in waiting}, WAITING)
        self.assertEqual(set(waiting.mapped("state")), {"held"})
        for binding in bindings - waiting:
            name = names[binding.order_number]
            with self.subTest(name):
                self.check(name, binding.sale_order_id, truth[binding.order_number])
        self.check_month(
            bindings.filtered(lambda order: names[order.order_number] in REPORTED)
        )

    def check_month(self, orders):
        """S70, S72, S73, S80, S83: Amazon's tax reports of these orders and Odoo's
        invoices of them differ in nothing, whatever the files look like."""
        self.assertEqual(len(orders), len(REPORTED))
        self.company.vat = self.simulator.sellers["IN"].gstins["KA"]
        codes = {one["seller_sku"]: one["hsn"] for one in self.simulator.products()}
        for product in orders.line_ids.product_id:
            product.l10n_in_hsn_code = codes[product.default_code]
        numbers = orders.mapped("order_number")
        self.simulator.issue_invoices("IN", numbers)
        self.simulator.issue_document("Refund", numbers[0])
        self.simulator.issue_document("Cancel", numbers[1])
        for old in (False, True):
            for report_type in ("GST_MTR_B2B", "GST_MTR_B2C"):
                file = io.BytesIO(self.simulator.tax_file("IN", report_type, old=old))
                told = self.env["amazon.mtr.import"]._import(
                    self.company, file, report_type, "upload"
                )
                self.assertEqual(bool(told.new_count), not old)
        invoices = orders.sale_order_id._create_invoices(grouped=True)
        invoices.action_post()
        refunded = orders[0].sale_order_id.invoice_ids
        day = {"invoice_date": refunded.invoice_date, "date": refunded.invoice_date}
        refunded._reverse_moves([day]).action_post()
        month = self.env["amazon.mtr.month"].search(
            [("company_id", "=", self.company.id)]
        )
        month.action_close()
        self.assertEqual((month.state, month.accepted_count), ("closed", 0))
        self.assertGreater(month.row_count, len(REPORTED))

    def check(self, name, sale, order):
        totals = [item["proceeds"]["proceedsTotal"] for item in order["orderItems"]]
        paid = sum(Decimal(total["amount"]) for total in totals)
        self.assertAlmostEqual(sale.amount_total, float(paid))
        self.assertFalse(sale.amazon_difference)
        taxes = self.get_tax_amounts(sale)
        tax = sum(
            Decimal(entry["subtotal"]["amount"])
            for item in order["orderItems"]
            for entry in item["proceeds"]["breakdowns"]
            if entry["type"] == "TAX"
        )
        self.assertAlmostEqual(sum(amount for _tax, amount in taxes), float(tax))
        state = sale.partner_shipping_id.state_id
        groups = {tax.tax_group_id.name for tax, amount in taxes if amount}
        if groups:
            within = {"CGST", "SGST/UTGST"} if len(groups) > 1 else {"CGST"}
            own = state.code == self.seller_state
            self.assertEqual(groups, within if own else {"IGST"})
        has_stated = sale.has_stated_gst and name.split(",")[0] in WITHOUT_A_RATE
        self.assertEqual(sale.has_stated_gst, has_stated)

    def _create_products(self, orders):
        skus = {
            item["product"]["sellerSku"]
            for order in orders
            for item in order["orderItems"]
        }
        for sku in sorted(skus):
            self._create_product(sku, invoice_policy="order")
