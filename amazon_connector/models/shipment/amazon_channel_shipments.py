# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    close_shipped_outside = fields.Boolean(
        "Close Deliveries Shipped Elsewhere",
        help="If an order was confirmed to Amazon outside Odoo, its delivery is closed "
        "with Amazon's quantities and tracking. Off: a user is asked.",
    )
