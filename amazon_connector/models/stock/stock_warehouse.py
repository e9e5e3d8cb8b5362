# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which Amazon channels use a warehouse, and what becomes of them without it."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    amazon_channel_ids = fields.Many2many(
        "amazon.channel",
        compute="_compute_amazon_channel_ids",
        string="Amazon Channels",
        groups="amazon_connector.group_user",
        help="Channels whose orders ship from this warehouse or that offer its stock.",
    )

    def _compute_amazon_channel_ids(self):
        mapped = self.env["amazon.channel"].search(
            [
                ("use_warehouses", "=", True),
                "|",
                ("warehouse_id", "in", self.ids),
                ("stock_warehouse_ids", "in", self.ids),
            ]
        )
        for warehouse in self:
            warehouse.amazon_channel_ids = mapped.filtered(
                lambda one, here=warehouse: (
                    here in one.warehouse_id | one.stock_warehouse_ids
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        """Override: channels without mapping sell the new warehouse's stock, too."""
        warehouses = super().create(vals_list)
        self.env["amazon.stock.change"]._record_companies(warehouses.company_id)
        return warehouses

    def write(self, vals):
        """Override: tell of channels that lose a warehouse, or get it back."""
        result = super().write(vals)
        if "active" in vals:
            self.env["amazon.stock.change"]._record_companies(self.company_id)
            self.sudo().amazon_channel_ids._tell_archived_settings()
        return result

    @api.private
    def _post_opening_stock(self, quantities):
        """Count products that Odoo had none of, as the user himself.

        :param quantities: ``{product: units}``
        :raises UserError: there is no warehouse
        """
        if not self:
            raise UserError(
                self.env._(
                    "The company has no warehouse for the opening stock. Create one "
                    "in Inventory, or leave the opening stock empty."
                )
            )
        Quant = self.env["stock.quant"].with_company(self.company_id)
        Quant.with_context(inventory_mode=True).create(
            [
                {
                    "product_id": product.id,
                    "location_id": self.lot_stock_id.id,
                    "inventory_quantity": units,
                }
                for product, units in quantities.items()
            ]
        ).action_apply_inventory()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_amazon(self):
        for warehouse in self.sudo():
            if channels := warehouse.amazon_channel_ids:
                raise UserError(
                    self.env._(
                        "%(warehouse)s is mapped to %(channels)s. Map another "
                        "warehouse on the Amazon account first, or archive this one.",
                        warehouse=warehouse.display_name,
                        channels=", ".join(channels.mapped("name")),
                    )
                )
