# SPDX-License-Identifier: LGPL-3.0-or-later
"""The long part of the bench `orders`: a big backlog, and many orders before."""

import time

from pieces.console import say

from . import workload

FEW, MANY, BACKLOG = 1_000, 20_000, 10_000
SAMPLE, ROUNDS = 150, 4
MOST_MEMORY, MOST_GROWTH = 200, 1.25
DAY = 86_400.0


def run(few, many, backlog, import_block):
    """Import the same orders with `FEW` and with `MANY` before, then a backlog.

    :param Worker few: the connector's, warmed up
    :param Worker many: the same, on another database
    :param int backlog: orders that wait at once
    :param import_block: called with a block and workers, gives their answers
    """
    now = time.time()
    filled = FEW - workload.WARM_UP
    filling = workload.make_block("filling", filled, now - 20 * DAY, 3, 11)
    import_block(filling, few, many)
    many.ask("multiply", count=MANY)
    _compare(few, many, import_block, now)
    block = workload.make_block("backlog", backlog, now - 3 * DAY, 5, 13)
    _weigh(*import_block(block, few), backlog)


def _compare(few, many, import_block, now):
    """Time per order; the two take turns, the round with least CPU time counts."""
    figures = {FEW: [], MANY: []}
    for number in range(ROUNDS):
        end = now - (18 - number) * DAY
        block = workload.make_block("sample", SAMPLE, end, 0.5, 120 + number)
        turns = {FEW: few, MANY: many}
        if number % 2:
            turns = dict(reversed(turns.items()))
        answers = import_block(block, *turns.values())
        for before, answer in zip(turns, answers, strict=True):
            figures[before].append(answer["apply"])
    best = {
        before: min(rounds, key=lambda figure: figure["cpu"])
        for before, rounds in figures.items()
    }
    for before, figure in best.items():
        say(f"{before} orders before: {_milliseconds(figure, SAMPLE)}")
    for measure in ("seconds", "cpu", "queries"):
        ratio = best[MANY][measure] / best[FEW][measure]
        _verdict(
            f"{measure} per order at {MANY} / at {FEW} orders at most {MOST_GROWTH}",
            ratio,
            ratio <= MOST_GROWTH,
        )


def _weigh(answer, backlog):
    """By how much the process grew over a backlog."""
    for stage in ("fetch", "apply"):
        grown = answer[stage]["memory"] / 2**20
        say(
            f"backlog of {backlog}, {stage}: {answer[stage]['seconds']:.0f} s, "
            f"{_milliseconds(answer[stage], backlog)}, memory +{grown:.0f} MB"
        )
    grown = sum(answer[stage]["memory"] for stage in ("fetch", "apply")) / 2**20
    _verdict(f"memory growth under {MOST_MEMORY} MB", grown, grown < MOST_MEMORY)


def _milliseconds(figures, count):
    return (
        f"{1000 * figures['seconds'] / count:.1f} ms/order "
        f"(CPU {1000 * figures['cpu'] / count:.1f}, "
        f"{figures['queries'] / count:.1f} queries)"
    )


def _verdict(goal, value, is_reached):
    say(f"{goal}: {value:.2f} {'reached' if is_reached else 'not reached'}")
