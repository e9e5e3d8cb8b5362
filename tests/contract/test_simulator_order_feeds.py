# SPDX-License-Identifier: LGPL-3.0-or-later
"""Feeds about orders from end to end: the client writes, the simulator plays."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from contract.test_client_orders import connect
from contract.test_simulator_shipments import FIRST, SECOND, item, place, states
from sp_api import (
    ACKNOWLEDGEMENT_FEED,
    ADJUSTMENT_FEED,
    FULFILLMENT_FEED,
    XML_CONTENT_TYPE,
    Feeds,
    OrderAcknowledgement,
    OrderCancellation,
    OrderShipment,
    Parcel,
    ParcelItem,
    UnitsCancellation,
    acknowledgement_feed,
    adjustment_feed,
    fulfillment_feed,
    read_processing_report,
)

INDIA = "A21TJRUUN4KGV"
NOW = datetime.fromtimestamp(1_790_000_000, timezone.utc)
PARCEL = Parcel(7, "BlueDart", "801", NOW - timedelta(hours=1), (ParcelItem(FIRST, 2),))


@pytest.fixture(autouse=True)
def shop(simulator, india):
    simulator.quotas.enabled = False
    return simulator


def submit(simulator, feed_type, pieces):
    """The state in which a feed ended, and its processing report."""
    with connect(simulator, "IN", purpose="cancel") as client:
        feeds = Feeds(client)
        feed_id = feeds.submit(feed_type, [INDIA], pieces, XML_CONTENT_TYPE)
        simulator.clock.advance(60)
        feed = feeds.get(feed_id)
        with feeds.download_result(feed.result_document_id) as document:
            return feed.state, read_processing_report(document.chunks())


def seller_id(simulator):
    return simulator.sellers["IN"].merchant_token


def cancel(simulator, *entries):
    pieces = acknowledgement_feed(seller_id(simulator), enumerate(entries, 1))
    state, report = submit(simulator, ACKNOWLEDGEMENT_FEED, pieces)
    assert state == "DONE"
    return report


def reduce(simulator, *entries):
    pieces = adjustment_feed(seller_id(simulator), enumerate(entries, 1))
    return submit(simulator, ADJUSTMENT_FEED, pieces)[1]


def ship(simulator, *entries):
    pieces = fulfillment_feed(seller_id(simulator), enumerate(entries, 1), NOW)
    return submit(simulator, FULFILLMENT_FEED, pieces)[1]


def executions(simulator, order_id):
    order = simulator.find_order(order_id)[1].data
    return [
        entry.get("cancellation", {}).get("cancellationExecution")
        for entry in order["orderItems"]
    ]


def test_a_whole_order_is_cancelled(shop):
    """S173: Failure with every item cancels; the seller is named with his reason."""
    order_id = place(shop, orderItems=[item(FIRST, 2), item(SECOND, 1)])
    before = shop.find_order(order_id)[1].updated
    report = cancel(shop, OrderCancellation(order_id, (FIRST, SECOND), "NoInventory"))
    assert (report.processed, report.successful, report.with_error) == (1, 1, 0)
    assert states(shop, order_id) == ("CANCELLED", [(0, 0), (0, 0)])
    assert shop.find_order(order_id)[1].updated > before
    by_seller = {"cancelledBy": "MERCHANT", "cancelReason": "NoInventory"}
    assert executions(shop, order_id) == [by_seller, by_seller]


def test_one_item_of_an_order_is_cancelled(shop):
    order_id = place(shop, orderItems=[item(FIRST, 2), item(SECOND, 1)])
    cancel(shop, OrderCancellation(order_id, (FIRST,), "PricingError"))
    assert states(shop, order_id) == ("UNSHIPPED", [(0, 0), (0, 1)])
    first, second = executions(shop, order_id)
    assert first["cancelReason"] == "PricingError" and second is None


def test_a_failure_without_items_cancels_nothing(shop):
    """S173: and Amazon does not say so."""
    order_id = place(shop)
    pieces = acknowledgement_feed(
        seller_id(shop), [(1, OrderCancellation(order_id, (FIRST,), "NoInventory"))]
    )
    document = b"".join(pieces)
    start, end = document.index(b"<Item>"), document.index(b"</Item>") + 7
    bare = document[:start] + document[end:]
    state, report = submit(shop, ACKNOWLEDGEMENT_FEED, [bare])
    assert (state, report.successful, report.with_error) == ("DONE", 1, 0)
    assert states(shop, order_id) == ("UNSHIPPED", [(0, 2)])


def test_the_sellers_number_is_stored(shop):
    """S172: Amazon shows the seller's own order number."""
    order_id = place(shop)
    cancel(shop, OrderAcknowledgement(order_id, "S00042"))
    cancel(shop, OrderAcknowledgement(order_id, "S00043"))
    order = shop.find_order(order_id)[1].data
    alias = {"aliasId": "S00043", "aliasType": "SELLER_ORDER_ID"}
    assert order["orderAliases"] == [alias]
    assert states(shop, order_id) == ("UNSHIPPED", [(0, 2)])


def status(name, by="MERCHANT"):
    return {"fulfillment": {"fulfillmentStatus": name, "fulfilledBy": by}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (status("PENDING"), "Pending"),
        (status("CANCELLED"), "cancelled already"),
        (status("SHIPPED"), "shipped already"),
        (status("PARTIALLY_SHIPPED"), "shipped already"),
        (status("UNSHIPPED", "AMAZON"), "fulfilled by Amazon"),
    ],
)
def test_orders_that_cannot_be_cancelled(shop, changes, words):
    """S173: the feed is DONE all the same, the report tells of the error."""
    order_id = place(shop, **changes)
    before = shop.find_order(order_id)[1]
    report = cancel(shop, OrderCancellation(order_id, (FIRST,), "NoInventory"))
    [error] = report.errors_of(1)
    assert words in error.description
    assert error.order_id == order_id
    assert (report.successful, report.with_error) == (0, 1)
    assert shop.find_order(order_id)[1] is before


def test_one_bad_message_stops_no_other(shop):
    good = place(shop, 1)
    report = cancel(
        shop,
        OrderCancellation("403-0000000-0000099", (FIRST,), "NoInventory"),
        OrderCancellation(good, ("99999999999999",), "NoInventory"),
        OrderCancellation(good, (FIRST,), "NoInventory"),
    )
    assert sorted(report.errors) == [1, 2]
    assert (report.processed, report.successful) == (3, 1)
    assert states(shop, good)[0] == "CANCELLED"


def test_a_buyers_wish_is_granted(shop):
    """S128: the buyer asked for it."""
    order_id = place(shop)
    shop.request_cancellation(order_id)
    cancel(shop, OrderCancellation(order_id, (FIRST,), "BuyerCanceled"))
    assert states(shop, order_id)[0] == "CANCELLED"
    [execution] = executions(shop, order_id)
    assert execution == {"cancelledBy": "MERCHANT", "cancelReason": "BuyerCanceled"}


def test_units_are_cancelled_and_the_rest_is_shipped(shop):
    order_id = place(shop, orderItems=[item(FIRST, 3)])
    reduce(shop, UnitsCancellation(order_id, ((FIRST, 1),), "NoInventory"))
    assert states(shop, order_id) == ("UNSHIPPED", [(0, 2)])
    assert ship(shop, OrderShipment(order_id, PARCEL)).with_error == 0
    assert states(shop, order_id) == ("SHIPPED", [(2, 0)])


def test_units_that_are_left_of_a_part_shipment_are_cancelled(shop):
    order_id = place(shop, orderItems=[item(FIRST, 3)])
    ship(shop, OrderShipment(order_id, PARCEL))
    assert states(shop, order_id) == ("PARTIALLY_SHIPPED", [(2, 1)])
    reduce(shop, UnitsCancellation(order_id, ((FIRST, 1),), "BuyerCanceled"))
    assert states(shop, order_id) == ("SHIPPED", [(2, 0)])


def test_all_units_are_the_order(shop):
    order_id = place(shop)
    reduce(shop, UnitsCancellation(order_id, ((FIRST, 2),), "NoInventory"))
    assert states(shop, order_id) == ("CANCELLED", [(0, 0)])


def test_more_units_than_are_left_are_refused(shop):
    order_id = place(shop)
    report = reduce(shop, UnitsCancellation(order_id, ((FIRST, 3),), "NoInventory"))
    assert "More than is left" in report.errors_of(1)[0].description
    pending = place(shop, 2, **status("PENDING"))
    report = reduce(shop, UnitsCancellation(pending, ((FIRST, 1),), "NoInventory"))
    assert "Pending" in report.errors_of(1)[0].description
    assert states(shop, order_id) == ("UNSHIPPED", [(0, 2)])


def test_shipments_go_in_bulk_with_and_without_tracking(shop):
    tracked, untracked, again = (place(shop, number) for number in (1, 2, 3))
    report = ship(
        shop,
        OrderShipment(tracked, PARCEL),
        OrderShipment(untracked, replace(PARCEL, tracking_number="")),
        OrderShipment(again, PARCEL),
        OrderShipment(again, replace(PARCEL, tracking_number="802")),
        OrderShipment(again, replace(PARCEL, reference=8)),
    )
    assert (report.processed, report.successful) == (5, 4)
    assert "PackageToUpdateNotFound" in report.errors_of(5)[0].description
    packages = [shop.find_order(each)[1].data["packages"] for each in (tracked, again)]
    assert [package[0]["trackingNumber"] for package in packages] == ["801", "802"]
    assert packages[0][0]["packageReferenceId"] == "7"
    [package] = shop.find_order(untracked)[1].data["packages"]
    assert "trackingNumber" not in package
    assert states(shop, untracked) == ("SHIPPED", [(2, 0)])


@pytest.mark.parametrize("programs", [["AMAZON_EASY_SHIP"], ["FBM_SHIP_PLUS"]])
def test_bulk_shipments_obey_the_same_rules(shop, programs):
    """S171: also by feed."""
    order_id = place(shop, programs=programs)
    report = ship(shop, OrderShipment(order_id, PARCEL))
    assert programs[0] in report.errors_of(1)[0].description
    assert states(shop, order_id)[0] == "UNSHIPPED"


def test_a_foreign_or_broken_document_is_fatal(shop):
    order_id = place(shop)
    entry = OrderCancellation(order_id, (FIRST,), "NoInventory")
    good = b"".join(acknowledgement_feed(seller_id(shop), [(1, entry)]))
    wrong_seller = good.replace(seller_id(shop).encode(), b"A0SOMEBODYELSE")
    bomb = good.replace(b"<AmazonEnvelope>", b"<!DOCTYPE a []><AmazonEnvelope>")
    for document in (wrong_seller, bomb, good[:-5], b"order-id\tcode\n"):
        state, report = submit(shop, ACKNOWLEDGEMENT_FEED, [document])
        assert state == "FATAL"
        assert report.whole_document and report.errors_of(1)
    state, report = submit(shop, ADJUSTMENT_FEED, [good])
    assert state == "FATAL"
    assert states(shop, order_id)[0] == "UNSHIPPED"


def test_a_message_number_counts_once(shop):
    order_id = place(shop)
    entry = OrderAcknowledgement(order_id, "S1")
    document = b"".join(acknowledgement_feed(seller_id(shop), [(1, entry), (2, entry)]))
    doubled = document.replace(b"<MessageID>2<", b"<MessageID>1<")
    _state, report = submit(shop, ACKNOWLEDGEMENT_FEED, [doubled])
    assert (report.processed, report.with_error) == (2, 1)
    assert "MessageID" in report.errors_of(1)[0].description


def test_orders_of_other_marketplaces_are_not_touched(shop):
    other = {"channelName": "AMAZON", "marketplaceId": "A1PA6795UKMFR9"}
    order_id = place(shop, salesChannel={**other, "marketplaceName": "Amazon.de"})
    report = cancel(shop, OrderCancellation(order_id, (FIRST,), "NoInventory"))
    assert "no such order" in report.errors_of(1)[0].description


def test_amazons_quantity_follows_the_reason(shop):
    """S173: units come back for sale, but not those that the seller never had."""
    shop.put_listing("IN", "SKU", quantity=10)
    shop.set_stock(lag=(0, 0))
    for reason, left in (("BuyerCanceled", 10), ("NoInventory", 8)):
        order_id = shop.place_order("IN", {"SKU": 2})
        assert shop.get_quantity("IN", "SKU") == 8
        items = shop.find_order(order_id)[1].data["orderItems"]
        listed = tuple(entry["orderItemId"] for entry in items)
        cancel(shop, OrderCancellation(order_id, listed, reason))
        assert shop.get_quantity("IN", "SKU") == left
