# SPDX-License-Identifier: LGPL-3.0-or-later
"""What stands in the simulator's reports, in which language and charset."""

import pytest
from contract.test_simulator_report_support import (
    BY_CREATION,
    BY_UPDATE,
    GERMANY,
    INDIA,
    JAPAN,
    LISTINGS,
    PERIOD,
    SHIPMENTS,
    Desk,
    fba_order,
)
from contract.test_simulator_support import make_order


@pytest.fixture
def desk(world):
    """India's seller with orders and listings, without rate limits."""
    world.quotas.enabled = False
    return Desk(world, "IN")


# --- contents ------------------------------------------------------------------


def test_the_orders_report_is_the_truth(world, desk):
    """Every item once, with the totals and places of the orders themselves."""
    rows = desk.rows(desk.made(**PERIOD))
    orders = {order["orderId"]: order for order in world.truth("IN")}
    known = {
        (order_id, item["product"]["sellerSku"], str(item["quantityOrdered"]))
        for order_id, order in orders.items()
        if order["salesChannel"]["marketplaceId"] == INDIA
        for item in order["orderItems"]
    }
    shown = [(row["amazon-order-id"], row["sku"], row["quantity"]) for row in rows]
    assert set(shown) == known
    assert len(shown) >= 40
    for row in rows:
        order = orders[row["amazon-order-id"]]
        address = order.get("recipient", {}).get("deliveryAddress", {})
        assert row["ship-state"] == address.get("stateOrRegion", "")
        assert row["ship-postal-code"] == address.get("postalCode", "")
        prices = {
            (item["product"]["sellerSku"], entry["subtotal"]["amount"])
            for item in order["orderItems"]
            for entry in item.get("proceeds", {}).get("breakdowns", ())
            if entry["type"] == "ITEM"
        }
        assert not prices or (row["sku"], row["item-price"]) in prices
    assert sum(bool(row["item-price"]) for row in rows) >= 30


def test_the_orders_reports_differ_in_what_they_count_by(world, desk):
    old, new = "2026-09-01T00:00:00Z", "2026-09-20T00:00:00Z"
    order = make_order(99, createdTime=old, lastUpdatedTime=new)
    world.put_orders("IN", [order])
    late = {
        "dataStartTime": "2026-09-19T00:00:00Z",
        "dataEndTime": PERIOD["dataEndTime"],
    }

    def ids(report_type):
        rows = desk.rows(desk.made(report_type, **late))
        return {row["amazon-order-id"] for row in rows}

    assert order["orderId"] in ids(BY_UPDATE)
    assert order["orderId"] not in ids(BY_CREATION)


def test_fba_shipments_have_their_dates(world, desk):
    """FBA parcels are in the report with their times, and never in getOrder."""
    world.put_orders("IN", [fba_order(1), fba_order(2), make_order(3)])
    world.clock.advance(3600)
    item = {"00000000000001": 1}
    world.ship_order("403-0000000-0000001", items=item, carrier="ATS", tracking="T1")
    world.clock.advance(3600)
    world.ship_order("403-0000000-0000001", items=item)
    world.ship_order("403-0000000-0000003")
    world.clock.advance(60)
    desk.token = None
    report = desk.made(
        SHIPMENTS,
        dataStartTime="2026-09-21T00:00:00Z",
        dataEndTime="2026-09-21T16:14:00Z",
    )
    first, second = desk.rows(report)
    assert {first["amazon-order-id"], second["amazon-order-id"]} == {
        "403-0000000-0000001"
    }
    assert first["amazon-order-item-id"] == "00000000000001"
    assert first["shipment-date"] == "2026-09-21T15:13:20+00:00"
    assert second["shipment-date"] == "2026-09-21T16:13:20+00:00"
    assert (first["quantity-shipped"], first["tracking-number"]) == ("1", "T1")
    assert first["shipment-id"] != second["shipment-id"]
    order = desk.order("403-0000000-0000001", includedData="PACKAGES").json()["order"]
    assert "packages" not in order


def test_an_fba_order_that_came_shipped_has_its_update_time(world, desk):
    order = fba_order(1, createdTime="2026-09-10T00:00:00Z")
    order["lastUpdatedTime"] = "2026-09-12T10:00:00Z"
    order["fulfillment"]["fulfillmentStatus"] = "SHIPPED"
    order["orderItems"][0]["fulfillment"] = {
        "quantityFulfilled": 2,
        "quantityUnfulfilled": 0,
    }
    world.put_orders("IN", [order])
    (row,) = desk.rows(desk.made(SHIPMENTS, **PERIOD))
    assert row["shipment-date"] == "2026-09-12T10:00:00+00:00"
    assert row["quantity-shipped"] == "2"


def test_personal_columns_need_the_role(world, desk):
    world.put_orders("IN", [fba_order(1)])
    world.ship_order("403-0000000-0000001")
    period = {"dataStartTime": "2026-09-21T00:00:00Z"}
    (row,) = desk.rows(desk.made(SHIPMENTS, **period))
    assert row["buyer-name"] == row["recipient-name"] == "Asha Rao"
    world.set_roles("IN", ["Amazon Fulfillment"])
    world.clock.advance(1801)
    (row,) = desk.rows(desk.made(SHIPMENTS, **period))
    assert row["buyer-name"] == row["recipient-name"] == row["ship-address-1"] == ""
    assert row["ship-state"] == "KARNATAKA"


def test_near_real_time_reports_are_made_every_30_minutes(world, desk):
    world.put_orders("IN", [fba_order(1)])
    world.ship_order("403-0000000-0000001")
    period = {"dataStartTime": "2026-09-21T00:00:00Z"}
    assert desk.made(SHIPMENTS, **period)["processingStatus"] == "DONE"
    assert desk.made(SHIPMENTS, **period)["processingStatus"] == "CANCELLED"
    world.set_reports(repeat="FATAL")
    assert desk.made(SHIPMENTS, **period)["processingStatus"] == "FATAL"
    # The all-orders reports are exempt.
    assert desk.made(**PERIOD)["processingStatus"] == "DONE"
    assert desk.made(**PERIOD)["processingStatus"] == "DONE"
    world.clock.advance(1800)
    assert desk.made(SHIPMENTS, **period)["processingStatus"] == "DONE"


def test_the_listings_report(world, desk):
    listings = {
        listing.seller_sku: listing
        for listing in world.sellers["IN"].listings.values()
        if listing.marketplace_id == INDIA
    }
    rows = desk.rows(desk.made(LISTINGS))
    assert {row["seller-sku"] for row in rows} == set(listings)
    for row in rows:
        listing = listings[row["seller-sku"]]
        assert (row["item-name"], row["price"]) == (listing.title, listing.price)
        merchant = listing.fulfilled_by == "MERCHANT"
        assert row["quantity"] == (str(listing.quantity) if merchant else "")
        assert (row["fulfillment-channel"] == "DEFAULT") == merchant


def test_the_listings_report_is_cached_for_an_hour(world, desk):
    before = desk.content(desk.made(LISTINGS))
    world.update_listing("IN", "IN-0001", quantity=4711)
    assert desk.content(desk.made(LISTINGS)) == before
    world.clock.advance(3600)
    desk.token = None
    assert b"\t4711\t" in desk.content(desk.made(LISTINGS))[0]


@pytest.fixture
def europe(simulator):
    simulator.quotas.enabled = False
    simulator.add_seller("EU", region="eu", marketplace_ids=[GERMANY, INDIA])
    simulator.put_listing(
        "EU", seller_sku="Ä-1", marketplace_id=GERMANY, title='Bügeleisen 12" groß'
    )
    return Desk(simulator, "EU")


def test_german_listings_are_in_german(europe):
    report = europe.made(LISTINGS, [GERMANY, INDIA])
    assert report["marketplaceIds"] == [GERMANY]
    content, content_type = europe.content(report)
    assert content_type == "text/plain;charset=Cp1252"
    (row,) = europe.rows(report, "cp1252")
    assert row["Händler-SKU"] == "Ä-1"
    assert row["Artikelbezeichnung"] == 'Bügeleisen 12" groß'


def test_english_headers_on_demand(simulator, europe):
    options = {"preferredReportDocumentLocale": "en_US"}
    report = europe.made(LISTINGS, [GERMANY], reportOptions=options)
    (row,) = europe.rows(report, "cp1252")
    assert row["seller-sku"] == "Ä-1"
    simulator.set_reports(localised=False, charset="utf-8", state_charset=False)
    report = europe.made(LISTINGS, [GERMANY])
    assert europe.content(report)[1] == "text/plain"
    assert europe.rows(report)[0]["seller-sku"] == "Ä-1"


def test_japanese_listings_are_in_japanese(simulator):
    simulator.add_seller("JP", region="fe", marketplace_ids=[JAPAN])
    simulator.put_listing("JP", seller_sku="J-1", title="電気ケトル ①")
    desk = Desk(simulator, "JP")
    report = desk.made(LISTINGS, [JAPAN])
    (row,) = desk.rows(report, "cp932")
    assert (row["出品者SKU"], row["商品名"]) == ("J-1", "電気ケトル ①")
    assert desk.content(report)[1] == "text/plain;charset=Shift_JIS"


# --- what real files hold -----------------------------------------------------


def test_words_for_a_status_that_the_api_does_not_have(world, desk):
    world.set_reports(statuses={"Shipped": "Shipped - Delivered to Buyer"})
    words = {row["order-status"] for row in desk.rows(desk.made(**PERIOD))}
    assert "Unshipped" in words
    assert "Shipped" not in words
    with pytest.raises(ValueError, match="Statuses"):
        world.set_reports(statuses={"Shipped": 7})


def test_cells_that_break_their_rows(world, desk):
    world.put_listing("IN", "TAB", title="A\tB")
    world.put_listing("IN", "LINES", title="A\r\nB")
    assert len(desk.rows(desk.made(LISTINGS))) == 32
    world.clock.advance(7200)
    desk.token = None
    world.set_reports(raw_cells=True)
    content, _type = desk.content(desk.made(LISTINGS))
    assert b"A\tB" in content
    assert b"A\r\nB" in content


def test_a_chinese_header_has_one_name_twice(world, desk):
    world.set_reports(language="CN")
    content, _type = desk.content(desk.made(LISTINGS))
    header = content.decode().split("\r\n")[0].split("\t")
    assert header.count("商品编码") == 2
    with pytest.raises(ValueError, match="language"):
        world.set_reports(language="XX")
