# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import item_json, order_json
from .frozen_common import FrozenCase


@tagged("post_install", "-at_install")
class TestOrderSuggestions(FrozenCase):
    """S144: the banner of a frozen order names the product, and links it in a click."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(
            cls.env, "amazon_boss", "amazon_connector.group_manager"
        )
        cls.reader = new_test_user(cls.env, "reader", "amazon_connector.group_user")

    def setUp(self):
        super().setUp()
        # Nothing links it by itself: no reference and another name.
        self.likely = self._create_product("LAMP-1", name="Title of NEW lamp")
        self.first = self.freeze_lamp("SKU-A", "NEW")
        self.second = self.freeze_lamp("NEW", number=2)

    def freeze_lamp(self, *skus, number=1):
        """As `freeze`, each item with an ASIN of its own."""
        items = [item_json(sku, number=str(n)) for n, sku in enumerate(skus, 1)]
        for item, sku in zip(items, skus, strict=True):
            item["product"]["asin"] = f"B0{sku:0>8}"
        return self.receive(order_json(number, items=items))

    def test_one_click_thaws_all_orders_of_the_item(self):
        binding = self.first.with_user(self.boss)
        self.assertTrue(binding.has_suggestions)
        self.assertIn(self.likely.name, binding.suggestion_text)
        action = binding.action_link_suggested()
        self.assertIn("2", action["params"]["message"])
        self.assertEqual(self.first.line_ids.product_id, self.product | self.likely)
        self.apply()
        for order in (self.first, self.second):
            self.assertEqual(order.sale_order_id.state, "sale")
        with self.assertRaisesRegex(UserError, "no suggestions left"):
            binding.action_link_suggested()

    def test_a_guess_is_no_suggestion(self):
        """Below 50 % nothing is offered: it would be refused more often than not."""
        Link = self.env.registry["amazon.listing.link"]
        binding = self.first.with_user(self.boss)
        for score, is_offered in ((0.49, False), (0.5, True)):
            found = [(self.likely.id, score)]
            with patch.object(Link, "_suggest", lambda *_args, f=found: f):
                binding.invalidate_recordset()
                self.assertEqual(binding.has_suggestions, is_offered)
                self.assertEqual(bool(binding.suggestion_text), is_offered)

    def test_others_are_told_who_may(self):
        binding = self.first.with_user(self.reader)
        self.assertIn(self.boss.name, binding.deciders)
        self.assertFalse(binding.has_suggestions)
        with self.assertRaises(AccessError):
            binding.action_link_suggested()

    def test_on_the_sales_order_too(self):
        sale = self.first.sale_order_id.with_user(self.boss)
        with Form(sale) as form:
            self.assertIn(self.likely.name, form.amazon_suggestion_text)
        sale.action_link_amazon_suggested()
        self.assertEqual(self.first.line_ids.product_id, self.product | self.likely)
