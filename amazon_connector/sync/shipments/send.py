# SPDX-License-Identifier: LGPL-3.0-or-later
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from odoo import api, fields, models, tools
from odoo.fields import Domain

from ...const import RECORD_RETRY_MINUTES
from ...sp_api import (
    AccessDeniedError,
    AmazonError,
    BadRequestError,
    NotFoundError,
    Order,
    Parcel,
    ParcelItem,
    ShipmentRefusedError,
    Shipments,
    UnknownResultError,
)
from ...sp_api.shipment_errors import CANCELLED, NOT_YET, SHIPPED_BY_AMAZON
from ...sp_api.shipments import DIRECT_PAYMENT
from ...tools.error_words import explain
from ...tools.times import to_aware
from ..engine.base import MAYBE_ONE_ORDER, ONE_AFTER_ANOTHER, SyncStopped
from ..orders.mapper import is_cod
from .kind import is_over, minutes_from_now

BATCH_SIZE = 10
CHECK_MINUTES = (30, 120, 480)
BY_FEED = "amazon_connector.shipments_by_feed"
# First tries of what a feed has columns for.
FEED_DOMAIN = Domain(
    [
        ("sending_at", "=", False),
        ("edited", "=", False),
        ("line_ids", "not any", [("transparency_codes", "!=", False)]),
    ]
)


@dataclass
class ShipmentWork:
    """One parcel on its way to Amazon: all that is needed while no transaction is
    open."""

    shipment: models.BaseModel
    order_number: str
    marketplace: str
    parcel: Parcel
    stamp: datetime
    content: list
    unknown: bool
    edited: bool
    included: tuple
    cod_method: str | None = None


@dataclass
class Outcome:
    """What became of a parcel.

    :param state: of the shipment; ``waiting`` is tried again
    :param unknown: Amazon may have taken it
    :param package: the ``sp_api.Package`` that Amazon knows
    """

    state: str
    reason: str | bool = False
    unknown: bool = False
    package: object = None
    error: Exception | None = None


class AmazonSyncShipments(models.AbstractModel):
    """Send what waits, one call per parcel (``confirmShipment``).

    A parcel is stamped and committed before its call. Whoever finds a stamp does not
    know what became of the call, and reads the order before sending again.
    """

    _inherit = "amazon.sync.shipments"

    @api.model
    def _send_waiting(self, task, client, deadline):
        troubles = 0
        while works := self._transact_leased(task, partial(self._claim_batch, task)):
            outcomes, stop = self._send_batch(task, client, works)
            # Also when the task was taken away: what Amazon heard is a fact.
            self._transact(partial(self._settle_batch, task, works, outcomes))
            if stop:
                raise stop
            errors = [outcome.error for outcome in outcomes if outcome.error]
            troubles = troubles + len(errors) if len(errors) == len(works) else 0
            if troubles >= ONE_AFTER_ANOTHER:
                raise errors[-1]
            if is_over(deadline):
                return not self._find_waiting(task, limit=1)
        return True

    # ------------------------------------------------------------------
    # Claiming
    # ------------------------------------------------------------------

    @api.model
    def _get_waiting_domain(self, task):
        """The parcels whose time has come, and that are in no feed."""
        return Domain(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "=", "waiting"),
                ("feed_id", "=", False),
                "|",
                ("retry_at", "=", False),
                ("retry_at", "<=", fields.Datetime.now()),
            ]
        )

    @api.model
    def _is_by_feed(self):
        """Whether feeds are used for few parcels, too, as a system parameter says."""
        value = self.env["ir.config_parameter"].sudo().get_param(BY_FEED)
        return tools.str2bool(value or "False", False)

    @api.model
    def _find_waiting(self, task, limit=None):
        domain = self._get_waiting_domain(task) & Domain("untracked", "=", False)
        if self._is_by_feed():
            domain &= ~FEED_DOMAIN
        return self.env["amazon.shipment"].search(domain, order="id", limit=limit)

    @api.model
    def _claim_batch(self, task):
        """Stamp the next parcels and have them ready to be sent."""
        included = self.env["amazon.sync.orders"]._get_included_data(task.account_id)
        while shipments := self._find_waiting(task, limit=BATCH_SIZE):
            shipments._reconsider()
            claimed = shipments.filtered(lambda s: s.state == "waiting")
            works = [self._prepare_work(shipment, included) for shipment in claimed]
            if works:
                for work in works:
                    work.shipment._set(
                        {
                            "sending_at": work.stamp,
                            "attempts": work.shipment.attempts + 1,
                        }
                    )
                return works
        return []

    @api.model
    def _prepare_work(self, shipment, included):
        return ShipmentWork(
            shipment=shipment,
            order_number=shipment.order_id.order_number,
            marketplace=shipment.channel_id.marketplace_id.amazon_code,
            parcel=self._prepare_parcel(shipment),
            stamp=fields.Datetime.now(),
            content=shipment._get_content(),
            unknown=bool(shipment.sending_at),
            edited=shipment.edited,
            included=included,
            cod_method=self._get_cod_method(shipment),
        )

    @api.model
    def _get_cod_method(self, shipment):
        """How cash on delivery is collected, where Amazon asks for it; or None."""
        if shipment.channel_id.marketplace_id.code != "JP":
            return None
        order = Order.from_json(shipment.order_id.payload)
        return DIRECT_PAYMENT if is_cod(order) else None

    @api.model
    def _prepare_parcel(self, shipment):
        """Hook: the parcel as Amazon hears of it."""
        units = {}
        for line in shipment.line_ids:
            item_id = line.order_line_id.order_item_id
            quantity, codes = units.get(item_id, (0, ()))
            units[item_id] = (quantity + line.quantity, codes + line._get_codes())
        return Parcel(
            reference=shipment.package_ref,
            carrier_code=shipment.carrier_code or "",
            carrier_name=shipment.carrier_name or "",
            shipping_method=shipment.shipping_method or "",
            tracking_number=shipment.tracking_number or "",
            ship_date=to_aware(shipment.ship_date),
            items=tuple(
                ParcelItem(item_id, quantity, codes)
                for item_id, (quantity, codes) in units.items()
            ),
        )

    # ------------------------------------------------------------------
    # Talking to Amazon, with no transaction open
    # ------------------------------------------------------------------

    @api.model
    def _send_batch(self, task, client, works):
        """
        :return: the outcomes, in the order of ``works`` and as many as were reached,
            and the error that ended the batch before its end, or None
        """
        outcomes = []
        for work in works:
            try:
                outcomes.append(self._tell(task, client, work))
            except (AmazonError, SyncStopped) as error:
                return outcomes, error
        return outcomes, None

    @api.model
    def _tell(self, task, client, work):
        """Tell Amazon of one parcel; after an unknown result only if it is not there.

        :raises AmazonError: when nothing more can be sent now; this one was not
        """
        # A correction may arrive twice: it names the parcel that Amazon has.
        is_unsure = work.unknown and not work.edited
        if is_unsure and (known := self._read_unsure(task, client, work)):
            return known
        confirm = partial(
            Shipments(client).confirm,
            work.order_number,
            work.marketplace,
            work.parcel,
            work.cod_method,
        )
        try:
            self._call(task, confirm)
        except ShipmentRefusedError as error:
            return self._judge_refusal(task, client, work, error)
        except NotFoundError as error:
            return Outcome("failed", explain(self.env, error))
        except UnknownResultError as error:
            return Outcome(
                "waiting", explain(self.env, error), unknown=True, error=error
            )
        except (AccessDeniedError, BadRequestError) as error:
            return Outcome("waiting", explain(self.env, error), error=error)
        return Outcome("sent")

    @api.model
    def _judge_refusal(self, task, client, work, error):
        """What a refusal means: Amazon may know the parcel, or another one."""
        message = explain(self.env, error)
        if error.reason == NOT_YET:
            return Outcome("waiting", message)
        if error.reason == SHIPPED_BY_AMAZON:
            return Outcome("amazon", message)
        if error.reason == CANCELLED:
            return Outcome("failed", message)
        if work.edited:
            message = self.env._(
                "Amazon refuses the correction of this parcel: %(answer)s Correct it "
                "in Seller Central, then press Do Not Send.",
                answer=message,
            )
        return self._read_unsure(task, client, work) or Outcome("failed", message)

    @api.model
    def _read_unsure(self, task, client, work):
        """As :meth:`_read_back`; an order that cannot be read waits by itself."""
        try:
            return self._read_back(task, client, work)
        except MAYBE_ONE_ORDER as error:
            return Outcome(
                "waiting", explain(self.env, error), unknown=True, error=error
            )

    # ------------------------------------------------------------------
    # Settling
    # ------------------------------------------------------------------

    @api.model
    def _settle_batch(self, task, works, outcomes):
        shipments = self.env["amazon.shipment"].union(*(w.shipment for w in works))
        shipments.invalidate_recordset()
        run = self._get_run(task, shipments)
        entries = []
        for position, work in enumerate(works):
            shipment = work.shipment
            if shipment.state != "waiting" or shipment.sending_at != work.stamp:
                continue
            if position >= len(outcomes):
                self._take_back(work)
                continue
            entries.append((shipment, *self._settle_outcome(work, outcomes[position])))
        self._record_outcomes(run, entries)

    @api.model
    def _take_back(self, work):
        """It was never sent: forget the stamp, unless it was there before."""
        if not work.unknown:
            work.shipment._set({"sending_at": False})
        work.shipment._set({"attempts": max(0, work.shipment.attempts - 1)})

    @api.model
    def _settle_outcome(self, work, outcome):
        """
        :return: ``(outcome, reason)`` for the history
        """
        shipment = work.shipment
        if outcome.state == "waiting":
            self._try_later(work, outcome)
            return "failed", outcome.reason
        vals = {
            "state": outcome.state,
            "reason": outcome.reason,
            "sending_at": False,
            "attempts": 0,
            "retry_at": False,
        }
        now = fields.Datetime.now()
        if outcome.state == "confirmed":
            vals.update(sent_at=shipment.sent_at or now, confirmed_at=now)
        if outcome.state == "sent":
            vals.update(sent_at=now, retry_at=minutes_from_now(CHECK_MINUTES[0]))
        shipment._set(vals)
        if outcome.package:
            shipment._confirm_by(outcome.package)
        if outcome.state in ("sent", "confirmed") and (
            shipment._get_content() != work.content
        ):
            # Corrected while it was on its way: Amazon hears of it at once.
            shipment._tell_again()
        failed = outcome.state == "failed"
        reason = outcome.reason or self.env._(
            "Parcel %(number)s was reported to Amazon.",
            number=shipment.tracking_number or shipment.package_ref,
        )
        return "failed" if failed else "updated", reason

    @api.model
    def _try_later(self, work, outcome):
        """Try again later, later each time; at last it waits for a user."""
        shipment = work.shipment
        step = shipment.attempts - 1
        vals = {"reason": outcome.reason}
        if not outcome.unknown:
            vals["sending_at"] = False
        if step < len(RECORD_RETRY_MINUTES):
            vals["retry_at"] = minutes_from_now(RECORD_RETRY_MINUTES[step])
        else:
            vals.update(state="failed", retry_at=False)
        shipment._set(vals)
