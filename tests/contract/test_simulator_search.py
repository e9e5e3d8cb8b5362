# SPDX-License-Identifier: LGPL-3.0-or-later
"""searchOrders: windows, lag, order, pages, filters."""

import pytest
from contract.test_simulator_support import Caller, make_order
from sp_api_simulator import Simulator
from sp_api_simulator.clock import DAY, HOUR, MINUTE, format_time, parse_time

INDIA = "A21TJRUUN4KGV"
PSEUDO = "A1NONAMZN0IN91"


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [order["orderId"] for order in answer.json()["orders"]]


def refused(answer, words=""):
    assert answer.status_code == 400, answer.text
    error = answer.json()["errors"][0]
    assert error["code"] == "InvalidInput"
    assert words in error["details"]


def old_orders(simulator, count, **changes):
    """Orders that search has long since indexed, one second apart."""
    start = simulator.clock.now() - DAY
    orders = [
        make_order(
            number,
            createdTime=format_time(start + number),
            lastUpdatedTime=format_time(start + number),
            **changes,
        )
        for number in range(1, count + 1)
    ]
    simulator.put_orders("IN", orders)
    return [order["orderId"] for order in orders]


# --- indexing lag -------------------------------------------------------------


def test_new_order_appears_after_two_to_three_minutes(simulator, india):
    simulator.put_orders("IN", [make_order()])
    order_id = make_order()["orderId"]
    assert india.order(order_id).status_code == 200
    assert ids(india.search()) == []
    simulator.clock.advance(119)
    assert ids(india.search()) == []
    simulator.clock.advance(62)
    assert ids(india.search()) == [order_id]


def test_lag_differs_from_order_to_order(simulator, india):
    """A later order may be seen earlier: hence the overlap of windows."""
    simulator.quotas.enabled = False
    simulator.put_orders("IN", [make_order(number) for number in range(1, 31)])
    simulator.clock.advance(150)
    some = len(ids(india.search()))
    assert 0 < some < 30
    simulator.clock.advance(31)
    assert len(ids(india.search())) == 30


def test_search_shows_the_old_state_until_the_lag_has_passed(simulator, india):
    (order_id,) = old_orders(simulator, 1)
    simulator.cancel_order(order_id)

    def status(answer):
        return answer["fulfillment"]["fulfillmentStatus"]

    block = {"includedData": "FULFILLMENT"}
    assert status(india.search(**block).json()["orders"][0]) == "UNSHIPPED"
    assert status(india.order(order_id, **block).json()["order"]) == "CANCELLED"
    simulator.clock.advance(181)
    assert status(india.search(**block).json()["orders"][0]) == "CANCELLED"


def test_two_updates_at_once_are_two_versions(simulator, india):
    (order_id,) = old_orders(simulator, 1)
    first = simulator.update_order(order_id, {"programs": ["PRIME"]})
    second = simulator.update_order(order_id, {"programs": ["PREMIUM"]})
    assert second["lastUpdatedTime"] > first["lastUpdatedTime"]
    simulator.clock.advance(200)
    (shown,) = india.search().json()["orders"]
    assert shown["programs"] == ["PREMIUM"]


# --- windows ------------------------------------------------------------------


def test_ascending_by_update_or_creation(simulator, india):
    order_ids = old_orders(simulator, 3)
    simulator.update_order(order_ids[0], {"programs": ["PRIME"]})
    simulator.clock.advance(5 * MINUTE)
    by_update = ids(india.search())
    assert by_update == [order_ids[1], order_ids[2], order_ids[0]]
    assert ids(india.search(createdAfter="2025-01-01T00:00:00Z")) == order_ids


@pytest.mark.parametrize(
    "query",
    [
        {"createdAfter": "2026-01-01T00:00:00Z"},
        {"lastUpdatedAfter": "2026-01-01T00:00:00Z"},
    ],
)
def test_echoed_before_is_two_minutes_old(simulator, india, query):
    body = india.search(**query).json()
    name = next(iter(query)).replace("After", "Before")
    assert set(body) == {"orders", name}
    assert parse_time(body[name]) == simulator.clock.now() - 2 * MINUTE


def test_explicit_before_is_echoed(simulator, india):
    before = format_time(simulator.clock.now() - HOUR)
    assert india.search(lastUpdatedBefore=before).json()["lastUpdatedBefore"] == before


def test_before_must_be_two_minutes_old(simulator, india):
    now = simulator.clock.now()
    early = format_time(now - 2 * MINUTE)
    late = format_time(now - 2 * MINUTE + 1)
    assert india.search(lastUpdatedBefore=early).status_code == 200
    refused(india.search(lastUpdatedBefore=late), "two minutes")
    refused(
        india.search(createdAfter="2026-01-01T00:00:00Z", createdBefore=late),
        "two minutes",
    )


def test_both_ends_of_the_window_are_included(simulator, india):
    order_ids = old_orders(simulator, 5)
    times = [order["lastUpdatedTime"] for order in simulator.truth("IN")]
    answer = india.search(lastUpdatedAfter=times[1], lastUpdatedBefore=times[3])
    assert ids(answer) == order_ids[1:4]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "Exactly one"),
        (
            {
                "createdAfter": "2026-01-01T00:00:00Z",
                "lastUpdatedAfter": "2026-01-01T00:00:00Z",
            },
            "Exactly one",
        ),
        ({"createdBefore": "2026-01-01T00:00:00Z"}, "Exactly one"),
        (
            {
                "createdAfter": "2026-01-01T00:00:00Z",
                "lastUpdatedBefore": "2026-01-02T00:00:00Z",
            },
            "does not go",
        ),
        (
            {
                "lastUpdatedAfter": "2026-01-02T00:00:00Z",
                "lastUpdatedBefore": "2026-01-01T00:00:00Z",
            },
            "is before",
        ),
        ({"lastUpdatedAfter": "2026-01-01T09:00:00+09:00"}, "UTC"),
        ({"lastUpdatedAfter": "2026-01-01T09:00:00"}, "UTC"),
        ({"lastUpdatedAfter": "yesterday"}, "UTC"),
        ({"lastUpdatedAfter": "2026-01-01T09:00Z"}, "UTC"),
        ({"lastUpdatedAfter": "2026-13-01T00:00:00Z"}, "UTC"),
    ],
)
def test_refused_windows(india, query, words):
    refused(india.get("/orders/2026-01-01/orders", **query), words)


def test_reach_of_two_years(simulator, india):
    now = simulator.clock.now()
    for number, age in ((1, 731 * DAY), (2, 729 * DAY)):
        moment = format_time(now - age)
        order = make_order(number, createdTime=moment, lastUpdatedTime=moment)
        simulator.put_orders("IN", [order])
    query = {"createdAfter": format_time(now - 900 * DAY)}
    assert ids(india.search(**query)) == [make_order(2)["orderId"]]


def test_reach_in_the_far_east_is_longer(simulator):
    simulator.add_seller("JP", "fe", ["A1VC38T7YXB528"])
    channel = {"channelName": "AMAZON", "marketplaceId": "A1VC38T7YXB528"}
    moment = format_time(simulator.clock.now() - 900 * DAY)
    order = make_order(salesChannel=channel, createdTime=moment, lastUpdatedTime=moment)
    simulator.put_orders("JP", [order])
    answer = Caller(simulator, "JP").search(createdAfter="2017-01-01T00:00:00Z")
    assert ids(answer) == [order["orderId"]]


# --- pages --------------------------------------------------------------------


def test_pages_hold_every_order_once(simulator, india):
    order_ids = old_orders(simulator, 25)
    pages = india.pages(maxResultsPerPage="10")
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [order["orderId"] for page in pages for order in page] == order_ids


def test_no_pagination_on_a_last_page_that_is_full(simulator, india):
    old_orders(simulator, 10)
    assert "pagination" not in india.search(maxResultsPerPage="10").json()


def test_default_page_size_is_100(simulator, india):
    old_orders(simulator, 101)
    answer = india.search()
    assert len(ids(answer)) == 100
    assert answer.json()["pagination"]["nextToken"]


@pytest.mark.parametrize("size", ["0", "101", "-1", "ten", "", "1.5"])
def test_refused_page_sizes(india, size):
    refused(india.search(maxResultsPerPage=size))


def first_token(india, **query):
    body = india.search(maxResultsPerPage="2", **query).json()
    return body["pagination"]["nextToken"]


def test_page_size_and_data_may_change_between_pages(simulator, india):
    order_ids = old_orders(simulator, 5)
    token = first_token(india)
    answer = india.search(
        paginationToken=token, maxResultsPerPage="3", includedData="FULFILLMENT"
    )
    assert ids(answer) == order_ids[2:]
    assert "fulfillment" in answer.json()["orders"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"lastUpdatedAfter": "2025-01-01T00:00:01Z"},
        {"marketplaceIds": INDIA},
        {"fulfillmentStatuses": "UNSHIPPED"},
        {"fulfilledBy": "MERCHANT"},
        {"lastUpdatedBefore": "2026-09-01T00:00:00Z"},
    ],
)
def test_other_parameters_may_not_change(simulator, india, change):
    old_orders(simulator, 5)
    token = first_token(india)
    refused(india.search(paginationToken=token, **change), "token")
    assert india.search(paginationToken=token).status_code == 200


def test_token_with_its_parameters_left_out(simulator, india):
    old_orders(simulator, 5)
    token = first_token(india)
    refused(india.get("/orders/2026-01-01/orders", paginationToken=token))


def test_token_lives_24_hours(simulator, india):
    old_orders(simulator, 5)
    token = first_token(india)
    simulator.clock.advance(24 * HOUR)
    india.token = None
    assert india.search(paginationToken=token).status_code == 200
    simulator.clock.advance(1)
    refused(india.search(paginationToken=token), "token")


def test_invented_token_and_token_of_another_seller(world):
    india, america = Caller(world, "IN"), Caller(world, "US")
    refused(india.search(paginationToken="invented"), "token")
    token = first_token(india)
    refused(america.search(paginationToken=token), "token")


def test_same_token_twice_gives_the_same_page(simulator, india):
    """A killed run asks again for the page that it did not finish."""
    old_orders(simulator, 5)
    query = {"paginationToken": first_token(india), "maxResultsPerPage": "2"}
    assert ids(india.search(**query)) == ids(india.search(**query))


def test_window_is_pinned_over_all_pages(simulator, india):
    """Orders that arrive meanwhile belong to the next window."""
    order_ids = old_orders(simulator, 5)
    first = india.search(maxResultsPerPage="2").json()
    simulator.put_orders("IN", [make_order(99)])
    simulator.clock.advance(10 * MINUTE)
    token = first["pagination"]["nextToken"]
    answer = india.search(paginationToken=token)
    assert ids(answer) == order_ids[2:]
    assert answer.json()["lastUpdatedBefore"] == first["lastUpdatedBefore"]


# --- filters ------------------------------------------------------------------


def test_filters(simulator, india):
    simulator.quotas.enabled = False
    old_orders(simulator, 2)
    amazon = {"fulfillmentStatus": "SHIPPED", "fulfilledBy": "AMAZON"}
    moment = format_time(simulator.clock.now() - DAY)
    shipped = make_order(
        8, fulfillment=amazon, createdTime=moment, lastUpdatedTime=moment
    )
    foreign = make_order(
        9,
        salesChannel={"channelName": "NON_AMAZON", "marketplaceId": PSEUDO},
        createdTime=moment,
        lastUpdatedTime=moment,
    )
    simulator.put_orders("IN", [shipped, foreign])
    assert len(ids(india.search())) == 4
    assert ids(india.search(fulfillmentStatuses="SHIPPED")) == [shipped["orderId"]]
    assert len(ids(india.search(fulfillmentStatuses="SHIPPED,UNSHIPPED"))) == 4
    assert ids(india.search(fulfilledBy="AMAZON")) == [shipped["orderId"]]
    assert len(ids(india.search(fulfilledBy="AMAZON,MERCHANT"))) == 4
    assert foreign["orderId"] not in ids(india.search(marketplaceIds=INDIA))
    assert foreign["orderId"] in ids(india.search())


@pytest.mark.parametrize(
    "query",
    [
        {"fulfillmentStatuses": "CANCELED"},
        {"fulfillmentStatuses": "UNSHIPPED,"},
        {"fulfilledBy": "AFN"},
        {"includedData": "EVERYTHING"},
        {"buyerEmail": "nobody@example.com"},
    ],
)
def test_refused_filters(india, query):
    refused(india.search(**query))


def test_a_parameter_given_twice(india):
    assert india.search().status_code == 200
    answer = india.get(
        "/orders/2026-01-01/orders?lastUpdatedAfter=2026-01-01T00:00:00Z"
        "&lastUpdatedAfter=2026-01-02T00:00:00Z"
    )
    refused(answer, "twice")


@pytest.mark.parametrize("marketplace_id", [PSEUDO, "ATVPDKIKX0DER", "NOWHERE"])
def test_forbidden_marketplaces(india, marketplace_id):
    """Pseudo-marketplaces, other regions, and what the seller lacks."""
    for value in (marketplace_id, f"{INDIA},{marketplace_id}"):
        answer = india.search(marketplaceIds=value)
        assert answer.status_code == 403
        assert answer.json()["errors"][0]["code"] == "Unauthorized"


def test_marketplace_of_the_region_that_the_seller_lacks(india):
    assert india.search(marketplaceIds="A1PA6795UKMFR9").status_code == 403


@pytest.mark.parametrize("models", [None, False])
def test_refused_with_and_without_the_models(models):
    """The simulator's own rules hold where nobody has Amazon's models."""
    with Simulator(models=models, factor=0) as simulator:
        simulator.add_seller("IN", "eu", [INDIA])
        caller = Caller(simulator, "IN")
        assert caller.search(marketplaceIds=INDIA).status_code == 200
        refused(caller.search(marketplaceIds=",".join([INDIA] * 51)))
        refused(caller.search(buyerEmail="nobody@example.com"))
        refused(caller.search(fulfilledBy="AFN"))


# --- getOrder -----------------------------------------------------------------


def test_get_order_unknown_malformed_and_foreign(world):
    world.quotas.enabled = False
    india = Caller(world, "IN")
    mine, foreign = (world.truth(key)[0]["orderId"] for key in ("IN", "US"))
    assert india.order(mine).json()["order"]["orderId"] == mine
    assert india.order("403-9999999-9999999").status_code == 404
    assert india.order(foreign).status_code == 404
    refused(india.order("TEST_CASE_400"))
    refused(india.order(mine, maxResultsPerPage="1"))
