# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonAccount(models.Model):
    _inherit = "amazon.account"

    mtr_scheduled_at = fields.Datetime(
        "Tax Report Scheduled",
        readonly=True,
        copy=False,
        help="When Amazon was asked to create India's tax report each month.",
    )
