# SPDX-License-Identifier: LGPL-3.0-or-later
"""The scenario "india": what GST asks of orders, in Amazon's form."""

from decimal import Decimal

import pytest
from contract.models import assert_valid, requires_models
from sp_api_simulator import Simulator


@pytest.fixture(scope="module")
def orders():
    """{name of the case: order}"""
    simulator = Simulator(seed=1)
    names = simulator.seed_scenario("india", orders=None)["IN"]
    return {names[order["orderId"]]: order for order in simulator.truth()}


def tax(order):
    return sum(
        Decimal(entry["subtotal"]["amount"])
        for item in order["orderItems"]
        for entry in item["proceeds"]["breakdowns"]
        if entry["type"] == "TAX"
    )


def test_every_case_is_there_once(orders):
    assert len(orders) > 50
    assert len({order["orderId"] for order in orders.values()}) == len(orders)
    buyers = {order["buyer"]["buyerEmail"] for order in orders.values()}
    assert len(buyers) > 40


def test_odd_and_even_paise(orders):
    paise = {int(tax(order) * 100) for order in orders.values()}
    assert {paisa % 2 for paisa in paise} == {0, 1}
    assert 0 in paise


def test_places(orders):
    addresses = [one["recipient"]["deliveryAddress"] for one in orders.values()]
    states = {address.get("stateOrRegion") for address in addresses}
    assert {None, " ", "APO", "RAJSHTHAN", "DADRA AND NAGAR"} <= states
    assert {address["countryCode"] for address in addresses} == {"IN", "US", "DE"}


def test_the_same_seed_makes_the_same_orders(orders):
    again = Simulator(seed=1)
    again.seed_scenario("india", orders=None)
    found = [order["orderId"] for order in again.truth()]
    assert sorted(found) == sorted(order["orderId"] for order in orders.values())


@requires_models
def test_orders_are_amazons(orders):
    for order in orders.values():
        assert_valid("orders_2026-01-01", "Order", order)
