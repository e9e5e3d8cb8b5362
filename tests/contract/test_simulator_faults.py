# SPDX-License-Identifier: LGPL-3.0-or-later
"""Injected faults: each does what it says, as often as it says, and no more."""

import json
import time
from email.utils import parsedate_to_datetime

import pytest
import requests
from contract.test_simulator_support import Caller, make_order
from sp_api_simulator.clock import DAY, MINUTE, format_time, parse_time
from sp_api_simulator.faults import Fault


@pytest.fixture
def seller(simulator, india):
    """A caller with six old orders and no quotas."""
    simulator.quotas.enabled = False
    start = simulator.clock.now() - DAY
    orders = []
    for number in range(1, 7):
        moment = format_time(start + number)
        buyer = {"buyerName": "Asha Rao"}
        order = make_order(number, buyer=buyer)
        orders.append({**order, "createdTime": moment, "lastUpdatedTime": moment})
    simulator.put_orders("IN", orders)
    # Logged in beforehand: a fault on "*" concerns the token endpoint as well.
    india.token = india.login().json()["access_token"]
    return india


def statuses(seller, count, **query):
    return [seller.search(**query).status_code for _number in range(count)]


def ids(answer):
    return [order["orderId"] for order in answer.json()["orders"]]


def test_count(simulator, seller):
    simulator.add_fault("error", count=2)
    assert statuses(seller, 4) == [500, 500, 200, 200]


def test_after_some_calls(simulator, seller):
    simulator.add_fault("error", after=2, count=1)
    assert statuses(seller, 4) == [200, 200, 500, 200]


def test_probability_is_reproducible(simulator, seller):
    simulator.add_fault("error", probability=0.5)
    found = statuses(seller, 40)
    assert 8 < found.count(500) < 32


def test_operation_pattern(simulator, seller):
    simulator.add_fault("error", operation="get*")
    assert seller.search().status_code == 200
    assert seller.order(make_order()["orderId"]).status_code == 500
    assert seller.get("/sellers/v1/account").status_code == 500


def test_one_seller_only(simulator, seller):
    simulator.add_fault("error", seller="OTHER")
    assert seller.search().status_code == 200


def test_cleared(simulator, seller):
    first = simulator.add_fault("error", status=500)
    simulator.add_fault("error", operation="searchOrders", status=503)
    assert statuses(seller, 1) == [500]
    simulator.faults.clear(first.id)
    assert statuses(seller, 1) == [503]
    simulator.faults.clear()
    assert statuses(seller, 1) == [200]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "Unauthorized"),
        (500, "InternalFailure"),
        (503, "ServiceUnavailable"),
    ],
)
def test_errors(simulator, seller, status, code):
    simulator.add_fault("error", status=status)
    answer = seller.search()
    assert answer.status_code == status
    assert answer.json()["errors"][0]["code"] == code
    assert answer.headers["x-amzn-RequestId"]


def test_throttle_bare(simulator, seller):
    simulator.add_fault("throttle")
    answer = seller.search()
    assert answer.status_code == 429
    assert answer.json()["errors"][0]["code"] == "QuotaExceeded"
    assert not {"Retry-After", "x-amzn-RateLimit-Limit"} & set(answer.headers)


def test_throttle_with_headers(simulator, seller):
    simulator.add_fault("throttle", retry_after=7, limit_header=True)
    answer = seller.search()
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["x-amzn-RateLimit-Limit"] == "0.0056"


@pytest.mark.parametrize("status", [200, 503])
def test_html(simulator, seller, status):
    simulator.add_fault("html", status=status)
    answer = seller.search()
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html"
    assert "<html>" in answer.text


def test_empty(simulator, seller):
    simulator.add_fault("empty")
    answer = seller.search()
    assert (answer.status_code, answer.content) == (200, b"")


def test_truncated_json(simulator, seller):
    simulator.add_fault("truncated")
    answer = seller.search()
    assert answer.status_code == 200
    assert answer.text.startswith('{"orders"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)


def test_connection_cut_before_the_answer(simulator, seller):
    simulator.add_fault("cut_before", operation="searchOrders", count=1)
    with pytest.raises(requests.ConnectionError):
        seller.search()
    assert seller.search().status_code == 200


def test_connection_cut_in_the_middle_of_the_body(simulator, seller):
    simulator.add_fault("cut_body", operation="searchOrders", count=1)
    with pytest.raises(
        (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    ):
        seller.search()
    assert len(ids(seller.search())) == 6


def test_slow(simulator, seller):
    seller.search()
    simulator.add_fault("slow", seconds=0.4)
    begin = time.monotonic()
    answer = seller.search()
    assert time.monotonic() - begin >= 0.4
    assert answer.status_code == 200


def test_a_slow_answer_holds_up_nobody_else(simulator, seller):
    """The client's time-out, not the server's queue, decides."""
    seller.search()
    simulator.add_fault("slow", seconds=5, count=1)
    headers = {"x-amz-access-token": seller.token, "User-Agent": seller.agent}
    url = f"{seller.base}/sellers/v1/account"
    with pytest.raises(requests.ReadTimeout):
        requests.get(url, headers=headers, timeout=0.2)
    begin = time.monotonic()
    assert seller.search().status_code == 200
    assert time.monotonic() - begin < 4


def test_repeated_page(simulator, seller):
    first = seller.search(maxResultsPerPage="2").json()
    token = first["pagination"]["nextToken"]
    simulator.add_fault("repeat_page", count=1)
    query = {"maxResultsPerPage": "2", "paginationToken": token}
    assert seller.search(**query).json() == first
    after = seller.search(**query).json()
    assert after["orders"] != first["orders"]
    assert after["pagination"]["nextToken"] != token


def test_repeated_page_waits_for_a_page(simulator, seller):
    simulator.add_fault("repeat_page", count=1)
    first = seller.search(maxResultsPerPage="2").json()
    query = {"maxResultsPerPage": "2"}
    query["paginationToken"] = first["pagination"]["nextToken"]
    assert seller.search(**query).json() == first


def test_duplicates(simulator, seller):
    simulator.add_fault("duplicates")
    found = ids(seller.search())
    assert (len(found), len(set(found))) == (7, 6)


def test_disorder(simulator, seller):
    right = ids(seller.search())
    simulator.add_fault("disorder")
    found = [ids(seller.search()) for _number in range(5)]
    assert any(order != right for order in found)
    assert all(sorted(order) == sorted(right) for order in found)


def test_unknown_enum_values(simulator, seller):
    simulator.add_fault("unknown_enum", value="BRAND_NEW")
    (order, *_others) = seller.search(includedData="FULFILLMENT").json()["orders"]
    assert order["fulfillment"]["fulfillmentStatus"] == "BRAND_NEW"
    assert order["programs"] == ["BRAND_NEW"]
    assert order["fulfillment"]["fulfilledBy"] == "MERCHANT"


def test_unknown_enum_in_chosen_fields(simulator, seller):
    fields = ["channelName", "fulfilledBy"]
    simulator.add_fault("unknown_enum", fields=fields)
    (order, *_others) = seller.search(includedData="FULFILLMENT").json()["orders"]
    assert order["salesChannel"]["channelName"] == "SOMETHING_NEW"
    assert order["fulfillment"]["fulfilledBy"] == "SOMETHING_NEW"
    assert order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    with pytest.raises(ValueError, match="weather"):
        simulator.add_fault("unknown_enum", fields=["weather"])


def test_unknown_charge_type(world):
    def charges(answer):
        return {
            entry["type"]
            for order in answer.json()["orders"]
            for item in order["orderItems"]
            for entry in item.get("proceeds", {}).get("breakdowns", ())
        }

    caller = Caller(world, "IN")
    assert "SHIPPING" in charges(caller.search(includedData="PROCEEDS"))
    world.add_fault("unknown_enum", fields=["chargeType"], value="HANDLING")
    found = charges(caller.search(includedData="PROCEEDS"))
    assert "HANDLING" in found
    assert "SHIPPING" not in found


def test_missing_blocks(simulator, seller):
    simulator.add_fault("missing_blocks", blocks=["buyer", "fulfillment"])
    answer = seller.search(includedData="BUYER,FULFILLMENT")
    for order in answer.json()["orders"]:
        assert not {"buyer", "fulfillment"} & set(order)
        assert "fulfillment" not in order["orderItems"][0]
    simulator.faults.clear()
    (order, *_others) = seller.search(includedData="BUYER").json()["orders"]
    assert order["buyer"]["buyerName"] == "Asha Rao"


@pytest.mark.parametrize("seconds", [-600, 600])
def test_clock_skew(simulator, seller, seconds):
    simulator.add_fault("clock_skew", operation="searchOrders", seconds=seconds)
    answer = seller.search()
    expected = simulator.clock.now() + seconds
    shown = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert shown == int(expected)
    echoed = parse_time(answer.json()["lastUpdatedBefore"])
    assert echoed == expected - 2 * MINUTE
    before = format_time(simulator.clock.now() - 5 * MINUTE)
    status = seller.search(lastUpdatedBefore=before).status_code
    assert status == (400 if seconds < 0 else 200)


def test_faults_of_the_token_endpoint(simulator, seller):
    simulator.add_fault("error", operation="token", status=503, count=1)
    simulator.add_fault("html", operation="token", count=1, after=1)
    assert seller.login().status_code == 503
    assert "<html>" in seller.login().text
    assert seller.login().status_code == 200


def test_unknown_kind():
    with pytest.raises(ValueError, match="earthquake"):
        Fault("earthquake")
