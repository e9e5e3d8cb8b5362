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

import tempfile
from dataclasses import dataclass
from datetime import datetime

from .documents import (
    DocumentExpiredError,
    PresignedDocument,
    UploadAddress,
    download,
    upload,
)
from .errors import ProtocolError
from .operations import Operation
from .reading import Reader
from .times import format_time

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

STATES = ("IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL")
OVER = ("DONE", "CANCELLED", "FATAL")
MAX_MARKETPLACES = 25
MAX_TYPES = 10
MAX_REPORT_BYTES = 64 * 1024 * 1024
_FILTERED_MARKETPLACES = 10
_PAGE_SIZE = 100
_MAX_PAGES = 100


@dataclass(frozen=True)
class Feed:
    """One feed. What Amazon leaves out is None; times are aware UTC.

    `state` is one of STATES or a word that is not known here. Of a FATAL feed some,
    none or all messages may have been worked on.
    """

    feed_id: str
    feed_type: "str | None"
    state: "str | None"
    result_document_id: "str | None" = None
    created_time: "datetime | None" = None
    processing_start: "datetime | None" = None
    processing_end: "datetime | None" = None
    marketplace_ids: tuple = ()

    @property
    def is_done(self):
        """All messages were looked at, and a report says what became of them."""
        return self.state == "DONE"

    @property
    def is_over(self):
        """Nothing will change any more."""
        return self.state in OVER


class Feeds:
    """Submits, finds and cancels feeds through a ``Client``."""

    def __init__(self, client):
        self.client = client

    def submit(self, feed_type, marketplace_ids, chunks, content_type, options=None):
        """Upload a document and create the feed of it; return Amazon's feed id.

        :param marketplace_ids: 1 to 25 ids
        :param chunks: iterable of bytes, read once
        :param content_type: with its charset, e.g. ``listing_feed.CONTENT_TYPE``
        :param dict options: ``feedOptions``, texts by name
        :raises AmazonError: where `outcome_unknown` is true, Amazon may have the
            feed nevertheless: ``find`` shows
        """
        _check_marketplaces(marketplace_ids)
        document_id = self.upload(chunks, content_type)
        return self.create_feed(feed_type, marketplace_ids, document_id, options)

    def upload(self, chunks, content_type):
        """Upload a document and return its id, from which a feed can be created.

        An address that expired on the way is asked for once more.
        """
        with tempfile.TemporaryFile() as file:
            # Written before an address is asked for, which lives five minutes.
            for chunk in chunks:
                file.write(chunk)
            if not file.tell():
                raise ValueError("An empty document cannot be uploaded")
            try:
                return self._upload(file, content_type)
            except DocumentExpiredError:
                return self._upload(file, content_type)

    def _upload(self, file, content_type):
        body = {"contentType": content_type}
        answer = self.client.call(CREATE_FEED_DOCUMENT, body=body)
        address = UploadAddress(
            document_id=_needed(answer, "feedDocumentId", CREATE_FEED_DOCUMENT),
            url=_needed(answer, "url", CREATE_FEED_DOCUMENT),
        )
        file.seek(0)
        upload(self.client, address, content_type, file)
        return address.document_id

    def create_feed(self, feed_type, marketplace_ids, document_id, options=None):
        """Create a feed of an uploaded document; return its id (``createFeed``)."""
        _check_marketplaces(marketplace_ids)
        body = {
            "feedType": feed_type,
            "marketplaceIds": list(marketplace_ids),
            "inputFeedDocumentId": document_id,
        }
        if options:
            body["feedOptions"] = dict(options)
        answer = self.client.call(CREATE_FEED, body=body)
        return _needed(answer, "feedId", CREATE_FEED)

    def get(self, feed_id):
        """Return one Feed (``getFeed``).

        :raises NotFoundError: Amazon does not know it, or no longer
        """
        answer = self.client.call(GET_FEED, path_params={"feedId": feed_id})
        feed = _read_feed(Reader(answer))
        if feed is None:
            raise ProtocolError("The answer holds no feed", operation=GET_FEED.name)
        return feed

    def find(self, feed_types, states=None, created_since=None, marketplace_ids=None):
        """Return the list of Feeds of these types (``getFeeds``), newest first.

        :param feed_types: 1 to 10 of them
        :param states: only these of STATES
        :param datetime created_since: aware; 90 days ago unless given
        :param marketplace_ids: feeds for at least one of these, at most 10
        """
        if not 1 <= len(feed_types) <= MAX_TYPES:
            raise ValueError(f"Feeds of 1 to {MAX_TYPES} types can be searched")
        if marketplace_ids and len(marketplace_ids) > _FILTERED_MARKETPLACES:
            raise ValueError(
                f"At most {_FILTERED_MARKETPLACES} marketplaces in one search"
            )
        since = None if created_since is None else format_time(created_since)
        query = {
            "feedTypes": tuple(feed_types),
            "processingStatuses": tuple(states or ()),
            "marketplaceIds": tuple(marketplace_ids or ()),
            "createdSince": since,
            "pageSize": _PAGE_SIZE,
        }
        return list(self._follow(query))

    def _follow(self, query):
        seen = set()
        while True:
            answer = self.client.call(GET_FEEDS, query=query)
            yield from _read_feeds(answer)
            token = answer.get("nextToken")
            if not isinstance(token, str) or not token:
                return
            if token in seen or len(seen) >= _MAX_PAGES:
                raise ProtocolError(
                    "The list of feeds has no end", operation=GET_FEEDS.name
                )
            seen.add(token)
            # Amazon refuses the token together with anything else.
            query = {"nextToken": token}

    def cancel(self, feed_id):
        """Cancel a feed that still waits in the queue (``cancelFeed``).

        :raises BadRequestError: Amazon works on it already
        """
        self.client.call(CANCEL_FEED, path_params={"feedId": feed_id})

    def get_document(self, document_id):
        """Return the PresignedDocument, valid for 5 minutes (``getFeedDocument``).

        :raises NotFoundError: Amazon does not know it, or no longer
        """
        path_params = {"feedDocumentId": document_id}
        answer = self.client.call(GET_FEED_DOCUMENT, path_params=path_params)
        return PresignedDocument(
            document_id=document_id,
            url=_needed(answer, "url", GET_FEED_DOCUMENT),
            compression=answer.get("compressionAlgorithm"),
        )

    def download_result(self, document_id, *, max_bytes=MAX_REPORT_BYTES):
        """Return the DocumentFile of a processing report, to be closed by the caller.

        An address that expired on the way is asked for once more; for the errors
        see ``documents.download``.
        """
        try:
            return download(
                self.client, self.get_document(document_id), max_bytes=max_bytes
            )
        except DocumentExpiredError:
            return download(
                self.client, self.get_document(document_id), max_bytes=max_bytes
            )


def _check_marketplaces(marketplace_ids):
    if isinstance(marketplace_ids, str):
        raise ValueError("A list of marketplaces is needed")
    if not 1 <= len(marketplace_ids) <= MAX_MARKETPLACES:
        raise ValueError(f"A feed is for 1 to {MAX_MARKETPLACES} marketplaces")


def _needed(answer, name, operation):
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise ProtocolError(
            f"The answer holds no {name}",
            operation=operation.name,
            outcome_unknown=not operation.idempotent,
        )
    return value


def _read_feeds(answer):
    if not isinstance(answer.get("feeds"), list):
        raise ProtocolError(
            "The answer holds no list of feeds", operation=GET_FEEDS.name
        )
    feeds = (_read_feed(entry) for entry in Reader(answer).children("feeds"))
    return [feed for feed in feeds if feed is not None]


def _read_feed(entry):
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
