# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shipments and their deliveries after validation: corrections, returns, notices."""

from odoo import api, fields, models

from ...const import UNTOLD_STATES
from ...tools.context import TRACKING
from .amazon_carrier import OTHER
from .amazon_order_pickup import PICK_UP
from .amazon_shipment_rules import CONFIRMED_BY_AMAZON

NO_CARRIER = {"carrier_code": False, "carrier_name": False, "shipping_method": False}


class AmazonShipment(models.Model):
    _inherit = "amazon.shipment"

    @api.model
    def _follow_deliveries(self, pickings, has_tracking=True, has_carrier=False):
        """Take over what was changed on done deliveries: tracking, or the carrier.

        What was not stays as users may have corrected it on the parcel itself.
        """
        shipments = self.search(
            [("picking_id", "in", pickings.ids), ("source", "=", "odoo")], order="id"
        )
        for picking, group in shipments.grouped("picking_id").items():
            numbers = picking._number_parcels(
                [(shipment.order_id, shipment.package_id) for shipment in group]
            )
            for shipment in group:
                number = numbers[shipment.order_id, shipment.package_id]
                vals = {"tracking_number": number} if number and has_tracking else {}
                if has_carrier:
                    key = (shipment.company_id, shipment.channel_id, picking)
                    # None is known: a user chooses it, rather than the former one.
                    vals.update(self._get_carriers([key])[key] or NO_CARRIER)
                shipment.write(vals)

    @api.model
    def _drop_numbers(self, given_back):
        """Report no parcel with a label that was given back to its carrier; a parcel
        that Amazon knows keeps its number until there is another one.

        :param given_back: ``{delivery: tracking numbers}``
        """
        untold = self.search(
            [
                ("picking_id", "in", [picking.id for picking in given_back]),
                ("source", "=", "odoo"),
                ("state", "in", UNTOLD_STATES),
            ]
        )
        for shipment in untold:
            numbers = {one.casefold() for one in given_back[shipment.picking_id]}
            if (shipment.tracking_number or "").casefold() in numbers:
                shipment.write({"tracking_number": False})

    @api.model
    def _note_returns(self, pickings):
        """Hold what came back before Amazon was told of it."""
        origins = pickings.move_ids.origin_returned_move_id
        if not origins:
            return
        # A delivery may serve several orders.
        sales = origins.sale_line_id.order_id
        waiting = self.search(
            [
                ("picking_id", "in", origins.picking_id.ids),
                ("order_id", "in", sales.amazon_order_id.ids),
                ("source", "=", "odoo"),
                ("state", "in", UNTOLD_STATES),
                ("edited", "=", False),
            ]
        )
        waiting._set({"returned": True, "released": False})
        waiting._reconsider()

    def _is_all_back(self):
        """Whether all that it held came back before Amazon was told of it."""
        self.ensure_one()
        if not self.returned or self.state not in UNTOLD_STATES:
            return False
        sale = self.order_id.sale_order_id
        moves = self.picking_id.move_ids.filtered(
            lambda move: move.state == "done" and move.sale_line_id.order_id == sale
        )
        return all(
            sum(
                back.quantity for back in move.returned_move_ids if back.state == "done"
            )
            >= move.quantity
            for move in moves
        )

    def _write_tracking_back(self):
        """Put Amazon's tracking onto deliveries that have none."""
        for shipment in self.filtered("tracking_number"):
            picking = shipment.picking_id
            if picking and not picking.carrier_tracking_ref:
                picking.with_context(
                    **TRACKING()
                ).carrier_tracking_ref = shipment.tracking_number

    @api.model
    def _find_lacks(self, picking):
        """What Amazon will need of an open delivery, as sentences."""
        if (
            picking.state in ("done", "cancel", "draft")
            or picking.picking_type_id.code == "incoming"
            or picking.location_dest_id.usage != "customer"
        ):
            return []
        orders = self._find_orders_to_tell(picking)
        if not orders:
            return []
        keys = [(order.company_id, order.channel_id, picking) for order in orders]
        carriers = self._get_carriers(keys).values()
        lacks = []
        if not all(carriers):
            lacks.append(self._explain_missing_carrier(picking.carrier_id))
        elif any(
            carrier["carrier_code"] == OTHER and not carrier.get("carrier_name")
            for carrier in carriers
        ):
            lacks.append(self.env._("Enter the name of the carrier."))
        gives_tracking = picking.carrier_id.integration_level == "rate_and_ship" and (
            picking.carrier_id.delivery_type not in ("fixed", "base_on_rule")
        )
        if not (
            picking._get_tracking_numbers()
            or all(carrier.get("untracked") for carrier in carriers)
            or gives_tracking
        ):
            lacks.append(self.env._("Enter the tracking reference."))
        return lacks

    @api.model
    def _find_untold_numbers(self, picking):
        """Which tracking numbers Amazon is told and which not, as sentences."""
        numbers = picking._get_tracking_numbers()
        if len(numbers) < 2 or not self._find_orders_to_tell(picking):
            return []
        is_open = picking.state not in ("done", "cancel")
        parcels = max(1, len(set(picking.move_line_ids.mapped("result_package_id.id"))))
        if is_open and picking.location_dest_id.usage != "customer":
            return []
        told = picking._split_tracking_numbers(parcels) if is_open else []
        own = self.browse()
        if not is_open:
            own = self.search(
                [("picking_id", "=", picking.id), ("state", "not in", ("skipped",))]
            )
            told = own.filtered(lambda s: s.state != "amazon").mapped("tracking_number")
            if not own or set(own.mapped("state")) == {"amazon"}:
                return []
        known = {number.casefold() for number in told if number}
        untold = [number for number in numbers if number.casefold() not in known]
        if not untold:
            return []
        return [self._explain_untold(numbers, untold)]

    @api.model
    def _explain_untold(self, numbers, untold):
        told = [number for number in numbers if number not in untold]
        if told:
            sentence = self.env._(
                "Tracking number %(told)s is reported to Amazon, but not %(untold)s: "
                "Amazon takes one per parcel.",
                told=", ".join(told),
                untold=", ".join(untold),
            )
        else:
            sentence = self.env._(
                "The tracking numbers %(untold)s are not reported to Amazon: there "
                "must be as many as packages.",
                untold=", ".join(untold),
            )
        remedy = self.env._(
            "Press Divide to say which parcel holds what, or put the goods into one "
            "package per number, in the same order as the numbers."
        )
        return f"{sentence} {remedy}"

    @api.model
    def _find_orders_to_tell(self, picking):
        """The Amazon orders of a delivery, which may serve several sales orders, of
        which Odoo tells Amazon. A form that is not saved changes no delivery's company.
        """
        company = picking._origin.company_id
        sales = picking.sale_id | picking.move_ids.sale_line_id.order_id
        orders = sales.filtered(
            lambda sale: sale.amazon_shipping == "odoo" and sale.company_id == company
        )._get_amazon_bindings()
        by_others = (*CONFIRMED_BY_AMAZON, PICK_UP)
        return orders.filtered(lambda order: not order._find_program(by_others))

    # ------------------------------------------------------------------
    # What Amazon says
    # ------------------------------------------------------------------

    def _match_package(self, package):
        """The shipment of these that is this package of Amazon's, or empty.

        By the reference, if Amazon may have heard of it, else by the tracking number;
        what Amazon is not told by Odoo by its contents.
        """
        number = (package.tracking_number or "").casefold()
        reference = package.reference_id
        units = get_units(package)
        tests = (
            lambda s: reference and s.amazon_reference == reference,
            lambda s: s._may_be_known() and reference == str(s.package_ref),
            lambda s: number and (s.tracking_number or "").casefold() == number,
            lambda s: s.state in ("held", "amazon") and s._get_units() == units,
        )
        for test in tests:
            if found := self.filtered(test)[:1]:
                return found
        return self.browse()

    def _may_be_known(self):
        """Whether Amazon may know this parcel by Odoo's reference: sellers number
        their own parcels alike."""
        self.ensure_one()
        heard = self.sending_at or self.sent_at or self.confirmed_at
        return self.source == "odoo" and bool(heard)

    def _get_units(self):
        """``{Amazon's id of the item: units}``."""
        self.ensure_one()
        units = {}
        for line in self.line_ids:
            item_id = line.order_line_id.order_item_id
            units[item_id] = units.get(item_id, 0) + line.quantity
        return units

    def _confirm_by(self, package):
        """Amazon knows this parcel; take over what Odoo does not know."""
        self.ensure_one()
        number = package.tracking_number
        own = (self.tracking_number or "").casefold()
        if own and number and number.casefold() != own and self.source == "odoo":
            # A correction is on its way, or Amazon has not taken it over yet.
            return
        if self.edited and (
            self.state in ("held", "waiting")
            or (package.items and get_units(package) != self._get_units())
        ):
            return
        vals = {"amazon_reference": package.reference_id}
        if self.source == "amazon" or not own:
            vals["tracking_number"] = number
            vals["carrier_name"] = self.carrier_name or package.carrier
            vals["shipping_method"] = self.shipping_method or package.shipping_service
        self._set({name: value for name, value in vals.items() if value})
        self._confirm()
        self._write_tracking_back()

    def _confirm(self):
        now = fields.Datetime.now()
        for shipment in self:
            if shipment.confirmed_at and shipment.state in ("confirmed", "amazon"):
                continue
            shipment._set(
                {
                    "state": "amazon" if shipment.state == "amazon" else "confirmed",
                    "reason": shipment.state == "amazon" and shipment.reason,
                    "confirmed_at": now,
                    "edited": False,
                    "sending_at": False,
                    "retry_at": False,
                }
            )

    def _reach_deliveries(self):
        """Put the tracking of parcels that Amazon told of onto their deliveries."""
        for shipment in self.filtered("tracking_number"):
            sale = shipment.order_id.sale_order_id
            done = sale._get_amazon_pickings().filtered(
                lambda p: p.state == "done" and p.picking_type_id.code == "outgoing"
            )
            pickings = sale._get_amazon_deliveries() or done
            if len(pickings) == 1 and not pickings.carrier_tracking_ref:
                pickings.with_context(
                    **TRACKING()
                ).carrier_tracking_ref = shipment.tracking_number


def get_units(package):
    """``{Amazon's id of the item: units}`` of one of Amazon's packages."""
    units = {}
    for item in package.items:
        units[item.order_item_id] = units.get(item.order_item_id, 0) + (
            item.quantity or 0
        )
    return units
