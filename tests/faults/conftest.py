# SPDX-License-Identifier: LGPL-3.0-or-later
"""A database with its workers for the suite, an Amazon and a connected shop per test.

A test's orders are its account's: afterwards the account is on hold, and nothing of it
waits any more.
"""

import pytest
from pieces import databases, odoo_home, postgres, server
from sp_api_simulator import Simulator
from sp_api_simulator.scenario import plain_sellers

from faults.workers import Workers

pytest.register_assert_rewrite("faults.shop", "faults.days_books", "faults.days_checks")

from faults.shop import opened, seeds  # noqa: E402

# They create no listing and change none but its quantity; they tell of parcels.
HARMLESS_OPERATIONS = {
    "token",
    "createReport",
    "patchListingsItem",
    "createFeedDocument",
    "uploadDocument",
    "createFeed",
    "cancelFeed",
    "confirmShipment",
}


def pytest_addoption(parser):
    """Options of the random days and of hard days."""
    parser.addoption("--disasters", type=int, default=2, help="of a hard day")
    parser.addoption("--days", type=int, default=0, help="try so many random days")
    parser.addoption("--seed", type=int, help="the first random day")


@pytest.fixture(scope="session")
def pg():
    with postgres.running() as running:
        yield running


@pytest.fixture(scope="session")
def workers(pg, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    with (
        databases.temporary(odoo_home.get(), pg, "faults") as database,
        Workers(database, server.environment(pg), folder) as started,
    ):
        started.run("only_our_crons")
        yield started


@pytest.fixture
def sim():
    """Amazon, with the sellers "IN" and "US", no orders yet, and no indexing lag."""
    with Simulator(seed=next(seeds), lag=(0, 0), quotas=False) as simulator:
        plain_sellers(simulator)
        yield simulator
        # S161: whatever went wrong, nothing was created on Amazon.
        changing = {
            call["operation"] for call in simulator.calls if call["method"] != "GET"
        }
        assert changing <= HARMLESS_OPERATIONS


@pytest.fixture
def open_shop(workers, pg, sim):
    """A function that opens a seller's shop, connected unless told."""
    shops = []

    def open_one(key="US", connected=True):
        context = opened(workers, pg, sim, key, connected)
        shops.append(context)
        return context.__enter__()

    yield open_one
    for context in reversed(shops):
        context.__exit__(None, None, None)


@pytest.fixture
def shop(open_shop):
    """The shop of the seller on Amazon.com and Amazon.ca."""
    return open_shop()
