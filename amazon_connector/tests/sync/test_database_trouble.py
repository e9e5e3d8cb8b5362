# SPDX-License-Identifier: LGPL-3.0-or-later
from unittest.mock import patch

from psycopg2.errors import DiskFull

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import SYNC_LOGGER, order_json
from .request_common import RequestCase


@tagged("post_install", "-at_install")
class TestDatabaseTrouble(RequestCase):
    """A full disk, or a database that is away, is no record's fault: nothing is
    branded, and all of it goes on when there is room again."""

    def fill_disk(self, model, method):
        return patch.object(
            self.env.registry[model], method, side_effect=DiskFull("No space left")
        )

    def test_orders_wait(self):
        """S44: none of them is failed, none has used up one of its tries."""
        orders = self.store(order_json(1), order_json(2))
        with self.fill_disk("amazon.order.writer", "_create_sale_orders"):
            with self.assertRaises(DiskFull):
                self.apply()
        self.env.invalidate_all()
        self.assertEqual(orders.mapped("state"), ["waiting"] * 2)
        self.assertEqual(orders.mapped("attempts"), [0, 0])
        self.apply()
        self.assertEqual(orders.mapped("state"), ["applied"] * 2)

    def test_requests_wait(self):
        """A period that a user asked for does not fail for good."""
        numbers = self.sell(3)
        run = self.ask_period(*self.days(10, 0))
        with (
            self.fill_disk("amazon.sync.orders", "_store_searched"),
            mute_logger(SYNC_LOGGER),
        ):
            self.work()
        self.assertEqual((run.state, run.request_id.state), ("running", "open"))
        self.work()
        self.assertEqual((run.state, run.synced_count), ("done", 3))
        self.assertEqual(set(self.find(*numbers).mapped("state")), {"applied"})

    def test_deliveries_wait_to_be_closed(self):
        """Nobody is asked to close one by hand."""
        order = self.receive(order_json(1))
        order.to_close = True
        sync = self.env["amazon.sync.shipments"]
        with self.fill_disk("amazon.order", "_close_delivery"):
            with self.assertRaises(DiskFull):
                sync._close_next(self.account._get_task("shipments"))
        self.assertTrue(order.to_close)
        self.assertFalse(order.sale_order_id.activity_ids)

    def test_invoices_wait(self):
        """No reason is told of a sales order, or of an invoice."""
        sale = self.receive(order_json(1)).sale_order_id
        invoicer, told = self.env["amazon.order.invoicer"], []
        with self.fill_disk("sale.order", "_create_invoices"):
            with self.assertRaises(DiskFull):
                invoicer._try_together(
                    sale, lambda some: some._create_invoices(), told.append
                )
        self.assertFalse(told)

    def test_listings_wait_for_their_products(self):
        """No item says that its product could not be created."""
        listing = self.env["amazon.listing"].create(
            {"channel_id": self.channel.id, "seller_sku": "NEW", "title": "New"}
        )
        creator = self.env["amazon.listing.creator"]
        with self.fill_disk("amazon.listing.creator", "_create_products"):
            with self.assertRaises(DiskFull):
                creator._create_by_policy(listing)
        self.assertFalse(listing.product_id)
        self.assertFalse(listing.reason)
