# SPDX-License-Identifier: LGPL-3.0-or-later
"""Turn an HTTP answer into data or into a typed error.

The status decides first, the body second. An empty or HTML body is an error
whatever the status says, because something between us and Amazon wrote it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .aliases import JsonObject
from .errors import (
    AccessDeniedError,
    BadRequestError,
    NotFoundError,
    ProtocolError,
    ThrottledError,
    TransientError,
)
from .reading import as_text
from .redaction import redact

if TYPE_CHECKING:
    from .errors import AmazonError
    from .operations import Operation
    from .transport import Answer

# "... has expired", and "... is revoked, malformed or invalid": a new token either
# works, or Login with Amazon says what is wrong with the account.
_TOKEN_REFUSED = re.compile(r"access token you provided (has|is) ", re.IGNORECASE)

ADVICE_DENIED = (
    "Check in Seller Central that the application has the roles it needs, that the "
    "account was authorized again after roles were added, and that marketplace and "
    "region belong together."
)


def read_answer(
    operation_name: str,
    answer: Answer,
    secrets: Iterable[str] = (),
    tells_details: bool = False,
) -> JsonObject:
    """Return the JSON object of a successful answer ({} for HTTP 204).

    :param Answer answer: see ``transport``
    :param secrets: exact values to keep out of error messages
    :param tells_details: Amazon's details join the message
    :raises AmazonError: of the type that fits
    """
    status = answer.status
    data = _parse(answer.content)
    facts: dict[str, Any] = {
        "operation": operation_name,
        "status": status,
        "request_id": answer.request_id,
        "retry_after": answer.retry_after,
    }
    if status == 204:
        return {}
    if 200 <= status < 300:
        if isinstance(data, dict) and set(data) != {"errors"}:
            return data
        raise ProtocolError(_what_is_wrong(answer), outcome_unknown=True, **facts)
    first = _first_error(data)
    if first is None:
        raise _failure(status, _what_is_wrong(answer), facts)
    code, message, details = first
    facts["code"] = code and redact(code, secrets)
    refused = _TOKEN_REFUSED.search(f"{message} {details}") is not None
    # Of most operations, details may hold anything: they are looked at, not shown.
    if tells_details and details and details != message:
        message = f"{message}: {details}"
    raise _failure(status, redact(message, secrets), facts, refused, readable=True)


def needed_text(answer: JsonObject, name: str, operation: Operation) -> str:
    """Return the text `name` of a successful answer.

    :raises ProtocolError: there is none; what cannot be repeated may be done
    """
    value = as_text(answer.get(name))
    if value:
        return value
    raise ProtocolError(
        f"The answer lacks: {name}",
        operation=operation.name,
        outcome_unknown=not operation.idempotent,
    )


def check_subject(told: object, asked: str, what: str, operation: Operation) -> None:
    """Make sure that an answer is about what was asked for, if it tells.

    :param told: the id in the answer
    :param what: what it is the id of
    :raises ProtocolError: it is about another
    """
    text = as_text(told)
    if text and text != asked:
        raise ProtocolError(f"The answer lacks: {what}", operation=operation.name)


def needed_list(answer: JsonObject, name: str, operation: Operation) -> list[Any]:
    """Return the list `name` of a successful answer to a search.

    :raises ProtocolError: there is none
    """
    value = answer.get(name)
    if isinstance(value, list):
        return value
    raise ProtocolError(f"The answer lacks: {name}", operation=operation.name)


def _failure(
    status: int,
    message: str,
    facts: dict[str, Any],
    token_refused: bool = False,
    readable: bool = False,
) -> AmazonError:
    if status == 429:
        return ThrottledError(message, **facts)
    if status >= 500:
        return TransientError(message, outcome_unknown=True, **facts)
    if status in (401, 403):
        return AccessDeniedError(
            message,
            token_expired=token_refused,
            advice="" if token_refused else ADVICE_DENIED,
            **facts,
        )
    if status == 404 and readable:
        return NotFoundError(message, **facts)
    if 400 <= status < 500 and status != 404:
        return BadRequestError(message, **facts)
    return ProtocolError(
        message,
        advice="Check the address of the endpoint and any proxy in between.",
        outcome_unknown=True,
        **facts,
    )


def _parse(content: bytes) -> Any:
    """Return the JSON value of `content`, None when it is not JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _first_error(data: object) -> tuple[str | None, str, str] | None:
    """Return (code, message, details) of Amazon's first error, None without one."""
    errors = data.get("errors") if isinstance(data, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return None
    code, message, details = (first.get(key) for key in ("code", "message", "details"))
    return (
        code if isinstance(code, str) and code else None,
        message if isinstance(message, str) and message else "No reason given",
        details if isinstance(details, str) else "",
    )


def _what_is_wrong(answer: Answer) -> str:
    """Describe a body that is not Amazon's, without quoting it."""
    start = answer.content.lstrip()[:1]
    if not start:
        return "The answer was empty"
    if start == b"<":
        return "The answer was a web page, not Amazon's data"
    if start in (b"{", b"["):
        return "The answer was cut off or not of the expected form"
    return "The answer was not readable"
