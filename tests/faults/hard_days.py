# SPDX-License-Identifier: LGPL-3.0-or-later
"""One disaster after the other, while a shop goes on as on its random days."""

import time
from collections import Counter

from faults.days import Days
from faults.days_events import KINDS, STOPS
from faults.full_disk import FullDisk
from faults.hard_days_books import HardBooks

# What may be struck, by the word that tells of it.
STRUCK = {
    "fetch": ["orders"],
    "apply": ["apply"],
    "push": ["stock"],
    "ship": ["shipments"],
    "cancel": ["cancellations"],
    "list": ["items"],
    "print": ["print"],
    "redact": ["redact"],
    "settle": ["settlements"],
    "all": [*KINDS, "settlements", "print", "redact"],
}
ALL = STRUCK["all"]
KILL = "kill"
# What a short run has comes first.
DISASTERS = (
    "database",
    "disk",
    "cut",
    "connections",
    "black_hole",
    "clock",
    "third_fails",
    "garbled",
    "day_off",
)
# How Odoo's worker ends that lost its database; anything else is a fault of ours.
LOST = (
    "terminating connection",
    "server closed the connection",
    "connection already closed",
    "cursor already closed",
    "not currently accepting connections",
    "SSL connection has been closed",
)
FULL = ("No space left on device",)
CONFLICT = ("could not serialize access",)
TRAFFIC = {
    "order": 8,
    "fba_order": 1,
    "payment": 2,
    "buyer_cancels": 1,
    "buyer_asks": 1,
    "amazon_ships": 1,
    "receipt": 2,
    "parcel": 5,
    "late_tracking": 1,
    "return": 1,
    "seller_cancels": 1,
}
ERRORS = (
    ("error", {"status": 500}),
    ("error", {"status": 503}),
    ("throttle", {}),
    ("cut_before", {}),
    ("cut_body", {}),
    ("truncated", {}),
    ("html", {"status": 502}),
    ("empty", {}),
)
GARBLED = ("repeat_page", "duplicates", "disorder")
# Real seconds: as long as the worker waits, and longer.
PATIENCE, SILENCE = 0.3, 0.5
HOUR = 60
# Days in which data are deleted, then what the last night's reports take.
AFTERWARDS = (25 * HOUR, 25 * HOUR, 25 * HOUR, 4, 4, 4, 31, 4)
_PARCELS = "SELECT count(*) FROM amazon_shipment WHERE account_id = %s"


class HardDays(Days):
    """A shop whose workers are struck by what `struck` counts in the end."""

    def __init__(self, shop, seed, pg):
        super().__init__(shop, seed)
        self.books = HardBooks(self, pg.environment())
        self.struck = Counter()
        self.settled = []
        self._pg = pg
        # Real seconds that a worker takes, as far as is known.
        self._lengths = dict.fromkeys(STRUCK, 0.5)

    def open(self):
        super().open()
        shop = self.shop
        shop.workers.run(
            "write",
            model="amazon.account",
            ids=[shop.account_id],
            values={"buyer_data_days": 1},
        )
        self.sim.set_settlements(reserve_days=0)
        shop.switch_on("settlements")
        return self

    def endure(self, count):
        """So many disasters, two thirds of them kills, in a random order."""
        kills = count * 2 // 3
        plan = [KILL] * kills
        plan += [DISASTERS[number % len(DISASTERS)] for number in range(count - kills)]
        self.rng.shuffle(plan)
        for disaster in plan:
            self._live(2)
            self.tell(disaster)
            getattr(self, f"_strike_{disaster}")()
            self._clear_up()
            self.pass_time(self.rng.choice((4, 16, 16, 61)))
            self.books.close_page()

    def _clear_up(self):
        """Amazon answers again, and what it did instead is counted."""
        fired = sum(fault["fired"] for fault in self.sim.faults.state())
        self.struck["answers that failed, hung or were garbled"] += fired
        self.sim.faults.clear()

    def _live(self, count):
        for name in self.rng.choices([*TRAFFIC], [*TRAFFIC.values()], k=count):
            self.tell(f"{name}:", getattr(self, f"_on_{name}")())
            self.books.close_page()

    def calm_down(self):
        super().calm_down()
        for minutes in AFTERWARDS:
            self.pass_time(minutes)
            self.run("work_on_all", kinds=ALL)

    def describe(self):
        """The figures, line by line."""
        for what, count in sorted(self.struck.items()):
            yield f"{what}: {count}"
        yield f"orders: {len(self.sim.truth(self.shop.key))}"
        yield f"parcels: {self.shop.value(_PARCELS, [self.shop.account_id])}"
        yield f"settlements: {len(self.settled)}"

    # --- the worker that is struck --------------------------------------------

    def _begin(self, what=None, **patches):
        """A worker with something to do; returns it and the word for it."""
        what = what or self.rng.choice(sorted(STRUCK))
        kinds = list(STRUCK[what])
        if what == "all":
            self.rng.shuffle(kinds)
        if kinds[0] in STOPS:
            self._give_work(kinds[0])
        if what == "settle":
            self._pay_out()
        self.pass_time(4)
        self.books.close_page()
        patches = {**self._draw_sizes(), **patches}
        return self.start("work_on_all", patches, kinds=kinds), what

    def _pay_out(self):
        self.sim.charge_seller(self.shop.key, "storage")
        self.settled += self.sim.close_settlement(self.shop.key)
        self.pass_time(25 * HOUR)

    def start(self, name, patches=None, **options):
        """As of `Days`; a clock that is wrong already stays so."""
        patches = {"ahead": self.ahead, **(patches or {})}
        return self.shop.workers.start(name, patches, **options)

    def _wait_a_while(self, job, what):
        """Some moment of its work; returns whether it had ended before."""
        moment = self.rng.uniform(0, self._lengths[what])
        begun = time.monotonic()
        ended = job.answers_within(moment)
        if ended:
            self._lengths[what] = max(time.monotonic() - begun, 0.02)
        else:
            self._lengths[what] *= 1.05
        return ended

    def _endure(self, job, expected):
        """Its end; it may fail for these reasons only.

        :param expected: parts of what it tells then
        """
        try:
            job.result()
        except AssertionError as failed:
            if not any(words in str(failed) for words in (*expected, *CONFLICT)):
                raise

    # --- disasters ------------------------------------------------------------

    def _strike_kill(self):
        """kill -9 at a random moment."""
        job, what = self._begin()
        if self._wait_a_while(job, what):
            self._endure(job, ())
            self.struck[f"{what} had ended before the kill"] += 1
            return
        job.kill()
        self.struck[f"kill: {what}"] += 1

    def _strike_connections(self):
        """All of the worker's connections to the database end."""
        job, what = self._begin()
        self._wait_a_while(job, what)
        self._end_connections()
        self._endure(job, LOST)
        self.struck["connections dropped"] += 1

    def _end_connections(self):
        self.shop.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid != pg_backend_pid()"
            "   AND backend_type = 'client backend'"
        )

    def _strike_database(self):
        """As when PostgreSQL restarts: connections end, none is made for a while."""
        job, what = self._begin()
        self._wait_a_while(job, what)
        self._admit(False)
        try:
            self._end_connections()
            self._endure(job, LOST)
            late = self.start("work_on_all", kinds=ALL)
            self._endure(late, LOST)
        finally:
            self._admit(True)
        self.struck["database away"] += 1

    def _admit(self, whether):
        name = self.shop.workers.database
        self._pg.query(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {whether}')

    def _strike_disk(self):
        """Nothing more can be written to the database, now and then or at all."""
        share = self.rng.choice((0.02, 0.1, 0.5, 1))
        self.tell("  ", self._on_order())
        self.pass_time(16)
        self.books.close_page()
        with FullDisk(self.shop, share) as disk:
            for _round in range(3):
                kinds = self.rng.sample(ALL, len(ALL))
                self._endure(self.start("work_on_all", kinds=kinds), FULL)
                self.pass_time(16)
            self.struck["statements without space"] += disk.count_refused()
        self.struck["disk full"] += 1

    def _strike_cut(self):
        """No way to Amazon, for some connections or for all."""
        share = self.rng.choice((0.5, 1))
        for _round in range(2):
            job, _what = self._begin("all", unreachable=share)
            self._endure(job, ())
        self.struck["network cut"] += 1

    def _strike_black_hole(self):
        """Amazon takes calls and does what they say, but no answer comes."""
        self.sim.add_fault("slow", seconds=SILENCE, probability=0.3, count=6)
        job, _what = self._begin("all", patience=PATIENCE)
        self._endure(job, ())
        self.struck["network black-holed"] += 1

    def _strike_clock(self):
        """The server's clock is wrong by hours, and right again."""
        jump = self.rng.choice((-5, -2, -1, 1, 2, 5)) * 3600
        job, _what = self._begin("all", ahead=self.ahead + jump)
        self._endure(job, ())
        self.struck["clock jumped " + ("ahead" if jump > 0 else "back")] += 1

    def _strike_third_fails(self):
        """30 % of Amazon's answers are errors."""
        for kind, options in ERRORS:
            share = 0.3 / len(ERRORS)
            self.sim.add_fault(kind, probability=share, **options)
        for _round in range(3):
            self._live(1)
            job, _what = self._begin("all")
            self._endure(job, ())
            self.pass_time(16)
        self.struck["30 % of answers failed"] += 1

    def _strike_garbled(self):
        """Pages come twice, orders twice and in disorder."""
        for kind in GARBLED:
            self.sim.add_fault(kind, probability=0.5)
        for _round in range(2):
            self._live(1)
            job, _what = self._begin("all")
            self._endure(job, ())
            self.pass_time(16)
        self.struck["answers twice and in disorder"] += 1

    def _strike_day_off(self):
        """Amazon is away for a day."""
        self.sim.add_fault("error", status=503)
        for _part in range(6):
            self._live(1)
            job, _what = self._begin("all")
            self._endure(job, ())
            self.pass_time(4 * HOUR)
        self.struck["days without Amazon"] += 1
