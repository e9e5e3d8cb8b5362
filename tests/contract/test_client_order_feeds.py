# SPDX-License-Identifier: LGPL-3.0-or-later
"""Feeds about orders in Amazon's XML, and what Amazon makes of them."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sp_api import Parcel, ParcelItem, ProtocolError
from sp_api.feed_reports import read_processing_report
from sp_api.order_feeds import (
    OrderAcknowledgement,
    OrderCancellation,
    OrderShipment,
    UnitsCancellation,
    acknowledgement_feed,
    adjustment_feed,
    fulfillment_feed,
)

ORDER_ID = "403-0000000-0000001"
NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
PARCEL = Parcel(
    reference=7,
    carrier_code="BlueDart",
    tracking_number=" 8012 345 ",
    ship_date=NOW - timedelta(hours=1),
    items=(ParcelItem("00000000000001", 2), ParcelItem("00000000000002", 1)),
)


def parsed(pieces):
    """The document's root, and its messages as nested lists of (name, content)."""
    root = ElementTree.fromstring(b"".join(pieces))
    assert root.tag == "AmazonEnvelope"
    assert root.findtext("Header/MerchantIdentifier") == "A1SELLER"
    messages = {
        int(message.findtext("MessageID")): _content(message[1])
        for message in root.findall("Message")
    }
    return root.findtext("MessageType"), messages


def _content(element):
    return [(part.tag, _content(part) if len(part) else part.text) for part in element]


def test_a_cancellation_lists_every_item():
    """S173: a Failure without items would cancel nothing."""
    entry = OrderCancellation(ORDER_ID, ("11", "12"), "NoInventory")
    kind, messages = parsed(acknowledgement_feed("A1SELLER", [(41, entry)]))
    assert kind == "OrderAcknowledgement"
    assert messages[41] == [
        ("AmazonOrderID", ORDER_ID),
        ("StatusCode", "Failure"),
        ("Item", [("AmazonOrderItemCode", "11"), ("CancelReason", "NoInventory")]),
        ("Item", [("AmazonOrderItemCode", "12"), ("CancelReason", "NoInventory")]),
    ]
    for items in ((), ("11", "")):
        with pytest.raises(ValueError, match="every item"):
            OrderCancellation(ORDER_ID, items, "NoInventory")
    with pytest.raises(ValueError, match="reason"):
        OrderCancellation(ORDER_ID, ("11",), "I do not like it")


def test_an_order_taken_is_told_with_the_sellers_number():
    """S172: Success stores the seller's own order number."""
    entry = OrderAcknowledgement(ORDER_ID, "S00042")
    kind, messages = parsed(acknowledgement_feed("A1SELLER", [(1, entry)]))
    assert messages[1] == [
        ("AmazonOrderID", ORDER_ID),
        ("MerchantOrderID", "S00042"),
        ("StatusCode", "Success"),
    ]


def test_units_are_cancelled_by_an_adjustment():
    entry = UnitsCancellation(ORDER_ID, (("11", 2),), "NoInventory")
    kind, messages = parsed(adjustment_feed("A1SELLER", [(5, entry)]))
    assert kind == "OrderAdjustment"
    item = [
        ("AmazonOrderItemCode", "11"),
        ("AdjustmentReason", "NoInventory"),
        ("QuantityCancelled", "2"),
    ]
    assert messages[5] == [("AmazonOrderID", ORDER_ID), ("AdjustedItem", item)]
    for quantities in ((), (("11", 0),), (("11", 1.5),), (("11", -1),)):
        with pytest.raises(ValueError, match="positive"):
            UnitsCancellation(ORDER_ID, quantities, "NoInventory")
    with pytest.raises(ValueError, match="reason"):
        UnitsCancellation(ORDER_ID, (("11", 1),), "CustomerReturn")


def shipment(**changes):
    entry = OrderShipment(ORDER_ID, replace(PARCEL, **changes))
    return parsed(fulfillment_feed("A1SELLER", [(9, entry)], NOW))[1][9]


def test_parcels_go_in_bulk():
    assert shipment() == [
        ("AmazonOrderID", ORDER_ID),
        ("MerchantFulfillmentID", "7"),
        ("FulfillmentDate", "2026-11-20T11:00:00.000Z"),
        (
            "FulfillmentData",
            [("CarrierCode", "BlueDart"), ("ShipperTrackingNumber", "8012345")],
        ),
        ("Item", [("AmazonOrderItemCode", "00000000000001"), ("Quantity", "2")]),
        ("Item", [("AmazonOrderItemCode", "00000000000002"), ("Quantity", "1")]),
    ]


def test_untracked_parcels_go_by_feed():
    found = dict(
        shipment(tracking_number="", carrier_code="Other", carrier_name="Raju")
    )
    assert found["FulfillmentData"] == [
        ("CarrierCode", "Other"),
        ("CarrierName", "Raju"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"carrier_code": ""},
        {"ship_date": NOW + timedelta(days=1)},
        {"items": (ParcelItem("1", 1, ("CODE",)),)},
    ],
)
def test_other_faults_stop_the_feed(change):
    with pytest.raises(ValueError):
        shipment(**change)


def test_texts_are_escaped_and_cleaned():
    entry = OrderAcknowledgement(ORDER_ID, "A<b>&\x00\x1f\ud800 \u0939\u093f")
    kind, messages = parsed(acknowledgement_feed("A1SELLER", [(1, entry)]))
    assert dict(messages[1])["MerchantOrderID"] == "A<b>& \u0939\u093f"


@pytest.mark.parametrize("numbers", [[0], [-1], [1, 1], ["1"], []])
def test_message_numbers_are_positive_and_unique(numbers):
    entry = OrderAcknowledgement(ORDER_ID, "S1")
    with pytest.raises(ValueError):
        list(acknowledgement_feed("A1SELLER", [(number, entry) for number in numbers]))


def test_the_document_is_made_piece_by_piece():
    """A backlog of messages is never in memory as a whole."""
    taken = []

    def endless():
        for number in range(1, 100_000):
            taken.append(number)
            yield number, OrderAcknowledgement(ORDER_ID, "S1")

    pieces = acknowledgement_feed("A1SELLER", endless())
    first = next(pieces)
    assert first.startswith(b"<?xml") and len(first) < 1000
    assert len(next(pieces)) < 300
    assert taken == [1, 2]


REPORT = b"""<?xml version="1.0" encoding="UTF-8"?>
<AmazonEnvelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:noNamespaceSchemaLocation="amzn-envelope.xsd">
  <Header>
    <DocumentVersion>1.02</DocumentVersion>
    <MerchantIdentifier>A1SELLER</MerchantIdentifier>
  </Header>
  <MessageType>ProcessingReport</MessageType>
  <Message>
    <MessageID>1</MessageID>
    <ProcessingReport>
      <DocumentTransactionID>50027018560</DocumentTransactionID>
      <StatusCode>Complete</StatusCode>
      <ProcessingSummary>
        <MessagesProcessed>3</MessagesProcessed>
        <MessagesSuccessful>2</MessagesSuccessful>
        <MessagesWithError>1</MessagesWithError>
        <MessagesWithWarning>1</MessagesWithWarning>
      </ProcessingSummary>
      <Result>
        <MessageID>41</MessageID>
        <ResultCode>Error</ResultCode>
        <ResultMessageCode>18028</ResultMessageCode>
        <ResultDescription>The order of asha@example.com &amp; more
          is shipped</ResultDescription>
        <AdditionalInfo>
          <AmazonOrderID>403-0000000-0000001</AmazonOrderID>
          <AmazonOrderItemCode>00000000000001</AmazonOrderItemCode>
        </AdditionalInfo>
      </Result>
      <Result>
        <MessageID>42</MessageID>
        <ResultCode>Warning</ResultCode>
        <ResultMessageCode>99</ResultMessageCode>
        <ResultDescription>Late</ResultDescription>
      </Result>
    </ProcessingReport>
  </Message>
</AmazonEnvelope>
"""


def pieces_of(content, size=37):
    return [content[at : at + size] for at in range(0, len(content), size)]


@pytest.mark.parametrize("size", [1, 37, 10_000])
def test_a_report_is_read_from_pieces(size):
    report = read_processing_report(pieces_of(REPORT, size))
    assert (report.processed, report.successful) == (3, 2)
    assert (report.with_error, report.with_warning) == (1, 1)
    error, warning = report.results
    assert (error.message_id, error.is_error, error.code) == (41, True, "18028")
    assert (error.order_id, error.order_item_id) == (ORDER_ID, "00000000000001")
    assert (warning.message_id, warning.is_error) == (42, False)
    assert report.errors_of(41) == [error]
    assert report.errors_of(42) == report.errors_of(43) == []


@pytest.mark.parametrize(
    ("word", "is_error"),
    [
        (b"WARNING", False),
        (b"Success", False),
        (b"Error", True),
        (b"Gone astray", True),
        (b"", True),
    ],
)
def test_result_codes_in_any_spelling(word, is_error):
    """One that is not known is an error: somebody looks at it."""
    content = REPORT.replace(b">Warning<", b">" + word + b"<")
    assert read_processing_report([content]).results[1].is_error is is_error


def test_descriptions_are_redacted():
    error = read_processing_report([REPORT]).results[0]
    assert "asha" not in error.description
    assert error.description.endswith("& more is shipped")


def test_an_error_of_the_whole_document_concerns_every_message():
    content = REPORT.replace(b"<MessageID>41<", b"<MessageID>0<")
    report = read_processing_report([content])
    assert report.whole_document == [report.results[0]]
    assert report.errors_of(7) == [report.results[0]]


def test_other_charsets_and_missing_parts_are_read():
    content = REPORT.replace(b"UTF-8", b"ISO-8859-1").replace(b"Late", b"Verf\xfcgt")
    content = content.replace(b"<MessagesProcessed>3</MessagesProcessed>", b"")
    report = read_processing_report([content])
    assert report.results[1].description == "Verf\xfcgt"
    assert report.processed is None


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE AmazonEnvelope [
  <!ENTITY a "aaaaaaaaaa">
  <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
  <!ENTITY file SYSTEM "file:///etc/passwd">
]>
<AmazonEnvelope><ProcessingReport><Result><ResultDescription>&b;&file;
</ResultDescription></Result></ProcessingReport></AmazonEnvelope>
"""


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        b"",
        b"<html><body>Sorry</body></html>",
        b"{}",
        REPORT[:600],
        REPORT + b"<more/>",
        REPORT.replace(b"ProcessingReport", b"Something"),
    ],
)
def test_what_is_no_report_is_told(content):
    with pytest.raises(ProtocolError) as caught:
        read_processing_report(pieces_of(content))
    assert "passwd" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__context__ is None
