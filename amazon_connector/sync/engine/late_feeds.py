# SPDX-License-Identifier: LGPL-3.0-or-later
import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ...sp_api import NotFoundError, ProtocolError, TransientError

_logger = logging.getLogger(__name__)

# One call of getFeed for each, of two that Amazon grants in a second.
LOOK_PAUSE = timedelta(hours=1)
LOOK_FOR = timedelta(days=3)


class AmazonSyncLateFeeds(models.AbstractModel):
    """For kinds whose feeds do harm when Amazon works on them after all.

    What was given up is looked at now and then. Such a feed is *failed* and has a
    next look.
    """

    _name = "amazon.sync.base.feeds.late"
    _inherit = "amazon.sync.base.feeds"
    _description = "Amazon Sync by Feeds That May Come Late"

    @api.model
    def _give_up_feed(self, feed, reason):
        """Override: look at it now and then."""
        result = super()._give_up_feed(feed, reason)
        feed.next_poll = fields.Datetime.now() + LOOK_PAUSE
        return result

    @api.model
    def _find_given_up(self, task, *domain):
        return self.env["amazon.feed"].search(
            [
                ("account_id", "=", task.account_id.id),
                ("feed_type", "in", self._get_feed_types()),
                ("state", "=", "failed"),
                ("next_poll", "!=", False),
                *domain,
            ],
            order="next_poll",
        )

    @api.model
    def _get_next_feed_look(self, task):
        """Override: also at what was given up."""
        moments = [
            super()._get_next_feed_look(task),
            self._find_given_up(task)[:1].next_poll,
        ]
        return min(filter(None, moments), default=None)

    @api.model
    def _advance_feeds(self, task, feeds):
        """Override: also look at what was given up."""
        result = super()._advance_feeds(task, feeds)
        due = partial(
            self._find_given_up, task, ("next_poll", "<=", fields.Datetime.now())
        )
        for feed in self._transact_leased(task, due):
            self._look_at_given_up(task, feed, feeds)
        return result

    @api.model
    def _look_at_given_up(self, task, feed, feeds):
        number = feed.feed_number
        # Before the call: one that goes wrong is not made at every turn.
        self._transact_leased(task, partial(self._postpone_look, feed))
        try:
            found = self._call(task, partial(feeds.get, number))
        except NotFoundError:
            self._transact_leased(task, partial(self._forget_feed, feed))
            return
        except (TransientError, ProtocolError) as error:
            # Nothing waits for it.
            _logger.info("Feed %s cannot be looked at: %s", number, error)
            return
        if found.state == "CANCELLED":
            self._transact_leased(task, partial(self._forget_feed, feed))
        elif found.is_over:
            self._transact_leased(task, partial(self._settle_late, feed))

    @api.model
    def _postpone_look(self, feed):
        now = fields.Datetime.now()
        is_last = feed.done_at + LOOK_FOR < now
        feed.write(
            {
                "next_poll": False if is_last else now + LOOK_PAUSE,
                "poll_count": feed.poll_count + 1,
                "checked_at": now,
            }
        )

    @api.model
    def _forget_feed(self, feed):
        feed.next_poll = False

    @api.model
    def _settle_late(self, feed):
        """Hook: Amazon worked on a feed that was given up; inside a transaction."""
        raise NotImplementedError
