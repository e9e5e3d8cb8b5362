# SPDX-License-Identifier: LGPL-3.0-or-later
"""The tests' side of `faults.worker`: start jobs, stop them, kill them."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time

from pieces import paths

PATIENCE = 90


class Killed(Exception):
    """The worker's process ended before its job did."""


class Job:
    """One job in a process of its own."""

    def __init__(self, connection, name):
        connection.settimeout(PATIENCE)
        self._connection = connection
        self._file = connection.makefile("rw")
        self._name = name
        self.pid = self._expect("begun")

    def _read(self):
        line = self._file.readline()
        if not line:
            raise Killed(self._name)
        kind, content = json.loads(line)
        if kind == "failed":
            raise AssertionError(f"The job {self._name} failed:\n{content}")
        return kind, content

    def _expect(self, wanted):
        kind, content = self._read()
        assert kind == wanted, f"{self._name}: {kind} {content} instead of {wanted}"
        return content

    def wait_for_stop(self):
        """Returns when the process stands at a place where it was told to stop."""
        return self._expect("stopped")

    def stops(self):
        """Wait until it stands at a place where it was told to, or has ended.

        :return: whether it stands there
        """
        kind, _content = self._read()
        if kind == "done":
            self._connection.close()
        return kind == "stopped"

    def answers_within(self, seconds):
        """Whether it stops or ends within so many seconds."""
        return bool(select.select([self._connection], [], [], seconds)[0])

    def go_on(self):
        self._file.write("\n")
        self._file.flush()

    def kill(self):
        """kill -9; returns when the process is gone."""
        os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(Killed):
            while True:
                self._read()
        self._connection.close()

    def result(self):
        """Wait for the end; returns what the job returned."""
        try:
            return self._expect("done")
        finally:
            self._connection.close()


class Workers:
    """Any number of Odoo workers on one database.

    :param dict environment: as `pieces.server.environment` gives it
    :param pathlib.Path folder: for the socket and the log
    """

    def __init__(self, database, environment, folder):
        self.database = database
        self._address = str(folder / "workers.socket")
        self._log = folder / "workers.log"
        path = [str(paths.SETUP), environment["PYTHONPATH"]]
        self._environment = {**environment, "PYTHONPATH": os.pathsep.join(path)}

    def __enter__(self):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self._address)
        self._listener.listen()
        self._listener.settimeout(1)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "faults.worker", self.database, self._address],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                env=self._environment,
            )
        return self

    def __exit__(self, *exc_info):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.close()

    def log(self):
        """What all workers logged so far."""
        return self._log.read_text(errors="replace")

    def start(self, name, patches=None, **options):
        """Start a job of `jobs.JOBS`; `patches` as `jobs.patch` takes them."""
        order = {"job": name, "patches": patches or {}, "options": options}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Job(self._accept(), name)

    def _accept(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                return self._listener.accept()[0]
            except TimeoutError:
                assert self._process.poll() is None, self.log()
        raise AssertionError(f"No worker answers:\n{self.log()}")

    def run(self, name, patches=None, **options):
        """Do a job to its end; returns its result."""
        return self.start(name, patches, **options).result()
