# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round

from .account_move_line import (
    has_pinned_taxes,
    is_divisible,
    prorate_pin,
    share_pin,
)
from .product import CHARGES

PINNED = frozenset(("product_uom_qty", "price_unit", "discount", "tax_ids"))


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "amazon.guard"]

    amazon_order_line_id = fields.Many2one(
        "amazon.order.line",
        "Amazon Item",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    amazon_charge = fields.Selection(CHARGES, copy=False, readonly=True)

    def _check_amazon_write(self, vals):
        """Override: items stay on the sales order of their Amazon order, and nobody
        puts a line on one that he may not write."""
        order = self.order_id.browse(vals.get("order_id", ()))
        moved = self.filtered(lambda ln: "order_id" in vals and ln.order_id != order)
        if moved.filtered(lambda ln: ln.amazon_charge or ln.amazon_order_line_id):
            raise UserError(
                self.env._(
                    "An item of an Amazon order cannot be moved to another order."
                )
            )
        if moved and order.sudo().amazon_order_id:
            order.check_access("write")
        return super()._check_amazon_write(vals)

    def _get_amazon_item(self, company):
        """The item of the Amazon order that this line repeats, or an empty record.

        :param company: of what was delivered: stock users may tie a move to any line
        """
        self.ensure_one()
        item, order = self.amazon_order_line_id, self.order_id
        is_own = (
            item.order_id
            and item.order_id == order.amazon_order_id
            and item.order_id.company_id == order.company_id == company
        )
        return item if is_own else item.browse()

    @api.depends("extra_tax_data")
    def _compute_amount(self):
        """Override of `sale`: Amazon may change the tax alone."""
        return super()._compute_amount()

    @api.depends(
        "amazon_order_line_id.sale_line_ids.product_uom_qty",
        "amazon_order_line_id.sale_line_ids.qty_delivered",
        "amazon_order_line_id.sale_line_ids.qty_invoiced",
    )
    def _compute_qty_to_invoice(self):
        """Override of `sale`: a discount is invoiced in parts as its item is."""
        result = super()._compute_qty_to_invoice()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        for line in self:
            share = line._get_amazon_discount_share()
            if share is not None:
                # Rounded down, so that the last part has a quantity, too.
                due = float_round(
                    line.product_uom_qty * share,
                    precision_digits=digits,
                    rounding_method="DOWN",
                )
                line.qty_to_invoice = due - line.qty_invoiced
        return result

    def _get_amazon_discount_share(self):
        """The part of a discount that is due with what is invoiced of its item so far
        and next; None where it has no item to follow.

        As much of it as of the item, but no part of the item, with its other charges,
        comes to less than nothing as long as the whole does not.
        """
        if self.amazon_charge != "discount" or self.state != "sale":
            return None
        lines = self.amazon_order_line_id.sale_line_ids - self
        if not lines:
            return None
        sold = lines.filtered("product_uom_qty")
        paid = sold.filtered(lambda line: line.price_total > 0)
        whole = sum(paid.mapped("price_total"))
        now = sum(line._get_amazon_invoiceable_amount() for line in paid)
        item = sold.filtered(lambda line: line.amazon_charge == "item")[:1]
        if item:
            share = item._get_amazon_invoiceable_share()
        else:
            share = now / whole if whole else 0.0
        discount = -self.price_total
        least, most = discount - (whole - now), min(discount, now)
        if discount <= 0 or least > most:
            return share
        return min(max(discount * share, least), most) / discount

    def _get_amazon_invoiceable_share(self):
        """What is invoiced of the line so far and next, from 0 to 1."""
        units = self.qty_invoiced + self.qty_to_invoice
        return min(max(units / self.product_uom_qty, 0.0), 1.0)

    def _get_amazon_invoiceable_amount(self):
        """The total of that share, rounded as invoices do."""
        share, currency = self._get_amazon_invoiceable_share(), self.currency_id
        tax = self.price_total - self.price_subtotal
        return currency.round(self.price_subtotal * share) + currency.round(tax * share)

    def write(self, vals):
        """Override of `sale`: tell when Amazon's amounts are overruled.

        A held order is compared with Amazon again: it may agree now.
        """
        edited = "extra_tax_data" not in vals and PINNED & vals.keys()
        amazon = self.filtered("amazon_charge") if edited else self.browse()
        pinned = amazon.filtered(lambda line: line._get_amazon_pin())
        promised = self._find_amazon_promises(vals)
        result = super().write(vals)
        # A quotation may promise another product than before.
        promised |= self._find_amazon_promises(vals)
        self.env["amazon.stock.change"]._record_products(promised._ids)
        for line in pinned.filtered(lambda line: not line._get_amazon_pin()):
            line.order_id._message_log(
                body=self.env._(
                    "The price, discount or taxes of %s were changed: the line no "
                    "longer follows Amazon's amounts.",
                    line.name,
                )
            )
        held = amazon.order_id.sudo().amazon_order_id.filtered(
            lambda order: order.state == "held" and not order.to_apply
        )
        if held:
            held._apply_again()
        return result

    def _compute_price_unit(self):
        """Override of `sale`: no pricelist changes what Amazon states, 0 included."""
        others = self.filtered(lambda line: not line.amazon_charge)
        return super(SaleOrderLine, others)._compute_price_unit()

    def _compute_discount(self):
        """Override of `sale`: no pricelist changes what Amazon states."""
        others = self.filtered(lambda line: not line.amazon_charge)
        return super(SaleOrderLine, others)._compute_discount()

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
            share = self.sudo()._get_amazon_discount_share()
            pin = self._prorate_amazon_pin(vals["quantity"], share=share)
            if pin or is_divisible(self.extra_tax_data):
                vals["extra_tax_data"] = pin
            vals["name"] = self._name_amazon_invoice_line(vals["name"])
        return vals

    def _name_amazon_invoice_line(self, name):
        """Odoo puts the product before the text: where both say the same, once."""
        self.ensure_one()
        product = self.product_id
        if self.name != product.name:
            return name
        # What Amazon charges is no article: its reference tells a buyer nothing.
        return product.display_name if self.amazon_charge == "item" else self.name

    def _share_amazon_pin(self, base_line):
        """The pin to compute a line with: Amazon's amounts for its quantity now."""
        pin = self.extra_tax_data
        if not self.amazon_charge or not is_divisible(pin) or not pin["quantity"]:
            return pin
        if not has_pinned_taxes(pin, base_line["tax_ids"]):
            return {}
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return share_pin(pin, base_line["quantity"], base_line["currency_id"], digits)

    def _get_amazon_pin(self):
        """Amazon's amounts for the units that Amazon states; None once a user's edit of
        price, discount or taxes overrules them."""
        self.ensure_one()
        pin = self.extra_tax_data
        if not self.amazon_charge or not is_divisible(pin) or not pin["quantity"]:
            return None
        base_line = self._prepare_base_line_for_taxes_computation()
        return pin if base_line["manual_tax_amounts"] else None

    def _get_amazon_invoiced_pin(self):
        """The amounts to take back of an item that is no longer ordered, or None."""
        if not self.amazon_charge or self.product_uom_qty:
            return None
        lines = self.invoice_lines.filtered(lambda li: li.quantity and li._is_pinned())
        return lines[:1].extra_tax_data or None

    def _prorate_amazon_pin(self, quantity, without=None, share=None):
        """Amazon's amounts for the next ``quantity`` to invoice, as a pin or None.

        :param quantity: in the line's unit, negative to take back
        :param without: invoice lines that do not count as invoiced
        :param share: of all amounts, what is invoiced before included; None: by units
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
            part = line._get_amazon_share(self, pin)
            if move.move_type == "out_refund":
                part = Tax._reverse_quantity_base_line_extra_tax_data(part)
            taken.append(part)
        return prorate_pin(pin, quantity, taken, self.currency_id, share)
