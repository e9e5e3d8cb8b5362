# SPDX-License-Identifier: LGPL-3.0-or-later
"""Deliveries of Amazon orders: what they write into the outbox, and what they lack."""

from odoo import api, fields, models
from odoo.tools import float_compare

from ...sp_api.shipments import split_tracking
from ...tools.context import DELIVERIES_DONE, TRACKING

CARRIER = {"carrier_id", "amazon_carrier_code_id", "amazon_carrier_name"}
FOLLOWED = {"carrier_tracking_ref", *CARRIER}
# They say whose a transfer is.
COMPANY = {"company_id", "picking_type_id"}
# Of a move line; what users correct on done deliveries.
CORRECTED = {"quantity", "product_uom_id", "result_package_id"}


class StockPicking(models.Model):
    _inherit = "stock.picking"

    amazon_shipment_ids = fields.One2many(
        "amazon.shipment",
        "picking_id",
        "Amazon Shipments",
        groups="amazon_connector.group_user",
    )
    amazon_shipment_count = fields.Integer(
        compute="_compute_amazon_shipment_count", groups="amazon_connector.group_user"
    )
    amazon_order_number = fields.Char(
        "Amazon Order", related="sale_id.amazon_order_id.order_number"
    )
    amazon_notice = fields.Text(
        compute="_compute_amazon_notice",
        help="What Amazon will need, or what it says about this delivery.",
    )
    amazon_missing = fields.Boolean(compute="_compute_amazon_notice")
    amazon_divisible = fields.Boolean(
        compute="_compute_amazon_notice",
        help="It has tracking numbers that Amazon is not told.",
    )
    amazon_stopped = fields.Boolean(
        compute="_compute_amazon_notice",
        help="Amazon does not want the goods of this transfer.",
    )
    amazon_asked = fields.Boolean(
        "Cancel Requested",
        compute="_compute_amazon_notice",
        help="The buyer asked to cancel the order, and nobody has decided yet.",
    )

    def _compute_amazon_shipment_count(self):
        groups = self.env["amazon.shipment"]._read_group(
            [("picking_id", "in", self.ids)], ["picking_id"], ["__count"]
        )
        counts = {picking.id: count for picking, count in groups}
        for picking in self:
            picking.amazon_shipment_count = counts.get(picking.id, 0)

    @api.depends(
        "state",
        "carrier_id",
        "amazon_carrier_code_id",
        "amazon_carrier_name",
        "carrier_tracking_ref",
        "sale_id",
        "move_line_ids.result_package_id",
        "move_ids.quantity",
        "move_ids.picked",
    )
    def _compute_amazon_notice(self):
        """Who validates deliveries need not have any rights on Amazon's side."""
        Shipment = self.env["amazon.shipment"].sudo()
        stops = self.sudo()._find_amazon_stops()
        for picking in self:
            stop = stops.get(picking.id)
            lacks = [] if stop else Shipment._find_lacks(picking.sudo())
            told = [] if stop else Shipment._find_untold_numbers(picking.sudo())
            picking.amazon_stopped = bool(stop)
            picking.amazon_asked = not stop and picking.sudo()._asks_amazon_to_cancel()
            picking.amazon_missing = bool(lacks)
            picking.amazon_divisible = bool(told) and picking.state != "cancel"
            picking.amazon_notice = "\n".join([*(stop or ()), *lacks, *told]) or False

    def _action_done(self):
        """Override of `stock`: Amazon hears of what leaves for its buyers.

        Carriers have given their tracking numbers by now.
        """
        told_here = self.with_context(**DELIVERIES_DONE(frozenset(self.ids)))
        result = super(StockPicking, told_here)._action_done()
        self._write_amazon_outbox()
        self.sudo()._pass_on_amazon_carrier()
        return result

    def _write_amazon_outbox(self):
        """Tell Amazon of those of these deliveries that the caller may write."""
        own = self._filtered_access("write").sudo()
        Shipment = self.env["amazon.shipment"].sudo()
        done = own.filtered(lambda picking: picking.state == "done")
        deliveries = done.filtered(lambda p: p.picking_type_id.code != "incoming")
        Shipment._write_outbox(deliveries)
        Shipment._note_returns(done)
        # What has left cannot be cancelled any more: nobody has to decide.
        shipped = deliveries.filtered(lambda p: p.picking_type_code == "outgoing")
        orders = shipped.move_ids.sale_line_id.order_id.amazon_order_id
        orders.filtered("cancellation_requested")._close_request()

    def write(self, vals):
        """Override: a tracking number entered or corrected later goes to Amazon."""
        is_followed = FOLLOWED & set(vals) and not TRACKING.get(self.env)
        given_back = self._get_amazon_given_back(vals) if is_followed else {}
        result = super().write(vals)
        if COMPANY & set(vals):
            self.move_ids._check_amazon_company()
        if is_followed:
            done = self.sudo().filtered(lambda picking: picking.state == "done")
            if done:
                self.env["amazon.shipment"].sudo()._follow_deliveries(
                    done, "carrier_tracking_ref" in vals, bool(CARRIER & set(vals))
                )
        if given_back:
            self.env["amazon.shipment"].sudo()._drop_numbers(given_back)
        return result

    def _get_amazon_given_back(self, vals):
        """``{done delivery: numbers}`` of labels that ``vals`` take off deliveries, as
        Odoo does when one is cancelled with its carrier."""
        if vals.get("carrier_tracking_ref", True):
            return {}
        done = self.sudo().filtered(lambda picking: picking.state == "done")
        return {
            picking: numbers
            for picking in done
            if (numbers := picking._get_tracking_numbers())
        }

    def _get_tracking_numbers(self):
        """The delivery's tracking numbers, each once and without blanks."""
        self.ensure_one()
        return split_tracking(self.carrier_tracking_ref)

    def _split_tracking_numbers(self, count, used=()):
        """The tracking number of each of so many parcels; False where it is unknown.

        Odoo keeps all numbers of a delivery in one field: as many as parcels are one
        each, a single one is that of all, and a single parcel has the first one.

        :param used: numbers of the delivery's other parcels
        """
        numbers = self._get_tracking_numbers()
        if len(numbers) > 1:
            taken = {number.casefold() for number in used}
            numbers = [n for n in numbers if n.casefold() not in taken]
        if len(numbers) == count:
            return numbers
        # Others would be a guess: a user tells which is which.
        is_clear = len(numbers) == 1 or count == 1
        return [numbers[0] if numbers and is_clear else False] * count

    def _number_parcels(self, parcels, used=()):
        """The tracking number of each of these parcels; see `_split_tracking_numbers`.

        Packages have the numbers in the order in which they were made.

        :param parcels: ``(order, package)``; what is not packed is a parcel per order
        :return: ``{(order, package): number or False}``
        """
        boxes = dict.fromkeys(package or order for order, package in parcels)
        ordered = sorted(
            boxes, key=lambda box: box.id if box._name == "stock.package" else 0
        )
        numbers = self._split_tracking_numbers(len(ordered), used)
        number_of = dict(zip(ordered, numbers, strict=True))
        return {
            (order, package): number_of[package or order] for order, package in parcels
        }

    def _get_amazon_lines_to_divide(self):
        """What leaves, or has left, for the buyer: picked units, else the reserved."""
        self.ensure_one()
        lines = self.move_line_ids.filtered(
            lambda line: line.state != "cancel" and line.quantity > 0
        )
        return lines.filtered("picked") or lines

    def action_divide_amazon_parcels(self):
        """Ask which of the delivery's tracking numbers holds what."""
        self.ensure_one()
        return self.env["amazon.delivery.divide"]._open_for(self)

    def action_open_amazon_shipments(self):
        """Open what Amazon is told of these deliveries."""
        return self.env["amazon.shipment"]._open_list([("picking_id", "in", self.ids)])


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `stock`: units added to a done delivery."""
        self._create_amazon_reserved()
        lines = super().create(vals_list)
        lines._correct_amazon_outbox()
        return lines

    def write(self, vals):
        """Override: units of a done delivery that were corrected."""
        result = super().write(vals)
        if CORRECTED & set(vals):
            self._correct_amazon_outbox()
        return result

    def _divide_over_packages(self, shares):
        """Put these lines of one move into packages, cutting them where need be.

        :param shares: ``[(package, units in the product's unit)]``, all units together
        """
        product_uom = self.product_id.uom_id
        left = list(self)
        for package, units in shares:
            while (
                left
                and float_compare(units, 0, precision_rounding=product_uom.rounding) > 0
            ):
                line = left[0]
                held = line.quantity_product_uom
                if (
                    float_compare(held, units, precision_rounding=product_uom.rounding)
                    > 0
                ):
                    convert = product_uom._compute_quantity
                    rest = convert(held - units, line.product_uom_id, round=False)
                    line.quantity = convert(units, line.product_uom_id, round=False)
                    left[0] = line.copy({"quantity": rest, "picked": line.picked})
                    units = 0
                else:
                    left.pop(0)
                    units -= held
                line.result_package_id = package

    def _correct_amazon_outbox(self):
        done = self.filtered(lambda line: line.state == "done" and line.picking_id)
        if not done:
            return
        moves = done.move_id.filtered("sale_line_id")
        # What is being validated is written when that has come to its end.
        pending = DELIVERIES_DONE.get(self.env) or ()
        pickings = moves.picking_id.filtered(
            lambda p: p.state == "done" and p.id not in pending
        )._filtered_access("write")
        if pickings:
            self.env["amazon.shipment"].sudo()._follow_quantities(pickings.sudo())


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Override of `stock`: delivered Amazon orders are told and invoiced.

        Scripts finish deliveries move by move.
        """
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves.sudo().sale_line_id.order_id.amazon_channel_id._wake_invoicing()
        told_there = DELIVERIES_DONE.get(self.env) or ()
        pickings = moves.filtered(
            lambda move: move.sale_line_id or move.origin_returned_move_id
        ).picking_id
        pickings = pickings.filtered(lambda p: p.id not in told_there)
        if pickings:
            pickings._write_amazon_outbox()
        return moves

    def _get_amazon_owner(self):
        """The company whose move this is; none where its transfer says another."""
        self.ensure_one()
        owners = self.company_id | self.picking_id.company_id
        return owners if len(owners) == 1 else owners.browse()

    def _check_amazon_company(self):
        """
        :raises AccessError: the caller moved goods of an Amazon order to a company that
            is not his, or any goods into its transfers
        """
        if self.env.su:
            return
        tied = self.sudo().filtered(
            lambda move: (
                move.sale_line_id.amazon_order_line_id
                or move.picking_id.sale_id.amazon_order_id
            )
        )
        if tied:
            tied.sudo(False).check_access("write")
            tied.picking_id.sudo(False).check_access("write")
