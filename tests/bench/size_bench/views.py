# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the web client asks the server for, made of the views as it makes it."""

import contextlib
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo import fields
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

ROWS = {"list": 80, "kanban": 40}
COUNTED = 10_001


def specify(env, model, arch):
    """The specification of a view's fields, lists in forms included."""
    records = env[model]
    result = {}
    for node in _own_fields(arch):
        name = node.get("name")
        field = records._fields.get(name)
        if field is None or name in result and not len(node):
            continue
        result[name] = _specify_field(env, field, node, arch)
    return result


def _own_fields(arch):
    """The fields of the view itself, not those of views inside of it."""
    for node in arch:
        if node.tag == "field":
            yield node
        elif isinstance(node.tag, str):
            yield from _own_fields(node)


def _specify_field(env, field, node, arch):
    if field.type in ("many2one", "reference"):
        return {"fields": {"display_name": {}}}
    if field.type not in ("one2many", "many2many"):
        return {}
    if (node.get("widget") or "").startswith("many2many"):
        return {"fields": {"display_name": {}}}
    if arch.tag != "form":
        return {}
    inner = next((v for v in node if v.tag in ROWS), None)
    if inner is None:
        view = env[field.comodel_name].get_view(view_type="list")
        inner = etree.fromstring(view["arch"])
    return {
        "fields": specify(env, field.comodel_name, inner),
        "limit": int(inner.get("limit", 40)),
        "order": "",
    }


class Search:
    """A search view: its filters, groupings and fields.

    :param dict context: of the action; says what is set when it opens
    """

    def __init__(self, env, model, arch, context):
        self._env = env
        self._model = model
        self._nodes = list(arch.iter("filter", "field"))
        self._set = {
            key.removeprefix("search_default_"): value
            for key, value in context.items()
            if key.startswith("search_default_") and value
        }

    def default(self):
        """(domain, groupings) when the action opens."""
        domain, groupings = Domain.TRUE, []
        for node in self._nodes:
            value = self._set.get(node.get("name"))
            if not value:
                continue
            if node.tag == "field":
                domain &= self._typed(node, value)
            elif grouping := _grouping(node):
                groupings.append(grouping)
            else:
                domain &= self._filtered(node)
        return domain, groupings

    def filters(self):
        """{name: domain}"""
        return {
            node.get("name"): self._filtered(node)
            for node in self._nodes
            if node.tag == "filter" and (node.get("domain") or node.get("date"))
        }

    def groupings(self):
        """Each as `web_read_group` takes it."""
        return [g for node in self._nodes if (g := _grouping(node))]

    def fields(self, text):
        """{name: domain} with `text` typed into each field."""
        return {
            node.get("name"): self._typed(node, text)
            for node in self._nodes
            if node.tag == "field" and node.getparent().tag != "searchpanel"
        }

    def _filtered(self, node):
        if node.get("date"):
            return self._in_month(node.get("date"))
        return Domain(self._evaluate(node.get("domain") or "[]"))

    def _in_month(self, name):
        first = fields.Date.today().replace(day=1)
        return Domain(name, ">=", str(first)) & Domain(
            name, "<", str(first + relativedelta(months=1))
        )

    def _typed(self, node, text):
        name = node.get("name")
        if node.get("filter_domain"):
            typed = {"self": text, "raw_value": text}
            return Domain(self._evaluate(node.get("filter_domain"), typed))
        field = self._env[self._model]._fields[name]
        if field.type == "selection" or not isinstance(text, str):
            return Domain(name, "=", text)
        if field.type in ("integer", "float", "monetary"):
            return Domain(name, "=", 4711)
        return Domain(name, node.get("operator") or "ilike", text)

    def _evaluate(self, expression, values=None):
        names = {
            "uid": self._env.uid,
            "context": dict(self._env.context),
            "allowed_company_ids": self._env.companies.ids,
            "context_today": fields.Date.today,
            "current_date": str(fields.Date.today()),
            "relativedelta": relativedelta,
            "datetime": _Datetimes,
            "True": True,
            "False": False,
            **(values or {}),
        }
        return safe_eval(expression, names)


class _Datetimes:
    """The little of `datetime` that domains use."""

    datetime = datetime
    timedelta = timedelta


def _grouping(node):
    with contextlib.suppress(SyntaxError, ValueError, NameError):
        context = safe_eval(node.get("context") or "{}", {"uid": 1})
        grouping = context.get("group_by")
        return grouping if isinstance(grouping, str) else grouping and grouping[0]
    return None


def sums(env, model, arch):
    """The aggregates that a list shows below its columns."""
    records = env[model]
    found = [
        f"{node.get('name')}:{kind}"
        for node in _own_fields(arch)
        for kind in ("sum", "avg")
        if node.get(kind)
        and (field := records._fields.get(node.get("name")))
        and field.store
    ]
    return list(dict.fromkeys(found))
