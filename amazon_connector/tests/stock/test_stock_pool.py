# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import new_test_user, tagged

from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestStockPool(StockCase):
    """Marketplaces of one pool share the quantity of a SKU."""

    marketplaces = ("de", "fr", "in")

    def setUp(self):
        super().setUp()
        self.germany, self.france, self.india = self.channels
        self.french = self._create_listing(self.product, self.france)
        self.indian = self._create_listing(self.product, self.india)

    def test_one_level_per_pool(self):
        levels = self.compute(self.listing, self.french, self.indian)
        self.assertEqual(len(levels), 2)
        self.assertEqual(self.listing.stock_level_id, self.french.stock_level_id)
        self.assertNotEqual(self.listing.stock_level_id, self.indian.stock_level_id)

    def test_first_live_channel_rules(self):
        self.germany.stock_buffer = 5
        self.france.stock_buffer = 9
        level = self.compute(self.listing, self.french)
        self.assertEqual((level.channel_id, level.quantity), (self.germany, 95))
        self.france.stock_live = True
        level = self.compute(self.listing)
        self.assertEqual((level.channel_id, level.quantity), (self.france, 91))
        self.germany.stock_live = True
        level = self.compute(self.listing)
        self.assertEqual((level.channel_id, level.quantity), (self.germany, 95))

    def test_listing_that_cannot_be_sent_does_not_rule(self):
        self.compute(self.listing, self.french)
        self.listing.fulfilled_by = "amazon"
        level = self.compute(self.french)
        self.assertEqual((level.channel_id, level.quantity), (self.france, 100))

    def test_order_of_a_channel_where_the_sku_is_not_linked(self):
        """It lowers Amazon's count for all channels of the pool."""
        level = self.compute(self.listing, self.indian)[0]
        self.french.unlink()
        level.write({"confirmed": True, "confirmed_quantity": 100})
        order = self.order()
        order["salesChannel"]["marketplaceId"] = self.france.marketplace_id.amazon_code
        self.store(order)
        self.env.cr.flush()
        self.Change._consume()
        self.assertFalse(level.confirmed)

    def test_marketplace_leaves_its_pool(self):
        """Its listings get quantities of their own, of which nothing is known yet."""
        shared = self.compute(self.listing, self.french)
        shared.write({"confirmed": True, "confirmed_quantity": 100})
        self.france.marketplace_id.quantity_pool = False
        self.env.cr.flush()
        self.Change._consume()
        own = self.french.stock_level_id
        self.assertEqual(own.quantity_pool, self.france.marketplace_id.amazon_code)
        self.assertTrue(own.to_compute)
        self.assertFalse(own.confirmed)
        self.assertEqual(self.listing.stock_level_id, shared)
        self.germany.marketplace_id.quantity_pool = False
        self.env.cr.flush()
        self.Change._consume()
        self.assertFalse(shared.exists())
        self.assertNotIn(self.listing.stock_level_id, shared | own)
        self.france.marketplace_id.quantity_pool = "TWO"
        self.germany.marketplace_id.quantity_pool = "TWO"
        self.env.cr.flush()
        self.Change._consume()
        self.assertTrue(self.listing.stock_level_id)
        self.assertEqual(self.listing.stock_level_id, self.french.stock_level_id)

    def test_disagreement_is_shown(self):
        """Two listings of one SKU that stand for different products."""
        level = self.compute(self.listing, self.french)
        self.assertFalse(level.disagreement)
        self.french.product_id = False
        self.french.product_id = self.other_product
        level = self.compute(self.french)
        self.assertEqual(level.product_id, self.product)
        self.assertIn(self.france.name, level.disagreement)

    def test_settings_that_disagree_are_shown(self):
        """Also by the user who looks; what is not sent there has no say."""
        level = self.compute(self.listing, self.french)
        user = new_test_user(
            self.env,
            "amazon-stock-reader",
            groups="amazon_connector.group_user",
            company_id=self.company.id,
        )
        second = self.other_warehouse
        for settings in (
            {"stock_buffer": 3},
            {"stock_maximum": 9},
            {"handling_days": 2},
            {"stock_basis": "forecast"},
            {"use_warehouses": True, "stock_warehouse_ids": second.ids},
        ):
            before = self.france.read(list(settings), load=False)[0]
            self.france.write(settings)
            self.env.invalidate_all()
            found = level.with_user(user).search([("disagreement", "!=", False)])
            self.assertEqual(found, level.with_user(user))
            self.assertIn(self.france.name, found.disagreement)
            self.france.write({name: before[name] for name in settings})
        self.env.invalidate_all()
        self.assertFalse(level.disagreement)
        self.french.stock_policy = "none"
        self.assertTrue(level.search([("disagreement", "!=", False)]))
        self.french.fulfilled_by = "amazon"
        self.assertFalse(level.search([("disagreement", "!=", False)]))

    def test_disagreements_of_many_are_found_at_once(self):
        def count(number, start):
            listings = self.env["amazon.listing"]
            for index in range(start, start + number):
                product = self._create_product(f"MANY-{index}")
                for channel in (self.germany, self.france):
                    listings |= self._create_listing(product, channel)
            levels = self.Level.browse(self.compute(listings).ids)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(set(levels.mapped("disagreement")), {False})
            return self.cr.sql_log_count - before

        self.assertEqual(count(2, 0), count(12, 10))
