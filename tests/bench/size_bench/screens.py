# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every screen of the app, opened as the web client opens it, and what it took."""

import ast
import time
from dataclasses import asdict, dataclass

from bench_worker.meter import read_cpu
from lxml import etree

from odoo import api, sql_db
from odoo.tests import new_test_user
from odoo.tools.safe_eval import safe_eval

from . import views

TIMES = 3
# Milliseconds of CPU: what takes less is not tried a third time, more not a second.
_FAST, _SLOW = 100, 5_000
MENU = "amazon_connector.amazon_menu_root"
# Where Amazon's numbers are looked for: actions and the models that they open.
FOUND = {
    "sale.action_orders": "sale.order",
    "stock.action_picking_tree_all": "stock.picking",
    "account.action_move_out_invoice_type": "account.move",
}
FORMS = {"amazon.order": "form", "amazon.listing": "form"}
DASHBOARD = ("amazon.account", "kanban")
USERS = {
    "user": (
        "amazon_connector.group_user",
        "sales_team.group_sale_salesman_all_leads",
        "stock.group_stock_user",
        "account.group_account_invoice",
    ),
    "manager": (
        "amazon_connector.group_manager",
        "sales_team.group_sale_manager",
        "stock.group_stock_manager",
        "account.group_account_manager",
    ),
}


@dataclass
class Result:
    """`kind` is a key of the bench's goals; the figures are the least of several."""

    user: str
    kind: str
    name: str
    cpu: float
    """Milliseconds of Odoo's process and of PostgreSQL's that serves it."""
    milliseconds: float
    queries: int
    error: str = ""


def open_all(env, only):
    """Open everything as a user of one company, and as a manager of all.

    :param str only: words, by commas, of which the name of what is opened holds one
    """
    users = {name: _make_user(env, name) for name in USERS}
    # CPU is read of the one process that serves the connection.
    env.cr.execute("SET max_parallel_workers_per_gather = 0")
    env.cr.commit()
    found = []
    for name, user in users.items():
        own = _Opener(env, name, user, only)
        own.open()
        found += own.results
    return [asdict(one) for one in found]


def _make_user(env, name):
    login = f"size-{name}"
    user = env["res.users"].search([("login", "=", login)])
    if user:
        return user
    # The companies may only be read by administrators.
    companies = env["res.company"].search([])
    own = companies if name == "manager" else env.company
    return new_test_user(
        env,
        login,
        ",".join(("base.group_user", *USERS[name])),
        company_id=env.company.id,
        company_ids=[(6, 0, own.ids)],
        tz="Asia/Kolkata",
    )


class _Opener:
    """One user who opens everything."""

    def __init__(self, env, name, user, only):
        context = {"lang": "en_US", "tz": user.tz, "uid": user.id}
        context["allowed_company_ids"] = user.company_ids.ids
        self._env = api.Environment(env.cr, user.id, context)
        self._name = name
        self._only = only
        self.results = []

    def open(self):
        numbers = self._sample_numbers()
        for title, action in self._find_actions():
            self._open_action(title, action)
        for xml_id, model in FOUND.items():
            action = self._read_action(xml_id)
            self._open_action(f"Odoo: {action['name']}", action, only_default=True)
            self._find_number(model, action, numbers[model])
        self._find_number(
            "amazon.order",
            self._read_action("amazon_connector.amazon_order_action"),
            numbers["amazon.order"],
        )
        self._open_dialogs()
        self._call_api(numbers["amazon.order"])

    # ------------------------------------------------------------------
    # Measuring
    # ------------------------------------------------------------------

    def measure(self, kind, name, call):
        """Call it several times in transactions of its own; the best counts.

        :param call: gets an environment
        :return: what it returned last, None if it failed
        """
        title = f"{kind}: {name}".lower()
        if not any(word.lower() in title for word in self._only.split(",")):
            return None
        best, result, error = None, None, ""
        for number in range(TIMES):
            self._env.cr.rollback()
            self._env.invalidate_all()
            before = self._read_meters()
            try:
                result = call(self._env)
            except Exception as failure:  # told in the table
                error = f"{type(failure).__name__}: {failure}".splitlines()[0][:100]
                self._env.cr.rollback()
            after = self._read_meters()
            taken = [end - start for end, start in zip(after, before, strict=True)]
            best = [min(pair) for pair in zip(best or taken, taken, strict=True)]
            if error or taken[0] > _SLOW or (number and taken[0] < _FAST):
                break
        self._env.cr.rollback()
        self.results.append(Result(self._name, kind, name, *best, error))
        __import__("sys").stderr.flush()
        return result

    def _read_meters(self):
        """CPU and clock in milliseconds, and statements, so far."""
        return (
            1000 * read_cpu(self._env.cr),
            1000 * time.perf_counter(),
            sql_db.sql_counter,
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def _find_actions(self):
        """(title, action) of every window that the app's menus open."""
        Menu = self._env["ir.ui.menu"]
        root = self._env.ref(MENU).id
        for menu in Menu.search([("id", "child_of", root)])._filter_visible_menus():
            if menu.action and menu.action._name == "ir.actions.act_window":
                yield menu.name, menu.action.sudo().read()[0]

    def _read_action(self, xml_id):
        return self._env.ref(xml_id).sudo().read()[0]

    def _open_action(self, title, action, only_default=False):
        model = action["res_model"]
        context = _evaluate(action["context"], self._env)
        domain = views.Domain(_evaluate(action["domain"] or "[]", self._env))
        wanted = [
            [view, kind]
            for view, kind in action["views"]
            if kind in ("list", "kanban", "pivot", "graph")
        ]
        if not wanted:
            return
        search_view = action.get("search_view_id") or False
        search_view = search_view and search_view[0]
        records = self._env[model].with_context(**_without_defaults(context))
        got = records.get_views([*wanted, [search_view, "search"]])["views"]
        archs = {kind: etree.fromstring(view["arch"]) for kind, view in got.items()}
        search = views.Search(self._env, model, archs.pop("search"), context)
        for kind, arch in archs.items():
            self._open_view(title, records, domain, kind, arch, search)
        listing = archs.get("list", archs.get("kanban"))
        # An analysis has no table: each look reads all that it is made of.
        if listing is None or only_default or not records._auto:
            return
        self._try_search(title, records, domain, listing, search)

    def _open_view(self, title, records, domain, kind, arch, search):
        default, groupings = search.default()
        name = f"{title} ({kind})"
        if kind in ("pivot", "graph"):
            self._open_analysis(name, records, domain & default, arch)
        elif groupings:
            self._group(name, records, domain & default, arch, groupings)
        else:
            which = "list" if records._auto else "report"
            if (records._name, kind) == DASHBOARD and "order_graph" in etree.tostring(
                arch, encoding="unicode"
            ):
                which = "dashboard"
            self._read(which, name, records, domain & default, arch)

    def _read(self, kind, name, records, domain, arch):
        specification = views.specify(self._env, records._name, arch)
        rows = views.ROWS[arch.tag]
        order = arch.get("default_order")
        return self.measure(
            kind,
            name,
            lambda env: records.with_env(
                env(context=records.env.context)
            ).web_search_read(
                list(domain),
                specification,
                limit=int(arch.get("limit") or rows),
                order=order,
                count_limit=views.COUNTED,
            ),
        )

    def _group(self, name, records, domain, arch, groupings):
        first, _colon, interval = groupings[0].partition(":")
        field = records._fields[first]
        if field.type in ("date", "datetime") and not interval:
            groupings = [f"{first}:month"]
        aggregates = ["__count", *views.sums(self._env, records._name, arch)]
        self.measure(
            "list",
            name,
            lambda env: records.web_read_group(
                list(domain), groupings[:1], aggregates, limit=80
            ),
        )

    def _open_analysis(self, name, records, domain, arch):
        measures, groupings = ["__count"], []
        for node in arch.iter("field"):
            field = records._fields[node.get("name")]
            if node.get("type") == "measure":
                kind = field.aggregator or "sum"
                measures.append(f"{field.name}:{kind}")
            elif not node.get("invisible"):
                interval = node.get("interval")
                if not interval and field.type in ("date", "datetime"):
                    interval = "month"
                groupings.append(f"{field.name}:{interval}" if interval else field.name)
        self.measure(
            "report",
            name,
            lambda env: records.formatted_read_group(list(domain), groupings, measures),
        )

    def _try_search(self, title, records, domain, arch, search):
        """Each filter, each grouping, and the text of some record in each field."""
        sample = records.search(list(domain), limit=1, offset=20) or records.search(
            list(domain), limit=1
        )
        text = (sample.display_name or "4711")[:30]
        default, _groupings = search.default()
        self._env.cr.rollback()
        for name, own in search.filters().items():
            self._read("list", f"{title}: filter {name}", records, domain & own, arch)
        for name, own in search.fields(text).items():
            self._read(
                "list", f"{title}: search {name}", records, domain & default & own, arch
            )
        for grouping in search.groupings():
            name = f"{title}: by {grouping}"
            self._group(name, records, domain & default, arch, [grouping])

    # ------------------------------------------------------------------
    # Amazon's numbers
    # ------------------------------------------------------------------

    def _sample_numbers(self):
        """One of each kind that the user may read: `{model: Amazon's number}`."""
        order = self._env["amazon.order"].search(
            [("sale_order_id.invoice_ids", "!=", False)], limit=1, offset=50
        ) or self._env["amazon.order"].search([], limit=1)
        self._order = order
        return dict.fromkeys([*FOUND.values(), "amazon.order"], order.order_number)

    def _find_number(self, model, action, number):
        records = self._env[model]
        view = action.get("search_view_id") or False
        got = records.get_views([[view and view[0], "search"], [False, "list"]])
        archs = {k: etree.fromstring(v["arch"]) for k, v in got["views"].items()}
        search = views.Search(self._env, model, archs["search"], {})
        for name, domain in list(search.fields(number).items())[:3]:
            own = views.Domain(_evaluate(action["domain"] or "[]", self._env))
            title = f"{model}: {number[:3]}... in {name}"
            found = self._read("search", title, records, own & domain, archs["list"])
            if found and not found["records"] and name == "name":
                self.results[-1].error = "found nothing"
        self.measure(
            "search",
            f"{model}: name_search",
            lambda env: env[model].name_search(number, limit=8),
        )

    # ------------------------------------------------------------------
    # Forms, dialogs, scripts
    # ------------------------------------------------------------------

    def _open_dialogs(self):
        env = self._env
        listing = env["amazon.listing"].search([("state", "=", "unlinked")], limit=1)
        self._open_form("order form", self._order)
        self._open_form("listing form", listing)
        frozen = env["amazon.order"].search([("state", "=", "frozen")], limit=1)
        if frozen:
            self._open_form("order form, frozen", frozen)
        sale = self._order.sale_order_id
        for title, record in (
            ("sales order form", sale),
            ("delivery form", sale.picking_ids[:1]),
            ("invoice form", sale.invoice_ids[:1]),
            ("product form", sale.order_line.product_id[:1]),
        ):
            if record:
                self._open_form(title, record)
        if env["amazon.listing.link"].has_access("create"):
            self._link(listing)

    def _link(self, listing):
        self.measure(
            "dialog",
            "link an item",
            lambda env: (
                env["amazon.listing.link"]
                .create({"listing_ids": [(6, 0, listing.ids)]})
                .suggestion_ids.ids
            ),
        )
        unlinked = [("state", "=", "unlinked")]
        waiting = self._env["amazon.listing"].search(unlinked, limit=100)
        self.measure(
            "grid",
            f"link {len(waiting)} items",
            lambda env: env["amazon.listing.link.many"]._prepare(
                env["amazon.listing"].browse(waiting.ids)
            ),
        )

    def _open_form(self, title, record):
        arch = etree.fromstring(record.get_view(view_type="form")["arch"])
        specification = views.specify(self._env, record._name, arch)
        self.measure("form", title, lambda env: record.web_read(specification))

    def _call_api(self, number):
        env = self._env
        accounts = env["amazon.account"].search([])
        numbers = env["amazon.order"].search([], limit=100).mapped("order_number")
        for name, call in (
            ("api_status", lambda env: accounts.api_status()),
            ("api_metrics", lambda env: accounts.api_metrics()),
            ("api_get, 1", lambda env: env["amazon.order"].api_get([number])),
            (
                f"api_get, {len(numbers)}",
                lambda env: env["amazon.order"].api_get(numbers),
            ),
        ):
            self.measure("api", name, call)


def _evaluate(text, env):
    names = {
        "uid": env.uid,
        "context": dict(env.context),
        "active_id": False,
        "active_ids": [],
        "allowed_company_ids": env.companies.ids,
        "context_today": views.fields.Date.today,
        "relativedelta": views.relativedelta,
    }
    if not isinstance(text, str):
        return text or {}
    try:
        return ast.literal_eval(text)
    except ValueError:
        return safe_eval(text, names)


def _without_defaults(context):
    return {
        key: value
        for key, value in context.items()
        if not key.startswith(("search_default_", "default_"))
    }
