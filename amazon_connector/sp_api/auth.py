# SPDX-License-Identifier: LGPL-3.0-or-later
"""Login with Amazon: consent address, code exchange, refresh of access tokens."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import requests

from .aliases import Clock, Guard, JsonObject, Timeout
from .endpoints import check_address
from .errors import (
    AuthorizationError,
    BadRequestError,
    ProtocolError,
    ThrottledError,
    TransientError,
)
from .redaction import get_logger, redact
from .tokens import AccessToken
from .transport import Transport

if TYPE_CHECKING:
    from .endpoints import Endpoint
    from .errors import AmazonError
    from .transport import Answer

_logger = get_logger(__name__)

OPERATION = "Login with Amazon"
# When Amazon does not say how long a token lives, do not trust it for long.
_UNSTATED_LIFETIME = 300.0
_ADVICE = {
    "invalid_grant": (
        "The authorization was revoked or has expired. Authorize the application "
        "again in Seller Central and enter the new refresh token."
    ),
    "invalid_client": (
        "The client ID or the client secret is wrong, or the secret has expired: "
        "Amazon requires a new one every 180 days. Copy both again from the "
        "application's page in Seller Central."
    ),
    "unauthorized_client": (
        "The refresh token belongs to another application. Enter client ID, client "
        "secret and refresh token of the same application."
    ),
    "access_denied": (
        "The seller did not agree, or withdrew the consent. Authorize the "
        "application again in Seller Central."
    ),
}


@dataclass(frozen=True)
class Credentials:
    """What one seller's authorisation consists of.

    `previous_client_secret` is tried when Amazon refuses the current one: after a
    rotation both are valid for some days.
    """

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    previous_client_secret: str | None = field(default=None, repr=False)

    @property
    def application_key(self) -> str:
        """Short name of the application, not secret; part of bucket keys."""
        return hashlib.sha256(self.client_id.encode()).hexdigest()[:16]

    @property
    def secrets(self) -> tuple[str, ...]:
        """All values that must never appear in a text."""
        return tuple(
            value
            for value in (
                self.client_id,
                self.client_secret,
                self.refresh_token,
                self.previous_client_secret,
            )
            if value
        )

    def token_key(self, endpoint: Endpoint) -> str:
        """Key of the access token in a token store; tells nothing about it."""
        parts = "\0".join(
            (
                endpoint.api_url,
                endpoint.lwa_url,
                self.client_id,
                self.refresh_token,
            )
        )
        return hashlib.sha256(parts.encode()).hexdigest()[:32]


def consent_url(
    seller_central_base: str, application_id: str, state: str, draft: bool = False
) -> str:
    """Return the Seller Central page where a seller authorises the application.

    :param seller_central_base: e.g. ``https://sellercentral.amazon.in``
    :param state: random, single use, checked when the seller comes back
    :param draft: the application is not published yet (``version=beta``)
    :raises ValueError: for anything but https, or plain http to this machine
    """
    base = seller_central_base.rstrip("/")
    if "://" not in base:
        base = f"https://{base}"
    check_address(base)
    query = {"application_id": application_id, "state": state}
    if draft:
        query["version"] = "beta"
    return f"{base}/apps/authorize/consent?{urlencode(query)}"


def exchange_code(
    endpoint: Endpoint,
    *,
    client_id: str,
    client_secret: str,
    code: str,
    redirect_uri: str,
    timeout: Timeout = (5, 30),
    session: requests.Session | None = None,
    clock: Clock = time.time,
    guard: Guard | None = None,
) -> tuple[str, AccessToken]:
    """Exchange the code of the consent page (valid about five minutes).

    :return: ``(refresh_token, AccessToken)``
    :raises AuthorizationError: code or client refused
    """
    transport = Transport(timeout=timeout, session=session, clock=clock, guard=guard)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": client_id,
        "client_secret": client_secret,
    }
    secrets = (code, client_id, client_secret)
    try:
        data = _post(endpoint, transport, form, secrets)
    finally:
        transport.close()
    refresh_token = data.get("refresh_token")
    if not isinstance(refresh_token, str) or not refresh_token:
        raise ProtocolError("The answer lacks: refresh token", operation=OPERATION)
    return refresh_token, _access_token(data, clock())


def refresh(
    endpoint: Endpoint,
    credentials: Credentials,
    transport: Transport,
    clock: Clock = time.time,
) -> AccessToken:
    """Get a new access token.

    :param Transport transport: sends the request
    :raises AuthorizationError: the account must stop until a human has acted
    :return: AccessToken
    """
    try:
        return _refresh(
            endpoint, credentials, credentials.client_secret, transport, clock
        )
    except AuthorizationError as error:
        previous = credentials.previous_client_secret
        if error.cause_code != "invalid_client" or not previous:
            raise
        refused = error
    try:
        token = _refresh(endpoint, credentials, previous, transport, clock)
    except AuthorizationError:
        # The current secret is the one that people know and can correct.
        raise refused from None
    _logger.warning("The new client secret was refused, the previous one still works")
    return token


def _refresh(
    endpoint: Endpoint,
    credentials: Credentials,
    secret: str,
    transport: Transport,
    clock: Clock,
) -> AccessToken:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": credentials.refresh_token,
        "client_id": credentials.client_id,
        "client_secret": secret,
    }
    asked = clock()
    data = _post(endpoint, transport, form, credentials.secrets)
    return _access_token(data, asked)


def _post(
    endpoint: Endpoint,
    transport: Transport,
    form: dict[str, str],
    secrets: Iterable[str],
) -> JsonObject:
    answer = transport.send(OPERATION, "POST", endpoint.lwa_url, data=form)
    _logger.debug(
        "%s: HTTP %s in %.2f s, request id %s",
        OPERATION,
        answer.status,
        answer.seconds,
        answer.request_id,
    )
    try:
        data = json.loads(answer.content)
    except (ValueError, RecursionError):
        data = None
    if answer.status == 200 and isinstance(data, dict) and "error" not in data:
        return data
    raise _failure(answer, data, secrets)


def _failure(answer: Answer, data: object, secrets: Iterable[str]) -> AmazonError:
    """Return the error for an answer without a token. Nothing was changed at
    Amazon, so every one of them may be tried again."""
    data = data if isinstance(data, dict) else {}
    code = data.get("error") if isinstance(data.get("error"), str) else None
    reason = data.get("error_description")
    reason = redact(reason, secrets) if isinstance(reason, str) else "No reason given"
    facts: dict[str, Any] = {
        "operation": OPERATION,
        "status": answer.status,
        "code": code and redact(code, secrets),
        "request_id": answer.request_id,
        "retry_after": answer.retry_after,
    }
    if answer.status == 429:
        return ThrottledError(reason, **facts)
    if answer.status >= 500:
        return TransientError(reason, **facts)
    if code in _ADVICE:
        advice = _ADVICE[code]
        return AuthorizationError(reason, cause_code=code, advice=advice, **facts)
    if not code:
        return ProtocolError(
            "The answer did not come from Login with Amazon",
            advice="Check the address of the token endpoint and any proxy in between.",
            **facts,
        )
    return BadRequestError(reason, **facts)


def _access_token(data: JsonObject, asked: float) -> AccessToken:
    """Return the AccessToken of an answer to a request made at `asked`."""
    value, lifetime = data.get("access_token"), data.get("expires_in")
    # A header takes printable ASCII only, and its error would quote the token.
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        value = ""
    if not value:
        raise ProtocolError("The answer lacks: access token", operation=OPERATION)
    if isinstance(lifetime, bool) or not isinstance(lifetime, (int, float)):
        lifetime = _UNSTATED_LIFETIME
    return AccessToken(value, asked + max(float(lifetime), 0.0))
