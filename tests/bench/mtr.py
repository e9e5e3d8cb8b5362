# SPDX-License-Identifier: LGPL-3.0-or-later
"""India's Merchant Tax Report: reading a month and comparing it with the invoices.

Called by `setup/bench mtr`; tests/bench/README.md tells what is compared.
"""

import argparse

from bench_worker.process import Worker
from pieces import databases
from pieces.console import SetupError, say

# For as many rows; fewer have to be as fast per row.
SECONDS, MEMORY_MB, ROWS = 60, 60, 100_000
_HEAD = ("seconds", "CPU s", "us/row", "queries", "memory +MB")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench mtr")
    parser.add_argument("--rows", type=int, default=20_000, metavar="N")
    return parser.parse_args(arguments)


def main(odoo, pg, arguments):
    """Run the bench; returns 0 whatever the figures are."""
    options = parse(arguments)
    rows = options.rows
    tenth = rows // 10
    with (
        databases.temporary(odoo, pg, "bench_mtr", databases.DEMO) as name,
        Worker(odoo, pg, name, "mtr_bench", "mtr") as worker,
    ):
        worker.ask("prepare", orders=rows)
        found = {"read a tenth": worker.ask("read", first=1, last=tenth)}
        found["read all"] = worker.ask("read", first=1, last=rows)
        found["read again"] = worker.ask("read", first=1, last=rows)
        found["compare"] = worker.ask("compare")
        found["compare again"] = worker.ask("compare")
    _check(found, rows)
    for line in _lines(found, rows):
        say(line)
    return 0


def _check(found, rows):
    told = [found[way]["new"] for way in ("read a tenth", "read all", "read again")]
    differences = found["compare again"]["differences"]
    # the order that all others were copied from is in no file
    if told != [rows // 10, rows - rows // 10, 0] or differences != 1:
        raise SetupError(f"New rows {told}, {differences} differences.")


def _lines(found, rows):
    yield f"{'':24}" + "".join(f"{word:>13}" for word in _HEAD)
    for key, figures in found.items():
        count = rows // 10 if key == "read a tenth" else rows
        numbers = (
            f"{figures['seconds']:.2f}",
            f"{figures['cpu']:.2f}",
            f"{1e6 * figures['cpu'] / count:.1f}",
            str(figures["queries"]),
            f"{figures['memory'] / 2**20:.0f}",
        )
        yield f"{key:24}" + "".join(f"{number:>13}" for number in numbers)
    yield ""
    for name in ("seconds", "cpu"):
        taken = found["read all"][name] + found["compare"][name]
        most = SECONDS * rows / ROWS
        text = f"read and compared, {name} (at most {most:g})"
        yield _verdict(text, taken, most)
    memory = max(figures["memory"] for figures in found.values()) / 2**20
    yield _verdict("memory growth in MB", memory, MEMORY_MB)


def _verdict(text, value, goal):
    reached = "reached" if value <= goal else "not reached"
    return f"{text}: {value:.2f} {reached}"
