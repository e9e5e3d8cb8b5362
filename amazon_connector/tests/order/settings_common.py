# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user

from ..common import AmazonCase, order_json


class SettingsCase(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.go_live_date = fields.Datetime.now() - timedelta(days=10)
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.other_warehouse = cls.env["stock.warehouse"].create(
            {"name": "Second", "code": "SEC", "sequence": 1000}
        )
        cls.salesman = new_test_user(
            cls.env, "amazon_asha", "sales_team.group_sale_salesman"
        )
        cls.team = cls.env["crm.team"].create({"name": "Marketplaces"})
        cls.term = cls.env["account.payment.term"].create({"name": "Amazon pays"})
        cls.position = cls.env["account.fiscal.position"].create({"name": "Exports"})
        cls.express, cls.slow = (
            cls._create_carrier(name, **vals)
            for name, vals in (("Express", {}), ("Slow", {"fixed_price": 3}))
        )

    @classmethod
    def _create_carrier(cls, name, **vals):
        product = cls.env["product.product"].create({"name": name, "type": "service"})
        return cls.env["delivery.carrier"].create(
            {"name": name, "product_id": product.id, "fixed_price": 7, **vals}
        )

    def set_carriers(self, **carriers):
        for row in self.channel.service_level_ids:
            row.carrier_id = carriers.get(row.level)

    def order(self, number=1, level=None, **options):
        order = order_json(number, **options)
        if level:
            order["fulfillment"]["fulfillmentServiceLevel"] = level
        return order

    def sell(self, *args, **options):
        return self.receive(self.order(*args, **options)).sale_order_id

    def deliver(self, sale):
        sale.picking_ids.move_ids.picked = True
        sale.picking_ids.with_context(skip_sms=True).button_validate()

    def alerts(self):
        return self.account.activity_ids.filtered(
            lambda activity: "Archived settings" in activity.summary
        )

    def analytic_account(self):
        plan = self.env["account.analytic.plan"].create({"name": "Shops"})
        return self.env["account.analytic.account"].create(
            {"name": "Amazon", "plan_id": plan.id}
        )

    def pricelist(self, currency="INR"):
        return self.env["product.pricelist"].create(
            {
                "name": "Half price",
                "currency_id": self.env.ref(f"base.{currency}").id,
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": 50})
                ],
            }
        )
