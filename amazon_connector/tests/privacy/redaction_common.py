# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields

from ..common import AmazonCase, ago, of_class_too, order_json


class RedactionCase(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.redaction = cls.env["amazon.redaction"]

    def redact(self, days=0):
        """Have the action run, as if so many days had passed."""
        self.env.flush_all()
        cron = self.env.ref("amazon_connector.ir_cron_redact")
        with (
            self.enter_registry_test_mode(),
            freeze_time(fields.Datetime.now() + timedelta(days=days), tick=True),
        ):
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def shipped(self, number=1, days=0, **blocks):
        """An order of which the last parcel left so many days ago, as JSON."""
        packages = [
            {
                "packageReferenceId": "1",
                "shipTime": ago(days=days, minutes=1),
                "packageItems": [{"orderItemId": "90000000000001", "quantity": 1}],
            }
        ]
        created = ago(days=days + 1)
        vals = {"created": created, "packages": packages, "status": "SHIPPED"}
        return order_json(number, **{**vals, **blocks})

    @of_class_too
    def receive(self, *orders):
        """Override: each came in while it was open."""
        super().receive(*map(self.reopen, orders))
        return super().receive(*orders)

    @of_class_too
    def reopen(self, order):
        fulfillment = {**order["fulfillment"], "fulfillmentStatus": "UNSHIPPED"}
        order = {**order, "fulfillment": fulfillment}
        order.pop("packages", None)
        return {**order, "lastUpdatedTime": order["createdTime"]}

    def sealed(self, binding):
        rows = self.env["amazon.order.pii"].sudo()
        return rows.search([("order_id", "in", binding.ids)])

    def customers(self, binding):
        sale = binding.sale_order_id
        partners = sale.partner_id | sale.partner_shipping_id
        found = self.env["amazon.customer"].sudo()
        return found.search([("partner_id", "in", partners.ids)])
