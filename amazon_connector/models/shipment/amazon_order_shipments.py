# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon orders that must ship today, and those that were shipped outside Odoo."""

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...const import OUTSIDE_NOTICE, TO_SHIP_STATUSES, UNTOLD_STATES
from ...tools.context import SHIPPED_OUTSIDE, drop_caller_context
from ...tools.cron import wake

# A chain of transfers is at most pick, pack and ship.
LONGEST_CHAIN = 5


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    shipment_ids = fields.One2many("amazon.shipment", "order_id", "Shipments")
    shipment_count = fields.Integer(compute="_compute_shipment_count")
    shipped_outside = fields.Boolean(
        readonly=True,
        help="According to Amazon, goods were shipped that are still to be delivered "
        "in Odoo.",
    )
    delivery_stopped = fields.Boolean(
        readonly=True,
        help="Amazon cancelled the order; what had not been picked is not delivered.",
    )
    to_close = fields.Boolean(
        readonly=True, help="The delivery is being closed with Amazon's quantities."
    )
    item_text = fields.Char(
        "Items to Ship", compute="_compute_item_text", help="Units and seller SKUs."
    )
    is_to_ship = fields.Boolean(
        "To Ship Today",
        compute="_compute_is_to_ship",
        search="_search_is_to_ship",
        help="The ship-by time ends today (in the marketplace's time zone) or is over, "
        "and the order is not completely delivered or not reported to Amazon.",
    )
    due = fields.Selection(
        [("late", "Late"), ("today", "Due Today"), ("later", "Due Later")],
        compute="_compute_due",
        search="_search_due",
        help="When the ship-by time ends, in the marketplace's time zone.",
    )

    _to_close_idx = models.Index("(account_id) WHERE to_close IS TRUE")
    _to_ship_idx = models.Index(
        "(ship_by) WHERE fulfillment_status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED')"
    )

    def _compute_shipment_count(self):
        groups = self.env["amazon.shipment"]._read_group(
            [("order_id", "in", self.ids)], ["order_id"], ["__count"]
        )
        counts = {order.id: count for order, count in groups}
        for order in self:
            order.shipment_count = counts.get(order.id, 0)

    def _compute_is_to_ship(self):
        # Searched for, and shown nowhere: dependencies would be followed at each change
        # of any transfer or sales order.
        found = self.search([("id", "in", self.ids), ("is_to_ship", "=", True)])
        for order in self:
            order.is_to_ship = order in found

    @api.model
    def _search_is_to_ship(self, operator, value):
        if operator != "in":
            return NotImplemented
        undone = Domain("sale_order_id.delivery_status", "!=", "full")
        untold = Domain("shipment_ids.state", "in", UNTOLD_STATES)
        return (
            self._get_to_ship_domain()
            & (undone | untold)
            & self._get_due_domain(before_midnight=True)
        )

    @api.model
    def _get_to_ship_domain(self):
        """What Amazon still waits for its merchant to ship."""
        return Domain(
            [
                ("fulfilled_by", "=", "MERCHANT"),
                ("fulfillment_status", "in", TO_SHIP_STATUSES),
                ("sale_order_id.state", "!=", "cancel"),
            ]
        )

    @api.model
    def _get_due_domain(self, before_midnight):
        """The orders whose time ends before, or not before, the day's end of their
        marketplaces."""
        # Archived channels' orders are to be shipped all the same.
        zones = self.env["amazon.marketplace"]._get_ids_by_zone()
        return Domain.OR(
            Domain("channel_id.marketplace_id", "in", ids)
            & Domain("ship_by", "<" if before_midnight else ">=", _end_of_day(zone))
            for zone, ids in zones.items()
        )

    @api.depends("ship_by", "channel_id")
    def _compute_due(self):
        now = fields.Datetime.now()
        ends = {}
        for order in self:
            zone = order.channel_id.marketplace_id.time_zone
            if not order.ship_by or not zone:
                order.due = False
                continue
            end = ends.setdefault(zone, _end_of_day(zone))
            is_today = order.ship_by < end
            order.due = "today" if is_today else "later"
            if order.ship_by < now:
                order.due = "late"

    @api.model
    def _search_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_over = Domain("ship_by", "<", fields.Datetime.now())
        domains = {
            "late": is_over,
            "today": self._get_due_domain(before_midnight=True) & ~is_over,
            "later": self._get_due_domain(before_midnight=False),
            False: Domain("ship_by", "=", False),
        }
        return Domain.OR(domains[one] for one in value if one in domains)

    @api.depends("line_ids.quantity_to_deliver", "line_ids.seller_sku")
    def _compute_item_text(self):
        for order in self:
            order.item_text = ", ".join(
                f"{line.quantity_to_deliver} × {line.seller_sku or line.order_item_id}"
                for line in order.line_ids
                if line.quantity_to_deliver
            )

    def action_open_delivery(self):
        """Open the delivery that is to be validated, else those that are done.

        :raises UserError: says why there is none
        """
        self.ensure_one()
        deliveries = self.sale_order_id.picking_ids
        to_do = deliveries.filtered(lambda p: p.state not in ("done", "cancel"))
        if not deliveries:
            raise UserError(self.sudo()._explain_no_delivery())
        return self.sale_order_id._get_action_view_picking(to_do or deliveries)

    def action_open_shipments(self):
        """Open the parcels of these orders."""
        return self.env["amazon.shipment"]._open_list([("order_id", "in", self.ids)])

    # ------------------------------------------------------------------
    # Shipped outside Odoo
    # ------------------------------------------------------------------

    def _mark_shipped_outside(self, outside):
        """Note whether Amazon calls more shipped than Odoo; a question ends with it."""
        self.shipped_outside = outside
        if not outside:
            self._clear_notices(OUTSIDE_NOTICE)

    def _wake_closing(self):
        """Have the deliveries closed soon, in a transaction of their own."""
        self.to_close = True
        wake(self.env, "ir_cron_shipments_fetch")

    def action_close_delivery(self):
        """Close the deliveries with Amazon's quantities and tracking.

        :raises UserError: when there is nothing to close, or Odoo needs more, e.g. lots
        """
        self.ensure_one()
        self.check_access("read")
        if not self.shipped_outside:
            raise UserError(
                self.env._("Amazon does not report more shipped units than Odoo.")
            )
        drop_caller_context(self.sudo())._close_delivery()
        return True

    def _close_delivery(self):
        """Validate what Amazon calls shipped; the rest stays to be delivered."""
        self.ensure_one()
        sale = self.sale_order_id
        deliverer = self.env["amazon.order.deliverer"].with_company(self.company_id)
        work = deliverer._prepare_work(self)
        done = self.env["stock.picking"]
        for _step in range(LONGEST_CHAIN):
            ready = (sale._get_amazon_transfers() - done).filtered(
                # What was left over by a step before is not shipped.
                lambda picking, done=done: (
                    picking.backorder_id not in done and not picking._has_open_origins()
                )
            )
            if not ready:
                break
            # What reaches the buyer first, then what is there.
            ready = ready.sorted(
                lambda picking: (
                    picking.location_dest_id.usage != "customer",
                    picking.state != "assigned",
                    picking.id,
                )
            )
            shares = {picking: {} for picking in ready}
            for line, missing in deliverer._get_unmoved(work, sale).items():
                own, _held = line._share_amazon_units(ready, missing)
                for picking, share in own.items():
                    shares[picking][line] = share
            for picking in ready:
                picking._close_as_amazon_says(shares[picking])
            done |= ready
        self.to_close = False
        self._mark_shipped_outside(False)
        self.shipment_ids.filtered(lambda s: s.source == "amazon")._reach_deliveries()


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_amazon_transfers(self):
        """The open transfers on the way to the buyer."""
        return self._get_amazon_pickings().filtered(
            lambda picking: (
                picking.state not in ("done", "cancel")
                and picking.picking_type_id.code != "incoming"
            )
        )

    def _get_amazon_deliveries(self):
        """The open transfers that reach the buyer."""
        return self._get_amazon_transfers().filtered(
            lambda picking: picking.location_dest_id.usage == "customer"
        )


class StockPicking(models.Model):
    _inherit = "stock.picking"

    amazon_shipped_outside = fields.Boolean(
        compute="_compute_amazon_shipped_outside", compute_sudo=True
    )

    def _compute_amazon_shipped_outside(self):
        for picking in self:
            order = picking.sale_id.amazon_order_id
            picking.amazon_shipped_outside = bool(
                order.shipped_outside
                and picking in order.sale_order_id._get_amazon_transfers()
            )

    def action_close_amazon_delivery(self):
        """Close this order's deliveries as Amazon says that they were shipped.

        :raises AccessError: for who may not write all deliveries that are closed
        """
        self.ensure_one()
        self.check_access("write")
        sale = self.sudo().sale_id
        sale._get_amazon_transfers().sudo(False).check_access("write")
        order = sale._get_amazon_bindings()
        if not order or self.company_id != sale.company_id:
            raise UserError(
                self.env._("This delivery does not belong to an Amazon order.")
            )
        return order.action_close_delivery()

    def _has_open_origins(self):
        origins = self.move_ids.move_orig_ids
        return any(move.state not in ("done", "cancel") for move in origins)

    def _close_as_amazon_says(self, shares):
        """Validate the shares of the open quantities that were shipped; a transfer of
        which nothing was stays as it is.

        :param shares: ``{sale line: share of what is still to be delivered}``
        """
        self.ensure_one()
        if not shares:
            return
        for move in self.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        ):
            share = shares.get(move.sale_line_id, 0.0)
            quantity = move.product_uom.round(move.product_uom_qty * share)
            move.quantity = quantity
            move.picked = quantity > 0
        if any(self.move_ids.mapped("picked")):
            self.with_context(
                cancel_backorder=False, **SHIPPED_OUTSIDE()
            )._action_done()


def _end_of_day(zone):
    """The end of today in a time zone, as naive UTC."""
    tomorrow = datetime.now(ZoneInfo(zone)).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), tzinfo=ZoneInfo(zone))
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)
