# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..common import AmazonCase, ago, item_json, order_json

REPLACED = [{"orderId": "403-1-1", "associationType": "REPLACEMENT_ORIGINAL_ID"}]


@tagged("post_install", "-at_install")
class TestOrderAmounts(AmazonCase):
    """Orders of which Amazon does not state the amounts."""

    def unstated(self, number=1, price="50.00", quantity=2, **blocks):
        item = item_json(quantity=quantity, price=None)
        del item["proceeds"]
        if price:
            unit = {"amount": price, "currencyCode": "INR"}
            item["product"]["price"] = {"unitPrice": unit}
        return order_json(number, items=[item], proceeds=None, **blocks)

    def totals(self, binding):
        sale = binding.sale_order_id
        return binding.state, sale.state, sale.amount_total, sale.amazon_difference

    def notes(self, binding):
        return str(binding.sale_order_id.message_ids.mapped("body"))

    def test_replacement_costs_nothing_by_itself(self):
        for number, price in enumerate((None, "50.00")):
            binding = self.receive(
                self.unstated(number, price, associatedOrders=REPLACED)
            )
            self.assertEqual(self.totals(binding), ("applied", "sale", 0.0, 0.0))
            self.assertEqual(binding.sale_order_id.order_line.product_uom_qty, 2)
            self.assertIn("403-1-1", self.notes(binding))

    def test_exchange_waits_for_a_user(self):
        other = [{"orderId": "403-1-1", "associationType": "EXCHANGE_ORIGINAL_ID"}]
        binding = self.receive(self.unstated(associatedOrders=other))
        self.assertEqual((binding.state, binding.lacks_amounts), ("held", True))

    def test_taken_at_the_unit_price(self):
        first, second = self.receive(self.unstated(1), self.unstated(2))
        self.assertEqual((first.state, first.lacks_amounts), ("held", True))
        (first | second).action_take_unit_price()
        self.apply()
        for binding in (first, second):
            self.assertEqual(self.totals(binding), ("applied", "sale", 100.0, 0.0))
            self.assertFalse(binding.lacks_amounts)
            self.assertIn("unit price", self.notes(binding))
            self.assertIn(self.env.user.display_name, self.notes(binding))

    def test_taken_for_nothing(self):
        binding = self.receive(self.unstated())
        binding.action_take_for_nothing()
        self.apply()
        self.assertEqual(self.totals(binding), ("applied", "sale", 0.0, 0.0))
        self.assertIn("accepted at 0", self.notes(binding))

    def test_without_a_unit_price(self):
        binding = self.receive(self.unstated(price=None))
        with self.assertRaisesRegex(UserError, "no unit price"):
            binding.action_take_unit_price()
        binding.action_take_for_nothing()
        self.apply()
        self.assertEqual(self.totals(binding), ("applied", "sale", 0.0, 0.0))

    def test_item_without_amount_beside_stated_ones(self):
        missing = item_json("SKU-B", number="2", price=None)
        del missing["proceeds"]
        binding = self.receive(order_json(items=[item_json(), missing]))
        self.assertEqual((binding.state, binding.lacks_amounts), ("held", True))
        binding.action_take_for_nothing()
        self.apply()
        self.assertEqual(self.totals(binding), ("applied", "sale", 100.0, 0.0))

    def test_amazons_word_comes_later_and_counts(self):
        binding = self.receive(self.unstated())
        binding.action_take_for_nothing()
        self.apply()
        stated = order_json(items=[item_json(quantity=2)], updated=ago(hours=1))
        self.receive(stated)
        self.assertEqual(self.totals(binding), ("applied", "sale", 100.0, 0.0))

    def test_rights(self):
        """Money is a manager's decision; only what waits for it is taken."""
        binding, stated = self.receive(self.unstated(1), order_json(2))
        user = new_test_user(self.env, "amazon_u", "amazon_connector.group_user")
        for name in ("action_take_unit_price", "action_take_for_nothing"):
            with self.assertRaises(AccessError):
                getattr(binding.with_user(user), name)()
            with self.assertRaisesRegex(UserError, stated.order_number):
                getattr(binding | stated, name)()
        self.assertFalse(binding.assumed_amounts)
        manager = new_test_user(self.env, "amazon_m", "amazon_connector.group_manager")
        binding.with_user(manager).action_take_unit_price()
        self.assertEqual(binding.assumed_by, manager)

    def test_buttons(self):
        for view in ("list", "form"):
            arch = self.env["amazon.order"].get_view(view_type=view)["arch"]
            self.assertIn("action_take_unit_price", arch)
            self.assertIn("action_take_for_nothing", arch)
