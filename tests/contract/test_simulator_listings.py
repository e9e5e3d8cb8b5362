# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulator's searchListingsItems: who may ask, filters, pages, lag."""

import pytest
from contract.models import (
    assert_answer,
    assert_request,
    operation,
    requires_models,
)
from contract.test_simulator_listings_support import (
    EVERYTHING,
    INDIA,
    MEXICO,
    US,
    Shelf,
    summary,
)
from sp_api_simulator.clock import format_time
from sp_api_simulator.listings_api import ITEM_PARAMETERS, PARAMETERS
from sp_api_simulator.listings_view import INCLUDED_DATA
from sp_api_simulator.sellers import ALL_ROLES

MODEL = "listingsItems_2021-08-01"


# --- Amazon's model -------------------------------------------------------------


@requires_models
def test_known_parameters_are_amazons():
    for name, known in (
        ("searchListingsItems", PARAMETERS),
        ("getListingsItem", ITEM_PARAMETERS),
    ):
        declared = operation(MODEL, name)[2]["parameters"]
        assert {item["name"] for item in declared if item["in"] == "query"} == known
        (data,) = (item for item in declared if item["name"] == "includedData")
        assert tuple(data["items"]["enum"]) == INCLUDED_DATA


@requires_models
def test_every_page_and_item_follows_the_model(shop, shelf):
    query = {"marketplaceIds": INDIA, "includedData": EVERYTHING, "pageSize": "20"}
    assert_request(MODEL, "searchListingsItems", query)
    answer = shelf.search(includedData=EVERYTHING, pageSize="20")
    assert_answer(MODEL, "searchListingsItems", answer)
    for listing in shop.listings("IN"):
        answer = shelf.get(listing.seller_sku, includedData=EVERYTHING)
        assert answer.json()["sku"] == listing.seller_sku
        assert_answer(MODEL, "getListingsItem", answer)


@requires_models
def test_refusals_follow_the_model(shelf):
    assert_answer(MODEL, "getListingsItem", shelf.get("NOWHERE"))
    assert_answer(MODEL, "searchListingsItems", shelf.search(pageSize="21"))


# --- who may ask ----------------------------------------------------------------


def test_the_path_names_the_seller_himself(shop, shelf):
    own, other = (shop.sellers[key].merchant_token for key in ("IN", "US"))
    shelf.path = shelf.path.replace(own, other)
    assert shelf.search().status_code == 403
    assert shelf.get("US-0001").status_code == 403


def test_product_listing_is_the_role(shop, shelf):
    shop.set_roles("IN", ALL_ROLES - {"Product Listing"})
    assert shelf.search().status_code == 403
    assert shelf.get("IN-0001").status_code == 403
    shop.set_roles("IN", {"Product Listing"})
    assert shelf.search().status_code == 200
    assert shelf.get("IN-0001").status_code == 200


@pytest.mark.parametrize(
    ("places", "status"),
    [
        (None, 400),
        ("", 400),
        ("NOWHERE", 400),
        (US, 403),
        ("A1NONAMZN0IN91", 403),
        (f"{INDIA},{US}", 403),
        (INDIA, 200),
    ],
)
def test_marketplaces_are_the_sellers(shelf, places, status):
    assert shelf.search(marketplaceIds=places).status_code == status
    assert shelf.get("IN-0001", marketplaceIds=places).status_code == status


def test_a_marketplace_of_the_region_that_the_seller_lacks(shop):
    assert Shelf(shop, "US", MEXICO).search().status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"pageSize": "0"},
        {"pageSize": "21"},
        {"pageSize": "ten"},
        {"pageToken": "invented"},
        {"identifiers": "IN-0001"},
        {"identifiersType": "SKU"},
        {"identifiers": "IN-0001", "identifiersType": "COLOUR"},
        {"identifiers": ",".join("abcdefghijklmnopqrstu"), "identifiersType": "SKU"},
        {"identifiers": "A", "identifiersType": "SKU", "variationParentSku": "B"},
        {"variationParentSku": "A", "packageHierarchySku": "B"},
        {"includedData": "everything"},
        {"lastUpdatedAfter": "yesterday"},
        {"sortBy": "price"},
        {"sortOrder": "UP"},
        {"withStatus": "GONE"},
        {"withIssueSeverity": "INFO"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_what_search_refuses(shelf, query):
    answer = shelf.search(**query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "InvalidInput"


@pytest.mark.parametrize("models", [True, False], ids=["checked", "unchecked"])
def test_twenty_identifiers_are_the_most(shop, shelf, models):
    if not models:
        shop.models = None
    skus = [listing.seller_sku for listing in shop.listings("IN")][:21]
    query = {"identifiersType": "SKU", "pageSize": "20"}
    assert len(shelf.skus(identifiers=",".join(skus[:20]), **query)) == 20
    assert shelf.search(identifiers=",".join(skus), **query).status_code == 400


# --- search ---------------------------------------------------------------------


def test_pages_hold_every_listing_once(shop, shelf):
    every = {listing.seller_sku for listing in shop.listings("IN")}
    found = shelf.skus(pageSize="7")
    assert len(found) == len(set(found)) == 59
    assert set(found) == every
    first = shelf.search().json()
    assert (len(first["items"]), first["numberOfResults"]) == (10, 59)
    assert set(first["items"][0]) == {"sku", "summaries"}
    assert set(first["pagination"]) == {"nextToken"}


def test_pages_go_back_too(shelf):
    first = shelf.search(pageSize="20").json()
    token = first["pagination"]["nextToken"]
    second = shelf.search(pageSize="20", pageToken=token).json()
    token = second["pagination"]["previousToken"]
    assert (
        shelf.search(pageSize="20", pageToken=token).json()["items"] == first["items"]
    )
    token = second["pagination"]["nextToken"]
    last = shelf.search(pageSize="20", pageToken=token).json()
    assert (len(last["items"]), set(last["pagination"])) == (19, {"previousToken"})


def test_a_page_token_belongs_to_its_search_and_seller(shop, shelf):
    token = shelf.search(pageSize="20").json()["pagination"]["nextToken"]
    assert shelf.search(pageSize="10", pageToken=token).status_code == 400
    answer = shelf.search(pageSize="20", sortBy="sku", pageToken=token)
    assert answer.status_code == 400
    other = Shelf(shop, "US", US)
    assert other.search(pageSize="20", pageToken=token).status_code == 400
    assert shelf.search(pageSize="20", pageToken=token).status_code == 200


@pytest.mark.parametrize("sort", ["sku", "createdDate", "lastUpdatedDate"])
def test_sorting(shop, shelf, sort):
    def position(listing):
        moment = {"createdDate": listing.created, "lastUpdatedDate": listing.updated}
        return (moment.get(sort, 0), listing.seller_sku)

    expected = [item.seller_sku for item in sorted(shop.listings("IN"), key=position)]
    assert shelf.skus(sortBy=sort, sortOrder="ASC") == expected
    assert shelf.skus(sortBy=sort) == expected[::-1]


def test_the_newest_change_comes_first_by_default(shop, shelf):
    shop.update_listing("IN", "IN-0007", title="Lunch Box, new lid")
    shop.clock.advance(600)
    assert shelf.skus()[0] == "IN-0007"


def test_search_sees_a_thousand_and_counts_all(simulator, stall):
    for number in range(1005):
        simulator.put_listing("IN", f"BULK-{number:04d}")
    simulator.clock.advance(600)
    found = stall.skus(sortBy="sku", sortOrder="ASC")
    assert found == [f"BULK-{number:04d}" for number in range(1000)]
    assert stall.search().json()["numberOfResults"] == 1005


def test_times_are_inclusive_on_both_ends(shop, shelf):
    listing = shop.listings("IN", INDIA, "IN-0010")[0]
    at = format_time(listing.updated)
    assert shelf.skus(lastUpdatedAfter=at, lastUpdatedBefore=at) == ["IN-0010"]
    at = format_time(listing.created)
    assert shelf.skus(createdAfter=at, createdBefore=at) == ["IN-0010"]
    later = format_time(listing.created + 1)
    assert "IN-0010" not in shelf.skus(createdAfter=later)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("SKU", "case-0001,CASE-0001", {"case-0001", "CASE-0001"}),
        ("SKU", "CASE-0001 ", {"CASE-0001 "}),
        ("SKU", "TEA/GREEN/100G,100% COTTON +1,चाय-250", 3),
        ("SKU", "MUG,BLUE,350ML", set()),
        ("ASIN", "B0ISIM0004,B0ISIM0005", {"IN-0004", "IN-0005"}),
        ("FNSKU", "X000SIM001", {"FBA-0001"}),
        ("EAN", "8901000000019", {"IN-0001"}),
        ("UPC", "8901000000019", set()),
    ],
)
def test_identifiers(shelf, kind, value, expected):
    found = shelf.skus(identifiers=value, identifiersType=kind)
    if expected == 3:
        assert sorted(found) == sorted(value.split(","))
    else:
        assert set(found) == expected


def test_status_and_issue_filters(shelf):
    dead = {"CLOSED-0001", "IN-0024"}
    unbuyable = {"ISSUE-0001", "SOLD-OUT-0001", "IN-0026"}
    parents = {"KURTA-FAMILY", "CURTAIN-FAMILY"}
    assert set(shelf.skus(withoutStatus="BUYABLE,DISCOVERABLE")) == dead
    assert set(shelf.skus(withoutStatus="BUYABLE")) == dead | unbuyable | parents
    hidden = shelf.skus(withStatus="BUYABLE", withoutStatus="DISCOVERABLE")
    assert hidden == ["IN-0012"]
    assert set(shelf.skus(withIssueSeverity="ERROR")) == {"ISSUE-0001", "IN-0026"}
    warned = set(shelf.skus(withIssueSeverity="WARNING"))
    assert warned == {"ISSUE-0001", "IN-0012"}


def test_children_are_found_by_their_parent(shelf):
    children = shelf.item("KURTA-FAMILY")["relationships"][0]["relationships"][0]
    found = shelf.skus(variationParentSku="KURTA-FAMILY")
    assert set(found) == set(children["childSkus"])
    assert len(found) == 6
    assert shelf.skus(packageHierarchySku="KURTA-FAMILY") == []


# --- change and lag -------------------------------------------------------------


def test_search_lags_behind_and_reading_does_not(simulator, stall):
    simulator.put_listing("IN", "NEW-1", title="Before")
    assert stall.skus() == []
    assert summary(stall.item("NEW-1"))["itemName"] == "Before"
    simulator.clock.advance(200)
    assert stall.skus() == ["NEW-1"]
    simulator.update_listing("IN", "NEW-1", title="After")
    found = stall.search().json()["items"][0]
    assert summary(found)["itemName"] == "Before"
    assert summary(stall.item("NEW-1"))["itemName"] == "After"
    simulator.clock.advance(200)
    found = stall.search().json()["items"][0]
    assert summary(found)["itemName"] == "After"


def test_two_changes_within_the_lag_settle_in_their_order(simulator, stall):
    simulator.put_listing("IN", "NEW-1", title="One")
    simulator.clock.advance(200)
    simulator.update_listing("IN", "NEW-1", title="Two")
    simulator.clock.advance(30)
    simulator.update_listing("IN", "NEW-1", title="Three")
    seen = []
    for _step in range(30):
        simulator.clock.advance(10)
        title = summary(stall.search().json()["items"][0])["itemName"]
        if title not in seen:
            seen.append(title)
    assert seen == ["One", "Two", "Three"] or seen == ["One", "Three"]


def test_a_deleted_listing_vanishes(simulator, stall):
    simulator.put_listing("IN", "NEW-1")
    simulator.clock.advance(200)
    simulator.delete_listing("IN", "NEW-1")
    assert stall.get("NEW-1").status_code == 404
    assert stall.skus() == ["NEW-1"]
    simulator.clock.advance(200)
    assert stall.skus() == []
    simulator.put_listing("IN", "NEW-1", title="Back")
    simulator.clock.advance(200)
    assert stall.skus() == ["NEW-1"]


def test_handling_time_does_not_move_the_last_update(shop, shelf):
    before = summary(shelf.item("IN-0001"))["lastUpdatedDate"]
    shop.update_listing("IN", "IN-0001", handling_days=9)
    item = shelf.item("IN-0001")
    assert summary(item)["lastUpdatedDate"] == before
    (channel,) = item["attributes"]["fulfillment_availability"]
    assert channel["lead_time_to_ship_max_days"] == 9
    shop.update_listing("IN", "IN-0001", quantity=3)
    item = shelf.item("IN-0001")
    assert summary(item)["lastUpdatedDate"] == format_time(shop.clock.now())
    assert item["fulfillmentAvailability"][0]["quantity"] == 3


def test_a_search_by_offset_moves_when_a_listing_is_updated(shop, shelf):
    """A page token is a place in the list: what leaves it moves others up."""
    query = {
        "lastUpdatedBefore": format_time(shop.clock.now()),
        "sortOrder": "ASC",
        "pageSize": "20",
    }
    first = shelf.search(**query).json()
    skus = [item["sku"] for item in first["items"]]
    shop.clock.advance(1)
    shop.update_listing("IN", skus[0], title="Changed")
    shop.clock.advance(200)
    token = first["pagination"]["nextToken"]
    second = shelf.search(**query, pageToken=token).json()
    assert second["numberOfResults"] == first["numberOfResults"] - 1
    assert len(shelf.skus(**query)) == 58


def test_the_clock_may_move_without_a_change(shop, shelf):
    before = shelf.search(includedData=EVERYTHING).json()["items"]
    shop.clock.advance(1800)
    assert shelf.search(includedData=EVERYTHING).json()["items"] == before
