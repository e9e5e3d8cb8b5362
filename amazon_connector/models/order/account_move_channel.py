# SPDX-License-Identifier: LGPL-3.0-or-later
"""Invoices of Amazon orders: Amazon's number and channel, found and grouped by.

Nothing is stored on invoices for it: who invoices thousands of orders pays nothing.
"""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# What an invoice takes from its sales order.
CHANNEL_OF_MOVE = """(
    SELECT sale.amazon_channel_id
      FROM account_move_line line
      JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
      JOIN sale_order_line sale_line ON sale_line.id = rel.order_line_id
      JOIN sale_order sale ON sale.id = sale_line.order_id
     WHERE line.move_id = %(move)s AND sale.amazon_channel_id IS NOT NULL
     LIMIT 1)"""


class AccountMove(models.Model):
    _inherit = "account.move"

    amazon_order_ref = fields.Char(
        "Amazon Order ID",
        compute="_compute_amazon_origin",
        compute_sudo=True,
        search="_search_amazon_order_ref",
    )
    amazon_channel_id = fields.Many2one(
        "amazon.channel",
        compute="_compute_amazon_origin",
        compute_sudo=True,
        search="_search_amazon_channel_id",
    )
    amazon_channel_name = fields.Char(
        compute="_compute_amazon_origin",
        compute_sudo=True,
        search="_search_amazon_channel_name",
    )
    amazon_marketplace_name = fields.Char(
        "Marketplace Name",
        compute="_compute_amazon_origin",
        compute_sudo=True,
        search="_search_amazon_marketplace_name",
    )
    amazon_marketplace_id = fields.Many2one(
        "amazon.marketplace",
        compute="_compute_amazon_origin",
        compute_sudo=True,
        search="_search_amazon_marketplace_id",
    )

    def _compute_amazon_origin(self):
        for move in self:
            orders = move.invoice_line_ids.sale_line_ids.order_id
            channel = orders.amazon_channel_id[:1]
            numbers = orders.filtered("amazon_order_ref").mapped("amazon_order_ref")
            move.amazon_order_ref = ", ".join(numbers) or False
            move.amazon_channel_id = channel
            move.amazon_channel_name = channel.name
            move.amazon_marketplace_id = channel.marketplace_id
            move.amazon_marketplace_name = channel.marketplace_id.name

    @api.model
    def _search_amazon_order_ref(self, operator, value):
        return self._search_amazon_sale("amazon_order_ref", operator, value)

    @api.model
    def _search_amazon_channel_id(self, operator, value):
        return self._search_amazon_sale("amazon_channel_id", operator, value)

    @api.model
    def _search_amazon_channel_name(self, operator, value):
        return self._search_amazon_sale("amazon_channel_id.name", operator, value)

    @api.model
    def _search_amazon_marketplace_id(self, operator, value):
        name = "amazon_channel_id.marketplace_id"
        return self._search_amazon_sale(name, operator, value)

    @api.model
    def _search_amazon_marketplace_name(self, operator, value):
        name = "amazon_channel_id.marketplace_id.name"
        return self._search_amazon_sale(name, operator, value)

    @api.model
    def _search_amazon_sale(self, name, operator, value):
        """Invoices of sales orders that fulfil a condition; without a value those of
        no Amazon order."""
        if operator.startswith(("not", "!")):
            return NotImplemented
        if operator == "in" and False in value:
            none = ~self._get_sold_domain(Domain(name, "!=", False))
            rest = Domain(name, "in", set(value) - {False})
            return none | self._get_sold_domain(rest)
        return self._get_sold_domain(Domain(name, operator, value))

    @api.model
    def _get_sold_domain(self, domain):
        orders = self.env["sale.order"].sudo()._search(domain)
        lines = Domain("sale_line_ids", "any!", [("order_id", "in", orders)])
        return Domain("invoice_line_ids", "any!", lines)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override: invoices are grouped by what is not stored on them."""
        if field_expr not in ("amazon_channel_id", "amazon_marketplace_id"):
            return super()._field_to_sql(alias, field_expr, query)
        channel = SQL(CHANNEL_OF_MOVE, move=SQL.identifier(alias, "id"))
        if field_expr == "amazon_channel_id":
            return channel
        return SQL("(SELECT marketplace_id FROM amazon_channel WHERE id = %s)", channel)
