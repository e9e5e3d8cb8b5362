# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .stock_send_common import StockSendCase


@tagged("post_install", "-at_install")
class TestStockRehearsal(StockSendCase):
    """A new channel sends nothing until somebody has seen what it would send."""

    live = False

    def go_live(self):
        return self.env["amazon.stock.golive"].browse(
            self.channel.action_open_go_live()["res_id"]
        )

    def test_rehearsal_sends_nothing(self):
        """Complaint 4 of users: a first sync must not overwrite Amazon's stock."""
        self.put_stock(self.product, 5)
        self.send()
        self.assertFalse(self.simulator.stock.pushes)
        level = self.listing.stock_level_id
        self.assertEqual((level.state, level.quantity), ("rehearsal", 105))

    def test_dialog_shows_the_differences(self):
        self.listing.write({"amazon_quantity": 100, "quantity_known": True})
        self.other_listing.write({"amazon_quantity": 1, "quantity_known": True})
        wizard = self.go_live()
        self.assertEqual((wizard.level_count, wizard.differing_count), (2, 1))
        self.assertEqual(wizard.level_ids, self.other_listing.stock_level_id)
        self.assertEqual(wizard.level_ids.difference, 99)
        self.assertFalse(wizard.line_ids, "both have stock in Odoo")

    def test_what_is_gone_from_amazon_is_no_opening_stock(self):
        product = self.env["product.product"].create(
            {"name": "Sold out", "is_storable": True}
        )
        listing = self.env["amazon.listing"].create(
            {
                "channel_id": self.channel.id,
                "seller_sku": "GONE",
                "product_id": product.id,
                "fulfilled_by": "merchant",
                "amazon_quantity": 7,
                "quantity_known": True,
            }
        )
        self.assertEqual(self.go_live().line_ids.product_id, product)
        listing.active = False
        self.assertFalse(self.go_live().line_ids)

    def test_going_live_sends(self):
        self.go_live().action_go_live()
        self.assertTrue(self.channel.stock_live and self.channel.stock_live_at)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)

    def test_what_was_read_before_an_order_is_not_known(self):
        """Amazon changed its count since: going live sends also what looks equal."""
        self.put_on_amazon("SKU-A", 97)
        self.run_stock_cron()
        self.listing.write(
            {
                "amazon_quantity": 97,
                "quantity_known": True,
                "read_at": fields.Datetime.now() - timedelta(minutes=30),
            }
        )
        self.store(self.order(quantity=3))
        self.send()
        self.forget_calls()
        self.go_live().action_go_live()
        self.assertEqual(self.listing.stock_level_id.quantity, 97)
        self.assertEqual(self.listing.stock_level_id.state, "to_send")

    def test_back_to_rehearsal(self):
        self.go_live().action_go_live()
        self.send()
        self.channel.action_stop_stock()
        self.put_stock(self.product, 5)
        self.send()
        self.assertEqual(self.on_amazon("SKU-A"), 100)

    def test_amazons_quantity_as_opening_stock(self):
        """Taken only for products that never had stock, with a cost that is asked
        for, as a real inventory adjustment."""
        product = self.env["product.product"].create(
            {"name": "New", "default_code": "NEW", "is_storable": True}
        )
        self.put_on_amazon("NEW", 8)
        self._create_listing(product, amazon_quantity=8, quantity_known=True)
        wizard = self.go_live()
        self.assertEqual(wizard.line_ids.product_id, product)
        action = wizard.action_take_quantities()
        shown = wizard.get_views(action["views"])["views"]["form"]["arch"]
        page = etree.fromstring(shown).find(".//page[@autofocus]")
        self.assertEqual(page.get("name"), "opening", "the page stays the same")
        self.assertEqual(wizard.line_ids.quantity, 8)
        with self.assertRaises(ValidationError):
            wizard.action_go_live()
        self.assertFalse(self.channel.stock_live)
        wizard.line_ids.cost = 4.5
        wizard.action_go_live()
        self.assertEqual(product.qty_available, 8)
        self.assertEqual(product.standard_price, 4.5)
        move = self.env["stock.move"].search([("product_id", "=", product.id)])
        self.assertTrue(move.is_inventory and move.state == "done")
        self.send()
        self.assertEqual(self.on_amazon("NEW"), 8)

    def test_opening_stock_is_posted_once(self):
        """The dialog was open in two windows, and goods were sold in between."""
        product = self.env["product.product"].create(
            {"name": "New", "default_code": "NEW", "is_storable": True}
        )
        self._create_listing(product, amazon_quantity=8, quantity_known=True)
        first, second = self.go_live(), self.go_live()
        for wizard in (first, second):
            self.assertEqual(wizard.line_ids.product_id, product)
            wizard.line_ids.write({"quantity": 8, "cost": 2})
        first.action_go_live()
        self.put_stock(product, -3)
        with self.assertRaisesRegex(UserError, "counted twice"):
            second.action_go_live()
        self.assertEqual(product.qty_available, 5)
        second.line_ids.quantity = 0
        second.action_go_live()
        self.assertEqual(product.qty_available, 5)

    def test_opening_stock_holds_what_is_sold_already(self):
        """Amazon offers 8; 2 that it sold are not shipped yet: 10 are in the
        warehouse, and 8 go on being offered. Two listings count one stock."""
        product = self.env["product.product"].create(
            {"name": "New", "default_code": "NEW", "is_storable": True}
        )
        self._create_listing(product, amazon_quantity=8, quantity_known=True)
        twin = self._create_listing(
            product, seller_sku="TWIN", amazon_quantity=8, quantity_known=True
        )
        self.receive(self.order(sku="NEW", quantity=1))
        self.store(self.order(2, sku="TWIN", quantity=1, status="PENDING"))
        wizard = self.go_live()
        wizard.action_take_quantities()
        self.assertEqual(wizard.line_ids.quantity, 10)
        wizard.line_ids.cost = 2
        wizard.action_go_live()
        self.assertEqual(product.qty_available, 10)
        self.assertEqual(self.quantity(twin), 8)

    def test_stock_of_another_company_is_no_history(self):
        """A shared product that only the other company has ever counted."""
        product = self.env["product.product"].create(
            {"name": "New", "default_code": "NEW", "is_storable": True}
        )
        other = self.env["res.company"].create({"name": "Other"})
        place = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        self.put_stock(product, 50, warehouse=place)
        listing = self._create_listing(product, amazon_quantity=8, quantity_known=True)
        wizard = self.go_live()
        self.assertEqual(wizard.line_ids.product_id, product)
        level = self.compute(listing)
        self.assertEqual(level.quantity, 0)
        brake = self.env["amazon.stock.brake"]
        self.assertEqual(brake._find_never_stocked(level), level)

    def test_opening_stock_in_the_dialog(self):
        """The same, as a user clicks it."""
        product = self.env["product.product"].create(
            {"name": "New", "default_code": "NEW", "is_storable": True}
        )
        self._create_listing(product, amazon_quantity=8, quantity_known=True)
        with Form(self.go_live()) as form, form.line_ids.edit(0) as line:
            line.quantity = 3
            line.cost = 2
        form.record.action_go_live()
        self.assertEqual(product.qty_available, 3)

    def test_opening_stock_where_it_is_offered(self):
        """Orders ship from one warehouse, another one's stock is offered."""
        self.channel.write(
            {
                "use_warehouses": True,
                "warehouse_id": self.warehouse.id,
                "stock_warehouse_ids": [Command.set(self.other_warehouse.ids)],
            }
        )
        product = self.env["product.product"].create(
            {"name": "New", "default_code": "NEW", "is_storable": True}
        )
        listing = self._create_listing(product, amazon_quantity=8, quantity_known=True)
        wizard = self.go_live()
        wizard.line_ids.write({"quantity": 8, "cost": 2})
        self.assertEqual(wizard.warehouse_id, self.other_warehouse)
        wizard.action_go_live()
        self.assertEqual(listing.stock_level_id.quantity, 8)
        self.channel.stock_warehouse_ids |= self.warehouse
        self.assertEqual(self.channel._get_opening_warehouse(), self.warehouse)

    def test_whoever_asks_counts_all_shelves(self):
        """Odoo counts one shelf alone for a context that names it; Amazon gets all."""
        stock = self.warehouse.lot_stock_id
        shelf = stock.create({"name": "Empty", "location_id": stock.id})
        asking = self.channel.with_context(location=shelf.id, strict=True)
        asking.action_open_go_live()
        self.assertEqual(self.listing.stock_level_id.quantity, 100)

    def test_only_managers_go_live(self):
        user = new_test_user(self.env, "amazon_u", "amazon_connector.group_user")
        with self.assertRaises(AccessError):
            self.channel.with_user(user).action_open_go_live()

    def test_manager_goes_live(self):
        manager = new_test_user(self.env, "amazon_m", "amazon_connector.group_manager")
        self.env["amazon.stock.golive"].with_user(manager).browse(
            self.channel.with_user(manager).action_open_go_live()["res_id"]
        ).action_go_live()
        self.assertTrue(self.channel.stock_live)
