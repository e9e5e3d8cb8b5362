# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon adds to its orders is found, and nothing of it is stored or believed."""

import copy

import pytest
from contract.models import load, requires_models
from contract.test_client_orders_data import RICH, objects
from sp_api import Order, find_unknown_fields
from sp_api.unknown_fields import NO_NAME

# That order has two of its own.
NEW = {"buyer.aNewField", "aNewBlock"}
# Nothing within them is looked at.
UNREAD = ("shipFromAddress", "picking")


def _place(path):
    return ".".join(step for step in path if isinstance(step, str))


def _with(path, key, value):
    order = copy.deepcopy(RICH)
    target = order
    for step in path:
        target = target[step]
    target[key] = value
    return order


def _find_more(order):
    return set(find_unknown_fields(order)) - NEW


def test_only_new_fields_are_found():
    assert set(find_unknown_fields(RICH)) == NEW


def test_a_new_field_is_found_wherever_it_is():
    """Each object of the order gets one."""
    tried = 0
    for path in objects(RICH):
        if not {*UNREAD, "aNewBlock"} & set(path):
            found = _find_more(_with(path, "ecoFee", {"pii": "pii"}))
            assert _place((*path, "ecoFee")) in found, path
            tried += 1
    assert tried > 20


@pytest.mark.parametrize("key", ["Asha Rao", "asha@example.com", "x" * 60, "", "12"])
def test_what_is_no_name_of_a_field_is_not_repeated(key):
    assert _find_more(_with((), key, "pii")) == {NO_NAME}


@pytest.mark.parametrize("raw", [None, [], "text", 7, {"orderItems": "text"}])
def test_odd_forms_are_survived(raw):
    assert find_unknown_fields(raw) == ()


@requires_models
def test_each_field_of_amazons_model_is_known():
    definitions = load("orders_2026-01-01")["definitions"]

    def example(schema):
        if "$ref" in schema:
            return example(definitions[schema["$ref"].rsplit("/", 1)[1]])
        parts = [schema, *schema.get("allOf", [])]
        if schema.get("type") == "array":
            return [example(schema["items"])]
        if any("properties" in part or "$ref" in part for part in parts):
            joined = {}
            for part in parts:
                if part is not schema:
                    joined.update(example(part))
                for name, rule in part.get("properties", {}).items():
                    joined[name] = example(rule)
            return joined
        return "text"

    order = example(definitions["Order"])
    assert len(order) > 10
    assert find_unknown_fields(order) == ()


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("fulfillment", "fulfillmentStatus"), "fulfillment.fulfillmentStatus"),
        (("salesChannel", "channelName"), "salesChannel.channelName"),
        (
            ("orderItems", 0, "proceeds", "breakdowns", 0, "type"),
            "orderItems.proceeds.breakdowns.type",
        ),
    ],
)
def test_a_new_word_is_told_with_its_place(path, place):
    order = _with(path[:-1], path[-1], "INVENTED")
    assert Order.from_json(order).unknown_words == ((place, "INVENTED"),)


def test_known_words_are_not_told():
    assert Order.from_json(RICH).unknown_words == ()
