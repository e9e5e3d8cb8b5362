# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import ROUND_DOWN, Decimal

from odoo import api, models

_HALF = Decimal(2)


class AmazonOrderMapper(models.AbstractModel):
    _inherit = "amazon.order.mapper"

    @api.model
    def _split_charge(self, work, data, item, charge, source):
        """Override of `amazon_connector`: Amazon's tax as GST at zero percent (S71).

        Where the goods leave from and where they go decides: another state, IGST takes
        all (S72); the same, CGST and SGST or UTGST take a half each (S73, S74).
        """
        taxes, net, amounts = super()._split_charge(work, data, item, charge, source)
        stated = data.taxes["stated"]
        if source != "amazon" or taxes != stated or not self._has_gst(work, data):
            return taxes, net, amounts
        amounts = self._split_gst(work, data, amounts[stated])
        return self.env["account.tax"].union(*amounts), net, amounts

    @api.model
    def _has_gst(self, work, data):
        return "igst" in data.taxes and work.channel._has_gst()

    @api.model
    def _split_gst(self, work, data, amount):
        """``{tax: Decimal}`` of an amount of GST; an odd paisa goes to CGST."""
        seller = self._get_ship_from_state(work, data)
        if not seller or work.delivery.state_id != seller:
            return {data.taxes["igst"]: amount}
        company = work.channel.company_id
        digits = Decimal(1).scaleb(-work.channel.currency_id.decimal_places)
        half = (amount / _HALF).quantize(digits, rounding=ROUND_DOWN)
        return {
            data.taxes["cgst"]: amount - half,
            data.taxes[company._get_second_half(seller)]: half,
        }

    @api.model
    def _get_ship_from_state(self, work, data):
        """The state that the goods leave from; for FBA the seller's, provisionally."""
        company = work.channel.company_id
        if self.env["amazon.order.deliverer"]._get_shipping(work) == "amazon":
            return company.state_id
        warehouse = data.warehouses[work.channel]
        return warehouse.partner_id.state_id or company.state_id
