# SPDX-License-Identifier: LGPL-3.0-or-later

from odoo.tests import tagged

from ..common import ago, item_json
from .settings_common import SettingsCase


@tagged("post_install", "-at_install")
class TestArchivedSettings(SettingsCase):
    def test_salesperson_who_left(self):
        """The order comes in without him; the responsible user is told once."""
        self.channel.user_id = self.salesman
        self.salesman.active = False
        sale = self.sell(1)
        self.assertEqual((sale.state, sale.user_id.id), ("sale", False))
        self.assertIn("amazon_asha", self.alerts().note)
        self.assertIn("amazon_asha", self.channel.archived_settings)
        self.alerts().action_feedback()
        self.sell(2)
        self.assertFalse(self.alerts(), "told once")

    def test_alert_goes_when_it_is_mended(self):
        self.channel.user_id = self.salesman
        self.salesman.active = False
        self.sell(1)
        self.assertTrue(self.alerts())
        self.channel.write({"user_id": False, "name": "Renamed since"})
        self.sell(2)
        self.assertFalse(self.alerts())
        self.assertFalse(self.channel.archived_settings)

    def test_order_of_a_salesperson_who_left_is_changed_and_invoiced(self):
        self.channel.user_id = self.salesman
        self.product.invoice_policy = "order"
        sale = self.sell()
        self.salesman.active = False
        self.receive(self.order(items=[item_json(price="90.00")], updated=ago(hours=1)))
        self.assertEqual(sale._create_invoices().amount_total, 90)

    def test_everything_archived_at_once(self):
        route = self.env["stock.route"].create({"name": "Old", "sale_selectable": True})
        account = self.analytic_account()
        pricelist = self.pricelist()
        self.channel.write(
            {
                "team_id": self.team.id,
                "payment_term_id": self.term.id,
                "fiscal_position_id": self.position.id,
                "carrier_id": self.slow.id,
                "route_id": route.id,
                "pricelist_id": pricelist.id,
                "analytic_distribution": {str(account.id): 100},
            }
        )
        self.set_carriers(STANDARD=self.express)
        for record in (
            self.team,
            self.term,
            self.position,
            self.slow,
            self.express,
            route,
            pricelist,
            account,
        ):
            record.active = False
        sale = self.sell(level="STANDARD")
        self.assertEqual(sale.state, "sale")
        for name in ("team_id", "payment_term_id", "carrier_id"):
            self.assertFalse(sale[name], name)
        self.assertNotEqual(sale.fiscal_position_id, self.position)
        self.assertTrue(sale.pricelist_id.is_amazon)
        self.assertFalse(sale.order_line.route_ids)
        self.assertFalse(sale.order_line.analytic_distribution)
        self.assertEqual(len(self.channel.archived_settings.split(", ")), 8)
