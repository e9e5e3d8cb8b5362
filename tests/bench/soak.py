# SPDX-License-Identifier: LGPL-3.0-or-later
"""A shop's week in two hours: does anything grow, is anything lost?

Called by `setup/bench soak`; tests/bench/README.md tells what happens.
"""

import argparse
import contextlib
import json
import tempfile
import time
from pathlib import Path

from pieces import connect, databases, paths, rpc, server, shipping, shops
from pieces.console import SetupError, say
from soak_bench import ends, plot, samples
from soak_bench.clock import MovingClock
from soak_bench.traffic import DAY, Traffic
from sp_api_simulator import Simulator
from sp_api_simulator.kinds_shipping import store_fba
from sp_api_simulator.scenario import plain_sellers

ADDONS = {
    paths.TESTS / "e2e/server_addons": "hasty_server",
    paths.TESTS / "bench/soak_bench/server_addons": "moving_clock",
}
# A jump of the clock: Odoo's lease of an account lasts for 180 seconds, so nobody may
# be at work then.
SHORTEST, LONGEST = 60, 1800
PATIENCE = 20
KEPT_DAYS = 1
# Hours after the last order, in which everything is done.
CALM_HOURS = 26
_BUSY = """
    SELECT EXISTS (SELECT FROM amazon_sync_task WHERE leased_until > %(now)s)
        OR EXISTS (SELECT FROM ir_cron WHERE active AND nextcall <= %(now)s)
        OR EXISTS (SELECT FROM ir_cron_trigger WHERE call_at <= %(now)s)
"""


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, prog="setup/bench soak")
    add = parser.add_argument
    add("--days", type=float, default=7.0, metavar="N", help="of the shop")
    add("--minutes", type=float, default=120.0, metavar="N", help="that they take")
    add("--orders", type=float, default=300.0, metavar="N", help="a day, both sellers")
    add("--servers", type=int, default=2, metavar="N", help="Odoo processes")
    add("--samples", type=Path, metavar="PATH", help="write what was measured as JSON")
    add("--plot", type=Path, metavar="PATH", help="write a drawing of it as SVG")
    return parser.parse_args(arguments)


def main(odoo, pg, arguments):
    """Run the bench; returns 0 if nothing was lost, whatever the figures are."""
    options = parse(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        databases.temporary(odoo, pg, "soak", databases.SHOPS) as database,
        Simulator(seed=77) as sim,
    ):
        plain_sellers(sim)
        for key in sim.sellers:
            store_fba(sim, key, key)
        soak = Soak(odoo, pg, database, sim, Path(folder), options)
        with soak.running():
            soak.open()
            soak.run()
        return soak.tell()


class Soak:
    """The servers, the shops and what is measured."""

    def __init__(self, odoo, pg, database, sim, folder, options):
        self.pg, self.database, self.sim = pg, database, sim
        self._options = options
        self.clock = MovingClock(folder / "clock", sim)
        self.servers = [
            self._server(odoo, number + 1) for number in range(options.servers)
        ]
        self.samples = []
        self.traffic = {}
        self.accounts = {}

    def _server(self, odoo, number):
        return server.OdooServer(
            odoo,
            self.pg,
            self.database,
            port=server.free_port(),
            log=paths.log_file(f"soak-odoo-{number}"),
            options=server.loading(odoo, list(ADDONS), ADDONS.values()),
            variables={"MOVING_CLOCK": str(self.clock.path)},
        )

    @contextlib.contextmanager
    def running(self):
        with contextlib.ExitStack() as parts:
            parts.callback(self.clock.close)
            self._watch = parts.enter_context(
                contextlib.closing(self.pg.connect(self.database))
            )
            for one in self.servers:
                parts.enter_context(one)
            yield

    # --- the shops open -------------------------------------------------------

    def open(self):
        """Both sellers connected, live, with all modules on."""
        first = self.servers[0]
        odoo = rpc.OdooRpc(first.url, self.database)
        web = rpc.WebSession(first.url, self.database, "admin", "admin")
        sellers = [
            {**self.sim.credentials(key), "company_name": seller.company_name}
            for key, seller in self.sim.sellers.items()
        ]
        companies = shops.find(odoo, sellers)
        ids = connect.connect(odoo, self.sim, sellers, companies)
        self.accounts = dict(zip(self.sim.sellers, ids, strict=True))
        for key, account in self.accounts.items():
            shipping.furnish(odoo, companies[key], key)
            self._set_up(odoo, account, companies[key])
        for account in ids:
            connect.go_live(odoo, account, self._check_alive)
        share = self._options.orders / len(ids)
        for key in self.accounts:
            self.traffic[key] = Traffic(
                self.sim, odoo, web, key, companies[key], self.clock, share
            )

    def _set_up(self, odoo, account, company):
        context = {"allowed_company_ids": [company], "active_test": False}
        mine = [("account_id", "=", account)]
        values = {"buyer_data_days": KEPT_DAYS}
        odoo.call("amazon.account", "write", [account], values, context=context)
        kinds = [*mine, ("active", "=", False), ("kind", "!=", "mtr")]
        tasks = odoo.call("amazon.sync.task", "search", kinds, context=context)
        if tasks:
            on = {"active": True}
            odoo.call("amazon.sync.task", "write", tasks, on, context=context)
        channels = odoo.call("amazon.channel", "search", mine, context=context)
        values = {"auto_invoice": "posted"}
        odoo.call("amazon.channel", "write", channels, values, context=context)

    def _check_alive(self):
        for one in self.servers:
            if not one.is_running():
                raise SetupError(f"Odoo has ended, see {one.log}")

    # --- the week -------------------------------------------------------------

    def run(self):
        """The days pass, then the hours in which all is done.

        A machine that is too busy ends earlier: the last sample tells the days.
        """
        begun, factor = time.monotonic(), self._factor()
        end, next_sample = begun + self._options.minutes * 66, begun
        while self.clock.passed() < self._options.days * DAY and time.monotonic() < end:
            if time.monotonic() >= next_sample:
                next_sample += self._pause()
                self._sample()
            due = (time.monotonic() - begun) * factor - self.clock.passed()
            self._step(min(max(due, SHORTEST), LONGEST))
        for traffic in self.traffic.values():
            traffic.calm_down()
        for _number in range(CALM_HOURS * 2):
            self._pass(1800)
        self._wait_until_idle()
        self._sample()

    def _factor(self):
        return self._options.days * DAY / (self._options.minutes * 60)

    def _pause(self):
        """Seconds between two samples: a minute, less in a short run."""
        return min(60.0, self._options.minutes * 60 / 40)

    def _step(self, seconds):
        self._pass(seconds)
        for traffic in self.traffic.values():
            traffic.play(seconds)

    def _pass(self, seconds):
        """Time passes, while nobody is at work."""
        self._check_alive()
        self._wait_until_idle()
        self.clock.advance(seconds)

    def _wait_until_idle(self):
        deadline = time.monotonic() + PATIENCE
        while self._is_busy() and time.monotonic() < deadline:
            time.sleep(0.2)

    def _is_busy(self):
        with self._watch.cursor() as cursor:
            cursor.execute(_BUSY, {"now": self.clock.format_now()})
            return cursor.fetchone()[0]

    def _sample(self):
        taken = samples.take(
            self.pg, self.database, self.servers, self.clock.format_now()
        )
        day = self.clock.passed() / DAY
        self.samples.append({"day": day, **taken})
        say(
            f"  day {day:.2f}: {taken['sales orders']:.0f} orders, "
            f"{taken['memory, MB']:.0f} MB, {taken['connections']:.0f} connections"
        )
        if self._options.samples:
            self._options.samples.write_text(json.dumps(self.samples))

    # --- the end --------------------------------------------------------------

    def tell(self):
        """Print the figures; returns 0 if nothing was lost or doubled."""
        for key, traffic in self.traffic.items():
            told = ", ".join(f"{count} {what}" for what, count in traffic.told.items())
            say(f"{key}: {told}")
        series = {
            name: [sample[name] for sample in self.samples]
            for name in self.samples[0]
            if name != "day"
        }
        # The last sample is taken when all work is done.
        for name, values in series.items():
            ratio = samples.slope(values[:-1])
            flat = " (flat?)" if name in samples.FLAT else ""
            say(
                f"{name:32}{values[0]:12.1f}{max(values):12.1f}{values[-1]:12.1f}"
                f"{'' if ratio is None else f'{ratio:8.2f}'}{flat}"
            )
        if self._options.plot:
            drawn = {name: series[name] for name in (*samples.FLAT, "sales orders")}
            days = [sample["day"] for sample in self.samples]
            self._options.plot.write_text(plot.draw(days, drawn, "A shop's week"))
        bloat = samples.find_bloat(self.pg, self.database)
        for name, times in sorted(bloat.items(), key=lambda one: -one[1])[:5]:
            say(f"index {name}: {times:.2f} times its size when built anew")
        problems = list(ends.find_problems(self))
        for problem in problems[:40]:
            say(f"WRONG: {problem}")
        say(f"{len(problems)} problems")
        return 1 if problems else 0
