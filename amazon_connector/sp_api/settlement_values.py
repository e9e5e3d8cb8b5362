# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amounts and dates as settlement reports write them, which differs by marketplace."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from .amounts import read_amount

Moment = tuple[tuple[date, ...], timedelta, timedelta]

MARKS = (".", ",")
"""Decimal marks; which one a file uses is found out by its sum."""

# ISO 4217: currencies whose smallest unit is not a hundredth.
_DIGITS = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_SIGN = r"(?P<sign>[+\-\u2212]?)"
_FORMS = {
    # India writes 1,00,000.00 for 100,000.00.
    ".": re.compile(
        _SIGN + r"(?P<whole>\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.(?P<part>\d+))?",
        re.ASCII,
    ),
    ",": re.compile(
        _SIGN
        + r"(?P<whole>\d+|\d{1,3}(?:[. '’\u00a0\u202f]\d{3})+)(?:,(?P<part>\d+))?",
        re.ASCII,
    ),
}
_MOMENT = re.compile(
    r"(?P<date>[\d./-]{6,10})"
    r"(?:[T ](?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d{1,9})?)?)?"
    r" ?(?P<zone>Z|UTC|GMT)?"
    r"(?:(?P<sign>[+-])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?)?",
    re.ASCII,
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d\d?)\2(\d\d?)", re.ASCII)
_DAY_FIRST = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})", re.ASCII)
_SLASHES = re.compile(r"(\d\d?)/(\d\d?)/(\d\d|\d{4})", re.ASCII)


def currency_digits(currency: str) -> int:
    """Return how many decimals the smallest unit of a currency has."""
    return _DIGITS.get(currency, 2)


def read_marked(text: str, mark: str, digits: int) -> Decimal | None:
    """Return the Decimal that a text is with this decimal mark, None if it is none.

    ``1.500`` is no amount in euros with a point: nobody writes thousandths of one; with
    a comma it is fifteen hundred. So no text has two meanings.

    :param mark: one of ``MARKS``
    :param digits: decimals of the currency
    """
    match = _FORMS[mark].fullmatch(text)
    if not match:
        return None
    part = match["part"] or ""
    if len(part) > max(digits, 2) or part[digits:].strip("0"):
        return None
    whole = re.sub(r"\D", "", match["whole"])
    sign = "-" if match["sign"] in ("-", "\u2212") else ""
    return read_amount(f"{sign}{whole}.{part[:digits] or '0'}")


def read_days(text: str) -> tuple[date, ...]:
    """Return the dates that a text may mean: none, one, or two.

    ``09/06/25`` is the ninth of June or the sixth of September.
    """
    if match := _YEAR_FIRST.fullmatch(text):
        return _dates((match[1], match[3], match[4]))
    if match := _DAY_FIRST.fullmatch(text):
        return _dates((match[3], match[2], match[1]))
    if match := _SLASHES.fullmatch(text):
        one, other, year = match.groups()
        year = year if len(year) == 4 else f"20{year}"
        return _dates((year, other, one), (year, one, other))
    return ()


def read_moment(text: str) -> Moment | None:
    """Return ``(dates it may be as written, seconds since midnight, zone's offset)``.

    Known are ``2015-12-02T03:27:08+00:00``, ``2026-03-01 05:23:19 UTC``,
    ``27.06.2026 00:00:00 UTC``, ``29.07.2026 23:59 GMT+5:30``, and dates alone.

    :return: None for any other text; the last two are timedeltas, without a time the
        day begins
    """
    match = _MOMENT.fullmatch(text)
    if not match:
        return None
    days = read_days(match["date"])
    if not days:
        return None
    parts = (match["hour"], match["minute"], match["second"])
    hour, minute, second = (int(part or 0) for part in parts)
    if hour > 23 or minute > 59 or second > 60:
        return None
    offset = timedelta(
        hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0)
    )
    if offset > timedelta(hours=14):
        return None
    time = timedelta(hours=hour, minutes=minute, seconds=second)
    return days, time, -offset if match["sign"] == "-" else offset


def to_utc(day: date, time: timedelta, offset: timedelta) -> datetime | None:
    """Return the aware UTC datetime of a moment, None beyond the calendar."""
    try:
        midnight = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
        return midnight + time - offset
    except OverflowError:
        return None


def _dates(*triples: tuple[str, str, str]) -> tuple[date, ...]:
    """Return the dates that exist, each once."""
    found = []
    for triple in triples:
        try:
            day = date(*map(int, triple))
        except ValueError:
            continue
        if day not in found:
            found.append(day)
    return tuple(found)
