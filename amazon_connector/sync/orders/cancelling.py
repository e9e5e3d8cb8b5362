# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

from ...const import CANCELLABLE_STATUSES, PENDING_STATUSES


class AmazonSyncOrders(models.AbstractModel):
    """Orders that Odoo cancelled and Amazon has not cancelled yet, and packed ones."""

    _inherit = "amazon.sync.orders"

    @api.model
    def _decide_known(self, work):
        """Let orders be whose cancellation is on its way to Amazon."""
        if work.order.fulfillment_status in CANCELLABLE_STATUSES:
            if self._is_being_cancelled(work):
                return "keep", self.env._("Its cancellation is on its way to Amazon.")
        return super()._decide_known(work)

    @api.model
    def _is_being_cancelled(self, work):
        binding = work.binding
        if binding.sale_order_id.state != "cancel":
            return False
        return bool(binding._get_open_cancellation())

    @api.model
    def _get_actions(self):
        return {**super()._get_actions(), "keep": self._apply_keep}

    @api.model
    def _apply_keep(self, _company, entries):
        """Leave the sales orders alone; send what waited for the payment."""
        self._settle(entries, "applied", "updated")
        settled = [
            work.binding._get_open_cancellation()
            for work, _reason in entries
            if work.order.fulfillment_status not in PENDING_STATUSES
        ]
        rows = self.env["amazon.cancellation"].union(*settled)
        waiting = rows.filtered(lambda row: row.state == "waiting" and row.retry_at)
        waiting = waiting.filtered(lambda row: not row.attempts and not row.uncertain)
        if waiting:
            waiting.write({"retry_at": False, "reason": False})
            waiting._wake()

    @api.model
    def _apply_cancel(self, company, entries):
        """Amazon cancelled: what was on its way to it is done, too."""
        result = super()._apply_cancel(company, entries)
        bindings = self.env["amazon.order"].union(
            *(work.binding for work, _reason in entries)
        )
        rows = bindings.cancellation_ids.filtered(
            lambda row: (
                row.kind != "acknowledge"
                and row.state in ("waiting", "sent", "refused", "failed")
            )
        )
        rows._confirm()
        # A parcel that is held says now that it has to be stopped.
        bindings.shipment_ids._reconsider()
        self._close_requests(bindings)
        return result

    @api.model
    def _close_requests(self, bindings):
        """The buyer's wish to cancel is fulfilled."""
        bindings.filtered("cancellation_requested")._close_request()

    # ------------------------------------------------------------------
    # Packed goods
    # ------------------------------------------------------------------

    @api.model
    def _is_packed(self, sale):
        """Whether somebody has picked or packed goods of the order.

        Pick and pack steps that are done count, too.
        """
        for move in _get_moves(sale):
            if move.state == "cancel" or move.location_dest_id.usage != "internal":
                open_parcel = move.picked or move.move_line_ids.result_package_id
                if move.state not in ("done", "cancel") and open_parcel:
                    return True
            elif move.state == "done" and move.location_id.usage == "internal":
                return True
        return False

    @api.model
    def _takes_back(self, work):
        """Whether Amazon wants fewer units of an item than the sales order has."""
        units = {
            item.order_item_id: item.quantity_to_deliver for item in work.order.items
        }
        return any(
            line.product_uom_qty > units.get(line.amazon_order_line_id.order_item_id, 0)
            for line in work.binding.sale_order_id.order_line
            if line.amazon_charge == "item"
        )

    @api.model
    def _is_shipped_here(self, sale):
        """Whether goods of the order have left for the buyer."""
        return any(
            move.state == "done" and move.location_dest_id.usage == "customer"
            for move in _get_moves(sale)
        )


def _get_moves(sale):
    """The moves of an order; not as one recordset, which would read its own alone."""
    return (
        *sale.order_line._get_amazon_moves(),
        *sale._get_amazon_pickings().move_ids,
    )
