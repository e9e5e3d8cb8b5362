# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class AmazonShipmentLine(models.Model):
    """So many units of one item of the Amazon order in one parcel."""

    _name = "amazon.shipment.line"
    _description = "Amazon Shipment Item"
    _inherit = "amazon.binding"
    _order = "shipment_id, id"
    _rec_name = "order_line_id"

    shipment_id = fields.Many2one(
        "amazon.shipment", required=True, ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    order_line_id = fields.Many2one(
        "amazon.order.line",
        "Item",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    title = fields.Char(related="order_line_id.title")
    quantity = fields.Integer(required=True, readonly=True)
    transparency_codes = fields.Text(
        help="One code per unit, each on its own line, for items in Amazon's program "
        "TRANSPARENCY.",
    )
    needs_codes = fields.Boolean(compute="_compute_needs_codes")

    @api.depends("order_line_id.programs")
    def _compute_needs_codes(self):
        for line in self:
            line.needs_codes = "TRANSPARENCY" in (line.order_line_id.programs or "")

    def _get_codes(self):
        """The Transparency codes as a tuple, without blanks."""
        self.ensure_one()
        return tuple((self.transparency_codes or "").split())

    def write(self, vals):
        """Override: users enter codes, all else is the connector's."""
        if not self.env.su:
            self.shipment_id._check_editable(vals, {"transparency_codes"})
        result = super().write(vals)
        if "transparency_codes" in vals:
            self.shipment_id.sudo()._reconsider()
        return result
