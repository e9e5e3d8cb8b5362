# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class AmazonDeliveryConfirm(models.TransientModel):
    """Asks before transfers are validated whose goods Amazon, or the buyer, does not
    want."""

    _name = "amazon.delivery.confirm"
    _description = "Amazon: Confirm Unwanted Deliveries"

    picking_ids = fields.Many2many("stock.picking", string="Transfers")
    reason = fields.Text(compute="_compute_reason", compute_sudo=True)
    stopped_ids = fields.Many2many(
        "stock.picking", compute="_compute_reason", compute_sudo=True
    )
    has_others = fields.Boolean(compute="_compute_reason", compute_sudo=True)

    @api.depends("picking_ids")
    def _compute_reason(self):
        for wizard in self:
            # Scripts may name any transfer: nothing is told of what they cannot read.
            stored = wizard.picking_ids._origin.sudo(False)
            own = stored._filtered_access("read").sudo()
            stops = own._find_amazon_doubts()
            stopped = own.filtered(lambda p, s=stops: p.id in s)
            wizard.stopped_ids = stopped
            wizard.has_others = bool(own - stopped)
            wizard.reason = "\n".join(
                f"{picking.name}: {' '.join(stops[picking.id])}" for picking in stopped
            )

    def action_ship(self):
        """Validate all of them: the user takes it upon himself."""
        self.ensure_one()
        pickings = self.picking_ids.with_context(amazon_ship_anyway=True)
        return self._close(pickings.button_validate())

    def action_ship_others(self):
        """Validate those that Amazon wants."""
        self.ensure_one()
        return self._close((self.picking_ids - self.stopped_ids).button_validate())

    def _close(self, result):
        """What validation asks next, e.g. for a back order, else nothing more."""
        if isinstance(result, dict):
            return result
        return {"type": "ir.actions.act_window_close"}
