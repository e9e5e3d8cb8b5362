# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def action_open_seller_central(self):
        """Open the order of a delivery at Amazon."""
        self.ensure_one()
        self.check_access("read")
        order = self.sudo().sale_id._get_amazon_bindings()
        own = order.filtered(lambda one: one.company_id == self.sudo().company_id)
        return own._open_seller_central()
