# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from ...tools.context import NOTED


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def message_post_with_source(self, source_ref, **options):
        """Override of `mail`: no second note about the order that asked for it."""
        if NOTED.get(self.env) and source_ref == "mail.message_origin_link":
            return self.env["mail.message"]
        return super().message_post_with_source(source_ref, **options)

    def _add_delivery_cost_to_so(self):
        """Override of `stock_delivery`: Amazon's buyer has paid what Amazon states.

        The carrier's price stays on the transfer.
        """
        if self.sale_id.amazon_order_id:
            return None
        return super()._add_delivery_cost_to_so()
