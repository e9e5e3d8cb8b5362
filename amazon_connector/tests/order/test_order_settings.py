# SPDX-License-Identifier: LGPL-3.0-or-later

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..common import ago, item_json
from .settings_common import SettingsCase


@tagged("post_install", "-at_install")
class TestWarehouseSettings(SettingsCase):
    def test_default_is_the_primary_warehouse(self):
        """S11, S93: without a mapped warehouse, the company's primary one."""
        self.assertFalse(self.channel.warehouse_id)
        sale = self.sell()
        self.assertEqual(sale.warehouse_id, self.warehouse)
        self.assertEqual(sale.picking_ids.location_id, self.warehouse.lot_stock_id)

    def test_mapped_warehouse_and_back(self):
        """S94, S95, S96, S117: mapped, changed, and put back to the primary one."""
        self.channel.write(
            {"use_warehouses": True, "warehouse_id": self.other_warehouse.id}
        )
        sale = self.sell()
        self.assertEqual(sale.warehouse_id, self.other_warehouse)
        self.assertEqual(
            sale.picking_ids.location_id, self.other_warehouse.lot_stock_id
        )
        self.channel.use_warehouses = False
        self.assertEqual(self.sell(2).warehouse_id, self.warehouse)

    def test_archived_warehouse_ships_nothing(self):
        self.channel.write(
            {"use_warehouses": True, "warehouse_id": self.other_warehouse.id}
        )
        self.other_warehouse.active = False
        self.assertEqual(self.sell().warehouse_id, self.warehouse)
        self.assertIn("Second", self.alerts().note)

    def test_route_reaches_the_delivery(self):
        shelf = self.env["stock.location"].create(
            {"name": "Amazon shelf", "location_id": self.warehouse.lot_stock_id.id}
        )
        route = self.env["stock.route"].create(
            {
                "name": "From the shelf",
                "sale_selectable": True,
                "rule_ids": [
                    Command.create(
                        {
                            "name": "Shelf to customer",
                            "action": "pull",
                            "picking_type_id": self.warehouse.out_type_id.id,
                            "location_src_id": shelf.id,
                            "location_dest_id": self.env.ref(
                                "stock.stock_location_customers"
                            ).id,
                        }
                    )
                ],
            }
        )
        self.channel.route_id = route
        item = item_json(price="100.00", SHIPPING="40.00")
        sale = self.sell(items=[item])
        lines = sale.order_line.sorted("amazon_charge")
        self.assertEqual(lines.mapped("amazon_charge"), ["item", "shipping"])
        self.assertEqual(lines[0].route_ids, route)
        self.assertFalse(lines[1].route_ids)
        self.assertEqual(sale.picking_ids.move_ids.location_id, shelf)


@tagged("post_install", "-at_install")
class TestCarrierSettings(SettingsCase):
    def test_levels_of_amazon_are_there(self):
        rows = self.channel.service_level_ids
        self.assertEqual(len(rows), 8)
        self.assertIn("Next day", rows.mapped("name"))

    def test_carrier_by_service_level(self):
        self.channel.carrier_id = self.slow
        self.set_carriers(NEXT_DAY=self.express)
        for number, level, carrier in (
            (1, "NEXT_DAY", self.express),
            (2, "STANDARD", self.slow),
            (3, None, self.slow),
        ):
            sale = self.sell(number, level)
            self.assertEqual(sale.carrier_id, carrier)
            self.assertEqual(sale.picking_ids.carrier_id, carrier)

    def test_unknown_level_gets_a_row(self):
        """Rule 7: an unknown value is data, not a crash."""
        self.channel.carrier_id = self.slow
        sales = self.receive(
            self.order(1, "BY_DRONE"), self.order(2, "BY_DRONE")
        ).sale_order_id
        self.assertEqual(sales.carrier_id, self.slow)
        row = self.channel.service_level_ids.filtered(lambda r: r.level == "BY_DRONE")
        self.assertEqual(row.name, "By drone")
        row.carrier_id = self.express
        self.assertEqual(self.sell(3, "BY_DRONE").carrier_id, self.express)
        self.assertEqual(len(self.channel.service_level_ids), 9)

    def test_carriers_add_no_line(self):
        """Rule 2: neither fixed nor real costs change Amazon's total."""
        for number, policy in enumerate(("estimated", "real"), 1):
            self.slow.write(
                {"invoice_policy": policy, "integration_level": "rate_and_ship"}
            )
            self.channel.carrier_id = self.slow
            sale = self.sell(number)
            self.deliver(sale)
            self.assertEqual(sale.picking_ids.carrier_price, 3, "the carrier was asked")
            self.assertEqual(sale.order_line.mapped("amazon_charge"), ["item"])
            self.assertEqual(sale.amount_total, 100)

    def test_an_order_keeps_its_carrier(self):
        self.channel.carrier_id = self.slow
        sale = self.sell()
        self.channel.carrier_id = self.express
        self.receive(
            self.order(items=[item_json(price="120.00")], updated=ago(hours=1))
        )
        self.assertEqual(sale.amount_total, 120)
        self.assertEqual(sale.carrier_id, self.slow)
        self.assertEqual(sale.picking_ids.carrier_id, self.slow)

    def test_managers_choose_carriers_in_the_form(self):
        manager = new_test_user(
            self.env, "amazon_boss", "amazon_connector.group_manager"
        )
        with Form(self.channel.with_user(manager)) as form:
            form.carrier_id = self.slow
            form.auto_invoice = "posted"
            with form.service_level_ids.edit(4) as row:
                self.assertEqual(row.name, "Next day")
                row.carrier_id = self.express
        self.assertEqual(self.sell(1, "NEXT_DAY").carrier_id, self.express)
        self.assertEqual(self.sell(2, "EXPEDITED").carrier_id, self.slow)

    def test_what_amazon_ships_has_no_carrier(self):
        self.channel.carrier_id = self.slow
        order = self.order()
        order["fulfillment"]["fulfilledBy"] = "AMAZON"
        self.assertFalse(self.receive(order).sale_order_id.carrier_id)

    def test_carrier_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.slow.company_id = other
        with self.assertRaisesRegex(Exception, "compan"):
            self.set_carriers(STANDARD=self.slow)


@tagged("post_install", "-at_install")
class TestSalesSettings(SettingsCase):
    def test_settings_reach_order_and_invoice(self):
        """S3: standard records, as a user would fill them in."""
        account = self.analytic_account()
        self.channel.write(
            {
                "team_id": self.team.id,
                "user_id": self.salesman.id,
                "payment_term_id": self.term.id,
                "fiscal_position_id": self.position.id,
                "analytic_distribution": {str(account.id): 100},
            }
        )
        self.product.invoice_policy = "order"
        sale = self.sell(items=[item_json(SHIPPING="40.00")])
        invoice = sale._create_invoices()
        for record, term in (
            (sale, sale.payment_term_id),
            (invoice, invoice.invoice_payment_term_id),
        ):
            self.assertEqual(record.team_id, self.team)
            self.assertEqual(record.fiscal_position_id, self.position)
            self.assertEqual(term, self.term)
        self.assertEqual((sale.user_id, invoice.invoice_user_id), (self.salesman,) * 2)
        for line in (*sale.order_line, *invoice.invoice_line_ids):
            self.assertEqual(line.analytic_distribution, {str(account.id): 100})

    def test_salesperson_gets_no_mail_for_each_order(self):
        self.channel.user_id = self.salesman
        before = self.env["mail.mail"].search_count([])
        self.sell()
        self.assertEqual(self.env["mail.mail"].search_count([]), before)

    def test_own_taxes_follow_the_fiscal_position(self):
        tax, export = self.env["account.tax"].create(
            [
                {"name": "GST 18%", "amount": 18},
                {"name": "Export 0%", "amount": 0},
            ]
        )
        export.write(
            {
                "fiscal_position_ids": [Command.set(self.position.ids)],
                "original_tax_ids": [Command.set(tax.ids)],
            }
        )
        self.product.taxes_id = tax
        self.channel.tax_source = "odoo"
        self.assertEqual(self.sell(1).order_line.tax_ids, tax)
        self.channel.fiscal_position_id = self.position
        sale = self.sell(2)
        self.assertEqual(sale.order_line.tax_ids, export)
        self.assertEqual((sale.amount_untaxed, sale.amount_total), (100, 100))

    def test_pricelist_changes_no_price(self):
        """Rule 2: Amazon's money is a fact."""
        self.channel.pricelist_id = self.pricelist()
        self.product.list_price = 500
        sale = self.sell()
        self.assertEqual(sale.pricelist_id, self.channel.pricelist_id)
        self.assertEqual((sale.amount_total, sale.order_line.discount), (100, 0))
        self.receive(self.order(items=[item_json(quantity=2)], updated=ago(hours=1)))
        self.assertEqual((sale.order_line.product_uom_qty, sale.amount_total), (2, 100))
        sale.action_update_prices()
        self.assertEqual((sale.amount_total, sale.amazon_difference), (100, 0))

    def test_pricelist_in_another_currency_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "sells in INR.* is in USD"):
            self.channel.pricelist_id = self.pricelist("USD")

    def test_currency_of_a_chosen_pricelist_changes(self):
        """100 rupees must not become 100 dollars."""
        self.channel.pricelist_id = self.pricelist()
        dollar = self.env.ref("base.USD")
        with self.assertRaises(ValidationError):
            self.channel.pricelist_id.currency_id = dollar
        self.env.cr.execute(
            "UPDATE product_pricelist SET currency_id = %s WHERE id = %s",
            (dollar.id, self.channel.pricelist_id.id),
        )
        self.env.invalidate_all()
        sale = self.sell()
        self.assertEqual((sale.currency_id.name, sale.amount_total), ("INR", 100))

    def test_analytic_distribution_of_no_account(self):
        """What a script has written keeps neither channel nor order from working."""
        self.channel.analytic_distribution = {"x": 100}
        self.assertTrue(self.channel.archived_settings)
        self.assertFalse(self.sell().order_line.analytic_distribution)

    def test_choices_of_a_user_survive_changes(self):
        account = self.analytic_account()
        sale = self.sell()
        sale.order_line.analytic_distribution = {str(account.id): 100}
        self.receive(self.order(items=[item_json(price="90.00")], updated=ago(hours=1)))
        self.assertEqual(sale.amount_total, 90)
        self.assertEqual(sale.order_line.analytic_distribution, {str(account.id): 100})


@tagged("post_install", "-at_install")
class TestConfirmSettings(SettingsCase):
    def setUp(self):
        super().setUp()
        self.channel.auto_confirm = False

    def test_quotation_waits_for_a_user(self):
        binding = self.receive(self.order())
        sale = binding.sale_order_id
        self.assertEqual((sale.state, sale.amount_total), ("draft", 100))
        self.assertFalse(sale.picking_ids)
        self.assertEqual(binding.state, "applied")
        self.assertIn("is waiting to be confirmed", binding.reason)
        sale.action_confirm()
        self.assertEqual(sale.state, "sale")
        self.assertEqual(sale.date_order, binding.purchase_time)
        self.assertEqual(sale.picking_ids.move_ids.product_uom_qty, 1)
        self.assertFalse(binding.reason)

    def test_quotation_follows_amazon(self):
        sale = self.sell()
        self.receive(self.order(items=[item_json(quantity=3)], updated=ago(hours=2)))
        self.assertEqual((sale.state, sale.order_line.product_uom_qty), ("draft", 3))
        self.receive(self.order(status="CANCELLED", updated=ago(hours=1)))
        self.assertEqual(sale.state, "cancel")

    def test_linking_an_item_confirms_nothing(self):
        sale = self.sell(items=[item_json("NEW")])
        self.assertTrue(sale.amazon_frozen)
        sale.order_line.amazon_order_line_id.listing_id.product_id = self.product
        sale.amazon_order_id._apply_again()
        self.apply()
        self.assertEqual((sale.state, sale.amazon_frozen), ("draft", False))

    def test_what_was_shipped_meanwhile_is_not_delivered(self):
        """The salesperson who confirms needs no rights on stock."""
        item = item_json(quantity=3)
        sale = self.sell(items=[item])
        item["fulfillment"] = {"quantityFulfilled": 2, "quantityUnfulfilled": 1}
        self.receive(
            self.order(items=[item], status="PARTIALLY_SHIPPED", updated=ago(hours=1))
        )
        self.assertEqual(sale.state, "draft")
        sale.user_id = self.salesman
        sale.with_user(self.salesman).action_confirm()
        self.assertEqual(sale.order_line.qty_delivered, 2)
        self.assertEqual(sale.picking_ids.move_ids.product_uom_qty, 1)
