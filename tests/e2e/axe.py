# SPDX-License-Identifier: LGPL-3.0-or-later
"""axe-core in the browser: what people with a screen reader or weak eyes cannot use."""

import dataclasses
import json
from pathlib import Path

from pieces import apart, paths

_GRAVE = ("serious", "critical")
# What Odoo's own screens have as well, and no view can change: elements by axe's rule.
ODOOS_OWN = {
    "aria-allowed-attr": (
        ".o_control_panel",
        ".o_tag",  # says whether it is selected
        ".o-autocomplete--input",  # so does the field that looks for tags
        ".o_content .dropdown-toggle",  # a value's menu says whether it is open
    ),
    "aria-command-name": (".o_control_panel",),
    "aria-dialog-name": (".modal",),  # a dialog's title is no heading of it
    "aria-required-parent": (".o_control_panel", ".o_notebook_headers"),
    "aria-roles": (".o_control_panel",),
    "autocomplete-valid": (".o_select_menu_toggler",),
    "button-name": (
        ".o_control_panel",
        ".o_optional_columns_dropdown",
        ".o_external_button",  # opens a line's record
        ".o_search_panel_sidebar",
        "#labelVisibilityButtonId",  # of a delivery's lines
    ),
    # The colours of its theme.
    "color-contrast": (
        *("a", ".badge", "tr.text-muted", ".o_pivot"),
        ".o_form_label",  # by phone
        ".o_stat_value.text-muted",  # of products
    ),
    "image-alt": (".o_avatar", ".o_field_many2one_avatar_user"),
    "label": (
        ".o_list_record_selector",
        "thead .o-checkbox",
        "td .o-checkbox",
        ".o-autocomplete--input",
        "[name=qty_available]",  # a product's stock
    ),
    "role-img-alt": (".o_control_panel", ".o_activity", ".o-mail-ActivityButton"),
    "scrollable-region-focusable": (".o_list_renderer", ".o_pivot", ".modal-body"),
}
# Odoo's too, whatever is wrong there.
_LEFT_OUT = (".o-mail-Form-chatter", ".o-mail-ChatterContainer", ".o-mail-Chatter")
# More of the same tells nothing.
_ENOUGH = (".o_data_row:nth-child(n+6)", ".o_kanban_record:nth-child(n+8)")


@dataclasses.dataclass(frozen=True)
class Finding:
    rule: str
    html: str
    why: str


class Inspector:
    """Opens screens within one page, and looks at them.

    :param chromium.Browser browser: with the web client open
    """

    def __init__(self, browser):
        self.browser = browser
        requirements = paths.SETUP / "requirements-axe.txt"
        package = apart.folder("axe", requirements) / "axe_playwright_python"
        for script in (package / "axe.min.js", Path(__file__).with_name("axe_page.js")):
            browser.run(f"{script.read_text()};0")

    def _run(self, method, *arguments):
        words = ", ".join(map(json.dumps, arguments))
        return self.browser.run(f"axePage.{method}({words})")

    def open(self, action, shown, **options):
        """Open an action as a menu does.

        :param action: its id, or itself as a dict
        :param str shown: selector of what is there when it is drawn
        """
        assert self._run("open", action, shown, options), action

    def switch(self, record):
        """Open a record of the list that is open."""
        assert self._run("switchTo", record), record

    def press(self, model, record, method, shown):
        """Press a record's button, which opens a dialog."""
        assert self._run("press", model, record, method, shown), method

    def close(self):
        """Close the dialog."""
        self._run("open", {"type": "ir.actions.act_window_close"}, "body", {})
        self.browser.wait_for("!document.querySelector('.o_dialog')")

    def look(self):
        """What axe-core finds that is grave, and not Odoo's own.

        :rtype: list[Finding]
        """
        owners = sorted({own for owns in ODOOS_OWN.values() for own in owns})
        return [
            Finding(one["rule"], one["html"], one["why"])
            for one in self._run("look", _GRAVE, (*_LEFT_OUT, *_ENOUGH), owners)
            if not set(one["owners"]) & set(ODOOS_OWN.get(one["rule"], ()))
        ]
