# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon states for each item, in words; read from the order as Amazon gave it."""

from odoo import api, fields, models
from odoo.tools import format_amount

from ...sp_api import Order
from ...sp_api.proceeds import KINDS
from .amazon_service_level import name_level


class AmazonOrderLine(models.Model):
    _inherit = "amazon.order.line"

    currency_id = fields.Many2one(related="order_id.currency_id")
    amount = fields.Monetary(
        compute="_compute_amounts",
        compute_sudo=True,
        help="Amazon's total for the item, including all charges.",
    )
    charges = fields.Char(
        compute="_compute_amounts",
        compute_sudo=True,
        help="The charges that Amazon's total consists of.",
    )
    thumbnail_url = fields.Char(related="listing_id.thumbnail_url")

    @api.depends("order_id.payload")
    def _compute_amounts(self):
        for order, lines in self.grouped("order_id").items():
            items = order._read_items()
            for line in lines:
                proceeds = getattr(items.get(line.order_item_id), "proceeds", None)
                total = proceeds and proceeds.total
                line.amount = float(total.amount) if total else 0.0
                line.charges = line._describe_charges(proceeds) or False

    def _describe_charges(self, proceeds):
        names = self._get_charge_names()
        return " · ".join(
            f"{names.get(part.type) or name_level(part.type)} "
            f"{format_amount(self.env, float(part.subtotal.amount), self.currency_id)}"
            for part in (proceeds.breakdowns if proceeds else ())
            if part.subtotal and part.subtotal.amount and self.currency_id
        )

    @api.model
    def _get_charge_names(self):
        """``{Amazon's type of a breakdown: what it is called}``"""
        charge = self.env["sale.order.line"]._fields["amazon_charge"]
        names = dict(charge._description_selection(self.env))
        known = {word: names[kind] for word, kind in KINDS.items()}
        return {**known, "TAX": self.env._("Tax")}


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    def _read_items(self):
        """``{order item id: item}`` as Amazon states them; empty without a payload."""
        self.ensure_one()
        payload = self.sudo().payload
        if not payload:
            return {}
        return {item.order_item_id: item for item in Order.from_json(payload).items}
