# SPDX-License-Identifier: LGPL-3.0-or-later
"""docs/operations.md tells of every scheduled action."""

import re
import unittest
from pathlib import Path

from odoo.tests import TransactionCase, tagged

PAGE = Path(__file__).resolve().parents[3] / "docs" / "operations.md"


@tagged("post_install", "-at_install")
class TestOperationsPage(TransactionCase):
    def test_every_scheduled_action_is_told_of(self):
        """Who runs a server knows each by its name, and those that run at once."""
        if not PAGE.is_file():
            raise unittest.SkipTest("docs/operations.md is not beside the addon")
        page = PAGE.read_text(encoding="utf-8")
        told = re.findall(r"^\| (Amazon: [^|(]+?)(?: \([^|]*\))? \|", page, re.M)
        Cron = self.env["ir.cron"].with_context(active_test=False)
        crons = Cron.search([("name", "=like", "Amazon: %")])
        self.assertGreater(len(crons), 13)
        self.assertEqual(set(crons.mapped("name")) - set(told), set())
        data = self.env["ir.model.data"].search(
            [("model", "=", "ir.cron"), ("module", "=", "amazon_connector")]
        )
        own = set(Cron.browse(data.mapped("res_id")).mapped("name"))
        self.assertEqual(own - set(told), set())
        self.assertIn("all but the last three are off", page)
        self.assertEqual(
            told[-3:],
            [
                "Amazon: warn of expiring authorizations",
                "Amazon: delete buyers' data",
                "Amazon: encrypt with the newest key",
            ],
        )
