# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's Feeds API 2021-06-30.

A feed is uploaded, waited for, and answered by a processing report:

    feed_id = feeds.submit(feed_type, [marketplace_id], chunks, content_type)
    feed = feeds.get(feed_id)                   # again and again until it is over
    if feed.result_document_id:
        with feeds.download_result(feed.result_document_id) as document:
            ...

Done does not mean accepted: the report says what became of each message.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING

from .aliases import JsonObject
from .answers import check_subject, needed_text
from .documents import UploadAddress, upload
from .errors import ProtocolError
from .jobs import OVER, Jobs, once_more
from .operations import Operation
from .reading import Reader

if TYPE_CHECKING:
    from .documents import DocumentFile

CREATE_FEED_DOCUMENT = Operation(
    name="createFeedDocument",
    method="POST",
    path="/feeds/2021-06-30/documents",
    rate=0.5,
    burst=15,
    # One document more that nobody uses does no harm.
    idempotent=True,
)
CREATE_FEED = Operation(
    name="createFeed",
    method="POST",
    path="/feeds/2021-06-30/feeds",
    rate=0.0083,
    burst=15,
    # Amazon would work on it twice.
    idempotent=False,
    # One token comes back in two minutes, and a cancellation must not wait for
    # quantities.
    reserves={"cancel": 5},
)
GET_FEED = Operation(
    name="getFeed",
    method="GET",
    path="/feeds/2021-06-30/feeds/{feedId}",
    rate=2.0,
    burst=15,
    idempotent=True,
)
GET_FEEDS = Operation(
    name="getFeeds",
    method="GET",
    path="/feeds/2021-06-30/feeds",
    rate=0.0222,
    burst=10,
    idempotent=True,
)
CANCEL_FEED = Operation(
    name="cancelFeed",
    method="DELETE",
    path="/feeds/2021-06-30/feeds/{feedId}",
    rate=2.0,
    burst=15,
    idempotent=True,
    empty=True,
)
GET_FEED_DOCUMENT = Operation(
    name="getFeedDocument",
    method="GET",
    path="/feeds/2021-06-30/documents/{feedDocumentId}",
    rate=0.0222,
    burst=10,
    idempotent=True,
)

MAX_REPORT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Feed:
    """One feed. What Amazon leaves out is None; times are aware UTC.

    `state` is one of ``jobs.STATES`` or a word that is not known here. Of a FATAL feed
    some, none or all messages may have been worked on.
    """

    feed_id: str
    feed_type: str | None
    state: str | None
    result_document_id: str | None = None
    created_time: datetime | None = None
    processing_start: datetime | None = None
    processing_end: datetime | None = None
    marketplace_ids: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """All messages were looked at, and a report says what became of them."""
        return self.state == "DONE"

    @property
    def is_over(self) -> bool:
        """Nothing will change any more."""
        return self.state in OVER


class Feeds(Jobs):
    """Submits, finds and cancels feeds through a ``Client``, and reads what came of
    them."""

    noun = "feeds"
    type_filter = "feedTypes"
    search_operation = GET_FEEDS
    document_operation = GET_FEED_DOCUMENT
    document_parameter = "feedDocumentId"

    def submit(
        self,
        feed_type: str,
        marketplace_ids: Collection[str],
        chunks: Iterable[bytes],
        content_type: str,
        options: Mapping[str, str] | None = None,
    ) -> str:
        """Upload a document and create the feed of it; return Amazon's feed id.

        :param marketplace_ids: 1 to 25 ids
        :param chunks: iterable of bytes, read once
        :param content_type: with its charset, e.g. ``listing_feed.CONTENT_TYPE``
        :param dict options: ``feedOptions``, texts by name
        :raises AmazonError: where `outcome_unknown` is true, Amazon may have the
            feed nevertheless: ``find`` shows
        """
        self._check_marketplaces(marketplace_ids)
        document_id = self.upload(chunks, content_type)
        return self.create_feed(feed_type, marketplace_ids, document_id, options)

    def upload(self, chunks: Iterable[bytes], content_type: str) -> str:
        """Upload a document and return its id, from which a feed can be created.

        An address that expired on the way is asked for once more.
        """
        with tempfile.TemporaryFile() as file:
            # Written before an address is asked for, which lives five minutes.
            for chunk in chunks:
                file.write(chunk)
            if not file.tell():
                raise ValueError("An empty document cannot be uploaded")
            return once_more(lambda: self._upload(file, content_type))

    def _upload(self, file: IO[bytes], content_type: str) -> str:
        body = {"contentType": content_type}
        answer = self.client.call(CREATE_FEED_DOCUMENT, body=body)
        address = UploadAddress(
            document_id=needed_text(answer, "feedDocumentId", CREATE_FEED_DOCUMENT),
            url=needed_text(answer, "url", CREATE_FEED_DOCUMENT),
        )
        file.seek(0)
        upload(self.client, address, content_type, file)
        return address.document_id

    def create_feed(
        self,
        feed_type: str,
        marketplace_ids: Collection[str],
        document_id: str,
        options: Mapping[str, str] | None = None,
    ) -> str:
        """Create a feed of an uploaded document; return its id (``createFeed``)."""
        self._check_marketplaces(marketplace_ids)
        body: JsonObject = {
            "feedType": feed_type,
            "marketplaceIds": list(marketplace_ids),
            "inputFeedDocumentId": document_id,
        }
        if options:
            body["feedOptions"] = dict(options)
        answer = self.client.call(CREATE_FEED, body=body)
        return needed_text(answer, "feedId", CREATE_FEED)

    def get(self, feed_id: str) -> Feed:
        """Return one Feed (``getFeed``).

        :raises NotFoundError: Amazon does not know it, or no longer
        """
        answer = self.client.call(GET_FEED, path_params={"feedId": feed_id})
        feed = _read_feed(Reader(answer))
        if feed is None:
            raise ProtocolError("The answer lacks: feed", operation=GET_FEED.name)
        check_subject(feed.feed_id, feed_id, "feed", GET_FEED)
        return feed

    def find(
        self,
        feed_types: Collection[str],
        states: Collection[str] | None = None,
        created_since: datetime | None = None,
        marketplace_ids: Collection[str] | None = None,
    ) -> list[Feed]:
        """Return the list of Feeds of these types (``getFeeds``), newest first.

        :param feed_types: 1 to 10 of them
        :param states: only these of ``jobs.STATES``
        :param datetime created_since: aware; 90 days ago unless given
        :param marketplace_ids: feeds for at least one of these, at most 10
        """
        entries = self._search(feed_types, states, created_since, marketplace_ids)
        feeds = (_read_feed(entry) for entry in entries)
        return [feed for feed in feeds if feed is not None]

    def cancel(self, feed_id: str) -> None:
        """Cancel a feed that still waits in the queue (``cancelFeed``).

        :raises BadRequestError: Amazon works on it already
        """
        self.client.call(CANCEL_FEED, path_params={"feedId": feed_id})

    def download_result(
        self,
        document_id: str,
        marketplace_ids: Collection[str] = (),
        *,
        max_bytes: int = MAX_REPORT_BYTES,
    ) -> DocumentFile:
        """Return the DocumentFile of a processing report, to be closed by the caller.

        An address that expired on the way is asked for once more; for the errors
        see ``documents.download``.

        :param marketplace_ids: whose charset it has if it tells none
        """
        return self._download(document_id, max_bytes, marketplace_ids)


def _read_feed(entry: Reader) -> Feed | None:
    """Return a Feed, None for an entry without an id."""
    feed_id = entry.text("feedId")
    if not feed_id:
        return None
    return Feed(
        feed_id=feed_id,
        feed_type=entry.text("feedType"),
        state=entry.text("processingStatus"),
        result_document_id=entry.text("resultFeedDocumentId"),
        created_time=entry.time("createdTime"),
        processing_start=entry.time("processingStartTime"),
        processing_end=entry.time("processingEndTime"),
        marketplace_ids=entry.texts("marketplaceIds"),
    )
