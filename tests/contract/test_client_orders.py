# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders and sellers against the simulator, which checks every request and answer
against Amazon's models when they are at hand."""

import doctest
from datetime import datetime, timedelta, timezone

import pytest
from contract.test_client_support import FakeClock
from sp_api import (
    ESSENTIAL_DATA,
    INCLUDED_DATA,
    AccessDeniedError,
    AuthorizationError,
    BadRequestError,
    Client,
    Credentials,
    Endpoint,
    NotFoundError,
    Order,
    Orders,
    Sellers,
    ThrottledError,
    client,
    probe_included_data,
    split_denied,
    split_order,
)
from sp_api_simulator import Simulator

START = 1_790_000_000.0
INDIA = "A21TJRUUN4KGV"
NOW = datetime.fromtimestamp(START, timezone.utc)
LONG_AGO = NOW - timedelta(days=60)


@pytest.fixture
def simulator():
    """A strict simulator whose clock only moves when told to."""
    with Simulator(seed=7, start=START, factor=0) as running:
        yield running


@pytest.fixture
def world(simulator):
    """Two sellers with 60 orders."""
    simulator.seed_scenario("plain", orders=60, seed=3)
    simulator.clock.advance(600)
    return simulator


@pytest.fixture
def india(simulator):
    """A seller in India without orders."""
    return simulator.add_seller("IN", region="eu", marketplace_ids=[INDIA])


def make_order(number):
    """The smallest order that the tests need."""
    return {
        "orderId": f"403-0000000-{number:07d}",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": INDIA},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "orderItems": [
            {
                "orderItemId": f"{number:014d}",
                "quantityOrdered": 2,
                "product": {"sellerSku": "IN-0001"},
            }
        ],
    }


def connect(simulator, key, **options):
    """A client of the simulated seller `key` whose clock stands still."""
    known = simulator.credentials(key)
    clock = options.pop("clock", FakeClock(START))
    credentials = options.pop(
        "credentials",
        Credentials(known["client_id"], known["client_secret"], known["refresh_token"]),
    )
    return Client(
        credentials,
        Endpoint.custom(known["api_url"], known["lwa_url"]),
        seller_id=known["merchant_token"],
        clock=clock,
        sleep=clock.sleep,
        **options,
    )


def calls(simulator, operation):
    return [call for call in simulator.calls if call["operation"] == operation]


def test_every_order_comes_once_page_by_page(world):
    """S168: orders are pulled."""
    with connect(world, "IN", purpose="live") as amazon:
        orders, found, token = Orders(amazon), [], None
        query = {
            "last_updated_after": LONG_AGO,
            "last_updated_before": NOW - timedelta(minutes=5),
            "marketplace_ids": (INDIA,),
            "included_data": INCLUDED_DATA,
        }
        while True:
            page = orders.search(**query, page_size=10, pagination_token=token)
            assert len(page.orders) <= 10
            assert page.unreadable == 0
            assert page.last_updated_before == query["last_updated_before"]
            found += page.orders
            token = page.next_token
            if token is None:
                break
    expected = {
        order["orderId"]
        for order in world.truth("IN")
        if order["salesChannel"].get("marketplaceId") == INDIA
    }
    assert len(found) == len(expected) > 10
    assert {order["orderId"] for order in found} == expected
    for raw in found:
        public, _personal = split_order(raw)
        assert Order.from_json(public).notes == ()
        assert Order.from_json(public).items == Order.from_json(raw).items


def test_search_by_creation_time(world):
    with connect(world, "IN") as amazon:
        page = Orders(amazon).search(
            created_after=LONG_AGO,
            created_before=NOW - timedelta(days=1),
            fulfillment_statuses=("UNSHIPPED",),
            fulfilled_by=("MERCHANT",),
            included_data=ESSENTIAL_DATA,
        )
    assert page.orders
    assert page.created_before == NOW - timedelta(days=1)
    assert page.last_updated_before is None
    statuses = {Order.from_json(raw).fulfillment_status for raw in page.orders}
    assert statuses == {"UNSHIPPED"}


def test_query_is_sent_as_amazon_wants_it(world):
    tz = timezone(timedelta(hours=5, minutes=30))
    with connect(world, "IN") as amazon:
        Orders(amazon).search(
            last_updated_after=LONG_AGO.astimezone(tz),
            marketplace_ids=(INDIA,),
            included_data=("PROCEEDS", "FULFILLMENT"),
        )
    (call,) = calls(world, "searchOrders")
    assert call["query"] == {
        "lastUpdatedAfter": LONG_AGO.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "marketplaceIds": INDIA,
        "includedData": "PROCEEDS,FULFILLMENT",
        "maxResultsPerPage": "100",
    }


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"last_updated_after": NOW, "created_after": NOW},
        {"last_updated_after": NOW, "created_before": NOW},
        {"created_after": NOW, "last_updated_before": NOW},
        {"last_updated_after": datetime(2026, 11, 1)},
        {"last_updated_after": NOW, "last_updated_before": datetime(2026, 11, 1)},
        {"last_updated_after": NOW, "page_size": 0},
        {"last_updated_after": NOW, "page_size": 101},
        {"last_updated_after": NOW, "marketplace_ids": ("A",) * 51},
    ],
)
def test_queries_that_amazon_would_refuse_are_not_sent(simulator, india, query):
    with connect(simulator, "IN") as amazon:
        with pytest.raises(ValueError):
            Orders(amazon).search(**query)
    assert len(simulator.calls) == 0


def test_get_order(simulator, india):
    simulator.put_orders("IN", [make_order(1)])
    with connect(simulator, "IN") as amazon:
        orders = Orders(amazon)
        raw = orders.get("403-0000000-0000001", ("FULFILLMENT",))
        assert raw["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
        assert "fulfillment" not in orders.get("403-0000000-0000001")
        with pytest.raises(NotFoundError) as caught:
            orders.get("403-0000000-0000009")
    assert caught.value.request_id


def test_probing_costs_one_call_when_nothing_is_refused(simulator, india):
    simulator.put_orders("IN", [make_order(1)])
    with connect(simulator, "IN") as amazon:
        refused = probe_included_data(
            Orders(amazon), "403-0000000-0000001", INCLUDED_DATA
        )
    assert refused == frozenset()
    assert len(calls(simulator, "getOrder")) == 1


def test_probing_finds_the_refused_blocks(simulator, india):
    simulator.put_orders("IN", [make_order(1)])
    simulator.sellers["IN"].refused_data = {"TAX", "PAYMENT"}
    with connect(simulator, "IN") as amazon:
        orders = Orders(amazon)
        with pytest.raises(BadRequestError):
            orders.search(last_updated_after=LONG_AGO, included_data=INCLUDED_DATA)
        refused = probe_included_data(orders, "403-0000000-0000001", INCLUDED_DATA)
        assert refused == {"TAX", "PAYMENT"}
        rest = [name for name in INCLUDED_DATA if name not in refused]
        orders.search(last_updated_after=LONG_AGO, included_data=rest)
    assert len(calls(simulator, "getOrder")) == 1 + len(INCLUDED_DATA)
    assert len(calls(simulator, "searchOrders")) == 2


def test_probing_does_not_blame_the_blocks_for_another_fault(simulator, india):
    with connect(simulator, "IN") as amazon:
        with pytest.raises(NotFoundError):
            probe_included_data(Orders(amazon), "403-0000000-0000009", INCLUDED_DATA)
        simulator.put_orders("IN", [make_order(1)])
        simulator.add_fault("error", operation="getOrder", status=403)
        with pytest.raises(AccessDeniedError):
            probe_included_data(Orders(amazon), "403-0000000-0000001", INCLUDED_DATA)


def test_denied_marketplace_in_the_simulator(world):
    """A pseudo-marketplace among the real ones is answered with 403."""
    pseudo = next(name for name in world.sellers["IN"].marketplace_ids if name != INDIA)
    with connect(world, "IN") as amazon:
        orders = Orders(amazon)
        with pytest.raises(AccessDeniedError):
            orders.search(last_updated_after=LONG_AGO, marketplace_ids=(INDIA, pseudo))
        assert split_denied(orders, (INDIA, pseudo)) == ((INDIA,), (pseudo,))
    assert len(calls(world, "searchOrders")) == 2


def test_users_leave_the_reserve_of_live_polls(world):
    """Design rule 9, with Amazon's burst of 20."""
    with connect(world, "IN", purpose="user") as amazon:
        orders = Orders(amazon)
        for _ in range(12):
            orders.search(last_updated_after=LONG_AGO, page_size=1)
        with pytest.raises(ThrottledError) as caught:
            orders.search(last_updated_after=LONG_AGO, page_size=1)
    assert caught.value.retry_at > START
    assert len(calls(world, "searchOrders")) == 12


@pytest.mark.parametrize("kind", ["html", "empty", "truncated", "cut_body"])
def test_garbled_answers_are_asked_for_again(world, kind):
    clock = FakeClock(START)
    world.add_fault(kind, operation="searchOrders", count=2)
    with connect(world, "IN", clock=clock, random=lambda: 1.0) as amazon:
        page = Orders(amazon).search(last_updated_after=LONG_AGO)
    assert page.orders
    assert clock.sleeps == [0.5, 1.0]


def test_unknown_values_and_missing_blocks_are_read(world):
    world.add_fault("unknown_enum", operation="searchOrders", count=1)
    world.add_fault("missing_blocks", operation="searchOrders", count=1, after=1)
    with connect(world, "IN") as amazon:
        search = Orders(amazon).search
        page = search(last_updated_after=LONG_AGO, included_data=INCLUDED_DATA)
        for raw in page.orders:
            order = Order.from_json(raw)
            assert order.fulfillment_status == "SOMETHING_NEW"
            assert len(order.notes) == 2
        page = search(last_updated_after=LONG_AGO, included_data=INCLUDED_DATA)
        for raw in page.orders:
            order = Order.from_json(raw)
            assert order.fulfillment_status is None
            assert split_order(raw)[1].keys() <= {"items", "tax"}


def test_wrong_region_is_denied(world):
    known = world.credentials("IN")
    credentials = Credentials(
        known["client_id"], known["client_secret"], known["refresh_token"]
    )
    with connect(world, "US", credentials=credentials) as amazon:
        with pytest.raises(AccessDeniedError) as caught:
            Sellers(amazon).account()
    assert "region" in caught.value.advice


def test_revoked_and_wrong_credentials(world):
    """S10: connected only after Amazon's authentication succeeded."""
    known = world.credentials("IN")
    wrong = Credentials(known["client_id"], "wrong", known["refresh_token"])
    with connect(world, "IN", credentials=wrong) as amazon:
        with pytest.raises(AuthorizationError) as caught:
            Sellers(amazon).account()
    assert caught.value.cause_code == "invalid_client"
    with connect(world, "IN") as amazon:
        assert Sellers(amazon).account().is_professional
        # The cached access token dies with the authorisation.
        world.lwa.revoke(known["refresh_token"])
        with pytest.raises(AuthorizationError) as caught:
            Sellers(amazon).account()
    assert caught.value.cause_code == "invalid_grant"


def test_participations(world):
    with connect(world, "US") as amazon:
        found = Sellers(amazon).marketplace_participations()
        account = Sellers(amazon).account()
    codes = {entry.country_code: entry for entry in found}
    assert {"US", "CA"} <= set(codes)
    assert codes["CA"].currency == "CAD"
    assert codes["CA"].marketplace_id == "A2EUQ1WTGCTBG2"
    assert codes["CA"].is_participating is True
    assert codes["CA"].has_suspended_listings is False
    assert (account.selling_plan, account.is_professional) == ("PROFESSIONAL", True)
    assert account.business_type
    assert len(account.participations) == len(found)
    # The company's address and tax number are in the answer, not in what we keep.
    assert set(vars(account)) == {"selling_plan", "business_type", "participations"}


def test_the_example_in_the_docstring(simulator, india):
    """The client is usable alone, as its documentation shows it."""
    now = datetime.now(timezone.utc).timestamp()
    simulator.clock.set_now(now - 600)
    simulator.put_orders("IN", [make_order(1)])
    simulator.clock.advance(600)
    known = simulator.credentials("IN")
    names = {
        **{
            key: known[key]
            for key in (
                "api_url",
                "lwa_url",
                "client_id",
                "client_secret",
                "refresh_token",
            )
        },
        "seller_id": known["merchant_token"],
    }
    failed, tried = doctest.testmod(client, extraglobs=names)
    assert tried > 5
    assert failed == 0
