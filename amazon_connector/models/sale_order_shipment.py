# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sales orders and the parcels that Amazon hears of; kits back to ordered units."""

from collections import defaultdict

from odoo import fields, models


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

    def action_open_amazon_shipments(self):
        """Open the parcels of these orders that Amazon hears of."""
        return self.env["amazon.shipment"]._open_list(
            [("order_id", "in", self.amazon_order_id.ids)]
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

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

    def _split_amazon_kits(self, kit, moves):
        """``{package: units}``: the kits that these moves completed.

        As Odoo counts delivered kits: as many as the rarest part allows, of all that
        left so far. A kit that lies in several packages is told with the last of them.

        :param moves: done moves of one delivery
        """
        self.ensure_one()
        left = self.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer"
                and move.location_id.usage != "customer"
            )
        )
        rest = self._count_amazon_kits(kit, left) - self._count_amazon_kits(
            kit, left - moves
        )
        lines_by_package = moves.move_line_ids.grouped("result_package_id")
        units = defaultdict(float)
        for package, lines in lines_by_package.items():
            contents = defaultdict(float)
            for line in lines:
                contents[line.move_id.bom_line_id] += self._in_part_unit(
                    line.move_id.bom_line_id, line.product_uom_id, line.quantity
                )
            complete = min(rest, self._count_complete(kit, contents))
            units[package] += complete
            rest -= complete
        if rest > 0:
            units[package] += rest
        return units

    def _count_amazon_kits(self, kit, moves):
        """How many ordered units are complete in these moves."""
        contents = defaultdict(float)
        for move in moves:
            contents[move.bom_line_id] += self._in_part_unit(
                move.bom_line_id, move.product_uom, move.quantity
            )
        return self._count_complete(kit, contents)

    def _in_part_unit(self, part, uom, quantity):
        return uom._compute_quantity(
            quantity, part.product_uom_id or uom, rounding_method="HALF-UP"
        )

    def _count_complete(self, kit, contents):
        """How many ordered units the rarest part allows.

        :param contents: ``{bill of materials line: quantity in its unit}``
        """
        one = self.product_uom_id._compute_quantity(1, kit.product_uom_id, round=False)
        _kits, parts = kit.explode(self.product_id, one / kit.product_qty)
        needs = defaultdict(float)
        for part, share in parts:
            if part.product_id.type == "consu" and share["qty"]:
                needs[part] += share["qty"]
        return min(
            (int(contents[part] / need + 1e-6) for part, need in needs.items()),
            default=0,
        )
