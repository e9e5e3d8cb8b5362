# SPDX-License-Identifier: LGPL-3.0-or-later
"""Feeds 2021-06-30: createFeedDocument, createFeed, getFeed, getFeeds, cancelFeed,
getFeedDocument."""

from functools import partial

from .bodies import json_body
from .faults import FEED_ENDINGS
from .feed_types import FEED_TYPES
from .jobs_api import (
    cancel_job,
    found_job,
    give_document,
    job_kind,
    job_marketplaces,
    job_route,
    list_jobs,
    shown_job,
)
from .messages import Answer, ApiError
from .queries import known_parameters


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
    kind = job_kind(FEED_TYPES, body["feedType"], seller)
    marketplace_ids = job_marketplaces(body, seller)
    document = feeds.document(seller, body["inputFeedDocumentId"])
    if document is None or document.is_report or document.content is None:
        raise ApiError.invalid_input("The feed document was not uploaded.")
    if not document.content_type.lower().startswith(kind.content):
        raise ApiError.invalid_input("The document's content type is not the feed's.")
    _check_pace(call, kind)
    feed = feeds.create(
        seller,
        kind,
        marketplace_ids,
        document,
        body.get("feedOptions", {}),
        next((item.kind for item in call.fired if item.kind in FEED_ENDINGS), None),
    )
    return Answer(202, {"feedId": feed.feed_id})


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


def get_feed(call):
    return Answer(200, _view(found_job(call, "feed", call.simulator.feeds)))


def cancel_feed(call):
    return cancel_job(call, "feed", call.simulator.feeds)


def _view(feed):
    result = feed.result and feed.result.document_id
    return shown_job(
        feed, "feed", feed.started, feed.ended, resultFeedDocumentId=result
    )


def get_feeds(call):
    simulator = call.simulator
    return list_jobs(call, "feed", simulator.feeds, simulator.feed_tokens, _view, 0)


def get_feed_document(call):
    feeds = call.simulator.feeds
    return give_document(
        call, "feed", feeds, lambda found: found.is_report and feeds.settings.gzip
    )


_route = partial(job_route, "feeds_2021-06-30")
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
