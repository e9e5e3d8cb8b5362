# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from odoo.addons.amazon_connector.sync.orders.kind import BATCH_SIZE


class AmazonSyncOrders(models.AbstractModel):
    _inherit = "amazon.sync.orders"

    @api.model
    def _count_shares(self, method):
        """Override: of orders that wait, a batch is a share."""
        if method == "_apply_waiting":
            return -(-self._count_waiting() // BATCH_SIZE)
        return super()._count_shares(method)
