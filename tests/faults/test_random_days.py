# SPDX-License-Identifier: LGPL-3.0-or-later
"""Random days: whatever happens in whichever order, nothing is lost or doubled.

A day that fails is told event by event, and is repeated with ``--seed``; ``--days``
tries more of them::

    setup/test faults -- -k random_days --days 20 --seed 100
"""

import pytest
from sp_api_simulator import Simulator
from sp_api_simulator.scenario import plain_sellers

from faults.conftest import HARMLESS_OPERATIONS
from faults.days import Days
from faults.neighbours import make_neighbours
from faults.shop import opened

EVENTS = 60
ALWAYS = (1, 2)
# The seed of two accounts' days; no other's.
NEIGHBOURS = 500_000


def pytest_generate_tests(metafunc):
    first = metafunc.config.getoption("--seed", None)
    more = metafunc.config.getoption("--days", 0)
    if first is None and not more:
        seeds = ALWAYS
    else:
        first = ALWAYS[-1] + 1 if first is None else first
        seeds = range(first, first + max(more, 1))
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", seeds)


@pytest.fixture
def days(workers, pg, seed):
    """The shop of a seller on Amazon.com and Amazon.ca, live with all modules."""
    lag = (20, 150) if seed % 2 else (0, 0)
    # Other tests draw small numbers for their orders and sellers.
    with Simulator(seed=1_000_000 + seed, lag=lag, quotas=False) as sim:
        plain_sellers(sim)
        with opened(workers, pg, sim, "US") as shop:
            days = Days(shop, seed)
            yield days.open()
            days.close()


@pytest.fixture
def neighbours(workers, pg, request):
    """Two accounts of one company, live with all modules, with the same SKUs."""
    seed = NEIGHBOURS + (request.config.getoption("--seed") or 0)
    with Simulator(seed=1_000_000 + seed, lag=(0, 0), quotas=False) as sim:
        plain_sellers(sim)
        first = sim.sellers["US"]
        places = [place.id for place in first.real_marketplaces()]
        sim.add_seller("NEXT", region=first.region, marketplace_ids=places)
        with (
            opened(workers, pg, sim, "US") as shop,
            opened(workers, pg, sim, "NEXT") as other,
        ):
            both = make_neighbours(shop, other, seed)
            for one in both:
                one.open()
            both[0].books.close_page()
            yield both
            both[0].close()


def test_random_days_of_two_accounts(neighbours):
    """S43, S44, S173: what one account sells, the other offers no more."""
    days, other = neighbours
    try:
        for _number in range(EVENTS // 4):
            days.rng.choice(neighbours).happen(1)
        if other.is_on_hold:
            other.set_hold(False)
        days.calm_down()
        for one in neighbours:
            one.books.check()
    finally:
        print(f"two accounts, --seed {days.seed}:", *days.told, sep="\n  ")


def test_random_days(days):
    """S43, S44, S159, S173: each order once, each unit told once, nothing oversold."""
    try:
        days.happen(EVENTS)
        days.calm_down()
        days.books.check()
    finally:
        print(f"--seed {days.seed}:", *days.told, sep="\n  ")
    # S161: whatever happened, nothing was created on Amazon.
    changing = {call["operation"] for call in days.sim.calls if call["method"] != "GET"}
    assert changing <= HARMLESS_OPERATIONS
