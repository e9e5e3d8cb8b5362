# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders: this connector against row-by-row import and against Odoo's own batches.

Called by `setup/bench orders`; tests/bench/README.md tells what is compared.
"""

import argparse
import contextlib
import sys

from bench_worker.process import Worker
from pieces import databases
from pieces.console import SetupError, say
from pieces.paths import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "amazon_connector"))

from order_bench import gst, long, table, workload
from order_bench.names import CONNECTOR, ODOO, ROWS

# b once only: it takes as long as everything else together, and its growth is Odoo's
_BLOCKS = {CONNECTOR: ("few", "many"), ODOO: ("few", "many"), ROWS: ("few",)}
_KINDS = {CONNECTOR: databases.ADDON, ODOO: databases.BASE, ROWS: databases.BASE}


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench orders")
    parser.add_argument("--orders", type=int, default=1000, metavar="N")
    parser.add_argument(
        "--rounds", type=int, default=2, metavar="N", help="the best one counts"
    )
    parser.add_argument(
        "--only",
        choices=_BLOCKS,
        action="append",
        help="import in this way alone, print its raw figures; may be repeated",
    )
    parser.add_argument(
        "--long",
        nargs="?",
        type=int,
        const=long.BACKLOG,
        metavar="N",
        help="only the connector: memory over a backlog of N orders (10,000), and time "
        "per order with many orders before",
    )
    parser.add_argument(
        "--gst",
        action="store_true",
        help="only the connector: what its addon for India adds",
    )
    parser.add_argument(
        "--profile",
        metavar="PATH",
        help="write profiles of each import to PATH.<way>.txt (it gets slower)",
    )
    return parser.parse_args(arguments)


def main(odoo, pg, arguments):
    """Run the bench; returns 0 whatever the figures are."""
    options = parse(arguments)
    if options.long:
        return _long(odoo, pg, options)
    if options.gst:
        return _gst(odoo, pg, options)
    blocks = workload.make_blocks(options.orders)
    best, calls = {}, {}
    for number in range(1, options.rounds + 1):
        say(f"Round {number} of {options.rounds}")
        for figures in _round(odoo, pg, blocks, options):
            _keep_best(best, calls, *figures)
    if options.only:
        for key, figures in best.items():
            say(f"{' '.join(key)}: {figures}")
    else:
        for line in table.lines(best, options.orders, calls):
            say(line)
    return 0


def _long(odoo, pg, options):
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(workload.make_simulator())
        few, many = (
            _start(stack, odoo, pg, CONNECTOR, simulator, purpose)
            for purpose in ("few", "many")
        )

        def import_block(block, *workers):
            simulator.store_orders(workload.SELLER, block.orders)
            return [
                _import(worker, CONNECTOR, block, simulator, options)[0]
                for worker in workers
            ]

        import_block(workload.make_blocks(0)[0], few, many)
        long.run(few, many, options.long, import_block)
    return 0


def _gst(odoo, pg, options):
    simulator = None

    @contextlib.contextmanager
    def start():
        nonlocal simulator
        with contextlib.ExitStack() as stack:
            simulator = stack.enter_context(workload.make_simulator())
            yield {
                name: _start(stack, odoo, pg, CONNECTOR, simulator, word, at_work)
                for name, word, at_work in (
                    (gst.SILENT, "silent", False),
                    (gst.AT_WORK, "gst", True),
                )
            }

    def import_block(block, *workers):
        simulator.store_orders(workload.SELLER, block.orders)
        return [
            _import(worker, CONNECTOR, block, simulator, options)[0]
            for worker in workers
        ]

    blocks = workload.make_blocks(options.orders)
    gst.run(start, blocks, options.rounds, import_block, say)
    return 0


def _start(stack, odoo, pg, way, simulator, purpose=None, pays_gst=None):
    """A worker for as long as the stack lasts, on a database of its own.

    :param pays_gst: whether the addon for India is at work; None leaves it out
    """
    purpose = purpose or way
    kind = _KINDS[way] if pays_gst is None else databases.DEMO
    name = stack.enter_context(databases.temporary(odoo, pg, f"bench_{purpose}", kind))
    worker = stack.enter_context(Worker(odoo, pg, name, "order_bench", purpose, way))
    worker.ask(
        "prepare",
        products=workload.products(simulator),
        credentials=simulator.credentials(workload.SELLER),
        gst=pays_gst,
    )
    return worker


def _round(odoo, pg, blocks, options):
    """Import block by block, one way after the other in each of them.

    The ways take turns so closely that a machine that is busy for a while slows them
    all. Yields (way, block, answer, calls).
    """
    ways = options.only or list(_BLOCKS)
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(workload.make_simulator())
        workers = {way: _start(stack, odoo, pg, way, simulator) for way in ways}
        for block in blocks:
            simulator.store_orders(workload.SELLER, block.orders)
            for way, worker in workers.items():
                if block.name in (*_BLOCKS[way], "warm-up"):
                    figures = _import(worker, way, block, simulator, options)
                    if block.name in _BLOCKS[way]:
                        yield (way, block.name, *figures)


def _import(worker, way, block, simulator, options):
    request = {"values": block.values, "start": block.start}
    if options.profile and block.name == "few":
        request["profile"] = f"{options.profile}.{way}.txt"
    before = sum(simulator.counters.values())
    answer = worker.ask("run", **request)
    _check(way, block, answer["made"])
    calls = sum(simulator.counters.values()) - before
    say(f"  {way}, {block.name}: {answer['apply']['seconds']:.1f} s")
    return answer, calls


def _check(way, block, made):
    """All ways must have done the same work: compare with Amazon's own figures."""
    expected = workload.expected(block.values)
    if made != expected:
        raise SetupError(
            f"The {way} import is not comparable: {made} instead of {expected}."
        )


def _keep_best(best, calls, way, block, answer, made_calls):
    for stage in ("fetch", "apply"):
        if stage in answer:
            key = (way, stage, block)
            figures = answer[stage]
            if key not in best or figures["seconds"] < best[key]["seconds"]:
                best[key] = figures
    if way == CONNECTOR:
        calls[block] = max(made_calls, calls.get(block, 0))
