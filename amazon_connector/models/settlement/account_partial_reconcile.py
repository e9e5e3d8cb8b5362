# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ...tools.context import MATCHING


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: who pays an invoice also settles its order."""
        partials = super().create(vals_list)
        partials._follow_amazon_items(partials.debit_move_id | partials.credit_move_id)
        return partials

    def unlink(self):
        """Override of `account`: an order whose match is undone is open again."""
        lines = self.debit_move_id | self.credit_move_id
        result = super().unlink()
        self._follow_amazon_items(lines)
        return result

    @api.model
    def _follow_amazon_items(self, lines):
        if lines and not MATCHING.get(self.env):
            self.env["amazon.settlement.order"]._follow_items(lines)
