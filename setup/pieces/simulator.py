# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulated Amazon as a program in the background, and its control API."""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from . import commands
from .paths import TESTS, cache, log_file

_START_SECONDS = 120


class SimulatorProcess:
    """Amazon's sellers on 127.0.0.1 for as long as the block lasts.

    :param str scenario: the world to begin with
    :param int orders: how many orders it has
    :param dict environment: as `pieces.server.environment` gives it
    :param options: further words of its command line
    """

    def __init__(self, scenario, orders, environment, options=()):
        self._ready = cache("run") / f"simulator-{time.time_ns()}.json"
        self._command = [sys.executable, "-m", "sp_api_simulator"]
        self._command += ["--scenario", scenario, "--orders", str(orders)]
        self._command += ["--ready-file", str(self._ready), *options]
        self._environment = environment
        self._process = None
        self.url = None

    def __enter__(self):
        log = log_file("simulator")
        log.unlink(missing_ok=True)
        self._process = commands.start(
            self._command, log=log, env=self._environment, cwd=TESTS
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._ready.exists():
            if not self.is_running() or time.monotonic() > deadline:
                self.stop()
                output = log.read_text(errors="replace")
                raise commands.failure("start the simulator", output, f"see {log}")
            time.sleep(0.05)
        self.url = json.loads(self._ready.read_text())["url"]
        return self

    def __exit__(self, *exc_info):
        self.stop()

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def stop(self):
        commands.stop(self._process)
        self._ready.unlink(missing_ok=True)

    def control(self, path, data=None, **query):
        """One call of the control API: GET, or POST with `data` as JSON.

        :param str path: below `/_control/`, e.g. `orders`
        :return: the parsed answer
        :raises SetupError: the simulator refuses or is gone
        """
        address = f"{self.url}/_control/{path}"
        if query:
            address += "?" + urllib.parse.urlencode(query)
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(
            address, body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.URLError as error:
            raise commands.failure("ask the simulator", str(error)) from None

    def sellers(self):
        """Credentials and companies of the simulated sellers."""
        return self.control("sellers")["sellers"]

    def products(self):
        """Every seller SKU once per seller."""
        return self.control("products")["products"]

    def orders(self):
        """Every order as Amazon states it now.

        :return: {seller's key: [order, ...]}
        """
        return {
            seller["seller"]: self.control("orders", seller=seller["seller"])["orders"]
            for seller in self.sellers()
        }
