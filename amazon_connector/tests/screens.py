# SPDX-License-Identifier: LGPL-3.0-or-later
"""Press what a screen shows: a control that is gone, or hidden, cannot be pressed."""

from itertools import takewhile

from lxml import etree

from odoo.tools.safe_eval import safe_eval


class Screen:
    """A view of one record as its user gets it: groups and ``invisible`` count."""

    def __init__(self, record, view=None, view_type="form", arch=None):
        """
        :param record: one record, in the environment of the user who looks at it
        :param view: xmlid of the view; the model's own if left out
        :param arch: the arch of a list inside another screen
        """
        self.record = record
        if arch is None:
            view_id = record.env.ref(view).id if view else None
            arch = etree.fromstring(record.get_view(view_id, view_type)["arch"])
        self._arch = arch

    @classmethod
    def of_action(cls, env, action):
        """The dialog that an action opens."""
        record = env[action["res_model"]].with_context(**action.get("context", {}))
        if action.get("res_id"):
            return cls(record.browse(action["res_id"]))
        return cls(record.create({}))

    def line(self, record, field, control):
        """The screen of one line of the list inside this one that has a control."""
        path = f"//field[@name='{field}']/list[.//*[@name='{control}']]"
        (arch,) = self._shown(path)
        return Screen(record, arch=arch)

    def press(self, name, confirm=None):
        """Call a button's method, as a click does.

        :param confirm: words of the question that it must ask first
        """
        nodes = self._shown(f"//button[@name='{name}'] | //a[@name='{name}']")
        assert nodes, f"{self.record}: no button {name} can be seen"
        for node in nodes:
            asked = node.get("confirm") or ""
            assert (confirm or "") in asked, f"{name} asks {asked!r}"
        return getattr(self.record, name)()

    def shows(self, name):
        """Whether a field or button can be seen."""
        return bool(self._shown(f"//*[self::field or self::button][@name='{name}']"))

    def order_of(self, *names):
        """Positions of fields in the view, to compare."""
        nodes = list(self._arch.iter())
        return [
            next(at for at, node in enumerate(nodes) if node.get("name") == name)
            for name in names
        ]

    def _shown(self, path):
        return [
            node
            for node in self._arch.xpath(f".{path}")
            if not self._is_of_a_line(node) and self._is_shown(node)
        ]

    def _is_of_a_line(self, node):
        """Whether it stands in a view inside this one: see :meth:`line`."""
        inside = takewhile(lambda one: one is not self._arch, node.iterancestors())
        return any(one.tag in ("list", "kanban", "form") for one in inside)

    def _is_shown(self, node):
        while node is not None:
            if self._holds(node.get("invisible")) or self._holds(
                node.get("column_invisible")
            ):
                return False
            if node is self._arch:
                return True
            node = node.getparent()
        return True

    def _holds(self, expression):
        if not expression:
            return False
        return bool(safe_eval(expression, self._values(expression)))

    def _values(self, expression):
        """What the browser would put in for the names of an expression."""
        values = {"context": dict(self.record.env.context), "uid": self.record.env.uid}
        for name in compile(expression, "view", "eval").co_names:
            if name in self.record._fields:
                value = self.record[name]
                values[name] = value.ids[:1] if hasattr(value, "ids") else value
        if isinstance(self.record.id, int):
            values["id"] = self.record.id
        return values
