# SPDX-License-Identifier: LGPL-3.0-or-later
"""Screens that carry requirements: each control is found, seen and pressed."""

from odoo import Command
from odoo.tests import Form, new_test_user, tagged

from ..screens import Screen
from ..stock.stock_common import StockCase

GROUPS = ",".join(
    (
        "amazon_connector.group_manager",
        "stock.group_stock_multi_warehouses",
        "stock.group_stock_manager",
        "sales_team.group_sale_manager",
    )
)


@tagged("post_install", "-at_install")
class TestControls(StockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "controls", GROUPS)

    def screen(self, record, view=None, view_type="form"):
        return Screen(record.with_user(self.manager), view, view_type)

    def account_screen(self):
        return self.screen(self.account, "amazon_connector.amazon_account_view_form")

    def channel_screen(self):
        return self.screen(self.channel, "amazon_connector.amazon_channel_view_form")

    def mapping_line(self, screen=None):
        return (screen or self.account_screen()).line(
            self.channel.with_user(self.manager), "channel_ids", "action_map_warehouses"
        )

    def save_mapping(self, action):
        """Fill in the dialog of the mapping and press Save."""
        model = self.env[action["res_model"]].with_user(self.manager)
        with Form(model.browse(action["res_id"])) as form:
            form.warehouse_id = self.other_warehouse
        wizard = form.record
        wizard.stock_warehouse_ids = [Command.set(self.other_warehouse.ids)]
        self.assertTrue(Screen(wizard).shows("stock_warehouse_ids"))
        Screen(wizard).press("action_save")

    def test_nothing_to_press_on_hold(self):
        """What cannot work is hidden until the account is enabled again."""
        names = ("action_sync_now", "action_sync_manually", "action_recover_order")
        task = self.account._get_task("orders")
        row = self.screen(task, "amazon_connector.amazon_sync_task_view_list", "list")
        for on_hold in (False, True):
            self.account.on_hold = on_hold
            shown = [self.account_screen().shows(name) for name in names]
            shown.append(row.shows("action_sync_now"))
            self.assertEqual(shown, [not on_hold] * 4)

    def test_rehearsal_stands_beside_active(self):
        """Until a channel is live, the account's stock module says so."""
        task = self.account._get_task("stock")
        self.channel.stock_live = False
        self.assertEqual(
            (self.channel.stock_mode, task.stock_mode), ("rehearsal", "rehearsal")
        )
        self.assertFalse(self.account._get_task("orders").stock_mode)
        self.channel.stock_live = True
        self.assertEqual((self.channel.stock_mode, task.stock_mode), ("live", False))
        self.channel.active = False
        self.assertFalse(self.channel.stock_mode)

    def test_mapping_below_what_is_synced(self):
        """S15, S94: on the account's page, a switch, a choice and Save."""
        screen = self.account_screen()
        tasks, mapping = screen.order_of("task_ids", "channel_ids")
        self.assertLess(tasks, mapping)
        line = self.mapping_line(screen)
        self.save_mapping(line.press("action_map_warehouses"))
        self.assertEqual(self.channel._get_warehouse(), self.other_warehouse)

    def test_the_stock_follows_the_warehouse(self):
        """Unless several are sold; then a warning says what does not fit."""
        action = self.mapping_line().press("action_map_warehouses")
        model = self.env[action["res_model"]].with_user(self.manager)
        with Form(model.browse(action["res_id"])) as form:
            form.warehouse_id = self.other_warehouse
            self.assertFalse(form.ships_unsold)
        wizard = form.record
        self.assertEqual(wizard.stock_warehouse_ids, self.other_warehouse)
        wizard.stock_warehouse_ids = self.channel._get_warehouse()
        self.assertTrue(wizard.ships_unsold)
        self.assertFalse(self.channel.ships_unsold)
        wizard.action_save()
        self.assertTrue(self.channel.ships_unsold, "the channel goes on warning")

    def test_mapping_is_changed_beside_its_name(self):
        """S95: the pencil of a mapped channel, on both pages."""
        self.channel.warehouse_id = self.other_warehouse
        for screen in (self.mapping_line(), self.channel_screen()):
            action = screen.press("action_map_warehouses")
            self.assertEqual(action["res_model"], "amazon.channel.mapping")

    def test_switching_the_mapping_off_asks(self):
        """S18: on both pages, and it is off then."""
        for find in (self.mapping_line, self.channel_screen):
            self.channel.warehouse_id = self.other_warehouse
            find().press("action_unmap_warehouses", confirm="first warehouse")
            self.assertFalse(self.channel.use_warehouses)

    def test_order_preference_in_place(self):
        """S40, S67: chosen on the channel's page, with what Amazon ships beside it."""
        channel = self.channel.with_user(self.manager)
        before = channel.fba_orders
        form = Form(channel, "amazon_connector.amazon_channel_view_form")
        for preference in ("confirmed", "fulfilled"):
            form.order_preference = preference
            form.save()
            self.assertEqual(self.channel.order_preference, preference)
        form.fba_orders = not before
        form.save()
        self.assertEqual(self.channel.fba_orders, not before)

    def test_order_preference_for_all(self):
        """S68: it asks, and all channels of the company have it."""
        other = self.channels.create(
            {
                "name": "Another",
                "account_id": self.account.id,
                "marketplace_id": self.env.ref("amazon_connector.marketplace_de").id,
                "order_preference": "confirmed",
            }
        )
        self.channel.order_preference = "fulfilled"
        self.channel_screen().press("action_apply_order_preference", confirm="all")
        self.assertEqual(other.order_preference, "fulfilled")

    def test_stock_is_switched_beside_the_others(self):
        """S41: active at first; the switch in the list takes it off."""
        task = self.account._get_task("stock").with_user(self.manager)
        self.assertTrue(task.active)
        line = self.screen(task, "amazon_connector.amazon_sync_task_view_list", "list")
        self.assertTrue(line.shows("active"))
        with Form(self.account.with_user(self.manager)) as form:
            with form.task_ids.edit(self.account.task_ids.ids.index(task.id)) as row:
                row.active = False
        self.assertFalse(task.active)

    def test_push_stock(self):
        """*Push stock* on the product, the item and the quantity."""
        self.put_stock(self.product, 5)
        self.channel.stock_live = True
        level = self.compute(self.listing)
        for record, button in (
            (self.product.product_tmpl_id, "action_push_amazon_stock"),
            (self.listing, "action_push_stock"),
            (level, "action_push_stock"),
        ):
            self.Change.search([]).unlink()
            answer = self.screen(record).press(button)
            self.assertIn("on their way", answer["params"]["message"])
            self.env.cr.flush()
            self.assertTrue(self.Change.search([]), record)

    def test_go_live(self):
        """*Go live with stock* on the channel, and back again with a question."""
        self.channel.stock_live = False
        self.compute(self.listing)
        action = self.channel_screen().press("action_open_go_live")
        dialog = Screen.of_action(self.env(user=self.manager.id), action)
        dialog.press("action_go_live")
        self.assertTrue(self.channel.stock_live)
        self.channel_screen().press("action_stop_stock", confirm="no longer sent")
        self.assertFalse(self.channel.stock_live)

    def test_leaving(self):
        """S102: both ways stand on the account's page and end in a dialog's button."""
        action = self.account_screen().press("action_open_disconnect")
        self.press_dialog(action, "action_disconnect")
        self.assertEqual(self.account.state, "draft")
        action = self.account_screen().press("action_open_removal")
        self.press_dialog(action, "action_remove")
        self.assertFalse(self.account.exists())

    def press_dialog(self, action, button):
        model = self.env[action["res_model"]].with_user(self.manager)
        form = Form(model.with_context(**action["context"]))
        form.confirmation = self.account.name
        Screen(form.save()).press(button)
