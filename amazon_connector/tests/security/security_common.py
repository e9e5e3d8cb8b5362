# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the tests of access share: a user of each group, a record of each model."""

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import new_test_user

from ...models.privacy.sealed import seal_file
from ..common import AmazonCase, item_json, of_class_too, order_json
from ..settlement.settlement_common import fee_row, sale_row, take_settlement

OURS = "odoo.addons.amazon_connector"
SHARED = {"amazon.carrier.code", "amazon.marketplace"}
"""Reference data, the same for every company."""
MIXED = {"amazon.carrier", "amazon.place"}
"""Rows of companies, beside rows that serve all of them."""
EDITED = {"amazon.shipment", "amazon.shipment.line"}
"""Users complete what Amazon is told: tracking numbers, Transparency codes."""
CLOSED = {"amazon.access.token", "amazon.order.pii"}
"""Read and written by the connector alone."""
TECHNICAL = {"amazon.stock.change", "amazon.token.bucket"}
"""For system administrators, who see every company."""
# How the sync gets on: for managers.
INNER = {
    "amazon.access.log",
    "amazon.carrier.purchase",
    "amazon.sync.cursor",
    "amazon.sync.request",
}
FINANCE = {
    "amazon.settlement",
    "amazon.settlement.account",
    "amazon.settlement.entry",
    "amazon.settlement.margin",
    "amazon.settlement.order",
    "amazon.settlement.row",
    "amazon.settlement.rule",
    "amazon.settlement.sum",
}
"""What Amazon keeps and pays: for managers and accountants."""
INNER |= FINANCE | {"amazon.settlement.file"}
NO_SECRETS = {
    "applied_digest",
    "content_digest",
    "file_digest",
    "has_credentials",
    "report_digest",
}
"""Named like secrets, but of what everybody may see."""
SECRETS = {
    "amazon.account": ["authorisation_digest", "credentials_ciphertext"],
    "amazon.access.token": ["key", "ciphertext"],
    "amazon.carrier.purchase": ["key", "fingerprint", "ciphertext"],
    "amazon.order": ["ship_state_digests"],
    "amazon.order.pii": ["ciphertext", "fingerprint"],
    "amazon.place": ["digest"],
    "amazon.customer": [
        "ciphertext",
        "email_digest",
        "identity_digest",
        "address_digest",
    ],
    "amazon.sealed.file": ["token", "key_ciphertext", "content"],
}


class SecurityCase(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._user("user", "amazon_connector.group_user")
        cls.manager = cls._user("manager", "amazon_connector.group_manager")
        cls.buyer_data = cls._user("buyers", "amazon_connector.group_buyer_data")
        cls.salesman = cls._user("salesman", "sales_team.group_sale_salesman")
        cls.admin = cls.env.ref("base.user_admin")
        cls.models = {
            model.model: cls.env[model.model]
            for model in cls.env["ir.model"].search([("model", "=like", "amazon.%")])
            if not model.abstract and not model.transient
        }

    @classmethod
    def _user(cls, login, groups, **vals):
        return new_test_user(cls.env, f"amazon_{login}", groups, **vals)

    def _is_ours(self, model, name):
        """Whether our addon brought this public method, not only overrides it."""
        if name.startswith("_") or name in model._fields:
            return False
        defining = [one for one in model.__mro__ if name in vars(one)]
        modules = {one.__module__ for one in defining if one is not model}
        if not modules or not all(module.startswith(OURS) for module in modules):
            return False
        if not callable(getattr(model, name)):
            return False
        try:
            get_public_method(self.env[model._name], name)
        except AccessError:
            return False
        return True

    @of_class_too
    def everything(self):
        """At least one record of each model."""
        self.receive(order_json(1), order_json(2, items=[item_json("NEW", number="2")]))
        self.env["amazon.token.bucket"].create(
            {"application": "a", "seller_id": "s", "operation": "o"}
        )
        self.env["amazon.access.token"].create({"key": "k"})
        task = self.account._get_task("orders")
        self.sync._create_missing_cursors(task)
        self.env["amazon.feed"]._want(self.account, "f", self.channels, 1)
        listings = self.env["amazon.listing"].search([("product_id", "!=", False)])
        listings.fulfilled_by = "merchant"
        self.env["amazon.stock.level"]._ensure(listings)
        self.env.cr.flush()
        self.env["amazon.report"].create({"task_id": task.id, "report_type": "r"})
        self.env["amazon.sync.request"].create(
            {"task_id": task.id, "trigger": "period", "way": "search"}
        )
        order = self.find("403-0000000-0000001")
        order.withheld_tax = 1.0
        self.env["amazon.cancellation"]._request_adjustment(
            order, {order.line_ids: 1}, "NoInventory"
        )
        method = self.env["delivery.carrier"].search([], limit=1) or self.env[
            "delivery.carrier"
        ].create({"name": "Courier", "product_id": self.product.id})
        self.env["amazon.carrier"].create(
            {
                "delivery_carrier_id": method.id,
                "company_id": self.company.id,
                "code_id": self.env["amazon.carrier.code"].search([], limit=1).id,
            }
        )
        if not self.env["amazon.shipment"].search([]):
            self.env["amazon.shipment"].create(
                {
                    "order_id": order.id,
                    "account_id": order.account_id.id,
                    "channel_id": order.channel_id.id,
                    "company_id": order.company_id.id,
                    "package_ref": 1,
                    "source": "odoo",
                    "state": "held",
                    "line_ids": [
                        Command.create(
                            {
                                "order_line_id": order.line_ids[:1].id,
                                "company_id": order.company_id.id,
                                "quantity": 1,
                            }
                        )
                    ],
                }
            )
        self.env["amazon.access.log"].create(
            {
                "date": fields.Datetime.now(),
                "user_id": self.env.uid,
                "company_id": self.company.id,
                "kind": "print",
                "amazon_order_ref": order.order_number,
                "shown": "name",
            }
        )
        self.env["amazon.place"].create(
            {"company_id": self.company.id, "name": "Utopia", "country_code": "IN"}
        )
        self.env["amazon.unknown.word"]._count_words(self.account, "feed", {"NEW": 1})
        self.env["amazon.redaction"]._start(self.company, self.account, "schedule")
        seal_file(
            self.env,
            b"label",
            name="label.txt",
            kind="delivery",
            mimetype="text/plain",
            company_id=self.company.id,
            account_id=self.account.id,
            order_ids=order.ids,
        )
        self.env["amazon.carrier.purchase"].create(
            {
                "date": fields.Datetime.now(),
                "picking_ref": order.sale_order_id.picking_ids[:1].id or 1,
                "company_id": self.company.id,
                "amazon_order_ref": order.order_number,
                "carrier_name": "Courier",
                "key": "k",
                "fingerprint": "f",
                "ciphertext": "c",
            }
        )
        self.env["amazon.fba.stock"].create(
            {"account_id": self.account.id, "product_id": self.product.id}
        )
        take_settlement(self.account, [sale_row("1.00"), fee_row("-0.20")])._book()
        self.env["amazon.settlement.rule"].create(
            {"company_id": self.company.id, "description": "A label"}
        )
        records = {name: model.search([]) for name, model in self.models.items()}
        for name in MIXED:
            records[name] = records[name].filtered("company_id")
        for name, found in records.items():
            if not found:
                raise AssertionError(f"no {name} to test with")
        return records
