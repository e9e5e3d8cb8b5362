# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    close_shipped_outside = fields.Boolean(
        "Close Deliveries Shipped Elsewhere",
        help="An order that was confirmed to Amazon outside Odoo gets its delivery "
        "closed with Amazon's quantities and tracking. Otherwise a user is asked.",
    )
