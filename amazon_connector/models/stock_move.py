# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models
from odoo.tools import groupby


class StockMove(models.Model):
    _inherit = "stock.move"

    def _assign_picking(self):
        """Override of `stock`: make the pickings of a batch of new orders at once.

        Odoo creates one picking at a time. Within a batch of Amazon orders (context
        key ``amazon_batch_pickings``) they are created together and handed to Odoo's
        own assignment through :meth:`_search_picking_for_assignation`.
        """
        if not self.env.context.get("amazon_batch_pickings"):
            return super()._assign_picking()
        batch = self.with_context(amazon_batch_pickings=False)
        pickings = batch._create_amazon_pickings()
        return super(
            StockMove, self.with_context(amazon_picking_by_move=pickings)
        )._assign_picking()

    def _create_amazon_pickings(self):
        """``{id of a group's first move: id of its new picking}``.

        New orders have no picking to join, so none is searched for.
        """
        groups = [
            self.concat(*moves)
            for _key, moves in groupby(
                self, key=lambda move: move._key_assign_picking()
            )
        ]
        groups = [
            moves
            for moves in groups
            if moves.sale_line_id.order_id.amazon_order_id
            and all(
                move.product_uom.compare(move.product_uom_qty, 0.0) >= 0
                for move in moves
            )
        ]
        pickings = self.env["stock.picking"].create(
            [moves._get_new_picking_values() for moves in groups]
        )
        pickings._message_log_batch(
            {
                picking.id: self.env._(
                    "Delivery of Amazon order %(number)s",
                    number=moves.sale_line_id.order_id.amazon_order_ref,
                )
                for moves, picking in zip(groups, pickings, strict=True)
            }
        )
        return {
            moves[0].id: picking.id
            for moves, picking in zip(groups, pickings, strict=True)
        }

    def _search_picking_for_assignation(self):
        """Override of `stock`: the picking that the batch made for this move."""
        prepared = self.env.context.get("amazon_picking_by_move") or {}
        if self.id in prepared:
            return self.env["stock.picking"].browse(prepared[self.id])
        return super()._search_picking_for_assignation()
