# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import new_test_user, tagged

from ..common import ago, item_json, order_json
from .frozen_common import FrozenCase


@tagged("post_install", "-at_install")
class TestOrderWithoutSku(FrozenCase):
    """Amazon may give no SKU of an item: it is linked by hand, by its ASIN."""

    def order(self, number=1, asin="B00000000A", condition=None, sku=None):
        item = item_json("NEW")
        product = item["product"]
        del product["sellerSku"], product["asin"]
        if sku is not None:
            product["sellerSku"] = sku
        if asin:
            product["asin"] = asin
        if condition:
            kind, subtype = condition
            product["condition"] = {
                "conditionType": kind,
                "conditionSubtype": subtype,
            }
        return self.receive(order_json(number, items=[item]))

    def link_by_dialog(self, binding, product=None):
        action = binding.sale_order_id.action_link_amazon_items()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.env.invalidate_all()
        self.assertEqual(wizard.listing_ids, binding.line_ids.listing_id)
        wizard.product_id = product or self.product
        wizard.action_apply()
        self.apply()

    def test_is_named_and_linked_in_the_dialog(self):
        """S144, S148: the next order of the ASIN finds what a user chose."""
        binding = self.order()
        self.assertEqual(binding.state, "frozen")
        self.assertIn("no SKU for: Title of NEW", binding.reason)
        self.assertTrue(binding.has_undecided_items)
        self.link_by_dialog(binding)
        self.assertEqual(
            (binding.state, binding.sale_order_id.state), ("applied", "sale")
        )
        self.assertEqual(binding.sale_order_id.order_line.product_id, self.product)
        later = self.order(2)
        self.assertEqual(later.state, "applied")
        self.assertEqual(later.line_ids.product_id, self.product)
        self.assertEqual(later.line_ids.listing_id, binding.line_ids.listing_id)
        for number, blank in enumerate(("", "   "), start=3):
            self.assertEqual(self.order(number, sku=blank).state, "applied")

    def test_managers_link_over_rpc(self):
        """A script writes the product on the item's listing."""
        manager = new_test_user(
            self.env,
            "boss",
            "amazon_connector.group_manager,sales_team.group_sale_manager",
        )
        binding = self.order().with_user(manager)
        binding.line_ids.listing_id.write({"product_id": self.product.id})
        self.apply()
        self.assertEqual(binding.state, "applied")

    def test_nothing_links_it_by_itself(self):
        self.channel.new_product_policy = "create"
        self.product.name = "Title of NEW"
        binding = self.order()
        listing = binding.line_ids.listing_id
        self.assertEqual((binding.state, listing.state), ("frozen", "unconfirmed"))
        self.assertIn("by hand", listing.reason)

    def test_others_do_not_follow(self):
        """Another ASIN, another condition, and items that have neither."""
        self.link_by_dialog(self.order())
        self.assertEqual(self.order(2, "B00000000B").state, "frozen")
        self.assertEqual(self.order(3, condition=("USED", "GOOD")).state, "frozen")
        self.assertEqual(self.order(4, condition=("NEW", "NEW")).state, "applied")
        alone = self.order(5, asin=None)
        self.link_by_dialog(alone)
        self.assertEqual(alone.state, "applied")

    def test_dialog_suggests_what_has_the_asin(self):
        known = self.env["amazon.listing"].create(
            {
                "channel_id": self.channel.id,
                "seller_sku": "SKU-B",
                "asin": "B00000000A",
                "product_id": self.other_product.id,
            }
        )
        binding = self.order()
        action = binding.action_link_items()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.suggestion_ids[0].product_id, known.product_id)
        self.assertEqual(wizard.suggestion_ids[0].score, 100)

    def test_confirmed_as_a_product(self):
        binding = self.order()
        binding.sale_order_id.action_confirm_amazon_items()
        self.apply()
        product = binding.line_ids.product_id
        self.assertEqual((product.name, product.default_code), ("Title of NEW", False))
        self.assertEqual(binding.state, "applied")

    def test_unlinked_again(self):
        self.link_by_dialog(self.order())
        listing = self.env["amazon.listing"].search(
            [("without_sku", "=", True), ("active", "=", False)]
        )
        listing.product_id = False
        binding = self.order(2)
        self.assertEqual(binding.state, "frozen")
        self.link_by_dialog(binding, self.other_product)
        self.assertEqual(binding.line_ids.product_id, self.other_product)

    def test_amazon_tells_less_later(self):
        """An update without the SKU leaves the item what it was."""
        binding = self.receive(order_json())
        listing = binding.line_ids.listing_id
        item = item_json()
        del item["product"]["sellerSku"]
        self.receive(order_json(items=[item], updated=ago(hours=1)))
        self.assertEqual(binding.line_ids.listing_id, listing)
        self.assertEqual(binding.line_ids.product_id, self.product)

    def test_nothing_of_it_is_sent_or_asked(self):
        """It is no listing on Amazon: no quantity, no details, never missing."""
        binding = self.order()
        listing = binding.line_ids.listing_id
        self.link_by_dialog(binding)
        levels = self.env["amazon.stock.level"]._ensure(listing)
        self.assertFalse(levels)
        self.assertFalse(self.env["amazon.sync.items"]._find_to_read(self.channel))
