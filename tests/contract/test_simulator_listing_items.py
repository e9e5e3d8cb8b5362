# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulator's getListingsItem, the state behind it, and its control."""

import pytest
from contract.test_simulator_listings_support import (
    CANADA,
    INDIA,
    US,
    Shelf,
    summary,
)

# --- one SKU --------------------------------------------------------------------


@pytest.mark.parametrize(
    "sku",
    ["TEA/GREEN/100G", "MUG,BLUE,350ML", "100% COTTON +1", "चाय-250", "CASE-0001 "],
)
def test_any_sku_can_be_read(shelf, sku):
    assert shelf.item(sku)["sku"] == sku


@pytest.mark.parametrize("sku", ["CASE-0002", "Case-0001", "CASE-0001  ", "US-0001"])
def test_an_unknown_sku(shelf, sku):
    answer = shelf.get(sku)
    assert answer.status_code == 404
    (error,) = answer.json()["errors"]
    assert error["code"] == "NotFound"


def test_only_the_data_asked_for(shelf):
    assert set(shelf.get("IN-0001").json()) == {"sku", "summaries"}
    item = shelf.get("IN-0001", includedData="offers,issues").json()
    assert set(item) == {"sku", "offers", "issues"}


def test_a_merchants_listing(shop, shelf):
    listing = shop.listings("IN", INDIA, "IN-0001")[0]
    item = shelf.item("IN-0001")
    assert summary(item)["status"] == ["BUYABLE", "DISCOVERABLE"]
    assert item["fulfillmentAvailability"] == [
        {"fulfillmentChannelCode": "DEFAULT", "quantity": listing.quantity}
    ]
    price = {"currencyCode": "INR", "amount": "899.00"}
    assert [offer["price"] for offer in item["offers"]] == [price]
    (code,) = item["attributes"]["externally_assigned_product_identifier"]
    assert (code["type"], code["value"]) == ("ean", "8901000000019")


def test_fba_has_no_quantity(shelf):
    item = shelf.item("FBA-0001")
    entry = {"fulfillmentChannelCode": "AMAZON_IN"}
    assert item["fulfillmentAvailability"] == [entry]
    channel = {"fulfillment_channel_code": "AMAZON_IN"}
    assert item["attributes"]["fulfillment_availability"] == [channel]
    assert summary(item)["fnSku"] == "X000SIM001"
    assert summary(item)["status"] == ["BUYABLE", "DISCOVERABLE"]


def test_fba_and_back(simulator, stall):
    simulator.put_listing("IN", "NEW-1", quantity=4)
    for fulfilled_by, code in (("AMAZON", "AMAZON_IN"), ("MERCHANT", "DEFAULT")):
        simulator.update_listing("IN", "NEW-1", fulfilled_by=fulfilled_by)
        (entry,) = stall.item("NEW-1")["fulfillmentAvailability"]
        assert entry["fulfillmentChannelCode"] == code


def test_networks_of_the_regions(simulator):
    simulator.quotas.enabled = False
    for key, region, place, code in (
        ("us", "na", US, "AMAZON_NA"),
        ("de", "eu", "A1PA6795UKMFR9", "AMAZON_EU"),
        ("jp", "fe", "A1VC38T7YXB528", "AMAZON_JP"),
    ):
        simulator.add_seller(key, region=region, marketplace_ids=[place])
        simulator.put_listing(key, "F-1", fulfilled_by="AMAZON")
        (entry,) = Shelf(simulator, key, place).item("F-1")["fulfillmentAvailability"]
        assert entry["fulfillmentChannelCode"] == code


def test_issues_and_their_enforcement(shelf):
    item = shelf.item("ISSUE-0001")
    assert summary(item)["status"] == ["DISCOVERABLE"]
    first, second = item["issues"]
    actions = first["enforcements"]["actions"]
    assert actions == [{"action": "LISTING_SUPPRESSED"}]
    assert first["attributeNames"] == ["purchasable_offer"]
    assert (second["severity"], "enforcements" in second) == ("WARNING", False)
    assert summary(shelf.item("IN-0012"))["status"] == ["BUYABLE"]


def test_closed_and_sold_out(shelf):
    closed = shelf.item("CLOSED-0001")
    assert (summary(closed)["status"], closed["offers"]) == ([], [])
    sold_out = shelf.item("SOLD-OUT-0001")
    assert summary(sold_out)["status"] == ["DISCOVERABLE"]
    assert sold_out["fulfillmentAvailability"][0]["quantity"] == 0


@pytest.mark.parametrize(
    ("parent", "theme", "names", "count"),
    [
        ("KURTA-FAMILY", "SIZE/COLOR", ["size_name", "color_name"], 6),
        ("CURTAIN-FAMILY", "SIZE/COLOR/PATTERN", ["size", "color", "pattern"], 4),
    ],
)
def test_families(shelf, parent, theme, names, count):
    head = shelf.item(parent)
    ((relation,),) = (place["relationships"] for place in head["relationships"])
    assert relation["variationTheme"] == {"attributes": names, "theme": theme}
    assert len(relation["childSkus"]) == count
    assert (head["offers"], head["fulfillmentAvailability"]) == ([], [])
    combinations = set()
    for sku in relation["childSkus"]:
        child = shelf.item(sku)
        ((back,),) = (place["relationships"] for place in child["relationships"])
        assert back["parentSkus"] == [parent]
        assert back["variationTheme"] == relation["variationTheme"]
        values = [child["attributes"][name][0]["value"] for name in names]
        combinations.add(tuple(values))
    assert len(combinations) == count


def test_an_item_shows_each_marketplace_in_the_order_asked_for(shop):
    shelf = Shelf(shop, "US", f"{CANADA},{US}")
    item = shelf.item("US-0001")
    places = [entry["marketplaceId"] for entry in item["summaries"]]
    assert places == [CANADA, US]
    assert [offer["price"]["currencyCode"] for offer in item["offers"]] == [
        "CAD",
        "USD",
    ]
    names = item["attributes"]["item_name"]
    assert [entry["marketplace_id"] for entry in names] == [CANADA, US]
    assert shelf.search().json()["numberOfResults"] == 15
    shop.delete_listing("US", "US-0001", CANADA)
    assert [entry["marketplaceId"] for entry in shelf.item("US-0001")["summaries"]] == [
        US
    ]


# --- the state and its control --------------------------------------------------


def test_the_plain_scenario_keeps_its_sixty_listings(simulator):
    simulator.seed_scenario("plain", orders=0)
    listings = [*simulator.listings("IN"), *simulator.listings("US")]
    assert len(listings) == 60
    products = simulator.products()
    assert len(products) == 45
    assert len([product for product in products if not product["in_odoo"]]) == 9


def test_the_catalogues_orders_are_the_plain_ones(simulator):
    simulator.seed_scenario("catalogue", orders=40, seed=5)
    skus = {
        item["product"]["sellerSku"]
        for order in simulator.truth("IN")
        for item in order["orderItems"]
    }
    assert skus
    assert all(sku.startswith("IN-") for sku in skus)


def test_barcodes_have_their_check_digit(shop):
    for listing in shop.listings("IN"):
        if listing.barcode:
            digits = [int(digit) for digit in listing.barcode.rjust(13, "0")]
            assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0, listing


def test_listings_by_control(simulator, control, india):
    fields = {
        "seller_sku": "C-1",
        "title": "Chair",
        "issues": [{"code": "1", "message": "No picture", "severity": "WARNING"}],
        "variation": [["size", "L"]],
    }
    status, answer = control(
        "POST", "/listings", {"seller": "IN", "listings": [fields]}
    )
    assert status == 200
    (listing,) = answer["listings"]
    assert (listing["marketplace_id"], listing["currency"]) == (INDIA, "INR")
    place = {"seller": "IN", "sku": "C-1"}
    status, answer = control("POST", "/listings/update", {"quantity": 0}, **place)
    assert (status, answer["listings"][0]["quantity"]) == (200, 0)
    assert simulator.listings("IN")[0].issues[0].message == "No picture"
    assert control("GET", "/listings", **place)[1]["listings"][0]["title"] == "Chair"
    assert control("DELETE", "/listings", **place)[0] == 200
    assert simulator.listings("IN") == []
    assert control("DELETE", "/listings", **place)[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "data", "query", "status"),
    [
        ("DELETE", "/listings", None, {"seller": "IN"}, 404),
        ("POST", "/listings/update", {"colour": 1}, {"seller": "IN", "sku": "A"}, 400),
        ("POST", "/listings/update", {"seller_sku": "B"}, {"sku": "A"}, 404),
        (
            "POST",
            "/listings/update",
            {"seller_sku": "B"},
            {"seller": "IN", "sku": "A"},
            400,
        ),
        (
            "POST",
            "/listings",
            {"seller": "IN", "listings": [{"seller_sku": "B", "marketplace_id": US}]},
            {},
            400,
        ),
    ],
)
def test_nonsense_by_control(
    simulator, control, india, method, path, data, query, status
):
    simulator.put_listing("IN", "A")
    assert control(method, path, data, **query)[0] == status
    assert [listing.seller_sku for listing in simulator.listings("IN")] == ["A"]


def test_listings_can_be_garbled(simulator, stall):
    for number in range(3):
        simulator.put_listing(
            "IN", f"G-{number}", issues=[{"code": "1", "message": ""}]
        )
    simulator.clock.advance(600)
    simulator.add_fault("duplicates", operation="searchListingsItems", count=1)
    assert len(stall.search().json()["items"]) == 4
    fields = ["listingStatus", "conditionType", "offerType", "issueSeverity"]
    fields += ["fulfillmentChannelCode", "relationshipType", "programs"]
    simulator.add_fault("unknown_enum", fields=fields, count=1)
    item = stall.item("G-1")
    assert summary(item)["status"][-1] == "SOMETHING_NEW"
    assert item["offers"][0]["offerType"] == "SOMETHING_NEW"
    assert item["issues"][0]["severity"] == "SOMETHING_NEW"
    (channel,) = item["fulfillmentAvailability"]
    assert channel["fulfillmentChannelCode"] == "SOMETHING_NEW"
    assert "programs" not in item
    simulator.add_fault("missing_blocks", blocks=["summaries", "offers"], count=1)
    assert not {"summaries", "offers"} & set(stall.item("G-1"))
