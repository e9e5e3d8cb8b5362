# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is printed at the end of the bench `orders`."""

from .names import CONNECTOR, ODOO, ROWS

B_OVER_A, A_OVER_C, ORDERS_PER_CALL = 3.5, 0.75, 90
_TITLES = {
    (CONNECTOR, "fetch"): "a  connector: fetch",
    (CONNECTOR, "apply"): "a  connector: apply",
    (ROWS, "apply"): "b  row by row",
    (ODOO, "apply"): "c  Odoo alone, batched",
}
_HEAD = ("seconds", "ms/order", "CPU ms/order", "queries/order", "memory +MB")


def lines(best, count, calls):
    """The table and the verdicts, line by line.

    :param best: {(way, stage, block): figures}, the best round of each
    :param int count: orders in a block
    :param calls: {block: calls to Amazon during its fetch}
    """
    yield f"{'':28}" + "".join(f"{word:>15}" for word in _HEAD)
    for block, title in (("few", "few orders before"), ("many", "many orders before")):
        yield f"{count} orders, {title}:"
        for (way, stage), name in _TITLES.items():
            if (way, stage, block) in best:
                yield _row(name, best[way, stage, block], count)
    yield ""
    yield from _ratios(best)
    for block, made in calls.items():
        yield (
            f"calls to Amazon, {block}: {made} for {count} orders, "
            f"{100 * made / count:.2f} per 100 orders"
        )
    yield ""
    yield from _verdicts(best, count, calls)


def _row(name, figures, count):
    numbers = (
        f"{figures['seconds']:.2f}",
        f"{1000 * figures['seconds'] / count:.1f}",
        f"{1000 * figures['cpu'] / count:.1f}",
        f"{figures['queries'] / count:.1f}",
        f"{figures['memory'] / 2**20:.1f}",
    )
    return f"  {name:26}" + "".join(f"{number:>15}" for number in numbers)


def _ratio(best, upper, lower, measure="seconds"):
    return best[upper][measure] / best[lower][measure]


def _ratios(best):
    a, b, c = ((way, "apply", "few") for way in (CONNECTOR, ROWS, ODOO))
    a_many, c_many = (a[:2] + ("many",), c[:2] + ("many",))
    for name, upper, lower in (
        ("b/a, few orders", b, a),
        ("a/c, few orders", a, c),
        ("a/c, many orders", a_many, c_many),
        ("a, many/few orders", a_many, a),
        ("c, many/few orders", c_many, c),
    ):
        yield f"{name:28}{_ratio(best, upper, lower):>15.2f}" + (
            f"   (CPU {_ratio(best, upper, lower, 'cpu'):.2f},"
            f" queries {_ratio(best, upper, lower, 'queries'):.2f})"
        )


def _verdicts(best, count, calls):
    a, b, c = ((way, "apply", "few") for way in (CONNECTOR, ROWS, ODOO))
    faster, slower = _ratio(best, b, a), _ratio(best, a, c)
    per_call = count / max(calls.values())
    for text, value, is_reached in (
        (f"b/a at least {B_OVER_A}", faster, faster >= B_OVER_A),
        (f"a/c at most {A_OVER_C}", slower, slower <= A_OVER_C),
        (
            f"orders per call at least {ORDERS_PER_CALL}",
            per_call,
            per_call >= ORDERS_PER_CALL,
        ),
    ):
        verdict = "reached" if is_reached else "not reached"
        yield f"{text}: {value:.2f} {verdict}"
