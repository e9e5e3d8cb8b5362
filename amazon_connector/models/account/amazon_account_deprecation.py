# SPDX-License-Identifier: LGPL-3.0-or-later
"""A notice on the account before Amazon switches off what the connector calls."""

from odoo import fields, models

from ...sp_api.deprecations import find_due


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    deprecation_notice = fields.Text(
        compute="_compute_deprecation_notice",
        help="What Amazon switches off within 90 days, and this version of the "
        "connector still calls.",
    )

    def _compute_deprecation_notice(self):
        lines = [
            self._describe_deprecation(entry)
            for entry in find_due(fields.Date.context_today(self))
        ]
        self.deprecation_notice = "\n".join(lines) or False

    def _describe_deprecation(self, entry):
        return self.env._(
            "Amazon announced to switch off %(name)s on %(day)s. Update the connector "
            "before; a newer version calls what takes its place.",
            name=entry.name,
            day=fields.Date.to_string(entry.day),
        )
