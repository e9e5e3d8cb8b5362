# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every public method has a use: a button, or a line in docs/external-api.md."""

import re
import unittest
from pathlib import Path

from lxml import etree

from odoo.tests import tagged

from ...tools.external_api import ERRORS
from ..security.security_common import SecurityCase

ADDON = Path(__file__).resolve().parents[2]
PAGE = ADDON.parent / "docs" / "external-api.md"
NAMED = re.compile(r"`([a-z.]+)\.(\w+)\(")


@tagged("post_install", "-at_install")
class TestExternalSurface(SecurityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not PAGE.is_file():
            raise unittest.SkipTest("docs/external-api.md is not beside the addon")
        cls.page = PAGE.read_text(encoding="utf-8")
        cls.documented = set(NAMED.findall(cls.page))
        cls.buttons = cls._find_buttons()

    @classmethod
    def _find_buttons(cls):
        """Names of methods that a view's button, a script or a server action calls."""
        names = set()
        for view in cls.env["ir.ui.view"].with_context(active_test=False).search([]):
            for node in etree.fromstring(view.arch_db).iter():
                if node.get("type") == "object":
                    # The one of a list or kanban opens its rows.
                    names |= {node.get("name"), node.get("action")} - {None}
                # Widgets are told in their options which method to call.
                names.update(re.findall(r"\baction_\w+", node.get("options") or ""))
        for action in cls.env["ir.actions.server"].search([("code", "!=", False)]):
            names.update(re.findall(r"\.(\w+)\(", action.code))
        for script in (ADDON / "static" / "src").rglob("*"):
            if script.suffix in (".js", ".xml"):
                text = script.read_text(encoding="utf-8")
                names.update(re.findall(r"\w+", text))
        return names

    def _find_public(self):
        return {
            (model._name, name)
            for model in self.env.registry.values()
            for name in dir(model)
            if not model._abstract and self._is_ours(model, name)
        }

    def test_every_public_method_has_a_use(self):
        """S132: what is neither pressed nor documented is private."""
        found = self._find_public()
        self.assertGreater(len(found), 100)
        useless = {
            f"{model}.{name}"
            for model, name in found
            if name not in self.buttons and (model, name) not in self.documented
        }
        self.assertEqual(useless, set())

    def test_the_page_tells_of_what_there_is(self):
        """No method stands on the page that cannot be called."""
        gone = {
            f"{model}.{name}"
            for model, name in self.documented
            if model not in self.env.registry
            or not callable(getattr(self.env.registry[model], name, None))
        }
        self.assertEqual(gone, set())
        api = {one for one in self._find_public() if one[1].startswith("api_")}
        self.assertEqual(api - self.documented, set())
        self.assertGreater(len(api), 15)

    def test_the_page_tells_of_fields_that_there_are(self):
        """Each can be read, and the values in brackets are all that it has."""
        _begin, table = self.page.split("\n## Fields to read\n")
        rows = re.findall(r"^\| `([a-z._]+)` \| (.*) \|$", table, re.M)
        self.assertGreater(len(rows), 15)
        for model, text in rows:
            known = self.env[model].fields_get()
            for name, said in re.findall(r"`(\w+)`(?: \(([a-z_, ]+)\))?", text):
                with self.subTest(model=model, field=name):
                    self.assertIn(name, known)
                    values = {key for key, _words in known[name].get("selection", ())}
                    if said and values:
                        self.assertEqual(set(said.split(", ")), values)

    def test_the_page_tells_of_every_code(self):
        rows = dict(re.findall(r"^\| `(AMZ-[A-Z-]+)` \| (.*) \|$", self.page, re.M))
        self.assertEqual(rows, ERRORS)
