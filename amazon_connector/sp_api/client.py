# SPDX-License-Identifier: LGPL-3.0-or-later
"""One seller's connection to Amazon: token, throttle, retry, typed errors.

Usable alone. The names ``api_url``, ``lwa_url``, ``client_id``, ``client_secret``,
``refresh_token`` and ``seller_id`` below stand for your own values; in production
the endpoint is ``Endpoint.production("eu")``.

>>> from datetime import datetime, timedelta, timezone
>>> from sp_api import Client, Credentials, Endpoint, Order, Orders, split_order
>>> credentials = Credentials(client_id, client_secret, refresh_token)
>>> credentials
Credentials()
>>> endpoint = Endpoint.custom(api_url, lwa_url)
>>> since = datetime.now(timezone.utc) - timedelta(days=30)
>>> with Client(credentials, endpoint, seller_id=seller_id) as client:
...     page = Orders(client).search(
...         last_updated_after=since, included_data=("FULFILLMENT", "PROCEEDS")
...     )
>>> public, personal = split_order(page.orders[0])
>>> order = Order.from_json(public)
>>> order.fulfillment_status
'UNSHIPPED'
>>> sum(item.quantity_ordered for item in order.items)
2
"""

from __future__ import annotations

import logging
import random as _random
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import requests

from . import auth
from .aliases import BucketKey, Clock, Guard, JsonObject, Timeout
from .answers import read_answer
from .errors import (
    AccessDeniedError,
    AmazonError,
    ProtocolError,
    ThrottledError,
    TransientError,
)
from .redaction import get_logger
from .retry import backoff, should_retry
from .throttle import MemoryBucketStore
from .tokens import MemoryTokenStore
from .transport import Transport

if TYPE_CHECKING:
    from typing_extensions import Self

    from .auth import Credentials
    from .endpoints import Endpoint
    from .operations import Operation
    from .throttle import BucketStore
    from .tokens import AccessToken, TokenStore

_logger = get_logger(__name__)

PURPOSES = ("live", "user", "backfill", "cancel")
# Refresh this long before the token's end, so that none expires on its way.
EARLY = 60.0
# Longer than one request to Login with Amazon can take.
_LEASE = 90.0
_POLL = 0.25
# After the retries of one call failed, the next run should not come at once.
_LATER = 60.0
_SKEW = 300.0
_MAX_RATE = 1000.0


class Client:
    """Calls operations of the Selling Partner API for one seller in one region.

    :param Credentials credentials: see ``auth``
    :param Endpoint endpoint: see ``endpoints``
    :param seller_id: merchant token; part of the bucket keys
    :param tokens: token store shared by workers (default: in memory)
    :param buckets: bucket store shared by workers (default: in memory)
    :param purpose: whose tokens may be used: one of PURPOSES; those of a bucket
        that are kept for another purpose may not
    :param max_wait: longest single wait, seconds
    :param budget: seconds that one call may take with all its retries; an
        exchange that has begun is ended by `timeout`, not by this
    :param timeout: (connect, read) seconds of one exchange
    :param session: a ``requests.Session`` to use; it is not closed
    :param guard: called before each network call and each wait; what it raises
        stops the call
    """

    def __init__(
        self,
        credentials: Credentials,
        endpoint: Endpoint,
        *,
        seller_id: str,
        tokens: TokenStore | None = None,
        buckets: BucketStore | None = None,
        purpose: str = "live",
        max_wait: float = 5.0,
        budget: float = 30.0,
        timeout: Timeout = (5, 30),
        session: requests.Session | None = None,
        clock: Clock = time.time,
        sleep: Callable[[float], object] = time.sleep,
        random: Callable[[], float] = _random.random,
        guard: Guard | None = None,
    ) -> None:
        if purpose not in PURPOSES:
            raise ValueError(f"Not a purpose: {purpose!r}")
        self.endpoint = endpoint
        self.seller_id = seller_id
        self.purpose = purpose
        self._credentials = credentials
        self._tokens = tokens if tokens is not None else MemoryTokenStore(clock)
        self._buckets = buckets if buckets is not None else MemoryBucketStore()
        self._max_wait = max_wait
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._guard = guard
        self._rates: dict[str, float] = {}
        self._transport = Transport(
            timeout=timeout, session=session, clock=clock, guard=guard
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client of {self.seller_id} for {self.purpose}>"

    @property
    def clock_skew(self) -> float | None:
        """Seconds that Amazon's clock is ahead of ours; None before any answer."""
        return self._transport.clock_skew

    def now(self) -> float:
        """Return this client's time, epoch seconds."""
        return self._clock()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def call(
        self,
        operation: Operation,
        *,
        path_params: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: JsonObject | None = None,
        token: AccessToken | None = None,
    ) -> JsonObject:
        """Call one operation and return its JSON object.

        :param Operation operation: what to call
        :param dict path_params: values of the path template
        :param dict query: parameters; lists are joined by commas, None is left out
        :param dict body: JSON body
        :param AccessToken token: instead of the seller's own, see ``restricted``
        :raises AmazonError: typed, with `retry_at` where coming back makes sense
        """
        url = self.endpoint.api_url + operation.path_for(path_params)
        request = {"params": _query(query)}
        if body is not None:
            request["json"] = body
        try:
            return self._call(operation, url, request, token)
        except AmazonError as error:
            self._mention_skew(error)
            throttled = isinstance(error, ThrottledError)
            _logger.log(logging.INFO if throttled else logging.WARNING, "%s", error)
            raise

    def _call(
        self,
        operation: Operation,
        url: str,
        request: dict[str, Any],
        given: AccessToken | None,
    ) -> JsonObject:
        effort = _Effort(self._clock())
        while True:
            try:
                effort.token = given or self._access_token(effort)
                self._take(operation, effort)
                return self._send(operation, url, request, effort.token)
            except AccessDeniedError as error:
                refused = None if given or effort.renewed else effort.token
                if not refused or not error.token_expired:
                    raise
                effort.renewed = True
                self._discard(refused)
            except AmazonError as error:
                self._wait_or_give_up(error, operation, effort)

    def _send(
        self,
        operation: Operation,
        url: str,
        request: dict[str, Any],
        token: AccessToken,
    ) -> JsonObject:
        headers = {"x-amz-access-token": token.value}
        answer = self._transport.send(
            operation.name, operation.method, url, headers=headers, **request
        )
        _logger.debug(
            "%s: HTTP %s in %.2f s, request id %s",
            operation.name,
            answer.status,
            answer.seconds,
            answer.request_id,
        )
        self._learn(operation, answer.headers)
        if operation.empty and answer.status == 200 and not answer.content.strip():
            return {}
        secrets = (token.value, *self._credentials.secrets)
        return read_answer(operation.name, answer, secrets, operation.tells_details)

    # Retries

    def _wait_or_give_up(
        self, error: AmazonError, operation: Operation, effort: _Effort
    ) -> None:
        """Wait before the next try, or raise `error` with its time to come back."""
        effort.attempts += 1
        now = self._clock()
        wait = self._wait_after(error, operation, effort)
        if error.status == 429 and error.operation == operation.name:
            self._buckets.drain(self._key(operation), now + wait, now)
        if should_retry(
            error,
            idempotent=operation.idempotent,
            attempt=effort.attempts,
            wait=wait,
            elapsed=effort.elapsed(now),
            max_wait=self._max_wait,
            budget=self._budget,
        ):
            effort.throttled = error if error.status == 429 else None
            self._pause(wait, effort)
            return
        if error.retry_at is None:
            error.retry_at = self._come_back(error, operation, now, wait)
        raise error

    def _wait_after(
        self, error: AmazonError, operation: Operation, effort: _Effort
    ) -> float:
        """Return the seconds that Amazon asks for, else a backoff with jitter."""
        if error.retry_after:
            return error.retry_after
        if error.status == 429 and error.operation == operation.name:
            # A drained bucket holds the next token after one period at the latest.
            period = 1.0 / self._rate(operation)
            return backoff(effort.attempts, self._random(), period, max(period, 60.0))
        return backoff(effort.attempts, self._random())

    def _come_back(
        self, error: AmazonError, operation: Operation, now: float, wait: float
    ) -> float | None:
        """Return the epoch second from which on a new call makes sense."""
        if isinstance(error, ThrottledError):
            # One token is there after the wait; the reserves have to refill first.
            return now + wait + operation.floor(self.purpose) / self._rate(operation)
        if isinstance(error, (TransientError, ProtocolError)):
            return now + max(wait, _LATER)
        return None

    def _pause(self, seconds: float, effort: _Effort) -> None:
        if self._guard:
            self._guard()
        self._sleep(seconds)
        effort.waited += seconds

    # Throttle

    def _key(self, operation: Operation) -> BucketKey:
        return (self._credentials.application_key, self.seller_id, operation.name)

    def _rate(self, operation: Operation) -> float:
        return self._rates.get(operation.name, operation.rate)

    def _take(self, operation: Operation, effort: _Effort) -> None:
        """Take one token of the operation's bucket, waiting for it if it is near."""
        floor = operation.floor(self.purpose)
        while True:
            now = self._clock()
            wait = self._buckets.take(
                self._key(operation), operation.rate, operation.burst, floor, now
            )
            if wait <= 0:
                return
            if wait > self._max_wait or effort.elapsed(now) + wait > self._budget:
                raise self._used_up(operation, now + wait, effort.throttled)
            self._pause(wait, effort)

    def _used_up(
        self, operation: Operation, retry_at: float, throttled: AmazonError | None
    ) -> ThrottledError:
        """Return the error for a bucket without tokens; Amazon's facts if it was
        Amazon who said so."""
        facts: dict[str, Any] = {"operation": operation.name, "retry_at": retry_at}
        if throttled is None:
            message = f"No call is left for {self.purpose} use"
            return ThrottledError(message, **facts)
        return ThrottledError(
            throttled.message,
            status=throttled.status,
            code=throttled.code,
            request_id=throttled.request_id,
            **facts,
        )

    def _learn(self, operation: Operation, headers: Mapping[str, str]) -> None:
        """Follow the rate that Amazon grants, told on some answers."""
        try:
            rate = float(headers.get("x-amzn-RateLimit-Limit", ""))
        except ValueError:
            return
        # Written only when it changed: the store may be a database.
        if 0 < rate <= _MAX_RATE and rate != self._rates.get(operation.name):
            self._rates[operation.name] = rate
            self._buckets.learn(self._key(operation), rate, self._clock())

    # Access token

    def _access_token(self, effort: _Effort) -> AccessToken:
        """Return a fresh token; one worker gets it, the others wait for that."""
        key = self._credentials.token_key(self.endpoint)
        waited = 0.0
        while True:
            token = self._fresh(self._tokens.load(key))
            if token:
                return token
            if self._tokens.claim_refresh(key, _LEASE):
                return self._refresh(key)
            if waited >= self._max_wait:
                raise TransientError(
                    "Another worker is still renewing the access token",
                    operation=auth.OPERATION,
                    retry_at=self._clock() + _POLL,
                )
            self._pause(_POLL, effort)
            waited += _POLL

    def _fresh(self, token: AccessToken | None) -> AccessToken | None:
        return token if token and token.expires_at - EARLY > self._clock() else None

    def _refresh(self, key: str) -> AccessToken:
        try:
            # Somebody may have finished between our look and our claim.
            token = self._fresh(self._tokens.load(key))
            if token is None:
                token = auth.refresh(
                    self.endpoint, self._credentials, self._transport, self._clock
                )
                self._tokens.save(key, token)
            return token
        finally:
            self._tokens.release_refresh(key)

    def _discard(self, token: AccessToken) -> None:
        """Forget a token that Amazon calls expired, unless it was renewed already."""
        key = self._credentials.token_key(self.endpoint)
        stored = self._tokens.load(key)
        if stored and stored.value == token.value:
            self._tokens.discard(key)

    def _mention_skew(self, error: AmazonError) -> None:
        skew = self.clock_skew
        if skew is not None and abs(skew) > _SKEW:
            direction = "behind" if skew > 0 else "ahead of"
            error.add_advice(
                f"This machine's clock is {abs(skew) / 60:.0f} minutes {direction} "
                "Amazon's: set it right."
            )


class _Effort:
    """What one call has cost so far."""

    def __init__(self, started: float) -> None:
        self.started = started
        self.waited = 0.0
        self.attempts = 0
        self.token: AccessToken | None = None
        self.renewed = False
        self.throttled: AmazonError | None = None

    def elapsed(self, now: float) -> float:
        # The sum of the waits still counts if the clock is set back.
        return max(now - self.started, self.waited)


def _query(query: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the parameters as Amazon reads them."""
    return {
        name: ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        for name, value in (query or {}).items()
        if value not in (None, (), [])
    }
