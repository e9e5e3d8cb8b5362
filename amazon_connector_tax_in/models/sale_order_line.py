# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import ROUND_HALF_UP, Decimal

from odoo import Command, api, fields, models
from odoo.tools import float_round

from ..gst.halves import split
from .account_tax import GST_ROLES

_ROLES = {role for role, _label in GST_ROLES}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    amazon_taxes_chosen = fields.Boolean(
        "Taxes Chosen by Hand",
        readonly=True,
        copy=False,
        help="Later changes from Amazon keep these taxes and are computed with them.",
    )

    def write(self, vals):
        """Override: who gives a line of Amazon's other taxes keeps them (S75)."""
        changed = self.browse()
        if "tax_ids" in vals and not self.env.su:
            changed = self.filtered(lambda line: line._has_gst_of_amazon())
        before = {line: line.tax_ids for line in changed}
        result = super().write(vals)
        chosen = changed.filtered(lambda line: line.tax_ids != before[line])
        if chosen:
            chosen.sudo().amazon_taxes_chosen = True
        return result

    def _has_gst_of_amazon(self):
        """Whether this is a charge of Amazon's, under India's GST."""
        return bool(self.amazon_charge) and self.company_id._pays_gst()

    @api.onchange("tax_ids")
    def _onchange_stated_gst(self):
        """Warn who changes one line of several (S76)."""
        others = self.order_id._get_stated_gst_lines() - self - self._origin
        if not self.amazon_charge or not others:
            return None
        return {
            "warning": {
                "title": self.env._("Other lines keep taxes of 0 %"),
                "message": self.env._(
                    "Odoo computes the tax of this line again, and its amount may "
                    "differ from Amazon's. Other lines that keep Amazon's amounts on "
                    "taxes of 0 %%: %s. “Apply Real Taxes” changes all lines and "
                    "keeps their totals.",
                    len(others),
                ),
            }
        }

    def _get_real_gst_rate(self):
        """The rate of the item's product, shipping and wrapping included; or None."""
        company = self.company_id
        taxes = self.amazon_order_line_id.product_id.taxes_id
        taxes = taxes._filter_taxes_by_company(company)
        if len(taxes) != 1 or not company._get_real_gst(taxes.amount, False):
            return None
        return Decimal(str(taxes.amount))

    def _prepare_real_gst(self):
        """Taxes, price and pinned amounts of a line whose total stays."""
        rate, within = self._get_real_gst_rate(), self.order_id._is_within_state()
        tax = self.company_id._get_real_gst(rate, within)
        gross = Decimal(str(self.currency_id.round(self.price_total)))
        amount = (gross * rate / (100 + rate)).quantize(
            Decimal(1).scaleb(-self.currency_id.decimal_places), rounding=ROUND_HALF_UP
        )
        return self._prepare_gst(tax, tax._get_gst_kinds(), gross - amount, amount)

    def _prepare_other_kinds(self, roles):
        """The same amounts as other kinds of GST; None for taxes of somebody's own.

        :param roles: the kinds, as :func:`.kinds.choose_kinds` names them
        """
        company, taxes = self.company_id, self.tax_ids
        net, amount = (
            Decimal(str(self.currency_id.round(value)))
            for value in (self.price_subtotal, self.price_tax)
        )
        if set(taxes.mapped("amazon_role")) <= _ROLES:
            known = company._get_amazon_taxes()
            kinds = [known[role] for role in roles]
            stated = self.env["account.tax"].union(*kinds)
            return self._prepare_gst(stated, kinds, net, amount)
        within = len(roles) > 1
        is_ours = len(taxes) == 1 and taxes == company._get_real_gst(
            Decimal(str(taxes.amount)), not within
        )
        if not is_ours:
            return None
        tax = company._get_real_gst(Decimal(str(taxes.amount)), within)
        return self._prepare_gst(tax, tax._get_gst_kinds(), net, amount)

    def _has_kinds(self, roles):
        """Whether the taxes are of these kinds: IGST, or CGST and another half."""
        between = self.company_id._get_chart_record("igst_group")
        groups = self.tax_ids.flatten_taxes_hierarchy().tax_group_id
        if len(roles) == 1:
            return groups == between
        stated = {*self.tax_ids.mapped("amazon_role")} - {False}
        return between not in groups and (not stated or stated == set(roles))

    def _prepare_gst(self, taxes, kinds, net, amount):
        """Values of a line with an amount of GST pinned to its kinds.

        :param kinds: the single taxes of ``taxes``
        :param amount: Decimal, like ``net``
        """
        parts = split(amount, kinds, self.currency_id.decimal_places)
        included = all(kind.price_include for kind in kinds)
        price = float_round(
            float(net + amount if included else net) / (self.product_uom_qty or 1),
            precision_digits=self.env["decimal.precision"].precision_get(
                "Product Price"
            ),
        )
        pin = {
            **(self.extra_tax_data or {}),
            "price_unit": price,
            "quantity": self.product_uom_qty,
            "manual_total_excluded_currency": float(net),
            "manual_tax_amounts": {
                str(kind.id): {
                    "tax_amount_currency": float(part),
                    "base_amount_currency": float(net),
                }
                for kind, part in parts.items()
            },
        }
        return {
            "tax_ids": [Command.set(taxes.ids)],
            "price_unit": price,
            "technical_price_unit": 0.0,
            "extra_tax_data": pin,
        }

    def _prepare_invoice_line(self, **optional_values):
        """Override of `sale`: shipping and wrapping have the HSN code of their item."""
        vals = super()._prepare_invoice_line(**optional_values)
        if self._has_gst_of_amazon() and not self.product_id.l10n_in_hsn_code:
            product = self.amazon_order_line_id.sudo().product_id
            if product.l10n_in_hsn_code:
                vals["l10n_in_hsn_code"] = product.l10n_in_hsn_code
        return vals
