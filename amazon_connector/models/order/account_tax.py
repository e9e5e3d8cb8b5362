# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

AMAZON_TAX_ROLES = [
    ("stated", "Stated by Amazon"),
    ("facilitator", "Collected by Amazon"),
]


class AccountTax(models.Model):
    _name = "account.tax"
    _inherit = ["account.tax", "amazon.guard"]

    amazon_role = fields.Selection(
        AMAZON_TAX_ROLES,
        readonly=True,
        copy=False,
        help="A 0 % tax that carries the tax amounts stated by Amazon.",
    )

    @api.model
    def _import_base_line_extra_tax_data(self, base_line, extra_tax_data):
        """Override of `account`: Amazon's amounts follow the quantity of a line."""
        record = base_line.get("record")
        if extra_tax_data and _may_be_pinned(record):
            extra_tax_data = record._share_amazon_pin(base_line)
        return super()._import_base_line_extra_tax_data(base_line, extra_tax_data)

    @api.model
    def _reduce_base_lines_to_target_amount(
        self, base_lines, company, amount_type, amount, **options
    ):
        """Override of `account`: down payments and discounts take their share of tax.

        Odoo leaves room for the tax in the target, but spreads it in proportion to the
        tax that the percentage gives, which is none on Amazon's zero-percent taxes.
        """
        reduced = super()._reduce_base_lines_to_target_amount(
            base_lines, company, amount_type, amount, **options
        )
        share = amount / 100.0
        if amount_type == "fixed":
            total = sum(map(_get_total, base_lines))
            share = amount / total if total else 0.0
        for tax, parts in _get_amazon_parts(base_lines).items():
            reduced_parts = _get_amazon_parts(reduced).get(tax)
            if not reduced_parts:
                continue
            for suffix, currency in (
                ("_currency", base_lines[0]["currency_id"]),
                ("", company.currency_id),
            ):
                field, base_field = f"tax_amount{suffix}", f"base_amount{suffix}"
                spread = self._distribute_delta_amount_smoothly(
                    precision_digits=currency.decimal_places,
                    delta_amount=currency.round(sum(p[field] for p in parts) * share)
                    - sum(part[field] for part in reduced_parts),
                    target_factors=[
                        {"factor": abs(part[base_field])} for part in reduced_parts
                    ],
                )
                for part, delta in zip(reduced_parts, spread, strict=True):
                    part[field] += delta
        return reduced


def _may_be_pinned(record):
    names = ("sale.order.line", "account.move.line")
    return isinstance(record, models.BaseModel) and record._name in names


def _get_total(base_line):
    details = base_line["tax_details"]
    return (
        details["total_excluded_currency"]
        + details["delta_total_excluded_currency"]
        + sum(part["tax_amount_currency"] for part in details["taxes_data"])
    )


def _get_amazon_parts(base_lines):
    """The engine's tax details on taxes that carry Amazon's amounts, by tax."""
    parts = {}
    for base_line in base_lines:
        for part in base_line["tax_details"]["taxes_data"]:
            if part["tax"].amazon_role:
                parts.setdefault(part["tax"], []).append(part)
    return parts
