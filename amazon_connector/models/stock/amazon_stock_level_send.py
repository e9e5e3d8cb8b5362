# SPDX-License-Identifier: LGPL-3.0-or-later
"""How a quantity gets to Amazon: what is to be sent, what was, what Amazon shows."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...sp_api.quantities import AMAZONS_OWN
from ...tools.optional_integer import OptionalInteger

# Amazon shows a quantity it accepted some minutes later, now and then an hour later.
LOOK_AGAIN = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 45))
REJECTED_AGAIN = timedelta(hours=4)
# What the complete report of the items sync says is so old at most.
SETTLED_AFTER = timedelta(minutes=15)


class AmazonStockLevel(models.Model):
    """States: *to send* until Amazon accepts it, *sent* until it is read back.

    A value that Amazon may have got is never taken for known: ``confirmed`` is off
    from before it leaves until it was read back.
    """

    _inherit = "amazon.stock.level"

    confirmed_handling_days = OptionalInteger(
        "Handling Time on Amazon", readonly=True, help="Empty: Amazon's default."
    )
    brake = fields.Selection(
        [
            ("share", "Too many at once"),
            ("never", "Never had stock in Odoo"),
        ],
        "Held Because",
        readonly=True,
    )
    brake_decision = fields.Selection(
        [("send", "Send Anyway"), ("keep", "Keep Amazon's Quantity")],
        "Decision",
        readonly=True,
    )
    title = fields.Char("Product Name", related="product_id.display_name")
    difference = OptionalInteger(
        compute="_compute_difference",
        search="_search_difference",
        help="Odoo's quantity minus the quantity on Amazon. Below 0: Amazon offers too "
        "much. Empty: the quantity on Amazon is not known.",
    )
    amazon_quantity = OptionalInteger(
        "Quantity on Amazon",
        compute="_compute_difference",
        help="The last quantity read on Amazon. Empty: Amazon states none.",
    )
    amazon_seen_at = fields.Datetime(
        "Last Read", compute="_compute_difference", search="_search_amazon_seen_at"
    )

    _look_idx = models.Index(
        "(account_id, retry_at) WHERE state IN ('sent', 'rejected')"
    )
    _held_idx = models.Index("(channel_id) WHERE state = 'held'")

    @api.depends(
        "quantity",
        "confirmed_quantity",
        "confirmed_at",
        "channel_id",
        "listing_ids.amazon_quantity",
        "listing_ids.quantity_known",
        "listing_ids.read_at",
    )
    def _compute_difference(self):
        for level in self:
            listing = level._get_listing()
            if level.confirmed_at and level.confirmed_at >= (
                listing.read_at or level.confirmed_at
            ):
                level.amazon_quantity = level.confirmed_quantity
                level.amazon_seen_at = level.confirmed_at
            else:
                level.amazon_quantity = listing._get_told_quantity()
                level.amazon_seen_at = listing.read_at
            told = level.amazon_quantity
            level.difference = False if told is False else level.quantity - told

    def _search_difference(self, operator, value):
        """Only whether there is one; that a list of drifts can be made."""
        if operator not in ("in", "not in") or set(value) != {0}:
            return NotImplemented
        self.flush_model()
        self.env["amazon.listing"].flush_model()
        rows = SQL(
            """(
                SELECT level.id
                  FROM amazon_stock_level level
             LEFT JOIN amazon_listing listing
                    ON listing.stock_level_id = level.id
                   AND listing.channel_id = level.channel_id
                 WHERE level.state != 'excluded'
                   AND level.quantity != CASE
                       WHEN level.confirmed_at >= COALESCE(
                            listing.read_at, level.confirmed_at)
                       THEN level.confirmed_quantity
                       WHEN listing.quantity_known OR listing.amazon_quantity > 0
                       THEN listing.amazon_quantity
                       -- What is not known differs from nothing.
                       ELSE level.quantity END)"""
        )
        return [("id", "not in" if operator == "in" else "in", rows)]

    def _search_amazon_seen_at(self, operator, value):
        """Whether Amazon was read since a moment, or not."""
        if operator not in ("<", ">="):
            return NotImplemented
        self.flush_model()
        self.env["amazon.listing"].flush_model()
        read_since = SQL(
            """(
                SELECT level.id
                  FROM amazon_stock_level level
             LEFT JOIN amazon_listing listing
                    ON listing.stock_level_id = level.id
                   AND listing.channel_id = level.channel_id
                 WHERE level.confirmed_at >= %(moment)s
                    OR listing.read_at >= %(moment)s)""",
            moment=value,
        )
        return [("id", "not in" if operator == "<" else "in", read_since)]

    def _get_listing(self):
        """The ruling listing, or empty."""
        self.ensure_one()
        return self.listing_ids.filtered(
            lambda listing: listing.channel_id == self.channel_id
        )[:1]

    def action_push_stock(self):
        """Send these quantities as soon as a worker is free, also if unchanged."""
        return self.listing_ids.action_push_stock()

    # ------------------------------------------------------------------
    # What is sent
    # ------------------------------------------------------------------

    def _announce(self):
        """Forget what Amazon shows of these: a new value is about to leave.

        To be committed before Amazon is called, so that a killed worker leaves no
        value behind that is taken for known.
        """
        self.confirmed = False

    @api.model
    def _note_sent(self, values, sent_by, feed=None):
        """Amazon has taken these values; what changed meanwhile goes again.

        :param values: ``[(level id, quantity, handling days)]``, as they were sent, see
            `choose_sent`
        """
        if not values:
            return
        self.env.flush_all()
        ids, quantities, sent_days = zip(*values, strict=True)
        backs = [value == AMAZONS_OWN for value in sent_days]
        days = [None if value == AMAZONS_OWN else value for value in sent_days]
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                UPDATE amazon_stock_level level
                   SET sent_quantity = sent.quantity,
                       -- Without one Amazon keeps what it was sent before.
                       sent_handling_days = CASE WHEN sent.taken_back THEN NULL
                           ELSE COALESCE(sent.days, level.sent_handling_days) END,
                       sent_at = %(now)s, sent_by = %(sent_by)s,
                       feed_id = COALESCE(%(feed)s, level.feed_id),
                       confirmed = FALSE, attempts = 0, retry_at = %(look)s,
                       reason = NULL,
                       state = CASE WHEN level.to_compute
                                      OR level.quantity != sent.quantity
                                      OR level.handling_days
                                         IS DISTINCT FROM sent.days
                           THEN 'to_send' ELSE 'sent' END
                  FROM unnest(%(ids)s::integer[], %(quantities)s::integer[],
                              %(days)s::integer[], %(backs)s::boolean[])
                    AS sent (id, quantity, days, taken_back)
                 WHERE level.id = sent.id
                """,
                now=now,
                sent_by=sent_by,
                feed=feed.id if feed else None,
                look=now + LOOK_AGAIN[0],
                ids=list(ids),
                quantities=list(quantities),
                days=days,
                backs=backs,
            )
        )
        self.invalidate_model(flush=False)

    def _reject(self, reason):
        """Amazon does not take the value of this level."""
        days = self.handling_days
        self.write(
            {
                "state": "rejected",
                "reason": reason,
                "confirmed": False,
                "sent_quantity": self.quantity,
                "sent_handling_days": self.sent_handling_days
                if days is False
                else days,
                "sent_at": fields.Datetime.now(),
                "retry_at": fields.Datetime.now() + REJECTED_AGAIN,
            }
        )

    # ------------------------------------------------------------------
    # What Amazon shows
    # ------------------------------------------------------------------

    def _note_seen(self, quantity, handling_days):
        """Amazon was read: it shows this quantity and handling time.

        :param quantity: None where Amazon does not say
        :return: ``seen``, ``confirmed``, ``differs`` (look again) or ``lost`` (Amazon
            never took it over)
        """
        self.ensure_one()
        now = fields.Datetime.now()
        seen = {}
        if quantity is not None:
            seen = {
                "confirmed_quantity": quantity,
                "confirmed_handling_days": handling_days,
                "confirmed_at": now,
            }
        if self.state != "sent":
            self.write(seen)
            return "seen"
        if quantity == self.sent_quantity:
            self.write({**seen, "confirmed": True, "state": "confirmed", "attempts": 0})
            return "confirmed"
        if self.attempts + 1 < len(LOOK_AGAIN):
            pause = LOOK_AGAIN[self.attempts + 1]
            self.write({**seen, "attempts": self.attempts + 1, "retry_at": now + pause})
            return "differs"
        self.write(seen)
        self._reject(self._explain_lost(quantity))
        return "lost"

    def _explain_lost(self, quantity):
        if quantity is None:
            return self.env._(
                "Amazon accepted %s, but does not say what is for sale. The quantity "
                "is sent again later; check the listing in Seller Central.",
                self.sent_quantity,
            )
        return self.env._(
            "Amazon accepted %(sent)s, but still shows %(seen)s. The quantity is sent "
            "again later; check the listing in Seller Central.",
            sent=self.sent_quantity,
            seen=quantity,
        )

    # ------------------------------------------------------------------
    # What the brake held back
    # ------------------------------------------------------------------

    def action_send_held(self):
        """Let Amazon show 0 for these, held back before."""
        return self.filtered(lambda level: level.state == "held")._decide_held("send")

    def action_keep_held(self):
        """Let Amazon keep its quantity of these until Odoo has stock again."""
        return self.filtered(lambda level: level.state == "held")._decide_held("keep")

    @api.private
    def _decide_held(self, decision):
        self.channel_id._check_stock_manager()
        self.check_access("read")
        levels = self.sudo()
        if decision == "send":
            levels.write({"brake_decision": "send", "state": "to_send"})
        else:
            levels.write(
                {
                    "brake_decision": "keep",
                    "reason": self.env._(
                        "%s decided to keep Amazon's quantity until Odoo has stock "
                        "again.",
                        self.env.user.name,
                    ),
                }
            )
        levels.channel_id._clear_answered()
        if decision == "send":
            levels.account_id.task_ids.filtered(
                lambda task: task.kind == "stock" and task.active
            )._request_run("manual")
        return True
