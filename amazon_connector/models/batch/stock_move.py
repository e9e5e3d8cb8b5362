# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo's own confirmation of moves, done for many new Amazon orders at once.

The apply stage confirms a batch of orders with the context key ``amazon_batch``. What
Odoo then does order by order (make a picking, look for orderpoints) is prepared here
for the whole batch; everything else stays Odoo's.
"""

from odoo import models
from odoo.tools import groupby

from ...tools.context import BATCH, NOTED, PICKINGS, RULES, UNWATCHED


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """Override of `stock`: make the pickings of a batch of new orders at once."""
        if not self or not BATCH.get(self.env):
            return super()._action_confirm(
                merge=merge, merge_into=merge_into, create_proc=create_proc
            )
        # Moves that follow from these (other steps, pushes) go Odoo's usual way.
        moves = self.with_context(**BATCH(None), **RULES(None))
        pickings = moves._create_amazon_pickings()
        moves = moves.with_context(**PICKINGS(pickings))
        confirmed = super(StockMove, moves)._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc
        )
        made = self.env["stock.picking"].browse(set(pickings.values()))
        # Another addon may have put the moves elsewhere.
        (made - confirmed.picking_id).filtered(lambda p: not p.move_ids).unlink()
        return confirmed.with_env(self.env)

    def _create_amazon_pickings(self):
        """``{move id: picking id}`` of the new pickings for these moves.

        New orders have no picking to join, so none is searched for.
        """
        moves = self.filtered(
            lambda move: (
                move.state == "draft"
                and move.sale_line_id.order_id.amazon_order_id
                and move._should_be_assigned()
                and move.product_uom.compare(move.product_uom_qty, 0.0) >= 0
            )
        )
        groups = [
            self.browse().concat(*group)
            for _key, group in groupby(moves, key=lambda m: m._key_assign_picking())
        ]
        pickings = self.env["stock.picking"].create(
            [group._get_new_picking_values() for group in groups]
        )
        pairs = list(zip(groups, pickings, strict=True))
        pickings._message_log_batch(
            {
                picking.id: self.env._(
                    "Delivery of Amazon order %(number)s",
                    number=group.sale_line_id.order_id.amazon_order_ref,
                )
                for group, picking in pairs
            }
        )
        return {move.id: picking.id for group, picking in pairs for move in group}

    def _search_picking_for_assignation(self):
        """Override of `stock`: the picking that the batch made for this move."""
        prepared = PICKINGS.get(self.env) or {}
        if self.id in prepared:
            return self.env["stock.picking"].browse(prepared[self.id])
        return super()._search_picking_for_assignation()

    def _assign_picking(self):
        """Override of `stock`: a picking that the batch made is a new one."""
        prepared = PICKINGS.get(self.env)
        if not prepared:
            return super()._assign_picking()
        others = self.filtered(lambda move: move.id not in prepared)
        for picking_id, moves in (
            (self - others).grouped(lambda move: prepared[move.id]).items()
        ):
            if moves[0]._search_picking_for_assignation().id != picking_id:
                # Another addon wants them in one of its choice.
                others += moves
                continue
            moves.write({"picking_id": picking_id})
            # Its note about where it comes from is there already.
            moves.with_context(**NOTED())._assign_picking_post_process(new=True)
        return super(StockMove, others)._assign_picking() if others else True

    def _trigger_scheduler(self):
        """Override of `stock`: look for orderpoints only where there are any."""
        unwatched = UNWATCHED.get(self.env)
        if not unwatched:
            return super()._trigger_scheduler()
        watched = self.filtered(lambda move: move.product_id.id not in unwatched)
        return super(StockMove, watched)._trigger_scheduler()

    def _update_orderpoints(self):
        """Override of `stock`: ask once for what is the same for many moves."""
        if not UNWATCHED.get(self.env):
            return super()._update_orderpoints()
        alike = {(m.product_id, m.location_id, m.location_dest_id): m for m in self}
        moves = self.browse().concat(*alike.values())
        return super(StockMove, moves)._update_orderpoints()
