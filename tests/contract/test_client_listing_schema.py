# SPDX-License-Identifier: LGPL-3.0-or-later
"""Listings read from Amazon's JSON: every example of the model, and odd data."""

import copy
import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from contract.models import load, operation, requires_models
from sp_api import Availability, ExternalId, Listing, Money, Relationship
from sp_api.listing_schema import marketplaces_of

MODEL = "listingsItems_2021-08-01"
INDIA, US, CANADA = "A21TJRUUN4KGV", "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
RICH = {
    "sku": "KURTA-S-RED",
    "summaries": [
        {
            "marketplaceId": INDIA,
            "asin": "B0TEST0001",
            "productType": "KURTA",
            "conditionType": "new_new",
            "status": ["BUYABLE", "DISCOVERABLE"],
            "fnSku": "X000000001",
            "itemName": "Handloom Kurta",
            "createdDate": "2026-01-02T03:04:05.678Z",
            "lastUpdatedDate": "2026-11-20T10:00:00Z",
            "mainImage": {"link": "https://images.example.com/1.jpg"},
        },
        {"marketplaceId": US, "asin": "B0OTHER", "status": []},
    ],
    "attributes": {
        "brand": [
            {"value": "Kaveri US", "marketplace_id": US},
            {"value": "Kaveri", "marketplace_id": INDIA},
        ],
        "size": [{"value": "S", "marketplace_id": INDIA}],
        "color": [{"value": "Rouge", "marketplace_id": US}, {"value": "Red"}],
        "externally_assigned_product_identifier": [
            {"type": "ean", "value": "8901000000019", "marketplace_id": INDIA},
            {"type": "upc", "value": "012345678905", "marketplace_id": US},
            {"type": "gtin", "value": 8901000000019},
        ],
        "fulfillment_availability": [
            {
                "fulfillment_channel_code": "DEFAULT",
                "quantity": 99,
                "lead_time_to_ship_max_days": 4,
            }
        ],
    },
    "issues": [
        {
            "code": "90220",
            "message": "'size' is required.",
            "severity": "ERROR",
            "categories": ["MISSING_ATTRIBUTE"],
            "attributeNames": ["size"],
            "enforcements": {
                "actions": [{"action": "LISTING_SUPPRESSED"}],
                "exemption": {"status": "NOT_EXEMPT"},
            },
            "marketplaceIds": [INDIA],
        },
        {"code": "1", "message": "Elsewhere", "marketplaceIds": [US]},
        {"code": "2", "message": "Everywhere", "severity": "INFO"},
    ],
    "offers": [
        {
            "marketplaceId": INDIA,
            "offerType": "B2B",
            "price": {"currencyCode": "INR", "amount": "850.00"},
        },
        {
            "marketplaceId": US,
            "offerType": "B2C",
            "price": {"currencyCode": "USD", "amount": "30.00"},
        },
        {
            "marketplaceId": INDIA,
            "offerType": "B2C",
            "price": {"currencyCode": "INR", "amount": "799.00"},
            "audience": {"value": "SOME_PROGRAM"},
        },
        {
            "marketplaceId": INDIA,
            "offerType": "B2C",
            "price": {"currencyCode": "INR", "amount": "899.00"},
            "audience": {"value": "ALL"},
        },
    ],
    "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 7}],
    "relationships": [
        {
            "marketplaceId": INDIA,
            "relationships": [
                {"type": "PACKAGE_HIERARCHY", "childSkus": ["ONE-PIECE"]},
                {
                    "type": "VARIATION",
                    "parentSkus": ["KURTA"],
                    "variationTheme": {
                        "theme": "SIZE_NAME/COLOR_NAME",
                        "attributes": ["size_name", "color"],
                    },
                },
            ],
        },
        {
            "marketplaceId": US,
            "relationships": [{"type": "VARIATION", "parentSkus": ["ELSEWHERE"]}],
        },
    ],
}


def changed(**blocks):
    return {**copy.deepcopy(RICH), **blocks}


def read(data, marketplace_id=INDIA):
    return Listing.from_json(data, marketplace_id)


def test_everything_is_read_and_only_of_its_marketplace():
    listing = read(RICH)
    assert (listing.seller_sku, listing.asin) == ("KURTA-S-RED", "B0TEST0001")
    assert (listing.title, listing.brand) == ("Handloom Kurta", "Kaveri")
    assert (listing.product_type, listing.condition) == ("KURTA", "new_new")
    assert listing.statuses == {"BUYABLE", "DISCOVERABLE"}
    assert listing.is_buyable
    assert listing.fn_sku == "X000000001"
    assert listing.image_url == "https://images.example.com/1.jpg"
    created = datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc)
    updated = datetime(2026, 11, 20, 10, 0, tzinfo=timezone.utc)
    assert (listing.created_time, listing.last_updated_time) == (created, updated)
    assert listing.price == Money(Decimal("899.00"), "INR")
    assert listing.availability == (Availability("DEFAULT", 7, 4),)
    assert (listing.quantity, listing.handling_days) == (7, 4)
    assert listing.fulfilled_by == "MERCHANT"
    assert [issue.code for issue in listing.issues] == ["90220", "2"]
    first = listing.issues[0]
    assert (first.message, first.severity) == ("'size' is required.", "ERROR")
    assert first.attribute_names == ("size",)
    assert first.categories == ("MISSING_ATTRIBUTE",)
    assert first.actions == ("LISTING_SUPPRESSED",)
    assert listing.external_ids == (
        ExternalId("EAN", "8901000000019"),
        ExternalId("GTIN", "8901000000019"),
    )
    assert listing.notes == ()
    assert listing.blocks == set(RICH) - {"sku"}


def test_the_family_is_read():
    """S63 and S169: variations, with any number of attributes."""
    listing = read(RICH)
    assert (listing.parent_skus, listing.child_skus) == (("KURTA",), ())
    assert not listing.is_parent
    assert listing.variation_theme == "SIZE_NAME/COLOR_NAME"
    assert listing.variation == (("size_name", "S"), ("color", "Red"))
    package = Relationship("PACKAGE_HIERARCHY", child_skus=("ONE-PIECE",))
    assert package in listing.relationships
    names = [f"attribute_{number}" for number in range(7)]
    data = changed()
    relation = data["relationships"][0]["relationships"][1]
    relation["variationTheme"]["attributes"] = names
    data["attributes"].update({name: [{"value": name.upper()}] for name in names})
    expected = tuple((name, name.upper()) for name in names)
    assert read(data).variation == expected


def test_a_parent_has_children_and_no_values():
    theme = {"theme": "SIZE", "attributes": ["size"]}
    relation = {"type": "VARIATION", "childSkus": ["A", "B"], "variationTheme": theme}
    place = {"marketplaceId": INDIA, "relationships": [relation]}
    listing = read(changed(relationships=[place]))
    assert listing.is_parent
    assert listing.child_skus == ("A", "B")
    assert (listing.parent_skus, listing.variation) == ((), ())


@pytest.mark.parametrize(
    ("name", "key", "entry", "value"),
    [
        ("size", "size", {"value": "L"}, "L"),
        ("size_name", "size", {"value": "L"}, "L"),
        ("size", "size_name", {"value": "L"}, "L"),
        ("number_of_items", "number_of_items", {"value": 6}, "6"),
        ("item_weight", "item_weight", {"value": 1.5, "unit": "kg"}, "1.5 kg"),
        ("is_framed", "is_framed", {"value": True}, "true"),
        ("size", "size", {"size": "xl", "size_class": "alpha"}, "xl"),
        ("size", "size", {"size": [{"value": 42, "unit": "cm"}]}, "42"),
        ("color", "color", {"value": {"value": "Sky"}}, "Sky"),
        ("color", "color", {"standardized_values": ["Blue"]}, None),
        ("color", "colour", {"value": "Blue"}, None),
        ("color", "color", {"value": "Bleu", "marketplace_id": US}, None),
        ("color", "color", "Blue", None),
    ],
)
def test_forms_of_a_variation_value(name, key, entry, value):
    data = changed(attributes={key: [entry]})
    relation = data["relationships"][0]["relationships"][1]
    relation["variationTheme"]["attributes"] = [name]
    listing = read(data)
    assert listing.variation == (() if value is None else ((name, value),))


@pytest.mark.parametrize(
    ("codes", "submitted", "expected"),
    [
        (["DEFAULT"], [], "MERCHANT"),
        (["AMAZON_IN"], [], "AMAZON"),
        (["AMAZON_NEW_NETWORK"], [], "AMAZON"),
        (["DEFAULT", "AMAZON_EU"], [], "AMAZON"),
        (["SOMETHING_NEW"], [], None),
        (["SOMETHING_NEW", "DEFAULT"], [], "MERCHANT"),
        ([], [], None),
        ([], ["DEFAULT"], "MERCHANT"),
        ([], ["AMAZON_IN"], "AMAZON"),
        (["AMAZON_IN"], ["DEFAULT"], "AMAZON"),
        (["DEFAULT"], ["AMAZON_IN"], "MERCHANT"),
    ],
)
def test_who_fulfils_is_read_and_never_guessed(codes, submitted, expected):
    """What is for sale counts, not what was submitted once."""
    live = [{"fulfillmentChannelCode": code} for code in codes]
    sent = [{"fulfillment_channel_code": code, "quantity": 9} for code in submitted]
    data = {
        "sku": "A",
        "fulfillmentAvailability": live,
        "attributes": {"fulfillment_availability": sent},
    }
    listing = read(data)
    assert listing.fulfilled_by == expected
    assert listing.quantity is None


def test_what_is_absent_is_none_or_empty():
    listing = read({"sku": "A"})
    assert listing.blocks == frozenset()
    for name in ("asin", "title", "condition", "statuses", "price", "fulfilled_by"):
        assert getattr(listing, name) is None
    for name in ("issues", "availability", "relationships", "variation", "notes"):
        assert getattr(listing, name) == ()
    assert (listing.quantity, listing.handling_days) == (None, None)
    assert (listing.variation_theme, listing.is_parent) == (None, False)
    assert not listing.is_buyable


def test_an_empty_status_is_inactive_and_no_status_is_unknown():
    assert read(RICH, US).statuses == frozenset()
    summary = {"marketplaceId": INDIA}
    assert read(changed(summaries=[summary])).statuses is None
    odd = read(changed(summaries=[{**summary, "status": "BUYABLE"}]))
    assert odd.statuses is None
    assert odd.notes == ("summaries[0].status: expected a list",)


def test_the_title_may_stand_among_the_attributes_only():
    data = changed(summaries=[])
    data["attributes"]["item_name"] = [{"value": "चाय", "marketplace_id": INDIA}]
    data["attributes"]["condition_type"] = [{"value": "used_good"}]
    assert (read(data).title, read(data).condition) == ("चाय", "used_good")


def test_unknown_values_survive_with_a_note():
    data = changed()
    data["summaries"][0]["status"].append("GLOWING")
    data["issues"][0]["severity"] = "FATAL"
    data["relationships"][0]["relationships"][0]["type"] = "SISTERHOOD"
    listing = read(data)
    assert "GLOWING" in listing.statuses
    assert listing.issues[0].severity == "FATAL"
    assert listing.relationships[0].type == "SISTERHOOD"
    assert len(listing.notes) == 3
    assert not any("GLOWING" in note for note in listing.notes)


def _places(value, path=()):
    """The path of every value in `value`."""
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            yield from _places(value[key], (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _places(part, (*path, index))


def _with(data, path, value):
    data = copy.deepcopy(data)
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return data


WRONG = (None, True, 3, -0.5, "text", [], {}, [None], [[]], {"value": []}, float("inf"))


def test_one_bad_value_never_breaks_a_listing():
    """Every value in turn is replaced by each kind of nonsense."""
    places = [path for path in _places(RICH) if path != ("sku",)]
    assert len(places) > 90
    for path in places:
        for wrong in WRONG:
            listing = read(_with(RICH, path, wrong))
            assert listing.seller_sku == "KURTA-S-RED"
            hash(listing)


@pytest.mark.parametrize(
    "data", [{}, {"sku": ""}, {"sku": None}, {"sku": True}, [], None]
)
def test_without_a_sku_there_is_no_listing(data):
    with pytest.raises(ValueError, match="sku"):
        read(data)


@pytest.mark.parametrize("sku", [" ", "a ", "A", "चाय", "a,b/c%", "0"])
def test_a_sku_is_kept_as_it_is(sku):
    assert read({"sku": sku}).seller_sku == sku


def test_marketplaces_of_an_item():
    assert marketplaces_of(RICH) == (INDIA, US)
    assert marketplaces_of({"sku": "A", "offers": [{"marketplaceId": US}]}) == (US,)
    assert marketplaces_of({"sku": "A", "summaries": "none"}) == ()


# --- Amazon's own examples ------------------------------------------------------


def _examples():
    """Every item in the examples and sandbox answers of Amazon's model."""
    found = []

    def collect(value):
        if isinstance(value, dict):
            if isinstance(value.get("sku"), str) and "summaries" in value:
                found.append(value)
            for part in value.values():
                collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    for name in ("searchListingsItems", "getListingsItem"):
        collect(operation(MODEL, name)[2]["responses"])
    return found


@requires_models
def test_amazons_examples_are_read():
    examples = _examples()
    assert len(examples) >= 4
    for item in examples:
        assert marketplaces_of(item) == (US, CANADA)
        here, there = read(item, US), read(item, CANADA)
        assert (here.notes, there.notes) == ((), ())
        assert here.asin == there.asin == "B071VG5N9D"
        assert here.title == "Hardside Carry-On Spinner Suitcase Luggage"
        assert (here.statuses, there.statuses) == ({"BUYABLE"}, frozenset())
        assert here.price == Money(Decimal("100.00"), "USD")
        assert there.price == Money(Decimal("130.00"), "CAD")
        assert (here.fulfilled_by, here.quantity) == ("MERCHANT", 100)
        assert len(here.issues) > len(there.issues) > 0
        brand = "SAMSUNG" if "attributes" in item else None
        assert (here.brand, there.brand) == (brand, brand)


@requires_models
def test_what_is_read_has_amazons_names():
    """A misspelt name in RICH would prove nothing."""
    text = json.dumps(load(MODEL))
    for path in _places(RICH):
        name = path[-1]
        # The attributes' names are not in the model, but in that of product types.
        if isinstance(name, str) and path[0] != "attributes":
            assert f'"{name}"' in text, name
