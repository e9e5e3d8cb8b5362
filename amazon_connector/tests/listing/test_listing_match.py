# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import item_json, order_json
from .listing_common import ListingCase


@tagged("post_install", "-at_install")
class TestListingMatch(ListingCase):
    def test_equal_sku_is_linked(self):
        """S134, S163: an item with a product's internal reference is linked."""
        listing = self.match("SKU-A")
        self.assertEqual((listing.state, listing.product_id), ("linked", self.product))
        self.assertFalse(listing.reason)

    def test_equal_name_is_linked(self):
        """S134: name or SKU."""
        listing = self.match("NEW", title="Product SKU-A")
        self.assertEqual((listing.state, listing.product_id), ("linked", self.product))

    def test_sku_goes_before_name(self):
        listing = self.match("SKU-B", title="Product SKU-A")
        self.assertEqual(listing.product_id, self.other_product)

    def test_name_in_another_language(self):
        """S134 where the catalogue is translated."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.product.with_context(lang="fr_FR").name = "Tasse bleue"
        self.assertEqual(self.match(title="Tasse bleue").product_id, self.product)
        self.assertEqual(
            self.match("NEW-2", title="Product SKU-A").product_id, self.product
        )

    def test_all_others_are_unconfirmed_with_the_reason(self):
        """S135, S163."""
        listing = self.match()
        self.assertEqual((listing.state, listing.product_id.id), ("unconfirmed", False))
        self.assertIn("No product has this SKU", listing.reason)
        self.assertIn("this name", listing.reason)
        self.assertNotIn("barcode", listing.reason)

    def test_barcode_is_off_at_first(self):
        self.product.barcode = "0812345678906"
        self.assertEqual(self.match(barcode="812345678906").state, "unconfirmed")
        self.channel.match_by_barcode = True
        listing = self.match("NEW-2", barcode="812345678906")
        self.assertEqual(listing.product_id, self.product)
        blank = self.match("NEW-3", barcode="0000000000000")
        self.assertEqual(blank.state, "unconfirmed")

    def test_each_rule_has_its_switch(self):
        self.channel.match_by_sku = False
        self.assertEqual(self.match("SKU-A", title="Another").state, "unconfirmed")
        self.assertEqual(
            self.match("SKU-B", title="Product SKU-B").product_id, self.other_product
        )
        self.channel.match_by_name = False
        listing = self.match("SKU-C", title="Product SKU-B")
        self.assertEqual(listing.state, "unconfirmed")
        self.assertIn("does not link listings automatically", listing.reason)

    def test_archived_products_are_never_linked(self):
        self.product.active = False
        listing = self.match("SKU-A", title="Product SKU-B")
        self.assertEqual(listing.state, "unconfirmed")
        self.assertIn("archived", listing.reason)

    def test_several_candidates_are_never_linked(self):
        self._create_product("SKU-A")
        listing = self.match("SKU-A")
        self.assertEqual(listing.state, "unconfirmed")
        self.assertIn("2 products have this SKU", listing.reason)
        self._create_product("SKU-C", name=self.other_product.name)
        listing = self.match(title=self.other_product.name)
        self.assertIn("2 products have this name", listing.reason)

    def test_another_companys_products_are_never_linked(self):
        """Rule 10."""
        other = self.env["res.company"].create({"name": "Second company"})
        theirs = self.env["product.product"].create(
            {"name": "Theirs", "default_code": "THEIRS", "company_id": other.id}
        )
        listing = self.match("THEIRS")
        self.assertEqual(listing.state, "unconfirmed")
        self.assertIn("another company", listing.reason)
        # It does not stand in the way of what is our own.
        self.product.name = "Title of THEIRS"
        self.matcher._match_new(listing)
        self.assertEqual(listing.product_id, self.product)
        with self.assertRaisesRegex(ValidationError, "another company"):
            listing.product_id = theirs

    def test_skus_are_compared_exactly(self):
        """Bad input: SKUs that differ in case or trailing blanks are different."""
        for sku in ("sku-a", "SKU-A ", " SKU-A"):
            self.assertEqual(self.match(sku).state, "unconfirmed", sku)

    def test_charges_are_no_products(self):
        listing = self.match("AMAZON-TO-LINK")
        self.assertEqual(listing.state, "unconfirmed")
        with self.assertRaisesRegex(ValidationError, "charge"):
            listing.product_id = self.env.ref("amazon_connector.product_item")

    def test_several_listings_share_a_product(self):
        """S136, S137: Odoo's product is the master of them all."""
        abroad = self.create_channel()
        listings = self.list_on_amazon("SKU-A") | self.list_on_amazon("SKU-A", abroad)
        listings |= self.list_on_amazon("SKU-A-FBA", title="Product SKU-A")
        self.assertEqual(self.matcher._match_new(listings), listings)
        self.assertEqual(self.product.amazon_listing_ids, listings)

    def test_variation_parents_need_no_decision(self):
        listing = self.match("PARENT", is_parent=True)
        self.assertEqual(listing.state, "ignored")
        self.assertIn("variations", listing.reason)
        listing.invalidate_recordset()
        self.assertEqual(self.channel.unconfirmed_count, 0)

    def test_decided_listings_are_left_alone(self):
        listings = self.match("SKU-A") | self.match("NEW")
        listings[1].write({"state": "ignored", "reason": "A sample"})
        self.product.default_code = "ANOTHER"
        self.assertFalse(self.matcher._match_new(listings))
        self.assertEqual(listings.mapped("state"), ["linked", "ignored"])
        self.assertEqual(listings[1].reason, "A sample")

    def test_mended_cause_lets_the_next_sync_link(self):
        """S165."""
        listing = self.match("NEW")
        self.product.default_code = "NEW"
        self.matcher._match_new(listing)
        self.assertEqual((listing.state, listing.reason), ("linked", False))

    def test_unchanged_reason_is_not_written_again(self):
        listing = self.match("NEW")
        self.env.cr.execute(
            "UPDATE amazon_listing SET write_date = '2020-01-01' WHERE id = %s",
            [listing.id],
        )
        self.matcher._match_new(listing)
        listing.invalidate_recordset()
        self.assertEqual(listing.write_date.year, 2020)

    def test_many_listings_take_a_few_queries(self):
        few = self.Listing.union(*(self.list_on_amazon(f"A{n}") for n in range(3)))
        many = self.Listing.union(*(self.list_on_amazon(f"B{n}") for n in range(60)))
        products = self.env["product.product"].create(
            [{"name": f"B{n}", "default_code": f"B{n}"} for n in range(30)]
        )
        self.env.flush_all()
        counts = []
        for listings in (few, many):
            before = self.env.cr.sql_log_count
            self.matcher._match_new(listings)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(products.amazon_listing_ids), 30)
        self.assertLessEqual(counts[1], counts[0] + 3)


@tagged("post_install", "-at_install")
class TestListingMatchOrders(ListingCase):
    """Orders bring SKUs that no sync has read yet."""

    def test_order_matches_by_the_same_rules(self):
        binding = self.receive(order_json(items=[item_json("NEW")]))
        self.assertEqual(binding.state, "frozen")
        self.product.name = "Title of NEWER"
        binding = self.receive(order_json(2, items=[item_json("NEWER")]))
        self.assertEqual(binding.state, "applied")
        self.assertEqual(binding.line_ids.product_id, self.product)

    def test_order_looks_again_at_what_was_undecided(self):
        listing = self.match("NEW")
        self.product.default_code = "NEW"
        binding = self.receive(order_json(items=[item_json("NEW")]))
        self.assertEqual((binding.state, listing.state), ("applied", "linked"))

    def test_matching_lets_frozen_orders_go_on(self):
        """S148, S152, S165."""
        binding = self.receive(order_json(items=[item_json("NEW")]))
        self.product.default_code = "NEW"
        self.matcher._match_new(binding.line_ids.listing_id)
        self.apply()
        self.assertEqual(
            (binding.state, binding.sale_order_id.state), ("applied", "sale")
        )

    def test_order_frozen_while_its_item_was_linked(self):
        """Neither transaction saw the other: the apply stage lets the order go on."""
        binding = self.receive(order_json(items=[item_json("NEW")]))
        other = self.receive(order_json(2, items=[item_json("NEWER")]))
        self.env.cr.execute(
            "UPDATE amazon_listing SET state = 'linked', product_id = %s WHERE id = %s",
            [self.product.id, binding.line_ids.listing_id.id],
        )
        self.env.invalidate_all()
        self.Listing._wake_stranded()
        self.assertEqual((binding.to_apply, other.to_apply), (True, False))
        self.apply()
        self.assertEqual((binding.state, other.state), ("applied", "frozen"))

    def test_order_of_a_gone_listing(self):
        """Amazon's report no longer holds the SKU, but an order does."""
        listing = self.match("SKU-A")
        listing.active = False
        binding = self.receive(order_json())
        self.assertEqual(
            (binding.state, binding.line_ids.listing_id), ("applied", listing)
        )

    def test_product_archived_after_linking(self):
        """Its goods are sold: the order comes in, the listing tells."""
        listing = self.match("SKU-A")
        self.product.active = False
        self.assertTrue(listing.product_archived)
        self.assertIn(listing, self.Listing.search([("product_archived", "=", True)]))
        binding = self.receive(order_json())
        self.assertEqual(binding.state, "applied")
        self.assertEqual(binding.sale_order_id.order_line.product_id, self.product)

    @mute_logger("odoo.sql_db")
    def test_product_deleted_after_linking(self):
        """A linked product cannot be deleted; Odoo archives it at most."""
        product = self.env["product.product"].create(
            {"name": "Deleted", "default_code": "NEW"}
        )
        listing = self.match("NEW")
        for record in (product, product.product_tmpl_id):
            with self.assertRaisesRegex(UserError, "NEW"):
                record.unlink()
        self.assertEqual(listing.product_id, product)
