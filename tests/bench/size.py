# SPDX-License-Identifier: LGPL-3.0-or-later
"""Size: every screen, scheduled action and script of a shop with 200,000 orders.

Called by `setup/bench size`; tests/bench/README.md tells what is measured.
"""

import argparse
import contextlib
import sys
import time

from bench_worker.process import Worker
from pieces import databases
from pieces.console import say
from pieces.paths import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "amazon_connector"))

from order_bench import workload
from size_bench import installing

COMPANIES, ACCOUNTS = 3, 10
SEED_ORDERS, SEED_PRODUCTS = 20, 50
"""Orders of each account, and products of all, that are copied."""
INVOICED = 0.6
DAYS = 400
DAY = 86_400.0
# Milliseconds and queries; None is no goal.
GOALS = {
    "dashboard": (300, 15),
    "list": (300, None),
    "form": (400, None),
    "search": (200, None),
    "report": (None, None),
    "dialog": (1000, None),
    "grid": (None, None),
    "api": (300, None),
}
IDLE_QUERIES = 20
SHOWN = 3
MOST_LOOSE = 2.0
_LEAST_INDEX = 1 << 20


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench size")
    parser.add_argument("--times", type=int, default=1_000, metavar="N")
    parser.add_argument(
        "--open", type=int, default=200, metavar="N", help="orders to ship, per account"
    )
    parser.add_argument("--days", type=int, default=7, metavar="N", help="of stock")
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="screens, by commas"
    )
    parser.add_argument(
        "--keep", metavar="NAME", help="database that is made once and then used again"
    )
    parser.add_argument(
        "--install",
        nargs="?",
        type=int,
        const=installing.TIMES,
        metavar="N",
        help="instead: how long installing takes with 20 products and 40 orders, N "
        "times (2,500)",
    )
    return parser.parse_args(arguments)


def main(odoo, pg, arguments):
    """Run the bench; returns 0 whatever the figures are."""
    options = parse(arguments)
    if options.install:
        for line in installing.measure(odoo, pg, options.install):
            say(line)
        return 0
    with _database(odoo, pg, options) as (name, is_new):
        with Worker(odoo, pg, name, "size_bench", "size") as worker:
            if is_new:
                _fill(worker, options)
                databases.remember(pg, name, _state(options))
            for model, count in worker.ask("count").items():
                say(f"{model:24}{count:>10}")
            for line in _screen_lines(worker.ask("open", only=options.only)):
                say(line)
            if not options.only:
                for line in _cron_lines(worker.ask("tick")):
                    say(line)
                for line in _bloat_lines(worker.ask("live", days=options.days)):
                    say(line)
        if not options.only:
            say(f"upgrade: {installing.run(odoo, pg, name, '-u'):.0f} s")
    return 0


@contextlib.contextmanager
def _database(odoo, pg, options):
    """(name, whether it is to be filled)"""
    kept = options.keep
    if not kept:
        with databases.temporary(odoo, pg, "bench_size") as name:
            yield name, True
        return
    is_new = not databases.exists(pg, kept) or databases.remembered(pg, kept) != _state(
        options
    )
    if is_new:
        databases.copy(pg, kept, databases.template(odoo, pg))
    yield kept, is_new


def _state(options):
    return f"size {options.times} {options.open}"


def _fill(worker, options):
    start = time.monotonic()
    simulator = workload.make_simulator()
    begun = worker.ask("begin", companies=COMPANIES, accounts=ACCOUNTS)
    accounts = begun["accounts"]
    _sell(worker, simulator, accounts, SEED_ORDERS, 1)
    worker.ask("close", invoiced=INVOICED)
    say(f"{time.monotonic() - start:.0f} s: small shop")
    left_out = worker.ask(
        "multiply", marks=begun["marks"], times=options.times, days=DAYS
    )
    say(f"{time.monotonic() - start:.0f} s: copied, but {', '.join(left_out)}")
    worker.ask("count")
    _sell(worker, simulator, accounts, options.open, 2)
    say(f"{time.monotonic() - start:.0f} s: orders to ship")


def _sell(worker, simulator, accounts, count, seed):
    for account in accounts:
        block = workload.make_block(
            f"size {account}", count, time.time(), 1, 100 * seed + account
        )
        worker.ask("sell", account=account, orders=block.orders)


def _screen_lines(found):
    yield f"{'ms':>8}{'CPU ms':>8}{'queries':>9}"
    for user in dict.fromkeys(row["user"] for row in found):
        for kind, (most_ms, most_queries) in GOALS.items():
            rows = [r for r in found if r["user"] == user and r["kind"] == kind]
            rows.sort(key=lambda row: -row["cpu"])
            if rows:
                yield f"{user}, {kind}: {len(rows)}, less than {most_ms} ms"
            for place, row in enumerate(rows):
                verdict = _judge(row, most_ms, most_queries)
                if place < SHOWN or verdict != "reached":
                    yield (
                        f"{row['milliseconds']:8.0f}{row['cpu']:8.0f}"
                        f"{row['queries']:9}  {row['name']}: {verdict}"
                    )


def _judge(row, most_ms, most_queries):
    """By CPU time: seconds tell what else the machine has to do."""
    if row["error"]:
        return row["error"]
    is_slow = most_ms and row["cpu"] >= most_ms
    has_many = most_queries and row["queries"] >= most_queries
    return "not reached" if is_slow or has_many else "reached"


def _cron_lines(found):
    yield "scheduled actions that find nothing to do"
    for row in found:
        verdict = "reached" if row["queries"] <= IDLE_QUERIES else "not reached"
        yield (
            f"{row['milliseconds']:8.1f}{row['queries']:9}  {row['name']}: {verdict}"
        )


def _bloat_lines(figures):
    yield f"stock that changed: {figures['seconds']:.0f} s"
    for row in figures["tables"]:
        ratio = row["bytes"] / max(1, row["ideal"])
        is_small = row["bytes"] < _LEAST_INDEX
        verdict = "reached" if ratio <= MOST_LOOSE or is_small else "not reached"
        yield (
            f"{row['name']:48}{row['bytes'] / 1e6:8.1f} MB, made anew "
            f"{row['ideal'] / 1e6:8.1f} MB, {ratio:.2f} times: {verdict}"
        )
