# SPDX-License-Identifier: LGPL-3.0-or-later
"""Simulators with a standing clock, and callers that behave as Amazon asks."""

import pytest
import requests
from contract.test_client_support import ScriptedAmazon
from contract.test_simulator_listings_support import Shelf
from contract.test_simulator_support import Caller
from sp_api_simulator import Simulator

START = 1_790_000_000.0


@pytest.fixture
def simulator():
    """Strict, with lag and quotas; its clock only moves when told to."""
    with Simulator(seed=7, start=START, factor=0) as running:
        yield running


@pytest.fixture
def world(simulator):
    """The simulator with the plain scenario's two sellers and 60 orders."""
    simulator.seed_scenario("plain", orders=60, seed=3)
    return simulator


@pytest.fixture
def india(simulator):
    """A caller for a seller in India with no orders yet."""
    simulator.add_seller(
        "IN", region="eu", marketplace_ids=["A21TJRUUN4KGV", "A1NONAMZN0IN91"]
    )
    return Caller(simulator, "IN")


@pytest.fixture
def shop(simulator):
    """The scenario "catalogue": 59 listings in India, 15 articles in the US, Canada."""
    simulator.seed_scenario("catalogue", orders=0)
    simulator.quotas.enabled = False
    return simulator


@pytest.fixture
def shelf(shop):
    return Shelf(shop)


@pytest.fixture
def stall(simulator, india):
    """A seller without listings."""
    simulator.quotas.enabled = False
    return Shelf(simulator)


@pytest.fixture
def amazon():
    """A server that answers what a test tells it to."""
    with ScriptedAmazon() as scripted:
        yield scripted


@pytest.fixture
def control(simulator):
    """control("GET", "/state", ...) -> (status, JSON)."""

    def control(method, path, data=None, **query):
        url = f"{simulator.url}/_control{path}"
        answer = requests.request(method, url, json=data, params=query, timeout=60)
        return answer.status_code, answer.json()

    return control
