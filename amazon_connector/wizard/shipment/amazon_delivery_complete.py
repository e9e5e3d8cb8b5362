# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class AmazonDeliveryComplete(models.TransientModel):
    """Asks at the validation for what Amazon could not be told of deliveries."""

    _name = "amazon.delivery.complete"
    _description = "Amazon: Complete Deliveries"

    picking_ids = fields.Many2many("stock.picking", string="Transfers")
    line_ids = fields.One2many(
        "amazon.delivery.complete.line", "wizard_id", "Deliveries"
    )
    channel_id = fields.Many2one("amazon.channel", compute="_compute_channel_id")
    carrier_code_id = fields.Many2one(
        "amazon.carrier.code",
        "Carrier",
        help="For the deliveries below that have no carrier of their own.",
    )
    asks_carrier = fields.Boolean(compute="_compute_asks_carrier")

    @api.depends("line_ids")
    def _compute_channel_id(self):
        for wizard in self:
            channels = wizard.line_ids._get_own_deliveries().amazon_channel_id
            wizard.channel_id = channels if len(channels) == 1 else False

    @api.depends("line_ids.picking_id")
    def _compute_asks_carrier(self):
        for wizard in self:
            own = wizard.line_ids._get_own_deliveries()
            wizard.asks_carrier = not all(own.mapped("amazon_carrier_usual"))

    @api.model
    def _open_for(self, pickings, lacking):
        """The dialog's action.

        :param pickings: all that are validated
        :param lacking: those of them that Amazon could not be told of
        """
        wizard = self.create(
            {
                "picking_ids": [Command.set(pickings.ids)],
                "line_ids": [
                    Command.create(
                        {
                            "picking_id": picking.id,
                            "carrier_code_id": picking.amazon_carrier_code_id.id,
                            "carrier_name": picking.amazon_carrier_name,
                            "tracking": picking.carrier_tracking_ref,
                        }
                    )
                    for picking in lacking
                ],
            }
        )
        # Of several marketplaces each has its own carriers.
        if wizard.asks_carrier and wizard.channel_id:
            Code = self.env["amazon.carrier.code"]
            wizard.carrier_code_id = Code._find_last(wizard.channel_id)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Not reported to Amazon yet"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
            "context": dict(self.env.context),
        }

    def action_complete(self):
        """Validate all of them; Amazon is told.

        Where a delivery has several numbers by now, which parcel holds what is asked.

        :raises UserError: naming what is still missing
        """
        self.ensure_one()
        self.line_ids._write_deliveries()
        find_lacks = self.env["amazon.shipment"].sudo()._find_lacks
        missing = [
            f"{picking.name}: {' '.join(lacks)}"
            for picking in self.line_ids.picking_id
            if (lacks := find_lacks(picking.sudo()))
        ]
        if missing:
            raise UserError("\n".join(missing))
        return self.picking_ids._validate_for_dialog()

    def action_go_on(self):
        """Validate all of them; what Amazon cannot be told waits on the desk."""
        self.ensure_one()
        self.line_ids._write_deliveries()
        pickings = self.picking_ids.with_context(amazon_untold_anyway=True)
        return pickings._validate_for_dialog()


class AmazonDeliveryCompleteLine(models.TransientModel):
    _name = "amazon.delivery.complete.line"
    _description = "Amazon: Complete a Delivery"

    wizard_id = fields.Many2one(
        "amazon.delivery.complete", required=True, ondelete="cascade"
    )
    picking_id = fields.Many2one("stock.picking", "Delivery", required=True)
    amazon_order_number = fields.Char(compute="_compute_told")
    channel_id = fields.Many2one("amazon.channel", compute="_compute_told")
    usual = fields.Char(compute="_compute_told")
    carrier_code_id = fields.Many2one("amazon.carrier.code", "Carrier")
    carrier_name = fields.Char()
    tracking = fields.Char()
    reason = fields.Text("Missing", compute="_compute_told")

    @api.depends("picking_id")
    def _compute_told(self):
        for line in self:
            own = line._get_own_deliveries().sudo()
            line.amazon_order_number = own.amazon_order_number
            line.channel_id = own.amazon_channel_id
            line.usual = own.amazon_carrier_usual
            line.reason = "\n".join(own._find_amazon_lacks()) if own else False

    def _get_own_deliveries(self):
        """Scripts may name any delivery: nothing is told of what they cannot read."""
        return self.picking_id._filtered_access("read")

    def _write_deliveries(self):
        for line in self:
            line.picking_id.write(line._prepare_delivery())

    def _prepare_delivery(self):
        self.ensure_one()
        vals = {"carrier_tracking_ref": self.tracking}
        code = self.carrier_code_id
        if not code and not self.usual:
            code = self.wizard_id.carrier_code_id
        if code:
            vals.update(amazon_carrier_code_id=code.id)
        if self.carrier_name:
            vals.update(amazon_carrier_name=self.carrier_name)
        return vals
