# SPDX-License-Identifier: LGPL-3.0-or-later
from functools import partial

from odoo import api, fields, models

from ...models.shipment.amazon_shipment_delivery import get_units
from ...sp_api import NotFoundError, Order, Orders, split_order
from ...tools.error_words import explain
from ..engine.base import MAYBE_ONE_ORDER, ONE_AFTER_ANOTHER
from .kind import is_over, minutes_from_now
from .send import CHECK_MINUTES, Outcome

WANTED_DATA = ("FULFILLMENT", "PACKAGES")


class AmazonSyncShipments(models.AbstractModel):
    """Read back what Amazon knows of a parcel (``getOrder`` with PACKAGES).

    Usually the poll of orders tells it first (:mod:`.shipments_follow`).
    """

    _inherit = "amazon.sync.shipments"

    @api.model
    def _read_back(self, task, client, work):
        """What Amazon says of a parcel whose fate is unknown.

        :return: :class:`~.shipments_send.Outcome`, or None when it is not there
        """
        included = tuple(name for name in WANTED_DATA if name in work.included)
        try:
            raw = self._call(
                task, partial(Orders(client).get, work.order_number, included)
            )
        except NotFoundError as error:
            return Outcome("failed", explain(self.env, error))
        public, _personal = split_order(raw)
        return self._judge_order(Order.from_json(public), work)

    @api.model
    def _judge_order(self, order, work):
        """Whether an order as Amazon has it holds this parcel, or needs none."""
        package = find_package(order.packages, work.parcel, work.edited)
        if package:
            return Outcome("confirmed", package=package)
        if order.fulfillment_status == "CANCELLED":
            return Outcome(
                "failed",
                self.env._(
                    "Amazon cancelled the order. Stop the parcel or take it back; it "
                    "cannot be reported to Amazon."
                ),
            )
        reference = str(work.parcel.reference)
        known = any(package.reference_id == reference for package in order.packages)
        if known or order.fulfillment_status != "SHIPPED":
            return None
        if not order.packages:
            return Outcome("confirmed")
        others = ", ".join(
            " ".join(filter(None, (package.carrier, package.tracking_number)))
            for package in order.packages
        )
        return Outcome(
            "skipped",
            self.env._(
                "The order was confirmed to Amazon outside Odoo, with these parcels: "
                "%(parcels)s.",
                parcels=others,
            ),
        )

    # ------------------------------------------------------------------
    # What was sent half an hour ago and has not come back with the orders
    # ------------------------------------------------------------------

    @api.model
    def _check_sent(self, task, client, deadline):
        while works := self._transact_leased(task, partial(self._claim_check, task)):
            errors = []
            for work in works:
                outcome = None
                try:
                    outcome = self._read_back(task, client, work)
                except MAYBE_ONE_ORDER as error:
                    errors.append(error)
                self._transact_leased(
                    task, partial(self._settle_check, task, work, outcome)
                )
                if is_over(deadline):
                    return False
            if len(errors) == len(works) >= ONE_AFTER_ANOTHER:
                raise errors[-1]
        return True

    @api.model
    def _claim_check(self, task):
        shipments = self.env["amazon.shipment"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "=", "sent"),
                ("retry_at", "<=", fields.Datetime.now()),
            ],
            order="retry_at, id",
            limit=10,
        )
        included = self.env["amazon.sync.orders"]._get_included_data(task.account_id)
        return [self._prepare_work(shipment, included) for shipment in shipments]

    @api.model
    def _settle_check(self, task, work, outcome):
        shipment = work.shipment
        shipment.invalidate_recordset()
        if shipment.state != "sent":
            return
        now = fields.Datetime.now()
        if outcome:
            shipment._set(
                {
                    "state": outcome.state,
                    "reason": outcome.reason,
                    "checked_at": now,
                    "retry_at": False,
                    "confirmed_at": now if outcome.state == "confirmed" else False,
                }
            )
            if outcome.package:
                shipment._confirm_by(outcome.package)
            return
        step = shipment.attempts + 1
        if step < len(CHECK_MINUTES):
            shipment._set(
                {
                    "attempts": step,
                    "checked_at": now,
                    "retry_at": minutes_from_now(CHECK_MINUTES[step]),
                }
            )
            return
        reason = self.env._(
            "Amazon accepted the parcel, but does not show it on the order. Check the "
            "order in Seller Central, then press Send or Do Not Send."
        )
        if shipment.edited:
            reason = self.env._(
                "Amazon accepted the correction, but still shows the parcel as "
                "before. Correct it in Seller Central, then press Do Not Send."
            )
        shipment._set(
            {
                "state": "failed",
                "reason": reason,
                "checked_at": now,
                "retry_at": False,
                "attempts": 0,
            }
        )
        run = self._get_run(task, shipment)
        self._record_outcomes(run, [(shipment, "failed", reason)])


def find_package(packages, parcel, edited=False):
    """The package of Amazon's that is this parcel, or None.

    The reference alone does not say that a correction has arrived.

    :param edited: Amazon knew it with other units, maybe
    """
    tracking = parcel.tracking_number.casefold()
    units = {item.order_item_id: item.quantity for item in parcel.items}
    for package in packages:
        if (package.tracking_number or "").casefold() != tracking:
            continue
        told = get_units(package)
        is_known = package.reference_id == str(parcel.reference) and not edited
        if is_known or not told or told == units:
            return package
    return None
