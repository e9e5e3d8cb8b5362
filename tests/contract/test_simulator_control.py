# SPDX-License-Identifier: LGPL-3.0-or-later
"""The control API and the command line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from contract.models import requires_models
from contract.test_simulator_support import Caller, make_order
from sp_api_simulator import Simulator
from sp_api_simulator.clock import parse_time

TESTS = Path(__file__).resolve().parents[1]
ORDER_ID = make_order()["orderId"]


@pytest.fixture
def seller(control):
    status, body = control(
        "POST",
        "/sellers",
        {"key": "IN", "region": "eu", "marketplace_ids": ["A21TJRUUN4KGV"]},
    )
    assert status == 200
    return body


# --- orders -------------------------------------------------------------------


def test_whole_orders_in_and_out(simulator, control, seller):
    order = make_order()
    status, body = control("POST", "/orders", {"seller": "IN", "orders": [order]})
    assert (status, body) == (200, {"stored": [ORDER_ID]})
    _status, one = control("GET", f"/orders/{ORDER_ID}")
    assert one["seller"] == "IN"
    assert {name: one["order"][name] for name in order} == order
    assert parse_time(one["order"]["lastUpdatedTime"]) == simulator.clock.now()


def test_truth_in_pages_and_by_status(control, seller):
    orders = [make_order(number) for number in range(1, 6)]
    control("POST", "/orders", {"seller": "IN", "orders": orders})
    control("POST", f"/orders/{ORDER_ID}/cancel")
    _status, every = control("GET", "/orders")
    assert (every["total"], len(every["orders"])) == (5, 5)
    _status, page = control("GET", "/orders", seller="IN", offset=3, limit=10)
    assert page["orders"] == every["orders"][3:]
    _status, found = control("GET", "/orders", status="CANCELLED")
    assert [order["orderId"] for order in found["orders"]] == [ORDER_ID]


@requires_models
def test_orders_against_the_model_are_refused_unless_meant(simulator, control, seller):
    wrong = make_order(shippingPrice={"amount": "1.00"})
    data = {"seller": "IN", "orders": [wrong]}
    status, body = control("POST", "/orders", data)
    assert status == 400
    assert "additionalProperties" in body["error"]
    status, _body = control("POST", "/orders", {**data, "check": False})
    assert status == 200
    shown = Caller(simulator, "IN").order(ORDER_ID)
    assert shown.json()["order"]["shippingPrice"] == {"amount": "1.00"}


def test_ship_in_two_parcels(simulator, control, seller):
    item_id = make_order()["orderItems"][0]["orderItemId"]
    simulator.put_orders("IN", [make_order()])
    parcel = {"items": {item_id: 1}, "carrier": "Delhivery", "tracking": "D1"}
    _status, body = control("POST", f"/orders/{ORDER_ID}/ship", parcel)
    order = body["order"]
    assert order["fulfillment"]["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    assert order["packages"][0]["trackingNumber"] == "D1"
    _status, body = control("POST", f"/orders/{ORDER_ID}/ship", {"reference": "2"})
    order = body["order"]
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert order["orderItems"][0]["fulfillment"] == {
        "quantityFulfilled": 2,
        "quantityUnfulfilled": 0,
    }
    quantities = [
        package["packageItems"][0]["quantity"] for package in order["packages"]
    ]
    assert quantities == [1, 1]
    for path in ("ship", "cancel"):
        status, body = control("POST", f"/orders/{ORDER_ID}/{path}")
        assert status == 409, body


@pytest.mark.parametrize("items", [{"00000000000001": 3}, {"7": 1}, {}])
def test_impossible_parcels(simulator, control, seller, items):
    simulator.put_orders("IN", [make_order()])
    status, _body = control("POST", f"/orders/{ORDER_ID}/ship", {"items": items})
    assert status == 409
    assert "packages" not in simulator.truth("IN")[0]


def test_cancel(simulator, control, seller):
    simulator.put_orders("IN", [make_order()])
    data = {"by": "MERCHANT", "reason": "NO_INVENTORY"}
    _status, body = control("POST", f"/orders/{ORDER_ID}/cancel", data)
    order = body["order"]
    assert order["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    (item,) = order["orderItems"]
    assert item["fulfillment"]["quantityUnfulfilled"] == 0
    execution = item["cancellation"]["cancellationExecution"]
    assert execution == {"cancelledBy": "MERCHANT", "cancelReason": "NO_INVENTORY"}


def test_update_is_a_merge_patch(simulator, control, seller):
    simulator.put_orders("IN", [make_order(programs=["PRIME"])])
    simulator.clock.advance(60)
    item_id = make_order()["orderItems"][0]["orderItemId"]
    patch = {
        "programs": None,
        "fulfillment": {"fulfillmentServiceLevel": "EXPEDITED"},
        "orderItems": {item_id: {"quantityOrdered": 5}},
    }
    _status, body = control("POST", f"/orders/{ORDER_ID}/update", patch)
    order = body["order"]
    assert "programs" not in order
    assert order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert order["fulfillment"]["fulfillmentServiceLevel"] == "EXPEDITED"
    assert order["orderItems"][0]["quantityOrdered"] == 5
    assert order["orderItems"][0]["product"]["title"] == "Cotton Kurta"
    assert parse_time(order["lastUpdatedTime"]) == simulator.clock.now()
    patch = {"orderItems": {"7": {"quantityOrdered": 5}}}
    assert control("POST", f"/orders/{ORDER_ID}/update", patch)[0] == 409


@requires_models
def test_update_against_the_model(simulator, control, seller):
    simulator.put_orders("IN", [make_order()])
    patch = {"fulfillment": {"fulfillmentStatus": "LOST_IN_SPACE"}}
    path = f"/orders/{ORDER_ID}/update"
    assert control("POST", path, patch)[0] == 409
    assert control("POST", path, patch, check=0)[0] == 200
    shown = Caller(simulator, "IN").order(ORDER_ID, includedData="FULFILLMENT")
    status = shown.json()["order"]["fulfillment"]["fulfillmentStatus"]
    assert status == "LOST_IN_SPACE"


def test_what_the_caller_keeps_is_not_what_is_stored(simulator, seller):
    order = make_order()
    simulator.put_orders("IN", [order])
    order["orderItems"][0]["quantityOrdered"] = 99
    assert simulator.truth("IN")[0]["orderItems"][0]["quantityOrdered"] == 2


# --- the rest of the control API ----------------------------------------------


def test_created_seller_can_call(simulator, control, seller):
    caller = Caller(simulator, "IN")
    assert caller.search().status_code == 200
    assert seller["api_url"] == f"{simulator.url}/eu"
    assert seller["lwa_url"] == f"{simulator.url}/auth/o2/token"
    _status, body = control("GET", "/sellers")
    assert body["sellers"] == [seller]


def test_seller_with_chosen_credentials(control):
    chosen = {
        "client_id": "amzn1.application-oa2-client.mine",
        "client_secret": "amzn1.oa2-cs.v1.mine",
        "refresh_token": "Atzr|mine",
    }
    data = {"key": "US", "region": "na", "marketplace_ids": ["ATVPDKIKX0DER"]}
    _status, body = control("POST", "/sellers", {**data, **chosen})
    assert {name: body[name] for name in chosen} == chosen
    assert control("POST", "/sellers", data)[0] == 400
    wrong = {**data, "key": "XX", "marketplace_ids": ["A21TJRUUN4KGV"]}
    assert control("POST", "/sellers", wrong)[0] == 400


def test_clock(simulator, control):
    begin = simulator.clock.now()
    _status, body = control("POST", "/clock", {"advance": 3600})
    assert parse_time(body["now"]) == begin + 3600
    _status, body = control("POST", "/clock", {"now": "2027-01-01T00:00:00Z"})
    assert body == {"now": "2027-01-01T00:00:00.000Z", "factor": 0}
    assert control("POST", "/clock", {"now": "2020-01-01T00:00:00Z"})[0] == 400
    assert control("POST", "/clock", {"advance": -1})[0] == 400
    _status, body = control("POST", "/clock", {"factor": 50})
    assert body["factor"] == 50


def test_roles(simulator, control, seller):
    data = {"seller": "IN", "roles": ["Product Listing"]}
    _status, body = control("POST", "/roles", data)
    assert body == {"IN": ["Product Listing"]}
    assert simulator.sellers["IN"].roles == {"Product Listing"}
    assert control("POST", "/roles", {"seller": "IN", "roles": ["King"]})[0] == 400


def test_refused_values(simulator, control, seller):
    control("POST", "/refused", {"seller": "IN", "values": ["TAX"]})
    assert Caller(simulator, "IN").search(includedData="TAX").status_code == 400


def test_quotas(simulator, control, seller):
    data = {"operation": "searchOrders", "rate": 0.1, "burst": 1}
    _status, body = control("POST", "/quotas", data)
    assert body["plans"]["searchOrders"] == {"rate": 0.1, "burst": 1}
    caller = Caller(simulator, "IN")
    assert [caller.search().status_code for _number in range(2)] == [200, 429]
    _status, body = control("GET", "/quotas")
    (bucket,) = body["buckets"]
    assert (bucket["operation"], bucket["tokens"]) == ("searchOrders", 0)
    control("POST", "/quotas", {"enabled": False})
    assert caller.search().status_code == 200


def test_faults(simulator, control, seller):
    data = {"kind": "error", "status": 503, "operation": "searchOrders", "count": 1}
    _status, fault = control("POST", "/faults", data)
    assert Caller(simulator, "IN").search().status_code == 503
    _status, body = control("GET", "/faults")
    assert [(item["id"], item["fired"]) for item in body["faults"]] == [
        (fault["id"], 1)
    ]
    _status, body = control("DELETE", "/faults", id=fault["id"])
    assert body == {"faults": []}
    assert control("POST", "/faults", {"kind": "error", "colour": "red"})[0] == 400
    assert control("POST", "/faults", {"kind": "earthquake"})[0] == 400


@pytest.mark.parametrize(
    ("action", "error"),
    [("revoke", "invalid_grant"), ("expire_secret", "invalid_client")],
)
def test_authorisation_lost(simulator, control, seller, action, error):
    control("POST", "/lwa", {"seller": "IN", "action": action})
    assert Caller(simulator, "IN").login().json()["error"] == error


def test_authorisation_changes(simulator, control, seller):
    def act(action, **data):
        status, body = control(
            "POST", "/lwa", {"seller": "IN", "action": action, **data}
        )
        assert status == 200, body
        return body

    assert act("rotate")["client_secret"] != seller["client_secret"]
    assert act("reauthorise")["refresh_token"] != seller["refresh_token"]
    caller = Caller(simulator, "IN")
    assert caller.login().status_code == 200
    assert caller.search().status_code == 200
    act("expire_tokens")
    assert caller.search().status_code == 403
    code = act("code", redirect_uri="https://back.example.com")["code"]
    form = {
        "grant_type": "authorization_code",
        "redirect_uri": "https://back.example.com",
    }
    assert caller.login(code=code, **form).status_code == 200
    act("grants", grants=["client_credentials"])
    assert caller.login().json()["error"] == "unauthorized_client"


def test_calls_are_logged_without_secrets(simulator, control, seller):
    caller = Caller(simulator, "IN")
    caller.search(fulfilledBy="MERCHANT")
    caller.get("/orders/2026-01-01/orders", code="very-secret")
    _status, body = control("GET", "/calls", operation="searchOrders")
    good, bad = body["calls"]
    assert good["seller"] == "IN"
    assert good["status"] == 200
    assert good["query"]["fulfilledBy"] == "MERCHANT"
    assert good["user_agent"] == caller.agent
    assert parse_time(good["time"]) == simulator.clock.now()
    assert bad["query"] == {"code": "***"}
    whole = json.dumps(control("GET", "/calls")[1])
    for name in ("client_secret", "refresh_token"):
        assert seller[name] not in whole
    assert caller.token not in whole
    counts = {
        (item["operation"], item["status"]): item["count"] for item in body["counters"]
    }
    assert counts == {
        ("token", 200): 1,
        ("searchOrders", 200): 1,
        ("searchOrders", 400): 1,
    }
    control("DELETE", "/calls")
    assert control("GET", "/calls")[1] == {"calls": [], "counters": []}


def test_state_and_reset(simulator, control, seller):
    simulator.put_orders("IN", [make_order()])
    _status, body = control("GET", "/state")
    assert body["sellers"] == {"IN": {"region": "eu", "orders": 1}}
    _status, body = control("POST", "/reset")
    assert (body["sellers"], body["calls"]) == ({}, 0)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("DELETE", "/orders", 404),
        ("GET", "/orders/403-9999999-9999999", 404),
        ("POST", "/orders", 404),
        ("POST", "/lwa", 404),
    ],
)
def test_control_errors(control, method, path, status):
    assert control(method, path, {})[0] == status


# --- life ---------------------------------------------------------------------


def test_stop_hangs_up_and_a_restart_answers_under_the_same_url():
    simulator = Simulator(models=False)
    simulator.start()
    session, url = requests.Session(), f"{simulator.url}/_control/state"
    assert session.get(url, timeout=10).status_code == 200
    simulator.stop()
    with pytest.raises(requests.ConnectionError):
        session.get(url, timeout=10)
    simulator.start()
    assert session.get(url, timeout=10).status_code == 200
    simulator.stop()


def test_command_line(tmp_path):
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "sp_api_simulator", "--scenario", "plain"]
    command += [
        "--orders",
        "12",
        "--seed",
        "5",
        "--factor",
        "10",
        "--ready-file",
        ready,
    ]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        line = process.stdout.readline().decode()
        url = json.loads(_wait_for(ready, process))["url"]
        assert url in line
        state = requests.get(f"{url}/_control/state", timeout=10).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert sum(item["orders"] for item in state["sellers"].values()) == 12
    assert (state["seed"], state["factor"]) == (5, 10)


def _wait_for(path, process):
    for _number in range(200):
        if path.exists():
            return path.read_text(encoding="utf-8")
        assert process.poll() is None
        time.sleep(0.05)
    raise AssertionError("the simulator never became ready")


def test_help_names_every_option():
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "sp_api_simulator", "--help"]
    text = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout
    for option in ("port", "seed", "scenario", "orders", "factor", "ready-file"):
        assert f"--{option}" in text
