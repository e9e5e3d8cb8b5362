# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from .lend_to_carrier import find_orders, lend_to_carrier


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def send_to_shipper(self):
        """Override of `stock_delivery`: what other addons make of a carrier's answer
        is scrubbed and sealed as well."""
        self.ensure_one()
        orders = find_orders(self.carrier_id, self)
        return lend_to_carrier(self.carrier_id, orders, super().send_to_shipper)

    def print_return_label(self):
        """Override of `stock_delivery`, likewise."""
        self.ensure_one()
        orders = find_orders(self.carrier_id, self)
        return lend_to_carrier(self.carrier_id, orders, super().print_return_label)
