# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError

from .account_tax import GST_ROLES

_ROLES = {role for role, _label in GST_ROLES}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    has_stated_gst = fields.Boolean(
        compute="_compute_has_stated_gst",
        help="Taxes of 0 % carry the GST amounts that Amazon states.",
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
            lines.sudo().amazon_taxes_chosen = True
        return True

    def _check_real_gst(self, lines):
        if self.locked:
            raise UserError(self.env._("%s is locked. Unlock it first.", self.name))
        if invoiced := lines.filtered("qty_invoiced"):
            raise UserError(
                self.env._(
                    "These lines are already invoiced and keep Amazon's amounts: %s. "
                    "If necessary, change the taxes on the invoice.",
                    ", ".join(invoiced.mapped("name")),
                )
            )
        untaxed = lines.filtered(lambda line: not line._get_real_gst_rate())
        if untaxed:
            products = untaxed.amazon_order_line_id.product_id or untaxed.product_id
            raise UserError(
                self.env._(
                    "These products have no GST rate, or one that is missing in the "
                    "chart of accounts: %s. Enter it as their sales tax, then try "
                    "again.",
                    ", ".join(products.mapped("display_name")),
                )
            )

    def _is_within_state(self):
        """Whether the goods stay in the state that they leave from."""
        return len(self._get_gst_kinds()) > 1

    def _get_gst_kinds(self):
        """The kinds of GST of this order: roles of taxes."""
        return self.company_id._choose_gst_kinds(
            self._get_gst_ship_from(), self.partner_shipping_id.state_id
        )

    def _get_gst_ship_from(self):
        """The state that goods leave from; Amazon's tax report knows it best."""
        return self.amazon_ship_from_id or self.company_id._get_ship_from_state(
            self.warehouse_id, self.amazon_shipping
        )
