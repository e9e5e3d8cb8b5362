# SPDX-License-Identifier: LGPL-3.0-or-later
"""Time, queries and memory of a piece of work inside an Odoo process (Linux)."""

import contextlib
import gc
import os
import re
import time
from pathlib import Path

from odoo import sql_db

_PROCESS = Path("/proc/self")


@contextlib.contextmanager
def measured(cr, result):
    """Put into the dict `result` what the block took.

    `seconds`, `cpu` (this process and the PostgreSQL process that serves `cr`, if it is
    on this machine; other people's work hardly shows in it), `queries`, and `memory`:
    by how many bytes this process grew at its peak.
    """
    backend = _backend(cr)
    gc.collect()
    before = _memory("VmRSS")
    # 5 sets the peak back to what is in use now
    (_PROCESS / "clear_refs").write_text("5")
    queries, cpu, start = sql_db.sql_counter, _cpu(backend), time.perf_counter()
    yield
    result["seconds"] = time.perf_counter() - start
    result["cpu"] = _cpu(backend) - cpu
    result["queries"] = sql_db.sql_counter - queries
    result["memory"] = max(0, _memory("VmHWM") - before)


def read_cpu(cr):
    """The CPU time, in seconds, that :func:`measured` counts, so far."""
    return _cpu(_backend(cr))


def _memory(name):
    status = (_PROCESS / "status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024


def _backend(cr):
    """The folder of PostgreSQL's process in /proc, None if it is elsewhere."""
    folder = Path(f"/proc/{cr._cnx.info.backend_pid}")
    with contextlib.suppress(OSError):
        if (folder / "comm").read_text().strip() == "postgres":
            return folder
    return None


def _cpu(backend):
    seconds = time.process_time()
    if backend:
        # after the name in brackets: state is the 1st field, utime the 12th
        times = (backend / "stat").read_text().rpartition(")")[2].split()[11:13]
        seconds += sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
    return seconds
