# SPDX-License-Identifier: LGPL-3.0-or-later
"""The strings that translators get."""

import io
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export


@tagged("post_install", "-at_install", "-standard", "amazon_carriers")
class TestTranslations(TransactionCase):
    """Runs where all addons of the connector are installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addons = cls.env["ir.module.module"].search(
            [("name", "=like", "amazon\\_connector%"), ("state", "=", "installed")]
        )

    def test_templates_hold_every_string(self):
        """Each .pot has what users see, and no more; `setup/translations` makes it."""
        for addon in self.addons.mapped("name"):
            template = Path(get_module_path(addon), "i18n", f"{addon}.pot")
            with self.subTest(addon=addon):
                kept = self._read_texts(polib.pofile(str(template)))
                self.assertEqual(self._export(addon), kept)

    def _export(self, addon):
        with io.BytesIO() as buffer:
            trans_export(False, [addon], buffer, "po", self.env)
            return self._read_texts(polib.pofile(buffer.getvalue().decode()))

    def _read_texts(self, entries):
        """All but names of models, which addons of others change."""
        return {
            entry.msgid
            for entry in entries
            if any("model:ir.model,name" not in place for place, _ in entry.occurrences)
        }

    def test_a_user_reads_another_language(self):
        """Fields and menus are there in a language that is switched on."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.addons._update_translations("de_DE")
        german = self.env(context={"lang": "de_DE"})
        field = german["amazon.account"].fields_get(["on_hold"])["on_hold"]
        menu = german.ref("amazon_connector.amazon_stock_menu")
        self.assertEqual(field["string"], "Pausiert")
        self.assertEqual(menu.name, "Bestand")
