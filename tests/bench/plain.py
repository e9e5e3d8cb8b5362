# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plain: what the addon costs sales that are none of Amazon's.

Called by `setup/bench plain`; tests/bench/README.md tells what is compared.
"""

import argparse
from collections import Counter

from bench_worker.process import Worker
from pieces import databases
from pieces.console import say

SHARE = 1.02
# One INSERT of stock changes in each transaction.
MORE_QUERIES = 1
BLOCK = 20
# What a process does for the first time is not counted.
WARM_UP = 20
_WAYS = {"without": databases.BASE, "with": databases.ADDON}
_MEASURES = ("seconds", "cpu", "queries")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench plain")
    parser.add_argument("--orders", type=int, default=500, metavar="N")
    parser.add_argument(
        "--statements",
        action="store_true",
        help="only name the statements of one order that the addon adds",
    )
    return parser.parse_args(arguments)


def main(odoo, pg, arguments):
    """Run the bench; returns 0 whatever the figures are."""
    options = parse(arguments)
    with (
        databases.temporary(odoo, pg, "bench_bare", _WAYS["without"]) as bare,
        databases.temporary(odoo, pg, "bench_plain", _WAYS["with"]) as full,
        Worker(odoo, pg, bare, "plain_bench", "bare") as without,
        Worker(odoo, pg, full, "plain_bench", "plain") as with_addon,
    ):
        workers = {"without": without, "with": with_addon}
        for worker in workers.values():
            worker.ask("prepare")
            worker.ask("take", count=options.orders + WARM_UP + BLOCK)
            worker.ask("work", count=WARM_UP)
        if options.statements:
            lines = _statement_lines(workers)
        else:
            lines = _lines(_measure(workers, options.orders), options.orders)
        for line in lines:
            say(line)
    return 0


def _measure(workers, orders):
    """``{way: {step: figures}}``, the ways in turns."""
    totals = {way: {} for way in workers}
    order = [*workers, *reversed(workers)]
    for turn in range(2 * (orders // BLOCK)):
        way = order[turn % len(order)]
        for step, figures in workers[way].ask("work", count=BLOCK).items():
            total = totals[way].setdefault(step, dict.fromkeys(_MEASURES, 0))
            for name in _MEASURES:
                total[name] += figures[name]
    return totals


def _lines(totals, orders):
    done = orders // BLOCK * BLOCK
    for way, steps in totals.items():
        for step, figures in steps.items():
            yield (
                f"{step + ' ' + way:18}{1000 * figures['seconds'] / done:9.1f} ms"
                f"{1000 * figures['cpu'] / done:9.1f} CPU ms"
                f"{figures['queries'] / done:9.2f} queries"
            )
    sums = {
        way: {name: sum(f[name] for f in steps.values()) for name in _MEASURES}
        for way, steps in totals.items()
    }
    for name in ("seconds", "cpu"):
        ratio = sums["with"][name] / sums["without"][name]
        reached = "reached" if ratio <= SHARE else "not reached"
        yield f"{name} by those without: {ratio:.3f}, at most {SHARE}: {reached}"
    for step in totals["with"]:
        more = totals["with"][step]["queries"] - totals["without"][step]["queries"]
        reached = "reached" if more / done <= MORE_QUERIES else "not reached"
        yield (
            f"queries more to {step} an order: {more / done:.2f}, "
            f"at most {MORE_QUERIES}: {reached}"
        )


def _statement_lines(workers):
    found = {way: worker.ask("statements") for way, worker in workers.items()}
    for step, counts in found["with"].items():
        ours, others = Counter(counts), Counter(found["without"][step])
        yield f"{step}: {ours.total()} statements instead of {others.total()}"
        for sign, more in (("+", ours - others), ("-", others - ours)):
            for statement, times in more.items():
                yield f"  {sign}{times} {statement}"
