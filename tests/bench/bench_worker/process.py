# SPDX-License-Identifier: LGPL-3.0-or-later
"""The worker processes, seen from the bench."""

import json
import subprocess
import sys
from pathlib import Path

from pieces import commands, server
from pieces.console import SetupError
from pieces.paths import cache, log_file


class Worker:
    """A worker in the background for as long as the block lasts.

    :param str bench: its package, whose module `worker` is run, see `serving`
    :param str purpose: a word that tells it from other workers, in the log's name
    :param arguments: further words for that module's `Bench`
    """

    def __init__(self, odoo, pg, database, bench, purpose, *arguments):
        self._purpose = purpose
        self._log = log_file(f"bench-{purpose}")
        self._command = [sys.executable, "-m", f"{bench}.worker"]
        self._command += [str(server.configuration(odoo, pg)), database, *arguments]
        self._environment = server.environment(pg)
        bench = Path(__file__).resolve().parents[1]
        self._environment["PYTHONPATH"] += f":{bench}"

    def __enter__(self):
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._environment,
                cwd=cache("run"),
                start_new_session=True,
                preexec_fn=commands.die_with_parent,
            )
        return self

    def __exit__(self, *_exc_info):
        self._process.stdin.close()
        commands.stop(self._process)
        self._process.stdout.close()

    def ask(self, do, **arguments):
        """Have the worker's `Bench` call its method `do`; return what that returns.

        :raises SetupError: the worker died; says why
        """
        self.begin(do, **arguments)
        return self.answer()

    def begin(self, do, **arguments):
        """As `ask`, without waiting for the answer.

        :raises SetupError: the worker died; says why
        """
        request = {"do": do, **arguments}
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._failure() from None

    def answer(self):
        """The answer to what was begun.

        :raises SetupError: the worker died; says why
        """
        answer = self._process.stdout.readline()
        if not answer:
            raise self._failure()
        return json.loads(answer)

    def _failure(self) -> SetupError:
        output = self._log.read_text(errors="replace")
        return commands.failure(
            f"run the bench's part {self._purpose}", output, f"see {self._log}"
        )
