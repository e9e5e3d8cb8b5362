# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's amounts on invoices: repeated in full, in parts, and on credit notes.

A *pin* is Odoo's ``extra_tax_data``: the amounts that hold for one price, discount and
quantity. Odoo drops it when one of them changes; on a zero-percent tax the tax would be
lost with it. When only the quantity changes, the pin is divided anew instead.
"""

from odoo import api, fields, models
from odoo.tools import float_compare

NET = "manual_total_excluded_currency"
TAXES = "manual_tax_amounts"
TAX_AMOUNTS = ("tax_amount_currency", "base_amount_currency")
# The pin that a line without a link to an Amazon order was divided from.
WHOLE = "amazon_whole"


def prorate_pin(whole, quantity, taken, currency):
    """The part of a pin that belongs to ``quantity``.

    The parts of a pin add up to it exactly, whatever their quantities: each is the
    rounded share of all quantities so far, less what was taken before.

    :param dict whole: the pin to divide, its quantity not zero
    :param list taken: pins that were divided from it before, credit notes negative
    :return: pin; amounts in company currency are left to Odoo, which converts these
    """
    share = (quantity + sum(pin["quantity"] for pin in taken)) / whole["quantity"]

    def rest(read):
        if not quantity:
            return 0.0
        due = currency.round(read(whole) * share)
        return currency.round(due - sum(read(pin) for pin in taken))

    return {
        "currency_id": whole["currency_id"],
        "price_unit": whole["price_unit"],
        "discount": whole["discount"],
        "quantity": quantity,
        NET: rest(lambda pin: pin[NET]),
        TAXES: {
            tax: {
                name: rest(lambda pin, t=tax, n=name: pin[TAXES].get(t, {}).get(n, 0.0))
                for name in TAX_AMOUNTS
            }
            for tax in whole[TAXES]
        },
    }


def scale_pin(pin, quantity):
    """The same pin for another quantity, in proportion and not rounded."""
    factor = quantity / pin["quantity"]
    return {
        **pin,
        "quantity": quantity,
        NET: pin[NET] * factor,
        TAXES: {
            tax: {name: amount * factor for name, amount in amounts.items()}
            for tax, amounts in pin[TAXES].items()
        },
    }


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    extra_tax_data = fields.Json(
        compute="_compute_extra_tax_data", store=True, readonly=False, copy=True
    )

    @api.depends("quantity")
    def _compute_extra_tax_data(self):
        """Divide Amazon's pin anew when the quantity changes; leave all others."""
        for line in self:
            pin = line.extra_tax_data
            if pin and pin.get(TAXES) and line.display_type == "product":
                pin = line._prorate_amazon_pin(pin)
            line.extra_tax_data = pin

    def _prorate_amazon_pin(self, pin):
        """``pin`` for this line's quantity, if it is one of Amazon's; else as it is."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        if not float_compare(self.quantity, pin["quantity"], precision_digits=digits):
            return pin
        stored = self._origin
        sale_line = stored._get_amazon_sale_line()
        if reversed_line := stored._get_amazon_reversed_line(sale_line):
            refunds = reversed_line.move_id.reversal_move_ids.filtered(
                lambda move: move.state != "cancel"
            )
            others = refunds.invoice_line_ids - stored
            whole = reversed_line.extra_tax_data
            taken = [
                line._get_amazon_share(sale_line, whole)
                for line in others
                if line.sale_line_ids == sale_line
            ]
            return prorate_pin(whole, self.quantity, taken, self.currency_id)
        if sale_line and sale_line._get_amazon_pin():
            if stored.move_id.move_type != "out_refund":
                return sale_line._prorate_amazon_pin(self.quantity, without=stored)
            return self.env["account.tax"]._reverse_quantity_base_line_extra_tax_data(
                sale_line._prorate_amazon_pin(-self.quantity, without=stored)
            )
        whole = pin.get(WHOLE, pin)
        if not whole["quantity"] or not self._is_amazon_pin(pin, sale_line):
            return pin
        return {**prorate_pin(whole, self.quantity, [], self.currency_id), WHOLE: whole}

    def _is_amazon_pin(self, pin, sale_line):
        """Whether a pin repeats Amazon's amounts; Odoo pins down payments, too."""
        if sale_line:
            return True
        taxes = self.env["account.tax"].browse(int(tax) for tax in pin[TAXES])
        return any(taxes.exists().mapped("amazon_role"))

    def _get_amazon_sale_line(self):
        """The line of the Amazon order that this line invoices, or an empty record."""
        lines = self.sale_line_ids.filtered("amazon_charge")
        return lines if len(lines) == 1 else lines.browse()

    def _get_amazon_reversed_line(self, sale_line):
        """The invoice line that this line of a credit note takes back, if pinned."""
        if not sale_line or self.move_id.move_type != "out_refund":
            return self.browse()
        lines = self.move_id.reversed_entry_id.invoice_line_ids.filtered(
            lambda line: line.sale_line_ids == sale_line
        )
        is_pinned = len(lines) == 1 and lines.quantity and lines._is_pinned()
        return lines if is_pinned else self.browse()

    def _is_pinned(self):
        """Whether Odoo takes this line's amounts from its pin."""
        self.ensure_one()
        base_line = self.move_id._prepare_product_base_line_for_taxes_computation(self)
        return bool(base_line[TAXES])

    def _get_amazon_share(self, sale_line, whole):
        """What this line takes of a pin, as a pin: its own, else in proportion."""
        self.ensure_one()
        quantity = self.product_uom_id._compute_quantity(
            self.quantity, sale_line.product_uom_id, round=False
        )
        if self._is_pinned() and NET in self.extra_tax_data:
            return {**self.extra_tax_data, "quantity": quantity}
        return scale_pin(whole, quantity)
