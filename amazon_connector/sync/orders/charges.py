# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's amounts of one charge, against the line of the sales order that has it."""

from odoo import Command
from odoo.tools import float_round

AMOUNTS = (
    "price_unit",
    "technical_price_unit",
    "discount",
    "tax_ids",
    "extra_tax_data",
)


def has_amounts(line, vals):
    """Whether a line comes to the amounts of these values already."""
    pin, currency = vals["extra_tax_data"], line.currency_id
    tax = sum(
        part["tax_amount_currency"] for part in pin["manual_tax_amounts"].values()
    )
    net = pin["manual_total_excluded_currency"]
    return not currency.compare_amounts(
        line.price_subtotal, net
    ) and not currency.compare_amounts(line.price_total, net + tax)


def take_nothing(line):
    """Amounts of a charge that Amazon states no more."""
    taxes = line.tax_ids.flatten_taxes_hierarchy()
    nothing = {"tax_amount_currency": 0.0, "base_amount_currency": 0.0}
    return {
        "price_unit": 0.0,
        "technical_price_unit": 0.0,
        "discount": 0.0,
        "tax_ids": [Command.set(line.tax_ids.ids)],
        "extra_tax_data": {
            "currency_id": line.currency_id.id,
            "discount": 0.0,
            "manual_total_excluded_currency": 0.0,
            "manual_tax_amounts": {str(tax.id): nothing for tax in taxes},
        },
    }


def add_unit(line, vals, digits):
    """Amounts of a charge that is invoiced already, with one unit more of it: so what
    has changed of it is invoiced, or credited, next.

    :param int digits: decimals of prices
    """
    units = line.product_uom_qty + 1
    price = float_round(vals["price_unit"] / units, precision_digits=digits)
    pin = {**vals["extra_tax_data"], "quantity": units, "price_unit": price}
    amounts = {name: vals[name] for name in AMOUNTS}
    changed = {"product_uom_qty": units, "price_unit": price, "extra_tax_data": pin}
    return {**amounts, **changed}
