# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import ROUND_HALF_UP, Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..gst.halves import split
from .account_tax import GST_ROLES

_ROLES = {role for role, _label in GST_ROLES}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    has_stated_gst = fields.Boolean(
        compute="_compute_has_stated_gst",
        help="Taxes of 0 % carry the amounts of GST that Amazon states.",
    )

    @api.depends("order_line.tax_ids", "order_line.price_tax", "state")
    def _compute_has_stated_gst(self):
        for order in self:
            order.has_stated_gst = order.state != "cancel" and bool(
                order._get_stated_gst_lines()
            )

    def _get_stated_gst_lines(self):
        """The lines on which taxes of 0 % carry Amazon's GST."""
        return self.order_line.filtered(
            lambda line: (
                line.price_tax and _ROLES & set(line.tax_ids.mapped("amazon_role"))
            )
        )

    def action_apply_real_gst(self):
        """Give all lines the real GST of their products (S75, S76).

        What the buyer paid stays: the tax is taken out of each line's total.

        :raises UserError: if a product has no GST, or a line is invoiced; nothing is
            changed then
        """
        for order in self:
            lines = order._get_stated_gst_lines()
            order._check_real_gst(lines)
            for line in lines:
                line.write(line._prepare_real_gst())
        return True

    def _check_real_gst(self, lines):
        if self.locked:
            raise UserError(self.env._("%s is locked. Unlock it first.", self.name))
        if invoiced := lines.filtered("qty_invoiced"):
            raise UserError(
                self.env._(
                    "These lines are invoiced already, and keep Amazon's amounts: "
                    "%s. Change the taxes on the invoice if you must.",
                    ", ".join(invoiced.mapped("name")),
                )
            )
        untaxed = lines.filtered(lambda line: not line._get_real_gst_rate())
        if untaxed:
            products = untaxed.amazon_order_line_id.product_id or untaxed.product_id
            raise UserError(
                self.env._(
                    "These products have no GST, or one that the chart of accounts "
                    "does not have: %s. Enter it as their sales tax, then try again.",
                    ", ".join(products.mapped("display_name")),
                )
            )

    def _is_within_state(self):
        """Whether the goods stay in the state that they leave from."""
        seller = self.company_id._get_ship_from_state(
            self.warehouse_id, self.amazon_shipping
        )
        buyer = self.partner_shipping_id.state_id
        return len(self.company_id._choose_gst_kinds(seller, buyer)) > 1


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

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
                    "Odoo computes the tax of this line anew, and its amount may "
                    "differ from Amazon's. %s other lines keep Amazon's amounts on "
                    "taxes of 0 %%. “Apply real taxes” changes all lines, and keeps "
                    "their totals.",
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
        digits = self.currency_id.decimal_places
        rate, within = self._get_real_gst_rate(), self.order_id._is_within_state()
        tax = self.company_id._get_real_gst(rate, within)
        gross = Decimal(str(self.currency_id.round(self.price_total)))
        amount = (gross * rate / (100 + rate)).quantize(
            Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP
        )
        kinds = tax._get_gst_kinds()
        parts = split(amount, kinds, digits)
        net = float(gross - amount)
        included = all(kind.price_include for kind in kinds)
        total = float(gross) if included else net
        price = total / (self.product_uom_qty or 1)
        pin = {
            **(self.extra_tax_data or {}),
            "price_unit": price,
            "quantity": self.product_uom_qty,
            "manual_total_excluded_currency": net,
            "manual_tax_amounts": {
                str(kind.id): {
                    "tax_amount_currency": float(part),
                    "base_amount_currency": net,
                }
                for kind, part in parts.items()
            },
        }
        return {
            "tax_ids": [Command.set(tax.ids)],
            "price_unit": price,
            "technical_price_unit": 0.0,
            "extra_tax_data": pin,
        }
