# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from odoo import api, fields, models

from ...sp_api import ACKNOWLEDGEMENT_FEED, ADJUSTMENT_FEED, FULFILLMENT_FEED
from ...sp_api.listing_feed import FEED_TYPE as QUANTITY_FEED
from ...tools.retention import KEEP_FAILED, days_ago, drop_some

OPEN_FEED_STATES = ("wanted", "submitted")
# Most feeds take minutes; a large one on a busy day takes hours.
POLL_SECONDS = (30, 60, 120, 300, 600)


class AmazonFeed(models.Model):
    """A bulk document on its way to Amazon, and what became of its messages.

    Written as *wanted* before Amazon is called: a worker that is killed in between
    leaves a feed whose fate is unknown, never one that nobody remembers. What the
    feed holds is kept nowhere; its messages point here (``feed_id``).
    Source: Feeds API 2021-06-30.
    """

    _name = "amazon.feed"
    _description = "Amazon Feed"
    _inherit = "amazon.binding"
    _closed = True
    _order = "id desc"
    _rec_name = "feed_type"

    account_id = fields.Many2one(
        "amazon.account", required=True, ondelete="cascade", readonly=True, index=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    channel_ids = fields.Many2many("amazon.channel", string="Channels", readonly=True)
    run_id = fields.Many2one(
        "amazon.sync.run", readonly=True, ondelete="set null", index="btree_not_null"
    )
    feed_type = fields.Char(required=True, readonly=True)
    content = fields.Char("Contents", compute="_compute_content")
    feed_number = fields.Char("Amazon's Feed ID", readonly=True)
    state = fields.Selection(
        [
            ("wanted", "Being Sent"),
            ("submitted", "At Amazon"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled by Amazon"),
        ],
        "Status",
        required=True,
        default="wanted",
        readonly=True,
    )
    message_count = fields.Integer("Messages", readonly=True)
    accepted_count = fields.Integer("Accepted", readonly=True)
    rejected_count = fields.Integer("Rejected", readonly=True)
    submitted_at = fields.Datetime("Sent", readonly=True)
    checked_at = fields.Datetime(
        "Last Checked", readonly=True, help="When Amazon was last asked about it."
    )
    next_poll = fields.Datetime("Next Check", readonly=True)
    poll_count = fields.Integer("Checks", readonly=True)
    done_at = fields.Datetime("Settled", readonly=True)
    error = fields.Text(readonly=True)

    _open_idx = models.Index(
        "(account_id, feed_type) WHERE state IN ('wanted', 'submitted')"
    )
    # Given up, but still looked at: Amazon may work on it yet.
    _given_up_idx = models.Index(
        "(account_id, next_poll) WHERE state = 'failed' AND next_poll IS NOT NULL"
    )

    @api.depends("feed_type")
    def _compute_content(self):
        contents = {
            QUANTITY_FEED: self.env._("Quantities"),
            FULFILLMENT_FEED: self.env._("Shipments"),
            ACKNOWLEDGEMENT_FEED: self.env._("Cancellations and order numbers"),
            ADJUSTMENT_FEED: self.env._("Cancelled units"),
        }
        for feed in self:
            feed.content = contents.get(feed.feed_type, feed.feed_type)

    @api.depends("feed_type", "feed_number")
    def _compute_display_name(self):
        """Override: Amazon's number tells feeds of one content apart."""
        for feed in self:
            feed.display_name = " ".join(filter(None, [feed.content, feed.feed_number]))

    def action_open_records(self):
        """Open what became of each message, narrowed to ``context["outcomes"]``."""
        return self.run_id and self.run_id.action_open_records()

    @api.model
    def _find_open(self, account, feed_types):
        """The feeds of an account that are on their way, the oldest first."""
        return self.search(
            [
                ("account_id", "=", account.id),
                ("feed_type", "in", list(feed_types)),
                ("state", "in", OPEN_FEED_STATES),
            ],
            order="id",
        )

    @api.model
    def _get_strange(self, account, found):
        """Amazon's feeds that no record of the account stands for, e.g. because the
        worker that sent one was killed.

        :param found: ``sp_api.Feed`` list, newest first
        :return: Amazon's ids in the same order
        """
        numbers = [one.feed_id for one in found]
        # Amazon's ids are unique for one seller only.
        known = self.search(
            [("account_id", "=", account.id), ("feed_number", "in", numbers)]
        )
        known_numbers = set(known.mapped("feed_number"))
        return [number for number in numbers if number not in known_numbers]

    @api.model
    def _want(self, account, feed_type, channels, message_count, run=None):
        """A feed that is about to be sent; to be committed before Amazon is called."""
        return self.create(
            {
                "account_id": account.id,
                "channel_ids": [(6, 0, channels.ids)],
                "run_id": run.id if run else False,
                "feed_type": feed_type,
                "message_count": message_count,
            }
        )

    def _mark_submitted(self, number):
        """Amazon has taken it, and calls it ``number``."""
        now = fields.Datetime.now()
        self.write(
            {
                "feed_number": number,
                "state": "submitted",
                "submitted_at": now,
                "next_poll": now + timedelta(seconds=POLL_SECONDS[0]),
            }
        )

    def _postpone(self):
        """Amazon works on it: look again later, later each time.

        :return: when (naive UTC)
        """
        self.ensure_one()
        now = fields.Datetime.now()
        step = min(self.poll_count + 1, len(POLL_SECONDS) - 1)
        self.write(
            {
                "poll_count": self.poll_count + 1,
                "checked_at": now,
                "next_poll": now + timedelta(seconds=POLL_SECONDS[step]),
            }
        )
        return self.next_poll

    def _settle(self, state, error=False, **counts):
        """Close these feeds.

        :param state: ``done``, ``failed`` or ``cancelled``
        :param counts: ``accepted_count``, ``rejected_count``
        """
        now = fields.Datetime.now()
        self.write(
            {
                "state": state,
                "error": error,
                "checked_at": now,
                "done_at": now,
                "next_poll": False,
                **counts,
            }
        )

    @api.autovacuum
    def _gc_feeds(self):
        """Drop what was settled two months ago.

        :return: ``(deleted, more_left)``
        """
        return drop_some(
            self,
            [
                ("state", "not in", OPEN_FEED_STATES),
                ("next_poll", "=", False),
                ("create_date", "<", days_ago(KEEP_FAILED)),
            ],
        )
