# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ...sp_api import Order
from ...sp_api.amounts import agrees, read_amount, round_amount, round_parts
from ...sp_api.proceeds import UnreadableProceeds, UnstatedProceeds, read_order
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

    def test_several_tips(self):
        """The final ones are in the total, the pending ones are not yet."""
        tips = (("3.00", "FINALIZED"), ("2.00", "PENDING"), ("1.00", None))
        for total, expected in (
            ("103.00", "3.00"),
            ("104.00", "4.00"),
            ("106.00", "6.00"),
            ("100.00", "0"),
        ):
            with self.subTest(total=total):
                proceeds = {
                    "grandTotal": money(total),
                    "breakdowns": [
                        {
                            "type": "DELIVERY_TIP",
                            "subtotal": money(amount),
                            **({"status": status} if status else {}),
                        }
                        for amount, status in tips
                    ],
                }
                reading = self.reading(item_json(price="100.00"), proceeds=proceeds)
                self.assertEqual(reading.tip, Decimal(expected))
                self.assertEqual(reading.total, Decimal(total))

    def collected(self, price, tax, total, **options):
        item = item_json(price=price, tax=tax, total=total)
        item["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}
        return self.reading(item, total=total or price, **options)

    def test_who_collects_the_tax_takes_part(self):
        """Net of the tax, without it, or with it: read as Amazon keeps or pays it."""
        for included in (True, False):
            for price, tax, total, net, counted, withheld in (
                ("119.00", "19.00", "100.00", "100.00", "0", "19.00"),
                ("100.00", "19.00", "100.00", "100.00", "0", "19.00"),
                ("100.00", "8.25", "108.25", "100.00", "8.25", "0"),
                ("100.00", "0.00", "100.00", "100.00", "0", "0"),
            ):
                with self.subTest(price=price, total=total, included=included):
                    reading = self.collected(price, tax, total, included=included)
                    self.assertEqual(
                        self.charges(reading),
                        {"item": (Decimal(net), Decimal(counted))},
                    )
                    [item] = reading.items
                    self.assertEqual(item.withheld_tax, Decimal(withheld))
                    self.assertEqual(
                        item.is_ambiguous,
                        included and total == price and tax != "0.00",
                    )

    def test_tips_whose_status_says_nothing(self):
        """Unknown words, other case, a pending one that is in the total already."""
        for statuses, total, expected in (
            (("finalized", "Pending"), "103.00", "3.00"),
            (("FINALIZED", "SETTLED"), "102.00", "2.00"),
            (("PENDING", "PENDING"), "102.00", "2.00"),
        ):
            breakdowns = [
                {"type": "DELIVERY_TIP", "status": status, "subtotal": money(amount)}
                for amount, status in zip(("3.00", "2.00"), statuses, strict=True)
            ]
            proceeds = {"grandTotal": money(total), "breakdowns": breakdowns}
            reading = self.reading(item_json(price="100.00"), proceeds=proceeds)
            self.assertEqual(reading.tip, Decimal(expected))

    def test_orders_total_holds_the_tax_that_items_leave_out(self):
        """And the other way round."""
        for price, tax, item_total, total, counted, withheld in (
            ("100.00", "8.25", "100.00", "108.25", "8.25", "0"),
            ("100.00", "8.25", "108.25", "100.00", "0", "8.25"),
            ("119.00", "19.00", "100.00", "119.00", "19.00", "0"),
            ("119.00", "19.00", "119.00", "100.00", "0", "19.00"),
        ):
            for included in (True, False):
                with self.subTest(total=total, included=included):
                    item = item_json(price=price, tax=tax, total=item_total)
                    item["tax"] = {
                        "taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]
                    }
                    reading = self.reading(item, total=total, included=included)
                    self.assertEqual(reading.total, Decimal(total))
                    self.assertEqual(reading.tax, Decimal(counted))
                    self.assertEqual(reading.items[0].withheld_tax, Decimal(withheld))
                    self.assertFalse(reading.items[0].is_ambiguous)

    def test_new_words_for_who_collects(self):
        """The words are unknown, the amounts say it; nobody keeps what is paid out."""
        for tax in (
            {"taxCollections": [{"model": "LOW_VALUE_GOODS"}]},
            {"taxCollections": [{"responsibleParty": "Amazon Services Europe"}]},
            {"taxCalculationBreakdowns": [{"reportingScheme": "VOEC"}]},
        ):
            item = item_json(price="119.00", tax="19.00", total="100.00")
            item["tax"] = tax
            reading = self.reading(item, total="100.00")
            self.assertEqual((reading.total, reading.tax), (100, 0))
            self.assertEqual(reading.items[0].withheld_tax, 19)

    def test_import_schemes_are_collected(self):
        for scheme in ("IOSS", "UOSS"):
            item = item_json(price="119.00", tax="19.00", total="100.00", SHIPPING=None)
            item["tax"] = {
                "taxCalculationBreakdowns": [
                    {"reportingScheme": "SOMETHING"},
                    {"reportingScheme": scheme},
                ]
            }
            self.assertEqual(self.reading(item).total, Decimal("100.00"))

    def test_total_without_tax_that_nobody_collects(self):
        """Amazon does not say that it keeps the tax: a human decides."""
        with self.assertRaises(UnreadableProceeds):
            self.reading(item_json(price="119.00", tax="19.00", total="100.00"))

    def test_orders_total_decides_for_items_without_one(self):
        for total, tax, withheld in (
            ("119.00", "19.00", "0"),
            ("100.00", "0", "19.00"),
            ("138.00", "19.00", "0"),
        ):
            with self.subTest(total=total):
                item = item_json(price="119.00", tax="19.00")
                del item["proceeds"]["proceedsTotal"]
                item["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}
                reading = self.reading(item, total=total)
                self.assertEqual(reading.total, Decimal(total))
                self.assertEqual(reading.tax, Decimal(tax))
                self.assertEqual(reading.items[0].withheld_tax, Decimal(withheld))

    def test_fractions_in_every_currency(self):
        """No decimals, two, three: sums agree in whole units, parts make the total."""
        for digits, parts, total in (
            (0, ("99.6", "0.6"), "100"),
            (0, ("99.6", "0.6"), "101"),
            (2, ("99.9999",), "100.00"),
            (2, ("33.333", "33.333", "33.334"), "100"),
            (2, ("100.005",), "100.01"),
            (3, ("1.2345", "1.2345"), "2.470"),
            (3, ("1.2345", "1.2345"), "2.469"),
        ):
            with self.subTest(parts=parts, total=total):
                amounts = dict(
                    zip(("price", "SHIPPING", "GIFT_WRAP"), parts, strict=False)
                )
                item = item_json(**amounts, total=total)
                raw = order_json(items=[item], total=total)
                reading = read_order(
                    Order.from_json(raw), prices_include_tax=True, digits=digits
                )
                self.assertEqual(reading.total, round_amount(Decimal(total), digits))
                for charge in reading.items[0].charges:
                    self.assertEqual(charge.net, round_amount(charge.net, digits))

    def test_fractions_that_are_cut_off(self):
        """As tax is computed in Japan: what is whole stays, the fraction gives way."""
        for digits, parts, tax, total, net in (
            (0, {"price": "999"}, "99.9", "1098", "999"),
            (0, {"price": "999.9"}, "99", "1098", "999"),
            (2, {"price": "33.33", "SHIPPING": "0.005"}, "2.75", "36.08", "33.33"),
            (3, {"price": "1.2349"}, "0.1", "1.334", "1.234"),
        ):
            with self.subTest(parts=parts, tax=tax):
                item = item_json(**parts, tax=tax, total=total)
                raw = order_json(items=[item], total=total)
                reading = read_order(
                    Order.from_json(raw), prices_include_tax=False, digits=digits
                )
                self.assertEqual(reading.total, Decimal(total))
                self.assertEqual(reading.total - reading.tax, Decimal(net))

    def test_more_than_a_fraction_is_a_difference(self):
        for price, total in (("99.98", "100.00"), ("99.994", "100.00")):
            with self.assertRaises(UnreadableProceeds):
                self.reading(item_json(price=price, total=total), total=total)

    def test_unstated_amounts_by_a_users_word(self):
        item = item_json(price="60.00", quantity=3)
        del item["proceeds"]
        order = Order.from_json(order_json(items=[item], proceeds=None))
        with self.assertRaises(UnstatedProceeds):
            read_order(order, prices_include_tax=True)
        for word, total in (("unit_price", "60.00"), ("zero", "0")):
            reading = read_order(order, prices_include_tax=True, assume=word)
            self.assertEqual((reading.total, reading.assumed), (Decimal(total), word))
        stated = Order.from_json(order_json(items=[item_json()]))
        reading = read_order(stated, prices_include_tax=True, assume="zero")
        self.assertEqual((reading.total, reading.assumed), (Decimal("100.00"), None))


@tagged("post_install", "-at_install")
class TestNumbers(BaseCase):
    """Every valid number is read, and nothing else."""

    def test_numbers(self):
        for value, expected in (
            ("2E+0", "2"),
            ("1.2E+2", "120"),
            ("1E+3", "1000"),
            ("0E-7", "0"),
            ("1e5", "100000"),
            ("+5", "5"),
            ("-5.00", "-5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("  7.50\t", "7.5"),
            (5, "5"),
            (1.5, "1.5"),
            (1e-07, "0.0000001"),
            ("9999999999999.99", "9999999999999.99"),
        ):
            with self.subTest(value=value):
                self.assertEqual(read_amount(value), Decimal(expected))

    def test_no_numbers(self):
        for value in (
            *("", " ", "NaN", "sNaN", "Infinity", "-inf", "1,5", "1_000", "1 000"),
            *("0x10", "\u0661", "--1", "1E", "E5", ".", "1E+40", "1E+999999999"),
            *(None, True, [], {}, float("nan"), float("inf"), 10**13, 10**5000),
        ):
            with self.subTest(value=type(value)):
                self.assertIsNone(read_amount(value))

    def test_exponents_do_not_coarsen_what_is_computed(self):
        self.assertEqual(read_amount("1.2E+2").as_tuple().exponent, 0)

    def test_parts_make_their_total(self):
        for digits, parts, total in (
            (2, ("0.005",) * 7, "0.04"),
            (2, ("0.005",) * 7, "0.07"),
            (0, ("-30.5", "40.5"), "10"),
            (3, ("0.0005", "-0.0005"), "0"),
            (2, ("1.00",), "1"),
        ):
            parts, total = list(map(Decimal, parts)), Decimal(total)
            with self.subTest(parts=parts):
                self.assertTrue(agrees(parts, total, digits))
                self.assertEqual(sum(round_parts(parts, total, digits)), total)
