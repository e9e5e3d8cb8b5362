# SPDX-License-Identifier: LGPL-3.0-or-later
"""Quantities that change after the delivery: corrected by users, or by Amazon."""

from odoo import Command, api, models

from ...tools.context import TRACKING
from .sale_order_shipment import EPSILON

GONE_NOTICE = "shipment units gone"


class AmazonShipment(models.Model):
    _inherit = "amazon.shipment"

    @api.model
    def _follow_quantities(self, pickings):
        """Have Amazon hear of quantities that were corrected on done deliveries.

        What Amazon knows already is told again under the same reference, which edits
        the parcel.

        :param pickings: as superuser
        """
        parcels = {
            (parcel.picking, parcel.order, parcel.package): parcel.units
            for parcel in self._find_parcels(self._find_shipped_moves(pickings))
        }
        shipments = self.search(
            [
                ("picking_id", "in", pickings.ids),
                ("source", "=", "odoo"),
                ("state", "!=", "amazon"),
            ],
            order="id",
        )
        shipments._follow_packing(parcels)
        for shipment in shipments:
            key = (shipment.picking_id, shipment.order_id, shipment.package_id)
            shipment._correct_units(parcels.get(key, {}))
        self._write_outbox(pickings)

    def _follow_packing(self, parcels):
        """What was packed otherwise after the delivery goes on as the same parcel: each
        of these whose package is gone stands for one that is new.

        :param parcels: keyed by ``(delivery, order, package)``
        """
        own = {(s.picking_id, s.order_id, s.package_id) for s in self}
        new = sorted(parcels.keys() - own, key=lambda key: key[2].id)
        for shipment in self:
            place = (shipment.picking_id, shipment.order_id)
            if (*place, shipment.package_id) in parcels:
                continue
            if found := next((key for key in new if key[:2] == place), None):
                new.remove(found)
                shipment._set({"package_id": found[2].id})

    def _correct_units(self, units):
        """Take over what was delivered, as far as Amazon expects it.

        :param units: ``{amazon.order.line: units}`` of this parcel
        """
        self.ensure_one()
        if self.state == "skipped" and self.line_ids:
            # It is settled without Odoo.
            return
        own = self._get_units_per_item()
        others = self._get_units_told(self.order_id.shipment_ids._find_counted() - self)
        wanted = {}
        for item, quantity in units.items():
            left = item.quantity_to_deliver - others.get(item.id, 0)
            if told := max(0, min(int(quantity + EPSILON), left)):
                wanted[item] = told
        if wanted == own:
            return
        if not wanted and (self.sent_at or self.confirmed_at):
            self._tell_units_gone()
            return
        self._set_units(wanted)
        if self.state == "skipped":
            self._wait()
        self._tell_again()

    def _get_units_per_item(self):
        """``{amazon.order.line: units}`` of one parcel."""
        units = {}
        for line in self.line_ids:
            units[line.order_line_id] = units.get(line.order_line_id, 0) + line.quantity
        return units

    def _set_units(self, units):
        """Write the parcel's contents anew; codes of what stays are kept.

        :param units: ``{amazon.order.line: units}``
        """
        commands, left = [], dict(units)
        for line in self.line_ids:
            quantity = left.pop(line.order_line_id, 0)
            if quantity:
                commands.append(Command.update(line.id, {"quantity": quantity}))
            else:
                commands.append(Command.delete(line.id))
        commands += [
            Command.create(
                {
                    "order_line_id": item.id,
                    "quantity": quantity,
                    "company_id": self.company_id.id,
                }
            )
            for item, quantity in left.items()
        ]
        self._set({"line_ids": commands})

    def _tell_units_gone(self):
        """Nothing of a parcel that Amazon counts as shipped was delivered."""
        if self.order_id._get_notices(GONE_NOTICE):
            return
        self.order_id._raise_notice(
            GONE_NOTICE,
            self.env._("Amazon counts it as shipped"),
            self.env._(
                "After its correction nothing of delivery %(delivery)s was shipped, "
                "but parcel %(number)s was already reported to Amazon, which cannot "
                "be undone. Ship it, or refund the buyer in Seller Central.",
                delivery=self.picking_id.name,
                number=self.tracking_number or self.package_ref,
            ),
        )

    def _cap_units(self):
        """Tell no more than Amazon expects, which may have become less meanwhile."""
        untold = self.filtered(
            lambda s: not s.edited and s.order_id.fulfillment_status != "CANCELLED"
        )
        known = untold.order_id.shipment_ids._find_counted()
        told = self._get_units_told(known)
        for shipment in (untold & known).sorted("id", reverse=True):
            own = shipment._get_units_per_item()
            wanted, notes = {}, [shipment.note] if shipment.note else []
            for item, units in own.items():
                over = min(units, told.get(item.id, 0) - item.quantity_to_deliver)
                wanted[item] = units
                if over > 0:
                    told[item.id] -= over
                    wanted[item] -= over
                    notes.append(self._explain_capped(item, units, units - over))
            if wanted != own:
                shipment._set_units(wanted)
                note = "\n".join(notes)
                shipment._set({"note": note, "reason": note})

    def _drop_label(self, package):
        """Amazon's label of one of these parcels was given back: it holds nothing, and
        Odoo tells of what left without it."""
        dropped = self.filtered(
            lambda s: (
                s.amazon_reference == package.reference_id
                and s.state != "skipped"
                # What Odoo told itself stands on no label of Amazon's.
                and not s.sent_at
            )
        )
        if not dropped:
            return
        delivered = dropped.picking_id
        dropped._forget_tracking(package.tracking_number)
        foreign = dropped.filtered(lambda s: s.source == "amazon")
        foreign._set(
            {
                "state": "skipped",
                "reason": self.env._("Its label was cancelled on Amazon."),
                "picking_id": False,
                "package_id": False,
            }
        )
        own = dropped - foreign
        own._set({"confirmed_at": False, "told_at": False, "amazon_reference": False})
        own._wait()
        own._reconsider()
        self._write_outbox(delivered)

    def _forget_tracking(self, number):
        """Take the number of a label that was given back off what it was written to."""
        sales = self.order_id.sale_order_id
        pickings = (self.picking_id | sales._get_amazon_deliveries()).filtered(
            lambda p: number and p.carrier_tracking_ref == number
        )
        pickings.with_context(**TRACKING()).carrier_tracking_ref = False
        self.filtered(
            lambda s: s.source == "odoo" and s.tracking_number == number
        )._set({"tracking_number": False})

    def _find_counted(self):
        """Those that stand for units: what came back untold is shipped again by other
        parcels, unless a user says otherwise."""
        return self.filtered(lambda s: s.released or not s._is_all_back())

    @api.model
    def _get_units_told(self, shipments):
        """``{id of the order line: units}`` in these parcels; not in those that Amazon
        is not told of."""
        groups = shipments and self.env["amazon.shipment.line"]._read_group(
            [
                ("shipment_id", "in", shipments.ids),
                ("shipment_id.state", "!=", "skipped"),
            ],
            ["order_line_id"],
            ["quantity:sum"],
        )
        return {item.id: units for item, units in groups}
