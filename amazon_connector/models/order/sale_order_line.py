# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

from .account_move_line import prorate_pin
from .product import CHARGES


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    amazon_order_line_id = fields.Many2one(
        "amazon.order.line",
        "Amazon Item",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    amazon_charge = fields.Selection(CHARGES, copy=False, readonly=True)

    @api.depends("extra_tax_data")
    def _compute_amount(self):
        """Override of `sale`: Amazon may change the tax alone."""
        return super()._compute_amount()

    def copy_data(self, default=None):
        """Override: a copied line is not Amazon's: own taxes, no pinned amounts."""
        vals_list = super().copy_data(default)
        for line, vals in zip(self, vals_list, strict=True):
            # A user's discount on an Amazon order is on Amazon's taxes, too.
            has_amazon_tax = any(line.tax_ids.mapped("amazon_role"))
            if line.amazon_charge or has_amazon_tax:
                vals.pop("extra_tax_data", None)
            if has_amazon_tax:
                vals.pop("tax_ids", None)
        return vals_list

    def _prepare_invoice_line(self, **optional_values):
        """Override of `sale`: an invoice repeats its part of Amazon's amounts."""
        vals = super()._prepare_invoice_line(**optional_values)
        if self.amazon_charge and vals.get("display_type") == "product":
            vals["extra_tax_data"] = self._prorate_amazon_pin(vals["quantity"])
        return vals

    def _get_amazon_pin(self):
        """Amazon's amounts for this line; None once a user's edit overrules them."""
        self.ensure_one()
        pin = self.extra_tax_data
        if not self.amazon_charge or not pin or not pin.get("quantity"):
            return None
        base_line = self._prepare_base_line_for_taxes_computation()
        return pin if base_line["manual_tax_amounts"] else None

    def _get_amazon_invoiced_pin(self):
        """The amounts to take back of an item that is no longer ordered, or None."""
        if not self.amazon_charge or self.product_uom_qty:
            return None
        lines = self.invoice_lines.filtered(lambda li: li.quantity and li._is_pinned())
        return lines[:1].extra_tax_data or None

    def _prorate_amazon_pin(self, quantity, without=None):
        """Amazon's amounts for the next ``quantity`` to invoice, as a pin or None.

        :param quantity: in the line's unit, negative to take back
        :param without: invoice lines that do not count as invoiced
        """
        pin = self._get_amazon_pin() or self._get_amazon_invoiced_pin()
        if not pin:
            return None
        Tax, taken = self.env["account.tax"], []
        for line in self._get_invoice_lines() - (
            without or self.invoice_lines.browse()
        ):
            move = line.move_id
            if move.state == "cancel" and move.payment_state != "invoicing_legacy":
                continue
            share = line._get_amazon_share(self, pin)
            if move.move_type == "out_refund":
                share = Tax._reverse_quantity_base_line_extra_tax_data(share)
            taken.append(share)
        return prorate_pin(pin, quantity, taken, self.currency_id)
