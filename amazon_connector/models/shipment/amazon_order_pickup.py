# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders that buyers collect in the seller's shop: Amazon hears of it from a user."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import TO_SHIP_STATUSES
from ...sp_api.shipments import PICKED_UP, READY_FOR_PICKUP, REFUSED_PICKUP

# Orders 2026-01-01, programs.
PICK_UP = "IN_STORE_PICK_UP"


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    pickup_status = fields.Selection(
        [
            (READY_FOR_PICKUP, "Ready for Pickup"),
            (PICKED_UP, "Picked Up"),
            (REFUSED_PICKUP, "Refused"),
        ],
        "Pickup",
        readonly=True,
        help="What was reported to Amazon about an order that the buyer collects.",
    )
    awaits_pickup = fields.Boolean(compute="_compute_awaits_pickup")

    @api.depends("programs", "fulfillment_status")
    def _compute_awaits_pickup(self):
        for order in self:
            is_open = order.fulfillment_status in TO_SHIP_STATUSES
            order.awaits_pickup = is_open and bool(order._find_program((PICK_UP,)))

    def action_ready_for_pickup(self):
        """Tell Amazon that the buyer can collect the order."""
        return self._tell_pickup(READY_FOR_PICKUP)

    def action_picked_up(self):
        """Tell Amazon that the buyer has the goods; no parcel is told of them."""
        return self._tell_pickup(PICKED_UP)

    def action_refuse_pickup(self):
        """Tell Amazon that the buyer did not want the goods: it cancels the order."""
        return self._tell_pickup(REFUSED_PICKUP)

    def _tell_pickup(self, status):
        """
        :raises UserError: with the reason in words, when Amazon was not told
        """
        self.ensure_one()
        self.check_access("read")
        if not self.awaits_pickup:
            raise UserError(
                self.env._(
                    "Order %s is not waiting to be collected by its buyer.",
                    self.order_number,
                )
            )
        order = self.sudo()
        order.account_id._check_can_sync()
        order.env["amazon.sync.shipments"]._tell_pickup(order, status)
        order._note_pickup(status)
        return True

    def _note_pickup(self, status):
        """Amazon knows: keep it, and hold no parcel for it any longer."""
        self.pickup_status = status
        told = dict(self._fields["pickup_status"]._description_selection(self.env))
        message = self.env._(
            "Reported to Amazon by %(user)s: %(status)s.",
            user=self.env.user.name,
            status=told[status],
        )
        self.sale_order_id._message_log(body=message)
        if status == PICKED_UP:
            held = self.shipment_ids.filtered(lambda s: s.state == "held")
            held._set({"state": "skipped", "reason": message})
