# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..listing.items_common import ItemsCase, report_row
from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestPushStock(StockCase):
    """S158: a user sends the stock of an item, to all its channels, at any time."""

    def setUp(self):
        super().setUp()
        self.channel.stock_live = True
        self.user = new_test_user(
            self.env, "seller", "amazon_connector.group_user,stock.group_stock_user"
        )

    def pushed(self):
        self.env.cr.flush()
        rows = self.Change.search_read([("kind", "=", "push")], ["listing_id"])
        return {row["listing_id"] for row in rows}

    def test_product_pushes_all_its_listings(self):
        twin = self._create_listing(self.product, seller_sku="SKU-TWIN")
        action = self.product.with_user(self.user).action_push_amazon_stock()
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(self.pushed(), {self.listing.id, twin.id})

    def test_template_and_listing(self):
        self.product.product_tmpl_id.with_user(self.user).action_push_amazon_stock()
        self.assertEqual(self.pushed(), {self.listing.id})
        listings = self.listing | self.other_listing
        listings.with_user(self.user).action_push_stock()
        self.assertEqual(self.pushed(), set(listings.ids))

    def test_action_of_the_products_list(self):
        action = self.env.ref("amazon_connector.product_template_action_push_stock")
        template = self.product.product_tmpl_id
        action.with_user(self.user).with_context(
            active_model=template._name, active_ids=template.ids, active_id=template.id
        ).run()
        self.assertEqual(self.pushed(), {self.listing.id})

    def test_not_sold_on_amazon(self):
        product = self._create_product("SKU-SHOP")
        with self.assertRaisesRegex(UserError, "not sold on Amazon"):
            product.with_user(self.user).action_push_amazon_stock()

    def test_says_what_is_not_sent(self):
        self.other_listing.fulfilled_by = "amazon"
        both = self.listing | self.other_listing
        action = both.with_user(self.user).action_push_stock()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn("Amazon ships it", action["params"]["message"])
        self.assertEqual(self.pushed(), {self.listing.id})

    def test_says_why_nothing_can_be_sent(self):
        """S41, S42: in rehearsal, switched off, on hold or not linked."""
        task = self.account._get_task("stock")

        def refused(text):
            with self.assertRaisesRegex(UserError, text):
                self.listing.with_user(self.user).action_push_stock()

        self.channel.stock_live = False
        refused("in rehearsal")
        task.active = False
        refused("switched off")
        self.account.on_hold = True
        refused("on hold")
        self.listing.product_id = False
        refused("not linked")

    def test_screen_of_a_listing(self):
        """Odoo's quantity, the one on Amazon, the difference and since when."""
        self.listing.write({"amazon_quantity": 40, "read_at": "2026-11-01 10:00:00"})
        level = self.compute(self.listing)
        listing = self.listing.with_user(self.user)
        self.assertEqual(
            (listing.stock_quantity, listing.stock_on_amazon, listing.stock_difference),
            (100, 40, 60),
        )
        level.write(
            {
                "confirmed": True,
                "confirmed_quantity": 99,
                "confirmed_at": "2026-11-02 10:00:00",
            }
        )
        self.assertEqual((listing.stock_on_amazon, listing.stock_difference), (99, 1))
        self.assertEqual(str(listing.stock_on_amazon_at), "2026-11-02 10:00:00")
        self.assertFalse(listing.stock_reason)
        self.listing.stock_policy = "none"
        self.assertIn("set to send nothing", listing.stock_reason)


@tagged("post_install", "-at_install")
class TestStockFromItems(ItemsCase):
    """What the items sync reads of a listing decides whether it gets a quantity."""

    def consume(self):
        self.env.cr.flush()
        self.env["amazon.stock.change"]._consume()
        levels = self.env["amazon.stock.level"]
        marked = levels.search([("to_compute", "=", True)])
        marked._compute_quantities()
        return marked

    def test_linked_by_the_items_sync(self):
        """S145: what is matched while items are fetched gets its quantity."""
        self.put("SKU-A")
        self.run_items()
        listing = self.listing("SKU-A")
        self.assertEqual(listing.product_id, self.product)
        self.assertEqual(self.consume(), listing.stock_level_id)
        self.assertEqual(listing.stock_level_id.quantity, 100)

    def test_report_tells_that_amazon_ships_it_now(self):
        """Never a quantity for what Amazon ships, however one learns of it."""
        self.no_details()
        self.load(report_row("SKU-A"))
        level = self.consume()
        self.assertEqual((level.quantity, level.state), (100, "rehearsal"))
        self.load(report_row("SKU-A", fulfillment_channel="AMAZON_IN"))
        self.assertEqual(self.consume(), level)
        self.assertEqual(level.state, "excluded")
        self.load(report_row("SKU-A"))
        self.assertEqual(self.consume(), level)
        self.assertEqual(level.state, "rehearsal")

    def test_report_tells_of_a_shipper_that_nobody_knows(self):
        """It may be Amazon by another name: no quantity until that is clear."""
        self.no_details()
        self.load(report_row("SKU-A"))
        level = self.consume()
        self.load(report_row("SKU-A", fulfillment_channel="DRONES"))
        self.assertEqual(self.consume(), level)
        self.assertEqual(level.state, "excluded")
        self.assertIn("has not stated yet who ships it", level.reason)

    def test_report_tells_at_last_who_ships_it(self):
        """S145: nothing is sent until then, and its quantity as soon as it is known."""
        self.no_details()
        self.load(report_row("SKU-A", fulfillment_channel=""))
        listing = self.listing("SKU-A")
        self.assertEqual((listing.state, listing.fulfilled_by), ("linked", False))
        self.assertFalse(self.consume())
        self.load(report_row("SKU-A"))
        self.assertEqual(self.consume(), listing.stock_level_id)
        self.assertEqual(listing.stock_level_id.quantity, 100)

    def test_unchanged_listings_are_left_alone(self):
        self.no_details()
        self.load(report_row("SKU-A"))
        self.consume()
        self.load(report_row("SKU-A"))
        self.load(report_row("SKU-A", price="99.00"))
        self.assertFalse(self.consume())

    def test_details_tell_another_handling_time(self):
        """S175: the listing's own handling time is the one that is sent."""
        self.put("SKU-A", handling_days=2)
        self.run_items()
        level = self.consume()
        self.assertEqual(level.handling_days, 2)
        self.pass_time(minutes=20)
        # Amazon does not tell of a handling time that changed alone.
        self.change("SKU-A", handling_days=5, price="55.00")
        self.run_items(rounds=1, trigger="manual")
        self.assertEqual(self.listing("SKU-A").price, 55.0)
        self.assertEqual(self.listing("SKU-A").handling_days, 5)
        self.consume()
        self.assertEqual(level.handling_days, 5)
