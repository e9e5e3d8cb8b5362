# SPDX-License-Identifier: LGPL-3.0-or-later
"""Many orders in memory, and how long a page takes."""

import contextlib
import gc
import time

import pytest
from contract.models import requires_models
from contract.test_simulator_support import Caller
from sp_api_simulator import Simulator
from sp_api_simulator.orders_view import INCLUDED_DATA
from sp_api_simulator.validation import ModelLibrary

COUNT = 10_000
EVERYTHING = ",".join(INCLUDED_DATA)


@pytest.fixture(scope="module")
def crowd():
    with Simulator(seed=2, factor=0, quotas=False, models=False) as simulator:
        simulator.seed_scenario("plain", orders=0)
        simulator.seed_orders("IN", COUNT, items=2)
        yield simulator


@contextlib.contextmanager
def measured(seconds):
    """Append the processor's seconds of the block to the list `seconds`.

    The simulator is in this process; what else runs on the machine does not count,
    nor does Python's look for garbage, which takes longer the more there is in memory.
    """
    gc.disable()
    try:
        begin = time.process_time()
        yield
        seconds.append(time.process_time() - begin)
    finally:
        gc.enable()


def page_seconds(caller, tokens=9, **query):
    """The least seconds that one of the first pages took."""
    seconds = []
    for _number in range(tokens):
        with measured(seconds):
            answer = caller.search(includedData=EVERYTHING, **query)
        body = answer.json()
        assert len(body["orders"]) == 100
        query["paginationToken"] = body["pagination"]["nextToken"]
    return min(seconds)


@pytest.fixture
def few():
    with Simulator(seed=2, factor=0, quotas=False, models=False) as simulator:
        simulator.seed_scenario("plain", orders=0)
        simulator.seed_orders("IN", COUNT // 10, items=2)
        yield simulator


@requires_models
def test_checking_costs_less_than_answering(crowd, monkeypatch):
    """While every answer is held against Amazon's model."""
    pytest.importorskip("fastjsonschema", reason="the fast check is not installed")
    caller = Caller(crowd, "IN")
    unchecked = page_seconds(caller)
    monkeypatch.setattr(crowd, "models", ModelLibrary.find())
    caller.search(maxResultsPerPage="1")
    assert page_seconds(caller) < 4 * unchecked


def test_page_costs_the_same_at_few_and_at_many(crowd, few):
    """A page in the middle of all orders against one among a tenth of them."""
    small = page_seconds(Caller(few, "IN"))
    orders = crowd.truth("IN")
    middle = orders[COUNT // 2]["lastUpdatedTime"]
    large = page_seconds(Caller(crowd, "IN"), lastUpdatedAfter=middle)
    assert large < 3 * small + 0.02


def cancel_seconds(simulator, times=3, count=100):
    """The least seconds that cancelling orders and finding them took."""
    seconds = []
    order_ids = [
        order["orderId"]
        for order in simulator.truth("IN")
        if order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    ]
    for start in range(0, times * count, count):
        cancelled = order_ids[start : start + count]
        assert len(cancelled) == count
        with measured(seconds):
            for order_id in cancelled:
                simulator.cancel_order(order_id)
            simulator.clock.advance(200)
            answer = Caller(simulator, "IN").search(fulfillmentStatuses="CANCELLED")
        assert len(answer.json()["orders"]) == 100
        assert answer.json()["orders"][0]["orderId"] in order_ids
    return min(seconds)


def test_updates_cost_the_same_at_few_and_at_many(crowd, few):
    """Sorted indexes are kept, not rebuilt."""
    assert cancel_seconds(crowd) < 10 * cancel_seconds(few)


def test_every_order_is_reached_once(crowd):
    """A thousand pages would be slow; a thousand orders by pages of 100 are not."""
    orders = crowd.truth("IN")
    start, end = (orders[place]["createdTime"] for place in (5_000, 5_999))
    pages = Caller(crowd, "IN").pages(createdAfter=start, createdBefore=end)
    found = [order["orderId"] for page in pages for order in page]
    assert found == [order["orderId"] for order in orders[5_000:6_000]]
