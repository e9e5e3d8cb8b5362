# SPDX-License-Identifier: LGPL-3.0-or-later
import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...sp_api import Feed as AmazonsFeed
from ...sp_api.listing_feed import FEED_TYPE
from ...sync.stock import feed as stock_feed
from .stock_send_common import StockSendCase

COUNT = 5


@tagged("post_install", "-at_install")
class TestStockFeed(StockSendCase):
    """Many quantities leave as one feed."""

    def setUp(self):
        super().setUp()
        self.patch(stock_feed, "FEED_FROM", COUNT)
        self.simulator.set_feeds(delay_seconds=0)
        self.skus = ["SKU-A", "SKU-B"]
        for number in range(COUNT - 2):
            sku = f"FEED-{number}"
            self.put_on_amazon(sku, 1)
            self._create_listing(self._create_product(sku))
            self.skus.append(sku)

    def feed(self):
        return self.env["amazon.feed"].search([], limit=1)

    def levels(self):
        return self.env["amazon.stock.level"].search(
            [("account_id", "=", self.account.id)], order="seller_sku"
        )

    def quantities(self):
        return {sku: self.on_amazon(sku) for sku in self.skus}

    def look(self, feed=None):
        """Let Amazon's time pass, then look at the feed, or the last one."""
        self.simulator.clock.advance(1)
        (feed or self.feed()).next_poll = fields.Datetime.now()
        self.stock_task.next_run = fields.Datetime.now()
        self.run_stock_cron()

    def older(self, **span):
        """Have the last feed be that old."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE amazon_feed SET create_date = create_date - %s,"
            " submitted_at = submitted_at - %s",
            (timedelta(**span), timedelta(**span)),
        )
        self.env.invalidate_all()

    def test_many_leave_as_one_feed(self):
        """S170: one feed instead of a call per SKU; done counts when read back."""
        self.send()
        feed = self.feed()
        self.assertEqual((feed.state, feed.message_count), ("submitted", COUNT))
        self.assertFalse(self.calls("patchListingsItem"))
        self.assertEqual(set(self.levels().mapped("state")), {"sent"})
        self.look()
        self.assertEqual((feed.state, feed.accepted_count), ("done", COUNT))
        self.assertEqual(self.quantities(), dict.fromkeys(self.skus, 100))
        self.assertEqual(set(self.levels().mapped("state")), {"sent"})
        self.read_back()
        self.assertEqual(set(self.levels().mapped("state")), {"confirmed"})
        self.assertEqual(feed.run_id.state, "done")
        self.assertEqual(len(feed.run_id.record_ids), COUNT)

    def test_few_leave_one_by_one(self):
        self.patch(stock_feed, "FEED_FROM", COUNT + 1)
        self.send()
        self.assertFalse(self.feed())
        self.assertEqual(len(self.calls("patchListingsItem")), COUNT)

    def test_reasons_in_the_language_of_whoever_looks_after_the_account(self):
        """Amazon would tell them in the marketplace's, by feed and one by one."""
        user = self.account.responsible_user_id
        user.lang = "en_US"
        self.send()
        [feed] = self.simulator.feeds.all(self.simulator.sellers["IN"])
        header = json.loads(feed.document.content)["header"]
        self.assertEqual(header["issueLocale"], "en_US")
        self.read_back()
        [read] = {
            call["query"].get("issueLocale")
            for call in self.calls("searchListingsItems")
        }
        self.assertEqual(read, "en_US")
        user.lang = False
        self.assertIsNone(self.account._get_issue_locale())

    def test_one_feed_in_twenty_minutes(self):
        """Between two feeds quantities leave one by one."""
        self.send()
        self.look()
        for sku in self.skus:
            self.put_stock(self.product.search([("default_code", "=", sku)]), 1)
        self.send()
        self.assertEqual(len(self.env["amazon.feed"].search([])), 1)
        self.assertEqual(self.quantities(), dict.fromkeys(self.skus, 101))
        self.older(minutes=21)
        for sku in self.skus:
            self.put_stock(self.product.search([("default_code", "=", sku)]), 1)
        self.send()
        self.assertEqual(len(self.env["amazon.feed"].search([])), 2)

    def test_rejected_messages_bear_amazons_reason(self):
        """A feed that is done may hold refusals: per SKU, with the reason."""
        self.simulator.reject_sku("IN", "SKU-A")
        self.send()
        self.look()
        level = self.listing.stock_level_id
        self.assertEqual(level.state, "rejected")
        self.assertIn("8541", level.reason)
        self.assertEqual(self.feed().rejected_count, 1)
        self.assertEqual(self.stock_records("failed").mapped("name"), ["SKU-A"])
        self.assertIn("8541", self.stock_records("failed").reason)
        self.assertIn("8541", self.listing.stock_reason)
        action = self.feed().with_context(outcomes=["failed"]).action_open_records()
        refused = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(refused.mapped("name"), ["SKU-A"], "opened from the feed")
        self.assertEqual(self.feed().content, "Quantities")

    def test_report_that_names_not_all_refused(self):
        """The history claims of nobody that Amazon took it; reading back decides."""
        from sp_api_simulator import listings_feed

        self.simulator.reject_sku("IN", "SKU-A")
        taken = listings_feed._taken

        def nameless(*message):
            return [
                {name: told for name, told in issue.items() if name != "messageId"}
                for issue in taken(*message)
            ]

        self.patch(listings_feed, "_taken", nameless)
        self.send()
        self.look()
        self.assertEqual(self.feed().rejected_count, 1)
        for record in self.stock_records("updated"):
            self.assertIn("read back", record.reason)
        self.assertEqual(len(self.stock_records("updated")), COUNT)
        self.read_back()
        states = {one.seller_sku: one.state for one in self.levels()}
        self.assertNotEqual(states.pop("SKU-A"), "confirmed")
        self.assertEqual(set(states.values()), {"confirmed"})

    def test_fatal_feed_is_sent_again(self):
        """What became of it is unknown: the quantities of now leave."""
        self.simulator.add_fault("feed_fatal", operation="createFeed", count=1)
        self.send()
        self.put_stock(self.product, 7)
        self.look()
        self.assertEqual(self.feed().state, "failed")
        self.assertTrue(self.account.activity_ids.filtered("amazon_alert"))
        self.send()
        expected = {**dict.fromkeys(self.skus, 100), "SKU-A": 107}
        self.assertEqual(self.quantities(), expected)

    def test_cancelled_feed_is_sent_again(self):
        self.simulator.add_fault("feed_cancelled", operation="createFeed", count=1)
        self.send()
        self.look()
        self.assertEqual(self.feed().state, "cancelled")
        self.send()
        self.assertEqual(self.quantities(), dict.fromkeys(self.skus, 100))

    def test_stuck_feed_times_out(self):
        """A feed that hangs is given up and told; an old value is never replayed."""
        self.simulator.add_fault("feed_hang", operation="createFeed", count=1)
        self.send()
        self.look()
        stuck = self.feed()
        self.assertEqual(stuck.state, "submitted")
        self.put_stock(self.product, -60)
        self.older(hours=3)
        self.look()
        self.assertEqual(stuck.state, "failed")
        self.assertIn("hours", stuck.error)
        self.look()
        expected = {**dict.fromkeys(self.skus, 100), "SKU-A": 40}
        self.assertEqual(self.quantities(), expected)

    def give_up(self):
        """Have a feed hang until it is given up, and the quantities of now leave."""
        self.simulator.add_fault("feed_hang", operation="createFeed", count=1)
        self.send()
        stuck = self.feed()
        self.put_stock(self.product, -60)
        self.older(hours=3)
        self.look()
        self.look()
        self.assertEqual((stuck.state, self.feed().state), ("failed", "done"))
        self.assertEqual(self.on_amazon("SKU-A"), 40)
        return stuck

    def test_given_up_feed_that_ends_after_all(self):
        """It shows the quantities of then: noticed, and those of now leave again."""
        feed = self.give_up()
        self.read_back()
        self.assertEqual(set(self.levels().mapped("state")), {"confirmed"})
        self.simulator.release_feeds()
        self.simulator.clock.advance(1)
        self.assertEqual(self.on_amazon("SKU-A"), 100, "the feed came later")
        self.look(feed)
        self.assertEqual((feed.state, feed.next_poll), ("failed", False))
        self.assertIn("processed the feed late", feed.error)
        self.send()
        expected = {**dict.fromkeys(self.skus, 100), "SKU-A": 40}
        self.assertEqual(self.quantities(), expected)
        self.assertEqual(len(self.calls("patchListingsItem")), COUNT)
        self.read_back()
        self.assertEqual(set(self.levels().mapped("state")), {"confirmed"})

    def test_given_up_feed_is_looked_at_rarely(self):
        """Hourly, also when the look fails, and for three days."""
        feed = self.give_up()
        self.simulator.calls.clear()
        self.send()
        self.assertFalse(self.calls("getFeed"))
        now = fields.Datetime.now()
        self.assertGreater(feed.next_poll, now + timedelta(minutes=30))
        self.simulator.add_fault("error", operation="getFeed", status=500)
        self.look(feed)
        self.assertTrue(self.calls("getFeed"))
        self.assertFalse(self.stock_task.failure_count)
        self.assertGreater(feed.next_poll, now + timedelta(minutes=30))
        feed.done_at -= timedelta(days=4)
        self.look(feed)
        self.assertFalse(feed.next_poll)

    def test_change_while_the_feed_is_at_amazon(self):
        """A newer quantity leaves at once, and again after the feed, which Amazon may
        have worked on later."""
        self.simulator.add_fault("feed_hang", operation="createFeed", count=1)
        self.send()
        self.put_stock(self.product, -10)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 90)
        self.simulator.release_feeds()
        self.simulator.clock.advance(1)
        self.assertEqual(self.on_amazon("SKU-A"), 100, "the feed came later")
        self.look()
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 90)

    def kill_at(self, target, name):
        """Let a worker be killed where it calls something."""
        # Not assertRaises: it would take back what was committed before.
        try:
            with patch.object(target, name, side_effect=KeyboardInterrupt):
                self.send()
        except KeyboardInterrupt:
            self.env.invalidate_all()
            return
        self.fail("nothing was called")

    def test_killed_after_the_submission(self):
        """The feed is found at Amazon by its next worker, and sent no second time."""
        self.kill_at(type(self.env["amazon.feed"]), "_mark_submitted")
        self.assertEqual(self.feed().state, "wanted")
        self.older(minutes=5)
        self.send()
        self.assertEqual(self.feed().state, "submitted")
        self.assertEqual(len(self.calls("createFeed")), 1)
        self.look()
        self.assertEqual(self.quantities(), dict.fromkeys(self.skus, 100))

    def test_number_of_another_sellers_feed(self):
        """Amazon's numbers tell the feeds of one seller apart, not those of all."""
        other = self.account.copy({"seller_id": "A0OTHERSELLER"})
        Feed = self.env["amazon.feed"]
        Feed._want(other, FEED_TYPE, other.channel_ids, 1)._mark_submitted("7")
        Feed._want(self.account, FEED_TYPE, self.channels, 1)._mark_submitted("8")
        found = [AmazonsFeed(number, FEED_TYPE, "DONE") for number in "789"]
        self.assertEqual(Feed._get_strange(self.account, found), ["7", "9"])

    def test_killed_before_the_submission(self):
        """Amazon knows of no feed: the quantities of now leave."""
        self.kill_at(stock_feed, "listing_feeds")
        self.assertEqual(self.feed().state, "wanted")
        self.put_stock(self.product, 1)
        self.older(minutes=5)
        self.send()
        self.assertEqual(self.feed().state, "failed")
        self.assertFalse(self.calls("createFeed"))
        self.send()
        expected = {**dict.fromkeys(self.skus, 100), "SKU-A": 101}
        self.assertEqual(self.quantities(), expected)

    def test_feed_that_amazon_refuses(self):
        self.simulator.add_fault("error", operation="createFeed", status=400, count=1)
        self.send()
        self.assertEqual(self.feed().state, "failed")
        self.assertTrue(self.stock_task.failure_count)
        self.assertEqual(set(self.levels().mapped("state")), {"to_send"})
