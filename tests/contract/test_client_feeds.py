# SPDX-License-Identifier: LGPL-3.0-or-later
"""Feeds submitted, found, cancelled and answered, against the simulator and odd
answers."""

import logging
import tracemalloc
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest
from contract.models import load, requires_models
from contract.test_client_orders import calls, connect
from contract.test_client_support import cut_before
from contract.test_simulator_listings_support import INDIA
from sp_api import (
    CANCEL_FEED,
    CREATE_FEED,
    CREATE_FEED_DOCUMENT,
    GET_FEED,
    GET_FEED_DOCUMENT,
    GET_FEEDS,
    AccessDeniedError,
    BadRequestError,
    DocumentExpiredError,
    Feeds,
    NotFoundError,
    ProtocolError,
    ThrottledError,
    TransientError,
)
from sp_api.jobs import STATES
from sp_api_simulator.validation import ModelLibrary

MODEL = "feeds_2021-06-30"
START = 1_790_000_000.0
NOW = datetime.fromtimestamp(START, timezone.utc)
LISTINGS = "JSON_LISTINGS_FEED"
JSON = "application/json; charset=UTF-8"
SIGNATURE = "X-Amz-Signature=5ec2e7"


@pytest.fixture
def feeds(shop):
    with connect(shop, "IN") as client:
        yield Feeds(client)


@pytest.fixture
def scripted(amazon):
    with amazon.client() as client:
        yield Feeds(client)


def submit(feeds, content=b'{"header": {}}', **more):
    return feeds.submit(LISTINGS, [INDIA], [content], JSON, **more)


@requires_models
@pytest.mark.parametrize(
    "operation",
    [
        CREATE_FEED_DOCUMENT,
        CREATE_FEED,
        GET_FEED,
        GET_FEEDS,
        CANCEL_FEED,
        GET_FEED_DOCUMENT,
    ],
    ids=lambda operation: operation.name,
)
def test_operations_are_amazons(operation):
    library = ModelLibrary.find()
    path, method, _found = library.operation(MODEL, operation.name)
    assert (operation.path, operation.method) == (path, method)
    assert (operation.rate, operation.burst) == library.plan(MODEL, operation.name)


@requires_models
def test_states_are_amazons():
    model = load(MODEL)["definitions"]["Feed"]
    assert set(STATES) == set(model["properties"]["processingStatus"]["enum"])


def test_a_feed_from_upload_to_report(shop, feeds):
    feed_id = feeds.submit(LISTINGS, [INDIA], iter([b'{"head', b'er": {}}']), JSON)
    feed = feeds.get(feed_id)
    assert (feed.feed_id, feed.feed_type, feed.state) == (feed_id, LISTINGS, "IN_QUEUE")
    assert (feed.is_over, feed.is_done, feed.result_document_id) == (False, False, None)
    assert (feed.created_time, feed.marketplace_ids) == (NOW, (INDIA,))
    (stored,) = shop.feeds_of("IN")
    assert stored.document.content == b'{"header": {}}'
    assert stored.document.content_type == JSON
    shop.clock.advance(30)
    feed = feeds.get(feed_id)
    assert (feed.state, feed.is_over, feed.is_done) == ("FATAL", True, False)
    assert feed.processing_end > feed.processing_start > feed.created_time
    with feeds.download_result(feed.result_document_id) as document:
        assert b'"issues"' in document.content()


def test_no_token_goes_along(amazon, scripted):
    answer = {"feedDocumentId": "d", "url": f"{amazon.url}/bucket/d?{SIGNATURE}"}
    amazon.answers = [(201, answer), (200, b""), (202, {"feedId": "f"})]
    assert submit(scripted, options={"metadata:orderid": "1"}) == "f"
    _created, put, feed = amazon.requests
    sent = {name.lower(): value for name, value in put["headers"].items()}
    assert not set(sent) & {"x-amz-access-token", "authorization", "cookie"}
    assert (put["method"], sent["content-type"]) == ("PUT", JSON)
    assert sent["content-length"] == str(len(put["body"]))
    assert "transfer-encoding" not in sent
    assert '"feedOptions"' in feed["body"]


def test_the_address_is_a_secret(amazon, scripted, caplog):
    caplog.set_level(logging.DEBUG)
    answer = {"feedDocumentId": "d", "url": f"{amazon.url}/bucket/d?{SIGNATURE}"}
    amazon.answers = [(201, answer), (403, b"<Error/>")] * 2
    with pytest.raises(DocumentExpiredError) as caught:
        submit(scripted)
    assert SIGNATURE not in caplog.text
    assert SIGNATURE not in f"{caught.value} {caught.value.__dict__}"


def test_an_expired_address_is_asked_for_again(amazon, scripted):
    answer = {"feedDocumentId": "d", "url": f"{amazon.url}/bucket/d?{SIGNATURE}"}
    amazon.answers = [
        (201, answer),
        (403, b"<Error/>"),
        (201, answer),
        (200, b""),
        (202, {"feedId": "f"}),
    ]
    assert submit(scripted) == "f"
    paths = [urlsplit(request["path"]).path for request in amazon.requests]
    assert paths[1] == paths[3] == "/bucket/d"
    bodies = {request["body"] for request in amazon.requests[1:4:2]}
    assert bodies == {'{"header": {}}'}


def test_an_address_elsewhere_in_clear_is_refused(amazon, scripted):
    url = f"http://documents.example.com/d?{SIGNATURE}"
    amazon.answers = [(201, {"feedDocumentId": "d", "url": url})]
    with pytest.raises(ProtocolError):
        submit(scripted)


def test_the_store_of_documents_in_trouble(shop, feeds):
    shop.add_fault("error", operation="uploadDocument", status=503)
    with pytest.raises(TransientError) as caught:
        submit(feeds)
    assert caught.value.retry_at > START
    assert not calls(shop, CREATE_FEED.name)


def test_nothing_in_it(shop, feeds):
    with pytest.raises(ValueError, match="empty"):
        submit(feeds, b"")
    assert not calls(shop, CREATE_FEED_DOCUMENT.name)


@pytest.mark.parametrize("places", [INDIA, [], ["A"] * 26])
def test_places_that_make_no_sense(shop, feeds, places):
    with pytest.raises(ValueError, match="marketplaces"):
        feeds.submit(LISTINGS, places, [b"{}"], JSON)
    assert not calls(shop, CREATE_FEED_DOCUMENT.name)


def test_a_large_document_is_never_in_memory(amazon, scripted):
    """What is uploaded passes through a file in pieces."""
    received = []

    def take(handler):
        left = int(handler.headers["Content-Length"])
        received.append(left)
        handler.send_response_only(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    answer = {"feedDocumentId": "d", "url": f"{amazon.url}/bucket/d?{SIGNATURE}"}
    amazon.answers = [(201, answer), take]
    # The scripted Amazon holds the body itself: only the writing is measured.
    piece = b"x" * 65536
    peak = []

    def pieces():
        tracemalloc.start()
        for _number in range(160):
            yield piece
        peak.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert scripted.upload(pieces(), JSON) == "d"
    assert received == [160 * 65536]
    assert peak[0] < 1024 * 1024


def test_a_feed_is_not_created_twice(shop, feeds):
    """Amazon may have it: whether it has is for the caller to find out."""
    shop.add_fault("cut_body", operation=CREATE_FEED.name)
    with pytest.raises(ProtocolError) as caught:
        submit(feeds)
    assert caught.value.outcome_unknown
    assert len(calls(shop, CREATE_FEED.name)) == 1
    (found,) = feeds.find([LISTINGS], created_since=NOW - timedelta(minutes=1))
    assert found.state == "IN_QUEUE"


def test_find(shop, feeds):
    first = submit(feeds)
    shop.clock.advance(60)
    second = submit(feeds)
    assert [feed.feed_id for feed in feeds.find([LISTINGS])] == [second, first]
    found = feeds.find([LISTINGS], states=["IN_QUEUE"], marketplace_ids=[INDIA])
    assert [feed.feed_id for feed in found] == [second]
    since = NOW + timedelta(seconds=30)
    assert [feed.feed_id for feed in feeds.find([LISTINGS], created_since=since)] == [
        second
    ]
    assert feeds.find(["POST_ORDER_ACKNOWLEDGEMENT_DATA"]) == []


def test_find_follows_the_pages_with_the_token_alone(amazon, scripted):
    entry = {"feedId": "1", "processingStatus": "DONE"}
    amazon.answers = [
        (200, {"feeds": [entry], "nextToken": "t"}),
        (200, {"feeds": [{**entry, "feedId": "2"}, {}, "?"]}),
    ]
    assert [feed.feed_id for feed in scripted.find([LISTINGS])] == ["1", "2"]
    assert amazon.requests[1]["query"] == {"nextToken": ["t"]}


def test_a_list_without_end(amazon, scripted):
    amazon.answers = [(200, {"feeds": [], "nextToken": "t"})] * 3
    with pytest.raises(ProtocolError):
        scripted.find([LISTINGS])


@pytest.mark.parametrize(
    ("types", "places"), [([], None), (["A"] * 11, None), ([LISTINGS], ["A"] * 11)]
)
def test_searches_that_amazon_would_refuse(scripted, types, places):
    with pytest.raises(ValueError, match="1 to 10|At most 10"):
        scripted.find(types, marketplace_ids=places)


def test_cancel(shop, feeds):
    feed_id = submit(feeds)
    feeds.cancel(feed_id)
    assert feeds.get(feed_id).state == "CANCELLED"
    late = submit(feeds)
    shop.clock.advance(10)
    with pytest.raises(BadRequestError):
        feeds.cancel(late)


def test_unknown_feeds_and_documents(feeds):
    for ask in (feeds.get, feeds.cancel, feeds.get_document):
        with pytest.raises(NotFoundError):
            ask("1")


def test_without_the_role(shop, feeds):
    shop.set_roles("IN", ["Pricing"])
    with pytest.raises(AccessDeniedError):
        submit(feeds)


def test_tokens_are_kept_for_cancellations(shop):
    """Quantities leave five calls of createFeed to those that must not wait."""
    shop.quotas.enabled = False
    with connect(shop, "IN", purpose="live") as client:
        feeds = Feeds(client)
        document_id = feeds.upload([b"{}"], JSON)
        for _number in range(10):
            feeds.create_feed(LISTINGS, [INDIA], document_id)
        with pytest.raises(ThrottledError):
            feeds.create_feed(LISTINGS, [INDIA], document_id)
        client.purpose = "cancel"
        for _number in range(5):
            feeds.create_feed(LISTINGS, [INDIA], document_id)
        with pytest.raises(ThrottledError):
            feeds.create_feed(LISTINGS, [INDIA], document_id)


@pytest.mark.parametrize(
    "answer",
    [{}, {"feedDocumentId": "d"}, {"feedDocumentId": True, "url": "https://x"}],
)
def test_a_document_without_an_address(amazon, scripted, answer):
    amazon.answers = [(201, answer)]
    with pytest.raises(ProtocolError):
        submit(scripted)


def test_an_answer_without_a_feed(amazon, scripted):
    amazon.answers = [(202, {"ok": True}), (200, {"ok": True}), (200, {"ok": True})]
    with pytest.raises(ProtocolError) as caught:
        scripted.create_feed(LISTINGS, [INDIA], "d")
    assert caught.value.outcome_unknown
    with pytest.raises(ProtocolError):
        scripted.get("1")
    with pytest.raises(ProtocolError):
        scripted.find([LISTINGS])


def test_an_unknown_state_is_data(amazon, scripted):
    amazon.answers = [(200, {"feedId": "1", "processingStatus": "RESTING"})]
    feed = scripted.get("1")
    assert (feed.state, feed.is_over, feed.is_done) == ("RESTING", False, False)


def test_a_broken_connection_while_uploading(amazon, scripted):
    answer = {"feedDocumentId": "d", "url": f"{amazon.url}/bucket/d?{SIGNATURE}"}
    amazon.answers = [(201, answer), cut_before]
    with pytest.raises(TransientError) as caught:
        submit(scripted)
    assert caught.value.retry_at
    assert len(amazon.requests) == 2
