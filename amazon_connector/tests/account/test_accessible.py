# SPDX-License-Identifier: LGPL-3.0-or-later
"""Screens can be used with a screen reader and a keyboard."""

import re

from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval

NAMES = ("string", "title", "aria-label")
INTERACTIVE = ("button", "a")
SUBVIEWS = ("list", "kanban", "form")


def is_named(node):
    """Whether a screen reader has words for a control."""
    inside = [node.text or "", *(one.tail or "" for one in node.iterdescendants())]
    has_words = any(text.strip() for text in inside) or any(
        one.tag in ("field", "t") or (one.text or "").strip()
        for one in node.iterdescendants()
    )
    return has_words or any(node.get(name) for name in NAMES)


@tagged("post_install", "-at_install")
class TestAccessible(TransactionCase):
    def views(self):
        """``(view, its arch)`` of all that the addon brings."""
        own = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.view"), ("module", "=", "amazon_connector")]
        )
        views = self.env["ir.ui.view"].browse(own.mapped("res_id")).exists()
        for view in views.filtered(lambda one: one.type != "qweb"):
            yield view, etree.fromstring(view.arch)

    def test_every_control_has_a_name(self):
        """An icon alone says nothing to who cannot see it."""
        nameless = [
            (view.name, node.get("name"))
            for view, arch in self.views()
            for node in arch.iter(*INTERACTIVE)
            if not is_named(node)
        ]
        self.assertFalse(nameless)

    def test_no_control_inside_another(self):
        """Which of both a key presses nobody knows."""
        nested = []
        for view, arch in self.views():
            for node in arch.iter(*INTERACTIVE):
                nested += [(view.name, node.get("name"))] * len(
                    node.xpath(".//button | .//a")
                )
                nested += [
                    (view.name, node.get("name"), field.get("name"))
                    for field in node.iter("field")
                    if self.is_link(view, node, field)
                ]
        self.assertFalse(nested)

    def is_link(self, view, control, field):
        """Whether a field inside a control becomes a link of its own."""
        if view.model not in self.env or any(
            one.getparent() is not None for one in control.iterancestors(*SUBVIEWS)
        ):
            return False
        kind = self.env[view.model]._fields.get(field.get("name"))
        options = safe_eval(field.get("options") or "{}")
        is_kanban = any(True for _one in control.iterancestors("kanban"))
        return (
            kind is not None
            and kind.type == "many2one"
            and not options.get("no_open")
            and not is_kanban
        )

    def test_every_picture_has_a_text(self):
        without = [
            (view.name, node.get("src") or node.get("t-att-src"))
            for view, arch in self.views()
            for node in arch.iter("img")
            if node.get("alt") is None
        ]
        self.assertFalse(without)

    def test_cards_have_what_they_ask_for(self):
        """A card that asks for a field it does not have breaks the whole page."""
        missing = []
        for view, arch in self.views():
            for card in arch.iter("kanban"):
                known = {field.get("name") for field in card.iter("field")}
                asked = re.findall(r"\brecord\.(\w+)", etree.tostring(card).decode())
                missing += [(view.name, name) for name in sorted({*asked} - known)]
        self.assertFalse(missing)
