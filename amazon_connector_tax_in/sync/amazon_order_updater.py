# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class AmazonOrderUpdater(models.AbstractModel):
    _inherit = "amazon.order.updater"

    @api.model
    def _explain_change(self, work):
        """Override of `amazon_connector`: say that taxes chosen by hand stay (S75)."""
        reason = super()._explain_change(work)
        sale = work.binding.sale_order_id
        if not any(sale.order_line.mapped("amazon_taxes_chosen")):
            return reason
        note = self.env._(
            "Its taxes were chosen by hand and are kept; they are computed from "
            "Amazon's new totals."
        )
        return f"{reason} {note}" if reason else note
