# SPDX-License-Identifier: LGPL-3.0-or-later
"""The account says what Amazon switches off before it does."""

from datetime import date

from odoo.tests import tagged

from ...models.account import amazon_account_deprecation
from ...sp_api.deprecations import Deprecation
from ..common import AmazonCase


@tagged("post_install", "-at_install")
class TestDeprecation(AmazonCase):
    def test_nothing_to_tell(self):
        self.assertFalse(self.account.deprecation_notice)

    def test_notice(self):
        gone = Deprecation("oldCall", "newCall", date(2030, 1, 1), "Amazon")
        self.patch(amazon_account_deprecation, "find_due", lambda today: [gone])
        self.account.invalidate_recordset(["deprecation_notice"])
        self.assertIn("oldCall on 2030-01-01", self.account.deprecation_notice)
        view = self.env["amazon.account"].get_view(view_type="form")
        self.assertIn('name="deprecation_notice"', view["arch"])
