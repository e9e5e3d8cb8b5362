# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_open_seller_central(self):
        """Open the order at Amazon, where its people see what they may see there."""
        self.ensure_one()
        self.check_access("read")
        return self._get_amazon_bindings()._open_seller_central()
