# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulator held against Amazon's own models.

`contract.models` checks with another library than the simulator checks itself with.
"""

import copy

import pytest
from contract.models import (
    assert_answer,
    assert_request,
    assert_valid,
    load,
    operation,
    problems,
    request_problems,
    requires_models,
)
from contract.test_simulator_support import Caller, make_order
from sp_api_simulator import Simulator
from sp_api_simulator.messages import Answer
from sp_api_simulator.orders_api import PARAMETERS
from sp_api_simulator.orders_view import INCLUDED_DATA
from sp_api_simulator.simulator import REGISTRY
from sp_api_simulator.validation import ModelLibrary

ORDERS = "orders_2026-01-01"
EVERYTHING = ",".join(INCLUDED_DATA)

pytestmark = requires_models


@pytest.mark.parametrize("route", REGISTRY, ids=lambda route: route.operation)
def test_routes_are_amazons(route):
    path, method, found = operation(route.model, route.operation)
    assert (route.template, route.method) == (path, method)
    rate, burst = ModelLibrary.find().plan(route.model, route.operation)
    assert (route.rate, route.burst) == (rate, burst)
    assert f"| {route.rate:g} | {route.burst} |" in found["description"]


def test_known_parameters_are_amazons():
    declared = operation(ORDERS, "searchOrders")[2]["parameters"]
    assert {item["name"] for item in declared} == PARAMETERS
    (data,) = (item for item in declared if item["name"] == "includedData")
    assert tuple(data["items"]["enum"]) == INCLUDED_DATA


@pytest.mark.parametrize("scenario", ["plain", "money"])
def test_every_seeded_order_follows_the_model(scenario):
    simulator = Simulator()
    simulator.seed_scenario(scenario, orders=150, seed=11)
    orders = simulator.truth()
    assert len(orders) >= 85
    for order in orders:
        assert_valid(ORDERS, "Order", order)


def test_every_page_and_order_follows_the_model(world):
    world.quotas.enabled = False
    for key in ("IN", "US"):
        caller = Caller(world, key)
        query = {"maxResultsPerPage": "7", "includedData": EVERYTHING}
        query["createdAfter"] = "2026-01-01T00:00:00Z"
        assert_request(ORDERS, "searchOrders", query)
        answer = caller.search(**query)
        assert len(answer.json()["orders"]) == 7
        assert_answer(ORDERS, "searchOrders", answer)
        order_id = answer.json()["orders"][0]["orderId"]
        one = caller.order(order_id, includedData=EVERYTHING)
        assert_answer(ORDERS, "getOrder", one)


def test_shipped_and_cancelled_orders_follow_the_model(world):
    world.quotas.enabled = False
    first, second = [
        order["orderId"]
        for order in world.truth("IN")
        if order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    ][:2]
    world.ship_order(first)
    world.cancel_order(second)
    for order_id in (first, second):
        answer = Caller(world, "IN").order(order_id, includedData=EVERYTHING)
        assert_answer(ORDERS, "getOrder", answer)


@pytest.mark.parametrize(
    ("status", "query"),
    [(400, {"maxResultsPerPage": "0"}), (403, {"marketplaceIds": "NOWHERE"})],
)
def test_errors_follow_the_model(india, status, query):
    answer = india.search(**query)
    assert answer.status_code == status
    assert_answer(ORDERS, "searchOrders", answer)


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_fault_errors_follow_the_model(simulator, india, status):
    kind = "throttle" if status == 429 else "error"
    options = {} if status == 429 else {"status": status}
    simulator.add_fault(kind, operation="searchOrders", **options)
    assert_answer(ORDERS, "searchOrders", india.search())


def test_a_refused_request_is_refused_by_the_model_too(india):
    for query in (
        {"lastUpdatedAfter": "2026-01-01T00:00:00Z", "colour": "red"},
        {"lastUpdatedAfter": "2026-01-01T00:00:00Z", "fulfilledBy": "AFN"},
    ):
        assert request_problems(ORDERS, "searchOrders", query)
        assert india.get("/orders/2026-01-01/orders", **query).status_code == 400


# --- the checks themselves can fail -------------------------------------------


def spoilt(change):
    order = make_order(
        createdTime="2026-01-01T00:00:00Z", lastUpdatedTime="2026-01-01T00:00:00Z"
    )
    assert problems(ORDERS, "Order", order) == []
    order = copy.deepcopy(order)
    change(order)
    return order


SPOILERS = {
    "misspelt name": lambda order: order.update(shiping={}),
    "missing name": lambda order: order.pop("orderItems"),
    "foreign status": lambda order: order["fulfillment"].update(
        fulfillmentStatus="CANCELED"
    ),
    "number for text": lambda order: order.update(orderId=4031234567),
    "amount as number": lambda order: order.update(
        proceeds={"grandTotal": {"amount": 1.5, "currencyCode": "INR"}}
    ),
    "misspelt name inside": lambda order: order["orderItems"][0].update(
        proceeds={"itemProceedsTotal": {"amount": "1", "currencyCode": "INR"}}
    ),
}


@pytest.mark.parametrize("name", SPOILERS)
def test_both_checks_find_a_spoilt_order(name):
    order = spoilt(SPOILERS[name])
    assert problems(ORDERS, "Order", order)
    assert ModelLibrary.find().problems(ORDERS, "Order", order)


def test_slow_library_finds_the_same(monkeypatch):
    """The simulator's second choice, where only jsonschema is installed."""
    monkeypatch.setattr("sp_api_simulator.validation.fastjsonschema", None)
    library = ModelLibrary(ModelLibrary.find().folder)
    for spoil in SPOILERS.values():
        assert library.problems(ORDERS, "Order", spoilt(spoil))
    assert library.problems(ORDERS, "Order", spoilt(lambda order: None)) == []


@pytest.fixture
def faulty(simulator, india, monkeypatch):
    """A simulator whose getAccount answers what Amazon never would."""
    (route,) = (
        route for route in simulator.routes.all if route.operation == "getAccount"
    )
    wrong = Answer(200, {"payload": {"sellingPlan": "GRATIS"}})
    monkeypatch.setitem(route.__dict__, "handler", lambda call: wrong)
    return india


def test_own_wrong_answer_is_a_500(faulty):
    answer = faulty.get("/sellers/v1/account")
    assert answer.status_code == 500
    (error,) = answer.json()["errors"]
    assert error["code"] == "SimulatorFault"
    assert "GetAccountResponse" in error["details"]


def test_own_wrong_answer_passes_when_not_strict(simulator, faulty):
    simulator.strict = False
    assert faulty.get("/sellers/v1/account").status_code == 200


def test_without_models_it_runs_and_says_so_once(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SP_API_MODELS", str(tmp_path / "nowhere"))
    monkeypatch.setattr("sp_api_simulator.validation.SAID", set())
    for _number in range(2):
        simulator = Simulator()
        assert simulator.models is None
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "SP_API_MODELS" in lines[0]
    simulator.add_seller("IN", "eu", ["A21TJRUUN4KGV"])
    simulator.put_orders("IN", [make_order(anything="goes")])
    assert len(simulator.truth()) == 1


def test_every_model_at_hand_loads():
    assert load("sellers")["swagger"] == "2.0"
    library = ModelLibrary.find()
    for name in ("sellers", ORDERS):
        for definition in load(name)["definitions"]:
            assert isinstance(library.problems(name, definition, None), list)
