# SPDX-License-Identifier: LGPL-3.0-or-later
"""PostgreSQL clusters of this machine that may be started: Debian's, a private one.

A cluster offers `start()`, `stop()`, `stop_if_started()`, `admit(role)`, `socket` (the
folder of its socket) and `port`.
"""

import hashlib
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import debian
from .commands import find, run
from .console import say
from .paths import cache

_PROGRAMS = Path("/usr/lib/postgresql")
_STATE = Path("/var/lib/postgresql")
# A private cluster holds nothing that cannot be made again: it need not survive a
# power cut, and is much faster without waiting for the disk.
_SETTINGS = (
    "listen_addresses=''",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=256MB",
    "max_wal_size=2GB",
    "max_connections=120",
    "unix_socket_permissions=0700",
)
_INITDB = ("--encoding=UTF8", "--locale=C", "--no-sync")


def candidates():
    """The clusters to try, best first.

    :rtype: Iterator[MachineCluster | PrivateCluster]
    """
    if debian.is_root():
        if not _installed():
            debian.install(["postgresql"], "Odoo's database")
        yield from MachineCluster.all()
        yield PrivateCluster(_STATE / "amazon-connector-odoo", "postgres")
    elif _installed():
        yield PrivateCluster(cache("postgres"), None)


def started_here():
    """The running cluster that a setup command started, or None."""
    try:
        kind, *values = json.loads(_marker().read_text())
    except FileNotFoundError:
        return None
    made = {"machine": MachineCluster, "private": PrivateCluster}[kind](*values)
    if made.is_running():
        return made
    _marker().unlink()
    return None


def _marker():
    return cache() / "postgres-started.json"


def _installed():
    return sorted(_PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))


def _plain():
    """The environment without the PG* variables, which lead to another server."""
    return {key: val for key, val in os.environ.items() if not key.startswith("PG")}


class _Cluster:
    """What both kinds do alike, above their `is_running`, `_start` and `_stop`."""

    def start(self):
        """Start it if it is not running, and remember that it was us."""
        if not self.is_running():
            self._start()
            _marker().write_text(json.dumps([self.kind, *self._values()]))

    def stop(self):
        """Stop it; it was started here."""
        self._stop()
        _marker().unlink(missing_ok=True)

    def stop_if_started(self):
        """Stop it if it was started here."""
        started = started_here()
        if started and started._values() == self._values():
            self.stop()


class MachineCluster(_Cluster):
    """A cluster as Debian's postgresql-common manages them (root only)."""

    kind = "machine"

    def __init__(self, version, name, port):
        self.version, self.name, self.port = version, name, int(port)
        self.socket = "/var/run/postgresql"

    @classmethod
    def all(cls):
        if not find("pg_lsclusters"):
            return []
        listed = run(["pg_lsclusters", "-h"], what="list PostgreSQL's clusters")
        rows = [line.split() for line in listed.splitlines() if line.strip()]
        rows.sort(key=lambda row: (row[3].startswith("online"), int(row[0])))
        return [cls(*row[:3]) for row in reversed(rows)]

    def _values(self):
        return [self.version, self.name, self.port]

    def is_running(self):
        listed = run(["pg_lsclusters", "-h"], what="list PostgreSQL's clusters")
        rows = [line.split() for line in listed.splitlines()]
        return any(
            row[:2] == [self.version, self.name] and row[3].startswith("online")
            for row in rows
            if len(row) > 3
        )

    def _start(self):
        say(f"Starting PostgreSQL {self.version} ({self.name})")
        self._control("start")

    def _stop(self):
        others = self._as_owner(
            "psql",
            "-XAtqc",
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )
        if others.strip() == "0":
            self._control("stop")

    def _control(self, verb):
        run(
            ["pg_ctlcluster", self.version, self.name, verb],
            what=f"{verb} PostgreSQL {self.version} ({self.name})",
        )

    def _as_owner(self, program, *arguments):
        command = ["runuser", "-u", "postgres", "--", program, "-p", self.port]
        if program == "psql":
            command += ["-d", "postgres"]
        return run([*command, *arguments], what=f"run {program}", cwd="/", env=_plain())

    def admit(self, role):
        """Let the operating system's user of that name make databases."""
        known = self._as_owner(
            "psql", "-XAtqc", f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"
        )
        if not known.strip():
            self._as_owner("createuser", "--createdb", role)


class PrivateCluster(_Cluster):
    """A cluster of our own: socket only, reachable by its owner (and root).

    :param folder: holds the data and the log
    :param str | None owner: the user it runs as when we are root
    """

    kind = "private"
    port = 5432

    def __init__(self, folder, owner):
        self.folder, self.owner = Path(folder), owner
        self.socket = str(self._socket_folder())

    def _values(self):
        return [str(self.folder), self.owner]

    def _socket_folder(self):
        """A socket's path may have 107 characters, and nothing that needs quoting."""
        inside = self.folder / "socket"
        if len(os.fsencode(inside)) < 80 and re.fullmatch(r"[\w./-]+", str(inside)):
            return inside
        mark = hashlib.sha256(str(inside).encode()).hexdigest()[:8]
        return Path(tempfile.gettempdir()) / f"amazon-connector-{os.geteuid()}-{mark}"

    def _run(self, program, *arguments):
        newest = _installed()[-1].parent
        own = self.folder / "data" / "PG_VERSION"
        if own.exists():
            newest = _PROGRAMS / own.read_text().strip() / "bin"
        command = [newest / program, *arguments]
        if self.owner:
            command = ["runuser", "-u", self.owner, "--", *command]
        return run(command, what=f"run PostgreSQL's {program}", cwd="/", env=_plain())

    def is_running(self):
        return (self.folder / "data" / "postmaster.pid").exists() and self._answers()

    def _answers(self):
        program = _installed()[-1].parent / "pg_isready"
        command = [program, "-q", "-h", self.socket, "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _start(self):
        say("Starting a private PostgreSQL")
        self._make_folders()
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._make_data(data)
        settings = " ".join(f"-c {setting}" for setting in _SETTINGS)
        options = f"{settings} -k {self.socket} -p {self.port}"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start")

    def _make_data(self, data):
        """Under another name first: a killed initdb leaves what looks complete."""
        for rest in (data, *data.parent.glob("data.*")):
            shutil.rmtree(rest, ignore_errors=True)
        making = data.with_name(f"data.{os.getpid()}")
        self._run("initdb", "-D", making, "--auth=trust", *_INITDB)
        making.rename(data)

    def _make_folders(self):
        for folder in (self.folder, Path(self.socket)):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            if self.owner:
                user = pwd.getpwnam(self.owner)
                os.chown(folder, user.pw_uid, user.pw_gid)

    def _stop(self):
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-m", "fast", "stop")

    def admit(self, role):
        """Let that role make databases; the owner of the cluster may already."""
        if self.owner:
            statement = f"""
                DO $$ BEGIN
                IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
                CREATE ROLE "{role}" LOGIN CREATEDB;
                END IF; END $$"""
            connection = ("-h", self.socket, "-p", str(self.port), "-d", "postgres")
            self._run("psql", "-Xqc", statement, *connection)
