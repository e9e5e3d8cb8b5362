# SPDX-License-Identifier: LGPL-3.0-or-later
"""Vault: what keeping buyers' data encrypted, shown and deleted costs.

Called by `setup/bench vault`; tests/bench/README.md tells what is compared.
"""

import argparse
import sys
import time

from bench_worker.process import Worker
from pieces import databases
from pieces.console import say
from pieces.paths import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "amazon_connector"))

from order_bench import workload

APPLY_SHARE, SLIP_SHARE, READ_SHARE = 0.05, 1.10, 1.02
REDACT_SECONDS, REDACT_CUSTOMERS, REDACT_MEGABYTES = 300, 100_000, 200
_DAY = 86400


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench vault")
    parser.add_argument("--orders", type=int, default=600, metavar="N")
    parser.add_argument("--slips", type=int, default=60, metavar="N")
    parser.add_argument("--contacts", type=int, default=100_000, metavar="N")
    parser.add_argument("--customers", type=int, default=100_000, metavar="N")
    return parser.parse_args(arguments)


def main(odoo, pg, arguments):
    """Run the bench; returns 0 whatever the figures are."""
    options = parse(arguments)
    with (
        workload.make_simulator() as simulator,
        databases.temporary(odoo, pg, "bench_vault", databases.ADDON) as name,
        Worker(odoo, pg, name, "vault_bench", "vault") as worker,
    ):
        worker.ask(
            "prepare",
            products=workload.products(simulator),
            credentials=simulator.credentials(workload.SELLER),
        )
        simulator.set_shipping(overdue_days=None)
        block = workload.make_block("vault", options.orders, time.time() - _DAY, 20, 1)
        simulator.store_orders(workload.SELLER, block.orders)
        _tell(_apply_lines(worker.ask("apply", start=block.start)))
        _tell(_slip_lines(worker.ask("print_slips", count=options.slips)))
        _tell(_read_lines(worker.ask("read_contacts", count=options.contacts)))
        _tell(_redact_lines(worker.ask("redact", count=options.customers)))
    return 0


def _tell(lines):
    for line in lines:
        say(line)


def _verdict(is_reached):
    return "reached" if is_reached else "not reached"


def _apply_lines(told):
    share = told["vault"] / told["cpu"]
    yield (
        f"encrypting, decrypting and matching: {1000 * told['vault']:.0f} of "
        f"{1000 * told['cpu']:.0f} CPU ms of {told['orders']} orders: {share:.1%}, at "
        f"most {APPLY_SHARE:.0%}: {_verdict(share <= APPLY_SHARE)}"
    )


def _slip_lines(told):
    for documents, ways in told.items():
        for way, figures in ways.items():
            yield (
                f"slips {documents:5}{way:6}"
                f"{1000 * figures['seconds'] / figures['count']:9.1f} ms"
                f"{1000 * figures['cpu'] / figures['count']:9.1f} CPU ms"
                f"{figures['queries'] / figures['count']:9.1f} queries each"
            )
        ratio = ways["shown"]["cpu"] / ways["plain"]["cpu"]
        yield (
            f"CPU by that of plain ones: {ratio:.3f}, at most {SLIP_SHARE:.2f}: "
            f"{_verdict(ratio <= SLIP_SHARE)}"
        )


def _read_lines(told):
    ratio = told["with"]["cpu"] / told["without"]["cpu"]
    yield (
        f"reading {told['contacts']} contacts outside of a print: CPU {ratio:.3f} "
        f"times that without the override, at most {READ_SHARE:.2f}: "
        f"{_verdict(ratio <= READ_SHARE)}"
    )


def _redact_lines(told):
    seconds = told["seconds"] * REDACT_CUSTOMERS / told["customers"]
    megabytes = told["memory"] / 1e6
    is_reached = seconds <= REDACT_SECONDS and megabytes <= REDACT_MEGABYTES
    yield (
        f"{told['customers']} buyers deleted in {told['seconds']:.0f} s (CPU "
        f"{told['cpu']:.0f} s; {REDACT_CUSTOMERS} in {seconds:.0f} s, at most "
        f"{REDACT_SECONDS}), {megabytes:.0f} MB more memory: {_verdict(is_reached)}"
    )
