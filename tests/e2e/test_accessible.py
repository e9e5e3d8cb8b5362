# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every screen of the app can be used with a screen reader and by weak eyes, as far as
axe-core can tell; at a desk and by phone."""

import ast

import pytest

from . import axe, chromium

SIZES = {"desktop": (1366, 860), "phone": (390, 844)}
DRAWN = (
    ".o_list_view, .o_kanban_view, .o_form_view, .o_pivot, .o_graph_renderer,"
    " .o_view_nocontent"
)
DIALOG = ".o_dialog .o_form_view"
# What opens each dialog: a model, whose record, and the button's method.
DIALOGS = [
    ("amazon.account", [], "action_open_disconnect"),
    ("amazon.account", [], "action_open_removal"),
    ("amazon.account", [], "action_show_connection"),
    ("amazon.channel", [], "action_map_warehouses"),
    ("amazon.channel", [], "action_open_go_live"),
    ("amazon.listing", [("state", "=", "linked")], "action_unlink"),
    ("amazon.listing", [("state", "!=", "linked")], "action_link"),
    ("amazon.listing", [("state", "!=", "linked")], "action_update"),
    ("amazon.listing", [("state", "!=", "linked")], "action_ignore"),
    ("amazon.listing", [("state", "!=", "linked")], "action_link_many"),
    ("amazon.listing", [("state", "!=", "linked")], "action_ask_costs"),
    ("amazon.sync.task", [], "action_change_interval"),
    ("amazon.sync.task", [("kind", "=", "orders")], "action_sync_manually"),
    (
        "sale.order",
        [("amazon_shipping", "=", "odoo"), ("state", "=", "sale")],
        "action_cancel",
    ),
    (
        "stock.picking",
        [("amazon_order_number", "!=", False), ("state", "=", "assigned")],
        "action_amazon_set_carrier",
    ),
]
# Forms of Odoo's with parts of ours.
FORMS = [
    ("sale.order", [("amazon_order_id", "!=", False)]),
    ("product.template", [("product_variant_ids.amazon_listing_ids", "!=", False)]),
    (
        "stock.picking",
        [("amazon_order_number", "!=", False), ("state", "=", "assigned")],
    ),
]


class Walk:
    """Opens one screen after the other, and notes what is found on which."""

    def __init__(self, stage, browser):
        self.stage = stage
        self.inspector = axe.Inspector(browser)
        self.findings = []
        self.seen = 0
        companies = list(stage.companies.values())
        self.context = {"allowed_company_ids": companies}

    def look(self, name):
        self.seen += 1
        self.findings += [(name, one) for one in self.inspector.look()]

    def call(self, model, method, *arguments, **options):
        return self.stage.admin.call(
            model, method, *arguments, context=self.context, **options
        )

    def find(self, model, domain):
        """The first record, as a list of its id."""
        return self.call(model, "search", domain, limit=1)

    def walk_menus(self):
        for name, action in self._read_menus():
            self.inspector.open(action["id"], DRAWN, clearBreadcrumbs=True)
            self.look(name)
            if action["target"] == "new":
                self.inspector.close()
            elif "form" in action["view_mode"]:
                self._open_record(name, action)

    def _read_menus(self):
        root = [("name", "=", "Amazon"), ("parent_id", "=", False)]
        [top] = self.call("ir.ui.menu", "search", root)
        below = [("id", "child_of", top), ("action", "like", "ir.actions.act_window,")]
        fields = ["complete_name", "action"]
        for menu in self.call("ir.ui.menu", "search_read", below, fields):
            number = int(menu["action"].partition(",")[2])
            fields = ["res_model", "domain", "view_mode", "target"]
            [action] = self.call("ir.actions.act_window", "read", [number], fields)
            yield menu["complete_name"], action

    def _open_record(self, name, action):
        # A domain of the day is no literal; any record will do there.
        domain = action["domain"] or "[]"
        literal = ast.literal_eval(domain) if "(" not in domain[2:] else []
        for record in self.find(action["res_model"], literal):
            self.inspector.switch(record)
            self.look(f"{name}: form")

    def walk_forms(self):
        for model, domain in FORMS:
            for record in self.find(model, domain):
                self.inspector.open(
                    {
                        "type": "ir.actions.act_window",
                        "res_model": model,
                        "res_id": record,
                        "views": [[False, "form"]],
                    },
                    ".o_form_view",
                )
                self.look(model)

    def walk_dialogs(self):
        for model, domain, method in DIALOGS:
            [record] = self.find(model, domain)
            self.inspector.press(model, record, method, DIALOG)
            self.look(method)
            self.inspector.close()

    def describe(self):
        """The findings in a line each, the same one once with all its screens."""
        screens = {}
        for name, one in self.findings:
            screens.setdefault(one, []).append(name)
        return "\n".join(
            f"{one.rule}: {', '.join(names[:4])}: {one.html} {one.why}"
            for one, names in screens.items()
        )


@pytest.mark.parametrize("size", SIZES)
def test_no_grave_finding(stage, size):
    """S2: axe-core has no serious or critical finding of ours, contrast included."""
    program = chromium.find()
    if not program:
        pytest.skip("there is no Chromium")
    width, height = SIZES[size]
    with chromium.Browser(program) as browser:
        browser.resize(width, height, mobile=size == "phone")
        browser.log_in(stage.odoo.url, companies=stage.companies.values())
        browser.open(f"{stage.odoo.url}/odoo/amazon-accounts")
        browser.errors.clear()
        walk = Walk(stage, browser)
        walk.walk_menus()
        walk.walk_forms()
        walk.walk_dialogs()
        assert not walk.findings, walk.describe()
        assert walk.seen > 80
        assert browser.errors == []
