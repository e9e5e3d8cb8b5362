# SPDX-License-Identifier: LGPL-3.0-or-later
"""Users' stock work beside the connector's, in transactions of their own."""

from psycopg2.errors import SerializationFailure

from odoo import api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

SKU = "RACE-SKU"


@tagged("post_install", "-at_install")
class TestStockOfUsers(BaseCase):
    """Rule 13: users' stock work is never slowed or made to fail by the connector.

    Committed data in several connections; everything is removed afterwards.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = self.env(cr)
            self.addCleanup(self.clean)
            account = env["amazon.account"].create(
                {
                    "name": "Race",
                    "company_id": env.company.id,
                    "region": "eu",
                    "environment": "custom",
                    "custom_api_url": "http://127.0.0.1:9/eu",
                    "custom_lwa_url": "http://127.0.0.1:9/auth/o2/token",
                    "seller_id": "ARACE",
                }
            )
            channel = env["amazon.channel"].create(
                {
                    "name": "Race",
                    "account_id": account.id,
                    "marketplace_id": env.ref("amazon_connector.marketplace_in").id,
                }
            )
            product = env["product.product"].create(
                {"name": SKU, "default_code": SKU, "is_storable": True}
            )
            listing = env["amazon.listing"].create(
                {
                    "channel_id": channel.id,
                    "seller_sku": SKU,
                    "product_id": product.id,
                    "fulfilled_by": "merchant",
                }
            )
            env["amazon.stock.level"]._ensure(listing)._compute_quantities()
            self.account_id, self.product_id = account.id, product.id
            self.level_id = listing.stock_level_id.id
            self.location_id = channel._get_warehouse().lot_stock_id.id
        with self.registry.cursor() as cr:
            self.env(cr)["amazon.stock.change"]._consume_left()

    def clean(self):
        with self.registry.cursor() as cr:
            env = self.env(cr)
            env["amazon.stock.change"]._consume_left()
            product = env["product.product"].search([("default_code", "=", SKU)])
            env["amazon.listing"].search([("seller_sku", "=", SKU)]).unlink()
            env["amazon.account"].search([("seller_id", "=", "ARACE")]).unlink()
            product.stock_quant_ids.unlink()
            product.product_tmpl_id.unlink()
            cr.flush()
            env["amazon.stock.change"]._consume_left()

    def env(self, cr):
        return api.Environment(cr, api.SUPERUSER_ID, {})

    def put(self, cr, units):
        """A user's work: goods come in."""
        env = self.env(cr)
        env["stock.quant"]._update_available_quantity(
            env["product.product"].browse(self.product_id),
            env["stock.location"].browse(self.location_id),
            units,
        )

    def level(self, cr):
        return self.env(cr)["amazon.stock.level"].browse(self.level_id)

    def test_level_in_work(self):
        """The connector holds the level, its listing and its task: nobody waits."""
        with self.registry.cursor() as sync, self.registry.cursor() as user:
            for table in ("amazon_stock_level", "amazon_listing", "amazon_sync_task"):
                sync.execute(f"SELECT FROM {table} FOR UPDATE")
            sync.execute("UPDATE amazon_stock_level SET quantity = 1")
            sync.execute("SELECT FROM ir_cron FOR NO KEY UPDATE")
            user.execute("SET LOCAL lock_timeout = '100ms'")
            self.put(user, 5)
            user.commit()
            sync.rollback()
        with self.registry.cursor() as cr:
            self.assertTrue(self.env(cr)["amazon.stock.change"]._consume())
            level = self.level(cr)
            self.assertTrue(level.to_compute)
            level._compute_quantities()
            self.assertEqual(level.quantity, 5)

    def test_change_that_is_committed_while_others_are_consumed(self):
        """It stays in the queue: nothing is taken that was not seen."""
        with self.registry.cursor() as cr:
            self.put(cr, 5)
        with self.registry.cursor() as sync, self.registry.cursor() as user:
            change = self.env(sync)["amazon.stock.change"]
            self.assertTrue(change._consume())
            self.put(user, 7)
            user.commit()
            self.level(sync)._compute_quantities()
            self.assertEqual(self.level(sync).quantity, 5)
            sync.commit()
            self.assertTrue(change._consume())
            self.level(sync)._compute_quantities()
            self.assertEqual(self.level(sync).quantity, 12)

    @mute_logger("odoo.sql_db")
    def test_change_of_a_level_that_is_computed_meanwhile(self):
        """Who has not seen a change does not clear its mark, though it was set before:
        the quantity would be wrong until midnight."""
        with self.registry.cursor() as cr:
            self.put(cr, 5)
            cr.flush()
            self.env(cr)["amazon.stock.change"]._consume()
        with self.registry.cursor() as dialog, self.registry.cursor() as user:
            self.assertTrue(self.level(dialog).to_compute)
            self.put(user, 7)
            user.commit()
            with self.registry.cursor() as sync:
                self.assertTrue(self.env(sync)["amazon.stock.change"]._consume())
            try:
                self.level(dialog)._compute_quantities()
                self.fail("The mark is gone.")
            except SerializationFailure:
                dialog.rollback()
            self.assertTrue(self.level(dialog).to_compute)
            self.level(dialog)._compute_quantities()
            self.assertEqual(self.level(dialog).quantity, 12)

    def test_users_side_by_side(self):
        """Changes of one product that are under way at once: none waits or fails."""
        with self.registry.cursor() as one, self.registry.cursor() as other:
            for cr in (one, other):
                cr.execute("SET LOCAL lock_timeout = '100ms'")
                self.env(cr)["amazon.stock.change"]._record_products([self.product_id])
                cr.flush()
            other.commit()
            one.commit()
        with self.registry.cursor() as cr:
            self.assertEqual(self.env(cr)["amazon.stock.change"]._consume(), 2)
            self.assertTrue(self.level(cr).to_compute)
