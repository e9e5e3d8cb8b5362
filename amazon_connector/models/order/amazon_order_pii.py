# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from ...tools.vault import get_vault


class AmazonOrderPii(models.Model):
    """Personal data of one Amazon order, encrypted; only the connector reads it."""

    _name = "amazon.order.pii"
    _description = "Amazon Order Personal Data"
    _inherit = "amazon.binding"
    _closed = True
    _log_access = False
    _rec_name = "order_id"

    order_id = fields.Many2one("amazon.order", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company")
    ciphertext = fields.Text(groups=fields.NO_ACCESS, prefetch=False)
    fingerprint = fields.Char(
        groups=fields.NO_ACCESS, help="Keyed hash, to see changes without decrypting."
    )

    _order_unique = models.Constraint("unique(order_id)", "One record per order.")

    @api.model
    def _read_personal(self, orders):
        """``{order: personal}`` of these Amazon orders, {} where nothing is stored.

        ``personal`` has the shape of :func:`~..sp_api.privacy.split_order`. Callers
        keep it in local variables and hand it to nothing that logs or stores it.
        """
        vault = get_vault()
        rows = self.sudo().search_fetch(
            [("order_id", "in", orders.ids)], ["order_id", "ciphertext"]
        )
        found = {
            row.order_id.id: vault.decrypt(row.ciphertext)
            for row in rows
            if row.ciphertext
        }
        return {order: found.get(order.id, {}) for order in orders}
