# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo workers that may be killed: one process loads Odoo, each job is a fork of it.

Run as ``python -m faults.worker DATABASE SOCKET``. Every line on standard input is a
job as JSON: ``{"job": name in jobs.py, "options": {...}, "patches": {...}}``. Its
process connects to the Unix socket SOCKET and speaks JSON lines: ``begun`` with its
process id, ``stopped`` at a place where it was told to stop (it goes on when it reads a
line), at last ``done`` with the result or ``failed`` with the traceback.
"""

import gc
import json
import os
import signal
import socket
import sys
import time
import traceback

from pieces import odoo_home, postgres, registry


class ImpatientClock:
    """Waiting costs nothing: a sleep moves this process's clock instead.

    So a client that retries for half a minute does it at once, and its own arithmetic
    of waits and budgets stays true.
    """

    def __init__(self):
        self._ahead = 0.0
        self._time, self._sleep = time.time, time.sleep

    def install(self):
        time.time, time.sleep = self.time, self.sleep

    def time(self):
        return self._time() + self._ahead

    def sleep(self, seconds):
        self._ahead += seconds
        self._sleep(max(min(seconds, 0.01), 0))


class Channel:
    """The line to the test that ordered the job."""

    def __init__(self, address):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)
        self._file = self._socket.makefile("rw")

    def tell(self, kind, content=None):
        self._file.write(json.dumps([kind, content], default=str) + "\n")
        self._file.flush()

    def stop(self, place):
        """Wait here until the test says to go on, or kills this process."""
        self.tell("stopped", place)
        if not self._file.readline():
            os._exit(1)


def _work(database, address, order):
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    from . import jobs

    channel = Channel(address)
    channel.tell("begun", os.getpid())
    try:
        models = Registry(database).check_signaling()
        with models.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            jobs.patch(env, channel, **order.get("patches", {}))
            result = jobs.JOBS[order["job"]](env, **order.get("options", {}))
            cursor.commit()
        channel.tell("done", result)
    except BaseException:
        channel.tell("failed", traceback.format_exc())


def _prepare(models):
    """Have worked out, once for all jobs, what Odoo works out at its first need."""
    from odoo import SUPERUSER_ID, api

    _known = models._field_triggers, models.field_inverses, models.field_computed
    with models.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        for name in models:
            _known = env[name]._constraint_methods, env[name]._ondelete_methods


def main(database, address):
    ImpatientClock().install()
    with postgres.running() as pg:
        registry.configure(odoo_home.get(), pg)
        import odoo.sql_db
        from odoo.modules.registry import Registry

        _prepare(Registry(database))
        odoo.sql_db.close_all()
        gc.collect()
        gc.freeze()
        # Ended jobs must not stay behind as zombies.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        for line in sys.stdin:
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _work(database, address, json.loads(line))
                os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
