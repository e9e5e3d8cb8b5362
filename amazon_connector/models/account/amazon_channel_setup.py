# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the set-up asks of a channel."""

from odoo import models

PREFERENCES = (
    "warehouse_id",
    "order_preference",
    "tax_source",
    "order_start_date",
    "new_product_policy",
    "order_name_policy",
    "order_name_prefix",
)


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    def action_share_preferences(self):
        """Give the account's other channels this one's preferences.

        :return: True
        """
        self.ensure_one()
        self.check_access("write")
        others = self.account_id.channel_ids - self
        others.write({name: self[name] for name in PREFERENCES})
        return True
