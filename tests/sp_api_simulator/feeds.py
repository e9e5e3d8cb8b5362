# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a feed type is made of.

A feed type is one ``FeedType`` in ``feed_types.FEED_TYPES``; its `process` gets a
``FeedJob`` when the feed's time has come, changes the simulator's state, and returns a
``FeedReport`` (the feed ends DONE, whatever errors the report tells of) or raises
``FatalFeed`` (it ends FATAL). All the rest - documents, addresses, queue, faults - is
in ``feeds_api`` and ``feeds_store``.

    def process(job):
        root = ElementTree.fromstring(job.content)
        ...
        job.simulator.change_order(order_id, change, at=job.moment)
        return FeedReport(report, "text/xml; charset=utf-8")

    FeedType("POST_ORDER_ACKNOWLEDGEMENT_DATA", process, roles=..., content="text/xml")
"""

from collections.abc import Callable
from dataclasses import dataclass

from .sellers import ORDINARY_ROLES

LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True)
class FeedJob:
    """One feed at the moment at which it is processed (epoch seconds).

    `options` are the feedOptions, `content` the document as it was uploaded.
    """

    simulator: object
    seller: object
    feed_id: str
    marketplace_ids: tuple
    options: dict
    content: bytes
    moment: float


@dataclass(frozen=True)
class FeedReport:
    """The processing report."""

    content: bytes
    content_type: str


class FatalFeed(Exception):
    """The feed is aborted; `report` (None: none) says why."""

    def __init__(self, report=None):
        super().__init__("FATAL")
        self.report = report


@dataclass(frozen=True)
class FeedType:
    """One feed type.

    `roles`: the caller needs one of them. `content`: how the document's Content-Type
    must begin. `submissions`: at most so many (number, seconds) per seller.
    """

    name: str
    process: Callable
    roles: frozenset = ORDINARY_ROLES
    content: str = ""
    largest: int = LARGEST
    submissions: tuple = None


def is_fatal(_job):
    """The processor of types that Amazon has switched off."""
    text = b"This feed type is no longer supported."
    raise FatalFeed(FeedReport(text, "text/plain; charset=utf-8"))
