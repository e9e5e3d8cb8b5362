# SPDX-License-Identifier: LGPL-3.0-or-later
"""Transfers of goods that Amazon does not want any more: said, and asked about.

Who validates one may know better, e.g. that the parcel is gone already. So it is never
refused for good: a dialog asks on the screen, scripts say it in the context.
"""

from odoo import models
from odoo.exceptions import UserError
from odoo.http import request

from ...const import PENDING_STATUSES, TO_SHIP_STATUSES
from ...tools.notifications import CLOSE
from .sale_order_shipment import EPSILON

# How the web client calls methods of buttons and dialogs.
SCREEN_PATH = "/web/dataset/call_"


def is_on_screen():
    """Whether a user of the web client can be asked."""
    return bool(request) and request.httprequest.path.startswith(SCREEN_PATH)


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _validate_for_dialog(self):
        """Validate these, if there are any; the action that follows, or the dialog's
        end."""
        result = self and self.button_validate()
        return result if isinstance(result, dict) else dict(CLOSE)

    def button_validate(self):
        """Override of `stock`: ask before goods leave that Amazon does not want.

        Scripts that mean it put ``amazon_ship_anyway`` into the context.

        :return: as Odoo does, or the dialog's action: nothing is validated then
        :raises UserError: of such transfers where nobody can be asked
        """
        find = self.sudo()
        # Scripts have decided.
        stops = (
            find._find_amazon_doubts() if is_on_screen() else find._find_amazon_stops()
        )
        if stops and not self.env.context.get("amazon_ship_anyway"):
            return self._ask_amazon_stops(stops)
        if question := self._ask_amazon_lacks(stops):
            return question
        if not stops:
            return super().button_validate()
        asked = find.filtered(lambda p: p.id in stops and p._asks_amazon_to_cancel())
        result = super().button_validate()
        # A next dialog, e.g. for a back order, may be closed: nothing is decided then.
        # Nobody asks again at the next step, or on the order.
        asked.filtered(lambda p: p.state == "done").sale_id._ship_amazon_anyway()
        for picking in self.filtered(lambda p: p.id in stops and p.state == "done"):
            picking._message_log(
                body=self.env._(
                    "%(user)s validated it anyway: %(reason)s",
                    user=self.env.user.name,
                    reason=" ".join(stops[picking.id]),
                )
            )
        return result

    def _ask_amazon_stops(self, stops):
        if is_on_screen():
            wizard = self.env["amazon.delivery.confirm"].create(
                {"picking_ids": [(6, 0, self.ids)]}
            )
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Ship it all the same?"),
                "res_model": wizard._name,
                "res_id": wizard.id,
                "views": [(False, "form")],
                "target": "new",
                "context": dict(self.env.context),
            }
        reasons = [
            f"{picking.name}: {' '.join(stops[picking.id])}"
            for picking in self
            if picking.id in stops
        ]
        raise UserError(
            self.env._(
                "%(reasons)s\n\nNothing was validated. To ship it anyway, "
                "validate it in the browser and confirm, or set amazon_ship_anyway "
                "in the context.",
                reasons="\n".join(reasons),
            )
        )

    def _ask_amazon_lacks(self, stops):
        """The dialog about what Amazon could not be told, if there is anything.

        Scripts are not asked: their shipments are held until it is entered.

        :param stops: ids of transfers that were asked about already
        """
        if not is_on_screen() or self.env.context.get("amazon_untold_anyway"):
            return None
        pickings = self.filtered(lambda p: p.state not in ("done", "cancel"))
        lacking = pickings.filtered(
            lambda p: p.id not in stops and p.sudo()._find_amazon_lacks()
        )
        if not lacking:
            return None
        find_lacks = self.env["amazon.shipment"].sudo()._find_lacks
        if not any(find_lacks(picking) for picking in lacking.sudo()):
            # Only numbers are too many: one delivery after the other is asked about.
            return self.env["amazon.delivery.divide"]._open_for(lacking[0], self)
        return self.env["amazon.delivery.complete"]._open_for(self, lacking)

    def _find_amazon_lacks(self):
        """What Amazon could not be told of this delivery, as sentences."""
        Shipment = self.env["amazon.shipment"].sudo()
        return [
            *Shipment._find_lacks(self),
            *Shipment._find_untold_numbers(self),
        ]

    def _find_amazon_stops(self):
        """``{id of the transfer: [sentence]}``: why Amazon does not want what open
        transfers hold; each step on the way to the buyer.

        To be called as superuser.
        """
        stops = {}
        for picking in self:
            if picking.picking_type_id.code == "incoming":
                continue
            if reasons := picking._explain_amazon_stop(
                picking._get_amazon_open_moves()
            ):
                stops[picking.id] = reasons
        return stops

    def _find_amazon_doubts(self):
        """What `_find_amazon_stops` finds, and transfers whose buyer asked to cancel:
        a user decides about them first."""
        doubts = self._find_amazon_stops()
        for picking in self:
            if picking.id not in doubts and picking._asks_amazon_to_cancel():
                doubts[picking.id] = [
                    self.env._(
                        "The buyer asked Amazon to cancel order %s. Cancel it on the "
                        "sales order, or ship it anyway.",
                        picking.sale_id.amazon_order_id.order_number,
                    )
                ]
        return doubts

    def _asks_amazon_to_cancel(self):
        """Whether this open transfer holds what its buyer no longer wants, and nobody
        has decided yet. To be called as superuser."""
        self.ensure_one()
        sale = self.sale_id
        return (
            sale.amazon_order_id.asks_to_cancel
            and sale.company_id == self._origin.company_id
            and self.picking_type_id.code != "incoming"
            and bool(self._get_amazon_open_moves())
        )

    def _get_amazon_open_moves(self):
        """What this transfer brings nearer to the buyer; not what it takes back."""
        return self.move_ids.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and not move.origin_returned_move_id
            )
        )

    def _explain_amazon_stop(self, moves):
        reasons = []
        sales = moves.sale_line_id.order_id or (moves and self.sale_id)
        # Users of another company may tie a transfer to any order.
        company = self._origin.company_id
        sales = sales and sales.filtered(lambda sale: sale.company_id == company)
        for order in sales.amazon_order_id if sales else ():
            if reason := order._explain_stop():
                reasons.append(reason)
            else:
                own = moves.filtered(
                    lambda m, o=order: m.sale_line_id.order_id == o.sale_order_id
                )
                reasons += own._explain_amazon_surplus()
        return reasons


class StockMove(models.Model):
    _inherit = "stock.move"

    def _explain_amazon_surplus(self):
        """Units of Amazon's items that these moves of one transfer hold beyond what
        Amazon still wants, as sentences."""
        reasons = []
        picked = self.filtered("picked")
        for line, moves in self.grouped("sale_line_id").items():
            item = line.amazon_order_line_id
            if line.amazon_charge != "item" or not item:
                continue
            if line._has_former_amazon_item():
                reasons.append(
                    self.env._(
                        "Amazon changed the item: %(item)s instead of SKU %(former)s.",
                        item=item._get_item_name(),
                        former=item.former_sku,
                    )
                )
                continue
            # A user may mean to ship more than Amazon ever wanted.
            if not item._is_cut():
                continue
            # What nobody picked is left over once something is.
            counted = moves & picked if picked else moves
            units = line._count_amazon_units(counted)
            wanted = max(0, item.quantity_to_deliver - line.qty_delivered)
            if units > wanted + EPSILON:
                reasons.append(
                    self.env._(
                        "Units of %(item)s in this transfer: %(units)g. Amazon wants "
                        "only %(wanted)g more.",
                        wanted=wanted,
                        item=item._get_item_name(),
                        units=units,
                    )
                )
        return reasons

    def _is_amazon_touched(self):
        """Whether somebody picked or packed it, in this step or one before."""
        self.ensure_one()
        if self.picked or self.move_line_ids.result_package_id:
            return True
        return any(
            move.state == "done"
            or (move.state != "cancel" and move._is_amazon_touched())
            for move in self.move_orig_ids
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _is_amazon_unwanted(self):
        """Whether Amazon cancelled all that is still to be delivered."""
        self.ensure_one()
        item = self.amazon_order_line_id
        return item._is_cut() and self.qty_delivered >= item.quantity_to_deliver

    def _has_former_amazon_item(self):
        """Whether Amazon wants another product by now than this line holds, or another
        pack of it."""
        self.ensure_one()
        item = self.amazon_order_line_id
        if not item.former_sku:
            return False
        listing = item._find_listing()
        if not listing.product_id or listing.product_id != self.product_id:
            return True
        held = self.product_uom_id._compute_quantity(
            1, self.product_id.uom_id, round=False
        )
        return abs(held - max(1, listing.stock_pack_size)) > EPSILON

    def _cancel_amazon_moves(self):
        """Cancel the open moves of these lines that nobody picked, in any step.

        :return: the transfers that moves were cancelled of
        """
        moves = chain = self.move_ids
        # Earlier steps may serve several lines.
        while chain := chain.move_orig_ids - moves:
            moves |= chain
        untouched = moves.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and move.location_id.usage != "customer"
                and not move.origin_returned_move_id
                and not move._is_amazon_touched()
            )
        )
        untouched = untouched.filtered(
            lambda move: (
                not (
                    move.move_dest_ids.filtered(
                        lambda m: m.state not in ("done", "cancel")
                    )
                    - untouched
                )
            )
        )
        pickings = untouched.picking_id
        untouched._action_cancel()
        return pickings

    def _count_amazon_units(self, moves):
        """Ordered units in open moves: what is picked of them, else all of them."""
        contents = [
            (
                move,
                move.product_uom,
                move.quantity if move.picked else move.product_uom_qty,
            )
            for move in moves
        ]
        if kit := self._find_amazon_kit_of(moves):
            return self._count_kits(kit, contents)
        return sum(
            uom._compute_quantity(quantity, self.product_uom_id, round=False)
            for _move, uom, quantity in contents
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _stop_amazon_moves(self, unwanted_only=False):
        """Cancel what is still to be delivered of Amazon's items and nobody picked.

        What a user added to the order stays, and so does what lies picked or packed.
        To be called as superuser.

        :param unwanted_only: only of items of which Amazon wants nothing more
        :return: the transfers that moves were cancelled of
        """
        items = self.order_line.filtered(lambda line: line.amazon_charge == "item")
        if unwanted_only:
            items = items.filtered(lambda line: line._is_amazon_unwanted())
        return items._cancel_amazon_moves()


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    def _explain_stop(self):
        """Why nothing of this order is to be shipped now, or None."""
        self.ensure_one()
        number = self.order_number
        if self.fulfillment_status == "CANCELLED":
            return self.env._(
                "Amazon cancelled order %s. Do not ship it: unpack what is packed, "
                "then cancel this transfer.",
                number,
            )
        if self.fulfillment_status in PENDING_STATUSES:
            return self.env._(
                "Amazon is waiting for the payment of order %s again. Do not ship it "
                "until it is paid; this notice then disappears.",
                number,
            )
        if self.fulfillment_status == "UNFULFILLABLE":
            return self.env._("Amazon cannot fulfill order %s. Do not ship it.", number)
        if self.fulfillment_status not in (False, *TO_SHIP_STATUSES, "SHIPPED"):
            return self.env._(
                "The connector does not know Amazon's status %(status)s of order "
                "%(number)s. Check the order in Seller Central before you ship it.",
                status=self.fulfillment_status,
                number=number,
            )
        return None
