# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo's own reservation, done for the moves of many new Amazon orders at once.

Odoo reserves move by move: it looks up the quants four times, locks one, makes one move
line, computes one state. For the moves of a batch (see :mod:`.stock_move`) the same
methods decide in the same order; what they look up is looked up once per product, and
the move lines are made in one ``create``.
"""

from odoo import api, models

from ...tools.context import PICKINGS, RESERVATIONS

# A change of any of these may change what a look-up finds, or its order.
_SOUGHT_FIELDS = {
    "product_id",
    "location_id",
    "lot_id",
    "package_id",
    "owner_id",
    "removal_date",
}


class Reservations:
    """What one call of ``_action_assign`` shares between its moves.

    ``quants`` by what was asked for, ids of the ``locked`` ones, and the values of the
    move lines ``to_create``.
    """

    def __init__(self):
        self.quants = {}
        self.locked = set()
        self.to_create = []


class _Reserved:
    """Stands for the quants of move lines whose quantity is reserved already."""

    @staticmethod
    def _update_reserved_quantity(*_args, **_options):
        """Odoo calls this for each move line it creates."""


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_assign(self, force_qty=False):
        """Override of `stock`: let the moves of a batch share their look-ups."""
        is_batch = PICKINGS.get(self.env)
        if not is_batch or force_qty or self.move_orig_ids:
            return super()._action_assign(force_qty=force_qty)
        reservations = Reservations()
        moves = self.with_context(**RESERVATIONS(reservations))
        result = super(StockMove, moves)._action_assign(force_qty=force_qty)
        if not reservations.to_create:
            return result
        self._undo_reservations(reservations.to_create)
        self.env["amazon.order.batch"]._switch_off(
            self.sale_line_id.order_id.amazon_order_id.account_id,
            self.env._("Odoo created no move lines for the reserved quantities."),
        )
        return super()._action_assign(force_qty=force_qty)

    def _undo_reservations(self, vals_list):
        """Give back what is reserved for move lines that nobody made."""
        for vals in vals_list:
            move = self.browse(vals["move_id"])
            move._reserve_amazon_quant({**vals, "quantity": -vals["quantity"]})
        self._recompute_state()

    def _update_reserved_quantity_vals(
        self,
        need,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=True,
    ):
        """Override of `stock`: reserve now, make the batch's move lines later."""
        vals_list, taken = super()._update_reserved_quantity_vals(
            need, location_id, lot_id, package_id, owner_id, strict
        )
        reservations = RESERVATIONS.get(self.env)
        if reservations is None:
            return vals_list, taken
        for vals in vals_list:
            self._reserve_amazon_quant(vals)
        reservations.to_create += vals_list
        return [], taken

    def _reserve_amazon_quant(self, vals):
        """What Odoo does when it creates a move line of these values."""
        unit = self.env["uom.uom"].browse(vals["product_uom_id"])
        self.env["stock.quant"]._update_reserved_quantity(
            self.product_id,
            self.env["stock.location"].browse(vals["location_id"]),
            unit._compute_quantity(
                vals["quantity"], self.product_id.uom_id, rounding_method="HALF-UP"
            ),
            lot_id=self.env["stock.lot"].browse(vals["lot_id"]),
            package_id=self.env["stock.package"].browse(vals["package_id"]),
            owner_id=self.env["res.partner"].browse(vals["owner_id"]),
        )


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model
    def _create_amazon_reserved(self):
        """Make the lines that a batch has put off.

        ``_action_assign`` of `stock` creates once at its end, always.
        """
        reservations = RESERVATIONS.get(self.env)
        if reservations and reservations.to_create:
            waiting, reservations.to_create = reservations.to_create, []
            self.with_context(**RESERVATIONS(None), reserved_quant=_Reserved).create(
                waiting
            )


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _gather(
        self,
        product_id,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
        qty=0,
    ):
        """Override of `stock`: look up the same quants once per batch."""
        reservations = RESERVATIONS.get(self.env)
        if not reservations or not self.env.su:
            return super()._gather(
                product_id, location_id, lot_id, package_id, owner_id, strict, qty
            )
        key = (
            product_id.id,
            location_id.id,
            *(
                record.id if record else False
                for record in (lot_id, package_id, owner_id)
            ),
            strict,
            self.env.context.get("with_expiration"),
        )
        if key in reservations.quants:
            return reservations.quants[key].with_env(self.env)
        quants = super()._gather(
            product_id,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
            qty=qty,
        )
        # That strategy looks at the quantities, which change from move to move.
        strategy = self._get_removal_strategy(product_id, location_id)
        if strategy != "least_packages":
            reservations.quants[key] = quants
        return quants

    def try_lock_for_update(self, *, allow_referencing=False, limit=None):
        """Override: what this batch has locked stays locked until its commit."""
        reservations = RESERVATIONS.get(self.env)
        if not reservations or not allow_referencing or limit != 1:
            return super().try_lock_for_update(
                allow_referencing=allow_referencing, limit=limit
            )
        if self[:1].id in reservations.locked:
            return self[:1]
        locked = super().try_lock_for_update(allow_referencing=True, limit=1)
        reservations.locked.update(locked.ids)
        return locked

    def _forget_changed_amazon_quants(self, vals):
        """Forget what the batch has looked up if ``vals`` may change it."""
        if RESERVATIONS.get(self.env) and (
            not _SOUGHT_FIELDS.isdisjoint(vals)
            or any("in_date" in vals and q.in_date != vals["in_date"] for q in self)
        ):
            self._forget_amazon_quants()

    def _forget_amazon_quants(self):
        """Forget what the batch has looked up."""
        reservations = RESERVATIONS.get(self.env)
        if reservations:
            reservations.quants.clear()
