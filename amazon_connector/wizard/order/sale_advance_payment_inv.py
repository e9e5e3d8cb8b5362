# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class SaleAdvancePaymentInv(models.TransientModel):
    _inherit = "sale.advance.payment.inv"

    def _create_invoices(self, sale_orders):
        """Override of `sale`: no down payment on a frozen order either."""
        (sale_orders | self.sale_order_ids)._check_not_frozen()
        return super()._create_invoices(sale_orders)
