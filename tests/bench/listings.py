# SPDX-License-Identifier: LGPL-3.0-or-later
"""Listings: loading Amazon's complete report, against the least that it can cost.

Called by `setup/bench listings`; tests/bench/README.md tells what is compared.
"""

import argparse
import tempfile
from pathlib import Path

from bench_worker.process import Worker
from listing_bench import report
from pieces import databases
from pieces.console import SetupError, say

FIRST, UNCHANGED, MEMORY_MB, FLAT = 6.0, 3.0, 200, 1.2
STEPS = ("first", "unchanged")
_HEAD = ("seconds", "CPU s", "us/row", "queries", "memory +MB")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench listings")
    parser.add_argument("--rows", type=int, default=100_000, metavar="N")
    parser.add_argument(
        "--rounds", type=int, default=2, metavar="N", help="the best one counts"
    )
    return parser.parse_args(arguments)


def main(odoo, pg, arguments):
    """Run the bench; returns 0 whatever the figures are."""
    options = parse(arguments)
    sizes = (options.rows // 10, options.rows)
    best = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        databases.temporary(odoo, pg, "bench_listings", databases.ADDON) as name,
        Worker(odoo, pg, name, "listing_bench", "listings") as worker,
    ):
        paths = {size: Path(folder) / f"{size}.txt" for size in sizes}
        for size, path in paths.items():
            report.write(path, size)
        worker.ask("prepare", products=options.rows // 2)
        # What a process does for the first time is not counted.
        worker.ask("start")
        worker.ask("load", path=str(paths[sizes[0]]))
        for number in range(1, options.rounds + 1):
            say(f"Round {number} of {options.rounds}")
            for size, path in paths.items():
                for key, figures in _round(worker, size, str(path)):
                    if key not in best or figures["cpu"] < best[key]["cpu"]:
                        best[key] = figures
    for line in _lines(best, sizes):
        say(line)
    return 0


def _round(worker, size, path):
    """Load one report into an empty channel, and again; yields (key, figures)."""
    worker.ask("start")
    for step in STEPS:
        yield ("floor", step, size), worker.ask("floor", path=path)
        figures = worker.ask("load", path=path)
        _check(step, size, figures)
        yield ("items", step, size), figures
    yield ("items", "waiting", size), worker.ask("match")


def _check(step, size, figures):
    """Every row must be there, the even ones linked."""
    expected = {
        "seen": size,
        "changed": size if step == "first" else 0,
        "unchanged": 0 if step == "first" else size,
        "linked": size // 2,
        "unconfirmed": size - size // 2,
    }
    made = {name: figures[name] for name in expected}
    if made != expected:
        raise SetupError(f"The report was not loaded: {made} instead of {expected}.")


def _lines(best, sizes):
    yield f"{'':34}" + "".join(f"{word:>13}" for word in _HEAD)
    for (way, step, size), figures in best.items():
        numbers = (
            f"{figures['seconds']:.2f}",
            f"{figures['cpu']:.2f}",
            f"{1e6 * figures['cpu'] / size:.1f}",
            str(figures["queries"]),
            f"{figures['memory'] / 2**20:.0f}",
        )
        title = f"{way}, {step}, {size} rows"
        yield f"{title:34}" + "".join(f"{number:>13}" for number in numbers)
    yield ""
    yield from _verdicts(best, *sizes)


def _verdicts(best, small, large):
    for step, goal in zip(STEPS, (FIRST, UNCHANGED), strict=True):
        ratios = {
            measure: best["items", step, large][measure]
            / best["floor", step, large][measure]
            for measure in ("seconds", "cpu")
        }
        text = f"{step} load, at most {goal:g} times the floor"
        yield _verdict(text, ratios["cpu"], goal, f" (seconds {ratios['seconds']:.2f})")
    for step in STEPS:
        flat = (best["items", step, large]["cpu"] / large) / (
            best["items", step, small]["cpu"] / small
        )
        yield _verdict(f"{step}: cost per row, {small} to {large} rows", flat, FLAT)
    memory = max(best["items", step, large]["memory"] for step in STEPS) / 2**20
    yield _verdict("memory growth in MB", memory, MEMORY_MB)
    queries = max(best["items", step, large]["queries"] for step in STEPS)
    yield _verdict("queries per row", queries / large, 0.1)


def _verdict(text, value, goal, more=""):
    reached = "reached" if value <= goal else "not reached"
    return f"{text}: {value:.2f}{more} {reached}"
