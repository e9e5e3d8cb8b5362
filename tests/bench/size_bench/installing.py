# SPDX-License-Identifier: LGPL-3.0-or-later
"""How long installing and upgrading take, on an empty and on a large database."""

import time

from bench_worker.process import Worker
from pieces import databases, server
from pieces.console import say

# The small shop: products are those of the bench `plain`.
ORDERS, TIMES = 40, 2_500
MORE_SECONDS = 60


def measure(odoo, pg, times):
    """Yields the lines of a table.

    :param int times: the large database has 20 products and 40 orders so often
    """
    taken = {}
    for size, copies in (("empty", 0), ("large", times)):
        purpose = f"bench_install_{size}"
        with databases.temporary(odoo, pg, purpose, databases.BASE) as name:
            if copies:
                yield from _trade(odoo, pg, name, copies)
            taken[size] = run(odoo, pg, name, "-i")
            yield f"install, {size}: {taken[size]:.0f} s"
            yield f"upgrade, {size}: {run(odoo, pg, name, '-u'):.0f} s"
    more = taken["large"] - taken["empty"]
    reached = "reached" if more < MORE_SECONDS else "not reached"
    yield f"installing, seconds more: {more:.0f} {reached}"


def _trade(odoo, pg, name, times):
    with Worker(odoo, pg, name, "size_bench", "install") as worker:
        begun = worker.ask("trade", orders=ORDERS)
        worker.ask("multiply", marks=begun["marks"], times=times, days=400)
        yield f"before: {worker.ask('count')}"


def run(odoo, pg, database, option):
    """Seconds that Odoo takes to install (`-i`) or upgrade (`-u`) the addon."""
    say(f"Running {option} in {database}")
    start = time.monotonic()
    server.run(
        odoo,
        pg,
        ["server", "-d", database, option, databases.OUR_ADDON, "--stop-after-init"]
        + ["--no-http", "--max-cron-threads", "0"],
        what=f"run {option} {databases.OUR_ADDON}",
    )
    return time.monotonic() - start
