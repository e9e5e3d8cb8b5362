# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulator's rules for what is for sale: submissions, orders, cancellations."""

import pytest
from contract.models import assert_answer, requires_models
from contract.test_simulator_listings_support import INDIA, Shelf, summary

MODEL = "listingsItems_2021-08-01"
PATH = "/attributes/fulfillment_availability"
SKU, FBA = "IN-0001", "FBA-0001"
GERMANY, FRANCE, BRITAIN = "A1PA6795UKMFR9", "A13V1IB3VIYZZH", "A1F83G8C2ARO7P"
US, CANADA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"


def row(quantity=None, code="DEFAULT", **more):
    found = {"fulfillment_channel_code": code, "quantity": quantity, **more}
    return {name: value for name, value in found.items() if value is not None}


def patch(shelf, *rows, sku=SKU, op="merge", path=PATH, value=None, **query):
    value = list(rows) if value is None else value
    body = {
        "productType": "PRODUCT",
        "patches": [{"op": op, "path": path, "value": value}],
    }
    return shelf.patch(sku, body, **query)


def accepted(shelf, *rows, **more):
    answer = patch(shelf, *rows, **more)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "ACCEPTED", answer.text


def codes(answer):
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "INVALID"
    return [issue["code"] for issue in answer.json()["issues"]]


def attribute(shelf, sku=SKU):
    return shelf.item(sku)["attributes"]["fulfillment_availability"]


@pytest.fixture
def quick(shop):
    """The catalogue's seller, whose submissions take effect at once."""
    shop.set_stock(lag=(0, 0))
    return shop


# --- submissions ---------------------------------------------------------------


def test_the_effect_comes_late_and_the_attribute_at_once(shop, shelf):
    shop.set_stock(lag=(20, 20))
    before = shop.get_quantity("IN", SKU)
    accepted(shelf, row(before + 1))
    shop.clock.advance(19)
    item = shelf.item(SKU)
    assert item["fulfillmentAvailability"][0]["quantity"] == before
    assert item["attributes"]["fulfillment_availability"][0]["quantity"] == before + 1
    shop.clock.advance(2)
    (live,) = shelf.item(SKU)["fulfillmentAvailability"]
    assert live == {"fulfillmentChannelCode": "DEFAULT", "quantity": before + 1}


def test_merge_keeps_what_replace_wipes(quick, shelf):
    accepted(shelf, row(5, lead_time_to_ship_max_days=4, restock_date="2026-12-24"))
    accepted(shelf, row(6))
    (kept,) = attribute(shelf)
    assert (kept["quantity"], kept["lead_time_to_ship_max_days"]) == (6, 4)
    assert kept["restock_date"] == "2026-12-24"
    accepted(shelf, row(7), op="replace")
    assert attribute(shelf) == [row(7)]
    (listing,) = quick.listings("IN", seller_sku=SKU)
    assert listing.handling_days is None


def test_the_last_submission_counts(shop, shelf):
    shop.set_stock(lag=(10, 10))
    for quantity in (3, 9, 4):
        accepted(shelf, row(quantity))
        shop.clock.advance(1)
    shop.clock.advance(10)
    assert shop.get_quantity("IN", SKU) == 4
    assert [push.quantity for push in shop.pushes("IN", SKU)] == [3, 9, 4]
    assert {push.via for push in shop.pushes()} == {"patch"}


def test_a_patch_is_never_overtaken_by_an_older_one(shop, shelf):
    shop.set_stock(lag=(0, 100))
    for quantity in range(1, 21):
        accepted(shelf, row(quantity))
    shop.clock.advance(101)
    assert shop.get_quantity("IN", SKU) == 20


def test_delete_takes_the_offer_away(quick, shelf):
    answer = patch(shelf, op="delete", value=[])
    assert answer.json()["status"] == "ACCEPTED"
    assert quick.get_quantity("IN", SKU) == 0
    assert attribute(shelf) == []


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"quantity": 4}], "99022"),
        ([], "99022"),
        ([row(4, "SOMEWHERE")], "90244"),
        ([row(lead_time_to_ship_max_days=3)], "90220"),
        ([row(4, lead_time_to_ship_max_days=31)], "99007"),
        ([row(4, lead_time_to_ship_max_days=-1)], "90041"),
        ([row(-1)], "99006"),
        ([row(100_000_000)], "99007"),
        ([row("4")], "90041"),
        ([row(4.5)], "90041"),
        ([row(4, colour="red")], "90000900"),
    ],
)
def test_what_is_invalid(quick, shelf, rows, code):
    before = quick.get_quantity("IN", SKU)
    assert codes(patch(shelf, value=rows)) == [code]
    quick.clock.advance(100)
    assert quick.get_quantity("IN", SKU) == before
    (push,) = quick.pushes("IN", SKU)
    assert not push.accepted


def test_other_attributes_are_invalid_here(shelf):
    path = "/attributes/fulfillmentAvailability"
    assert codes(patch(shelf, row(4), path=path)) == ["90000900"]


def test_some_goods_may_take_longer(quick, shelf):
    quick.update_listing("IN", SKU, product_type="FURNITURE")
    accepted(shelf, row(4, lead_time_to_ship_max_days=45))


@requires_models
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"mode": "VALIDATION_PREVIEW", "includedData": "issues,identifiers"},
        {"mode": "DRY_RUN"},
        {"includedData": "identifiers"},
        {"marketplaceIds": "NOWHERE"},
    ],
)
@pytest.mark.parametrize("quantity", [4, -4])
def test_answers_follow_the_model(shelf, query, quantity):
    answer = patch(shelf, row(quantity), **query)
    assert_answer(MODEL, "patchListingsItem", answer)


def test_a_preview_has_no_effect(quick, shelf):
    before = quick.get_quantity("IN", SKU)
    query = {"mode": "VALIDATION_PREVIEW", "includedData": "identifiers"}
    answer = patch(shelf, row(before + 1), **query).json()
    assert (answer["status"], len(answer["identifiers"])) == ("VALID", 1)
    assert codes(patch(shelf, row(-1), **query)) == ["99006"]
    assert quick.get_quantity("IN", SKU) == before
    assert not quick.pushes()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"productType": "PRODUCT"}, 400),
        ({"productType": "PRODUCT", "patches": []}, 400),
        ([], 400),
        (None, 415),
    ],
)
@requires_models
def test_bodies_that_are_none(shelf, body, status):
    assert shelf.patch(SKU, body).status_code == status


def test_only_the_sellers_own(quick, shelf):
    shelf.path = shelf.path[:-1] + "X"
    assert patch(shelf, row(4)).status_code == 403


@pytest.mark.parametrize(
    ("setting", "status"), [("accepted", 200), ("invalid", 200), ("not_found", 404)]
)
def test_an_unknown_sku(quick, shelf, setting, status):
    quick.set_stock(unknown_sku=setting)
    answer = patch(shelf, row(4), sku="GONE")
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["status"] == setting.upper()
    assert shelf.get("GONE").status_code == 404


def test_rejected_and_ignored_skus(quick, shelf):
    before = quick.get_quantity("IN", SKU)
    quick.reject_sku("IN", SKU, [{"code": "4711", "message": "No."}])
    assert codes(patch(shelf, row(before + 1))) == ["4711"]
    quick.reject_sku("IN", SKU, silent=True)
    accepted(shelf, row(before + 1))
    quick.clock.advance(1000)
    assert quick.get_quantity("IN", SKU) == before
    assert attribute(shelf)[0]["quantity"] == before + 1
    quick.accept_sku("IN", SKU)
    accepted(shelf, row(before + 2))
    assert quick.get_quantity("IN", SKU) == before + 2


# --- who ships -----------------------------------------------------------------


def test_a_quantity_makes_an_fba_offer_a_merchants(quick, shelf):
    assert quick.get_quantity("IN", FBA) is None
    accepted(shelf, row(4), sku=FBA)
    (live,) = shelf.item(FBA)["fulfillmentAvailability"]
    assert live == {"fulfillmentChannelCode": "DEFAULT", "quantity": 4}
    channels = {entry["fulfillment_channel_code"] for entry in attribute(shelf, FBA)}
    assert channels == {"AMAZON_IN", "DEFAULT"}


def test_another_channel_code_makes_a_merchants_offer_fba(quick, shelf):
    accepted(shelf, row(code="AMAZON_IN"))
    (live,) = shelf.item(SKU)["fulfillmentAvailability"]
    assert live == {"fulfillmentChannelCode": "AMAZON_IN"}
    assert quick.get_quantity("IN", SKU) is None


# --- pools ---------------------------------------------------------------------


@pytest.fixture
def europe(simulator):
    simulator.quotas.enabled = False
    simulator.set_stock(lag=(0, 0))
    simulator.add_seller(
        "EU", region="eu", marketplace_ids=[GERMANY, FRANCE, BRITAIN, INDIA]
    )
    for place in (GERMANY, FRANCE, BRITAIN, INDIA):
        simulator.put_listing("EU", "A", place, quantity=9)
    return simulator


def everywhere(simulator):
    places = (GERMANY, FRANCE, BRITAIN, INDIA)
    return [simulator.get_quantity("EU", "A", place) for place in places]


def test_a_pool_shares_its_quantity(europe):
    accepted(Shelf(europe, "EU", FRANCE), row(5), sku="A")
    assert everywhere(europe) == [5, 5, 5, 9]
    europe.place_order("EU", {"A": 2}, BRITAIN)
    assert everywhere(europe) == [3, 3, 3, 9]
    europe.place_order("EU", {"A": 4}, INDIA)
    assert everywhere(europe) == [3, 3, 3, 5]


def test_north_america_shares_nothing(shop):
    shop.set_stock(lag=(0, 0))
    before = shop.get_quantity("US", "US-0001", CANADA)
    accepted(Shelf(shop, "US", US), row(before + 5), sku="US-0001")
    assert shop.get_quantity("US", "US-0001", US) == before + 5
    assert shop.get_quantity("US", "US-0001", CANADA) == before


# --- times ---------------------------------------------------------------------


def test_a_quantity_updates_a_listing_and_a_handling_time_does_not(shop, shelf):
    shop.set_stock(lag=(5, 5))
    quantity = shop.get_quantity("IN", SKU)
    before = summary(shelf.item(SKU))["lastUpdatedDate"]
    accepted(shelf, row(quantity, lead_time_to_ship_max_days=6))
    shop.clock.advance(6)
    assert attribute(shelf)[0]["lead_time_to_ship_max_days"] == 6
    assert summary(shelf.item(SKU))["lastUpdatedDate"] == before
    accepted(shelf, row(quantity + 1))
    shop.clock.advance(6)
    assert summary(shelf.item(SKU))["lastUpdatedDate"] > before


def test_search_sees_a_quantity_after_its_own_lag(quick, shelf):
    quantity = quick.get_quantity("IN", SKU) + 1
    accepted(shelf, row(quantity))
    query = {"identifiers": SKU, "identifiersType": "SKU"}
    query["includedData"] = "fulfillmentAvailability"

    def found():
        (item,) = shelf.search(**query).json()["items"]
        return item["fulfillmentAvailability"][0]["quantity"]

    assert found() == quantity - 1
    quick.clock.advance(181)
    assert found() == quantity


# --- control -------------------------------------------------------------------


def test_control(shop, shelf, control):
    assert control("POST", "/stock", {"lag": [0, 0]})[1]["lag"] == [0, 0]
    assert control("POST", "/stock", {"lag": [2, 1]})[0] == 400
    assert control("POST", "/stock", {"colour": 1})[0] == 400
    query = {"seller": "IN", "sku": SKU}
    status, told = control("GET", "/stock/quantity", **query)
    before = told["quantity"]
    assert (status, before) == (200, shop.get_quantity("IN", SKU))
    status, told = control("POST", "/orders/place", {"seller": "IN", "items": {SKU: 2}})
    assert status == 200
    assert control("GET", "/stock/quantity", **query)[1]["quantity"] == before - 2
    assert (
        control("POST", "/orders/place", {"seller": "IN", "items": {SKU: 999}})[0]
        == 409
    )
    control("POST", f"/orders/{told['order_id']}/cancel", {"reason": "NO_INVENTORY"})
    assert control("GET", "/stock/quantity", **query)[1]["quantity"] == before - 2
    control("POST", "/stock/reject", {"seller": "IN", "sku": SKU})
    assert codes(patch(shelf, row(1)))
    control("POST", "/stock/accept", {"seller": "IN", "sku": SKU})
    accepted(shelf, row(1))
    _status, told = control("GET", "/stock/pushes", **query)
    assert told["counts"] == {SKU: 2}
    assert [push["accepted"] for push in told["pushes"]] == [False, True]
    assert control("GET", "/stock/quantity", seller="IN", sku="GONE")[0] == 404
