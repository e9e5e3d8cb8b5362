# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError


class AmazonChannelMapping(models.TransientModel):
    """Asks which warehouses a channel sells from (S13, S94, S184)."""

    _name = "amazon.channel.mapping"
    _description = "Map Warehouses"
    _check_company_auto = True

    channel_id = fields.Many2one("amazon.channel", required=True, readonly=True)
    company_id = fields.Many2one(related="channel_id.company_id")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        "Orders Go To",
        check_company=True,
        help="Ships new orders of the channel. Existing orders keep their warehouse.",
    )
    stock_warehouse_ids = fields.Many2many(
        "stock.warehouse",
        "amazon_channel_mapping_warehouse_rel",
        string="Sell the Stock Of",
        check_company=True,
        help="The quantity on Amazon is the sum of these warehouses.",
    )
    ships_unsold = fields.Boolean(
        compute="_compute_ships_unsold",
        help="Orders ship from a warehouse whose stock is not offered on Amazon.",
    )
    has_warehouses = fields.Boolean(compute="_compute_has_warehouses")
    is_administrator = fields.Boolean(compute="_compute_has_warehouses")

    @api.depends_context("uid")
    def _compute_has_warehouses(self):
        user = self.env.user
        self.has_warehouses = user.has_group("stock.group_stock_multi_warehouses")
        self.is_administrator = user.has_group("base.group_system")

    @api.depends("warehouse_id", "stock_warehouse_ids")
    def _compute_ships_unsold(self):
        for mapping in self:
            sold = mapping.stock_warehouse_ids._origin
            mapping.ships_unsold = (
                mapping.warehouse_id and mapping.warehouse_id._origin not in sold
            )

    @api.onchange("warehouse_id")
    def _onchange_warehouse_id(self):
        """Whose stock is sold follows, unless somebody has chosen several."""
        if self.warehouse_id and len(self.stock_warehouse_ids) < 2:
            self.stock_warehouse_ids = self.warehouse_id

    def action_save(self):
        """Map the warehouses from now on (S16, S17)."""
        self.ensure_one()
        self.channel_id.check_access("write")
        if not self.has_warehouses:
            raise UserError(
                self.env._(
                    "Odoo works with only one warehouse. To choose between several, "
                    "have an administrator enable Storage Locations in the Inventory "
                    "settings and add a second warehouse."
                )
            )
        if not self.warehouse_id or not self.stock_warehouse_ids:
            raise UserError(
                self.env._(
                    "Choose the warehouse that ships the orders, and at least one "
                    "whose stock is offered on Amazon."
                )
            )
        self.channel_id.write(
            {
                "use_warehouses": True,
                "warehouse_id": self.warehouse_id.id,
                "stock_warehouse_ids": [(6, 0, self.stock_warehouse_ids.ids)],
            }
        )
        return {"type": "ir.actions.act_window_close"}

    def action_open_settings(self):
        """Open Inventory's settings, where several warehouses are switched on."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "stock.action_stock_config_settings"
        )


class AmazonChannel(models.Model):
    _inherit = "amazon.channel"

    warehouse_text = fields.Char(
        "Warehouses",
        compute="_compute_warehouse_text",
        help="Where orders ship from and whose stock is offered on Amazon.",
    )

    @api.depends(
        "use_warehouses", "warehouse_id.name", "stock_warehouse_ids.name", "company_id"
    )
    def _compute_warehouse_text(self):
        for channel in self:
            if not channel.use_warehouses:
                channel.warehouse_text = self.env._(
                    "Orders: %s. Stock: all warehouses.",
                    channel._get_warehouse().name,
                )
                continue
            sold = channel.stock_warehouse_ids or channel.warehouse_id
            channel.warehouse_text = self.env._(
                "Orders: %(orders)s. Stock: %(stock)s.",
                orders=channel._get_warehouse().name,
                stock=" + ".join(sold.mapped("name")),
            )

    def action_map_warehouses(self):
        """Open the dialog that maps warehouses, or explains what is missing for it."""
        self.ensure_one()
        self.check_access("write")
        chosen = self.warehouse_id.filtered("active") or self._get_warehouse()
        sold = self.stock_warehouse_ids.filtered("active") or chosen
        wizard = self.env["amazon.channel.mapping"].create(
            {
                "channel_id": self.id,
                "warehouse_id": chosen.id,
                "stock_warehouse_ids": [(6, 0, sold.ids)],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Warehouses of %s", self.name),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_unmap_warehouses(self):
        """Send new orders to the first warehouse, and sell the stock of all (S96)."""
        self.check_access("write")
        self.use_warehouses = False
        return True
