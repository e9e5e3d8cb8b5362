# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ..common import AmazonCase, item_json, order_json


@tagged("post_install", "-at_install")
class TestOrderUnknown(AmazonCase):
    """Amazon adds fields, words and charges as it likes: the run goes on and tells."""

    def _told(self):
        return {
            (row.subject, row.place, row.word): row.count
            for row in self.account.unknown_word_ids
        }

    def test_new_field_and_new_word_are_counted(self):
        """The order comes in, and the account's page says what was not understood."""
        raw = order_json(1, programs=["PRIME", "MOON"], ecoFee={"owner": "Asha"})
        raw["orderItems"][0]["passport"] = {"number": "7"}
        binding = self.receive(raw)
        self.assertEqual(binding.state, "applied")
        self.assertEqual(binding.sale_order_id.amount_total, 100)
        self.assertNotIn("ecoFee", binding.payload)
        self.assertEqual(
            self._told(),
            {
                ("order", "programs", "MOON"): 1,
                ("order", "ecoFee", "(new field)"): 1,
                ("order", "orderItems.passport", "(new field)"): 1,
            },
        )

    def test_an_unchanged_order_is_counted_once(self):
        raw = order_json(1, programs=["MOON"])
        for _time in range(2):
            self.receive(raw)
        self.assertEqual(self._told(), {("order", "programs", "MOON"): 1})

    def test_one_row_whoever_meets_it(self):
        """A user who recovers an order speaks another language than the schedule."""
        self.env["res.lang"]._activate_lang("de_DE")
        for lang in (None, "de_DE"):
            Word = self.env["amazon.unknown.word"].with_context(lang=lang)
            Word._count_fields(self.account, {"ecoFee": 1})
            Word._count_words(self.account, "feed", {"": 1, "7" * 9: 1})
        self.assertEqual(
            self._told(),
            {
                ("order", "ecoFee", "(new field)"): 2,
                ("feed", "", "(nothing)"): 2,
                ("feed", "", "(no word)"): 2,
            },
        )

    def test_each_account_has_its_own(self):
        other = self._create_account(name="Other", seller_id="AOTHER")
        self.receive(order_json(1, programs=["MOON"]))
        self.assertFalse(other.unknown_word_ids)

    def test_new_kind_of_charge_is_sold_and_counted(self):
        """Its amount is in the total, whatever it is for."""
        item = item_json(price="100.00", ECO_FEE="7.50")
        sale = self.receive(order_json(1, items=[item])).sale_order_id
        self.assertEqual(sale.amount_total, 107.5)
        place = "orderItems.proceeds.breakdowns.type"
        self.assertEqual(self._told(), {("order", place, "ECO_FEE"): 1})

    def test_new_state_of_an_order_is_kept_until_somebody_knows_it(self):
        """Nothing is sold or cancelled because of a word that nobody knows."""
        binding = self.receive(order_json(1, status="BEAMED"))
        self.assertFalse(binding.sale_order_id)
        self.assertEqual(binding.state, "held")
        self.assertIn("BEAMED", binding.reason)
        place = "fulfillment.fulfillmentStatus"
        self.assertEqual(self._told(), {("order", place, "BEAMED"): 1})

    def test_a_known_wait_is_no_news(self):
        binding = self.receive(order_json(1, status="INVOICE_PENDING"))
        self.assertEqual(binding.state, "held")
        self.assertFalse(self._told())

    def test_no_flood_and_no_person(self):
        """A list that grew much is no page full of words; digits may be a number."""
        words = [f"WORD{'X' * place}" for place in range(40)]
        self.receive(order_json(1, programs=[*words, "CALL 0123456"]))
        told = self._told()
        self.assertLessEqual(len(told), 21)
        self.assertNotIn("0123456", str(told))

    def test_parcels_are_counted_once(self):
        """By what reads them, not beside it."""
        raw = order_json(
            1,
            packages=[
                {"packageReferenceId": "1", "packageStatus": {"status": "BEAMED"}}
            ],
        )
        self.receive(raw)
        self.assertFalse([key for key in self._told() if key[0] == "order"])
