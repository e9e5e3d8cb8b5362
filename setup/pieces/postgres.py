# SPDX-License-Identifier: LGPL-3.0-or-later
"""The PostgreSQL to use: one that answers, else one that is started for the time.

In this order: what the PG* variables (or libpq's defaults) lead to; as root the
machine's own cluster; else a private cluster that listens on a socket only. What was
started here is stopped when the last setup command that uses it ends.
"""

import contextlib
import dataclasses
import fcntl
import getpass
import os
import secrets

import psycopg2

from . import clusters
from .commands import failure
from .console import SetupError, say
from .paths import cache, lock

ROLE = "amazon_connector"
_VARIABLES = (
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGUSER",
    "PGPASSWORD",
    "PGPASSFILE",
    "PGSERVICE",
    "PGDATABASE",
)


@dataclasses.dataclass(frozen=True)
class Server:
    """A PostgreSQL that answers, and a role that may make databases there.

    `host` is a name, an address or the folder of a socket. The password stays out of
    the repr.
    """

    host: str
    port: int
    user: str
    password: str | None = dataclasses.field(default=None, repr=False)

    def environment(self):
        """The environment for programs that are to use this server."""
        kept = {key: val for key, val in os.environ.items() if key not in _VARIABLES}
        kept.update(PGHOST=self.host, PGPORT=str(self.port), PGUSER=self.user)
        if self.password:
            kept["PGPASSWORD"] = self.password
        return kept

    def connect(self, database="postgres"):
        """A psycopg2 connection; each statement is its own transaction."""
        connection = psycopg2.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database,
            connect_timeout=10,
        )
        connection.autocommit = True
        return connection

    def query(self, statement, values=None, database="postgres"):
        """Run one statement; returns its rows, [] when it has none."""
        with contextlib.closing(self.connect(database)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def running():
    """A PostgreSQL for as long as the block lasts.

    :rtype: Server
    :raises SetupError: none answers and none can be started
    """
    with contextlib.ExitStack() as uses:
        with lock("postgres-start"):
            server = _find()
            use = uses.enter_context((cache("locks") / "postgres-use.lock").open("w"))
            fcntl.flock(use, fcntl.LOCK_SH)
        try:
            yield server
        except psycopg2.OperationalError as error:
            raise failure("reach PostgreSQL any more", _first_line(error)) from error
        finally:
            with lock("postgres-start"):
                fcntl.flock(use, fcntl.LOCK_UN)
                _stop_if_last(use)


def _stop_if_last(use):
    started = clusters.started_here()
    if not started:
        return
    try:
        fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    started.stop()


def _find():
    server, refusal = _answering()
    if server:
        return server
    given = [name for name in _VARIABLES if os.environ.get(name)]
    if given:
        say(f"PostgreSQL does not answer as {', '.join(given)} say ({refusal})")
    for cluster in clusters.candidates():
        cluster.start()
        server = Server(cluster.socket, cluster.port, getpass.getuser())
        cluster.admit(server.user)
        problem = _problem(server)
        if not problem:
            return server
        refusal = problem
        cluster.stop_if_started()
    raise SetupError(
        f"No PostgreSQL answers and none could be started ({refusal}). Install it "
        "(apt-get install postgresql) or set PGHOST, PGPORT, PGUSER, PGPASSWORD."
    )


def _answering():
    """The server that libpq finds by itself, or None and why not."""
    try:
        connection = psycopg2.connect(
            dbname=os.environ.get("PGDATABASE", "postgres"), connect_timeout=5
        )
    except psycopg2.Error as error:
        return None, _first_line(error)
    with contextlib.closing(connection):
        found = connection.get_dsn_parameters()
        server = Server(
            found.get("host") or connection.info.host,
            int(found["port"]),
            found["user"],
            os.environ.get("PGPASSWORD") or connection.info.password or None,
        )
    if server.user == "postgres":
        server = _with_own_role(server)
    problem = _problem(server)
    return (None, problem) if problem else (server, None)


def _with_own_role(server):
    """The same server as a role of our own: Odoo refuses to run as postgres."""
    secret = cache() / "postgres-role"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(24))
    password = secret.read_text()
    exists = server.query("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
    verb = "ALTER" if exists else "CREATE"
    server.query(f"{verb} ROLE {ROLE} LOGIN CREATEDB PASSWORD %s", [password])
    host = "127.0.0.1" if server.host.startswith("/") else server.host
    return Server(host, server.port, ROLE, password)


def _problem(server):
    """Why a server cannot be used, or None."""
    try:
        rows = server.query(
            "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
        )
        version = server.query("SHOW server_version_num")
    except psycopg2.Error as error:
        return _first_line(error)
    if not rows or not rows[0][0]:
        return f"the role {server.user} may not create databases"
    if int(version[0][0]) < 130000:
        return "it is older than PostgreSQL 13, which Odoo 19 needs"
    return None


def _first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
