# SPDX-License-Identifier: LGPL-3.0-or-later
"""A buyer's data for the dialog: a route, because expressions call every method."""

import logging

from odoo.exceptions import AccessError
from odoo.http import Controller, request, route

from ..models.order.reveal import log_access, read_buyer

_logger = logging.getLogger(__name__)


def _find_latest(contact):
    """The last order that went to a contact."""
    goes_there = [("sale_order_id.partner_shipping_id", "in", contact.ids)]
    return contact.env["amazon.order"].search(goes_there, order="id desc", limit=1)


SOURCES = {
    "account.move": lambda record: record._get_amazon_bindings()[:1],
    "amazon.order": lambda record: record,
    "sale.order": lambda record: record._get_amazon_bindings(),
    "res.partner": _find_latest,
    "stock.picking": lambda record: record.sale_id._get_amazon_bindings(),
}
"""From where the dialog opens, and which Amazon order that belongs to."""


class BuyerData(Controller):
    @route(
        "/amazon_connector/buyer_data", type="jsonrpc", auth="user", methods=["POST"]
    )
    def read_buyer_data(self, model, record_id):
        """What the buyer of one order told: ``[{"label": ..., "value": ...}, ...]``.

        :raises AccessError: for users without the group, and of other companies
        """
        env = request.env
        if not env.user.has_group("amazon_connector.group_buyer_data"):
            _logger.warning("User %s asked for buyers' data without the group", env.uid)
            raise AccessError(
                env._('Only members of the group "Buyer data" can see buyers\' data.')
            )
        order = _find_order(model, record_id)
        rows = read_buyer(order) if order else []
        if rows:
            shown = {order: [name for name, _label, _value in rows]}
            log_access(env, "screen", model, shown, request.httprequest.remote_addr)
        return [{"label": label, "value": value} for _name, label, value in rows]


def _find_order(model, record_id):
    """The Amazon order of a record, both of which the user may read."""
    if model not in SOURCES:
        raise AccessError(request.env._("There is no buyers' data to show."))
    record = request.env[model].browse(int(record_id)).exists()
    record.check_access("read")
    order = SOURCES[model](record.sudo())
    order.sudo(False).check_access("read")
    return order if order.company_id == record.sudo().company_id else order.browse()
