# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

from ...tools.context import SHIPPED_OUTSIDE
from .lend_to_carrier import find_orders, keep_sealed, lend_to_carrier


class StockPicking(models.Model):
    _inherit = "stock.picking"

    amazon_purchase_key = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="The purchase that its label belongs to; see amazon.carrier.purchase.",
    )

    def send_to_shipper(self):
        """Override of `stock_delivery`: what other addons make of a carrier's answer
        is scrubbed and sealed as well. What left without Odoo needs no label."""
        self.ensure_one()
        if SHIPPED_OUTSIDE.get(self.env):
            return None
        orders = find_orders(self.carrier_id, self)
        return lend_to_carrier(self.carrier_id, orders, super().send_to_shipper)

    def print_return_label(self):
        """Override of `stock_delivery`, likewise."""
        self.ensure_one()
        orders = find_orders(self.carrier_id, self)
        return lend_to_carrier(self.carrier_id, orders, super().print_return_label)

    def message_post(self, **values):
        """Override: what code attaches to a delivery with a provider is a label, also
        when it is fetched again by a button of the carrier's. Users attach by upload.
        """
        orders = {}
        if values.get("attachments") and values.get("message_type") != "email":
            orders = find_orders(self.carrier_id, self) if self.carrier_id else {}
        if any(order.redacted_on for order in orders.values()):
            values["attachments"] = []
        post = super().message_post
        return keep_sealed(self.env, orders, lambda: post(**values))
