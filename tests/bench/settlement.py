# SPDX-License-Identifier: LGPL-3.0-or-later
"""Settlement: reading, booking and matching one, against Odoo's own journal entry.

Called by `setup/bench settlement`; tests/bench/README.md tells what is compared.
"""

import argparse
import functools

from bench_worker.process import Worker
from pieces import databases
from pieces.console import say

MOST = 1.5
WARM_UP = 100


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench settlement")
    parser.add_argument("--rows", type=int, default=20_000, metavar="N")
    parser.add_argument("--orders", type=int, default=3_000, metavar="N")
    return parser.parse_args(arguments)


def main(odoo, pg, arguments):
    """Run the bench; returns 0 whatever the figures are."""
    options = parse(arguments)
    rounds = ((WARM_UP, WARM_UP * 4), (options.orders, options.rows))
    with databases.temporary(odoo, pg, "bench_settlement", databases.ADDON) as name:
        worker = functools.partial(Worker, odoo, pg, name, "settlement_bench")
        # What a process does for the first time is not counted; each has its own, since
        # the second one would live on the memory that the first one had got.
        with worker("connector") as connector:
            connector.ask("prepare")
            done = [_book(connector, *each) for each in rounds]
        with worker("odoo") as alone:
            odoos = [alone.ask("odoo", **booked) for _figures, booked in done][-1]
    ours = done[-1][0]
    for title, figures in (("connector", ours), ("odoo", odoos)):
        say(
            f"{title:12}{figures['seconds']:8.1f} s{figures['cpu']:8.1f} CPU s"
            f"{figures['queries']:8} queries{figures['memory'] / 1e6:8.0f} MB"
        )
    for measure in ("seconds", "cpu", "memory"):
        ratio = ours[measure] / odoos[measure]
        reached = "reached" if ratio <= MOST else "not reached"
        say(f"{measure} by Odoo's: {ratio:.2f}, at most {MOST}: {reached}")
    return 0


def _book(worker, orders, rows):
    """The figures of a settlement, and what it had booked before it was undone."""
    worker.ask("sell", count=orders)
    return worker.ask("connector", rows=rows), worker.ask("undo")
