# SPDX-License-Identifier: LGPL-3.0-or-later
"""Feeds of all sellers: their way from the queue to a processing report."""

import random
from dataclasses import dataclass, field

from .clock import DAY
from .feed_types import FEED_TYPES
from .feeds import FatalFeed, FeedJob, FeedReport
from .settings import change_settings

IN_QUEUE, IN_PROGRESS, DONE = "IN_QUEUE", "IN_PROGRESS", "DONE"
CANCELLED, FATAL = "CANCELLED", "FATAL"
# Share of the delay that a feed waits before it is worked on.
QUEUED = 0.4
KEPT = 90 * DAY
DOCUMENTS_KEPT = 28 * DAY
INTERNAL = FeedReport(b"The feed could not be processed.", "text/plain; charset=utf-8")


@dataclass
class FeedSettings:
    """`delay_seconds` of simulated time until a feed is done; `gzip` packs reports."""

    delay_seconds: float = 20.0
    gzip: bool = True


@dataclass
class FeedDocument:
    """An uploaded document, or a report; `content` is None before the upload."""

    document_id: str
    seller: str
    created: float
    content_type: str
    content: bytes = None
    is_report: bool = False


@dataclass
class SimulatedFeed:
    """One feed; times are epoch seconds, `ending` is forced by a fault."""

    feed_id: str
    seller: str
    feed_type: str
    marketplace_ids: tuple
    document: FeedDocument
    created: float
    options: dict = field(default_factory=dict)
    ending: str = None
    status: str = IN_QUEUE
    started: float = None
    ended: float = None
    result: FeedDocument = None


class FeedDesk:
    """The feeds of one simulator."""

    def __init__(self, simulator):
        self.settings = FeedSettings()
        self._simulator = simulator
        self._random = random.Random(f"feeds-{simulator.seed}")
        self._feeds = {}
        self._documents = {}

    def set(self, **changes):
        """Change settings; ValueError for an unknown one."""
        if float(changes.get("delay_seconds", 0)) < 0:
            raise ValueError("A feed cannot be done before it is there")
        return change_settings(self.settings, "feeds", changes)

    # --- documents ----------------------------------------------------------

    def new_document(self, seller, content_type, content=None, is_report=False):
        now = self._simulator.clock.now()
        document_id = (
            f"amzn1.tortuga.4.{seller.region}.{self._random.getrandbits(128):032x}"
        )
        document = FeedDocument(
            document_id, seller.key, now, content_type, content, is_report
        )
        self._documents[document_id] = document
        return document

    def document(self, seller, document_id):
        """The seller's document, None if there is none, or none any more."""
        document = self._documents.get(document_id)
        if document is None or document.seller != seller.key:
            return None
        age = self._simulator.clock.now() - document.created
        return document if age <= DOCUMENTS_KEPT else None

    # --- feeds --------------------------------------------------------------

    def create(self, seller, feed_type, marketplace_ids, document, options, ending):
        """Put a feed into the queue."""
        now = self._simulator.clock.now()
        feed = SimulatedFeed(
            f"{70_000_000_000 + len(self._feeds) * 13 + 20_711}",
            seller.key,
            feed_type.name,
            tuple(marketplace_ids),
            document,
            now,
            options,
            ending,
        )
        self._feeds[feed.feed_id] = feed
        delay = float(self.settings.delay_seconds)
        agenda = self._simulator.agenda
        agenda.at(now + delay * QUEUED, lambda moment: self._start(feed, moment))
        agenda.at(now + delay, lambda moment: self._finish(feed, moment))
        return feed

    def get(self, seller, feed_id):
        """The seller's feed, None if there is none."""
        feed = self._feeds.get(feed_id)
        return feed if feed is not None and self._shows(seller, feed) else None

    def all(self, seller):
        """The seller's feeds, newest first."""
        own = [feed for feed in self._feeds.values() if self._shows(seller, feed)]
        return sorted(own, key=lambda feed: (feed.created, feed.feed_id), reverse=True)

    def _shows(self, seller, feed):
        age = self._simulator.clock.now() - feed.created
        return feed.seller == seller.key and age <= KEPT

    def cancel(self, feed):
        """True if the feed was still in the queue."""
        if feed.status != IN_QUEUE:
            return False
        feed.status, feed.ended = CANCELLED, self._simulator.clock.now()
        return True

    def release(self):
        """Let feeds that hang come to their end now, with what they hold."""
        hanging = [
            feed
            for feed in self._feeds.values()
            if feed.ending == "feed_hang" and feed.status == IN_PROGRESS
        ]
        now = self._simulator.clock.now()
        for feed in hanging:
            feed.ending = None
            self._finish(feed, now)
        return hanging

    def _start(self, feed, moment):
        if feed.status == IN_QUEUE:
            feed.status, feed.started = IN_PROGRESS, moment

    def _finish(self, feed, moment):
        if feed.status != IN_PROGRESS or feed.ending == "feed_hang":
            return
        feed.ended = moment
        if feed.ending == "feed_cancelled":
            feed.status = CANCELLED
            return
        status, report = FATAL, INTERNAL
        if feed.ending != "feed_fatal":
            status, report = self._processed(feed, moment)
        if feed.ending == "feed_fatal_late":
            status, report = FATAL, None
        feed.status = status
        if report is not None:
            seller = self._simulator.sellers[feed.seller]
            feed.result = self.new_document(
                seller, report.content_type, report.content, is_report=True
            )

    def _processed(self, feed, moment):
        """(status, report) after the feed type's own work."""
        kind = FEED_TYPES[feed.feed_type]
        job = FeedJob(
            self._simulator,
            self._simulator.sellers[feed.seller],
            feed.feed_id,
            feed.marketplace_ids,
            feed.options,
            feed.document.content,
            moment,
        )
        if len(job.content) > kind.largest:
            return FATAL, INTERNAL
        try:
            return DONE, kind.process(job)
        except FatalFeed as fatal:
            return FATAL, fatal.report
