# SPDX-License-Identifier: LGPL-3.0-or-later
"""Nothing of a buyer stays in the public part of an order."""

import copy
import json

import pytest
from contract.test_client_orders_data import RICH, address, leaves, objects
from sp_api import (
    Order,
    country_code,
    forget_typed,
    is_place_name,
    read_place,
    split_order,
)

TYPED = (
    "Asha Rao",
    "Rao",
    "R. Sharma",
    "A B Rao State",
    "c/o Asha Rao, Street 5",
    "Rao, Asha",
    "Dr. Rao Province",
    "Mr Rao",
    "Watanabe Ken",
    "5 State",
    "State 5 B",
    "State",
    "Asha Rao State",
    "R State",
    "Rao & Sons Province",
    "Rao State (near the well)",
    "Umbrellastrasse",
    "山田太郎",
    "राम शर्मा",
    "محمد علي",
    "Иван Петров",
    "김철수",
    "١٢ province",
    "-",
    " ",
    "x" * 40 + " province",
    "rao@example.com state",
    "State Asha\nRao",
    "\u202eState Rao\u202c",
)


def is_state(country, text):
    return (country, text) == ("IN", "KARNATAKA")


def placed(**address):
    return {"orderId": "1", "recipient": {"deliveryAddress": address}}


@pytest.mark.parametrize("text", TYPED)
def test_no_person_passes_as_a_place(text):
    raw = placed(countryCode="IN", stateOrRegion=text)
    public, personal = split_order(raw, is_state)
    assert "stateOrRegion" not in public["recipient"]["deliveryAddress"]
    if text.strip():
        assert personal["recipient"]["stateOrRegion"] == text
    assert read_place(raw) == ("IN", text)


@pytest.mark.parametrize(
    "text",
    [
        "State of Atlantis",
        "Provincia de Lugo",
        "Atlantis-Nord Province",
        "熊本県",
        "Тверская область",
        "Región de Murcia",
        "محافظة القاهرة",
    ],
)
def test_a_place_that_says_so_passes(text):
    assert is_place_name(text)
    public, _personal = split_order(placed(countryCode="XX", stateOrRegion=text))
    assert public["recipient"]["deliveryAddress"]["stateOrRegion"] == text


@pytest.mark.parametrize(
    "value", ["India", "IND", "Asha Rao", "1N", "I", "", " ", 91, True, None, [], "İN"]
)
def test_a_country_is_two_letters(value):
    assert country_code(value) is None
    public, _personal = split_order(placed(countryCode=value, stateOrRegion="Goa"))
    assert "countryCode" not in public["recipient"]["deliveryAddress"]


def test_a_country_is_in_capitals():
    assert country_code(" in ") == "IN"


@pytest.mark.parametrize("block", ["cancellationRequest", "cancellationExecution"])
def test_only_known_reasons_are_kept(block):
    """Free text of a buyer or a seller becomes a neutral word."""

    def kept(reason):
        items = [
            {"orderItemId": "1", "cancellation": {block: {"cancelReason": reason}}}
        ]
        public, personal = split_order({"orderId": "1", "orderItems": items})
        assert personal == {}
        return public["orderItems"][0]["cancellation"][block].get("cancelReason")

    for reason in ("NoInventory", "NO_INVENTORY", "Buyer requested cancellation"):
        assert kept(reason) == reason
    for reason in ("Asha Rao asked me", "because", "NoInventory for Rao"):
        assert kept(reason) == "Other"
    for nothing in ("", " ", None, 5, True, []):
        assert kept(nothing) is None


def test_numbers_of_the_buyer_are_texts():
    """Nobody who reads encrypted data has to look what type it is of."""
    for path in leaves(RICH):
        for odd in (31337731, 1.5, True, None, [], {}):
            order = copy.deepcopy(RICH)
            target = order
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = odd
            _public, personal = split_order(order)
            for part in ("buyer", "recipient", "items"):
                for leaf in leaves(personal.get(part, {})):
                    if {"hour", "minute"} & set(leaf):
                        continue
                    value = personal[part]
                    for step in leaf:
                        value = value[step]
                    assert isinstance(value, str), (path, leaf, odd)
    order = {"orderId": "1", "buyer": {"buyerEmail": 31337731}}
    assert split_order(order)[1]["buyer"]["email"] == "31337731"


def test_no_personal_value_is_in_the_public_part():
    public, _personal = split_order(RICH)
    assert "pii" not in json.dumps(public)


def test_a_personal_value_in_any_unlisted_place_is_dropped():
    """Whatever object of the order gets a new field, it is not let through."""
    for path in objects(RICH):
        order = copy.deepcopy(RICH)
        target = order
        for step in path:
            target = target[step]
        target["amazonInventedThis"] = "pii-invented"
        public, personal = split_order(order)
        assert "pii" not in json.dumps(public), path
        assert "pii-invented" not in json.dumps(personal), path


def test_an_object_in_place_of_a_value_is_dropped():
    """A field that changes its form may hold anything."""
    for path in leaves(RICH):
        order = copy.deepcopy(RICH)
        target = order
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = {"text": "pii-changed", "list": ["pii-changed"]}
        assert "pii" not in json.dumps(split_order(order)[0]), path


def test_personal_part_is_complete():
    _public, personal = split_order(RICH)
    assert personal["buyer"] == {
        "name": "pii-buyer",
        "email": "pii-mail@marketplace.amazon.in",
        "company": "pii-buyer-company",
    }
    preference = RICH["recipient"]["deliveryPreference"]
    assert personal["recipient"] == {
        **address("to"),
        "deliveryPreference": preference,
    }
    assert personal["tax"] == RICH["tax"]["taxRegistrations"]
    assert personal["items"] == {
        "11111111111111": {
            "giftMessage": "pii-gift",
            "customizedUrl": "https://pii-url",
        }
    }


def test_public_part_reads_like_the_whole_order():
    public, _personal = split_order(RICH, is_state)
    order, whole = Order.from_json(public), Order.from_json(RICH)
    assert (order.country_code, order.state_or_region) == ("IN", "KARNATAKA")
    assert order.buyer_purchase_order_number == "PO-77"
    assert order.packages[0].tracking_number == "TRACK-9"
    assert order.payments[0].method == "CashOnDelivery"
    assert order.proceeds == whole.proceeds
    assert order.items == whole.items
    assert order.items[0].cancel_reason == "Buyer requested cancellation"
    assert order.items[0].gift_wrap_level == "CLASSIC"


def test_what_the_buyer_typed_is_forgotten():
    """The purchase order number and reasons; nothing else, and not twice."""
    raw = copy.deepcopy(RICH)
    raw["buyer"]["buyerPurchaseOrderNumber"] = "PO of Zoe"
    raw["orderItems"][0]["cancellation"] = {
        "cancellationRequest": {
            "requester": "BUYER",
            "cancelReason": "No longer needed",
        }
    }
    public, _personal = split_order(raw)
    before = copy.deepcopy(public)
    kept = forget_typed(public)
    assert public == before
    assert "PO of Zoe" not in json.dumps(kept)
    assert "cancelReason" not in json.dumps(kept)
    order, former = Order.from_json(kept), Order.from_json(public)
    assert order.items[0].cancellation_requester == "BUYER"
    assert order.proceeds == former.proceeds
    assert forget_typed(kept) == kept
    assert forget_typed({}) == {}


def test_split_leaves_the_raw_order_alone():
    raw = copy.deepcopy(RICH)
    public, personal = split_order(raw)
    public["programs"].append("X")
    personal["recipient"]["extendedFields"]["streetName"] = "X"
    assert raw == RICH


def test_order_without_buyer_or_address_has_no_personal_part():
    raw = {
        "orderId": "404-1-1",
        "buyer": {"buyerName": "", "buyerEmail": None},
        "recipient": {"deliveryAddress": {"name": "  "}},
        "tax": {"taxRegistrations": []},
        "orderItems": [{"orderItemId": "1", "product": {"customization": {}}}],
    }
    public, personal = split_order(raw)
    assert personal == {}
    assert public["orderId"] == "404-1-1"


def test_odd_forms_are_survived():
    for odd in (None, [], "x", 5, {}, {"orderItems": {}}, {"orderItems": [None, 3]}):
        public, personal = split_order(odd)
        assert isinstance(public, dict)
        assert personal == {}
    for key in RICH:
        for odd in (None, [], [None], "x", 5, {}):
            public, _personal = split_order({**RICH, key: odd})
            assert "pii" not in json.dumps(public)
