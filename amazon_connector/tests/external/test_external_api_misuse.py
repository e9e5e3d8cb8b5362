# SPDX-License-Identifier: LGPL-3.0-or-later
"""What scripts give wrongly, and who they are not: always told with a code."""

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import get_public_method
from odoo.tests import tagged

from ...tools.external_api import ERRORS, LIMIT
from ..common import item_json, order_json
from ..settlement.settlement_common import sale_row, take_settlement
from .external_api_common import NUMBER, ApiCase

ODD = (
    None,
    "",
    " ",
    0,
    -1,
    1.5,
    True,
    2**31,
    2**70,
    [],
    {},
    [[]],
    [None],
    [True],
    ["x", 1],
    ["a\x00b"],
    "x" * 100_000,
    [["seller_sku", "!=", False]],
    ["|", ("id", "!=", 0)],
    {"$ne": 1},
    "') OR 1=1 --",
    "%",
    "2026-13-45",
    "0001-01-01T00:00:00+05:00",
    "9999-12-31T23:59:59-05:00",
    {" NEW ": "SKU-B"},
    {" SKU-A": 1},
    "__import__('os')",
)
FITTING = {
    ("amazon.account", "api_version"): {},
    ("amazon.account", "api_metrics"): {},
    ("amazon.account", "api_status"): {},
    ("amazon.account", "api_hold"): {},
    ("amazon.account", "api_resume"): {},
    ("amazon.account", "api_sync"): {
        "kinds": ["orders"],
        "since": "2026-01-01",
        "until": "2026-01-02T00:00:00Z",
        "channels": ["A21TJRUUN4KGV"],
    },
    ("amazon.account", "api_run"): {"run_id": 1},
    ("amazon.account", "api_resync"): {"run_id": 1},
    ("amazon.account", "api_recover_order"): {"amazon_order_id": NUMBER},
    ("amazon.account", "api_push_stock"): {"skus": ["SKU-A"], "product_ids": [1]},
    ("amazon.channel", "api_status"): {},
    ("amazon.channel", "api_sync"): {
        "kinds": ["orders"],
        "since": "2026-01-01",
        "until": "2026-01-02T00:00:00Z",
    },
    ("amazon.channel", "api_push_stock"): {"skus": ["SKU-A"], "product_ids": [1]},
    ("amazon.listing", "api_link"): {"links": {"NEW": "SKU-B"}, "channel_ids": [1]},
    ("amazon.listing", "api_confirm"): {"skus": ["NEW"], "channel_ids": [1]},
    ("amazon.listing", "api_unlink"): {"skus": ["SKU-A"], "channel_ids": [1]},
    ("amazon.order", "api_get"): {"amazon_order_ids": [NUMBER]},
    ("amazon.order", "api_cancel"): {
        "amazon_order_ids": [NUMBER],
        "reason": "NoInventory",
    },
    ("amazon.order", "api_confirm_shipment"): {
        "amazon_order_id": NUMBER,
        "tracking_number": "T",
        "carrier": "Our courier",
        "items": {"SKU-A": 1},
        "ship_date": "2026-01-01",
    },
    ("amazon.settlement", "api_find"): {
        "since": "2026-01-01",
        "until": "2026-01-02T00:00:00Z",
    },
    ("amazon.settlement", "api_get"): {"settlement_numbers": ["18174059732"]},
}
"""Every method, and arguments of the right form."""


@tagged("post_install", "-at_install")
class TestApiMisuse(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.env["res.company"].create({"name": "Second company"})
        vals = {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        groups = "amazon_connector.group_manager,stock.group_stock_manager"
        cls.foreign = cls._user("foreign_script", groups, **vals)
        cls.portal = cls._user("portal_script", "base.group_portal")
        cls.public = cls.env.ref("base.public_user")
        cls.employee = cls._user("employee_script", "base.group_user")
        cls.receive(order_json(1), order_json(2, items=[item_json("NEW")]))
        cls.run_id = cls.start_run().id

    def records(self, model, name, user):
        records = self.env[model].with_user(user)
        method = get_public_method(records, name)
        if hasattr(method, "_api_model"):
            return records
        own = {"amazon.account": self.account, "amazon.channel": self.channel}
        return records.browse(own[model].id)

    def attempt(self, records, name, *args, **kwargs):
        """The error of a call, or None; nothing of it stays."""
        self.env.flush_all()
        with self.env.cr.savepoint() as savepoint:
            error = None
            try:
                getattr(records, name)(*args, **kwargs)
                self.env.flush_all()
            except UserError as raised:
                error = raised
            self.env.invalidate_all(flush=False)
            savepoint.rollback()
        return error

    def check_coded(self, error, about):
        code, _colon, text = str(error).partition(": ")
        self.assertIn(code, ERRORS, about)
        self.assertTrue(text, about)
        return code

    def test_every_method_is_tried(self):
        found = {
            (model._name, name)
            for model in self.env.registry.values()
            for name in dir(model)
            if name.startswith("api_") and model._name.startswith("amazon.")
        }
        self.assertEqual(found, set(FITTING))

    def test_odd_values_are_told_or_harmless(self):
        """Wrong types, domains, SQL, texts without end: never another exception."""
        for (model, name), fitting in FITTING.items():
            records = self.records(model, name, self.script)
            for argument in fitting:
                for value in ODD:
                    error = self.attempt(records, name, **{**fitting, argument: value})
                    if error is not None:
                        about = f"{model}.{name} {argument}={str(value)[:40]}"
                        self.check_coded(error, about)

    def test_odd_ids(self):
        for model, name in FITTING:
            records = self.records(model, name, self.script)
            if not records:
                continue
            for ids in ((), ("x",), (0,), (2**70,), (True,), (None,), ([1],)):
                odd = records.browse()
                odd = type(records)(odd.env, ids, ids)
                error = self.attempt(odd, name, **FITTING[model, name])
                self.assertEqual(self.check_coded(error, ids), "AMZ-ARGUMENT")
            error = self.attempt(
                records.browse(2**31 - 1), name, **FITTING[model, name]
            )
            self.assertEqual(self.check_coded(error, name), "AMZ-NOT-FOUND")

    def test_arguments_that_there_are_not(self):
        for model, name in FITTING:
            records = self.records(model, name, self.script)
            error = self.attempt(records, name, colour="red")
            self.assertEqual(self.check_coded(error, name), "AMZ-ARGUMENT")

    def test_huge_lists(self):
        many = [f"SKU-{number}" for number in range(LIMIT + 1)]
        calls = (
            (self.records("amazon.order", "api_get", self.script), "api_get"),
            (self.records("amazon.listing", "api_unlink", self.script), "api_unlink"),
        )
        for records, name in calls:
            error = self.attempt(records, name, many)
            self.assertEqual(self.check_coded(error, name), "AMZ-TOO-MANY")

    def test_outsiders(self):
        """Portal and public users, employees: the same refusal everywhere."""
        for user in (self.portal, self.public, self.employee):
            for (model, name), fitting in FITTING.items():
                error = self.attempt(self.records(model, name, user), name, **fitting)
                self.assertIsInstance(error, AccessError, f"{user.login} {name}")
                self.assertEqual(self.check_coded(error, name), "AMZ-FORBIDDEN")

    def test_other_companies_see_nothing(self):
        """What another company has is told as what is not there."""
        settlement = take_settlement(self.account, [sale_row("99.99")])
        known = {
            "channel_ids": [self.channel.id],
            "run_id": self.run_id,
            "settlement_numbers": [settlement.name],
        }
        for (model, name), fitting in FITTING.items():
            if name == "api_version":
                continue
            if name == "api_metrics":
                told = self.records(model, name, self.foreign).api_metrics()
                self.assertFalse(any(one["samples"] for one in told["metrics"]))
                continue
            fitting = {key: known.get(key, value) for key, value in fitting.items()}
            records = self.records(model, name, self.foreign)
            if name == "api_find":
                self.assertEqual(records.api_find()["settlements"], [])
                continue
            if (model, name) == ("amazon.order", "api_get"):
                answer = records.api_get([NUMBER])
                self.assertEqual((answer["orders"], answer["unknown"]), ([], [NUMBER]))
                continue
            error = self.attempt(records, name, **fitting)
            self.assertIsInstance(error, MissingError, name)
            self.assertEqual(self.check_coded(error, name), "AMZ-NOT-FOUND")

    def test_users_decide_nothing(self):
        """Users read, sync and push; managers link and hold."""
        for name in ("api_hold", "api_resume"):
            records = self.records("amazon.account", name, self.user)
            error = self.attempt(records, name)
            self.assertEqual(self.check_coded(error, name), "AMZ-FORBIDDEN")
        listings = self.env["amazon.listing"].with_user(self.user)
        for name, given in (
            ("api_link", {"NEW": "SKU-B"}),
            ("api_confirm", ["NEW"]),
            ("api_unlink", ["SKU-A"]),
        ):
            error = self.attempt(listings, name, given)
            self.assertEqual(self.check_coded(error, name), "AMZ-FORBIDDEN")

    def test_context_changes_nothing(self):
        """Keys that a script puts into the context decide nothing."""
        orders = self.env["amazon.order"].with_user(self.script)
        orders = orders.with_context(
            amazon_odoo_only=True, default_state="done", active_test=False
        )
        answer = orders.api_cancel([NUMBER], "NoInventory")
        [row] = answer["orders"][0]["cancellations"]
        self.assertEqual(row["state"], "waiting")

    def test_same_reference_of_two_products(self):
        self._create_product("SKU-B")
        error = self.attempt(
            self.env["amazon.listing"].with_user(self.script),
            "api_link",
            {"NEW": "SKU-B"},
        )
        self.assertEqual(self.check_coded(error, "twice"), "AMZ-AMBIGUOUS")
