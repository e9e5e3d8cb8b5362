# SPDX-License-Identifier: LGPL-3.0-or-later
"""Several Odoo processes on one database: what they share, and what they wait for.

Called by `setup/bench workers`; tests/bench/README.md tells what is compared.
"""

import argparse
import contextlib
import os
import sys
import threading
import time

from bench_worker.process import Worker
from pieces import databases
from pieces.console import SetupError, say
from pieces.paths import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "amazon_connector"))

from crew_bench.names import STOCKED
from order_bench import workload

CREWS = (1, 2, 4)
_DAY = 86400
_LOOK_SECONDS = 0.05
_WAITS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = %s AND wait_event_type = 'Lock'"
)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench workers")
    add = parser.add_argument
    add("--orders", type=int, default=600, metavar="N", help="of each way and crew")
    add("--deliveries", type=int, default=120, metavar="N", help="of each crew")
    add("--products", type=int, default=240, metavar="N", help="whose stock changes")
    return parser.parse_args(arguments)


def main(odoo, pg, arguments):
    """Run the bench; returns 0 whatever the figures are."""
    options = parse(arguments)
    home = databases.with_neighbours(odoo, databases.CARRIERS)
    with contextlib.ExitStack() as parts:
        sim = parts.enter_context(workload.make_simulator())
        sim.quotas.enabled = False
        sim.set_reports(delay_seconds=0)
        name = parts.enter_context(
            databases.temporary(odoo, pg, "bench_crew", databases.CARRIERS)
        )
        workers = [
            parts.enter_context(Worker(home, pg, name, "crew_bench", f"crew-{number}"))
            for number in range(max(CREWS))
        ]
        crew = Crew(pg, name, sim, workers, options)
        crew.prepare()
        for line in _lines(crew.compare()):
            say(line)
    return 0


class Crew:
    """The processes, asked all at once."""

    def __init__(self, pg, database, sim, workers, options):
        self._pg, self._database, self._sim = pg, database, sim
        self._workers, self._options = workers, options
        self._blocks = 0

    def prepare(self):
        """A shop with products whose quantities Amazon offers."""
        skus = [f"{STOCKED}{number:04d}" for number in range(self._options.products)]
        for sku in skus:
            self._sim.put_listing(workload.SELLER, sku, quantity=0)
        self._workers[0].ask(
            "prepare",
            products=workload.products(self._sim),
            skus=skus,
            credentials=self._sim.credentials(workload.SELLER),
        )
        self._fetch(100)
        self._ask_all([("apply", {"queue": False})] * len(self._workers))

    # --- what is compared -----------------------------------------------------

    def compare(self):
        """All parts, one after the other."""
        yield from self.apply_all(queue=False)
        yield from self.apply_all(queue=True)
        yield from self.ship_all()
        yield from self.stock_all()

    def apply_all(self, queue):
        """Orders become sales orders; yields (what, crew, count, figures)."""
        for size in CREWS:
            before = self._describe()
            count = self._fetch(self._options.orders)
            others = "help" if queue else "apply"
            asked = [("apply", {"queue": queue})]
            asked += [(others, {} if queue else {"queue": False})] * (size - 1)
            figures = self._ask_all(asked)
            after = self._describe()
            made = after["sales"] - before["sales"]
            if made != count or after["sales"] != after["different"]:
                raise SetupError(f"{made} sales orders of {count}: {after}")
            yield f"apply{', job queue' if queue else ''}", size, count, figures

    def ship_all(self):
        """Packers validate deliveries, then the parcels are told Amazon."""
        for size in CREWS:
            before = self._describe()["parcels"]
            found = self._workers[0].ask(
                "find_deliveries", count=self._options.deliveries
            )
            shares = [{"pickings": found[n::size]} for n in range(size)]
            figures = self._ask_all([("validate", share) for share in shares])
            left = self._workers[0].ask("count_left", pickings=found)
            yield "validate deliveries", size, left, figures
            figures = self._ask_all([("send", {"kind": "shipments"})] * size)
            sent = self._describe()["parcels"] - before
            if sent != left:
                raise SetupError(f"{sent} parcels of {left} were told or held")
            yield "send parcels", size, sent, figures

    def stock_all(self):
        """Goods are counted, then the quantities are told Amazon."""
        for size in CREWS:
            units, count = 20 + size, self._options.products
            shares = [{"share": n, "shares": size, "units": units} for n in range(size)]
            figures = self._ask_all([("receive", share) for share in shares])
            yield "count products", size, count, figures
            figures = self._ask_all([("send", {"kind": "stock"})] * size)
            self._sim.settle()
            wrong = [
                listing.seller_sku
                for listing in self._sim.listings(workload.SELLER)
                if listing.seller_sku.startswith(STOCKED) and listing.quantity != units
            ]
            if wrong:
                raise SetupError(f"{len(wrong)} quantities are not those of Odoo")
            yield "send quantities", size, count, figures

    # --- asking ---------------------------------------------------------------

    def _fetch(self, count):
        """New orders into the inbox; how many."""
        self._blocks += 1
        now = time.time()
        # One after the other, so that none is fetched twice.
        block = workload.make_block(
            f"block {self._blocks}", count, now - _DAY, 10, self._blocks
        )
        self._sim.store_orders(workload.SELLER, block.orders)
        waiting = self._workers[0].ask("fetch", start=block.start)["waiting"]
        if waiting != count:
            raise SetupError(f"{waiting} orders wait instead of {count}")
        return count

    def _describe(self):
        return self._workers[0].ask("describe")

    def _ask_all(self, questions):
        """Ask one worker each, at once; returns the figures of all together."""
        with _watch_locks(self._pg, self._database) as waits:
            begun = time.monotonic()
            asked = list(zip(self._workers, questions, strict=False))
            for worker, (do, arguments) in asked:
                worker.begin(do, **arguments)
            answers = [worker.answer() for worker, _question in asked]
            seconds = time.monotonic() - begun
        return {
            "seconds": seconds,
            "cpu": sum(answer["cpu"] for answer in answers),
            "conflicts": sum(answer.get("conflicts", 0) for answer in answers),
            "waited": waits["seconds"],
        }


@contextlib.contextmanager
def _watch_locks(pg, database):
    """Tell how many seconds processes waited for locks, together, by looking often."""
    found, end = {"seconds": 0.0}, threading.Event()

    def look():
        with contextlib.closing(pg.connect()) as connection:
            with connection.cursor() as cursor:
                while not end.wait(_LOOK_SECONDS):
                    cursor.execute(_WAITS, [database])
                    found["seconds"] += cursor.fetchone()[0] * _LOOK_SECONDS

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        end.set()
        thread.join()


def _lines(rows):
    yield f"{os.cpu_count()} cores; a crew of more than that cannot be faster"
    head = ("", "processes", "a second", "CPU ms each", "by 1", "conflicts", "waited s")
    yield f"{head[0]:22}" + "".join(f"{word:>13}" for word in head[1:])
    alone = {}
    for what, size, count, figures in rows:
        rate = count / figures["seconds"]
        alone.setdefault(what, rate)
        yield (
            f"{what:22}{size:13}{rate:13.1f}{1000 * figures['cpu'] / count:13.1f}"
            f"{rate / alone[what]:13.2f}{figures['conflicts']:13}"
            f"{figures['waited']:13.1f}"
        )
