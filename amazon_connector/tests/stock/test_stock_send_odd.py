# SPDX-License-Identifier: LGPL-3.0-or-later
from dataclasses import replace
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.stock.amazon_stock_level_send import LOOK_AGAIN
from ...sp_api import Client, Credentials, Endpoint, Listings
from ...sp_api.listing_schema import Availability
from ...sync.stock import feed as stock_feed
from ..common import INDIA
from .stock_send_common import StockSendCase

GERMANY = "A1PA6795UKMFR9"
FRANCE = "A13V1IB3VIYZZH"


@tagged("post_install", "-at_install")
class TestStockBadInput(StockSendCase):
    """What people and systems give, though they should not."""

    def test_product_without_listing(self):
        """Its stock is nobody's business on Amazon."""
        self.send()
        self.read_back()
        self.forget_calls()
        self.put_stock(self._create_product("NOT-ON-AMAZON"), 5)
        self.send()
        self.assertFalse(self.simulator.calls)

    def test_listing_without_product(self):
        self.put_on_amazon("NO-PRODUCT", 3)
        self.env["amazon.listing"].create(
            {
                "channel_id": self.channel.id,
                "seller_sku": "NO-PRODUCT",
                "fulfilled_by": "merchant",
            }
        )
        self.send()
        self.assertFalse(self.pushes("NO-PRODUCT"))

    def test_negative_stock_is_sent_as_zero(self):
        self.put_stock(self.product, -130)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 0)

    def test_fractions_are_rounded_down(self):
        self.put_stock(self.product, 0.6)
        self.put_stock(self.product, -0.1)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)

    def test_more_than_amazon_accepts(self):
        self.put_stock(self.product, 1e9)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 99_999_999)

    def send_while(self, happens):
        """Something happens after quantities were computed, before they leave."""
        sync = type(self.env["amazon.sync.stock"])
        send_patches = sync._send_patches

        def happen_first(model, *args):
            happens()
            self.env.flush_all()
            self.env.cr.precommit.run()
            return send_patches(model, *args)

        self.send()
        self.put_stock(self.product, 1)
        with patch.object(sync, "_send_patches", happen_first):
            self.send()

    def test_listing_turns_to_amazon_while_it_is_sent(self):
        """What Amazon ships never gets a quantity: it would be the merchant's."""
        self.send_while(lambda: self.listing.write({"fulfilled_by": "amazon"}))
        self.assertEqual([push.quantity for push in self.pushes("SKU-A")], [100])

    def test_link_changes_while_it_is_sent(self):
        """The quantity of the former product does not leave any more."""
        other = self._create_product("SKU-C")

        def relink():
            self.listing.product_id = False
            self.listing.product_id = other

        self.send_while(relink)
        self.assertEqual([push.quantity for push in self.pushes("SKU-A")], [100])
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), other.free_qty)

    def test_back_to_rehearsal_while_it_is_sent(self):
        self.send_while(lambda: self.channel.write({"stock_live": False}))
        self.assertEqual([push.quantity for push in self.pushes("SKU-A")], [100])

    def test_handling_time_over_thirty_is_refused(self):
        """S175: refused where it is entered, with the limit."""
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.channel.handling_days = 31
            self.channel.flush_recordset()

    def test_longer_handling_time_of_the_listing(self):
        """S175: a time that Amazon allows this listing alone stays as it is there."""
        self.put_on_amazon("SKU-A", 1, handling_days=45, product_type="SOFA")
        self.channel.handling_days = 2
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)
        self.assertEqual(self.amazon_listing("SKU-A").handling_days, 45)
        self.assertEqual(self.amazon_listing("SKU-B").handling_days, 2)

    def test_longer_handling_time_in_a_feed(self):
        """S175: it holds up no other quantity of the feed."""
        self.patch(stock_feed, "FEED_FROM", 2)
        self.simulator.set_feeds(delay_seconds=0)
        self.put_on_amazon("SKU-A", 1, handling_days=45, product_type="SOFA")
        self.send()
        feed = self.env["amazon.feed"].search([])
        self.assertEqual((feed.state, feed.message_count), ("submitted", 2))
        self.simulator.clock.advance(1)
        self.assertEqual((self.on_amazon("SKU-A"), self.on_amazon("SKU-B")), (100, 100))

    def test_channel_is_archived_while_it_is_sent(self):
        self.send_while(lambda: self.channel.write({"active": False}))
        self.assertEqual([push.quantity for push in self.pushes("SKU-A")], [100])

    def saying(self, **said):
        """While this is open, Amazon says this of each listing that is read."""
        enrich = Listings.enrich

        def say(*args):
            for one in enrich(*args):
                yield one._replace(listing=replace(one.listing, **said))

        return patch.object(Listings, "enrich", say)

    def see(self, **said):
        """Until the last look, Amazon says this of what is read back."""
        self.send()
        self.read_back()
        self.put_stock(self.product, 5)
        self.send()
        # As a search of the items sync found it meanwhile.
        self.listing.amazon_quantity = 105
        level = self.listing.stock_level_id
        self.forget_calls()
        with self.saying(**said):
            for times in range(1, len(LOOK_AGAIN) + 1):
                self.read_back()
                self.assertEqual(len(self.calls("searchListingsItems")), times)
                self.assertFalse(level.confirmed)
        return level

    def test_amazon_does_not_say_what_is_for_sale(self):
        """What was seen before proves nothing, and Amazon is not asked without end."""
        level = self.see(availability=(), fulfilled_by=None)
        self.assertEqual(level.state, "rejected")
        self.assertIn("does not say", level.reason)

    def test_shipper_that_nobody_knows(self):
        """It may be Amazon by another name: no quantity until that is clear."""
        robots = (Availability("ROBOTS", 7),)
        with self.saying(availability=robots, fulfilled_by=None):
            self.send()
        self.assertFalse(self.simulator.stock.pushes)
        level = self.listing.stock_level_id
        self.assertEqual(level.state, "excluded")
        self.assertIn("has not stated yet who ships it", level.reason)

    def test_amazon_says_no_quantity(self):
        level = self.see(availability=(Availability("DEFAULT", None),))
        self.assertEqual(level.state, "rejected")
        self.assertIn("does not say", level.reason)

    def test_on_hold_in_the_middle(self):
        """A hold stops between two PATCHes; what Amazon accepted is remembered."""
        original = type(self.env["amazon.sync.stock"])._may_call
        allowed = []

        def hold_after_two(sync, task):
            allowed.append(task)
            patched = len(self.calls("patchListingsItem"))
            return patched < 1 and original(sync, task)

        with patch.object(
            type(self.env["amazon.sync.stock"]), "_may_call", hold_after_two
        ):
            self.send()
        states = self.env["amazon.stock.level"].search([]).mapped("state")
        self.assertEqual(sorted(states), ["sent", "to_send"])
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)
        self.assertEqual(self.on_amazon("SKU-B"), 100)
        self.assertEqual(len(self.simulator.stock.pushes), 2)


@tagged("post_install", "-at_install")
class TestStockPools(StockSendCase):
    """Channels that share a quantity: one push, and one rule."""

    marketplaces = ("de", "fr")
    seller = "EU"

    @classmethod
    def _create_account(cls, **vals):
        cls._add_seller()
        return super()._create_account(**vals)

    @classmethod
    def _add_seller(cls):
        cls.simulator.add_seller("EU", region="eu", marketplace_ids=[GERMANY, FRANCE])

    def _prepare_simulator(self):
        self._add_seller()
        return super()._prepare_simulator()

    def setUp(self):
        super().setUp()
        for sku in ("SKU-A", "SKU-B"):
            for place in (GERMANY, FRANCE):
                self.simulator.put_listing("EU", sku, place, quantity=1)
        self.german, self.french = self.channels
        self.french_listing = self._create_listing(self.product, self.french)

    def shown(self, sku):
        return {
            one.marketplace_id: one.quantity
            for one in self.simulator.listings("EU")
            if one.seller_sku == sku
        }

    def test_one_push_for_the_pool(self):
        """The ruling channel's marketplace is told once; Amazon shows it in both."""
        self.send()
        self.assertEqual(self.shown("SKU-A"), {GERMANY: 100, FRANCE: 100})
        self.assertEqual(len(self.pushes("SKU-A")), 1)

    def test_disagreement_is_settled_by_the_ruling_channel(self):
        """Different settings are shown; the channel that is live first decides."""
        self.french.stock_buffer = 30
        self.send()
        self.assertEqual(self.shown("SKU-A"), {GERMANY: 100, FRANCE: 100})
        level = self.french_listing.stock_level_id
        self.assertEqual(level.channel_id, self.german)
        self.assertIn(self.french.name, level.disagreement)
        found = level.search([("disagreement", "!=", False)])
        self.assertEqual(found, level)


@tagged("post_install", "-at_install")
class TestStockPace(StockSendCase):
    def test_three_hundred_a_minute(self):
        """300 quantities leave one by one within a minute of Amazon's clock."""
        known, clock = self.simulator.credentials("IN"), self.simulator.clock
        client = Client(
            Credentials(
                known["client_id"], known["client_secret"], known["refresh_token"]
            ),
            Endpoint.custom(known["api_url"], known["lwa_url"]),
            seller_id=known["merchant_token"],
            clock=clock.now,
            sleep=clock.advance,
        )
        start = clock.now()
        with client:
            for number in range(300):
                Listings(client).patch_quantity("SKU-A", INDIA, None, number)
        self.assertLessEqual(clock.now() - start, 61)
        self.assertEqual(len(self.pushes("SKU-A")), 300)
