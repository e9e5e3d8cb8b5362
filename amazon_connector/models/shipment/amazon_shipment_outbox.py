# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a validated delivery writes into the outbox, in the same transaction.

Nothing here may slow a delivery or make it fail: a few queries for all deliveries of
the transaction, no write to rows that others share, and what is missing holds the
shipment instead of refusing the delivery.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass, field

from odoo import Command, api, fields, models

from .sale_order_shipment import EPSILON

_logger = logging.getLogger(__name__)

# All that is read here of rows that have many more fields.
ORDER_FIELDS = (
    "account_id",
    "channel_id",
    "company_id",
    "fulfillment_status",
    "programs",
    "purchase_time",
)
ITEM_FIELDS = (
    "order_id",
    "order_item_id",
    "programs",
    "quantity_to_deliver",
    "seller_sku",
)


@dataclass
class _Parcel:
    """One parcel of one Amazon order: units per item, before they are capped."""

    order: models.BaseModel
    picking: models.BaseModel
    package: models.BaseModel
    units: dict = field(default_factory=lambda: defaultdict(float))


class AmazonShipment(models.Model):
    _inherit = "amazon.shipment"

    @api.model
    def _write_outbox(self, pickings):
        """Write the shipments of validated deliveries; those written stay as they are.

        :param pickings: deliveries, as superuser
        :return: the new shipments
        """
        moves = self._find_shipped_moves(pickings)
        if not moves:
            return self.browse()
        orders = moves.sale_line_id.amazon_order_line_id.order_id
        parcels = self._find_parcels(moves)
        known = self.search_fetch(
            [("order_id", "in", orders.ids)],
            [
                "picking_id",
                "order_id",
                "package_id",
                "source",
                "state",
                "tracking_number",
            ],
            order="id",
        )
        keys = {(s.picking_id.id, s.order_id.id, s.package_id.id) for s in known}
        parcels = [
            parcel
            for parcel in parcels
            if (parcel.picking.id, parcel.order.id, parcel.package.id) not in keys
        ]
        parcels = self._take_over_known(parcels, known)
        shipments = self.create(self._prepare_shipments(parcels, known))
        for shipment in shipments:
            state, reason = shipment._decide()
            if state != "waiting":
                shipment._set({"state": state, "reason": reason})
        shipments.filtered(lambda s: s.state == "waiting")._wake_sync()
        return shipments

    @api.model
    def _find_shipped_moves(self, pickings):
        """The done moves by which goods of Amazon orders left for their buyers.

        Not those that a user tied to an order of another company.
        """
        moves = pickings.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer"
                and move.location_id.usage != "customer"
                and move.sale_line_id.amazon_order_line_id
                and move.sale_line_id.order_id.amazon_shipping == "odoo"
            )
        )
        if not moves:
            return moves
        items = moves.sale_line_id.amazon_order_line_id
        items.fetch(ITEM_FIELDS)
        items.order_id.fetch(ORDER_FIELDS)
        own = moves.filtered(
            lambda move: move.sale_line_id._get_amazon_item(move._get_amazon_owner())
        )
        for picking in (moves - own).picking_id:
            _logger.warning(
                "Amazon is not told of %s: it names a line of another company's order.",
                picking.name,
            )
        return own

    # ------------------------------------------------------------------
    # Parcels
    # ------------------------------------------------------------------

    @api.model
    def _find_parcels(self, moves):
        """What left in each parcel: an Odoo package, else the delivery."""
        parcels = {}
        for picking, group in moves.grouped("picking_id").items():
            for sale_line, line_moves in group.grouped("sale_line_id").items():
                self._fill_parcels(parcels, picking, sale_line, line_moves)
        return [parcel for parcel in parcels.values() if parcel.units]

    @api.model
    def _fill_parcels(self, parcels, picking, sale_line, moves):
        item = sale_line.amazon_order_line_id
        kit = sale_line._find_amazon_kit_of(moves)
        lines = moves.move_line_ids
        other_unit = lines.product_uom_id != sale_line.product_uom_id
        if kit or other_unit or _has_fractions(lines):
            units = sale_line._split_amazon_units(moves, kit)
        else:
            units = defaultdict(float)
            for line in lines:
                units[line.result_package_id] += line.quantity
        for package, quantity in units.items():
            key = (item.order_id, picking, package)
            if key not in parcels:
                parcels[key] = _Parcel(*key)
            if quantity > EPSILON:
                parcels[key].units[item] += quantity

    @api.model
    def _take_over_known(self, parcels, known):
        """Tie parcels that Amazon told of before to the delivery that they were.

        :param known: all shipments of these orders
        :return: the parcels that Amazon has not told of
        """
        loose = known.filtered(
            lambda s: s.source == "amazon" and not s.picking_id and s.state != "skipped"
        )
        if not loose:
            return parcels
        rest = []
        for parcel in parcels:
            own = loose.filtered(lambda s, p=parcel: s.order_id == p.order)
            told = own._find_holding(parcel.units)
            if not told:
                rest.append(parcel)
                continue
            loose -= told
            told._set(
                {"picking_id": parcel.picking.id, "package_id": parcel.package.id}
            )
            told[:1]._write_tracking_back()
        return rest

    def _find_holding(self, units):
        """One of these parcels that holds exactly these units per item, or all of them
        if they do together; else empty."""
        wanted = {item.order_item_id: int(n + EPSILON) for item, n in units.items()}
        if alike := self.filtered(lambda s: s._get_units() == wanted):
            return alike[0]
        together = defaultdict(int)
        for shipment in self:
            for item_id, quantity in shipment._get_units().items():
                together[item_id] += quantity
        return self if together == wanted else self.browse()

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------

    @api.model
    def _prepare_shipments(self, parcels, known):
        if not parcels:
            return []
        left = self._get_units_left(parcels, known)
        carriers = self._get_carriers([self._get_carrier_key(p) for p in parcels])
        numbers = self._split_tracking(parcels, known)
        vals_list = []
        for parcel in parcels:
            vals = self._prepare_shipment(parcel, left)
            vals.update(carriers[self._get_carrier_key(parcel)])
            vals["tracking_number"] = numbers[id(parcel)]
            vals_list.append(vals)
        return vals_list

    @api.model
    def _get_carrier_key(self, parcel):
        order = parcel.order
        return (order.company_id, order.channel_id, parcel.picking)

    @api.model
    def _prepare_shipment(self, parcel, left):
        """Hook: values of one shipment, its quantities capped at what is left."""
        order, picking = parcel.order, parcel.picking
        lines, notes = [], []
        for item, quantity in parcel.units.items():
            units = int(quantity + EPSILON)
            told = max(0, min(units, left[item]))
            left[item] -= told
            if told < units:
                notes.append(self._explain_capped(item, units, told))
            if told:
                lines.append(
                    {
                        "order_line_id": item.id,
                        "quantity": told,
                        "company_id": order.company_id.id,
                    }
                )
        return {
            "order_id": order.id,
            "account_id": order.account_id.id,
            "channel_id": order.channel_id.id,
            "company_id": order.company_id.id,
            "picking_id": picking.id,
            "package_id": parcel.package.id,
            # Without a date it was done move by move.
            "ship_date": picking.date_done or fields.Datetime.now(),
            "note": "\n".join(notes) or False,
            "reason": "\n".join(notes) or False,
            "line_ids": [Command.create(line) for line in lines],
        }

    @api.model
    def _explain_capped(self, item, units, told):
        return self.env._(
            "Shipped units of %(item)s: %(units)s. Amazon expects only %(told)s more, "
            "so %(told)s are reported.",
            item=item.seller_sku or item.order_item_id,
            units=units,
            told=told,
        )

    @api.model
    def _get_units_left(self, parcels, known):
        """``{item: units}`` that Amazon has not been told of yet.

        :param known: all shipments of these orders
        """
        items = self.env["amazon.order.line"].union(
            *(i for p in parcels for i in p.units)
        )
        told = self._get_units_told(known._find_counted())
        return {item: item.quantity_to_deliver - told.get(item.id, 0) for item in items}

    @api.model
    def _split_tracking(self, parcels, known):
        """``{id of the parcel: tracking number}``.

        :param known: all shipments of these orders
        """
        result = {}
        by_picking = defaultdict(list)
        for parcel in parcels:
            by_picking[parcel.picking].append(parcel)
        for picking, group in by_picking.items():
            others = known.filtered(lambda s, p=picking: s.picking_id == p)
            used = others.filtered("tracking_number").mapped("tracking_number")
            places = [(parcel.order, parcel.package) for parcel in group]
            numbers = picking._number_parcels(places, used)
            for parcel, place in zip(group, places, strict=True):
                result[id(parcel)] = numbers[place]
        return result


def _has_fractions(lines):
    """Whether units were cut, e.g. 3 over two parcels as 1.5 and 1.5: Amazon counts
    whole ones."""
    return any(abs(q - round(q)) > EPSILON for q in lines.mapped("quantity"))
