# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _add_delivery_cost_to_so(self):
        """Override of `stock_delivery`: Amazon's buyer has paid what Amazon states.

        The carrier's price stays on the transfer.
        """
        if self.sale_id.amazon_order_id:
            return None
        return super()._add_delivery_cost_to_so()
