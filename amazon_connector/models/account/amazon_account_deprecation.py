# SPDX-License-Identifier: LGPL-3.0-or-later
"""A notice on the account before Amazon switches off what the connector calls."""

from odoo import fields, models

from ...sp_api.deprecations import find_due


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    deprecation_notice = fields.Text(
        compute="_compute_deprecation_notice",
        help="What this version of the connector still uses and Amazon switches off "
        "within 90 days.",
    )

    def _compute_deprecation_notice(self):
        lines = [
            self._describe_deprecation(entry)
            for entry in find_due(fields.Date.context_today(self))
        ]
        self.deprecation_notice = "\n".join(lines) or False

    def _describe_deprecation(self, entry):
        return self.env._(
            "Amazon has announced that it will switch off %(name)s on %(day)s. Update "
            "the connector before then: a newer version uses the replacement.",
            name=entry.name,
            day=fields.Date.to_string(entry.day),
        )
