# SPDX-License-Identifier: LGPL-3.0-or-later
"""Command line: `python -m sp_api_simulator`."""

import argparse
import json
import os
import signal
import threading
from pathlib import Path

from .simulator import SCENARIOS, Simulator


def parser():
    options = argparse.ArgumentParser(
        prog="sp_api_simulator",
        description="Plays Amazon seller accounts on 127.0.0.1 until it is stopped.",
    )
    add = options.add_argument
    add("--port", type=int, default=0, help="port (default: a free one)")
    add("--seed", type=int, default=1, help="number that makes the data reproducible")
    add("--scenario", choices=sorted(SCENARIOS), help="world to begin with")
    add("--orders", type=int, default=200, help="orders of the scenario")
    add("--factor", type=float, default=1.0, help="how fast the clock runs")
    add("--no-lag", action="store_true", help="search sees every update at once")
    add("--no-quotas", action="store_true", help="no rate limits")
    add("--ready-file", type=Path, help="JSON file written once it listens")
    return options


def main(arguments=None):
    options = parser().parse_args(arguments)
    settings = {"lag": (0.0, 0.0)} if options.no_lag else {}
    simulator = Simulator(
        seed=options.seed,
        port=options.port,
        factor=options.factor,
        quotas=not options.no_quotas,
        **settings,
    )
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_args: stop.set())
    with simulator:
        if options.scenario:
            simulator.seed_scenario(options.scenario, options.orders, options.seed)
        print(f"sp_api_simulator: {simulator.url}", flush=True)
        if options.ready_file:
            _write_ready(options.ready_file, simulator)
        stop.wait()


def _write_ready(path, simulator):
    """Write beside and rename, so that a reader never sees half a file."""
    ready = {"url": simulator.url, "lwa_url": simulator.lwa_url, "pid": os.getpid()}
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(ready), encoding="utf-8")
    beside.replace(path)


if __name__ == "__main__":
    main()
