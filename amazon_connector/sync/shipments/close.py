# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from functools import partial

from odoo import api, models
from odoo.exceptions import RedirectWarning, UserError

from ...const import OUTSIDE_NOTICE
from ...tools.database import NOT_THE_DATA
from .kind import is_over

_logger = logging.getLogger(__name__)


class AmazonSyncShipments(models.AbstractModel):
    """Close deliveries of what was shipped outside Odoo, where the channel wants it."""

    _inherit = "amazon.sync.shipments"

    @api.model
    def _close_deliveries(self, task, _client, deadline):
        while self._transact_leased(task, partial(self._close_next, task)):
            if is_over(deadline):
                return False
        return True

    @api.model
    def _close_next(self, task):
        """Close the deliveries of one order; what Odoo refuses waits for a user."""
        order = self.env["amazon.order"].search(
            [("account_id", "=", task.account_id.id), ("to_close", "=", True)],
            order="id",
            limit=1,
        )
        if not order:
            return False
        order = order.with_company(order.company_id)
        try:
            with self.env.cr.savepoint():
                order._close_delivery()
        except NOT_THE_DATA:
            raise
        except Exception as error:
            told = isinstance(error, (UserError, RedirectWarning))
            if not told:
                _logger.exception(
                    "The delivery of Amazon order %s cannot be closed",
                    order.order_number,
                )
            self._ask_to_close(order, error.args[0] if told else type(error).__name__)
        order.to_close = False
        return True

    @api.model
    def _ask_to_close(self, order, reason):
        order._raise_notice(
            OUTSIDE_NOTICE,
            self.env._("Shipped outside Odoo"),
            self.env._(
                "According to Amazon, this order was shipped, but its delivery could "
                "not be closed: %(reason)s Close it by hand.",
                reason=reason,
            ),
        )
