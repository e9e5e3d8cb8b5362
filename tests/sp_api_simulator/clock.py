# SPDX-License-Identifier: LGPL-3.0-or-later
"""Simulated time: starts at real now, may run faster, may be moved forward."""

import re
import threading
import time
from datetime import datetime, timezone
from email.utils import formatdate

UTC_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$")
MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0
FASTEST = 1_000_000
LATEST = 4_102_444_800.0


class Clock:
    """Seconds since the epoch, `factor` times as fast as the real clock.

    `start` (epoch seconds) replaces real now, for reproducible runs.
    """

    def __init__(self, start=None, factor=1.0):
        self._lock = threading.Lock()
        self._real = time.monotonic()
        self._base = time.time() if start is None else float(start)
        self._factor = self._checked(factor)

    @staticmethod
    def _checked(factor):
        factor = float(factor)
        if factor < 0:
            raise ValueError("The clock cannot run backwards")
        if not factor <= FASTEST:
            raise ValueError(f"The clock runs {FASTEST} times as fast at most")
        return factor

    def _now(self):
        return self._base + (time.monotonic() - self._real) * self._factor

    def now(self):
        with self._lock:
            return self._now()

    @property
    def factor(self):
        return self._factor

    def set_factor(self, factor):
        factor = self._checked(factor)
        with self._lock:
            self._base, self._real = self._now(), time.monotonic()
            self._factor = factor

    def advance(self, seconds):
        if seconds < 0:
            raise ValueError("The clock cannot run backwards")
        with self._lock:
            if not self._now() + seconds < LATEST:
                raise ValueError("The clock stays in this century")
            self._base += seconds

    def set_now(self, moment):
        """Jump to `moment` (epoch seconds); only `reset` may go back in time."""
        with self._lock:
            if moment < self._now():
                raise ValueError("The clock cannot run backwards")
            if not moment < LATEST:
                raise ValueError("The clock stays in this century")
            self._base, self._real = moment, time.monotonic()


def format_time(moment):
    """Epoch seconds as Amazon writes them: UTC, milliseconds, Z."""
    stamp = datetime.fromtimestamp(round(moment * 1000) / 1000, timezone.utc)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{stamp.microsecond // 1000:03d}Z"


def parse_time(text):
    """Epoch seconds of a UTC time; ValueError for an offset or anything else."""
    if not isinstance(text, str) or not UTC_TIME.match(text):
        raise ValueError("not a UTC time ending in Z")
    whole, _dot, fraction = text[:-1].partition(".")
    seconds = datetime.fromisoformat(f"{whole}+00:00").timestamp()
    return seconds + (float(f"0.{fraction}") if fraction else 0.0)


def http_date(moment):
    return formatdate(moment, usegmt=True)
