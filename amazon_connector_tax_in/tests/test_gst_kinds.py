# SPDX-License-Identifier: LGPL-3.0-or-later
import itertools
import unittest
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..gst.buyers import choose_treatment, find_gstin
from ..gst.halves import halve, split
from ..gst.kinds import choose_kinds
from .gst_table import STATES, make_gstin

try:
    import hypothesis
    from hypothesis import strategies as st
except ImportError:
    hypothesis = None

AMOUNTS = [
    Decimal(text) for text in ("0.00", "0.01", "0.02", "18.01", "18.00", "-9.01")
]
ABROAD = ["US", "DE", "NP"]


@tagged("post_install", "-at_install")
class TestGstKinds(BaseCase):
    """Every state as seller, every state and abroad as buyer, every sort of buyer."""

    def test_table(self):
        """S72, S73, S74, S81, S82, S83: totals are Amazon's in all of them."""
        self.assertEqual(len(STATES), 36)
        places = [(state, "IN") for state in STATES]
        places += [(None, country) for country in ABROAD]
        tried = 0
        for seller, (buyer, country), registered, amount in itertools.product(
            STATES, places, (False, True), AMOUNTS
        ):
            numbers = [make_gstin(STATES[buyer or "KA"].number)] if registered else []
            kinds = choose_kinds(seller, buyer)
            self.assertEqual(kinds, self.expect_kinds(seller, buyer))
            self.assertEqual(
                choose_treatment(country, numbers),
                self.expect_treatment(country, numbers),
            )
            parts = split(amount, kinds, 2)
            self.assertEqual(sum(parts.values()), amount)
            self.assertLessEqual(
                abs(parts[kinds[0]]) - abs(parts[kinds[-1]]), Decimal("0.01")
            )
            tried += 1
        self.assertEqual(tried, 36 * 39 * 2 * len(AMOUNTS))

    def expect_kinds(self, seller, buyer):
        return ("cgst", STATES[seller].half) if seller == buyer else ("igst",)

    def expect_treatment(self, country, numbers):
        if country != "IN":
            return "overseas", None
        return ("regular", numbers[0]) if numbers else ("consumer", None)

    def test_unknown_places_are_between_states(self):
        """S80: never the seller's own."""
        for seller, buyer in ((None, "KA"), ("KA", None), (None, None)):
            self.assertEqual(choose_kinds(seller, buyer), ("igst",))

    def test_merged_territory(self):
        for seller, buyer in itertools.product(("DD", "DN"), repeat=2):
            self.assertEqual(choose_kinds(seller, buyer), ("cgst", "utgst"))

    def test_numbers_as_buyers_type_them(self):
        """S83: lower case, blanks; a wrong check digit, a PAN, nothing."""
        right = make_gstin("32")
        wrong = right[:-1] + ("A" if right[-1] != "A" else "B")
        for number in (right, right.lower(), f" {right[:2]} {right[2:]}\n"):
            self.assertEqual(find_gstin([number]), right)
            self.assertEqual(find_gstin([wrong, number]), right)
        for number in (wrong, right[2:12], "", None, 0, "GSTIN", f"{right}1"):
            self.assertIsNone(find_gstin([number]), number)
        self.assertIsNone(find_gstin([]))

    @unittest.skipIf(hypothesis is None, "hypothesis is not installed")
    def test_halves_add_up(self):
        """S73: of any amount, of currencies with and without decimals."""

        @hypothesis.settings(
            derandomize=True,
            database=None,
            deadline=None,
            # A busy machine is no fault of the test.
            suppress_health_check=[hypothesis.HealthCheck.too_slow],
        )
        @hypothesis.given(st.integers(-(10**9), 10**9), st.sampled_from((0, 2, 3)))
        def check(units, digits):
            amount = Decimal(units).scaleb(-digits)
            first, second = halve(amount, digits)
            self.assertEqual(first + second, amount)
            self.assertIn(abs(first) - abs(second), (0, Decimal(1).scaleb(-digits)))
            self.assertEqual(second, round(second, digits))

        check()
