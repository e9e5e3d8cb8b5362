# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timezone
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain

from ...sp_api import (
    FULFILLMENT_FEED,
    Feeds,
    OrderShipment,
    fulfillment_feed,
)
from ...tools.error_words import explain
from .kind import minutes_from_now
from .send import CHECK_MINUTES, FEED_DOMAIN

# Two calls a second: so many take five minutes, in which Amazon works off a feed.
FEED_ABOVE = 600
FEED_SIZE = 5000


class AmazonSyncShipments(models.AbstractModel):
    """Tell Amazon of many parcels, and of those without tracking, by feed.

    What Amazon refuses in a feed is judged one by one, as by a call.
    """

    _inherit = "amazon.sync.shipments"

    @api.model
    def _get_feed_types(self):
        return [FULFILLMENT_FEED]

    @api.model
    def _look_at_feeds(self, task, client, _deadline):
        self._advance_feeds(task, Feeds(client))
        return True

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    @api.model
    def _send_by_feed(self, task, client, _deadline):
        """Send what goes by feed; feeds follow one another."""
        claimed = self._transact_leased(task, partial(self._claim_feed, task))
        if not claimed:
            return True
        feed, works, seller_id = claimed
        now = datetime.fromtimestamp(
            client.now() + (client.clock_skew or 0.0), timezone.utc
        )
        entries = [
            (work.parcel.reference, OrderShipment(work.order_number, work.parcel))
            for work in works
        ]
        marketplaces = sorted({work.marketplace for work in works})
        document = fulfillment_feed(seller_id, entries, now)
        self._submit_feed(task, Feeds(client), feed, marketplaces, document)
        return True

    @api.model
    def _claim_feed(self, task):
        """Stamp what goes by feed, and the feed before Amazon hears of it.

        :return: ``(feed, works, Amazon's id of the seller)``, or None
        """
        if self._find_open_feeds(task):
            return None
        shipments = self._find_for_feed(task)
        shipments._reconsider()
        shipments = shipments.filtered(lambda s: s.state == "waiting")
        if not shipments:
            return None
        run = self._get_run(task, shipments)
        feed = self.env["amazon.feed"]._want(
            task.account_id,
            FULFILLMENT_FEED,
            shipments.channel_id,
            len(shipments),
            run,
        )
        works = [self._prepare_work(shipment, ()) for shipment in shipments]
        shipments._set({"feed_id": feed.id, "sending_at": works[0].stamp})
        return feed, works, task.account_id.seller_id

    @api.model
    def _find_for_feed(self, task):
        """What goes by feed now: parcels without tracking, and all where many wait, or
        where feeds are preferred."""
        waiting = self._get_waiting_domain(task)
        Shipment = self.env["amazon.shipment"]
        plain = waiting & FEED_DOMAIN
        most = 0 if self._is_by_feed() else FEED_ABOVE
        if Shipment.search_count(plain, limit=most + 1) <= most:
            plain = waiting & Domain("untracked", "=", True)
        return Shipment.search(plain, order="id", limit=FEED_SIZE)

    @api.model
    def _note_submitted(self, feed, number):
        """Override: so are its parcels."""
        result = super()._note_submitted(feed, number)
        self._find_in_feed(feed)._set(
            {"state": "sent", "sent_at": fields.Datetime.now(), "retry_at": False}
        )
        return result

    @api.model
    def _find_in_feed(self, feed):
        return self.env["amazon.shipment"].search(
            [("feed_id", "=", feed.id), ("state", "in", ("waiting", "sent"))]
        )

    # ------------------------------------------------------------------
    # Results
    # ------------------------------------------------------------------

    @api.model
    def _undo_feed(self, feed, error=None):
        """Override: each order is read before its parcel is sent."""
        reason = self.env._("The feed did not reach Amazon; it is sent again.")
        self._lose_feed(feed, explain(self.env, error) if error else reason)

    @api.model
    def _lose_feed(self, feed, reason):
        """Override: what it did is unknown, so each order is read first."""
        self._judge_again(self._find_in_feed(feed))
        feed._settle("failed", reason)

    @api.model
    def _repeat_feed(self, feed, reason):
        """Override: as one whose fate is unknown; a call more does no harm."""
        self._judge_again(self._find_in_feed(feed))
        feed._settle("cancelled", reason)

    @api.model
    def _judge_again(self, shipments):
        if shipments:
            self._take_back_sent(shipments)
            shipments._wait()
            shipments._set({"sending_at": fields.Datetime.now()})

    @api.model
    def _take_back_sent(self, shipments):
        """A feed is no report until Amazon says so: without one these were never sent.

        What Amazon knew before is a correction, and stays one.
        """
        shipments.filtered(lambda s: not s.edited)._set({"sent_at": False})

    @api.model
    def _settle_results(self, feed, report):
        """Override: judge the parcels of a feed by Amazon's processing report."""
        shipments = self._find_in_feed(feed)
        bad = shipments.filtered(lambda s: report.errors_of(s.package_ref))
        good = shipments - bad
        good._set(
            {
                "sending_at": False,
                "attempts": 0,
                "retry_at": minutes_from_now(CHECK_MINUTES[0]),
            }
        )
        feed._settle("done", accepted_count=len(good), rejected_count=len(bad))
        self._judge_again(bad.filtered(lambda s: not s.untracked))
        entries = []
        untracked = bad.filtered("untracked")
        self._take_back_sent(untracked)
        for shipment in untracked:
            errors = report.errors_of(shipment.package_ref)
            reason = "\n".join(
                f"{error.description} ({error.code})" for error in errors
            )
            shipment._set({"state": "failed", "reason": reason, "sending_at": False})
            entries.append((shipment, "failed", reason))
        if feed.run_id:
            told = self.env._("Reported to Amazon by feed.")
            entries += [(shipment, "updated", told) for shipment in good]
            self._record_outcomes(feed.run_id, entries)
