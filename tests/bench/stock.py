# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stock: comparing all quantities with Amazon's, against Odoo's own reading of them.

Called by `setup/bench stock`; tests/bench/README.md tells what is compared.
"""

import argparse
from statistics import median

from bench_worker.process import Worker
from pieces import databases
from pieces.console import SetupError, say

RATIO, MEMORY_MB, QUERIES = 1.5, 300, 30
DELIVERY, MOVES = 1.03, 100
FEED = 25_000
_HEAD = ("seconds", "CPU s", "us/listing", "queries", "memory +MB")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench stock")
    parser.add_argument("--listings", type=int, default=100_000, metavar="N")
    parser.add_argument(
        "--rounds", type=int, default=2, metavar="N", help="the best one counts"
    )
    parser.add_argument(
        "--deliveries", type=int, default=20, metavar="N", help="of each way"
    )
    return parser.parse_args(arguments)


def main(odoo, pg, arguments):
    """Run the bench; returns 0 whatever the figures are."""
    options = parse(arguments)
    best = {}
    with (
        databases.temporary(odoo, pg, "bench_stock", databases.ADDON) as name,
        Worker(odoo, pg, name, "stock_bench", "stock") as worker,
    ):
        worker.ask("prepare", listings=options.listings)
        # What a process does for the first time is not counted.
        worker.ask("floor")
        worker.ask("compare")
        for number in range(1, options.rounds + 1):
            say(f"Round {number} of {options.rounds}")
            for key, figures in _round(worker, options.listings):
                if key not in best or figures["cpu"] < best[key]["cpu"]:
                    best[key] = figures
        ways = worker.ask("deliver", moves=MOVES, rounds=options.deliveries)
    for line in _lines(best, options.listings):
        say(line)
    for line in _delivery_lines(ways):
        say(line)
    return 0


def _round(worker, listings):
    """Yields (key, figures)."""
    worker.ask("change", products=listings // 200)
    yield "floor", worker.ask("floor")
    yield "changed", _checked(worker.ask("compare"), listings // 100)
    worker.ask("change", products=0)
    yield "unchanged", _checked(worker.ask("compare"), 0)
    many = min(FEED, listings // 2)
    worker.ask("change", products=many // 2)
    yield "compared", _checked(worker.ask("compare"), many)
    feed = worker.ask("feed")
    if feed["sent"] != many:
        raise SetupError(f"One feed of {many} was expected, it had {feed['sent']}.")
    yield "feed", feed


def _checked(figures, to_send):
    if figures["to_send"] != to_send:
        raise SetupError(
            f"{figures['to_send']} listings were to be sent instead of {to_send}."
        )
    return figures


def _lines(best, listings):
    yield f"{'':24}" + "".join(f"{word:>13}" for word in _HEAD)
    for key, figures in best.items():
        numbers = (
            f"{figures['seconds']:.2f}",
            f"{figures['cpu']:.2f}",
            f"{1e6 * figures['cpu'] / listings:.1f}",
            str(figures["queries"]),
            f"{figures['memory'] / 2**20:.0f}",
        )
        yield f"{key:24}" + "".join(f"{number:>13}" for number in numbers)
    yield ""
    floor, changed = best["floor"], best["changed"]
    for measure in ("seconds", "cpu"):
        ratio = changed[measure] / floor[measure]
        yield _verdict(
            f"comparison, 1 % changed, {measure} by the floor's", ratio, RATIO
        )
    memory = max(figures["memory"] for figures in best.values()) / 2**20
    yield _verdict("memory growth in MB", memory, MEMORY_MB)
    queries = best["unchanged"]["queries"] * 10_000 / listings
    yield _verdict("queries per 10,000 unchanged listings", queries, QUERIES)
    yield f"feed: {best['feed']['sent']} messages, {best['feed']['bytes']} bytes"


def _delivery_lines(ways):
    medians = {
        way: {
            name: median(figures[name] for figures in rounds)
            for name in ("seconds", "cpu", "queries")
        }
        for way, rounds in ways.items()
    }
    yield f"delivery of {MOVES} moves, median of {len(ways['with'])} of each way"
    for way, figures in medians.items():
        yield (
            f"  {way + ' noting':18}{1000 * figures['seconds']:9.1f} ms"
            f"{1000 * figures['cpu']:9.1f} CPU ms{figures['queries']:8.0f} queries"
        )
    for name in ("seconds", "cpu"):
        ratio = medians["with"][name] / medians["without"][name]
        yield _verdict(f"delivery, {name} by those without", ratio, DELIVERY)


def _verdict(text, value, goal):
    reached = "reached" if value <= goal else "not reached"
    return f"{text}: {value:.2f} {reached}"
