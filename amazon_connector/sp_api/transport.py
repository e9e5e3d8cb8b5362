# SPDX-License-Identifier: LGPL-3.0-or-later
"""One HTTP exchange: timeouts, a size limit, and errors that quote nothing.

The HTTP library's exceptions carry whole URLs and header values. They are turned
into this package's errors outside the ``except`` block, so that not even the
exception's context keeps them.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError

from .aliases import Clock, Guard, Timeout
from .errors import AmazonError, BadRequestError, ProtocolError, TransientError
from .redaction import protect_host
from .retry import parse_http_date, retry_after
from .version import VERSION

MAX_BODY = 64 * 1024 * 1024
MAX_SECONDS = 120.0
_CHUNK = 64 * 1024


def user_agent() -> str:
    """Return the User-Agent in the form Amazon demands, at most 500 characters."""
    facts = f"{platform.system()}/{platform.release()}"
    # These characters would end the list of facts early.
    facts = re.sub(r"[^\w./+\-]", "-", facts, flags=re.ASCII) or "unknown"
    agent = (
        f"AmazonConnectorForOdoo/{VERSION} "
        f"(Language=Python/{platform.python_version()}; Platform={facts[:200]})"
    )
    return agent[:500]


@dataclass(frozen=True)
class Answer:
    """What came back; `content` stays out of the repr, it may hold anything."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    seconds: float = 0.0
    retry_after: float | None = None

    @property
    def request_id(self) -> str | None:
        return self.headers.get("x-amzn-RequestId")


class Transport:
    """A session with the rules of this package.

    :param timeout: (connect, read) seconds
    :param session: a ``requests.Session``; without one, an own one is made
    :param clock: returns epoch seconds
    :param guard: called before each exchange; what it raises stops the call
    """

    def __init__(
        self,
        *,
        timeout: Timeout,
        session: requests.Session | None = None,
        clock: Clock,
        guard: Guard | None = None,
    ) -> None:
        self.clock_skew: float | None = None
        self._own_session = session is None
        self._session = session or requests.Session()
        self._timeout = timeout
        self._clock = clock
        self._guard = guard

    def close(self) -> None:
        """Close the connections, unless the session was given by the caller."""
        if self._own_session:
            self._session.close()

    def send(
        self,
        operation_name: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        **parts: Any,
    ) -> Answer:
        """Send one request and read the whole answer.

        :param operation_name: for errors
        :param parts: ``params``, ``data`` or ``json`` of requests
        :raises TransientError: no connection, no answer
        :raises ProtocolError: the answer was cut off or has no end
        :return: Answer, whatever its status
        """
        if self._guard:
            self._guard()
        protect_host(urlsplit(url).hostname)
        begun = self._clock()
        answer = self._exchange(method, url, headers or {}, parts, begun)
        if isinstance(answer, AmazonError):
            answer.operation = operation_name
            raise answer
        served = parse_http_date(answer.headers.get("Date"))
        if served is not None:
            self.clock_skew = served - self._clock()
        return answer

    def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        parts: dict[str, Any],
        begun: float,
    ) -> Answer | AmazonError:
        """Return the answer, or the error that there is instead."""
        sent = {"User-Agent": user_agent(), "Accept": "application/json", **headers}
        try:
            with self._session.request(
                method,
                url,
                headers=sent,
                timeout=self._timeout,
                # A redirect would carry the access token to another host.
                allow_redirects=False,
                stream=True,
                # Else requests may add a password from ~/.netrc.
                auth=_no_auth,
                **parts,
            ) as response:
                content = self._read(response, begun)
                if isinstance(content, ProtocolError):
                    return content
                return self._answer(response, content, begun)
        except requests.RequestException as error:
            return _translate(error)

    def _answer(
        self, response: requests.Response, content: bytes, begun: float
    ) -> Answer:
        now = self._clock()
        return Answer(
            status=response.status_code,
            headers=response.headers,
            content=content,
            seconds=now - begun,
            retry_after=retry_after(response.headers, now),
        )

    def _read(self, response: requests.Response, begun: float) -> bytes | ProtocolError:
        """Return the body, or a ProtocolError when it is endless."""
        chunks, size = [], 0
        for chunk in response.iter_content(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY or self._clock() - begun > MAX_SECONDS:
                return ProtocolError(
                    "The answer was too long or came too slowly",
                    status=response.status_code,
                    request_id=response.headers.get("x-amzn-RequestId"),
                    outcome_unknown=True,
                )
        return b"".join(chunks)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _translate(error: requests.RequestException) -> AmazonError:
    """Return our error for one of requests, without its text."""
    name = type(error).__name__
    if isinstance(error, requests.exceptions.SSLError):
        return TransientError(
            "No secure connection to Amazon could be made",
            advice="Check this machine's certificates, clock and proxy.",
        )
    if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
        return TransientError(
            "Amazon could not be reached",
            advice="Check the network, name resolution and proxy of this machine.",
        )
    if isinstance(error, requests.ReadTimeout):
        return TransientError("Amazon did not answer in time", outcome_unknown=True)
    if isinstance(
        error,
        (
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ),
    ):
        return ProtocolError("Amazon's answer was cut off", outcome_unknown=True)
    if isinstance(error, requests.ConnectionError):
        return TransientError(
            f"The connection to Amazon broke ({name})", outcome_unknown=True
        )
    return BadRequestError(f"The request could not be sent ({name})")


def _never_connected(error: requests.RequestException) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)
