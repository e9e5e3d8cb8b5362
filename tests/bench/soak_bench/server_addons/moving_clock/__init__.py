# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo's clock is ahead of the real one by the seconds in the file MOVING_CLOCK.

Waiting (`time.sleep`, timeouts) stays real; what PostgreSQL itself calls now stays
behind: neither Odoo's scheduled actions nor the connector ask it.
"""

import mmap
import os
import struct
import time
from datetime import datetime, timedelta, timezone

from odoo.fields import Date, Datetime
from odoo.sql_db import Cursor

with open(os.environ["MOVING_CLOCK"], "rb") as _file:
    _AHEAD = mmap.mmap(_file.fileno(), 8, access=mmap.ACCESS_READ)
_time, _database_now = time.time, Cursor.now


def _read_ahead():
    return struct.unpack("d", _AHEAD[:8])[0]


def _now(*_args):
    moment = datetime.fromtimestamp(time.time(), timezone.utc)
    return moment.replace(tzinfo=None, microsecond=0)


def _transaction_now(cursor):
    """As Odoo's own it stands still within a transaction."""
    begun = _database_now(cursor)
    known = getattr(cursor, "_moving_clock", None)
    if not known or known[0] != begun:
        cursor._moving_clock = known = (begun, _read_ahead())
    return begun + timedelta(seconds=known[1])


time.time = lambda: _time() + _read_ahead()
Datetime.now = staticmethod(_now)
Date.today = staticmethod(lambda *_args: _now().date())
Cursor.now = _transaction_now
