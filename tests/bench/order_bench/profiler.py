# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the time and the queries of an import go."""

import contextlib
import cProfile
import io
import pstats
import re
import time
from collections import Counter

from odoo.sql_db import Cursor

_FUNCTIONS, _STATEMENTS = 80, 60


class Profile:
    """Called, gives a context manager that profiles its block into a file."""

    def __init__(self, path):
        self._path = path

    @contextlib.contextmanager
    def __call__(self):
        statements = _Statements()
        profile = cProfile.Profile()
        with statements:
            profile.enable()
            yield
            profile.disable()
        with open(self._path, "w", encoding="utf-8") as report:
            report.write(_functions(profile, "cumulative"))
            report.write(_functions(profile, "tottime"))
            report.write(statements.report())
        profile.dump_stats(f"{self._path}.pstats")


def _functions(profile, order):
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats(order).print_stats(_FUNCTIONS)
    return text.getvalue()


class _Statements:
    """Counts the statements of all cursors while it is active."""

    def __init__(self):
        self._counts, self._seconds = Counter(), Counter()

    def __enter__(self):
        self._execute = execute = Cursor.execute

        def counted(cursor, query, params=None, log_exceptions=True):
            start = time.perf_counter()
            try:
                return execute(cursor, query, params, log_exceptions)
            finally:
                key = _shape(query)
                self._counts[key] += 1
                self._seconds[key] += time.perf_counter() - start

        Cursor.execute = counted
        return self

    def __exit__(self, *_exc_info):
        Cursor.execute = self._execute

    def report(self):
        lines = [
            f"{count:7d}  {self._seconds[key]:8.3f} s  {key}"
            for key, count in self._counts.most_common(_STATEMENTS)
        ]
        total = f"{sum(self._counts.values())} statements"
        return "\n".join([total, *lines, ""])


def _shape(query):
    """A statement without its values, short enough for a line."""
    text = getattr(query, "code", query)
    text = text.decode() if isinstance(text, bytes) else str(text)
    text = re.sub(r"%s(, ?%s)+", "...", re.sub(r"\s+", " ", text))
    return re.sub(r"\d+", "N", text).strip()[:150]
