# SPDX-License-Identifier: LGPL-3.0-or-later
"""The long part of the bench `orders`: a big backlog, and many orders before."""

import time

from pieces.console import say

from . import workload

FEW, MANY, BACKLOG, SAMPLE = 1_000, 20_000, 10_000, 300
MOST_MEMORY, MOST_GROWTH = 200, 1.25
DAY = 86_400.0


def run(worker, simulator, backlog, import_block):
    """Import with `FEW` and with `MANY` orders before, and a backlog in between.

    :param Worker worker: the connector's, warmed up
    :param int backlog: orders that wait at once
    :param import_block: called with a block, gives the worker's answer
    """
    now = time.time()
    filled = FEW - workload.WARM_UP
    import_block(workload.make_block("filling", filled, now - 20 * DAY, 3, 11))
    few = _per_order(import_block, "few", now - 18 * DAY, 12)
    block = workload.make_block("backlog", backlog, now - 3 * DAY, 14, 13)
    answer = import_block(block)
    for stage in ("fetch", "apply"):
        grown = answer[stage]["memory"] / 2**20
        say(
            f"backlog of {backlog}, {stage}: {answer[stage]['seconds']:.0f} s, "
            f"{_milliseconds(answer[stage], backlog)}, memory +{grown:.0f} MB"
        )
    worker.ask({"multiply": MANY})
    many = _per_order(import_block, "many", now - DAY, 14)
    grown = sum(answer[stage]["memory"] for stage in ("fetch", "apply")) / 2**20
    _verdict(f"memory growth under {MOST_MEMORY} MB", grown, grown < MOST_MEMORY)
    for measure in ("seconds", "cpu", "queries"):
        ratio = many[measure] / few[measure]
        _verdict(
            f"{measure} per order at {MANY} / at {FEW} orders at most {MOST_GROWTH}",
            ratio,
            ratio <= MOST_GROWTH,
        )


def _per_order(import_block, name, end, seed):
    """Figures of the better half of a sample: two blocks, the faster one counts."""
    figures = []
    for half in (0, 1):
        start = end - (1 - half) * DAY / 2
        block = workload.make_block(name, SAMPLE // 2, start, 0.5, seed * 10 + half)
        figures.append(import_block(block)["apply"])
    best = min(figures, key=lambda figure: figure["cpu"])
    say(f"{name} orders before: {_milliseconds(best, SAMPLE // 2)}")
    return best


def _milliseconds(figures, count):
    return (
        f"{1000 * figures['seconds'] / count:.1f} ms/order "
        f"(CPU {1000 * figures['cpu'] / count:.1f}, "
        f"{figures['queries'] / count:.1f} queries)"
    )


def _verdict(goal, value, is_reached):
    say(f"{goal}: {value:.2f} {'reached' if is_reached else 'not reached'}")
