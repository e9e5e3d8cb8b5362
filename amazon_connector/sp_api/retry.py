# SPDX-License-Identifier: LGPL-3.0-or-later
"""When to try again, and after how long: pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from .errors import ProtocolError, ThrottledError, TransientError

if TYPE_CHECKING:
    from .errors import AmazonError

MAX_ATTEMPTS = 8
_LONGEST_HINT = 86400.0


def should_retry(
    error: AmazonError,
    *,
    idempotent: bool,
    attempt: int,
    wait: float,
    elapsed: float,
    max_wait: float,
    budget: float,
) -> bool:
    """Tell whether a failed call is tried again within the same run.

    :param AmazonError error: what went wrong
    :param bool idempotent: the operation may run twice without harm
    :param int attempt: tries so far, the failed one included
    :param float wait: seconds to wait before the next try
    :param float elapsed: seconds since the first try began
    :param float max_wait: longest single wait allowed, seconds
    :param float budget: seconds allowed in total
    """
    if not isinstance(error, (ThrottledError, TransientError, ProtocolError)):
        return False
    # Whoever set a time to come back has decided already.
    if error.retry_at is not None:
        return False
    # A client fault stays one, whatever its body looks like.
    if error.status is not None and 300 <= error.status < 500 and error.status != 429:
        return False
    if error.outcome_unknown and not idempotent:
        return False
    return attempt < MAX_ATTEMPTS and wait <= max_wait and elapsed + wait <= budget


def backoff(attempt: int, jitter: float, base: float = 0.5, cap: float = 60.0) -> float:
    """Return seconds to wait before try number `attempt` + 1.

    Full jitter: anything between nothing and the exponential bound, so that
    workers that failed together do not come back together.

    :param int attempt: tries so far
    :param float jitter: a random number from 0 to 1
    """
    return jitter * min(cap, base * 2.0 ** (attempt - 1))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds of a ``Retry-After`` header, None without a usable one.

    :param headers: answer headers; a date is read against the server's own clock
        (``Date``) when it tells it
    :param float now: local epoch seconds
    """
    text = (headers.get("Retry-After") or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        moment = parse_http_date(text)
        if moment is None:
            return None
        seconds = moment - (parse_http_date(headers.get("Date")) or now)
    # Rules out nan, which compares with nothing.
    if not seconds >= 0:
        return 0.0
    return min(seconds, _LONGEST_HINT)


def parse_http_date(text: str | None) -> float | None:
    """Return epoch seconds of an HTTP date, None when it is not one."""
    try:
        return parsedate_to_datetime(text or "").timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
