# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which shipments Amazon hears of, and what keeps one from being sent."""

from datetime import timedelta

from odoo import api, fields, models

from ...const import PENDING_STATUSES
from ...sp_api.shipments import PICKED_UP, split_tracking
from ...tools.context import SHIPPED_OUTSIDE
from ...tools.cron import wake
from .amazon_carrier import OTHER
from .amazon_order_pickup import PICK_UP

# Clocks differ; Amazon is told its own time for a date so little ahead.
AHEAD = timedelta(minutes=5)
# Orders 2026-01-01, programs: Amazon confirms what ships in them by itself.
# Each with the name that sellers know it by.
CONFIRMED_BY_AMAZON = {
    "AMAZON_EASY_SHIP": "Easy Ship",
    "FBM_SHIP_PLUS": "Ship+",
    "DELIVERY_BY_AMAZON": "Delivery by Amazon",
}
# Their labels are usually bought from Amazon, which then confirms.
USUALLY_CONFIRMED_BY_AMAZON = {"PRIME": "Prime", "PREMIUM": "Premium Shipping"}


class AmazonOrder(models.Model):
    _inherit = "amazon.order"

    def _find_program(self, programs):
        """The first of these programs that the order is part of, or None."""
        self.ensure_one()
        own = (self.programs or "").split(", ")
        return next((name for name in programs if name in own), None)


class AmazonShipment(models.Model):
    _inherit = "amazon.shipment"

    @api.model
    def _wake_held(self, companies):
        """Look again at what is held, e.g. because its carrier is known now.

        :param companies: whose shipments; empty: of all companies
        """
        domain = [("state", "=", "held")]
        if companies:
            domain.append(("company_id", "in", companies.ids))
        self.sudo().search(domain)._reconsider()

    def _reconsider(self):
        """Decide anew what happens to shipments that are not sent yet."""
        shipments = self.filtered(
            lambda s: s.source == "odoo" and s.state in ("held", "waiting")
        )
        shipments._fill_in()
        shipments._cap_units()
        waiting = self.browse()
        for shipment in shipments:
            state, reason = shipment._decide()
            if (state, reason) != (shipment.state, shipment.reason or False):
                shipment._set({"state": state, "reason": reason})
            if state == "held" and shipment._is_ahead():
                shipment._set({"retry_at": shipment.ship_date})
            if state == "waiting":
                waiting |= shipment
        waiting._wake_sync()

    def _fill_in(self):
        """Take what is missing of the carrier from the delivery methods."""
        missing = self.filtered(lambda s: s.state == "held" or not s.carrier_code)
        carriers = self._get_carriers(
            [(s.company_id, s.channel_id, s.picking_id) for s in missing]
        )
        for shipment in missing:
            key = (shipment.company_id, shipment.channel_id, shipment.picking_id)
            values = carriers[key]
            # Another carrier is the user's choice.
            if values.get("carrier_code") in (shipment.carrier_code, None):
                values = {n: v for n, v in values.items() if v and not shipment[n]}
            elif shipment.carrier_code:
                values = {}
            if values:
                shipment._set(values)

    @api.model
    def _get_carriers(self, keys):
        """What Amazon is told of the carrier.

        :param keys: ``(company, channel, delivery)`` of each parcel
        :return: ``{key: values of the shipment}``, empty where nothing is known
        """
        return {
            (company, channel, picking): picking._get_amazon_carrier(company, channel)
            for company, channel, picking in keys
        }

    def _decide(self):
        """Hook: what happens to a shipment of Odoo's that is not sent.

        :return: ``(state, reason)``
        """
        self.ensure_one()
        order = self.order_id
        if order.fulfillment_status == "CANCELLED":
            return "failed", self.env._(
                "Amazon cancelled the order. Stop the parcel or take it back; it "
                "cannot be reported to Amazon."
            )
        if program := order._find_program(CONFIRMED_BY_AMAZON):
            return "amazon", self.env._(
                "Amazon confirms %(program)s orders itself.",
                program=CONFIRMED_BY_AMAZON[program],
            )
        if order.pickup_status == PICKED_UP:
            return "skipped", self.env._(
                "Amazon already knows that the buyer collected it."
            )
        if not self.line_ids:
            return "skipped", self.reason
        if SHIPPED_OUTSIDE.get(self.env):
            return "skipped", self.env._(
                "It was already confirmed to Amazon outside Odoo."
            )
        problems = [*self._find_holds(order), *self._find_problems(order)]
        if problems:
            return "held", "\n".join(problems)
        return "waiting", False

    def _find_holds(self, order):
        """Why a user has to say that it is to be sent, as sentences."""
        if self.released:
            return
        if self.returned:
            yield self.env._(
                "The goods came back before the parcel was reported to Amazon. If "
                "they were shipped after all, press Send, otherwise Do Not Send."
            )
        if program := order._find_program(USUALLY_CONFIRMED_BY_AMAZON):
            yield self.env._(
                "Amazon confirms %(program)s orders when the label is bought from "
                "Amazon. If this label was bought elsewhere, press Send.",
                program=USUALLY_CONFIRMED_BY_AMAZON[program],
            )
        if order._find_program((PICK_UP,)):
            yield self.env._(
                "The buyer collects it in the shop. Press Picked Up on the Amazon "
                "order when it is handed over."
            )

    def _find_problems(self, order):
        """What Amazon would refuse, as sentences."""
        if order.fulfillment_status in PENDING_STATUSES:
            yield self.env._(
                "Amazon is waiting for the payment again. The parcel is reported when "
                "it is paid."
            )
        if not self.carrier_code:
            yield self._explain_missing_carrier(self.picking_id.carrier_id)
        elif self.carrier_code == OTHER and not (self.carrier_name or "").strip():
            yield self.env._("Enter the carrier's name: Amazon does not list it.")
        if not self.tracking_number and not self.untracked:
            yield self.env._("Enter the tracking number.")
        elif len(split_tracking(self.tracking_number)) > 1:
            yield self.env._(
                "Amazon takes one tracking number per parcel. Enter one here. If "
                "goods went in other parcels, put them into separate packages on the "
                "delivery."
            )
        yield from self._find_date_problems(order)
        for line in self.line_ids:
            codes = line._get_codes()
            if line.needs_codes and len(set(codes)) != line.quantity:
                yield self.env._(
                    "Enter the Transparency codes of %(item)s, one per unit: "
                    "%(found)s of %(wanted)s.",
                    item=line.order_line_id.seller_sku,
                    found=len(set(codes)),
                    wanted=line.quantity,
                )

    def _find_date_problems(self, order):
        if not self.ship_date:
            yield self.env._("Enter the shipping date.")
        elif self._is_ahead():
            yield self.env._(
                "The shipping date is in the future: the parcel is reported on that "
                "day. If the date is wrong, correct it."
            )
        elif order.purchase_time and self.ship_date < order.purchase_time:
            yield self.env._(
                "The shipping date is before the order date. Correct the date."
            )

    def _is_ahead(self):
        """Whether it is dated in the future."""
        return bool(self.ship_date) and self.ship_date > fields.Datetime.now() + AHEAD

    @api.model
    def _explain_missing_carrier(self, method):
        if not method:
            return self.env._(
                "Choose the carrier. A line under Amazon > Configuration > Carriers "
                "can choose it for all deliveries."
            )
        return self.env._(
            "Choose the carrier: there is none for %(method)s under Amazon > "
            "Configuration > Carriers.",
            method=method.name,
        )

    def _wake_sync(self):
        """Have these waiting shipments sent after the commit."""
        if self:
            wake(self.env, "ir_cron_shipments_fetch")


class AmazonCarrier(models.Model):
    _inherit = "amazon.carrier"

    def _prepare_shipment_values(self):
        """Hook: what a shipment takes from this row."""
        self.ensure_one()
        return {
            "carrier_code": self.code_id.code,
            "carrier_name": self.carrier_name,
            "shipping_method": self.shipping_method,
            "untracked": self.untracked,
        }
