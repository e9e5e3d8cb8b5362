# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models

from ..gst.halves import split
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
        if chosen := self._find_chosen_taxes(work, item, charge):
            return (chosen, *self._compute_own_taxes(work, data, chosen, charge.gross))
        tax, digits = amounts[stated], work.channel.currency_id.decimal_places
        if real := self._find_real_tax(work, data, item, net, tax):
            return real, net, split(tax, real._get_gst_kinds(), digits)
        kinds = [data.taxes[role] for role in self._get_kinds(work, data)]
        amounts = split(tax, kinds, digits)
        return self.env["account.tax"].union(*amounts), net, amounts

    @api.model
    def _has_gst(self, work, data):
        return "igst" in data.taxes and work.channel._has_gst()

    @api.model
    def _get_kinds(self, work, data):
        """The kinds of GST of an order: roles of taxes."""
        ship_from = self._get_ship_from_state(work, data)
        return work.channel.company_id._choose_gst_kinds(
            ship_from, work.delivery.state_id
        )

    @api.model
    def _find_chosen_taxes(self, work, item, charge):
        """The taxes that a user gave the line of a charge (S75), empty without."""
        line = work.lines[item.order_item_id]
        chosen = work.binding.sale_order_id.order_line.filtered(
            lambda one: (
                one.amazon_taxes_chosen
                and one.amazon_order_line_id == line
                and one.amazon_charge == charge.kind
            )
        )
        return chosen[:1].tax_ids

    @api.model
    def _find_real_tax(self, work, data, item, net, amount):
        """The real tax that gives this amount, or None.

        What the product is taxed with decides where several rates fit, and objects
        where none of them is its own.
        """
        if work.channel.gst_taxes != "real" or not amount:
            return None
        company = work.channel.company_id
        product = work.lines[item.order_item_id].product_id
        units = item.quantity_ordered or 1
        hsn = product.l10n_in_hsn_code
        rates = find_rates(net, amount, units, _get_day(work), hsn)
        own = company._get_chosen_rate(product)
        if own is not None:
            rates = [rate for rate in rates if rate == own]
        if not rates:
            return None
        return company._get_real_gst(rates[0], len(self._get_kinds(work, data)) > 1)

    @api.model
    def _get_ship_from_state(self, work, data):
        """The state that the goods of an order leave from."""
        told = work.binding.sale_order_id.amazon_ship_from_id
        return told or work.channel.company_id._get_ship_from_state(
            data.warehouses[work.channel],
            self.env["amazon.order.deliverer"]._get_shipping(work),
        )


def _get_day(work):
    """The date of an order in India."""
    moment = work.binding.purchase_time or fields.Datetime.now()
    return (moment + _INDIA).date()
