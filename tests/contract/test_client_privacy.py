# SPDX-License-Identifier: LGPL-3.0-or-later
"""Nothing of a buyer stays in the public part of an order."""

import copy
import json

from contract.test_client_orders_data import RICH, address, leaves, objects
from sp_api import Order, split_order


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
    public, _personal = split_order(RICH)
    order, whole = Order.from_json(public), Order.from_json(RICH)
    assert (order.country_code, order.state_or_region) == ("IN", "KARNATAKA")
    assert order.buyer_purchase_order_number == "PO-77"
    assert order.packages[0].tracking_number == "TRACK-9"
    assert order.payments[0].method == "CashOnDelivery"
    assert order.proceeds == whole.proceeds
    assert order.items == whole.items
    assert order.items[0].cancel_reason == "Buyer requested cancellation"
    assert order.items[0].gift_wrap_level == "CLASSIC"


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
