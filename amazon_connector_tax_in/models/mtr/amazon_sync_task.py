# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

TWICE_A_DAY = 720


class AmazonSyncTask(models.Model):
    _inherit = "amazon.sync.task"

    kind = fields.Selection(
        selection_add=[("mtr", "India's Tax Report")], ondelete={"mtr": "cascade"}
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override: Amazon gives the tax report to few applications, so whoever has
        the role switches the module on."""
        for vals in vals_list:
            if vals.get("kind") == "mtr":
                vals.setdefault("active", False)
                vals.setdefault("interval_minutes", TWICE_A_DAY)
        return super().create(vals_list)
