# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import ago
from .stock_common import StockCase

MULTI = "stock.group_stock_multi_warehouses"


@tagged("post_install", "-at_install")
class TestStockMapping(StockCase):
    """Which warehouses a channel sells from: 100 units in one, 7 in another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_stock(cls, cls.product, 7, cls.other_warehouse)
        cls.manager = new_test_user(
            cls.env,
            "amazon_manager",
            f"amazon_connector.group_manager,{MULTI},stock.group_stock_user",
        )

    def open_dialog(self, user=None):
        action = self.channel.with_user(user or self.manager).action_map_warehouses()
        model = self.env[action["res_model"]].with_user(user or self.manager)
        return model.browse(action["res_id"])

    def map(self, orders, *stock):
        wizard = self.open_dialog()
        wizard.warehouse_id = orders
        wizard.stock_warehouse_ids = [Command.set([one.id for one in stock])]
        wizard.action_save()

    def sell_on_amazon(self, number=1):
        return self.receive(self.order(number)).sale_order_id

    def test_off_at_first(self):
        """S11, S12, S93, S115: the first warehouse ships, the stock of all is sold."""
        self.assertFalse(self.channel.use_warehouses)
        self.assertEqual(self.sell_on_amazon().warehouse_id, self.warehouse)
        self.assertEqual(self.quantity(), 106)
        self.assertIn("all warehouses", self.channel.warehouse_text)

    def test_map_and_change(self):
        """S13, S15, S17, S94, S95, S116, S117: from the saving on, until changed."""
        before = self.sell_on_amazon(1)
        self.map(self.other_warehouse, self.other_warehouse)
        self.assertEqual(self.quantity(), 7)
        after = self.sell_on_amazon(2)
        self.assertEqual(after.warehouse_id, self.other_warehouse)
        self.assertEqual(before.warehouse_id, self.warehouse)
        self.assertEqual(self.quantity(), 6)
        self.map(self.warehouse, self.warehouse)
        self.assertEqual(self.sell_on_amazon(3).warehouse_id, self.warehouse)
        self.assertEqual(self.quantity(), 98)
        self.assertIn(self.warehouse.name, self.channel.warehouse_text)

    def test_older_orders_keep_their_warehouse(self):
        """S16: the mapped warehouse has all new orders and all updates of the stock
        from the saving on; an older order keeps its own, also when it changes."""
        before = self.sell_on_amazon(1)
        self.map(self.other_warehouse, self.other_warehouse)
        self.receive(self.order(1, quantity=2, updated=ago(minutes=2)))
        moves = before.order_line.move_ids
        self.assertEqual(sum(moves.mapped("product_uom_qty")), 2)
        self.assertEqual(before.warehouse_id, self.warehouse)
        self.assertEqual(
            moves.warehouse_id | moves.location_id.warehouse_id, self.warehouse
        )
        after = self.sell_on_amazon(2)
        self.assertEqual(after.warehouse_id, self.other_warehouse)
        self.assertEqual(
            after.order_line.move_ids.location_id.warehouse_id, self.other_warehouse
        )
        self.put_stock(self.product, 50, self.warehouse)
        self.assertEqual(self.quantity(), 6)
        self.put_stock(self.product, 3, self.other_warehouse)
        self.assertEqual(self.quantity(), 9)

    def test_sum_of_several(self):
        """S184: with more than one warehouse, Amazon is told their sum."""
        third = self.env["stock.warehouse"].create({"name": "Third", "code": "THI"})
        self.put_stock(self.product, 1000, third)
        self.map(self.other_warehouse, self.warehouse, self.other_warehouse)
        self.assertEqual(self.quantity(), 107)
        self.assertIn("Second", self.channel.warehouse_text)

    def test_switched_off_again(self):
        """S18, S96: back to the first warehouse and the stock of all."""
        self.map(self.other_warehouse, self.other_warehouse)
        self.channel.with_user(self.manager).action_unmap_warehouses()
        self.assertEqual(self.sell_on_amazon().warehouse_id, self.warehouse)
        self.assertEqual(self.quantity(), 106)
        # Whoever switches it on again finds what was mapped.
        self.assertEqual(self.open_dialog().warehouse_id, self.other_warehouse)

    def test_switching_off_asks(self):
        """S18: the button of the account page and of the channel asks first."""
        for view in ("amazon_account_view_form", "amazon_channel_view_form"):
            arch = self.env.ref(f"amazon_connector.{view}").arch
            for part in arch.split("<button")[1:]:
                if "action_unmap_warehouses" in part:
                    self.assertIn("confirm=", part.split("/>")[0])

    def test_each_channel_of_a_company_for_itself(self):
        other = self.channel.copy(
            {
                "name": "Other",
                "marketplace_id": self.env.ref("amazon_connector.marketplace_de").id,
            }
        )
        listing = self._create_listing(self.product, other)
        self.map(self.other_warehouse, self.other_warehouse)
        levels = self.compute(self.listing, listing)
        self.assertEqual(levels.mapped("quantity"), [7, 107])

    def test_without_several_warehouses_it_explains(self):
        """S14, S116: the dialog says how to switch on what is missing."""
        user = new_test_user(self.env, "alone", "amazon_connector.group_manager")
        self.env.ref("base.group_user").implied_ids -= self.env.ref(MULTI)
        user.group_ids -= self.env.ref(MULTI)
        user.invalidate_recordset()
        wizard = self.open_dialog(user)
        self.assertFalse(wizard.has_warehouses)
        with self.assertRaisesRegex(UserError, "choose between several"):
            wizard.action_save()
        self.assertFalse(self.channel.use_warehouses)
        action = wizard.sudo().action_open_settings()
        self.assertEqual(action["res_model"], "res.config.settings")

    def test_chosen_elsewhere(self):
        """A channel that is set up with a warehouse sells from it, too."""
        self.channel.warehouse_id = self.other_warehouse
        self.assertTrue(self.channel.use_warehouses)
        self.assertEqual(self.quantity(), 7)
        self.channel.warehouse_id = False
        self.assertEqual(self.quantity(), 107)

    def test_dialog_checks_before_it_writes(self):
        wizard = self.open_dialog()
        wizard.stock_warehouse_ids = False
        with self.assertRaisesRegex(UserError, "at least one"):
            wizard.action_save()
        self.assertFalse(self.channel.use_warehouses)

    def test_other_companys_warehouse(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        with self.assertRaises(UserError):
            self.channel.stock_warehouse_ids = foreign

    def test_users_do_not_map(self):
        user = new_test_user(self.env, "looker", "amazon_connector.group_user")
        with self.assertRaises(AccessError):
            self.channel.with_user(user).action_map_warehouses()
        with self.assertRaises(AccessError):
            self.channel.with_user(user).action_unmap_warehouses()

    # ------------------------------------------------------------------
    # Warehouses
    # ------------------------------------------------------------------

    def alert(self):
        return self.account.activity_ids.filtered(
            lambda one: "Archived settings" in (one.summary or "")
        )

    def test_archived_warehouse_is_told(self):
        """Its goods are elsewhere by then; the others go on."""
        third = self.env["stock.warehouse"].create({"name": "Third", "code": "THI"})
        self.map(self.warehouse, self.warehouse, third)
        third.action_archive()
        self.assertIn("Third", self.alert().note)
        self.assertIn("Third", self.channel.archived_settings)
        level = self.compute(self.listing)
        self.assertEqual((level.quantity, level.quantity_note), (100, False))
        third.action_unarchive()
        self.assertFalse(self.alert())

    def test_nothing_left_to_sell_from(self):
        """Sold out, and it says why: not the stock of warehouses nobody mapped."""
        third = self.env["stock.warehouse"].create({"name": "Third", "code": "THI"})
        self.map(third, third)
        third.action_archive()
        level = self.compute(self.listing)
        self.assertEqual(level.quantity, 0)
        self.assertIn("Map others", level.quantity_note)

    def test_mapped_warehouse_cannot_be_deleted(self):
        third = self.env["stock.warehouse"].create({"name": "Third", "code": "THI"})
        self.map(self.warehouse, self.warehouse, third)
        with self.assertRaisesRegex(UserError, "mapped to"):
            third.unlink()

    def test_warehouse_shows_its_channels(self):
        self.map(self.warehouse, self.other_warehouse)
        both = self.warehouse | self.other_warehouse
        for warehouse in both.with_user(self.manager):
            self.assertEqual(warehouse.amazon_channel_ids, self.channel)
        self.channel.use_warehouses = False
        both.invalidate_recordset()
        self.assertFalse(both.amazon_channel_ids)

    def test_screens(self):
        self.map(self.warehouse, self.other_warehouse)
        with Form(self.warehouse) as form:
            form.name = "First"
        with Form(self.channel.with_user(self.manager)) as form:
            form.stock_buffer = 2
        self.assertIn("First", self.channel.warehouse_text)
        self.assertEqual(self.quantity(), 5)
