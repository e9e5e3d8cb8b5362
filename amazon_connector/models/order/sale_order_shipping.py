# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sales orders that Odoo does not ship: by Amazon, or outside Odoo before they came in.

They are confirmed without a delivery. What was shipped is a done move without a
picking, linked to the sale line, so that delivered quantities and invoicing are right.
"""

from odoo import api, fields, models

from ...tools.context import SHIPPED_ELSEWHERE


class SaleOrder(models.Model):
    _inherit = "sale.order"

    amazon_shipping = fields.Selection(
        [
            ("odoo", "Odoo"),
            ("amazon", "Amazon"),
            ("outside", "Outside Odoo"),
        ],
        "Shipped By",
        copy=False,
        readonly=True,
        help="Orders that Amazon ships, or that were shipped before they came in, get "
        "no delivery in Odoo.",
    )

    @api.depends("amazon_shipping", "order_line.qty_delivered")
    def _compute_delivery_status(self):
        """Override of `sale_stock`: told by quantities where there is no picking."""
        foreign = self.filtered(
            lambda order: (
                order.amazon_shipping in ("amazon", "outside")
                and order.state == "sale"
                and not order.picking_ids
            )
        )
        result = super(SaleOrder, self - foreign)._compute_delivery_status()
        for order in foreign:
            goods = order.order_line.filtered(lambda line: line.product_type == "consu")
            if all(line.qty_delivered >= line.product_uom_qty for line in goods):
                order.delivery_status = "full"
            elif any(line.qty_delivered for line in goods):
                order.delivery_status = "partial"
            else:
                order.delivery_status = "pending"
        return result


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        """Override of `sale_stock`: no delivery for what Odoo does not ship."""
        ours = self.filtered(
            lambda line: line.order_id.amazon_shipping not in ("amazon", "outside")
        )
        return super(SaleOrderLine, ours)._action_launch_stock_rule(
            previous_product_uom_qty=previous_product_uom_qty
        )

    def _get_amazon_returned(self):
        """Units that came back and no longer count as delivered, less those that were
        shipped in their place: Amazon counts each unit when it leaves first."""
        self.ensure_one()
        counted = self._get_amazon_moves().filtered(
            lambda move: move.state == "done" and move.to_refund
        )
        returns = counted.filtered(lambda move: move.location_id.usage == "customer")
        # Odoo links what is shipped again by returning the return.
        replacements = (counted - returns).filtered(
            lambda move: (
                move.origin_returned_move_id
                and move.location_dest_id.usage == "customer"
            )
        )
        return self._count_amazon_moved(returns) - self._count_amazon_moved(
            replacements
        )

    def _count_amazon_moved(self, moves):
        """How many ordered units these done moves are."""
        if moves and (kit := self._find_amazon_kit_of(moves)):
            return self._count_kits(
                kit, [(move, move.product_uom, move.quantity) for move in moves]
            )
        return sum(
            move.product_uom._compute_quantity(move.quantity, self.product_uom_id)
            for move in moves
        )

    def _prepare_amazon_moves(self, quantity, source):
        """Hook: values of the moves of ``quantity`` units from ``source`` to the buyer.

        A kit (Odoo's Manufacturing, where it is installed) moves as its parts. Odoo
        takes kits apart for moves of a picking only.
        """
        self.ensure_one()
        kit = self._find_amazon_kit()
        if not kit:
            return [self._prepare_amazon_move(self.product_id, quantity, source)]
        units = quantity / kit.product_qty
        if kit.product_uom_id != self.product_uom_id:
            units = self.product_uom_id._compute_quantity(units, kit.product_uom_id)
        _kits, parts = kit.explode(self.product_id, units)
        return [
            {
                **self._prepare_amazon_move(part.product_id, share["qty"], source),
                "product_uom": part.product_uom_id.id,
                "bom_line_id": part.id,
            }
            for part, share in parts
            if part.product_id.type == "consu"
        ]

    def _is_amazon_dropshipped(self):
        """Whether the goods of this line never come into a warehouse of Odoo's."""
        self.ensure_one()
        rule = self.env["stock.rule"]._get_rule(
            self.product_id,
            self.order_id.partner_shipping_id.property_stock_customer,
            self._prepare_procurement_values(),
        )
        return rule.location_src_id.usage == "supplier"

    def _find_amazon_kit(self):
        """The bill of materials of a kit, or None."""
        kits = self.product_id._find_amazon_kits(self.company_id)
        return kits.get(self.product_id)

    def _prepare_amazon_move(self, product, quantity, source):
        """Hook: values of a done move of one product, without a picking."""
        order = self.order_id
        return {
            "product_id": product.id,
            "product_uom": self.product_uom_id.id,
            "product_uom_qty": quantity,
            "quantity": quantity,
            "picked": True,
            "location_id": source.id,
            "location_dest_id": order.partner_shipping_id.property_stock_customer.id,
            "partner_id": order.partner_shipping_id.id,
            "sale_line_id": self.id,
            "company_id": self.company_id.id,
            "origin": order.name,
        }


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _exclude_requiring_lot(self):
        """Override of `stock`: nobody told Odoo which lots left without it."""
        elsewhere = bool(SHIPPED_ELSEWHERE.get(self.env))
        return elsewhere or super()._exclude_requiring_lot()
