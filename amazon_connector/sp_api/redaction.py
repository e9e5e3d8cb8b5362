# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keep secrets and buyers' data out of texts and logs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

MAX_LENGTH = 300

_PATTERNS = (
    # Login with Amazon: access and refresh tokens, client ids and secrets.
    re.compile(r"\bAtz[a-z]\|[^\s\"',;]*"),
    re.compile(r"\bamzn1\.[\w.\-]+"),
    re.compile(r"[\w.+%\-]+@[\w\-]+(?:\.[\w\-]+)+"),
    # Query strings, with or without an address in front.
    re.compile(r"\?[\w%.\-\[\]]+=[^\s\"'<>]*"),
    re.compile(r"(?i)\w*(?:token|secret|password|bearer)\w*\s*[=:]\s*[^\s,;]+"),
    re.compile(r"(?i)\bcode=[^\s,;]+"),
    # Whatever else is long and random: page tokens, keys, signatures.
    re.compile(r"[A-Za-z0-9+/=_\-|%]{40,}"),
    # Phone numbers; the edges spare request ids, which have digits and dashes too.
    re.compile(r"(?<![\w.\-])\+?\d[\d ()\-]{8,}\d(?![\w\-])"),
)
# Look like phone numbers and are what people need: order numbers, item ids, dates.
_HARMLESS = re.compile(r"\d{3}-\d{7}-\d{7}|\d{14,20}|\d{4}-\d\d-\d\d")


def redact(text: object, secrets: Iterable[str] = ()) -> str:
    """Return `text` fit for a log or a screen.

    :param text: any text, typically an error message of Amazon
    :param secrets: exact values that must not appear, e.g. the client secret
    :return: one line of at most ``MAX_LENGTH`` characters
    """
    text = str(text)
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[...]")
    for pattern in _PATTERNS:
        text = pattern.sub(_mask, text)
    text = " ".join(text.split())
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 3] + "..."


def _mask(match: re.Match[str]) -> str:
    found = match.group(0)
    harmless = all(_HARMLESS.fullmatch(word) for word in found.split())
    return found if harmless else "[...]"


class RedactingFilter(logging.Filter):
    """Redact a record's text before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = ()
        # A traceback quotes the HTTP library's texts, which hold whole URLs.
        record.exc_info = None
        record.exc_text = None
        return True


class _QueryFilter(logging.Filter):
    """Cut query strings out of urllib3's debug lines about our hosts."""

    def __init__(self) -> None:
        super().__init__()
        self.hosts: set[str | None] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and self.hosts.intersection(
            arg for arg in record.args if isinstance(arg, str)
        ):
            record.args = tuple(
                arg.partition("?")[0] if isinstance(arg, str) else arg
                for arg in record.args
            )
        return True


_query_filter = _QueryFilter()


def protect_host(host: str | None) -> None:
    """Keep the query values of requests to `host` out of urllib3's debug log."""
    _query_filter.hosts.add(host)
    # addFilter ignores a filter that is there already.
    logging.getLogger("urllib3.connectionpool").addFilter(_query_filter)


def get_logger(name: str) -> logging.Logger:
    """Return the logger `name`, with everything it says redacted."""
    logger = logging.getLogger(name)
    if not any(isinstance(entry, RedactingFilter) for entry in logger.filters):
        logger.addFilter(RedactingFilter())
    return logger
