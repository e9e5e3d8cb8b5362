# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shipments: what the outbox adds to a delivery, and how fast it is sent.

Called by `setup/bench shipments`; tests/bench/README.md tells what is compared.
"""

import argparse
import sys
import time

from bench_worker.process import Worker
from pieces import databases
from pieces.console import SetupError, say
from pieces.paths import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "amazon_connector"))

from order_bench import workload

SHARE, PER_MINUTE = 1.10, 110
BATCHES = (1, 20)
# What a process does for the first time is not counted.
WARM_UP = 40
# Each way of each batch needs a group of its own.
FEWEST = 160
# Of the mixed orders so many are delivered by Odoo.
DELIVERED = 0.75
_DAY = 86400


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench shipments")
    parser.add_argument("--deliveries", type=int, default=2000, metavar="N")
    parser.add_argument(
        "--sends", type=int, default=240, metavar="N", help="shipments to be sent"
    )
    options = parser.parse_args(arguments)
    if options.deliveries < FEWEST:
        parser.error(f"--deliveries: {FEWEST} or more, to compare anything")
    return options


def main(odoo, pg, arguments):
    """Run the bench; returns 0 whatever the figures are."""
    options = parse(arguments)
    count = int((options.deliveries + WARM_UP) / DELIVERED) + 1
    with (
        workload.make_simulator() as simulator,
        databases.temporary(odoo, pg, "bench_shipments", databases.ADDON) as name,
        Worker(odoo, pg, name, "shipment_bench", "shipments") as worker,
    ):
        start = _load(simulator, worker, count)
        found = worker.ask("load", start=start)["deliveries"]
        wanted = min(found - WARM_UP, options.deliveries) // len(BATCHES)
        worker.ask("validate", count=WARM_UP, batch=1)
        for batch in BATCHES:
            answer = worker.ask("validate", count=wanted, batch=batch)
            for line in _delivery_lines(batch, answer):
                say(line)
        for line in _sending_lines(worker.ask("send", count=options.sends)):
            say(line)
    return 0


def _load(simulator, worker, count):
    worker.ask(
        "prepare",
        products=workload.products(simulator),
        credentials=simulator.credentials(workload.SELLER),
    )
    # A long run must not outlast Amazon's patience with its oldest orders.
    simulator.set_shipping(overdue_days=None)
    block = workload.make_block("many", count, time.time() - _DAY, 10, 1)
    simulator.store_orders(workload.SELLER, block.orders)
    return block.start


def _delivery_lines(batch, answer):
    ways = answer["ways"]
    if answer["written"] < ways["with"]["count"]:
        raise SetupError(
            f"{answer['written']} shipments of {ways['with']['count']} deliveries"
        )
    yield f"deliveries validated {batch} at a time"
    for way, figures in ways.items():
        per = 1000 / figures["count"]
        yield (
            f"  {way + ' the outbox':20}{figures['count']:6} deliveries"
            f"{figures['seconds'] * per:9.1f} ms{figures['cpu'] * per:9.1f} CPU ms"
            f"{figures['queries'] / figures['count']:9.1f} queries each"
        )
    ratios = {
        name: (ways["with"][name] / ways["with"]["count"])
        / (ways["without"][name] / ways["without"]["count"])
        for name in ("seconds", "cpu")
    }
    reached = "reached" if ratios["cpu"] <= SHARE else "not reached"
    yield (
        f"  at most {SHARE:.2f} times: {ratios['seconds']:.3f} "
        f"(CPU {ratios['cpu']:.3f}), {reached}"
    )


def _sending_lines(answer):
    if answer["sent"] < answer["count"]:
        raise SetupError(
            f"{answer['sent']} of {answer['count']} shipments were sent; the others: "
            f"{'; '.join(answer['others'])}"
        )
    rate = 60 * answer["sent"] / answer["seconds"]
    reached = (
        "reached" if rate >= PER_MINUTE and not answer["in_transaction"] else "not"
    )
    yield (
        f"{answer['sent']} confirmations in {answer['seconds']:.0f} s: {rate:.0f} a "
        f"minute of 120 that Amazon grants; calls inside a transaction: "
        f"{answer['in_transaction']} of {answer['calls']}; {reached}"
    )
