# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ...sp_api import InventorySummary
from ..common import ago, item_json, order_json
from ..screens import Screen
from .fba_stock_common import FbaStockCase, summary


@tagged("post_install", "-at_install")
class TestFbaStock(FbaStockCase):
    """S19: what Amazon ships itself moves Odoo's stock, in a location of its own."""

    def test_listing_shows_what_amazon_holds(self):
        self.take(
            summary(
                "SKU-A",
                7,
                2,
                inboundWorkingQuantity=1,
                inboundShippedQuantity=2,
                inboundReceivingQuantity=4,
                unfulfillableQuantity={"totalUnfulfillableQuantity": 5},
                researchingQuantity={"totalResearchingQuantity": 6},
            ),
            summary("NOT-LISTED-HERE", 3),
        )
        listing = self.listing
        self.assertEqual(
            (
                listing.fba_fulfillable,
                listing.fba_reserved,
                listing.fba_inbound,
                listing.fba_unfulfillable,
                listing.fba_researching,
            ),
            (7, 2, 7, 5, 6),
        )
        self.assertTrue(listing.fba_read_at)
        self.assertFalse(self.other_listing.fba_read_at)

    def test_only_compared_by_default(self):
        row = self.take(summary("SKU-A", 7, 2))
        self.assertEqual((row.amazon_quantity, row.odoo_quantity), (9, 0))
        self.assertEqual((row.state, row.difference), ("differs", 9))
        self.assertEqual(self.on_hand(), 0)
        self.assertFalse(self.account.activity_ids)
        self.assertEqual(self.account.fba_difference_count, 1)

    def test_asked(self):
        """One activity while something differs; gone when nothing does."""
        self.account.fba_correction = "ask"
        row = self.take(summary("SKU-A", 7, 2))
        self.take(summary("SKU-A", 7, 2))
        self.assertEqual(len(self.account.activity_ids), 1)
        row.action_correct()
        self.assertEqual((row.state, self.on_hand()), ("equal", 9))
        self.take(summary("SKU-A", 7, 2))
        self.assertFalse(self.account.activity_ids)

    def test_every_screen_asks_before_it_corrects(self):
        for units, view_type in ((7, "list"), (8, "kanban"), (9, "form")):
            row = self.take(summary("SKU-A", units))
            screen = Screen(row, view_type=view_type)
            screen.press("action_correct", confirm="inventory adjustment")
            self.assertEqual(self.on_hand(), units, view_type)

    def test_correction_is_a_real_inventory_adjustment(self):
        """S19: an inventory move in the FBA location, valued at the product's cost."""
        row = self.take(summary("SKU-A", 7))
        merchant = self.product.with_context(
            warehouse_id=self.channel._get_warehouse().id
        )
        before = merchant.free_qty
        row.action_correct()
        location = self.account.fba_location_id
        move = self.env["stock.move"].search(
            [
                ("product_id", "=", self.product.id),
                ("location_dest_id", "=", location.id),
            ]
        )
        self.assertEqual((move.state, move.quantity), ("done", 7))
        self.assertTrue(move.is_inventory)
        self.assertIn(self.account.name, move.reference)
        merchant.invalidate_recordset()
        self.assertEqual(merchant.free_qty, before)

    def test_correcting_twice_changes_nothing(self):
        row = self.take(summary("SKU-A", 7))
        row.action_correct()
        row.action_correct()
        self.assertEqual(self.on_hand(), 7)

    def test_opening_by_itself_then_after_two_readings(self):
        """What was never there opens at once; a later difference has to stay."""
        self.account.fba_correction = "automatic"
        row = self.take(summary("SKU-A", 7))
        self.assertEqual((row.state, self.on_hand()), ("equal", 7))
        self.take(summary("SKU-A", 5))
        self.assertEqual((row.state, self.on_hand()), ("differs", 7))
        self.take(summary("SKU-A", 4))
        self.assertEqual((row.difference, self.on_hand()), (-3, 7))
        self.take(summary("SKU-A", 4))
        self.assertEqual((row.state, self.on_hand()), ("equal", 4))

    def test_no_value_is_guessed(self):
        """Without a cost the opening waits: Amazon does not know it."""
        self.account.fba_correction = "automatic"
        self.product.standard_price = 0.0
        row = self.take(summary("SKU-A", 7))
        self.assertEqual((row.state, self.on_hand()), ("cost", 0))
        with self.assertRaisesRegex(UserError, "Enter its cost"):
            row.action_correct()
        self.product.standard_price = 3.0
        row.action_correct()
        self.assertEqual((row.state, self.on_hand()), ("equal", 7))

    def test_worthless_products_on_a_users_word(self):
        self.product.standard_price = 0.0
        row = self.take(summary("SKU-A", 7))
        row.action_correct_without_cost()
        self.assertEqual((row.state, self.on_hand()), ("equal", 7))

    def test_lots_are_left_to_a_user(self):
        self.env["stock.quant"].search([("product_id", "=", self.product.id)]).unlink()
        self.product.tracking = "lot"
        row = self.take(summary("SKU-A", 7))
        self.assertEqual(row.state, "by_hand")
        with self.assertRaisesRegex(UserError, "lots"):
            row.action_correct()

    def test_what_odoo_does_not_count_is_left_to_a_user(self):
        """It stops the others' correction by itself no more than a day."""
        self.account.fba_correction = "automatic"
        self.other_product.is_storable = False
        self.take(summary("SKU-A", 5), summary("SKU-B", 4))
        self.assertEqual(self.on_hand(), 5)
        row = self.row(self.other_product)
        self.assertEqual(row.state, "by_hand")
        with self.assertRaisesRegex(UserError, "Track Inventory"):
            row.action_correct()

    def test_one_that_odoo_refuses_spoils_no_other(self):
        self.account.fba_correction = "automatic"
        Quant = type(self.env["stock.quant"])
        apply = Quant.action_apply_inventory
        bad, refusal = self.other_product, UserError("Counted by somebody else")

        def refuse(quants):
            if bad in quants.product_id:
                raise refusal
            return apply(quants)

        with patch.object(Quant, "action_apply_inventory", refuse):
            self.take(summary("SKU-A", 5), summary("SKU-B", 4))
        self.assertEqual(self.on_hand(), 5)
        self.assertEqual(self.on_hand(bad), 0)
        self.assertIn("somebody else", self.task.last_run_id.message)

    def test_location_is_internal_and_of_one_account(self):
        location = self.account._get_fba_location()
        other = self._create_account(seller_id="AOTHER")
        with self.assertRaisesRegex(ValidationError, "Test shop"):
            other.fba_location_id = location
        for usage in ("customer", "view", "inventory"):
            place = self.env["stock.location"].create({"name": "X", "usage": usage})
            with self.assertRaisesRegex(ValidationError, "no stock|not an internal"):
                self.account.fba_location_id = place

    def test_what_amazon_no_longer_names_is_gone(self):
        self.take(summary("SKU-A", 7)).action_correct()
        row = self.take(summary("SKU-B", 1))
        self.assertEqual((self.listing.fba_fulfillable, row.difference), (0, -7))

    def test_what_amazon_does_not_tell_is_no_zero(self):
        """An answer without details changes nothing."""
        self.take(summary("SKU-A", 7)).action_correct()
        row = self.take(InventorySummary.from_json({"sellerSku": "SKU-A"}))
        self.assertEqual(row.state, "equal")
        self.assertEqual(self.listing.fba_fulfillable, 7)

    def test_large_losses_ask_first(self):
        """A short answer of Amazon must not write off the stock by itself."""
        self.account.fba_correction = "automatic"
        products = self.env["product.product"].create(
            [
                {
                    "name": f"P{n}",
                    "default_code": f"P{n}",
                    "is_storable": True,
                    "standard_price": 1.0,
                }
                for n in range(12)
            ]
        )
        self.env["amazon.listing"].create(
            [
                {
                    "channel_id": self.channel.id,
                    "seller_sku": product.default_code,
                    "product_id": product.id,
                }
                for product in products
            ]
        )
        all_of_them = [summary(f"P{n}", 2) for n in range(12)]
        self.take(*all_of_them)
        self.assertEqual(self.on_hand(products[0]), 2)
        for _reading in range(3):
            self.take(summary("SKU-A", 1))
        self.assertEqual(self.on_hand(products[0]), 2)
        self.assertTrue(self.account.activity_ids)

    def test_many_skus_of_one_product(self):
        self.other_listing.product_id = self.product
        row = self.take(summary("SKU-A", 7), summary("SKU-B", 3, 1))
        self.assertEqual(row.amazon_quantity, 11)

    def test_packs_count_in_units_of_the_product(self):
        self.listing.stock_pack_size = 6
        self.assertEqual(self.take(summary("SKU-A", 2)).amazon_quantity, 12)

    def test_orders_leave_from_it(self):
        """S19: an FBA order takes its units; fulfillable and reserved follow."""
        self.channel.go_live_date -= timedelta(days=5)
        self.take(summary("SKU-A", 7)).action_correct()
        fulfillment = {"fulfillmentStatus": "SHIPPED", "fulfilledBy": "AMAZON"}
        item = item_json(quantity=2, price="200.00")
        item["fulfillment"] = {"quantityFulfilled": 2, "quantityUnfulfilled": 0}
        self.receive(
            order_json(items=[item], fulfillment=fulfillment, updated=ago(hours=1))
        )
        self.assertEqual(self.on_hand(), 5)
        self.assertEqual(self.take(summary("SKU-A", 5)).state, "equal")

    def test_never_a_location_of_a_warehouse(self):
        """What lies at Amazon would be offered as the merchant's own."""
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        with self.assertRaisesRegex(ValidationError, "outside every warehouse"):
            self.account.fba_location_id = warehouse.lot_stock_id

    def test_only_managers_correct(self):
        row = self.take(summary("SKU-A", 7))
        user = new_test_user(self.env, "fba_user", "amazon_connector.group_user")
        with self.assertRaises(AccessError):
            row.with_user(user).action_correct()
        manager = new_test_user(
            self.env, "fba_manager", "amazon_connector.group_manager"
        )
        row.with_user(manager).action_correct()
        self.assertEqual(self.on_hand(), 7)

    def test_nothing_there(self):
        """A seller without FBA: no rows, no location made."""
        self.take()
        self.assertFalse(self.row())
        self.assertFalse(self.account.fba_location_id)


@tagged("post_install", "-at_install")
class TestFbaStockPool(FbaStockCase):
    """Counts of one quantity pool are the same goods: never summed."""

    marketplaces = ("de", "fr", "in")

    def test_archived_channel_does_not_speak_for_its_pool(self):
        """It is not read any more: its counts are as old as the archiving."""
        germany, france, _india = self.channels
        self.env["amazon.listing"].create(
            {
                "channel_id": france.id,
                "seller_sku": "SKU-A",
                "product_id": self.product.id,
            }
        )
        run = self.fba._start_run(self.task, self.channels)
        self.take_channel(run, germany, summary("SKU-A", 5))
        germany.active = False
        self.take_channel(run, france, summary("SKU-A", 3))
        self.fba._compare_all(self.task, run, [])
        self.assertEqual(self.row().amazon_quantity, 3)

    def test_never_summed_over_a_pool(self):
        germany, france, india = self.channels
        self.env["amazon.listing"].create(
            [
                {
                    "channel_id": channel.id,
                    "seller_sku": "SKU-A",
                    "product_id": self.product.id,
                }
                for channel in (france, india)
            ]
        )
        self.assertEqual(
            germany.marketplace_id.quantity_pool, france.marketplace_id.quantity_pool
        )
        run = self.fba._start_run(self.task, self.channels)
        for channel in self.channels:
            self.take_channel(run, channel, summary("SKU-A", 5))
        self.fba._compare_all(self.task, run, [])
        self.assertEqual(self.row().amazon_quantity, 10)
