# SPDX-License-Identifier: LGPL-3.0-or-later
"""External API: channels."""

from odoo import models

from ...tools.external_api import external, own


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    @external
    def api_status(self):
        """How these channels are.

        :return: ``{"channels": [see _get_api_status]}``
        """
        return {"channels": [channel._get_api_status() for channel in own(self)]}

    @external
    def api_sync(self, kinds=None, since=None, until=None):
        """As ``amazon.account.api_sync``, for these channels."""
        channels = own(self)
        steps = self.env["amazon.account.api.sync"]
        return steps._sync(kinds, since, until, channels)

    @external
    def api_push_stock(self, skus=None, product_ids=None):
        """Send quantities now, though Amazon may know them.

        :return: see ``amazon.listing._push_by_api``
        """
        domain = [("channel_id", "in", own(self).ids)]
        return self.env["amazon.listing"]._push_by_api(domain, skus, product_ids)

    def _get_api_status(self):
        """A plain dictionary of this channel."""
        self.ensure_one()
        marketplace = self.marketplace_id
        return {
            "id": self.id,
            "name": self.name,
            "active": self.active,
            "account_id": self.account_id.id,
            "marketplace_id": marketplace.amazon_code,
            "marketplace": marketplace.code,
            "currency": self.currency_id.name,
            "stock_live": bool(self.stock_live),
            "error_message": self.error_message or False,
        }
