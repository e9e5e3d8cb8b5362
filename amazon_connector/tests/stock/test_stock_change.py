# SPDX-License-Identifier: LGPL-3.0-or-later

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..common import ago
from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestStockChange(StockCase):
    """What may change a quantity is queued, and marks the levels it concerns."""

    def setUp(self):
        super().setUp()
        self.level, self.other_level = self.compute(self.listing, self.other_listing)
        self.consume()

    def queue(self):
        """What the end of the transaction would put into the queue."""
        self.env.cr.flush()
        return self.Change.search_read([], ["product_id", "channel_id", "kind"])

    def consume(self):
        """Take all that is queued, and compute what it marks; returns those levels."""
        self.env.cr.flush()
        self.Change._consume()
        marked = self.Level.search([("to_compute", "=", True)])
        marked._compute_quantities()
        return marked

    def products(self):
        return {row["product_id"] for row in self.queue() if row["kind"] == "stock"}

    # ------------------------------------------------------------------
    # Odoo's stock
    # ------------------------------------------------------------------

    def test_sale(self):
        """S34, S77: what is sold in the shop is not offered on Amazon any more."""
        sale = self.sell(self.product, 10)
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.level.quantity, 90)
        sale._action_cancel()
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.level.quantity, 100)

    def test_receipt(self):
        """S34, S77, S157: received goods are offered."""
        move = self.receive_goods(self.product, 5)
        self.consume()
        move.write({"quantity": 5, "picked": True})
        move._action_done()
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.level.quantity, 105)

    def test_shipment(self):
        """S157: a delivery changes nothing more than the sale did."""
        sale = self.sell(self.product, 10)
        self.consume()
        moves = sale.picking_ids.move_ids
        moves.write({"quantity": 10, "picked": True})
        sale.picking_ids.with_context(skip_sms=True).button_validate()
        self.assertEqual(sale.picking_ids.state, "done")
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.level.quantity, 90)

    def test_inventory_adjustment(self):
        quant = self.product.stock_quant_ids.filtered(
            lambda one: one.location_id == self.warehouse.lot_stock_id
        )
        quant.with_context(inventory_mode=True).inventory_quantity = 42
        quant.action_apply_inventory()
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.level.quantity, 42)

    def test_sold_less_after_all(self):
        sale = self.sell(self.product, 10)
        self.consume()
        sale.order_line.product_uom_qty = 25
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.level.quantity, 75)
        sale.picking_ids.move_ids._action_cancel()
        self.consume()
        self.assertEqual(self.level.quantity, 100)

    def test_one_statement_per_transaction(self):
        """100 moves of 2 products are one INSERT of 2 rows."""
        self.assertFalse(self.queue())
        for _times in range(3):
            self.sell(self.product, 1)
            self.sell(self.other_product, 1)
        self.env.flush_all()
        before = self.cr.sql_log_count
        self.assertEqual(self.products(), {self.product.id, self.other_product.id})
        self.assertEqual(len(self.queue()), 2)
        # The queue's INSERT, whether the cron is there, its trigger; and two searches.
        self.assertLessEqual(self.cr.sql_log_count - before, 6)

    def test_rolled_back_work_is_not_noted(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.sell(self.product, 10)
            raise ZeroDivisionError
        self.assertFalse(self.queue())

    def test_users_without_rights_on_amazon(self):
        """Those who do the stock work need not even see the app."""
        user = new_test_user(
            self.env, "storekeeper", "stock.group_stock_user,base.group_user"
        )
        move = self.receive_goods(self.product, 5)
        self.consume()
        move = move.with_user(user)
        move.write({"quantity": 5, "picked": True})
        move._action_done()
        self.env.cr.flush()
        self.assertEqual(self.products(), {self.product.id})

    def test_without_listings_nothing_is_noted(self):
        self.env["amazon.listing"].search([]).product_id = False
        self.env.registry.clear_cache()
        self.consume()
        self.sell(self.product, 1)
        self.assertFalse(self.queue())
        # From the first link on it is.
        self.other_listing.product_id = self.other_product
        self.sell(self.product, 1)
        self.assertEqual(self.products(), {self.product.id})

    def test_first_link_of_another_process(self):
        """That nothing was linked is not remembered: another worker may link."""
        self.other_listing.product_id = False
        self.listing.product_id = False
        self.env.registry.clear_cache()
        self.consume()
        self.sell(self.product, 1)
        self.assertFalse(self.queue())
        self.env.flush_all()
        self.cr.execute(
            "UPDATE amazon_listing SET product_id = %s, state = 'linked' WHERE id = %s",
            [self.product.id, self.listing.id],
        )
        self.sell(self.product, 1)
        self.assertEqual(self.products(), {self.product.id})

    def test_archived_product(self):
        self.product.product_tmpl_id.action_archive()
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.level.quantity, 0)

    # ------------------------------------------------------------------
    # Waking
    # ------------------------------------------------------------------

    def triggers(self):
        cron = self.env.ref("amazon_connector.ir_cron_stock_fetch")
        cron.active = True
        return self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])

    def test_changes_of_two_minutes_go_together(self):
        """S34: the transactions of a window name one moment, 2 minutes at most.

        One that comes in its last seconds relies on no run that others asked for.
        """
        self.triggers().unlink()
        counts = []
        for time in ("10:00:31", "10:01:20", "10:01:45"):
            with freeze_time(f"2026-11-22 {time}"):
                self.sell(self.product, 1)
                self.env.cr.flush()
                counts.append(len(self.triggers()))
        self.assertEqual(counts, [1, 1, 2])
        moments = set(self.triggers().mapped("call_at"))
        self.assertEqual(moments, {fields.Datetime.to_datetime("2026-11-22 10:02:00")})

    def test_link_is_sent_at_once(self):
        """S145: linking sends the quantity now."""
        self.triggers().unlink()
        with freeze_time("2026-11-22 10:00:31"):
            self._create_listing(self.product, seller_sku="SKU-TWIN")
            self._create_listing(self.product, seller_sku="SKU-THIRD")
            self.env.cr.flush()
        self.assertEqual(
            self.triggers().mapped("call_at"),
            [fields.Datetime.to_datetime("2026-11-22 10:00:31")],
        )

    # ------------------------------------------------------------------
    # Links and settings
    # ------------------------------------------------------------------

    def test_another_link_frees_what_waits(self):
        """Units that wait in the inbox are those of the new product from now on."""
        twin = self._create_listing(self.product, seller_sku="SKU-TWIN")
        self.store(self.order(quantity=3))
        self.consume()
        self.assertEqual(twin.stock_level_id.quantity, 97)
        self.listing.product_id = False
        self.listing.product_id = self.other_product
        self.consume()
        self.assertEqual(twin.stock_level_id.quantity, 100)
        self.assertEqual(self.other_level.quantity, 97)

    def test_link_makes_the_level(self):
        """S145: also where the listing is matched by itself."""
        third = self._create_product("SKU-C")
        listing = self.env["amazon.listing"].create(
            {
                "channel_id": self.channel.id,
                "seller_sku": "SKU-C",
                "fulfilled_by": "merchant",
            }
        )
        self.consume()
        self.assertFalse(listing.stock_level_id)
        self.env["amazon.listing.matcher"]._match_new(listing)
        self.assertEqual(listing.product_id, third)
        self.assertEqual(self.consume(), listing.stock_level_id)
        self.assertEqual(listing.stock_level_id.quantity, 100)

    def test_unlinked_listing_is_left_alone(self):
        """S154: stock changes are no longer pushed after unlinking."""
        self.listing.product_id = False
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.level.state, "excluded")
        self.sell(self.product, 10)
        self.assertFalse(self.consume())
        self.listing.product_id = self.product
        self.consume()
        self.assertEqual((self.level.state, self.level.quantity), ("rehearsal", 90))

    def test_settings_of_a_listing(self):
        self.listing.stock_pack_size = 10
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.level.quantity, 10)

    def test_settings_of_a_channel(self):
        self.channel.stock_buffer = 1
        self.assertEqual(len(self.queue()), 1)
        self.assertEqual(self.consume(), self.level | self.other_level)
        self.assertEqual(self.level.quantity, 99)

    def test_another_warehouse(self):
        warehouse = self.env["stock.warehouse"].create(
            {"name": "Third", "code": "THI", "company_id": self.company.id}
        )
        self.assertEqual(self.consume(), self.level | self.other_level)
        shelf, yard = self.env["stock.location"].create(
            [
                {"name": "Shelf", "location_id": warehouse.lot_stock_id.id},
                {"name": "Yard", "usage": "view"},
            ]
        )
        self.consume()
        self.env["stock.quant"]._update_available_quantity(self.product, shelf, 3)
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.level.quantity, 103)
        # Goods that are moved elsewhere with their place count no more.
        shelf.location_id = yard
        self.consume()
        self.assertEqual(self.level.quantity, 100)

    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------

    def confirm_on_amazon(self):
        (self.level | self.other_level).write({"confirmed": True, "state": "confirmed"})

    def known(self):
        return self.level.confirmed, self.other_level.confirmed

    def test_order_of_a_sku_makes_its_quantity_unknown(self):
        """Amazon lowered its own count: what was confirmed is not true any more."""
        self.confirm_on_amazon()
        self.store(self.order())
        self.consume()
        self.assertEqual(self.known(), (False, True))

    def test_change_of_an_order_makes_it_unknown_again(self):
        self.store(self.order(status="PENDING"))
        self.consume()
        self.confirm_on_amazon()
        self.store(self.order(status="PENDING"))
        self.consume()
        self.assertEqual(self.known(), (True, True))
        self.store(self.order(status="CANCELLED", updated=ago(minutes=2)))
        self.consume()
        self.assertEqual(self.known(), (False, True))
        self.assertEqual(self.level.quantity, 100)

    def test_order_that_amazon_ships_changes_nothing(self):
        self.confirm_on_amazon()
        order = self.order()
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        self.store(order)
        self.assertFalse(self.consume())
        self.assertEqual(self.known(), (True, True))

    def test_order_counts_for_all_listings_of_its_product(self):
        """S137, S160: a unit that waits is offered on no channel."""
        twin = self._create_listing(self.product, seller_sku="SKU-TWIN")
        self.consume()
        twin.stock_level_id.write({"confirmed": True, "confirmed_quantity": 100})
        self.store(self.order(quantity=3))
        self.assertEqual(self.consume(), self.level | twin.stock_level_id)
        self.assertEqual(twin.stock_level_id.quantity, 97)
        # Amazon lowered the count of the SKU that was ordered, only.
        self.assertTrue(twin.stock_level_id.confirmed)

    def test_push_makes_it_unknown(self):
        """S158: what a user pushes goes out, though it is known to be the same."""
        self.confirm_on_amazon()
        self.Change._record_listings(self.listing, "push")
        self.assertEqual(self.consume(), self.level)
        self.assertEqual(self.known(), (False, True))

    # ------------------------------------------------------------------
    # The queue
    # ------------------------------------------------------------------

    def test_consumed_in_pieces(self):
        self.sell(self.product, 1)
        self.sell(self.other_product, 1)
        self.env.cr.flush()
        # Whatever plan PostgreSQL chooses.
        for plan in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            self.env.cr.execute(f"SET LOCAL enable_{plan} = off")
        self.assertEqual(self.Change._consume(limit=1), 1)
        self.assertEqual(self.Change._consume(limit=1), 1)
        self.assertEqual(self.Change._consume(limit=1), 0)
        self.assertTrue(self.level.to_compute and self.other_level.to_compute)

    def test_deleted_listing(self):
        listing = self._create_listing(self.product, seller_sku="SKU-GONE")
        self.env.cr.flush()
        listing.unlink()
        self.assertFalse(self.consume())

    def test_queue_is_emptied_without_any_account(self):
        self.sell(self.product, 1)
        self.env.cr.flush()
        self.Change._consume_left()
        self.assertFalse(self.queue())
        self.assertTrue(self.level.to_compute)

    def test_postgresql_cleans_the_tables_often(self):
        """A week of changes leaves no index of several times its size."""
        self.env.cr.execute(
            "SELECT relname, reloptions FROM pg_class WHERE relname = ANY(%s)",
            [["amazon_stock_change", "amazon_stock_level"]],
        )
        found = dict(self.env.cr.fetchall())
        self.assertEqual(len(found), 2)
        for table, options in found.items():
            self.assertIn("autovacuum_vacuum_scale_factor=0.02", options or (), table)
