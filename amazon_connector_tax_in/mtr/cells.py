# SPDX-License-Identifier: LGPL-3.0-or-later
"""Single cells of the Merchant Tax Report as values."""

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache

_INDIA = timezone(timedelta(hours=5, minutes=30))
_NOTHING = {"", "-", "na", "n/a", "null", "none", "nan"}
_AMOUNT = re.compile(r"[+-]?\d{1,15}(\.\d{0,12})?([eE]-\d{1,2})?", re.ASCII)
_INDIAN = re.compile(r"(\d\d?)[-/.](\d\d?)[-/.](\d{4}|\d\d)(?:[ T].*)?", re.ASCII)
_NAMED = re.compile(r"(\d\d?)[- ]([a-z]{3})[a-z]*[- ](\d{4}|\d\d)(?: .*)?")
_ISO = re.compile(
    r"(\d{4})[-/](\d\d?)[-/](\d\d?)(?:[ t](\d\d):(\d\d)\S*?(z|[+-]\d\d:?\d\d)?)?"
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_ROUNDED = re.compile(r"\d([.,]\d+)?e\+?\d+", re.IGNORECASE)
_GSTIN = re.compile(r"\d{2}[A-Z]{5}\d{4}[A-Z][A-Z\d]{3}", re.ASCII)
_MOST_UNITS = 2**30
# A file repeats few rates, days and amounts many times.
_MOST_REMEMBERED = 4096


def is_nothing(text):
    return text.casefold() in _NOTHING


@lru_cache(maxsize=_MOST_REMEMBERED)
def read_amount(text):
    """A Decimal of an amount without its sign: Amazon's files differ in that.

    :raises ValueError: for what is no amount
    """
    if is_nothing(text):
        return Decimal(0)
    plain = text.replace(",", "").replace(" ", "").lstrip("₹")
    if not _AMOUNT.fullmatch(plain):
        raise ValueError(text)
    return abs(Decimal(plain))


@lru_cache(maxsize=_MOST_REMEMBERED)
def read_rate(text):
    """A percentage of a rate, which Amazon writes as a fraction: ``0.18`` is 18.

    :raises ValueError: for what is no rate
    """
    if text.endswith("%"):
        return read_amount(text[:-1].strip())
    rate = read_amount(text)
    # No rate of GST is 1 % as one kind and below it in none: 0.4 is 40 percent.
    return (rate * 100 if rate < 1 else rate).normalize()


@lru_cache(maxsize=_MOST_REMEMBERED)
def read_date(text):
    """A date in India, None without one.

    Forms that were seen: ``15-06-2025 10:22:11``, ``15/08/2026``, ISO 8601; a moment
    with an offset is told in India's time.

    :raises ValueError: for what is no date
    """
    lowered = text.casefold()
    if lowered in _NOTHING:
        return None
    if found := _INDIAN.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _NAMED.fullmatch(lowered):
        day, year = int(found[1]), int(found[3])
        month = _MONTHS.index(found[2]) + 1
    elif found := _ISO.fullmatch(lowered):
        return _read_iso(found)
    else:
        raise ValueError(text)
    return date(year + 2000 if year < 100 else year, month, day)


def _read_iso(found):
    year, month, day = map(int, found.groups()[:3])
    hour, minute, offset = found.groups()[3:]
    if not offset:
        return date(year, month, day)
    shift = timedelta()
    if offset != "z":
        digits = offset[1:].replace(":", "")
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        shift = -shift if offset[0] == "-" else shift
    moment = datetime(year, month, day, int(hour), int(minute), tzinfo=timezone(shift))
    return moment.astimezone(_INDIA).date()


def read_quantity(text):
    """A number of units.

    :raises ValueError: for what is none
    """
    amount = read_amount(text)
    if amount != int(amount) or amount > _MOST_UNITS:
        raise ValueError(text)
    return int(amount)


def read_gstin(text):
    """A GST number in capitals without blanks, None for anything else."""
    plain = "".join(text.split()).upper()
    return plain if _GSTIN.fullmatch(plain) else None


def read_word(text):
    """A text, None for one of the words that mean nothing."""
    return None if is_nothing(text) else text


def read_hsn(text):
    """The digits of an HSN or SAC, None without any; Excel leaves ``6204.0``."""
    plain = re.sub(r"\.0+$", "", text)
    return re.sub(r"\D", "", plain) or None


def is_rounded(text):
    """Whether a spreadsheet has shortened a long number: ``1.23457E+13``."""
    return bool(_ROUNDED.fullmatch(text))
