# SPDX-License-Identifier: LGPL-3.0-or-later
"""What can go wrong at Amazon, as types that a caller can act on.

=====================  ====================================================
``AuthorizationError``  stop the account and ask a human
``AccessDeniedError``   this call is not allowed (role, marketplace, region)
``ThrottledError``      come back at ``retry_at``
``TransientError``      come back later, nothing is wrong with the request
``ProtocolError``       the answer was not Amazon's (HTML, empty, cut off)
``BadRequestError``     this record or request is wrong, repeating is useless
``NotFoundError``       Amazon does not know it
=====================  ====================================================

No message, attribute or traceback of these errors holds a credential, a token or a
query string: texts of Amazon pass ``redact`` first, and errors of the HTTP library
(which quote whole URLs) are never chained. E-mail addresses and telephone numbers are
cut out by their form. A name or a street has no form: ``redact`` does not know it. None
is sent to Amazon, so that no answer about a request can repeat one.
"""

from __future__ import annotations

from typing import Any


class ToldError(Exception):
    """An error whose sentence can be told in another language.

    :param str sentence: in English, with places such as ``%(row)s``
    :param values: what stands there
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence = sentence
        self.values = values


class AmazonError(Exception):
    """Base of all errors of this package.

    :param str message: one sentence for a human, already redacted
    :param operation: Amazon's name of the operation, e.g. ``searchOrders``
    :param status: HTTP status, None when no answer came
    :param code: Amazon's error code, e.g. ``QuotaExceeded``
    :param request_id: ``x-amzn-RequestId``, which Amazon's support asks for
    :param retry_at: epoch seconds before which trying again is useless
    :param advice: what a human can do about it, may be empty
    :param retry_after: seconds that Amazon asks to wait, None if it does not
    :param outcome_unknown: True when Amazon may have carried the request out
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_at: float | None = None,
        advice: str = "",
        retry_after: float | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_at = retry_at
        self.advice = advice
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown

    def __str__(self) -> str:
        facts = [
            f"{name} {value}"
            for name, value in (
                ("HTTP", self.status),
                ("code", self.code),
                ("request id", self.request_id),
            )
            if value is not None
        ]
        head = f"{self.operation}: {self.message}" if self.operation else self.message
        return f"{head} ({', '.join(facts)})" if facts else head

    @property
    def explanation(self) -> str:
        """What went wrong and, where known, what a human can do about it."""
        return " ".join(filter(None, [str(self), self.advice]))

    def add_advice(self, text: str) -> None:
        """Append one more sentence of advice, once."""
        if text not in self.advice:
            self.advice = f"{self.advice} {text}".strip()


class AuthorizationError(AmazonError):
    """Login with Amazon refuses the account: stop it until a human has acted.

    ``cause_code`` is Amazon's own word: ``invalid_grant`` (refresh token revoked
    or expired), ``invalid_client`` (client secret wrong or expired),
    ``unauthorized_client`` (token belongs to another application).
    """

    def __init__(
        self, message: str, *, cause_code: str | None = None, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.cause_code = cause_code


class AccessDeniedError(AmazonError):
    """HTTP 401 or 403 on a call: role, marketplace or region is not allowed.

    ``token_expired`` is True when Amazon refuses the access token only.
    """

    def __init__(
        self, message: str, *, token_expired: bool = False, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.token_expired = token_expired


class ThrottledError(AmazonError):
    """No call is left in the budget (ours or Amazon's) before ``retry_at``."""


class TransientError(AmazonError):
    """Connection failed, or Amazon answered 5xx."""


class BadRequestError(AmazonError):
    """Amazon refuses the request as it is (HTTP 4xx)."""


class NotFoundError(AmazonError):
    """Amazon says that the thing asked for does not exist (HTTP 404)."""


class ProtocolError(AmazonError):
    """The answer cannot come from the API: HTML, empty, cut off, a redirect."""
