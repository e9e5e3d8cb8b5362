# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo as a program: its configuration, its command line, a server in the background.

The server keeps running until `OdooServer.stop`, or until its parent dies.
"""

import configparser
import itertools
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from . import commands, right_to_left
from .console import SetupError
from .paths import REPOSITORY, TESTS, cache, odoo_data

HOST = "127.0.0.1"
_START_SECONDS = 120
_serial = itertools.count(1)


# Their second word comes before the options, too.
_WITH_SUBCOMMANDS = ("db", "i18n", "module")


def configuration(odoo, pg):
    """Write a configuration file of Odoo for this checkout and this PostgreSQL.

    :rtype: pathlib.Path
    """
    options = {
        "addons_path": ",".join(
            str(path) for path in (*odoo.addons, odoo.path / "odoo/addons", REPOSITORY)
        ),
        "admin_passwd": secrets.token_urlsafe(24),
        "data_dir": odoo_data(),
        "db_host": pg.host,
        "db_port": pg.port,
        "db_user": pg.user,
        "http_interface": HOST,
        # on a busy machine a round takes longer than the two minutes of Odoo's own
        "limit_time_real_cron": 3600,
        "list_db": "False",
        "log_level": "info",
        # our tests and demo speak XML-RPC on purpose, as users' scripts do
        "log_handler": ":INFO,odoo.addons.rpc.controllers.xmlrpc:ERROR",
        "without_demo": "True",
    }
    if pg.password:
        options["db_password"] = pg.password
    parser = configparser.RawConfigParser()
    parser["options"] = {key: str(value) for key, value in options.items()}
    path = cache("run") / f"server-{os.getpid()}-{next(_serial)}.conf"
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
    ) as (handle):
        parser.write(handle)
    _drop_configurations_of_the_dead(path.parent)
    return path


def _drop_configurations_of_the_dead(folder):
    for path in folder.glob("server-*.conf"):
        process = path.stem.split("-")[1]
        if not os.path.exists(f"/proc/{process}"):
            path.unlink(missing_ok=True)


def environment(pg):
    """The environment of Odoo and of tests: database, simulator on Python's path, what
    turns styles on that of programs."""
    variables = right_to_left.on_path(pg.environment())
    # Compiled once for all that is started, and nothing of it lies in the checkout.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    variables["PYTHONPYCACHEPREFIX"] = str(cache("bytecode"))
    paths = [str(TESTS), variables.get("PYTHONPATH", "")]
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    variables.setdefault(
        "SP_API_MODELS", str(REPOSITORY.parent / "shared" / "sp-api-models")
    )
    return variables


def command(odoo, pg, arguments):
    """The full command for some of Odoo's own arguments.

    The subcommand (`server` if none is given) comes first, our configuration next.
    """
    arguments = [str(argument) for argument in arguments]
    program = [sys.executable, "-m", "odoo"]
    if arguments and not arguments[0].startswith("-"):
        program.append(arguments.pop(0))
        if program[-1] in _WITH_SUBCOMMANDS and arguments:
            program.append(arguments.pop(0))
    if program[-1] in ("upgrade_code", "help") or {"-h", "--help", "--version"} & set(
        arguments
    ):
        return [*program, *arguments]
    return [*program, "-c", str(configuration(odoo, pg)), *arguments]


def loading(odoo, folders, addons):
    """Options of a server that loads addons for all its databases, from more folders.

    :param folders: where they are, beside Odoo's and this checkout's
    """
    path = ",".join(map(str, (*odoo.addons, REPOSITORY, *folders)))
    names = ",".join(("base", "rpc", "web", *addons))
    return ["--addons-path", path, "--load", names]


def command_line(odoo, pg, arguments):
    """Run Odoo in the foreground, in this terminal; returns its exit code."""
    return subprocess.run(
        command(odoo, pg, arguments), env=environment(pg), check=False
    ).returncode


def run(odoo, pg, arguments, *, what, script="", variables=None):
    """Run Odoo to its end.

    :param str script: Python for Odoo's shell
    :param dict variables: further variables of its environment
    :return: what it logged
    :raises SetupError: Odoo failed; names what was being done
    """
    if arguments[0] in ("server", "shell"):
        # While it runs tests it serves pages, whatever it is told.
        arguments = [*arguments, "--http-port", free_port()]
    done = subprocess.run(
        command(odoo, pg, arguments),
        env={**environment(pg), **(variables or {})},
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=cache("run"),
        preexec_fn=commands.die_with_parent,
        check=False,
    )
    if done.returncode:
        log = cache("logs") / f"failed-{os.getpid()}.log"
        log.write_text(done.stdout)
        raise commands.failure(what, done.stdout, f"all of it is in {log}")
    return done.stdout


def free_port():
    """A TCP port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def require_port(port):
    """Refuse a port that is taken.

    :raises SetupError: it is; says which option helps
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OverflowError:
            raise SetupError(f"{port} is no port; take 1024 to 65535.") from None
        except OSError as error:
            raise SetupError(
                f"Port {port} cannot be used ({error.strerror}). Take another: --port N"
            ) from None


class OdooServer:
    """An Odoo server in the background, on one database.

    :param int cron_threads: 0 for a server without scheduled jobs
    :param options: further words of its command line
    :param dict variables: further variables of its environment
    """

    def __init__(
        self,
        odoo,
        pg,
        database,
        *,
        port,
        log,
        cron_threads=2,
        options=(),
        variables=None,
    ):
        self.url = f"http://{HOST}:{port}"
        self.database = database
        self.log = log
        self._command = command(
            odoo,
            pg,
            [
                "server",
                *("-d", database, "--db-filter", f"^{database}$"),
                *("--http-port", port, "--max-cron-threads", cron_threads),
                *options,
            ],
        )
        self._environment = {**environment(pg), **(variables or {})}
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.stop()

    def start(self):
        """Start it; returns when it answers.

        :raises SetupError: it died or does not answer in time
        """
        self.log.unlink(missing_ok=True)
        self._process = commands.start(
            self._command, log=self.log, env=self._environment, cwd=cache("run")
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                output = self.log.read_text(errors="replace")
                raise commands.failure("start Odoo", output, f"see {self.log}")
            time.sleep(0.2)

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/web/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        """The number of the running process."""
        return self._process.pid

    def stop(self):
        if self._process:
            commands.stop(self._process)
            self._process = None

    def restart(self, **variables):
        """Stop it and start it again, with further variables of its environment."""
        self.stop()
        self._environment |= variables
        self.start()

    def kill(self):
        """End it as a crash does; returns when it is gone."""
        self._process.kill()
        self._process.wait()
        self._process = None
