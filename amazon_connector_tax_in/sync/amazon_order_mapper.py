# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models

from ..gst.halves import halve
from ..gst.rates import find_rates

_INDIA = timedelta(hours=5, minutes=30)
"""India's time less UTC; without daylight saving."""


class AmazonOrderMapper(models.AbstractModel):
    _inherit = "amazon.order.mapper"

    @api.model
    def _split_charge(self, work, data, item, charge, source):
        """Override of `amazon_connector`: Amazon's tax as GST (S71).

        Where the goods leave from and where they go decides: another state, IGST takes
        all (S72); the same, CGST and SGST or UTGST take a half each (S73, S74). The
        rate is a real one where the amounts tell it, else 0 %.
        """
        taxes, net, amounts = super()._split_charge(work, data, item, charge, source)
        stated = data.taxes["stated"]
        if source != "amazon" or taxes != stated or not self._has_gst(work, data):
            return taxes, net, amounts
        tax = amounts[stated]
        if real := self._find_real_tax(work, data, item, net, tax):
            return real, net, self._split_gst(work, real._get_gst_kinds(), tax)
        amounts = self._split_gst(work, self._get_stated_kinds(work, data), tax)
        return self.env["account.tax"].union(*amounts), net, amounts

    @api.model
    def _has_gst(self, work, data):
        return "igst" in data.taxes and work.channel._has_gst()

    @api.model
    def _split_gst(self, work, kinds, amount):
        """``{tax: Decimal}`` of an amount of GST; an odd paisa goes to the first."""
        if len(kinds) == 1:
            return {kinds[0]: amount}
        halves = halve(amount, work.channel.currency_id.decimal_places)
        return dict(zip(kinds, halves, strict=True))

    @api.model
    def _get_stated_kinds(self, work, data):
        """The taxes of 0 % for an order: IGST, or CGST and its other half."""
        if not self._is_within_state(work, data):
            return [data.taxes["igst"]]
        company = work.channel.company_id
        half = company._get_second_half(self._get_ship_from_state(work, data))
        return [data.taxes["cgst"], data.taxes[half]]

    @api.model
    def _find_real_tax(self, work, data, item, net, amount):
        """The real tax that gives this amount, or None.

        What the product is taxed with decides where several rates fit, and objects
        where none of them is its own.
        """
        if work.channel.gst_taxes != "real" or not amount:
            return None
        rates = find_rates(net, amount, item.quantity_ordered or 1, _get_day(work))
        own = self._get_product_rate(work, item)
        if own:
            rates = [rate for rate in rates if rate == own]
        if not rates:
            return None
        within = self._is_within_state(work, data)
        return work.channel.company_id._get_real_gst(rates[0], within)

    @api.model
    def _get_product_rate(self, work, item):
        """The rate that the product's own taxes name, None without any."""
        company = work.channel.company_id
        taxes = work.lines[item.order_item_id].product_id.taxes_id
        taxes = taxes._filter_taxes_by_company(company)
        return taxes.amount if len(taxes) == 1 and taxes.amount else None

    @api.model
    def _is_within_state(self, work, data):
        seller = self._get_ship_from_state(work, data)
        return bool(seller) and work.delivery.state_id == seller

    @api.model
    def _get_ship_from_state(self, work, data):
        """The state that the goods of an order leave from."""
        return work.channel.company_id._get_ship_from_state(
            data.warehouses[work.channel],
            self.env["amazon.order.deliverer"]._get_shipping(work),
        )


def _get_day(work):
    """The date of an order in India."""
    moment = work.binding.purchase_time or fields.Datetime.now()
    return (moment + _INDIA).date()
