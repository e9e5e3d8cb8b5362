# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...sync.stock.freshness import PATIENCE
from .stock_send_common import StockSendCase


@tagged("post_install", "-at_install")
class TestStockSend(StockSendCase):
    """What Odoo has is what Amazon sells."""

    def test_change_reaches_amazon_and_is_read_back(self):
        """S34, S77, S157: a receipt changes Amazon's quantity; it counts as arrived
        when Amazon shows it."""
        self.put_stock(self.product, 5)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 105)
        level = self.listing.stock_level_id
        self.assertEqual((level.state, level.sent_quantity), ("sent", 105))
        self.assertFalse(level.confirmed)
        self.read_back()
        self.assertEqual((level.state, level.confirmed_quantity), ("confirmed", 105))
        self.assertTrue(level.confirmed)

    def test_order_shipped_before_it_came_in_raises_nothing(self):
        """214 on Amazon after a buyer took 3, shipped in Seller Central: 214 stay."""
        self.put_stock(self.product, 117)
        self.send()
        self.read_back()
        self.assertEqual(self.on_amazon("SKU-A"), 217)
        number = self.place_order("SKU-A", 3)
        self.simulator.ship_order(number)
        self.assertEqual(self.on_amazon("SKU-A"), 214)
        self.simulator.clock.advance(300)
        self.send(orders=True)
        self.assertEqual(self.on_amazon("SKU-A"), 214, "it waits in the inbox")
        self.run_cron("orders_apply")
        self.env.invalidate_all()
        sale = self.find(number).sale_order_id
        self.assertEqual(
            (sale.amazon_shipping, self.product.qty_available), ("outside", 214)
        )
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 214)

    def test_unchanged_quantity_costs_no_call(self):
        """What equals the confirmed value is not sent again, nor asked for."""
        self.send()
        self.read_back()
        before = len(self.simulator.calls)
        self.send(manual=True)
        self.assertEqual(len(self.simulator.calls), before)
        self.assertGreaterEqual(self.stock_run().unchanged_count, 2)

    def test_one_listing_of_many_is_sent(self):
        """S170: only what changed leaves."""
        self.send()
        self.read_back()
        self.forget_calls()
        self.put_stock(self.product, -40)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 60)
        self.assertEqual(len(self.calls("patchListingsItem")), 1)

    def test_all_listings_of_a_product_are_sent(self):
        """S137: linked items of all listings get the same stock."""
        self.put_on_amazon("SKU-A2", 7)
        twin = self._create_listing(self.product, seller_sku="SKU-A2")
        self.put_stock(self.product, 11)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 111)
        self.assertEqual(self.on_amazon("SKU-A2"), 111)
        self.assertEqual(twin.stock_level_id.state, "sent")

    def test_linking_sends_at_once_and_unlinking_ends_it(self):
        """S145, S154: a link sends Odoo's stock; an unlinked item is left alone."""
        product = self._create_product("SKU-C")
        self.put_on_amazon("SKU-C", 3)
        listing = self._create_listing(product, product_id=False)
        self.send()
        self.assertEqual(self.on_amazon("SKU-C"), 3)
        listing.product_id = product
        self.send()
        self.assertEqual(self.on_amazon("SKU-C"), 100)
        listing.product_id = False
        self.put_stock(product, 50)
        self.send()
        self.assertEqual(self.on_amazon("SKU-C"), 100)
        self.assertEqual(listing.stock_level_id.state, "excluded")

    def test_switched_off_sends_nothing(self):
        """S42, S78: with the module off Amazon no longer follows; on again, it does."""
        self.stock_task.active = False
        self.put_stock(self.product, 5)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 1)
        self.stock_task.active = True
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 105)

    def test_on_by_default(self):
        """S41, S127: stock is a module of its own, active from the start."""
        self.assertTrue(self.stock_task.active)
        self.assertEqual(self.stock_task.stock_cadence, "change")

    def test_order_makes_the_quantity_unknown(self):
        """After an order Amazon has lowered its own count: it is sent again, even if
        Odoo wants what was confirmed before."""
        self.send()
        self.read_back()
        self.place_order("SKU-A", 2)
        self.fetch_orders()
        self.put_stock(self.product, 2)
        self.assertEqual(self.on_amazon("SKU-A"), 98)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)

    def test_orders_are_fetched_first(self):
        """S159, S160: orders that are new on Amazon are fetched, and subtracted,
        before a quantity leaves."""
        self.send()
        self.read_back()
        self.place_order("SKU-A", 3)
        self.put_stock(self.product, 10)
        self.age_orders(minutes=11)
        self.send(orders=True)
        self.assertEqual(self.on_amazon("SKU-A"), 107)

    def test_orders_are_not_fetched_again_within_ten_minutes(self):
        """S159: a fetch of nine minutes ago will do."""
        self.age_orders(minutes=9)
        self.put_stock(self.product, 1)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 101)
        self.assertFalse(self.calls("searchOrders"))

    def test_orders_that_do_not_come_stop_no_push(self):
        """A push waits for orders, but not for ever."""
        self.age_orders(minutes=30)
        self.put_stock(self.product, 1)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 1, "it waits")
        self.stock_task.orders_asked_at -= PATIENCE + timedelta(minutes=1)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 101)

    def test_orders_task_that_fails_is_not_waited_for(self):
        self.age_orders(minutes=30)
        self.account._get_task("orders").failure_count = 1
        self.put_stock(self.product, 1)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 101)

    def test_fba_gets_no_quantity(self):
        """Rule 5: what Amazon ships never receives a quantity; it would turn into a
        merchant's offer. The listing is read again before a first push."""
        self.simulator.update_listing("IN", "SKU-A", fulfilled_by="AMAZON")
        self.send()
        self.assertFalse(self.pushes("SKU-A"))
        level = self.listing.stock_level_id
        self.assertEqual(level.state, "excluded")
        self.assertEqual(self.listing.fulfilled_by, "amazon")
        self.assertEqual(self.on_amazon("SKU-B"), 100)

    def test_fulfilment_is_read_again_after_a_day(self):
        self.send()
        self.read_back()
        self.simulator.update_listing("IN", "SKU-A", fulfilled_by="AMAZON")
        self.listing.read_at -= timedelta(hours=25)
        self.put_stock(self.product, 4)
        before = len(self.pushes("SKU-A"))
        self.send()
        self.assertEqual(len(self.pushes("SKU-A")), before)

    def test_unknown_fulfilment_gets_no_quantity(self):
        self.listing.fulfilled_by = False
        self.put_stock(self.product, 4)
        self.send()
        self.assertFalse(self.pushes("SKU-A"))

    def test_hold_stops_and_loses_nothing(self):
        """On hold nothing leaves; afterwards the current value does."""
        self.account.action_disable()
        self.put_stock(self.product, 5)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 1)
        self.put_stock(self.product, 5)
        self.account.action_enable()
        self.send(orders=True)
        self.assertEqual(self.on_amazon("SKU-A"), 110)

    def test_push_by_hand(self):
        """S158: 'Push Stock' sends, whatever was confirmed."""
        self.send()
        self.read_back()
        self.simulator.update_listing("IN", "SKU-A", quantity=3)
        self.listing.stock_level_id.action_push_stock()
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)

    def test_handling_time(self):
        """S175: the channel's default is sent with the quantity; none lets Amazon
        decide."""
        self.send()
        self.assertIsNone(self.amazon_listing("SKU-A").handling_days)
        self.channel.handling_days = 3
        self.send(manual=True)
        self.assertEqual(self.amazon_listing("SKU-A").handling_days, 3)
        self.channel.handling_days = False
        self.send(manual=True)
        self.assertIsNone(self.amazon_listing("SKU-A").handling_days, "taken back")
        self.assertEqual(self.on_amazon("SKU-A"), 100)
        level = self.listing.stock_level_id
        level._compute_quantities()
        self.assertNotEqual(level.state, "to_send", "and not once more")

    def test_same_day_handling_is_kept(self):
        """0 on Amazon is no missing handling time: the default 2 is not sent over it,
        nor where 2 is in bulk."""
        self.put_on_amazon("SKU-A", 1, handling_days=0)
        self.channel.handling_days = 2
        self.send()
        self.assertEqual(self.amazon_listing("SKU-A").handling_days, 0)
        self.assertEqual(self.amazon_listing("SKU-B").handling_days, 2)
        self.listing.stock_handling_days = 0
        self.other_listing.stock_handling_days = 0
        self.send()
        self.assertEqual(self.amazon_listing("SKU-B").handling_days, 0, "by choice")

    def test_default_that_is_taken_back(self):
        """What Odoo sent itself is no handling time of the listing's own."""
        self.channel.handling_days = 3
        self.send()
        self.assertEqual(self.amazon_listing("SKU-A").handling_days, 3)
        self.channel.handling_time = False
        for units in (5, 6):
            later = fields.Datetime.now() - timedelta(hours=3)
            self.listing.stock_level_id.sent_at = later
            told = self.amazon_listing("SKU-A").handling_days
            self.listing.write(
                {
                    "handling_days": False if told is None else told,
                    "read_at": fields.Datetime.now(),
                }
            )
            self.put_stock(self.product, units)
            self.send()
            level = self.listing.stock_level_id
            self.assertIs(level.handling_days, False)
            self.assertIs(level.own_handling_days, False)
        self.assertIsNone(self.amazon_listing("SKU-A").handling_days, "Amazon decides")
        self.channel.handling_days = 5
        self.send()
        self.assertEqual(self.amazon_listing("SKU-A").handling_days, 5)
        self.channel.handling_days = 0
        self.send()
        self.assertEqual(self.amazon_listing("SKU-A").handling_days, 0)

    def test_history_tells_per_sku(self):
        """What left is told per SKU; what did not is counted."""
        self.put_stock(self.product, 5)
        self.send()
        records = self.stock_records()
        self.assertEqual(
            {record.name: record.outcome for record in records},
            {"SKU-A": "updated", "SKU-B": "updated"},
        )
        record = records.filtered(lambda one: one.name == "SKU-A")
        self.assertIn("105", record.reason)
        self.assertEqual(record.run_id.state, "done")

    def test_nothing_to_do_leaves_no_row(self):
        self.send()
        self.read_back()
        runs = self.env["amazon.sync.run"].search_count([("kind", "=", "stock")])
        self.send()
        self.assertEqual(
            self.env["amazon.sync.run"].search_count([("kind", "=", "stock")]), runs
        )


@tagged("post_install", "-at_install")
class TestStockAnswers(StockSendCase):
    """What Amazon says to a quantity, and what it makes of it."""

    def test_refused_quantity_tells_why(self):
        """A SKU that Amazon refuses bears Amazon's reason and stops no other."""
        self.simulator.stock.reject("IN", "SKU-A")
        self.put_stock(self.product, 5)
        self.send()
        level = self.listing.stock_level_id
        self.assertEqual(level.state, "rejected")
        self.assertIn("8541", level.reason)
        failed = self.stock_records("failed")
        self.assertEqual(failed.name, "SKU-A")
        self.assertIn("8541", failed.reason)
        self.assertEqual(self.on_amazon("SKU-B"), 100)

    def test_refused_quantity_is_tried_again_later(self):
        self.simulator.stock.reject("IN", "SKU-A")
        self.send()
        before = len(self.pushes("SKU-A"))
        self.send(manual=True)
        self.assertEqual(len(self.pushes("SKU-A")), before)
        self.simulator.stock.accept("IN", "SKU-A")
        self.listing.stock_level_id.retry_at = fields.Datetime.now()
        self.send(manual=True)
        self.assertEqual(self.on_amazon("SKU-A"), 100)

    def test_push_by_hand_of_a_refused_quantity(self):
        """S158: who mended the listing in Seller Central need not wait for hours."""
        self.simulator.stock.reject("IN", "SKU-A")
        self.send()
        self.simulator.stock.accept("IN", "SKU-A")
        self.listing.action_push_stock()
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)
        self.assertEqual(self.listing.stock_level_id.state, "sent")

    def test_new_quantity_of_a_refused_one_goes_at_once(self):
        self.simulator.stock.reject("IN", "SKU-A")
        self.send()
        self.simulator.stock.accept("IN", "SKU-A")
        self.put_stock(self.product, 1)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 101)

    def test_accepted_without_effect_is_found_out(self):
        """ACCEPTED is not done: what Amazon never shows is told."""
        self.simulator.stock.reject("IN", "SKU-A", silent=True)
        self.send()
        level = self.listing.stock_level_id
        for _look in range(4):
            self.assertEqual(level.state, "sent")
            self.read_back()
        self.assertEqual(level.state, "rejected")
        self.assertIn("still shows", level.reason)
        self.assertEqual(self.stock_records("failed").name, "SKU-A")

    def test_sku_that_amazon_no_longer_knows(self):
        self.simulator.delete_listing("IN", "SKU-A")
        self.send()
        level = self.listing.stock_level_id
        self.assertEqual(level.state, "rejected")
        self.assertIn("no longer knows", level.reason)
        self.assertFalse(self.pushes("SKU-A"))

    def test_throttling_in_the_middle(self):
        """Amazon's 429 pauses; what is left goes later, nothing is lost or repeated."""
        for number in range(12):
            sku = f"SKU-{number:02}"
            self.put_on_amazon(sku, 1)
            self._create_listing(self._create_product(sku))
        self.simulator.add_fault(
            "throttle", operation="patchListingsItem", after=5, count=4, retry_after=600
        )
        self.send()
        left = self.env["amazon.stock.level"].search_count([("state", "=", "to_send")])
        self.assertEqual(left, 9)
        self.assertFalse(self.stock_task.failure_count)
        self.simulator.faults.clear()
        self.env["amazon.token.bucket"].search([]).write({"until": 0, "stamp": 0})
        self.send()
        skus = [push.seller_sku for push in self.simulator.stock.pushes]
        self.assertEqual(len(skus), len(set(skus)))
        self.assertEqual(len(skus), 14)

    def test_unknown_outcome_is_not_taken_for_known(self):
        """A connection that breaks leaves a value unknown: the current one goes."""
        self.send()
        self.read_back()
        self.put_stock(self.product, -1)
        self.simulator.add_fault("cut_body", operation="patchListingsItem", count=9)
        self.send()
        level = self.listing.stock_level_id
        self.assertFalse(level.confirmed)
        self.assertEqual(level.state, "to_send")
        self.simulator.faults.clear()
        self.put_stock(self.product, 1)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)
