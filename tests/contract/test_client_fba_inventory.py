# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stock in Amazon's warehouses: the client and the simulator that plays it."""

import pytest
from contract.models import assert_answer, requires_models
from contract.test_client_orders import connect
from contract.test_client_support import FakeClock, ScriptedAmazon
from sp_api import AccessDeniedError, BadRequestError, FbaInventory, ProtocolError
from sp_api_simulator.clock import DAY, format_time

START = 1_790_000_000.0
INDIA, US = "A21TJRUUN4KGV", "ATVPDKIKX0DER"
GERMANY, FRANCE, BRITAIN = "A1PA6795UKMFR9", "A13V1IB3VIYZZH", "A1F83G8C2ARO7P"
PATH = "/fba/inventory/v1/summaries"


@pytest.fixture
def store(simulator, india):
    """A seller with one SKU at Amazon, ten pieces to sell."""
    simulator.put_listing("IN", "FBA-1", fulfilled_by="AMAZON", quantity=0)
    simulator.set_fba_stock("IN", "FBA-1", fulfillable=10)
    return simulator


def read(simulator, skus=(), place=INDIA, key="IN"):
    """All summaries, following the page tokens."""
    found, token = [], None
    with connect(simulator, key) as client:
        while True:
            page = FbaInventory(client).read_page(place, skus, token)
            found += page.summaries
            token = page.next_token
            if token is None:
                return found


def summaries(caller, **changes):
    query = {
        "granularityType": "Marketplace",
        "granularityId": INDIA,
        "marketplaceIds": INDIA,
        "details": "true",
        **changes,
    }
    return caller.get(PATH, **{key: value for key, value in query.items() if value})


def counts(simulator):
    [holding] = simulator.fba_stock("IN")
    return holding.fulfillable, holding.reserved_orders


def test_every_count_is_read(store):
    """S84: what can be sold, what is on its way, and what is lost or damaged."""
    store.set_fba_stock(
        "IN",
        "FBA-1",
        reserved_orders=1,
        reserved_transfer=2,
        reserved_processing=4,
        inbound_working=5,
        inbound_shipped=6,
        inbound_receiving=7,
        researching=8,
        customer_damaged=9,
        expired=11,
    )
    [summary] = read(store)
    assert (summary.seller_sku, summary.product_name) == ("FBA-1", "FBA-1")
    assert (summary.fulfillable, summary.reserved) == (10, 7)
    assert summary.inbound_working == 5
    assert summary.inbound_shipped == 6
    assert summary.inbound_receiving == 7
    assert (summary.researching, summary.unfulfillable) == (8, 20)
    assert summary.total == 10 + 7 + 18 + 8 + 20
    assert summary.asin and summary.fnsku and summary.last_updated
    assert summary.notes == ()


def test_all_pages_are_read(store):
    store.quotas.enabled = False
    for number in range(120):
        store.set_fba_stock("IN", f"MORE-{number:03d}", fulfillable=number)
    found = {summary.seller_sku: summary.fulfillable for summary in read(store)}
    assert len(found) == 121
    assert found["MORE-119"] == 119
    assert store.counters["getInventorySummaries", "IN", 200] == 3


def test_single_skus_are_read_and_those_with_commas_alone(store):
    store.quotas.enabled = False
    for number in range(60):
        store.set_fba_stock("IN", f"MORE-{number:03d}")
    store.set_fba_stock("IN", "RED,XL", fulfillable=3)
    skus = [f"MORE-{number:03d}" for number in range(10, 60)]
    assert [summary.seller_sku for summary in read(store, skus)] == skus
    [alone] = read(store, ["RED,XL"])
    assert (alone.seller_sku, alone.fulfillable) == ("RED,XL", 3)
    assert store.counters["getInventorySummaries", "IN", 200] == 2
    for wrong in (["RED,XL", "MORE-001"], [*skus, "MORE-001"]):
        with pytest.raises(ValueError):
            read(store, wrong)


def test_an_expired_token_is_refused(store):
    """S84: tokens live for 30 seconds."""
    store.quotas.enabled = False
    for number in range(70):
        store.set_fba_stock("IN", f"MORE-{number:03d}", fulfillable=1)
    with connect(store, "IN") as client:
        inventory = FbaInventory(client)
        first = inventory.read_page(INDIA)
        assert len(first.summaries) == 50
        assert first.next_token not in repr(first)
        store.clock.advance(31)
        with pytest.raises(BadRequestError):
            inventory.read_page(INDIA, page_token=first.next_token)


@pytest.mark.parametrize("page", [{}, {"payload": {}}])
def test_odd_answers_are_told(page):
    with ScriptedAmazon() as amazon:
        amazon.answers.append((200, page))
        with amazon.client(FakeClock()) as client, pytest.raises(ProtocolError):
            FbaInventory(client).read_page(INDIA)


def test_what_is_no_entry_is_left_out():
    entries = [{}, None, "x", {"sellerSku": "A"}]
    page = {"payload": {"granularity": {}, "inventorySummaries": entries}}
    with ScriptedAmazon() as amazon:
        amazon.answers.append((200, page))
        with amazon.client(FakeClock()) as client:
            [summary] = FbaInventory(client).read_page(INDIA).summaries
    assert summary.seller_sku == "A"


def test_missing_details_are_none():
    page = {
        "payload": {
            "granularity": {},
            "inventorySummaries": [{"sellerSku": "A", "totalQuantity": "many"}],
        }
    }
    with ScriptedAmazon() as amazon:
        amazon.answers.append((200, page))
        with amazon.client(FakeClock()) as client:
            [summary] = FbaInventory(client).read_page(INDIA).summaries
    assert summary.fulfillable is summary.reserved is summary.total is None
    assert summary.notes == ("totalQuantity: expected a whole number",)


def test_orders_of_amazon_take_from_its_stock_alone(store):
    """S84, S128: reserved when ordered, gone when shipped, back when cancelled."""
    store.put_listing("IN", "MINE", quantity=10)
    waiting = store.place_order("IN", {"FBA-1": 3}, status="PENDING")
    assert counts(store) == (7, 3)
    other = store.place_order("IN", {"FBA-1": 2})
    store.cancel_order(other)
    assert counts(store) == (7, 3)
    store.release_order(waiting)
    store.ship_order(waiting)
    assert counts(store) == (7, 0)
    mine = store.place_order("IN", {"MINE": 4})
    store.ship_order(mine)
    assert counts(store) == (7, 0)
    assert store.get_quantity("IN", "MINE") == 6


def test_more_than_lies_at_amazon_is_not_sold(store, control):
    answer = control("POST", "/orders/place", {"seller": "IN", "items": {"FBA-1": 11}})
    assert answer[0] == 409
    assert counts(store) == (10, 0)


def test_the_stock_is_shown_and_set_by_control(store, control):
    data = {"seller": "IN", "sku": "FBA-1", "fulfillable": 4, "defective": 1}
    status, holding = control("POST", "/fba", data)
    assert (status, holding["fulfillable"], holding["total"]) == (200, 4, 5)
    _status, shown = control("GET", "/fba", seller="IN")
    assert [entry["seller_sku"] for entry in shown["holdings"]] == ["FBA-1"]
    assert control("POST", "/fba", {**data, "fulfillable": -1})[0] == 400
    assert control("POST", "/fba", {**data, "stolen": 1})[0] == 400


def test_pan_european_stock_is_one_stock_in_many_marketplaces(simulator):
    """S84: never summed over a pool."""
    simulator.quotas.enabled = False
    places = [GERMANY, FRANCE, BRITAIN]
    simulator.add_seller("EU", region="eu", marketplace_ids=places)
    simulator.set_fba_stock("EU", "SKU", GERMANY, fulfillable=5)
    shown = [read(simulator, place=place, key="EU") for place in places]
    assert [[each.fulfillable for each in found] for found in shown] == [[5], [5], []]


def test_changes_since_a_moment_leave_out_what_is_only_announced(store, india):
    store.clock.advance(60)
    since = format_time(START + 1)
    assert not summaries(india, startDateTime=since).json()["payload"][
        "inventorySummaries"
    ]
    store.set_fba_stock("IN", "FBA-1", inbound_working=5)
    found = summaries(india, startDateTime=since).json()["payload"]
    assert not found["inventorySummaries"]
    store.clock.advance(60)
    store.set_fba_stock("IN", "FBA-1", fulfillable=9)
    found = summaries(india, startDateTime=since).json()["payload"]
    assert len(found["inventorySummaries"]) == 1


def test_what_amazon_refuses(store, india):
    store.quotas.enabled = False
    for changes in (
        {"granularityType": None},
        {"granularityType": "Country"},
        {"granularityId": US},
        {"marketplaceIds": f"{INDIA},{US}"},
        {"sellerSkus": ",".join(f"S{number}" for number in range(51))},
        {"startDateTime": "2024-01-01T00:00:00Z"},
        {"startDateTime": "2026-09-01"},
        {"nextToken": "made-up"},
        {"details": "maybe"},
        {"skus": "FBA-1"},
    ):
        assert summaries(india, **changes).status_code == 400, changes
    elsewhere = summaries(india, granularityId=US, marketplaceIds=US)
    assert elsewhere.status_code == 403
    with connect(store, "IN") as client, pytest.raises(AccessDeniedError):
        FbaInventory(client).read_page(US)


def test_a_token_goes_with_its_parameters_for_thirty_seconds(store, india):
    store.quotas.enabled = False
    for number in range(50):
        store.set_fba_stock("IN", f"MORE-{number:03d}")
    token = summaries(india).json()["pagination"]["nextToken"]
    assert summaries(india, nextToken=token, details=None).status_code == 400
    store.clock.advance(29)
    second = summaries(india, nextToken=token).json()
    assert len(second["payload"]["inventorySummaries"]) == 1
    assert "pagination" not in second
    store.clock.advance(2)
    assert "expired" in summaries(india, nextToken=token).text


def test_two_calls_a_second(store, india):
    answers = [summaries(india).status_code for _number in range(3)]
    assert answers == [200, 200, 429]


@requires_models
def test_answers_follow_the_model(store, india):
    answer = summaries(india)
    assert answer.status_code == 200
    assert_answer("fbaInventory", "getInventorySummaries", answer)
    assert_answer(
        "fbaInventory", "getInventorySummaries", summaries(india, details=None)
    )


def test_seeded_orders_are_history(store):
    """What is stored as history leaves the stock as it is told."""
    store.seed_orders("IN", 0)
    order_id = store.place_order("IN", {"FBA-1": 1})
    order = store.find_order(order_id)[1].data
    store.store_orders("IN", [{**order, "orderId": "403-0000000-0000009"}])
    assert counts(store) == (9, 1)
    store.clock.advance(DAY)
    assert counts(store) == (9, 1)
