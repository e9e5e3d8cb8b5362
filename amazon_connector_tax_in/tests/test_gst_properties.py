# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import unittest
from collections import Counter

from odoo.tests import tagged

from odoo.addons.amazon_connector.tests.common import item_json

from .gst_common import GstCase, to

try:
    import hypothesis
    from hypothesis import strategies as st
except ImportError:
    hypothesis = None

EXAMPLES = int(os.environ.get("AMAZON_CONNECTOR_EXAMPLES", 0))


@tagged("post_install", "-at_install")
class TestGstProperties(GstCase):
    """Whatever the amounts: order, invoices in parts and credit notes agree.

    The same examples each time; ``AMAZON_CONNECTOR_EXAMPLES`` asks for that many random
    ones instead.
    """

    @classmethod
    def setUpClass(cls):
        if hypothesis is None:
            raise unittest.SkipTest("hypothesis is not installed")
        super().setUpClass()
        cls.product.invoice_policy = "delivery"
        # What orders make on demand would be rolled back with the first of them.
        cls.company._get_amazon_taxes()
        for rate in (5, 18, 40):
            for within in (False, True):
                cls.company._get_real_gst(rate, within)

    def test_parts_add_up(self):
        """S70, S72, S73: no paisa is lost or gained on the way."""

        @hypothesis.settings(
            max_examples=EXAMPLES or 5,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(
            quantity=st.integers(1, 5),
            price=st.integers(1, 500_000),
            rate=st.sampled_from((5, 18, 40, 13)),
            state=st.sampled_from(("MH", "KA")),
            mode=st.sampled_from(("real", "stated")),
        )
        def check(**drawn):
            with self.env.cr.savepoint() as savepoint:
                try:
                    self.check_parts(**drawn)
                finally:
                    savepoint.rollback()

        check()

    def check_parts(self, quantity, price, rate, state, mode):
        self.channel.gst_taxes = mode
        paise = round(price * rate / (100 + rate))
        item = item_json(
            quantity=quantity, price=f"{price / 100:.2f}", tax=f"{paise / 100:.2f}"
        )
        order = self.receive(to(state, None, items=[item]))
        self.assertEqual(order.state, "applied", order.reason)
        sale = order.sale_order_id
        expected = self.count(sale)
        self.assertEqual(sum(expected.values()), paise)
        self.assertEqual(round(sale.amount_total * 100), price)
        invoices = self.invoice_in_parts(sale, quantity)
        self.assertEqual(sum(map(self.count, invoices), Counter()), expected)
        self.assertEqual(round(sum(invoices.mapped("amount_total")) * 100), price)
        notes = invoices._reverse_moves()
        self.assertEqual(sum(map(self.count, notes), Counter()), expected)

    def invoice_in_parts(self, sale, quantity):
        """Invoices of the first unit, and of the rest."""
        for delivered in sorted({1, quantity}):
            sale.order_line.qty_delivered = delivered
            sale._create_invoices().action_post()
        return sale.invoice_ids

    def count(self, record):
        """Paise by tax; without those that bear none."""
        found = Counter()
        for tax, amount in self.get_tax_amounts(record):
            found[tax] += round(amount * 100)
        return +found
