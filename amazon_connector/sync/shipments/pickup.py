# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import UserError

from ...models.account.credentials import open_client
from ...sp_api import AmazonError, Shipments


class AmazonSyncShipments(models.AbstractModel):
    """Telling Amazon how far a pick-up is, in the transaction of the user who says so.

    The call goes out before anything is written, and may be repeated: it names a
    state. Source: Amazon's ``updateShipmentStatus``.
    """

    _inherit = "amazon.sync.shipments"

    @api.model
    def _tell_pickup(self, order, status):
        """
        :param status: one of ``sp_api.shipments.PICKUP_STATUSES``
        :raises UserError: with the reason in words
        """
        account = order.account_id
        marketplace = order.channel_id.marketplace_id.amazon_code
        try:
            with open_client(account, "user") as client:
                Shipments(client).update_status(order.order_number, marketplace, status)
        except AmazonError as error:
            reason = account._explain_error(error)
        else:
            return
        raise UserError(reason)
