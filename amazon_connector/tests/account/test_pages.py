# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import HttpCase, new_test_user, tagged

from ...models.account.amazon_account_setup import HELP_PATH


@tagged("post_install", "-at_install")
class TestPages(HttpCase):
    """Pages beside the web client."""

    def test_help(self):
        """It opens beside a website, too, and brings no script of anybody."""
        new_test_user(
            self.env, "reader", "amazon_connector.group_user", password="reader"
        )
        self.authenticate("reader", "reader")
        answer = self.url_open(HELP_PATH)
        self.assertEqual(answer.status_code, 200, answer.text[:1000])
        self.assertIn("Prepare your Amazon account", answer.text)
        self.assertIn("stylesheet", answer.text)
        self.assertNotRegex(answer.text, r"<script[^>]+src=")
