# SPDX-License-Identifier: LGPL-3.0-or-later
"""JSON_LISTINGS_FEED: documents held against Amazon's schema, reports read."""

import json
import tracemalloc

import jsonschema
import pytest
from contract.models import FOLDER, requires_models
from contract.test_client_orders import connect
from contract.test_simulator_listings_support import INDIA
from sp_api import (
    DocumentFile,
    Feeds,
    ProtocolError,
    QuantityChange,
    listing_feeds,
)
from sp_api.listing_feed import (
    CONTENT_TYPE,
    FEED_TYPE,
    MAX_BYTES,
    MAX_MESSAGES,
    read_report,
)

SELLER = "A1SELLER"


def changes(count, **more):
    return (
        QuantityChange(number, f"SKU-{number}", number % 50, **more)
        for number in range(1, count + 1)
    )


def written(source, **options):
    """The feeds with their documents."""
    return [
        (feed, b"".join(feed.chunks()))
        for feed in listing_feeds(SELLER, source, **options)
    ]


def report_of(**parts):
    summary = {"errors": 0, "warnings": 0}
    counts = {"messagesProcessed": 0, "messagesAccepted": 0, "messagesInvalid": 0}
    header = {"sellerId": SELLER, "version": "2.0", "feedId": "1"}
    data = {"header": header, "issues": [], "summary": {**summary, **counts}}
    data["summary"].update(parts.pop("summary", {}))
    return read(json.dumps({**data, **parts}).encode())


def read(content):
    with DocumentFile.from_bytes(content) as document:
        return read_report(document)


# --- writing -------------------------------------------------------------------


@requires_models
def test_the_document_is_amazons():
    """The schema that Amazon publishes for this feed accepts it."""
    name = "listings-feed-schema-v2.json"
    schema = json.loads((FOLDER / "schemas" / "feeds" / name).read_text())
    source = [
        QuantityChange(1, "A", 0),
        QuantityChange(7, 'चाय/250, "x"', 12, 3, "SHOES"),
    ]
    ((feed, content),) = written(source, locale="en_IN")
    document = json.loads(content)
    jsonschema.Draft7Validator(schema).validate(document)
    assert document["header"]["issueLocale"] == "en_IN"
    first, second = document["messages"]
    assert (first["sku"], first["productType"]) == ("A", "PRODUCT")
    (patch,) = first["patches"]
    assert patch["op"] == "merge"
    assert patch["value"] == [{"fulfillment_channel_code": "DEFAULT", "quantity": 0}]
    assert (second["messageId"], second["productType"]) == (7, "SHOES")
    assert second["patches"][0]["value"][0]["lead_time_to_ship_max_days"] == 3
    assert (feed.count, feed.message_ids) == (2, [1, 7])
    assert feed.size == len(content)


def test_nothing_to_write():
    assert written([]) == []


def test_a_feed_for_every_25000_messages():
    feeds = written(changes(MAX_MESSAGES + 1))
    assert [feed.count for feed, _content in feeds] == [MAX_MESSAGES, 1]
    for feed, content in feeds:
        assert len(content) < MAX_BYTES
        assert [m["messageId"] for m in json.loads(content)["messages"]] == (
            feed.message_ids
        )


def test_no_feed_is_larger_than_allowed():
    feeds = written(changes(100), max_bytes=4000)
    assert len(feeds) > 3
    for feed, content in feeds:
        assert feed.size == len(content) <= 4000
        json.loads(content)
    ids = [number for feed, _content in feeds for number in feed.message_ids]
    assert ids == list(range(1, 101))


def test_one_message_fits_in_any_case():
    assert [feed.count for feed, _content in written(changes(2), max_bytes=10)] == [
        1,
        1,
    ]


def test_memory_is_flat():
    """Ten megabytes of messages, of which a piece at a time is there."""
    tracemalloc.start()
    try:
        for feed in listing_feeds(SELLER, changes(MAX_MESSAGES)):
            size = sum(map(len, feed.chunks()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 4 * 1024 * 1024
    assert peak < 2 * 1024 * 1024


@pytest.mark.parametrize(
    "change",
    [
        QuantityChange(0, "A", 1),
        QuantityChange(2**31, "A", 1),
        QuantityChange(1, "A", -1),
        QuantityChange(1, "A", 1.5),
        QuantityChange(1, "A", 1, 31),
    ],
)
def test_values_that_amazon_would_refuse(change):
    with pytest.raises(ValueError, match="whole number"):
        written([change])


def test_a_feed_that_nobody_wrote():
    with pytest.raises(RuntimeError, match="not written"):
        list(listing_feeds(SELLER, changes(2)))


# --- reading -------------------------------------------------------------------


def test_what_became_of_each_message():
    issue = {"code": "8541", "severity": "ERROR", "message": "Not now."}
    mild = {"code": "1", "severity": "WARNING", "message": "Mind it."}
    report = report_of(
        issues=[
            {**issue, "messageId": 4, "sku": "D", "attributeName": "quantity"},
            {**issue, "messageId": 4, "code": "8542"},
            {**mild, "messageId": 5, "sku": "E"},
        ],
        summary={"messagesProcessed": 6, "messagesAccepted": 5, "messagesInvalid": 1},
    )
    assert (report.processed, report.accepted, report.invalid) == (6, 5, 1)
    assert [error.code for error in report.errors[4]] == ["8541", "8542"]
    first = report.errors[4][0]
    assert (first.seller_sku, first.message) == ("D", "Not now.")
    assert first.attribute_name == "quantity"
    assert [warning.message for warning in report.warnings[5]] == ["Mind it."]
    assert report.is_consistent and list(report.errors) == [4]
    assert (report.general, report.notes) == ((), ())


def test_a_report_that_keeps_back_who_was_refused():
    """Nobody is taken for accepted by a report that does not add up."""
    issue = {"severity": "ERROR", "message": "Invalid parameters provided."}
    report = report_of(
        issues=[issue, {**issue, "messageId": 2}],
        summary={"messagesProcessed": 3, "messagesAccepted": 1, "messagesInvalid": 2},
    )
    assert not report.is_consistent
    assert list(report.errors) == [2]
    assert len(report.general) == 1
    assert not report_of().is_consistent


def test_odd_parts_are_data():
    report = report_of(
        issues=["?", {"messageId": "4", "message": 5}, {"messageId": 3}],
        summary={"messagesProcessed": "6", "messagesInvalid": None},
    )
    assert report.processed == 0 and report.notes
    assert list(report.errors) == [3]


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b"{}", b'{"summary": 1}', b"[" * 100_000]
)
def test_what_is_no_report(content):
    with pytest.raises(ProtocolError):
        read(content)


def test_there_and_back(shop):
    """S170: what was sent, what was refused and why, by the caller's own ids."""
    shop.set_stock(lag=(0, 0))
    shop.reject_sku("IN", "IN-0002", [{"code": "8541", "message": "Not now."}])
    source = [
        QuantityChange(11, "IN-0001", 70),
        QuantityChange(12, "IN-0002", 71, 4),
        QuantityChange(13, "चाय-250", 72),
    ]
    with connect(shop, "IN") as client:
        feeds = Feeds(client)
        (feed_id,) = (
            feeds.submit(FEED_TYPE, [INDIA], feed.chunks(), CONTENT_TYPE)
            for feed in listing_feeds(client.seller_id, source)
        )
        shop.clock.advance(30)
        document_id = feeds.get(feed_id).result_document_id
        with feeds.download_result(document_id) as document:
            report = read_report(document)
    assert report.is_consistent and report.processed == 3
    assert list(report.errors) == [12]
    assert report.errors[12][0].message == "Not now."
    assert shop.get_quantity("IN", "IN-0001") == 70
    assert shop.get_quantity("IN", "चाय-250") == 72


def test_a_full_feed(shop):
    """25,000 SKUs leave in one feed; its report holds as many refusals."""
    known = [f"SKU-{number}" for number in range(1, 101)]
    for sku in known:
        shop.put_listing("IN", sku)
    shop.set_stock(lag=(0, 0), unknown_sku="invalid")
    with connect(shop, "IN") as client:
        feeds = Feeds(client)
        (feed,) = (
            (feeds.submit(FEED_TYPE, [INDIA], feed.chunks(), CONTENT_TYPE), feed.count)
            for feed in listing_feeds(client.seller_id, changes(MAX_MESSAGES))
        )
        assert feed[1] == MAX_MESSAGES
        shop.clock.advance(30)
        document_id = feeds.get(feed[0]).result_document_id
        with feeds.download_result(document_id) as document:
            report = read_report(document)
    assert report.processed == MAX_MESSAGES
    assert report.accepted == 100 and report.is_consistent
    assert len(report.errors) == MAX_MESSAGES - 100
    assert shop.get_quantity("IN", "SKU-37") == 37
