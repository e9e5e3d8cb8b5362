# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common import item_json, order_json
from .test_listing_match import ListingCase


class QueueCase(ListingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "amazon_manager",
            "amazon_connector.group_manager,stock.group_stock_user",
        )
        cls.user = new_test_user(cls.env, "amazon_user", "amazon_connector.group_user")
        # The tests' currency is the marketplace's unless they say otherwise.
        cls.channel_currency = cls.channel.currency_id

    def wait(self, sku="NEW", **facts):
        """An unconfirmed item, as the manager sees it."""
        listing = self.match(sku, **facts)
        self.assertEqual(listing.state, "unconfirmed")
        return listing.with_user(self.manager)

    def set_rate(self, currency, rate):
        self.env["res.currency.rate"].search(
            [("currency_id", "=", currency.id)]
        ).unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": "2020-01-01",
                "rate": rate,
                "company_id": self.company.id,
            }
        )

    def open(self, action):
        """The dialog that an action opens."""
        self.assertEqual(action["target"], "new")
        return (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .browse(action["res_id"])
        )

    def stock_of(self, product):
        return product.with_context(warehouse_id=self.channel._get_warehouse().id)


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
        self.Listing._match_new(unlinked)
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
            linked = self.Listing._match_new(listings)
        self.assertEqual(linked.mapped("seller_sku"), ["N1", "N3"])
        self.assertEqual(listings[1].state, "unconfirmed")
        self.assertIn("No such thing", listings[1].reason)


@tagged("post_install", "-at_install")
class TestUpdate(QueueCase):
    """S143, S147."""

    def open_update(self, listing):
        return Form(self.open(listing.action_update()))

    def test_update_edits_before_adding(self):
        listing = self.wait(title="Blue mug", price=800.0)
        category = self.env["product.category"].create({"name": "Mugs"})
        tax = self.env["account.tax"].create(
            {"name": "Ten", "amount": 10, "company_id": self.company.id}
        )
        form = self.open_update(listing)
        self.assertEqual((form.name, form.default_code), ("Blue mug", "NEW"))
        self.assertEqual((form.cost, form.opening_quantity), (0.0, 0.0))
        form.name, form.default_code, form.list_price = "Mug, blue", "MUG-B", 12.5
        form.categ_id = category
        form.tax_ids = tax
        form.save().action_apply()
        product = listing.product_id
        self.assertEqual(
            (product.name, product.default_code, product.lst_price, product.categ_id),
            ("Mug, blue", "MUG-B", 12.5, category),
        )
        self.assertEqual(product.taxes_id, tax)
        self.assertEqual((product.standard_price, product.qty_available), (0.0, 0.0))

    def test_opening_stock_with_its_cost(self):
        """S147: posted as a real adjustment, in the channel's warehouse."""
        listing = self.wait(price=800.0, amazon_quantity=7, quantity_known=True)
        wizard = self.open(listing.action_update())
        wizard.action_take_quantity()
        self.assertEqual(wizard.opening_quantity, 7.0)
        wizard.cost = 3.5
        wizard.action_apply()
        product = listing.product_id
        self.assertEqual((product.standard_price, product.qty_available), (3.5, 7.0))
        move = self.env["stock.move"].search([("product_id", "=", product.id)])
        self.assertEqual((move.state, move.is_inventory), ("done", True))
        self.assertEqual(
            move.location_dest_id, self.channel._get_warehouse().lot_stock_id
        )

    def test_cost_alone_posts_no_stock(self):
        listing = self.wait(amazon_quantity=7, quantity_known=True)
        form = self.open_update(listing)
        form.cost = 3.5
        form.save().action_apply()
        product = listing.product_id
        self.assertEqual((product.standard_price, product.qty_available), (3.5, 0.0))

    def test_wrong_values_are_refused_before_anything_is_made(self):
        """S146: no stock value without an explicit cost."""
        self.other_product.barcode = "4006381333931"
        for values, message in (
            ({"opening_quantity": 3.0}, "cost"),
            ({"cost": -1.0}, "negative"),
            ({"list_price": -1.0}, "negative"),
            ({"opening_quantity": -1.0, "cost": 1.0}, "negative"),
            ({"default_code": "SKU-A"}, "Product SKU-A"),
            ({"barcode": "4006381333931"}, "Product SKU-B"),
        ):
            listing = self.wait(f"N{message}{values}")
            wizard = self.open(listing.action_update())
            wizard.write(values)
            with self.assertRaisesRegex(ValidationError, message):
                wizard.action_apply()
            self.assertEqual(listing.state, "unconfirmed")

    def test_item_confirmed_meanwhile(self):
        listing = self.wait()
        wizard = self.open(listing.action_update())
        listing.action_confirm()
        with self.assertRaisesRegex(ValidationError, "NEW"):
            wizard.action_apply()
        self.assertEqual(len(listing.product_id), 1)
        with self.assertRaisesRegex(UserError, "already"):
            listing.action_update()

    def test_stock_needs_its_own_right(self):
        self.manager.group_ids -= self.env.ref("stock.group_stock_user")
        listing = self.wait()
        form = self.open_update(listing)
        self.assertNotIn("opening_quantity", form._view["fields"])
        form.cost = 3.5
        form.save().action_apply()
        self.assertEqual(listing.product_id.standard_price, 3.5)


@tagged("post_install", "-at_install")
class TestLink(QueueCase):
    """S144."""

    def test_link_to_a_product(self):
        listing = self.wait()
        wizard = self.open(listing.action_link())
        wizard.product_id = self.product
        wizard.action_apply()
        self.assertEqual((listing.state, listing.product_id), ("linked", self.product))

    def test_several_items_to_one_product(self):
        """S136."""
        listings = self.wait("N1") | self.wait("N2")
        wizard = self.open(listings.action_link())
        wizard.product_id = self.product
        wizard.action_apply()
        self.assertEqual(listings.product_id, self.product)

    def test_suggestions_are_ordered_by_likeness(self):
        for name in ("Red garden hose", "Blue mug", "Blue mug with handle, 300 ml"):
            self.env["product.product"].create({"name": name})
        listing = self.wait(title="BrandCo Blue Mug with Handle (300 ml)")
        for trigram in {self.env.registry.has_trigram, False}:
            with patch.object(self.env.registry, "has_trigram", trigram):
                wizard = self.open(listing.action_link())
            names = wizard.suggestion_ids.mapped("product_id.name")
            self.assertEqual(names[0], "Blue mug with handle, 300 ml", trigram)
            self.assertNotIn("Red garden hose", names)
            scores = wizard.suggestion_ids.mapped("score")
            self.assertEqual(scores, sorted(scores, reverse=True))

    def test_neighbouring_skus_do_not_outweigh_titles(self):
        Product = self.env["product.product"]
        Product.create({"name": "Canvas backpack", "default_code": "IN-0014"})
        right = Product.create({"name": "Bamboo toothbrush", "default_code": "TB-4"})
        listing = self.wait("IN-0029", title="Bamboo Toothbrush Pack of 4")
        for trigram in {self.env.registry.has_trigram, False}:
            with patch.object(self.env.registry, "has_trigram", trigram):
                wizard = self.open(listing.action_link())
            self.assertEqual(wizard.suggestion_ids[0].product_id, right, trigram)

    def test_choosing_a_suggestion_links(self):
        listing = self.wait("SKU-A1")
        wizard = self.open(listing.action_link())
        suggestion = wizard.suggestion_ids.filtered(
            lambda one: one.product_id == self.product
        )
        suggestion.action_choose()
        self.assertEqual(listing.product_id, self.product)

    def test_suggestions_are_the_companys(self):
        other = self.env["res.company"].create({"name": "Second company"})
        self.env["product.product"].create(
            {"name": "Blue mug", "default_code": "THEIRS", "company_id": other.id}
        )
        archived = self.env["product.product"].create({"name": "Blue mug"})
        archived.active = False
        listing = self.wait(title="Blue mug")
        self.assertFalse(self.open(listing.action_link()).suggestion_ids)

    def test_item_linked_meanwhile(self):
        listing = self.wait()
        wizard = self.open(listing.action_link())
        listing.sudo().product_id = self.other_product
        wizard.product_id = self.product
        with self.assertRaisesRegex(UserError, "linked to .*SKU-B.* already"):
            wizard.action_apply()


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
