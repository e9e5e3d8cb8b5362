# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the form of an Amazon order tells."""

from odoo.tests import Form, new_test_user, tagged

from ..common import AmazonCase, item_json, order_json


@tagged("post_install", "-at_install")
class TestOrderForm(AmazonCase):
    def test_amounts_of_each_item(self):
        """Amazon's total and what it is made of, for who may not read the payload."""
        items = [
            item_json(
                "SKU-A", 2, "200.00", number="1", SHIPPING="40.00", DISCOUNT="-10.00"
            ),
            item_json("SKU-B", 1, None, number="2", total="0.00"),
        ]
        binding = self.receive(order_json(1, items))
        user = new_test_user(self.env, "reader", "amazon_connector.group_user")
        first, second = binding.with_user(user).line_ids.sorted("order_item_id")
        self.assertEqual(first.amount, 230.0)
        for part in ("Item", "200.00", "Shipping", "40.00", "Discount", "10.00"):
            self.assertIn(part, first.charges)
        self.assertFalse(second.charges)

    def test_speed_and_programs_in_words(self):
        order = order_json(1, programs=["AMAZON_EASY_SHIP", "NEW_ONE"])
        order["fulfillment"]["fulfillmentServiceLevel"] = "NEXT_DAY"
        binding = self.receive(order)
        self.assertEqual(binding.speed_text, "Next day")
        self.assertEqual(binding.program_text, "Easy Ship, New one")
        with Form(binding) as form:
            self.assertEqual(form.speed_text, "Next day")
