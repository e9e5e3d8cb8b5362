# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sales orders and the parcels that Amazon hears of; kits back to ordered units."""

from collections import defaultdict
from functools import partial

from odoo import fields, models

# What floating point may lose of a whole unit.
EPSILON = 1e-6


class SaleOrder(models.Model):
    _inherit = "sale.order"

    amazon_shipment_count = fields.Integer(
        compute="_compute_amazon_shipment_count", groups="amazon_connector.group_user"
    )

    def _compute_amazon_shipment_count(self):
        groups = self.env["amazon.shipment"]._read_group(
            [("order_id", "in", self.amazon_order_id.ids)], ["order_id"], ["__count"]
        )
        counts = {order.id: count for order, count in groups}
        for sale in self:
            sale.amazon_shipment_count = counts.get(sale.amazon_order_id.id, 0)

    def _get_amazon_pickings(self):
        """The transfers of these orders, without those that users of another company
        tied to them."""
        return self.picking_ids.filtered(
            lambda picking: picking.company_id == picking.sale_id.company_id
        )

    def action_open_amazon_shipments(self):
        """Open the parcels of these orders that Amazon hears of."""
        return self.env["amazon.shipment"]._open_list(
            [("order_id", "in", self.amazon_order_id.ids)]
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_outgoing_incoming_moves(self, strict=True):
        """Override of `sale_stock`: what another company moves delivers no item."""
        outgoing, incoming = super()._get_outgoing_incoming_moves(strict=strict)
        if not self.amazon_order_line_id:
            return outgoing, incoming
        own = self._get_amazon_moves()
        return outgoing & own, incoming & own

    def _get_amazon_moves(self):
        """The moves of these lines, without those that users of another company tied
        to them."""
        return self.move_ids.filtered(
            lambda move: move._get_amazon_owner() == move.sale_line_id.company_id
        )

    def _share_amazon_units(self, transfers, quantity):
        """Which share of this line's open units in each transfer makes ``quantity``.

        They are taken from one transfer after the other. The parts of a kit may lie in
        several: of each leaves the same share.

        :return: ``({transfer: share}, units that they hold together)``; those of which
            nothing leaves are left out
        """
        self.ensure_one()
        moves_of = {
            transfer: transfer.move_ids.filtered(
                lambda move: (
                    move.sale_line_id == self and move.state not in ("done", "cancel")
                )
            )
            for transfer in transfers
        }
        moves = transfers.move_ids.browse().union(*moves_of.values())
        if moves and self._find_amazon_kit_of(moves):
            held = self.product_uom_qty - self.qty_delivered
            share = min(1.0, quantity / held) if held > 0 else 0.0
            return {one: share for one, own in moves_of.items() if own and share}, held
        units_of = {
            transfer: sum(
                move.product_uom._compute_quantity(
                    move.product_uom_qty, self.product_uom_id, round=False
                )
                for move in own
            )
            for transfer, own in moves_of.items()
        }
        shares, left = {}, quantity
        for transfer, units in units_of.items():
            if (taken := min(left, units)) > EPSILON:
                shares[transfer] = taken / units
                left -= taken
        return shares, sum(units_of.values())

    def _find_amazon_kit_of(self, moves):
        """The kit of which these moves carry the parts, or None."""
        self.ensure_one()
        if "bom_line_id" not in moves._fields:
            return None
        kits = moves.bom_line_id.bom_id.filtered(lambda bom: bom.type == "phantom")
        if not kits:
            return None
        own = kits.filtered(
            lambda bom: bom.product_tmpl_id == self.product_id.product_tmpl_id
        )
        return own[:1] or self._find_amazon_kit() or kits[:1]

    def _split_amazon_units(self, moves, kit=None):
        """``{package: units}``: the ordered units that these moves completed.

        As Odoo counts delivered kits: as many as the rarest part allows, of all that
        left so far; packs likewise. What lies in several packages is told with the
        last of them.

        :param moves: done moves of one delivery
        """
        self.ensure_one()
        first = min(map(_get_moment, moves))
        earlier = self._get_amazon_moves().filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer"
                and move.location_id.usage != "customer"
                and _get_moment(move) < first
            )
        )
        count = partial(self._count_kits, kit) if kit else self._count_packs
        before, after = (
            count([(move, move.product_uom, move.quantity) for move in some])
            for some in (earlier - moves, earlier | moves)
        )
        rest = after - before
        units = defaultdict(float)
        for package, lines in moves.move_line_ids.grouped("result_package_id").items():
            complete = count(
                [(line.move_id, line.product_uom_id, line.quantity) for line in lines]
            )
            units[package] += min(rest, complete)
            rest -= min(rest, complete)
        if rest > 0:
            units[package] += rest
        return units

    def _count_packs(self, contents):
        """How many ordered units are complete.

        :param contents: ``(move, unit of measure, quantity)`` of what left
        """
        total = sum(
            uom._compute_quantity(quantity, self.product_uom_id, round=False)
            for _move, uom, quantity in contents
        )
        return int(total + EPSILON)

    def _count_kits(self, kit, contents):
        """How many ordered units the rarest part allows, see :meth:`_count_packs`."""
        has = defaultdict(float)
        for move, uom, quantity in contents:
            part = move.bom_line_id
            has[part] += uom._compute_quantity(
                quantity, part.product_uom_id or uom, round=False
            )
        one = self.product_uom_id._compute_quantity(1, kit.product_uom_id, round=False)
        _kits, parts = kit.explode(self.product_id, one / kit.product_qty)
        needs = defaultdict(float)
        for part, share in parts:
            if part.product_id.type == "consu" and share["qty"]:
                needs[part] += share["qty"]
        return min(
            (int(has[part] / need + EPSILON) for part, need in needs.items()),
            default=0,
        )


def _get_moment(move):
    """Orders moves by when they left; deliveries done together by their ids."""
    return (move.date, move.picking_id.id, move.id)
