# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's times: UTC, ISO 8601, milliseconds, always with Z."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?"
    r"(?:Z|([+-])(\d\d):?(\d\d))",
    re.ASCII,
)


def format_time(moment: datetime) -> str:
    """Return an aware datetime as Amazon wants it, e.g. 2026-11-21T09:30:00.000Z.

    :raises ValueError: for a naive datetime, whose zone would be a guess
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("Amazon's times need an aware datetime, got a naive one")
    moment = moment.astimezone(timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def parse_time(text: object) -> datetime | None:
    """Return an aware UTC datetime, or None when `text` is not a time.

    A time without any zone is refused: nobody knows what it means.
    """
    match = _ISO.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = (
        match.groups()
    )
    micro = int((fraction or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second), micro
        ).replace(tzinfo=timezone.utc)
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            moment = moment - offset if sign == "+" else moment + offset
    except (ValueError, OverflowError):
        return None
    return moment
