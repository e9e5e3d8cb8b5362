# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class AmazonSyncOrders(models.AbstractModel):
    """Orders: fetched into the inbox (:mod:`.orders_fetch`), then applied to Odoo
    (:mod:`.orders_apply`), each by a cron of its own."""

    _name = "amazon.sync.orders"
    _inherit = "amazon.sync.base"
    _description = "Amazon Sync: Orders"

    _kind = "orders"
