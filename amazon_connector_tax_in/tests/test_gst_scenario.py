# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.amazon_connector.tests.common import SimulatorCase

from .gst_common import GstCase

WAITING = {
    "no state, a postal code of two states",
    "an army post office",
}
WITHOUT_A_RATE = {"13 %"}


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
            self._create_product(sku)
