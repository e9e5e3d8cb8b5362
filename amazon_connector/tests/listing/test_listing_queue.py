# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import item_json, order_json
from .queue_common import QueueCase


@tagged("post_install", "-at_install")
class TestConfirm(QueueCase):
    def test_confirm_creates_the_product(self):
        """S135, S142: saved as new, with its current data."""
        self.set_rate(self.channel.currency_id, 80.0)
        listing = self.wait(
            title="Blue mug", price=800.0, barcode="4006381333931", amazon_quantity=7
        )
        listing.action_confirm()
        product = listing.product_id
        self.assertEqual(listing.state, "linked")
        self.assertEqual(
            (product.name, product.default_code, product.barcode),
            ("Blue mug", "NEW", "4006381333931"),
        )
        self.assertEqual(product.lst_price, 10.0)
        self.assertTrue(product.is_storable)

    def test_confirm_posts_no_value(self):
        """S146: neither cost nor stock is guessed from the price."""
        listing = self.wait(price=800.0, amazon_quantity=7, quantity_known=True)
        before = self.env["stock.move"].search_count([])
        listing.action_confirm()
        product = listing.product_id
        self.assertEqual((product.standard_price, product.qty_available), (0.0, 0.0))
        self.assertEqual(self.env["stock.move"].search_count([]), before)

    def test_price_without_a_rate_is_left_out(self):
        self.env["res.currency.rate"].search([]).unlink()
        listing = self.wait(price=800.0)
        self.assertNotEqual(listing.currency_id, self.company.currency_id)
        listing.action_confirm()
        self.assertEqual(listing.product_id.lst_price, 0.0)

    def test_barcode_that_is_taken_is_left_out(self):
        self.product.barcode = "4006381333931"
        listings = self.wait("NEW", barcode="4006381333931")
        listings |= self.wait("N2", barcode="4006381333948")
        listings |= self.wait("N3", barcode="4006381333948")
        listings.action_confirm()
        self.assertEqual(
            [listing.product_id.barcode for listing in listings],
            [False, "4006381333948", False],
        )
        self.assertEqual(len(listings.product_id), 3)

    def test_confirm_many_at_once(self):
        listings = self.wait("N1") | self.wait("N2") | self.wait("N3")
        message = listings.action_confirm()["params"]["message"]
        self.assertEqual(set(listings.mapped("state")), {"linked"})
        self.assertEqual(len(listings.product_id), 3)
        self.assertIn("3 products", message)

    def test_one_product_for_the_same_sku_on_all_channels(self):
        """S136: also for the channel that was not selected."""
        abroad, far = self.create_channel("us"), self.create_channel("ca")
        listings = self.wait("NEW") | self.wait("NEW", channel=abroad)
        third = self.wait("NEW", channel=far)
        listings.action_confirm()
        self.assertEqual(len(listings.product_id), 1)
        self.assertEqual(third.product_id, listings.product_id)

    def test_taken_reference_makes_no_second_product(self):
        """What was ambiguous or unlinked is not made a look-alike in silence."""
        self.product.active = False
        taken, free = self.wait("SKU-A"), self.wait("NEW")
        with self.assertRaisesRegex(UserError, "Unarchive it"):
            taken.action_confirm()
        message = (taken | free).action_confirm()["params"]
        self.assertEqual(message["type"], "warning")
        self.assertEqual((taken.state, free.state), ("unconfirmed", "linked"))
        self.assertIn("archived", taken.reason)

    def test_confirming_twice_makes_one_product(self):
        """Bad input: two users confirm the same item."""
        listing = self.wait()
        listing.action_confirm()
        product = listing.product_id
        again = listing.action_confirm()["params"]
        self.assertEqual(again["type"], "warning")
        self.assertIn(product.display_name, again["message"])
        self.assertEqual(listing.product_id, product)
        same = self.env["product.product"].search([("default_code", "=", "NEW")])
        self.assertEqual(same, product)

    def test_confirming_at_the_same_time_tells_the_second(self):
        """Bad input: two users confirm the same item at once."""
        listing = self.wait()
        locked = patch.object(
            type(listing), "lock_for_update", side_effect=LockError("locked")
        )
        with locked, self.assertRaisesRegex(UserError, "Somebody else"):
            listing.action_confirm()
        self.assertEqual(listing.state, "unconfirmed")

    def test_confirm_lets_frozen_orders_go_on(self):
        """S138, S139, S148, S152: with Amazon's total before and after."""
        binding = self.receive(
            order_json(items=[item_json("NEW"), item_json("NEWER", number="2")])
        )
        sale, listings = binding.sale_order_id, binding.line_ids.listing_id
        self.assertEqual((binding.state, sale.amount_total), ("frozen", 200.0))
        listings[0].with_user(self.manager).action_confirm()
        self.apply()
        self.assertEqual(binding.state, "frozen")
        listings[1].with_user(self.manager).action_confirm()
        self.apply()
        self.assertEqual((binding.state, sale.state), ("applied", "sale"))
        self.assertEqual(sale.amount_total, 200.0)
        self.assertEqual(sale.order_line.product_id, listings.product_id)

    def test_users_look_and_managers_decide(self):
        listing = self.wait().with_user(self.user)
        for action in (
            "action_confirm",
            "action_update",
            "action_link",
            "action_ignore",
            "action_reconsider",
            "action_unlink",
        ):
            with self.assertRaises(AccessError, msg=action):
                getattr(listing, action)()

    def test_dashboard_counts_and_opens(self):
        """S140."""
        self.wait("N1")
        self.wait("N2")
        self.match("SKU-A")
        account = self.account.with_user(self.user)
        account.invalidate_recordset()
        self.assertEqual((account.unconfirmed_count, account.listing_count), (2, 3))
        context = {"listing_filter": {"search_default_unconfirmed": 1}}
        action = account.with_context(**context).action_open_listings()
        self.assertEqual(action["context"], {"search_default_unconfirmed": 1})
        self.assertEqual(self.Listing.search_count(action["domain"]), 3)


@tagged("post_install", "-at_install")
class TestPolicy(QueueCase):
    """S35, S62: items that exist on Amazon only become products by themselves."""

    def setUp(self):
        super().setUp()
        self.channel.new_product_policy = "create"

    def test_unknown_item_becomes_a_product(self):
        listing = self.match(title="Blue mug")
        self.assertEqual(
            (listing.state, listing.product_id.name), ("linked", "Blue mug")
        )
        self.assertEqual(listing.product_id.standard_price, 0.0)

    def test_order_of_an_unknown_item_goes_on(self):
        binding = self.receive(order_json(items=[item_json("NEW")]))
        self.assertEqual(binding.state, "applied")
        self.assertEqual(binding.line_ids.product_id.default_code, "NEW")

    def test_doubtful_items_still_ask(self):
        self._create_product("SKU-A")
        self.other_product.active = False
        unlinked = self.list_on_amazon("ONCE-UNLINKED")
        unlinked.unlinked_product_ids = self._create_product("ELSE")
        self.matcher._match_new(unlinked)
        for listing in (self.match("SKU-A"), self.match("SKU-B"), unlinked):
            self.assertEqual(listing.state, "unconfirmed", listing.seller_sku)

    def test_reference_outside_the_rules_makes_no_second_product(self):
        self.channel.match_by_sku = False
        listing = self.match("SKU-A", title="Another")
        self.assertEqual(listing.state, "unconfirmed")
        self.assertIn("already", listing.reason)

    def test_one_that_fails_spoils_no_other(self):
        """S164: the reason stands on it."""
        listings = self.list_on_amazon("N1") | self.list_on_amazon("BAD")
        listings |= self.list_on_amazon("N3")
        Product = type(self.env["product.product"])
        create = Product.create

        def refuse(records, vals_list):
            if any(vals["default_code"] == "BAD" for vals in vals_list):
                raise ValidationError(self.env._("No such thing"))
            return create(records, vals_list)

        with patch.object(Product, "create", refuse):
            linked = self.matcher._match_new(listings)
        self.assertEqual(linked.mapped("seller_sku"), ["N1", "N3"])
        self.assertEqual(listings[1].state, "unconfirmed")
        self.assertIn("No such thing", listings[1].reason)


@tagged("post_install", "-at_install")
class TestIgnore(QueueCase):
    def test_ignore_with_a_reason(self):
        listing = self.wait()
        wizard = self.open(listing.action_ignore())
        wizard = Form(wizard)
        wizard.reason = "a sample"
        wizard.save().action_apply()
        self.assertEqual(listing.state, "ignored")
        self.assertIn("a sample", listing.reason)
        listing.action_confirm()
        self.assertEqual(listing.state, "ignored")

    def test_orders_of_ignored_items_are_frozen(self):
        """S138: nothing is dropped in silence."""
        listing = self.wait()
        listing._ignore("a sample")
        binding = self.receive(order_json(items=[item_json("NEW")]))
        self.assertEqual(binding.state, "frozen")

    def test_reconsider(self):
        listing = self.wait()
        listing._ignore("a sample")
        listing.action_reconsider()
        self.assertEqual(listing.state, "unconfirmed")
        self.assertIn("No product", listing.reason)
        listing._ignore("a sample")
        self.product.default_code = "NEW"
        listing.action_reconsider()
        self.assertEqual((listing.state, listing.product_id), ("linked", self.product))

    def test_linked_items_are_not_ignored(self):
        listing = self.match("SKU-A").with_user(self.manager)
        with self.assertRaisesRegex(UserError, "already"):
            listing._ignore("a sample")
