# SPDX-License-Identifier: LGPL-3.0-or-later
"""Quantities that leave in bulk."""

from odoo import api, models

FEED_TYPE = "JSON_LISTINGS_FEED"


class AmazonSyncStock(models.AbstractModel):
    _inherit = "amazon.sync.stock"

    @api.model
    def _find_feeds(self, account):
        """The feeds of quantities that are on their way."""
        return self.env["amazon.feed"]._find_open(account, [FEED_TYPE])
