# SPDX-License-Identifier: LGPL-3.0-or-later
"""Feeds 2021-06-30: createFeedDocument, createFeed, getFeed, getFeeds, cancelFeed,
getFeedDocument."""

from .bodies import json_body
from .faults import FEED_ENDINGS
from .feed_types import FEED_TYPES
from .list_pages import ListPage, page_size, zoned_moment
from .marketplaces import MARKETPLACES
from .messages import Answer, ApiError
from .orders_api import known_parameters, split
from .report_contents import stamp
from .reports_store import packed
from .routes import Route
from .sellers import ALL_ROLES

MODEL = "feeds_2021-06-30"
STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")
FILTERS = frozenset(
    {
        "feedTypes",
        "processingStatuses",
        "marketplaceIds",
        "pageSize",
        "createdSince",
        "createdUntil",
    }
)
ENCODING = "enableContentEncodingUrlHeader"


def create_feed_document(call):
    known_parameters(call.query, frozenset())
    body = json_body(call, "CreateFeedDocumentSpecification", ("contentType",))
    simulator, content_type = call.simulator, body["contentType"]
    document = simulator.feeds.new_document(call.seller, content_type)

    def store(content):
        document.content = content

    url = simulator.presigned.issue_upload(
        call.seller.key, document.document_id, content_type, store
    )
    return Answer(201, {"feedDocumentId": document.document_id, "url": url})


def create_feed(call):
    known_parameters(call.query, frozenset())
    required = ("feedType", "marketplaceIds", "inputFeedDocumentId")
    body = json_body(call, "CreateFeedSpecification", required)
    seller, feeds = call.seller, call.simulator.feeds
    kind = FEED_TYPES.get(body["feedType"])
    if kind is None:
        raise ApiError.invalid_input("Unknown feed type.")
    if not seller.roles & kind.roles:
        raise ApiError.forbidden()
    _check_marketplaces(body, seller)
    document = feeds.document(seller, body["inputFeedDocumentId"])
    if document is None or document.is_report or document.content is None:
        raise ApiError.invalid_input("The feed document was not uploaded.")
    if not document.content_type.lower().startswith(kind.content):
        raise ApiError.invalid_input("The document's content type is not the feed's.")
    _check_pace(call, kind)
    feed = feeds.create(
        seller,
        kind,
        body["marketplaceIds"],
        document,
        body.get("feedOptions", {}),
        next((item.kind for item in call.fired if item.kind in FEED_ENDINGS), None),
    )
    return Answer(202, {"feedId": feed.feed_id})


def _check_marketplaces(body, seller):
    wanted = body["marketplaceIds"]
    if not 1 <= len(wanted) <= 25:
        raise ApiError.invalid_input("1 to 25 marketplaceIds are required.")
    for value in wanted:
        marketplace = MARKETPLACES.get(value)
        if marketplace is None or marketplace.pseudo or not seller.sells_in(value):
            raise ApiError.forbidden()


def _check_pace(call, kind):
    """Some feed types have a limit of their own beside the operation's."""
    if kind.submissions is None or not call.simulator.quotas.enabled:
        return
    number, seconds = kind.submissions
    recent = [
        feed
        for feed in call.simulator.feeds.all(call.seller)
        if feed.feed_type == kind.name and feed.created > call.now - seconds
    ]
    if len(recent) >= number:
        raise ApiError.quota_exceeded()


def _found(call):
    known_parameters(call.query, frozenset())
    feed = call.simulator.feeds.get(call.seller, call.path["feedId"])
    if feed is None:
        raise ApiError.not_found()
    return feed


def get_feed(call):
    return Answer(200, _view(_found(call)))


def cancel_feed(call):
    if not call.simulator.feeds.cancel(_found(call)):
        raise ApiError.invalid_input("Only feeds in the queue can be cancelled.")
    return Answer(200)


def _view(feed):
    shown = {
        "feedId": feed.feed_id,
        "feedType": feed.feed_type,
        "marketplaceIds": list(feed.marketplace_ids),
        "createdTime": stamp(feed.created),
        "processingStatus": feed.status,
    }
    if feed.started is not None:
        shown["processingStartTime"] = stamp(feed.started)
    if feed.ended is not None:
        shown["processingEndTime"] = stamp(feed.ended)
    if feed.result is not None:
        shown["resultFeedDocumentId"] = feed.result.document_id
    return shown


def get_feeds(call):
    query, offset = call.query, 0
    known_parameters(query, FILTERS | {"nextToken"})
    tokens = call.simulator.feed_tokens
    if "nextToken" in query:
        if len(query) > 1:
            raise ApiError.invalid_input("nextToken must be the only parameter.")
        page = tokens.resolve(query["nextToken"], call.seller.key)
        query, offset = page.query, page.offset
    wanted = _filter(query, call.now)
    found = [feed for feed in call.simulator.feeds.all(call.seller) if wanted(feed)]
    size = page_size(query)
    body = {"feeds": [_view(feed) for feed in found[offset : offset + size]]}
    if len(found) > offset + size:
        page = ListPage(call.seller.key, query, offset + size)
        body["nextToken"] = tokens.issue(page)
    return Answer(200, body)


def _filter(query, now):
    """Whether a feed is asked for, as a function of the feed."""
    since, until = (
        zoned_moment(query[name], name) if name in query else default
        for name, default in (("createdSince", 0), ("createdUntil", now))
    )
    types = split(query, "feedTypes")
    if not types:
        raise ApiError.invalid_input("feedTypes is required without nextToken.")
    statuses = split(query, "processingStatuses", STATUSES)
    places = set(split(query, "marketplaceIds"))

    def wanted(feed):
        return (
            since <= feed.created <= until
            and feed.feed_type in types
            and (not statuses or feed.status in statuses)
            and (not places or places & set(feed.marketplace_ids))
        )

    return wanted


def get_feed_document(call):
    known_parameters(call.query, {ENCODING})
    encoded = call.query.get(ENCODING, "false")
    if encoded not in ("true", "false"):
        raise ApiError.invalid_input(f"{ENCODING} must be true or false.")
    simulator, document_id = call.simulator, call.path["feedDocumentId"]
    document = simulator.feeds.document(call.seller, document_id)
    if document is None or document.content is None:
        raise ApiError.not_found()
    body, headers, content = {"feedDocumentId": document_id}, {}, document.content
    if document.is_report and simulator.feeds.settings.gzip:
        content = packed(content)
        headers["Content-Encoding"] = "gzip" if encoded == "true" else "identity"
        body["compressionAlgorithm"] = "GZIP"
    body["url"] = simulator.presigned.issue(
        call.seller.key, document_id, content, document.content_type, headers
    )
    return Answer(200, body)


def _route(method, path, operation, rate, burst, handler):
    template = f"/feeds/2021-06-30/{path}"
    # Which role is needed depends on the feed type.
    return Route(method, template, operation, MODEL, rate, burst, handler, ALL_ROLES)


ROUTES = (
    _route("POST", "documents", "createFeedDocument", 0.5, 15, create_feed_document),
    _route("POST", "feeds", "createFeed", 0.0083, 15, create_feed),
    _route("GET", "feeds", "getFeeds", 0.0222, 10, get_feeds),
    _route("GET", "feeds/{feedId}", "getFeed", 2.0, 15, get_feed),
    _route("DELETE", "feeds/{feedId}", "cancelFeed", 2.0, 15, cancel_feed),
    _route(
        "GET",
        "documents/{feedDocumentId}",
        "getFeedDocument",
        0.0222,
        10,
        get_feed_document,
    ),
)
