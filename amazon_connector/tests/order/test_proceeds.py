# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ...sp_api import Order
from ...sp_api.proceeds import UnreadableProceeds, read_order
from ..common import item_json, money, order_json


@tagged("post_install", "-at_install")
class TestProceeds(BaseCase):
    """What Amazon's amounts mean is found out by arithmetic."""

    def reading(self, *items, included=True, **order):
        raw = order_json(items=list(items), **order)
        return read_order(Order.from_json(raw), prices_include_tax=included)

    def charges(self, reading, item=0):
        return {
            charge.kind: (charge.net, charge.tax)
            for charge in reading.items[item].charges
        }

    def test_tax_inside_the_price(self):
        reading = self.reading(item_json(price="118.00", tax="18.00"))
        self.assertEqual(
            self.charges(reading), {"item": (Decimal("100.00"), Decimal("18.00"))}
        )
        self.assertEqual(reading.total, Decimal("118.00"))
        self.assertTrue(reading.tax_stated)

    def test_tax_on_top_wins_over_the_custom_of_the_marketplace(self):
        """The stated total decides where it can."""
        item = item_json(price="100.00", tax="18.00", total="118.00")
        for included in (True, False):
            reading = self.reading(item, included=included)
            self.assertEqual(
                self.charges(reading), {"item": (Decimal("100.00"), Decimal("18.00"))}
            )

    def test_withheld_tax_is_no_part_of_the_total(self):
        item = item_json(price="100.00", tax="8.25", total="100.00")
        reading = self.reading(item, included=False)
        self.assertEqual(
            self.charges(reading), {"item": (Decimal("100.00"), Decimal(0))}
        )
        self.assertEqual(reading.items[0].withheld_tax, Decimal("8.25"))
        self.assertEqual(reading.total, Decimal("100.00"))

    def test_discount_lowers_the_total_whatever_its_sign(self):
        for stated in ("10.00", "-10.00"):
            item = item_json(price="100.00", DISCOUNT=stated, total="90.00")
            self.assertEqual(
                self.charges(self.reading(item))["discount"],
                (Decimal("-10.00"), Decimal(0)),
            )

    def test_tax_details_go_to_their_charges(self):
        item = item_json(
            price="118.00",
            SHIPPING="59.00",
            DISCOUNT="-11.80",
            total="165.20",
            tax="25.20",
            tax_details={"ITEM": "18.00", "SHIPPING": "9.00", "DISCOUNT": "1.80"},
        )
        self.assertEqual(
            self.charges(self.reading(item)),
            {
                "item": (Decimal("100.00"), Decimal("18.00")),
                "shipping": (Decimal("50.00"), Decimal("9.00")),
                "discount": (Decimal("-10.00"), Decimal("-1.80")),
            },
        )

    def test_details_that_leave_out_the_discounts_tax(self):
        """Amazon may state the tax of each charge after its discount."""
        item = item_json(
            price="100.00",
            DISCOUNT="-10.00",
            total="106.20",
            tax="16.20",
            tax_details={"ITEM": "16.20", "DISCOUNT": "1.80"},
        )
        reading = self.reading(item, included=False)
        self.assertEqual(reading.total, Decimal("106.20"))
        self.assertEqual(reading.tax, Decimal("16.20"))

    def test_tax_without_details_is_spread_and_adds_up(self):
        item = item_json(
            price="33.33", SHIPPING="33.33", GIFT_WRAP="33.34", tax="10.01"
        )
        reading = self.reading(item)
        self.assertEqual(reading.tax, Decimal("10.01"))
        self.assertEqual(reading.total, Decimal("100.00"))
        self.assertEqual(len(reading.items[0].charges), 3)

    def test_item_amount_comes_from_the_unit_price_when_it_is_missing(self):
        item = item_json(price="60.00", quantity=3)
        item["proceeds"]["breakdowns"] = []
        self.assertEqual(
            self.charges(self.reading(item)), {"item": (Decimal("60.00"), Decimal(0))}
        )

    def test_unknown_breakdowns_count_as_other(self):
        item = item_json(price="100.00", PLASTIC_BAG_FEE="0.10")
        self.assertEqual(
            self.charges(self.reading(item))["other"], (Decimal("0.10"), Decimal(0))
        )

    def test_contradiction_is_refused_with_the_difference(self):
        with self.assertRaises(UnreadableProceeds) as caught:
            self.reading(item_json(price="100.00", total="90.00"))
        self.assertEqual(caught.exception.difference, Decimal("-10.00"))

    def test_grand_total_must_agree(self):
        with self.assertRaises(UnreadableProceeds) as caught:
            self.reading(item_json(price="100.00"), total="101.00")
        self.assertEqual(caught.exception.difference, Decimal("1.00"))

    def test_tip_that_the_total_holds_is_read(self):
        proceeds = {
            "grandTotal": money("105.00"),
            "breakdowns": [
                {
                    "type": "DELIVERY_TIP",
                    "status": "FINALIZED",
                    "subtotal": money("5.00"),
                }
            ],
        }
        reading = self.reading(item_json(price="100.00"), proceeds=proceeds)
        self.assertEqual(reading.tip, Decimal("5.00"))
        self.assertEqual(reading.total, Decimal("105.00"))

    def test_no_amounts_at_all(self):
        item = item_json()
        del item["proceeds"], item["product"]["price"]
        with self.assertRaises(UnreadableProceeds):
            self.reading(item, proceeds=None)

    def test_two_currencies(self):
        with self.assertRaisesRegex(UnreadableProceeds, "INR, USD"):
            self.reading(item_json(), item_json(number="2", currency="USD"))
