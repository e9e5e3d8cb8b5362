# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import item_json, order_json
from .queue_common import QueueCase


@tagged("post_install", "-at_install")
class TestUnlink(QueueCase):
    """S153, S154, S155, S156."""

    def link(self, sku="SKU-A", **facts):
        listing = self.match(sku, **facts)
        self.assertEqual(listing.state, "linked")
        return listing.with_user(self.manager)

    def take_off(self, listing):
        self.open(listing.action_unlink()).action_apply()

    def test_unlink_from_chosen_channels(self):
        """S153: an action of the product, channel by channel."""
        abroad, far = self.create_channel("us"), self.create_channel("ca")
        here, there, yonder = (
            self.link(channel=channel) for channel in (self.channel, abroad, far)
        )
        for record in (self.product, self.product.product_tmpl_id):
            wizard = self.open(record.with_user(self.manager).action_unlink_amazon())
            self.assertEqual(wizard.offered_ids, here | there | yonder)
        wizard.listing_ids = here | there
        wizard.action_apply()
        self.assertEqual(
            (here.state, there.state, yonder.state), ("unlinked", "unlinked", "linked")
        )
        self.assertEqual(yonder.product_id, self.product)
        names = wizard.offered_ids.with_context(show_channel=True).mapped(
            "display_name"
        )
        self.assertIn("Amazon CA: SKU-A", names)

    def test_unlinked_says_so(self):
        listing = self.link()
        self.take_off(listing)
        self.assertFalse(listing.product_id)
        self.assertEqual(listing.unlinked_product_ids, self.product)
        for part in (self.manager.name, self.product.display_name):
            self.assertIn(part, listing.reason)
        with self.assertRaisesRegex(UserError, "linked"):
            listing.action_unlink()

    def test_nothing_chosen_is_refused(self):
        wizard = self.open(self.link().action_unlink())
        wizard.listing_ids = False
        with self.assertRaisesRegex(UserError, "at least one"):
            wizard.action_apply()

    def test_later_orders_are_held_visibly(self):
        """S155: never dropped in silence."""
        before = self.receive(order_json(1))
        listing = before.line_ids.listing_id.with_user(self.manager)
        self.take_off(listing)
        after = self.receive(order_json(2))
        self.assertEqual((after.state, after.sale_order_id.state), ("frozen", "draft"))
        self.assertIn("SKU-A", after.reason)
        self.assertIn("Unlinked", after.reason)

    def test_confirmed_orders_keep_their_products(self):
        before = self.receive(order_json(1))
        sale = before.sale_order_id
        self.take_off(before.line_ids.listing_id.with_user(self.manager))
        self.receive(order_json(1, updated="2026-11-21T00:00:00.000Z"))
        self.assertEqual((before.state, sale.state), ("applied", "sale"))
        self.assertEqual(sale.order_line.product_id, self.product)

    def test_unlinked_pair_is_not_linked_by_itself(self):
        """S154, S156: neither by an order nor by a sync."""
        listing = self.link()
        self.take_off(listing)
        self.env["amazon.listing.matcher"]._match_new(listing)
        self.receive(order_json())
        self.assertEqual(listing.state, "unlinked")

    def test_next_sync_offers_it_anew(self):
        """S156: a wrongly linked item is fetched again and linked properly."""
        listing = self.link()
        self.take_off(listing)
        self.Listing._offer_again(listing.sudo())
        self.env["amazon.listing.matcher"]._match_new(listing)
        self.assertEqual((listing.state, listing.product_id.id), ("unconfirmed", False))
        self.assertIn("user unlinked it", listing.reason)
        binding = self.receive(order_json())
        self.assertEqual(binding.state, "frozen")
        wizard = self.open(listing.action_link())
        wizard.product_id = self.other_product
        wizard.action_apply()
        self.apply()
        self.assertEqual(binding.state, "applied")
        self.assertEqual(
            binding.sale_order_id.order_line.product_id, self.other_product
        )

    def test_another_certain_product_is_linked(self):
        """Only the pair is remembered, not the item."""
        listing = self.link("NEW", title="Product SKU-A")
        self.take_off(listing)
        self.product.name = "Another"
        self.other_product.default_code = "NEW"
        self.Listing._offer_again(listing.sudo())
        self.env["amazon.listing.matcher"]._match_new(listing)
        self.assertEqual(listing.product_id, self.other_product)

    def test_users_may_link_the_pair_again(self):
        listing = self.link()
        self.take_off(listing)
        listing._link_to(self.product)
        self.assertEqual((listing.state, listing.reason), ("linked", False))
        self.assertFalse(listing.unlinked_product_ids)

    def test_emptied_product_is_unlinked(self):
        """A list's cell or a script that empties the product does the same."""
        listing = self.link()
        listing.product_id = False
        self.assertEqual(listing.state, "unlinked")
        self.assertEqual(listing.unlinked_product_ids, self.product)

    def test_product_can_be_deleted_afterwards(self):
        product = self.env["product.product"].create(
            {"name": "Gone soon", "default_code": "NEW"}
        )
        listing = self.link("NEW")
        self.take_off(listing)
        product.unlink()
        self.assertFalse(listing.unlinked_product_ids)

    def test_frozen_order_of_an_unlinked_item_thaws_when_linked(self):
        binding = self.receive(
            order_json(items=[item_json("SKU-A"), item_json("NEW", number="2")])
        )
        known, new = binding.line_ids.listing_id.with_user(self.manager)
        self.take_off(known)
        new._link_to(self.other_product)
        self.apply()
        self.assertEqual(binding.state, "frozen")
        known._link_to(self.product)
        self.apply()
        self.assertEqual(binding.state, "applied")
        self.assertEqual(binding.sale_order_id.amount_total, 200.0)


@tagged("post_install", "-at_install")
class TestProductPage(QueueCase):
    def test_products_on_amazon(self):
        """Listings over all channels, on variant and template."""
        abroad = self.create_channel()
        listings = self.match("SKU-A") | self.match("SKU-A", channel=abroad)
        product = self.product.with_user(self.user)
        for record in (product, product.product_tmpl_id):
            self.assertEqual(record.amazon_listing_ids, listings)
            self.assertEqual(record.amazon_listing_count, 2)
            action = record.action_open_amazon_listings()
            self.assertEqual(self.Listing.search(action["domain"]), listings)
            found = record.search([("amazon_listing_ids", "!=", False)])
            self.assertIn(record, found)
        none = self.other_product.product_tmpl_id.with_user(self.user)
        self.assertNotIn(none, none.search([("amazon_listing_ids", "!=", False)]))
        self.assertEqual(none.amazon_listing_count, 0)


@tagged("post_install", "-at_install")
class TestMapping(QueueCase):
    """A file that links SKUs to products, through Odoo's own import."""

    def load(self, *rows, fields=("channel_id", "seller_sku", "product_id")):
        return self.Listing.with_user(self.manager).load(
            list(fields), [*map(list, rows)]
        )

    def test_file_links_items(self):
        first, second = self.wait("N1"), self.wait("N2")
        abroad = self.create_channel()
        other = self.wait("N1", channel=abroad)
        result = self.load(
            ["Amazon IN", "N1", "SKU-A"],
            ["Amazon IN", "N2", "SKU-B"],
            ["Amazon US", "N1", "SKU-B"],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(result["ids"], [first.id, second.id, other.id])
        self.assertEqual(first.product_id, self.product)
        self.assertEqual((second | other).product_id, self.other_product)
        self.assertEqual(first.state, "linked")

    def test_frozen_orders_go_on(self):
        binding = self.receive(order_json(items=[item_json("NEW")]))
        self.load(["Amazon IN", "NEW", "SKU-A"])
        self.apply()
        self.assertEqual(binding.state, "applied")

    def test_barcode_and_name_fit_too(self):
        self.product.barcode = "4006381333931"
        first, second = self.wait("N1"), self.wait("N2")
        self.load(
            ["Amazon IN", "N1", "4006381333931"], ["Amazon IN", "N2", "Product SKU-B"]
        )
        self.assertEqual(first.product_id, self.product)
        self.assertEqual(second.product_id, self.other_product)

    def test_mistakes_are_told_with_their_row(self):
        self._create_product("SKU-B")
        listing = self.wait("N1")
        for row, message in (
            (["Amazon IN", "UNKNOWN", "SKU-A"], "no listing"),
            (["Amazon XX", "N1", "SKU-A"], "no listing"),
            (["Amazon IN", "N1", "NOTHING"], "NOTHING"),
            (["Amazon IN", "N1", "SKU-B"], "2 products"),
        ):
            result = self.load(["Amazon IN", "N1", "SKU-A"], row)
            self.assertFalse(result["ids"])
            (told,) = result["messages"]
            self.assertEqual(told["rows"], {"from": 1, "to": 1})
            self.assertIn(message, told["message"])
        self.assertEqual(listing.state, "unconfirmed")

    def test_channels_that_are_none(self):
        """Whatever a cell of the channel holds, its row is named."""
        self.wait("N1")
        number, name = "channel_id/.id", "channel_id/id"
        for column, value in (
            *((number, value) for value in ("abc", "", "-1", "99999999999999", "²")),
            *((name, value) for value in ("base.main_company", "nodot", "", "a.b")),
            ("channel_id", False),
        ):
            result = self.load(
                [value, "N1", "SKU-A"], fields=(column, "seller_sku", "product_id")
            )
            (told,) = result["messages"]
            self.assertIn("no listing", told["message"])

    def test_rows_without_a_product_change_nothing(self):
        listing = self.match("SKU-A")
        other = self.wait("N1")
        self.load(["Amazon IN", "SKU-A", ""], ["Amazon IN", "N1", "SKU-B"])
        self.assertEqual(listing.product_id, self.product)
        self.assertEqual(other.product_id, self.other_product)

    def test_exported_file_comes_back(self):
        listing = self.wait("N1")
        (xid,) = listing.sudo().export_data(["id"])["datas"][0]
        result = self.load([xid, "SKU-A"], fields=("id", "product_id"))
        self.assertFalse(result["messages"])
        self.assertEqual(listing.product_id, self.product)

    def test_import_opens(self):
        action = self.wait().action_import_mapping()
        self.assertEqual(action["params"], {"model": "amazon.listing"})
