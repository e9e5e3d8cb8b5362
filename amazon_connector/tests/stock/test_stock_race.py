# SPDX-License-Identifier: LGPL-3.0-or-later
import random
from unittest.mock import patch

from odoo.tests import tagged

from ...sp_api import Listings
from .stock_send_common import StockSendCase

CADENCES = 6


@tagged("post_install", "-at_install")
class TestStockRace(StockSendCase):
    """Orders arrive while quantities leave (complaint 19: oversold by the sync)."""

    def setUp(self):
        super().setUp()
        self.random = random.Random("race")
        self.ordered = 0
        self.unknown = 0

    def buy_while_pushing(self, listings, *args, **options):
        """A buyer is faster than the PATCH that was just computed."""
        sku = args[0]
        if sku == "SKU-A" and self.random.random() < 0.7:
            units = self.random.randint(1, 3)
            if self.on_amazon("SKU-A") >= units:
                self.place_order("SKU-A", units)
                self.ordered += units
                self.unknown += units
        return self.patch_quantity(listings, *args, **options)

    def test_too_much_only_within_amazons_own_lag(self):
        """Amazon shows too much at most by units ordered since the last fetch of
        orders, and is right at the next cadence."""
        self.patch_quantity = Listings.patch_quantity
        racing = patch.object(
            Listings,
            "patch_quantity",
            lambda *args, **options: self.buy_while_pushing(*args, **options),
        )
        received = 0
        for _cadence in range(CADENCES):
            units = self.random.randint(1, 9)
            received += units
            self.put_stock(self.product, units)
            self.fetch_orders()
            self.unknown = 0
            with racing:
                self.send()
            true = 100 + received - self.ordered
            self.assertLessEqual(self.on_amazon("SKU-A"), true + self.unknown)
        self.assertGreater(self.ordered, 0)
        self.fetch_orders()
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100 + received - self.ordered)

    def test_order_applied_during_the_push(self):
        """An order that moves from the inbox into a sales order counts once."""
        self.send()
        self.read_back()
        self.place_order("SKU-A", 4)
        self.fetch_orders()
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 96)
        self.run_cron("orders_apply")
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 96)

    def test_cancellation_brings_the_units_back(self):
        """A cancelled order gives its units back, once."""
        self.send()
        self.read_back()
        number = self.place_order("SKU-A", 4)
        self.fetch_orders()
        self.run_cron("orders_apply")
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 96)
        self.simulator.cancel_order(number)
        self.simulator.clock.advance(180)
        self.fetch_orders()
        self.run_cron("orders_apply")
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)

    def test_change_between_computing_and_sending(self):
        """What changes after it was computed leaves again, as it is then."""
        original = type(self.env["amazon.sync.stock"])._note_answers

        def changed_meanwhile(sync, task, answers):
            level = self.listing.stock_level_id.with_env(sync.env)
            if not level.to_compute and answers:
                level._forget_confirmed()
            return original(sync, task, answers)

        with patch.object(
            type(self.env["amazon.sync.stock"]), "_note_answers", changed_meanwhile
        ):
            self.put_stock(self.product, 5)
            self.run_one_turn()
        level = self.listing.stock_level_id
        self.assertEqual(level.state, "to_send")
        self.assertFalse(level.confirmed)
        self.send()
        self.assertEqual(level.state, "sent")

    def run_one_turn(self):
        """Half of a round: chunks that were noted are not sent again in it."""
        sync = type(self.env["amazon.sync.stock"])
        original, done = sync._take_some, []

        def once(this, task):
            if done:
                return []
            done.append(True)
            return original(this, task)

        with patch.object(sync, "_take_some", once):
            self.send()
