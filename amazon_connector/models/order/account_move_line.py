# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's amounts on invoices: repeated in full, in parts, and on credit notes.

A *pin* is Odoo's ``extra_tax_data``: the amounts that hold for one price, discount and
quantity. Odoo ignores it when one of them changes; on a zero-percent tax the tax would
be lost with it. When only the quantity changes, the pin is divided anew instead: at
once in the amounts (``account.tax._import_base_line_extra_tax_data``), and in the field
when an invoice line is written.
"""

from odoo import models
from odoo.tools import float_compare

NET = "manual_total_excluded_currency"
TAXES = "manual_tax_amounts"
TAX_AMOUNTS = ("tax_amount_currency", "base_amount_currency")
# What a pin holds for; with another price, discount or tax it means nothing.
PINNED = frozenset(("quantity", "price_unit", "discount", "tax_ids"))
# The pin that a line without a link to an Amazon order was divided from.
WHOLE = "amazon_whole"


def is_divisible(pin):
    """Whether a pin holds all that a share of it is made of; Odoo's may hold less."""
    return bool(pin and pin.get(TAXES) and NET in pin)


def share_pin(whole, quantity, currency, digits):
    """The pin for another quantity than its own; the rounded share of it."""
    if not float_compare(quantity, whole["quantity"], precision_digits=digits):
        return whole
    return prorate_pin(whole, quantity, [], currency)


def has_pinned_taxes(pin, taxes):
    """Whether a line has the very taxes of which a pin holds the amounts."""
    return {str(tax.id) for tax in taxes._origin.flatten_taxes_hierarchy()} == set(
        pin[TAXES]
    )


def prorate_pin(whole, quantity, taken, currency, share=None):
    """The part of a pin that belongs to ``quantity``.

    The parts of a pin add up to it exactly, whatever their quantities: each is the
    rounded share of all quantities so far, less what was taken before.

    :param dict whole: the pin to divide, its quantity not zero
    :param list taken: pins that were divided from it before, credit notes negative
    :param share: of the whole, all parts so far included; None: by the quantities
    :return: pin; amounts in company currency are left to Odoo, which converts these
    """
    if share is None:
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

    def write(self, vals):
        """Override of `account`: Amazon's amounts follow the quantity of a line."""
        if "extra_tax_data" in vals or not PINNED & vals.keys():
            return super().write(vals)
        amazon = self.filtered(lambda line: line._has_amazon_pin())
        if not amazon:
            return super().write(vals)
        pinned = amazon.filtered(lambda line: line._is_pinned())
        result = super(AccountMoveLine, self - amazon).write(vals)
        for line in amazon:
            quantity = vals.get("quantity", line.quantity)
            pin = line._divide_amazon_pin(quantity)
            super(AccountMoveLine, line).write({**vals, "extra_tax_data": pin})
        pinned._tell_lost_pins()
        return result

    def _has_amazon_pin(self):
        """Whether the line has Amazon's amounts, be they in force or not."""
        pin = self.extra_tax_data
        return bool(
            self.display_type == "product"
            and is_divisible(pin)
            and self._is_amazon_pin(pin, self._origin._get_amazon_sale_line())
        )

    def _tell_lost_pins(self):
        """Tell under each invoice which of these lines lost Amazon's amounts."""
        for line in self.filtered(lambda line: not line._is_pinned()):
            line.move_id._message_log(
                body=self.env._(
                    "The price, discount or taxes of %s were changed: the line no "
                    "longer follows Amazon's amounts.",
                    line.name or line.product_id.display_name,
                )
            )

    def _share_amazon_pin(self, base_line):
        """The pin to compute a line with, which a form may be changing."""
        pin = self.extra_tax_data
        if not self._has_amazon_pin() or not self.move_id.is_invoice(True):
            return pin
        if not has_pinned_taxes(pin, base_line["tax_ids"]):
            return {key: pin[key] for key in ("computation_key",) if key in pin}
        return self._divide_amazon_pin(base_line["quantity"])

    def _divide_amazon_pin(self, quantity):
        """The part of Amazon's amounts that belongs to so many units of this line."""
        pin = self.extra_tax_data
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        if not float_compare(quantity, pin["quantity"], precision_digits=digits):
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
            return prorate_pin(whole, quantity, taken, self.currency_id)
        if sale_line and sale_line._get_amazon_pin():
            if stored.move_id.move_type != "out_refund":
                return sale_line._prorate_amazon_pin(quantity, without=stored)
            return self.env["account.tax"]._reverse_quantity_base_line_extra_tax_data(
                sale_line._prorate_amazon_pin(-quantity, without=stored)
            )
        whole = pin.get(WHOLE, pin)
        if not whole["quantity"]:
            return pin
        return {**prorate_pin(whole, quantity, [], self.currency_id), WHOLE: whole}

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
        """Whether this line's amounts are those of its pin, as it is stored."""
        self.ensure_one()
        pin, currency = self.extra_tax_data, self.currency_id
        return bool(
            pin
            and pin.get(TAXES)
            and currency.id == pin["currency_id"]
            and not any(
                currency.compare_amounts(self[name], pin[name])
                for name in ("price_unit", "discount", "quantity")
            )
            and has_pinned_taxes(pin, self.tax_ids)
        )

    def _get_amazon_share(self, sale_line, whole):
        """What this line takes of a pin, as a pin: its own, else in proportion."""
        self.ensure_one()
        quantity = self.product_uom_id._compute_quantity(
            self.quantity, sale_line.product_uom_id, round=False
        )
        if self._is_pinned() and NET in self.extra_tax_data:
            return {**self.extra_tax_data, "quantity": quantity}
        return scale_pin(whole, quantity)
