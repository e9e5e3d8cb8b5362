# SPDX-License-Identifier: LGPL-3.0-or-later
"""JSON_LISTINGS_FEED: quantities of many SKUs, and what became of each.

    for feed in listing_feeds(seller_id, changes):      # one after the other
        feed_id = feeds.submit(FEED_TYPE, ids, feed.chunks(), CONTENT_TYPE)
        ...                                             # feed.count messages
    with feeds.download_result(document_id) as document:
        report = read_report(document)

Message ids are the caller's: with ids of his own records the report finds them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from . import quantities
from .errors import ProtocolError
from .listing_schema import SEVERITIES
from .reading import Reader

if TYPE_CHECKING:
    from .documents import DocumentFile

FEED_TYPE = "JSON_LISTINGS_FEED"
CONTENT_TYPE = "application/json; charset=UTF-8"
MAX_MESSAGES = 25_000
MAX_BYTES = 10 * 1024 * 1024
# Amazon's limit is twice that; ``Reader`` reads no number so large.
MAX_MESSAGE_ID = 2**30 - 1
_CHUNK = 64 * 1024
_END = b"\n]}"
# What does not stop a message; anything else, known or not, is taken for an error.
_MILD = ("WARNING", "INFO")


class QuantityChange(NamedTuple):
    """What one SKU is to have; see ``Listings.patch_quantity`` for the values.

    :param int message_id: unique within a feed, 1 to MAX_MESSAGE_ID
    """

    message_id: int
    seller_sku: str
    quantity: int
    handling_days: int | str | None = None
    product_type: str | None = None


class ListingFeed:
    """The document of one feed, written while it is read.

    :param message_ids: of the messages written so far, in their order
    :param size: bytes written so far
    """

    def __init__(
        self,
        seller_id: str,
        source: _Source,
        max_messages: int,
        max_bytes: int,
        locale: str | None,
    ) -> None:
        self.message_ids: list[int] = []
        self.size = 0
        self._source = source
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        header = {"sellerId": seller_id, "version": "2.0"}
        if locale:
            header["issueLocale"] = locale
        self._head = b'{"header":%s,"messages":[' % _json(header)

    @property
    def count(self) -> int:
        return len(self.message_ids)

    def chunks(self) -> Iterator[bytes]:
        """Yield the document as bytes, once."""
        buffer = bytearray(self._head)
        while upcoming := self._next(len(buffer)):
            number, message = upcoming
            buffer += b",\n" if self.message_ids else b"\n"
            buffer += message
            self.message_ids.append(number)
            self._source.go_on()
            if len(buffer) >= _CHUNK:
                self.size += len(buffer)
                yield bytes(buffer)
                buffer.clear()
        buffer += _END
        self.size += len(buffer)
        yield bytes(buffer)

    def _next(self, buffered: int) -> tuple[int, bytes] | None:
        """Return the next message and its number if this document has room for it."""
        change = self._source.upcoming
        if change is None or self.count >= self._max_messages:
            return None
        message = _message(change)
        # The separator is two bytes long.
        size = self.size + buffered + 2 + len(message) + len(_END)
        if size > self._max_bytes and self.message_ids:
            return None
        return change.message_id, message


def listing_feeds(
    seller_id: str,
    changes: Iterable[QuantityChange],
    *,
    max_messages: int = MAX_MESSAGES,
    max_bytes: int = MAX_BYTES,
    locale: str | None = None,
) -> Iterator[ListingFeed]:
    """Yield as many ListingFeeds as the changes need; at any time only a piece of
    one is in memory.

    The chunks of a feed are to be read before the next feed is asked for.

    :param changes: iterable of QuantityChange
    :param locale: language of Amazon's reasons, e.g. ``en_US``
    :raises ValueError: a value that Amazon would refuse
    """
    source = _Source(changes)
    while not source.is_over:
        feed = ListingFeed(seller_id, source, max_messages, max_bytes, locale)
        yield feed
        if not feed.count:
            raise RuntimeError("The feed before was not written")


class _Source:
    """The changes, of which the next one can be looked at.

    :param upcoming: that one, None at the end
    """

    def __init__(self, changes: Iterable[QuantityChange]) -> None:
        self._changes = iter(changes)
        self.go_on()

    @property
    def is_over(self) -> bool:
        return self.upcoming is None

    def go_on(self) -> None:
        self.upcoming = next(self._changes, None)


def _message(change: QuantityChange) -> bytes:
    number = change.message_id
    if type(number) is not int or not 1 <= number <= MAX_MESSAGE_ID:
        raise ValueError(f"A message id is a whole number from 1 to {MAX_MESSAGE_ID}")
    return _json(
        {
            "messageId": number,
            "sku": change.seller_sku,
            "operationType": "PATCH",
            "productType": change.product_type or quantities.ANY_PRODUCT_TYPE,
            "patches": quantities.patches(change.quantity, change.handling_days),
        }
    )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# The processing report


@dataclass(frozen=True)
class FeedIssue:
    """What Amazon says of one message; `message_id` None speaks of the document."""

    message_id: int | None
    seller_sku: str | None
    code: str | None
    severity: str | None
    message: str | None
    attribute_name: str | None = None

    @property
    def is_error(self) -> bool:
        return self.severity not in _MILD


@dataclass(frozen=True)
class ListingFeedReport:
    """What became of a feed's messages.

    :param errors: {message id: tuple of FeedIssue} of the messages refused
    :param warnings: the same of issues that stopped nothing
    :param general: FeedIssues of no message
    """

    processed: int
    accepted: int
    invalid: int
    errors: dict[int, tuple[FeedIssue, ...]]
    warnings: dict[int, tuple[FeedIssue, ...]]
    general: tuple[FeedIssue, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_consistent(self) -> bool:
        """Whether all refused messages are named: then every other was accepted."""
        return self.processed > 0 and self.invalid == len(self.errors)


def read_report(document: DocumentFile) -> ListingFeedReport:
    """Return the ListingFeedReport of a processing report.

    :param DocumentFile document: see ``Feeds.download_result``
    :raises ProtocolError: this is none
    """
    try:
        data = json.loads(document.text())
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("summary"), dict):
        raise ProtocolError("The document is no processing report")
    root = Reader(data)
    issues = [_read_issue(entry) for entry in root.children("issues")]
    summary = root.child("summary")
    return ListingFeedReport(
        processed=summary.integer("messagesProcessed") or 0,
        accepted=summary.integer("messagesAccepted") or 0,
        invalid=summary.integer("messagesInvalid") or 0,
        errors=_by_message(issue for issue in issues if issue.is_error),
        warnings=_by_message(issue for issue in issues if not issue.is_error),
        general=tuple(issue for issue in issues if issue.message_id is None),
        notes=tuple(root.notes),
    )


def _read_issue(entry: Reader) -> FeedIssue:
    return FeedIssue(
        message_id=entry.integer("messageId"),
        seller_sku=entry.text("sku"),
        code=entry.text("code"),
        severity=entry.text("severity", SEVERITIES),
        message=entry.text("message"),
        attribute_name=entry.text("attributeName"),
    )


def _by_message(issues: Iterable[FeedIssue]) -> dict[int, tuple[FeedIssue, ...]]:
    found: dict[int, tuple[FeedIssue, ...]] = {}
    for issue in issues:
        if issue.message_id is not None:
            found[issue.message_id] = (*found.get(issue.message_id, ()), issue)
    return found
