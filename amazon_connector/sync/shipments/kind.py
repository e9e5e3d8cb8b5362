# SPDX-License-Identifier: LGPL-3.0-or-later
import time
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ...models.account.credentials import open_client

LATE_ALERT = "late shipments"
LATE_NAMED = 10


class AmazonSyncShipments(models.AbstractModel):
    """Shipments: the outbox of parcels, sent (:mod:`.shipments_send`), read back
    (:mod:`.shipments_check`), and told in bulk by feed (:mod:`.shipments_feed`).

    What waits makes the task due; no delivery ever touches the task itself.
    """

    _name = "amazon.sync.shipments"
    _inherit = "amazon.sync.base.feeds"
    _description = "Amazon Sync: Shipments"

    _kind = "shipments"

    @api.model
    def _get_outbox_condition(self):
        """SQL that is true of a ``task`` whose account has a parcel to send now."""
        return SQL(
            """
            COALESCE(task.failure_count, 0) = 0
            AND (EXISTS (SELECT FROM amazon_shipment shipment
                      WHERE shipment.account_id = task.account_id
                        AND shipment.state = 'waiting' AND shipment.feed_id IS NULL
                        AND COALESCE(shipment.retry_at, %(now)s) <= %(now)s)
             OR EXISTS (SELECT FROM amazon_order closing
                         WHERE closing.account_id = task.account_id
                           AND closing.to_close IS TRUE))
            """,
            now=fields.Datetime.now(),
        )

    @api.model
    def _fetch(self, task, deadline):
        self._transact_leased(task, partial(self._look_at_held, task))
        with open_client(task.account_id) as client:
            for step in self._get_steps():
                if not step(task, client, deadline):
                    return False
        self._transact_leased(task, partial(self._finish_round, task))
        return True

    @api.model
    def _get_steps(self):
        """Hook: what a round does, in this order; each tells whether it came to its
        end."""
        return [
            self._close_deliveries,
            # before the calls, which would take long for so many
            self._look_at_feeds,
            self._send_by_feed,
            self._send_waiting,
            self._check_sent,
        ]

    @api.model
    def _look_at_held(self, task):
        """Go on with what was held until today."""
        self.env["amazon.shipment"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "=", "held"),
                ("retry_at", "<=", fields.Datetime.now()),
            ]
        )._reconsider()

    @api.model
    def _finish_round(self, task):
        self._find_run(task)._finish("done")
        self._tell_late(task.account_id)

    @api.model
    def _settle_success(self, task):
        """Come back earlier where a parcel is to be sent or looked at before."""
        result = super()._settle_success(task)
        if moment := self._get_next_moment(task):
            task.next_run = max(fields.Datetime.now(), min(task.next_run, moment))
        return result

    @api.model
    def _get_next_moment(self, task):
        """When the next parcel or feed is due (naive UTC), or None."""
        shipment = self.env["amazon.shipment"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("state", "in", ("waiting", "sent", "held")),
                ("retry_at", "!=", False),
                ("feed_id", "=", False),
            ],
            order="retry_at",
            limit=1,
        )
        moments = (shipment.retry_at, self._get_next_feed_look(task))
        return min(filter(None, moments), default=None)

    # ------------------------------------------------------------------
    # History
    # ------------------------------------------------------------------

    @api.model
    def _find_run(self, task):
        """The run that is open, over all slices of its round; or empty."""
        return self._find_open_runs(task)[:1]

    @api.model
    def _get_run(self, task, shipments):
        run = self._find_run(task) or self._start_run(task, shipments.channel_id)
        run.seen_count += len(shipments)
        return run

    @api.model
    def _record_outcomes(self, run, entries):
        """
        :param entries: ``(shipment, outcome, reason)``
        """
        self.env["amazon.sync.record"].create(
            [
                {
                    "run_id": run.id,
                    "amazon_order_id": shipment.order_id.id,
                    "name": shipment.order_id.order_number,
                    "outcome": outcome,
                    "reason": reason,
                }
                for shipment, outcome, reason in entries
            ]
        )

    # ------------------------------------------------------------------
    # Late
    # ------------------------------------------------------------------

    @api.model
    def _tell_late(self, account):
        """Have one activity while something in the outbox is late."""
        late = self.env["amazon.shipment"].search(
            [
                ("account_id", "=", account.id),
                ("source", "=", "odoo"),
                ("state", "in", ("held", "waiting", "failed")),
                ("order_id.ship_by", "<", fields.Datetime.now()),
                ("order_id.fulfillment_status", "not in", ("SHIPPED", "CANCELLED")),
            ],
            order="id",
        )
        if not late:
            account._clear_alert(LATE_ALERT)
            return
        numbers = list(dict.fromkeys(late.order_id.mapped("order_number")))
        named = ", ".join(numbers[:LATE_NAMED])
        if len(numbers) > LATE_NAMED:
            named += " …"
        account._raise_alert(
            self.env._("Late shipments are not reported to Amazon"),
            self.env._(
                "Parcels that were shipped and are past their ship-by time, but were "
                "not reported to Amazon: %(count)s (%(orders)s). Open Amazon > "
                "Shipments > Shipments: each one shows the reason.",
                count=len(late),
                orders=named,
            ),
            key=LATE_ALERT,
        )


def is_over(deadline):
    """Whether the slice of time of a turn is used up."""
    return time.monotonic() > deadline


def minutes_from_now(minutes):
    return fields.Datetime.now() + timedelta(minutes=minutes)
