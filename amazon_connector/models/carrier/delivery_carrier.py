# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models

from ...tools.scrubbing import get_scrubber
from ..order.reveal import read_address
from .lend_to_carrier import (
    check_addresses,
    explain_missing,
    find_orders,
    lend_to_carrier,
)
from .purchases import send_once


class DeliveryCarrier(models.Model):
    """Providers get the real address of Amazon's buyers, whoever wrote them.

    What they store or log meanwhile is scrubbed, see ``order/lending.py``.
    """

    _inherit = "delivery.carrier"

    def rate_shipment(self, order):
        """Override: the price is that of the real address."""
        orders = find_orders(self, order)
        gone = [one for one in orders.values() if one.redacted_on or one._is_data_due()]
        if gone:
            return {
                "success": False,
                "price": 0.0,
                "error_message": explain_missing(self.env, gone[0]),
                "warning_message": False,
            }
        rate = super().rate_shipment
        return lend_to_carrier(self, orders, lambda: rate(order))

    def send_shipping(self, pickings):
        """Override: the parcel goes to the real address, and is paid once."""
        orders = find_orders(self, pickings)
        check_addresses(self.env, orders)
        send = super().send_shipping
        if not orders:
            return send(pickings)
        return lend_to_carrier(
            self, orders, lambda: send_once(self, pickings, orders, send)
        )

    def get_return_label(self, pickings, tracking_number=None, origin_date=None):
        """Override: the parcel comes from the real address."""
        orders = find_orders(self, pickings)
        check_addresses(self.env, orders)
        get_label = super().get_return_label
        return lend_to_carrier(
            self, orders, lambda: get_label(pickings, tracking_number, origin_date)
        )

    def log_xml(self, xml_string, func):
        """Override: a request with a buyer's data is not kept for debugging."""
        if get_scrubber():
            xml_string = self.env._(
                "Left out: it contains the data of an Amazon buyer."
            )
        return super().log_xml(xml_string, func)

    def _match_address(self, partner):
        """Override: postal codes, states and countries are the real ones.

        A stand-in in memory carries them: matching is asked for by forms that are not
        saved, and nothing of it leaves Odoo.
        """
        values = read_address(partner)
        if not values:
            return super()._match_address(partner)
        stand_in = partner.new(values, origin=partner._origin)
        try:
            return super()._match_address(stand_in)
        finally:
            stand_in.invalidate_recordset(flush=False)
