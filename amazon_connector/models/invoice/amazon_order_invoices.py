# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from .invoice_data import keep_buyers


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    def _keep_for_law(self):
        """Set apart what the law has the seller keep of these orders' buyers."""
        return keep_buyers(self.sudo())
