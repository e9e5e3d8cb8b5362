# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ...models.listing.amazon_listing_suggester import FEW, LEAST_LIKENESS
from ..common import ago, item_json, of_class_too, order_json
from .frozen_common import FrozenCase

SUGGESTER = "odoo.addons.amazon_connector.models.listing.amazon_listing_suggester"


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
        # Nothing links it by itself: no reference and another name.
        cls.likely = cls._create_product("LAMP-1", name="Title of NEW lamp")
        cls.first = cls.freeze_lamp("SKU-A", "NEW")
        cls.second = cls.freeze_lamp("NEW", number=2)

    @of_class_too
    def freeze_lamp(self, *skus, number=1):
        """As `freeze`, each item with an ASIN of its own."""
        items = [item_json(sku, number=str(n)) for n, sku in enumerate(skus, 1)]
        for item, sku in zip(items, skus, strict=True):
            item["product"]["asin"] = f"B0{sku:0>8}"
        return self.receive(order_json(number, items=items))

    def test_one_click_thaws_all_orders_of_the_item(self):
        binding = self.first.with_user(self.boss)
        line = binding.suggested_line_ids
        self.assertEqual(line.seller_sku, "NEW")
        self.assertEqual(line.suggested_product_id, self.likely)
        self.assertGreater(line.suggestion_score, 50)
        shown = line.with_context(shown_product=self.likely.id)
        message = shown.action_link_suggested()["params"]["message"]
        self.assertIn("2 orders continue.", message)
        self.assertEqual(self.first.line_ids.product_id, self.product | self.likely)
        self.apply()
        for order in (self.first, self.second):
            self.assertEqual(order.sale_order_id.state, "sale")
        binding.invalidate_recordset()
        line.invalidate_recordset()
        self.assertEqual(binding.suggestion_count, 0)
        for pressed in (binding, line):
            with self.assertRaisesRegex(UserError, "suggest"):
                pressed.action_link_suggested()

    def test_what_is_linked_is_what_was_shown(self):
        line = self.first.with_user(self.boss).suggested_line_ids
        with self.assertRaisesRegex(UserError, "Look again"):
            line.with_context(shown_product=self.product.id).action_link_suggested()
        self.assertFalse(line.listing_id.product_id)

    def test_all_items_at_once(self):
        self._create_product("LAMP-2", name="Title of OTHER lamp")
        both = self.freeze_lamp("NEW", "OTHER shade", number=3)
        binding = both.with_user(self.boss)
        self.assertEqual(binding.suggestion_count, 2)
        message = binding.action_link_suggested()["params"]["message"]
        self.assertEqual(message, "2 items are linked. 3 orders continue.")

    def test_the_same_item_twice(self):
        """E.g. one of them as a gift."""
        twice = self.freeze_lamp("NEW", "NEW", number=3)
        message = twice.with_user(self.boss).action_link_suggested()["params"]
        self.assertIn("3 orders continue.", message["message"])
        self.assertEqual(twice.line_ids.product_id, self.likely)

    def test_what_amazon_took_out_again_holds_nothing_up(self):
        """Though it will never have a product, its order continues, and is told of."""
        items = [item_json("NEW"), item_json("GONE", number="2")]
        binding = self.receive(order_json(3, items=items))
        later = ago(minutes=-1)
        self.receive(order_json(3, items=items[:1], updated=later))
        self.assertEqual(binding.state, "frozen")
        listing = self.listing("NEW").with_user(self.boss)
        listing._link_to(self.likely)
        self.assertIn("3 orders continue.", listing._tell_linked())
        # As if nobody had woken it.
        binding.to_apply = False
        self.env["amazon.listing"]._wake_stranded()
        self.assertTrue(binding.to_apply)

    def test_what_needs_a_look_is_not_linked_with_all(self):
        """A pack of three is no single piece, however alike the names are."""
        sku = "OTHER pack of 3"
        self._create_product("LAMP-2", name="Title of OTHER pack")
        binding = self.freeze_lamp("NEW", sku, number=3).with_user(self.boss)
        self.assertEqual(binding.suggestion_count, 2)
        told = binding.action_link_suggested()["params"]
        self.assertEqual(told["type"], "warning")
        self.assertIn(sku, told["message"])
        pack = binding.line_ids.filtered(lambda line: line.seller_sku == sku)
        self.assertFalse(pack.listing_id.product_id)
        self.assertEqual((binding.line_ids - pack).product_id, self.likely)
        binding.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "one by one: OTHER pack of 3"):
            binding.action_link_suggested()

    def test_a_guess_is_no_suggestion(self):
        """Below 50 % nothing is offered: it would be refused more often than not."""
        listing = self.second.line_ids.listing_id
        suggester = self.env["amazon.listing.suggester"]
        [(product_id, score)] = suggester._suggest(listing)[listing]
        self.assertEqual(product_id, self.likely.id)
        binding = self.second.with_user(self.boss)
        for least, is_offered in ((score + 0.01, False), (score - 0.01, True)):
            with patch(f"{SUGGESTER}.LEAST_LIKENESS", least):
                self.env.invalidate_all()
                self.assertEqual(bool(binding.suggested_line_ids), is_offered)
        self.assertEqual(LEAST_LIKENESS, 0.5)

    def test_what_a_user_unlinked_is_not_suggested(self):
        listing = self.second.line_ids.listing_id
        listing.product_id = self.likely
        listing._unlink_from_product()
        self.assertFalse(self.second.with_user(self.boss).suggested_line_ids)

    def test_many_items_are_compared_in_one_query(self):
        """As many statements for ten items as for a few."""
        self.freeze_lamp(*(f"NEW{n}" for n in range(10)), number=4)
        listings = self.env["amazon.listing"].search([("state", "=", "unconfirmed")])
        suggester = self.env["amazon.listing.suggester"]

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            suggester._find_likely(some)
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(listings), count(listings[: FEW + 1]))

    def test_others_are_told_who_may(self):
        binding = self.first.with_user(self.reader)
        self.assertIn(self.boss.name, binding.deciders)
        self.assertFalse(binding.suggested_line_ids)
        for pressed in (binding, binding.line_ids[:1]):
            with self.assertRaises(AccessError):
                pressed.action_link_suggested()

    def test_on_the_sales_order_too(self):
        sale = self.first.sale_order_id.with_user(self.boss)
        with Form(sale) as form:
            self.assertEqual(len(form.amazon_suggested_line_ids), 1)
        message = sale.action_link_amazon_suggested()["params"]["message"]
        self.assertIn(self.likely.name, message)
        self.assertEqual(self.first.line_ids.product_id, self.product | self.likely)
