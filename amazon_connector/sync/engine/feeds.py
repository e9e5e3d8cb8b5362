# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ...sp_api import (
    JOB_STATES,
    XML_CONTENT_TYPE,
    AmazonError,
    BadRequestError,
    NotFoundError,
    ProtocolError,
    read_processing_report,
)
from ...tools.error_words import explain
from ...tools.times import to_aware

# Until Amazon's list of feeds names what it was sent.
SETTLING = timedelta(minutes=2)
CLOCK_MARGIN = timedelta(minutes=5)
# How long a processing report that cannot be read is asked for once more.
GARBLED = timedelta(minutes=30)
# What one search of Amazon's feeds takes.
MAX_MARKETPLACES = 10


class AmazonSyncFeeds(models.AbstractModel):
    """For kinds that send Amazon's feeds: submit, wait without waiting, settle.

    Source: Feeds API 2021-06-30. A kind writes down the feed and what it holds, has
    it submitted (:meth:`_submit_feed`), has those on their way advanced from its
    ``_fetch`` (:meth:`_advance_feeds`) and implements the hooks, which all run inside
    a transaction.
    """

    _name = "amazon.sync.base.feeds"
    _inherit = "amazon.sync.base"
    _description = "Amazon Sync by Feeds"

    # A feed that Amazon has not worked off by then will not come.
    _feed_patience = timedelta(hours=12)

    # ------------------------------------------------------------------
    # What is a kind's own
    # ------------------------------------------------------------------

    @api.model
    def _get_feed_types(self):
        """Hook: Amazon's names of the feeds that this kind sends."""
        raise NotImplementedError

    @api.model
    def _read_feed_report(self, document):
        """Hook: read a processing report; must not touch the ORM.

        :param document: :class:`~..sp_api.documents.DocumentFile`
        :raises ProtocolError: it cannot be read
        """
        return read_processing_report(document.chunks(), document.charset())

    @api.model
    def _note_submitted(self, feed, number):
        """Hook: Amazon has taken the feed, and calls it ``number``."""
        feed._mark_submitted(number)

    @api.model
    def _settle_results(self, feed, report):
        """Hook: judge each message by what :meth:`_read_feed_report` returned."""
        raise NotImplementedError

    @api.model
    def _undo_feed(self, feed, error=None):
        """Hook: Amazon never had the feed.

        :param error: the AmazonError by which it refused it; None when it proves not
            to have arrived
        """
        raise NotImplementedError

    @api.model
    def _repeat_feed(self, feed, reason):
        """Hook: Amazon cancelled the feed in its queue: nothing of it took place."""
        raise NotImplementedError

    @api.model
    def _lose_feed(self, feed, reason):
        """Hook: nobody knows which messages of the feed Amazon carried out."""
        raise NotImplementedError

    @api.model
    def _give_up_feed(self, feed, reason):
        """Hook: as :meth:`_lose_feed`, and Amazon may still carry them out."""
        self._lose_feed(feed, reason)

    # ------------------------------------------------------------------
    # Submitting
    # ------------------------------------------------------------------

    @api.model
    def _submit_feed(
        self,
        task,
        feeds,
        feed,
        marketplaces,
        chunks,
        content_type=XML_CONTENT_TYPE,
        note=None,
    ):
        """Send a feed that was written down and committed as wanted.

        Where the outcome is unknown it stays wanted: Amazon's list of feeds tells
        later whether it got there.

        :param feeds: :class:`~..sp_api.Feeds`
        :param marketplaces: Amazon's ids
        :param chunks: the document, as an iterable of bytes
        :param note: called instead of :meth:`_note_submitted`
        """
        submit = partial(
            feeds.submit, feed.feed_type, marketplaces, chunks, content_type
        )
        try:
            number = self._call(task, submit)
        except AmazonError as error:
            self.env.cr.rollback()
            if not error.outcome_unknown:
                self._transact_leased(task, partial(self._undo_feed, feed, error))
            raise
        note = note or self._note_submitted
        self._transact_leased(task, partial(note, feed, number))

    # ------------------------------------------------------------------
    # Following up
    # ------------------------------------------------------------------

    @api.model
    def _find_open_feeds(self, task):
        """The feeds that are on their way, the oldest first."""
        types = self._get_feed_types()
        return self.env["amazon.feed"]._find_open(task.account_id, types)

    @api.model
    def _get_next_feed_look(self, task):
        """When a feed is to be looked at (naive UTC), or None."""
        moments = (
            feed.create_date + SETTLING
            if feed.state == "wanted"
            else feed.next_poll or fields.Datetime.now()
            for feed in self._find_open_feeds(task)
        )
        return min(moments, default=None)

    @api.model
    def _advance_feeds(self, task, feeds):
        """Take each feed that is on its way one step further, as far as it is time.

        :param feeds: :class:`~..sp_api.Feeds`
        """
        now = fields.Datetime.now()
        for feed in self._transact_leased(task, partial(self._find_open_feeds, task)):
            if feed.state == "wanted":
                if feed.create_date + SETTLING < now:
                    self._find_lost(task, feed, feeds)
            elif not feed.next_poll or feed.next_poll <= now:
                self._poll_feed(task, feed, feeds)

    @api.model
    def _find_lost(self, task, feed, feeds):
        """Look whether Amazon has a feed whose sending had no answer.

        This worker holds the lease, so no other one is at it.
        """
        marketplaces = sorted(feed.channel_ids.marketplace_id.mapped("amazon_code"))
        find = partial(
            feeds.find,
            [feed.feed_type],
            created_since=to_aware(feed.create_date - CLOCK_MARGIN),
            marketplace_ids=marketplaces[:MAX_MARKETPLACES],
        )
        found = self._call(task, find)

        def settle():
            strange = feed._get_strange(task.account_id, found)
            if strange:
                # The oldest: feeds of one type follow one another.
                self._note_submitted(feed, strange[-1])
            else:
                self._undo_feed(feed)

        self._transact_leased(task, settle)

    @api.model
    def _poll_feed(self, task, feed, feeds):
        number = feed.feed_number
        is_late = feed.submitted_at + self._feed_patience < fields.Datetime.now()
        try:
            found = self._call(task, partial(feeds.get, number))
        except NotFoundError:
            reason = self.env._("Amazon no longer knows the feed.")
            settle = partial(self._lose_feed, feed, reason)
        except ProtocolError as error:
            if not is_late:
                raise
            settle = partial(self._give_up_feed, feed, explain(self.env, error))
        else:
            settle = self._judge_feed(task, feed, feeds, found, is_late)
        self._transact_leased(task, settle)

    @api.model
    def _judge_feed(self, task, feed, feeds, found, is_late):
        """:return: what is to be done about a feed of which Amazon says ``found``"""
        if found.is_done and found.result_document_id:
            report = self._download_feed_report(task, feed, feeds, found)
            if report is not None:
                return partial(self._settle_results, feed, report)
            if feed.submitted_at + GARBLED > fields.Datetime.now():
                return feed._postpone
            reason = self.env._("Amazon's answer to the feed cannot be read.")
            return partial(self._lose_feed, feed, reason)
        if found.state == "CANCELLED":
            reason = self.env._("Amazon cancelled the feed; it is sent again.")
            return partial(self._repeat_feed, feed, reason)
        if found.is_over:
            reason = self.env._("Amazon gave up on the feed (%s).", found.state)
            return partial(self._lose_feed, feed, reason)
        if is_late:
            self._call(task, partial(_cancel, feeds, found.feed_id))
            reason = self.env._(
                "Amazon has not processed the feed for %s hours.",
                int(self._feed_patience.total_seconds() // 3600),
            )
            return partial(self._give_up_feed, feed, reason)
        if found.state not in JOB_STATES:
            return partial(self._postpone_unknown, feed, found.state)
        return feed._postpone

    @api.model
    def _postpone_unknown(self, feed, state):
        self.env["amazon.unknown.word"]._count_words(
            feed.account_id, "feed", {state: 1}
        )
        return feed._postpone()

    @api.model
    def _download_feed_report(self, task, feed, feeds, found):
        """Amazon's processing report; None when it cannot be read."""
        marketplaces = feed.channel_ids.marketplace_id.mapped("amazon_code")

        def download():
            with feeds.download_result(
                found.result_document_id, marketplaces
            ) as document:
                return self._read_feed_report(document)

        try:
            return self._call(task, download)
        except ProtocolError:
            return None


def _cancel(feeds, number):
    try:
        feeds.cancel(number)
    except (BadRequestError, NotFoundError):
        # Amazon is at it, or done with it: what it does is unknown all the same.
        return
