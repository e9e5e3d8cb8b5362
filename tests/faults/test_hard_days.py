# SPDX-License-Identifier: LGPL-3.0-or-later
"""Hard days: workers are killed, database, disk, network, clock and Amazon fail, one
after the other, and in the end everything is there once.

More of it, told event by event, and repeated by its seed; two of three are kills::

    setup/test faults -- -k hard_days -s --disasters 300 --seed 5
"""

import pytest
from sp_api_simulator import Simulator
from sp_api_simulator.scenario import plain_sellers

from faults.conftest import HARMLESS_OPERATIONS
from faults.hard_days import HardDays
from faults.shop import opened


@pytest.fixture
def days(request, workers, pg):
    """A seller on Amazon.com and Amazon.ca, live with all modules."""
    seed = request.config.getoption("--seed") or 1
    # Others draw small numbers for their orders and sellers.
    with Simulator(seed=2_000_000 + seed, lag=(0, 0), quotas=False) as sim:
        plain_sellers(sim)
        with opened(workers, pg, sim, "US") as shop:
            days = HardDays(shop, 2_000_000 + seed, pg)
            yield days.open()
            days.close()


def test_hard_days(request, days):
    """S43, S44, S159, S173: nothing is lost, doubled, left open or leaked."""
    try:
        days.endure(request.config.getoption("--disasters"))
        days.calm_down()
        days.books.check()
    finally:
        print(f"--seed {days.seed}:", *days.told, sep="\n  ")
        print(*days.describe(), sep="\n")
    # S161: whatever happened, nothing was created on Amazon.
    changing = {call["operation"] for call in days.sim.calls if call["method"] != "GET"}
    assert changing <= HARMLESS_OPERATIONS
