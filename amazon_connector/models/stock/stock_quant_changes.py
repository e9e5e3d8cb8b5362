# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which work in Odoo's inventory may change quantities on Amazon.

Users do this work. It is noted without a query and without touching any row of ours;
see :mod:`.amazon_stock_change`.
"""

from odoo import api, models

_MOVE_FIELDS = {
    "state",
    "product_uom_qty",
    "product_uom",
    "product_id",
    "location_id",
    "location_dest_id",
    "location_final_id",
}
_QUANT_FIELDS = {"quantity", "reserved_quantity", "product_id", "location_id"}
_LOCATION_FIELDS = {"active", "usage", "location_id", "company_id"}


class StockMove(models.Model):
    _inherit = "stock.move"

    @api.model_create_multi
    def create(self, vals_list):
        """Override: what is planned to move may change what can be promised."""
        moves = super().create(vals_list)
        moves._record_amazon_products()
        return moves

    def write(self, vals):
        """Override: another product, quantity, place or state of a move."""
        is_change = not _MOVE_FIELDS.isdisjoint(vals)
        if "product_id" in vals:
            self._record_amazon_products()
        result = super().write(vals)
        if is_change:
            self._record_amazon_products()
        if "picking_id" in vals or "company_id" in vals:
            self._check_amazon_company()
        return result

    def unlink(self):
        """Override: what is not to move any more can be promised."""
        self._record_amazon_products()
        return super().unlink()

    def _record_amazon_products(self):
        self.env["amazon.stock.change"]._record_products(self.product_id._ids)


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model_create_multi
    def create(self, vals_list):
        """Override: units on hand."""
        self._forget_amazon_quants()
        quants = super().create(vals_list)
        quants._record_amazon_products()
        return quants

    def write(self, vals):
        """Override: units on hand, or reserved."""
        self._forget_changed_amazon_quants(vals)
        result = super().write(vals)
        if not _QUANT_FIELDS.isdisjoint(vals):
            self._record_amazon_products()
        return result

    def unlink(self):
        """Override: units on hand."""
        self._forget_amazon_quants()
        self._record_amazon_products()
        return super().unlink()

    def _record_amazon_products(self):
        self.env["amazon.stock.change"]._record_products(self.product_id._ids)


class StockLocation(models.Model):
    _inherit = "stock.location"

    def write(self, vals):
        """Override: goods may count in another warehouse, or not at all."""
        result = super().write(vals)
        if not _LOCATION_FIELDS.isdisjoint(vals):
            self.env["amazon.stock.change"]._record_companies(self.company_id)
        return result
