# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command, api, fields, models


class AmazonDeskCarrier(models.TransientModel):
    """Sets the carrier of many deliveries at once."""

    _name = "amazon.desk.carrier"
    _description = "Amazon: Set Carrier of Deliveries"

    picking_ids = fields.Many2many("stock.picking", string="Deliveries")
    channel_id = fields.Many2one("amazon.channel", compute="_compute_channel_id")
    carrier_code_id = fields.Many2one("amazon.carrier.code", "Carrier", required=True)
    carrier_name = fields.Char(help="Name of a carrier that Amazon does not list.")
    is_other = fields.Boolean(compute="_compute_is_other")

    @api.depends("picking_ids")
    def _compute_channel_id(self):
        for wizard in self:
            # Scripts may name any delivery.
            own = wizard.picking_ids._filtered_access("read")
            channels = own.amazon_channel_id
            wizard.channel_id = channels if len(channels) == 1 else False

    @api.depends("carrier_code_id")
    def _compute_is_other(self):
        for wizard in self:
            wizard.is_other = wizard.carrier_code_id.code == "Other"

    @api.model
    def _open_for(self, pickings):
        """The dialog's action; the last carrier of the channel is chosen already."""
        channels = pickings.amazon_channel_id
        Code = self.env["amazon.carrier.code"]
        last = Code._find_last(channels) if len(channels) == 1 else Code
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Carrier"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_picking_ids": [Command.set(pickings.ids)],
                "default_carrier_code_id": last.id,
            },
        }

    def action_apply(self):
        """Write it to all of them, those that are done, too: Amazon is told again."""
        self.ensure_one()
        self.picking_ids.write(
            {
                "amazon_carrier_code_id": self.carrier_code_id.id,
                "amazon_carrier_name": self.is_other and self.carrier_name,
            }
        )
        return {"type": "ir.actions.act_window_close"}
