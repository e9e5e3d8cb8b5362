# SPDX-License-Identifier: LGPL-3.0-or-later
"""External API: a parcel has left; its delivery is validated, and Amazon told."""

from odoo import api, models

from ...sp_api.shipments import split_tracking
from ...tools.external_api import (
    AMBIGUOUS,
    ARGUMENT,
    external,
    find_ids,
    find_named,
    is_id,
    iso,
    own_one,
    read_moment,
    read_text,
    refuse,
)
from ..shipment.sale_order_shipment import EPSILON


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    @api.model
    @external
    def api_confirm_shipment(
        self,
        amazon_order_id,
        tracking_number=None,
        carrier=None,
        items=None,
        ship_date=None,
    ):
        """Validate the delivery of an order, or a part of it; Amazon is told so.

        With a tracking number that the order has already, and without anything left to
        deliver, nothing is done.

        :param carrier: id or name of a delivery method
        :param dict items: ``{seller SKU or order item id: units}``; none: all that is
            left
        :param ship_date: when it left, now if it is not given
        :return: ``{"order": see _get_api_values}``
        """
        number = read_text(self.env, amazon_order_id, "amazon_order_id")
        order = own_one(self._find_by_api(number))
        shipping = self.env["amazon.order.api.shipping"]
        given = shipping._read_given(tracking_number, carrier, ship_date)
        units = shipping._read_items(order, items)
        order._lock_by_api()
        known = order.shipment_ids
        if not shipping._is_told(order, given["tracking_number"]):
            shipping._ship(order, units, given)
            if given["ship_date"]:
                (order.shipment_ids - known).ship_date = given["ship_date"]
        return {"order": order._get_api_values()}


class AmazonOrderApiShipping(models.AbstractModel):
    _name = "amazon.order.api.shipping"
    _description = "External API: Shipping of Orders"

    # ------------------------------------------------------------------
    # Arguments
    # ------------------------------------------------------------------

    @api.model
    def _read_given(self, tracking_number, carrier, ship_date):
        """What the caller says of the parcel; False for what he leaves out."""
        number = tracking_number not in (None, False) and read_text(
            self.env, tracking_number, "tracking_number"
        )
        return {
            "tracking_number": number,
            "method": self._find_method(carrier),
            "ship_date": ship_date and read_moment(self.env, ship_date, "ship_date"),
        }

    @api.model
    def _find_method(self, carrier):
        Method = self.env["delivery.carrier"]
        if carrier in (None, False):
            return Method
        if is_id(carrier):
            return find_ids(Method, [carrier])
        name = read_text(self.env, carrier, "carrier")
        found = find_named(Method, "name", [name])
        if len(found) > 1:
            message = self.env._("%s is the name of several delivery methods.", name)
            refuse(message, AMBIGUOUS)
        return found

    @api.model
    def _read_items(self, order, items):
        """``{amazon.order.line: units}``; empty for all that is left."""
        if items in (None, False):
            return {}
        if not isinstance(items, dict) or not items:
            refuse(self.env._("items must be a dictionary."), ARGUMENT)
        units = {}
        for name, quantity in items.items():
            line = order.line_ids.filtered(
                lambda one, name=name: name in (one.order_item_id, one.seller_sku)
            )
            if len(line) != 1 or not is_id(quantity):
                message = self.env._(
                    "items: %s is not an item with a number of units.", name
                )
                refuse(message, ARGUMENT)
            units[line] = units.get(line, 0) + quantity
        return units

    # ------------------------------------------------------------------
    # Shipping
    # ------------------------------------------------------------------

    @api.model
    def _is_told(self, order, tracking_number):
        """Whether there is a parcel for it, and nothing else is meant."""
        if tracking_number:
            given = split_tracking(tracking_number) or [tracking_number]
            known = self._get_known_numbers(order)
            return all(number.casefold() in known for number in given)
        return bool(
            order.shipment_ids and not order.sale_order_id._get_amazon_transfers()
        )

    @api.model
    def _get_known_numbers(self, order):
        """The numbers of the order's parcels, and of the deliveries that have left, in
        small letters: of several numbers of one delivery Amazon may hear of one."""
        deliveries = order.sale_order_id.sudo().picking_ids
        left = deliveries.filtered(lambda picking: picking.state == "done")
        typed = [
            *order.shipment_ids.mapped("tracking_number"),
            *left.mapped("carrier_tracking_ref"),
        ]
        numbers = [number for text in typed for number in split_tracking(text)]
        return {number.casefold() for number in (*numbers, *filter(None, typed))}

    @api.model
    def _ship(self, order, units, given):
        """Validate what the caller says has left.

        :param given: see :meth:`_read_given`
        """
        sale = order.sale_order_id
        deliveries = sale._get_amazon_deliveries() if sale else sale.picking_ids
        if not deliveries:
            for transfer in sale._get_amazon_transfers()[:1]:
                self._refuse_unpicked(transfer)
            refuse(self.env._("%s has nothing to deliver in Odoo.", order.order_number))
        deliveries.check_access("write")
        shares = self._get_shares(deliveries, units) if units else {}
        for delivery in deliveries:
            own = shares.get(delivery, {}) if units else None
            delivery._ship_by_api(own, given)
        if not any(delivery.state == "done" for delivery in deliveries):
            refuse(self.env._("No delivery contains these items."))

    @api.model
    def _refuse_unpicked(self, transfer):
        refuse(self.env._("%s is waiting for goods to be picked.", transfer.name))

    @api.model
    def _get_shares(self, deliveries, units):
        """``{delivery: {sale line: share of what is open there that leaves}}``"""
        # What can leave at once does.
        ready = deliveries.sorted(
            lambda one: (one._has_open_origins(), one.state != "assigned", one.id)
        )
        shares = {delivery: {} for delivery in ready}
        for item, quantity in units.items():
            for line in item.sale_line_ids.filtered(
                lambda line: line.amazon_charge == "item"
            ):
                own, left = line._share_amazon_units(ready, quantity)
                left = min(left, line.product_uom_qty - line.qty_delivered)
                if quantity > left + EPSILON:
                    refuse(
                        self.env._(
                            "Units of %(sku)s left to ship: %(left)s.",
                            sku=item.seller_sku,
                            left=int(left + EPSILON),
                        )
                    )
                for delivery, share in own.items():
                    shares[delivery][line] = share
        return shares


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _ship_by_api(self, shares, given):
        """Validate this delivery, or the shares of it that left.

        :param shares: ``{sale line: share of what is open}``, None for all of it; one
            of which nothing leaves stays as it is
        :param dict given: ``tracking_number``, ``method``
        """
        self.ensure_one()
        if shares is not None and not any(shares.values()):
            return
        if self._has_open_origins():
            self.env["amazon.order.api.shipping"]._refuse_unpicked(self)
        for move in self.move_ids:
            if move.state in ("done", "cancel"):
                continue
            share = 1 if shares is None else shares.get(move.sale_line_id, 0)
            move.quantity = move.product_uom.round(move.product_uom_qty * share)
            move.picked = move.quantity > 0
        if not any(self.move_ids.mapped("picked")):
            return
        vals = {}
        if given["tracking_number"]:
            vals["carrier_tracking_ref"] = given["tracking_number"]
        if given["method"]:
            vals["carrier_id"] = given["method"].id
        if vals:
            self.write(vals)
        result = self.with_context(skip_backorder=True, skip_sms=True).button_validate()
        if self.state != "done":
            asked = result.get("name") if isinstance(result, dict) else ""
            refuse(self.env._("Odoo asks a question first: %s", asked or self.name))


class AmazonShipment(models.Model):
    _inherit = "amazon.shipment"

    def _get_api_values(self):
        """A plain dictionary of this parcel."""
        self.ensure_one()
        return {
            "id": self.id,
            "delivery_id": self.picking_id.id,
            "state": self.state,
            "reason": self.reason or False,
            "source": self.source,
            "carrier_code": self.carrier_code or False,
            "carrier_name": self.carrier_name or False,
            "shipping_method": self.shipping_method or False,
            "tracking_number": self.tracking_number or False,
            "ship_date": iso(self.ship_date),
            "sent_at": iso(self.sent_at),
            "confirmed_at": iso(self.confirmed_at),
            "items": {
                line.order_line_id.order_item_id: line.quantity
                for line in self.line_ids
            },
        }
