# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    consumer_invoices = fields.Boolean(
        "Consumers' Names on Invoices",
        help="Invoices of business buyers always show name, address and tax number, "
        "because the law requires it.",
    )
