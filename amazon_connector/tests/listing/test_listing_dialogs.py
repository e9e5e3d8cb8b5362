# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from ..common import item_json, order_json
from .queue_common import QueueCase

SUGGESTER = "odoo.addons.amazon_connector.models.listing.amazon_listing_suggester"
MANY = "odoo.addons.amazon_connector.wizard.listing.amazon_listing_link_many"


@tagged("post_install", "-at_install")
class TestConfirmMany(QueueCase):
    """S146, S147: cost and opening stock of many items, asked for in one grid."""

    def ask(self, *listings):
        return self.open(listings[0].union(*listings).action_ask_costs())

    def test_costs_and_stock_of_some(self):
        """What is left empty is not known, and posts nothing."""
        priced, plain = self.wait("NEW-1"), self.wait("NEW-2")
        wizard = self.ask(priced, plain)
        line = wizard.line_ids.filtered(lambda one: one.listing_id == priced)
        line.write({"cost": 4.5, "opening_quantity": 3})
        told = wizard.action_apply()["params"]["message"]
        self.assertEqual(told, "Products created: 2.")
        products = priced.product_id, plain.product_id
        self.assertEqual(
            [(product.standard_price, product.qty_available) for product in products],
            [(4.5, 3), (0, 0)],
        )

    def test_what_is_sold_is_there_too(self):
        """Opening stock counts what is ordered and not shipped."""
        frozen = self.receive(order_json(1, [item_json("NEW-1", 2)]))
        listing = frozen.line_ids.listing_id.with_user(self.manager)
        listing.sudo().write({"amazon_quantity": 7, "quantity_known": True})
        self.assertEqual(self.ask(listing).line_ids.sold_quantity, 2)
        update = self.open(listing.action_update())
        update.action_take_quantity()
        self.assertEqual(update.opening_quantity, 9)
        frozen.sudo().fulfillment_status = "SHIPPED"
        update.action_take_quantity()
        self.assertEqual(update.opening_quantity, 7)

    def test_nothing_is_made_of_wrong_values(self):
        """S146: no stock value without an explicit cost."""
        listing = self.wait("NEW-1")
        for values, message in (
            ({"opening_quantity": 3}, "NEW-1: opening stock needs a value"),
            ({"cost": -1}, "NEW-1: .* negative"),
        ):
            wizard = self.ask(listing)
            wizard.line_ids.write(values)
            with self.assertRaisesRegex(ValidationError, message):
                wizard.action_apply()
            self.assertEqual(listing.state, "unconfirmed")

    def test_an_item_that_was_linked_meanwhile(self):
        """Cost and stock of a product that was there before stay as they are."""
        listing, new = self.wait("NEW-1"), self.wait("NEW-2")
        wizard = self.ask(listing, new)
        wizard.line_ids.write({"cost": 4.5, "opening_quantity": 3})
        known = self._create_product("KNOWN", standard_price=7)
        before = known.qty_available
        listing._link_to(known)
        told = wizard.action_apply()["params"]
        self.assertEqual((known.standard_price, known.qty_available), (7, before))
        product = new.product_id
        self.assertEqual((product.standard_price, product.qty_available), (4.5, 3))
        self.assertEqual(told["type"], "warning")
        self.assertIn("Products created: 1.", told["message"])
        self.assertIn("NEW-1 is already linked to", told["message"])
        product.sudo().standard_price = 5
        wizard.action_apply()
        self.assertEqual(product.standard_price, 5, "pressed twice")

    def test_nothing_left_to_confirm(self):
        listing = self.wait("NEW-1")
        listing.action_confirm()
        with self.assertRaisesRegex(UserError, "nothing left to confirm"):
            self.ask(listing)


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

    def test_few_items_are_compared_with_what_shares_a_rare_word(self):
        """The rest of a large catalogue is not even read; the result is equal."""
        Product = self.env["product.product"]
        for name, code in (
            ("Stoneware mug", "M-1"),
            ("Reading lamp", "NEW-7X"),
            ("Stoneware bowl", "B-1"),
        ):
            Product.create({"name": name, "default_code": code})
        listing = self.wait("NEW-7X-2", title="Stoneware mug with handle")
        suggester = self.env["amazon.listing.suggester"]
        few = suggester._suggest(listing)
        with patch(f"{SUGGESTER}.FEW", 0):
            self.assertEqual(suggester._suggest(listing), few)
        self.assertEqual(len(few[listing]), 3)
        domain = suggester._narrow(listing, {})
        self.assertEqual(len(Product.search(domain)), 3)
        with patch(f"{SUGGESTER}.COMMON", 1):
            names = Product.search(suggester._narrow(listing, {})).mapped("name")
        self.assertEqual(set(names), {"Reading lamp", "Stoneware mug"})

    def test_names_are_found_by_their_index(self):
        listing = self.wait("N1", title="Stoneware mug with handle")
        domain = self.env["amazon.listing.suggester"]._narrow(listing, {})
        query = self.env["product.product"]._search(domain)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        # Odoo's own, or that of another addon.
        self.assertRegex(str(plan), "Bitmap Index Scan on product_template_+name")

    def test_choosing_a_suggestion_links(self):
        listing = self.wait("SKU-A1")
        wizard = self.open(listing.action_link())
        suggestion = wizard.suggestion_ids.filtered(
            lambda one: one.product_id == self.product
        )
        suggestion.action_choose()
        self.assertEqual(listing.product_id, self.product)

    def test_many_items_each_to_its_product(self):
        """What is likely is ticked, unless something speaks against it."""
        mug, lamp = (
            self.env["product.product"].create({"name": name})
            for name in ("Stoneware mug", "Reading lamp")
        )
        new = self.wait("N1", title="Stoneware mug 300 ml")
        used = self.wait("N2", title="Reading lamp", condition="used_good")
        odd = self.wait("N3", title="Zzyzx")
        wizard = self.open((new | used | odd).action_link_many())
        told = wizard.line_ids.mapped(lambda line: (line.product_id, line.ticked))
        nothing = self.env["product.product"]
        self.assertEqual(told, [(mug, True), (lamp, False), (nothing, False)])
        self.assertIn("used good", wizard.line_ids[1].warning)
        with Form(wizard) as form, form.line_ids.edit(2) as line:
            line.product_id = self.other_product
            self.assertTrue(line.ticked, "who chooses a product means it")
        message = wizard.action_apply()["params"]["message"]
        self.assertEqual(message, "2 items are linked.")
        self.assertEqual(
            (new.product_id, used.product_id, odd.product_id),
            (mug, nothing, self.other_product),
        )

    def test_nothing_is_linked_by_half_an_answer(self):
        listing = self.wait("N1", title="Zzyzx")
        wizard = self.open(listing.action_link_many())
        with self.assertRaisesRegex(UserError, "Tick at least one"):
            wizard.action_apply()
        wizard.line_ids.ticked = True
        with self.assertRaisesRegex(UserError, "Choose a product.*N1"):
            wizard.action_apply()
        listing.product_id = self.product
        with self.assertRaisesRegex(UserError, "linked already"):
            listing.action_link_many()

    def test_a_grid_ends_somewhere(self):
        listings = self.wait("N1") | self.wait("N2")
        with patch(f"{MANY}.MOST", 1):
            wizard = self.open(listings.action_link_many())
        self.assertEqual((len(wizard.line_ids), wizard.left_count), (1, 1))

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
        with self.assertRaisesRegex(UserError, "already linked to .*SKU-B"):
            wizard.action_apply()
