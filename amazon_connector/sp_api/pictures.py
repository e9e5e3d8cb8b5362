# SPDX-License-Identifier: LGPL-3.0-or-later
"""A listing's picture, from whatever host Amazon names.

The address is data, and so is the answer: nothing is sent along, no redirect followed,
nothing fetched from a private network, and what comes back is taken only if it is a
picture of a sensible size.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .transport import user_agent

MAX_BYTES = 8 * 1024 * 1024
MAX_SECONDS = 20.0
# Seconds for the connection, and for each silence.
TIMEOUT = (5.0, 10.0)

_CHUNK = 64 * 1024
_PORTS = {"http": (None, 80), "https": (None, 443)}
_MARKS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
_reached: "ContextVar[list[socket.socket]]" = ContextVar("reached")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PictureError(Exception):
    """There is no picture.

    :param reason: ``address``, ``private``, ``missing``, ``refused``, ``kind``,
        ``large``, ``slow``, ``unreachable`` or ``busy``
    :param again: whether another try may help
    """

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


def fetch_picture(
    url: "str | None",
    own_url: "str | None" = None,
    clock: "Callable[[], float]" = time.monotonic,
) -> bytes:
    """Return the bytes of the picture at `url`: JPEG, PNG, GIF or WebP.

    :param own_url: an address whose scheme, host and port may be private, e.g. that of
        a simulator
    :raises PictureError: says why there is none, and whether to try again
    """
    parts = _split(url)
    is_own = bool(own_url) and parts[:2] == urlsplit(own_url or "")[:2]
    begun = clock()
    with requests.Session() as session, _hung_up_in_time():
        if not is_own:
            _check_target(parts)
            adapter = _PublicAdapter()
            session.mount("http://", adapter)
            session.mount("https://", adapter)
        try:
            with session.get(
                parts.geturl(),
                headers={
                    "User-Agent": user_agent(),
                    "Accept": "image/jpeg, image/png, image/gif, image/webp",
                    # What is packed may be endless.
                    "Accept-Encoding": "identity",
                },
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
                # Else requests may add a password from ~/.netrc.
                auth=_no_auth,
            ) as response:
                _check_status(response)
                return _read(response, begun, clock)
        except requests.RequestException as error:
            is_slow = clock() - begun > MAX_SECONDS
            reason = "slow" if is_slow else "unreachable"
            raise PictureError(reason, again=True) from error


@contextmanager
def _hung_up_in_time() -> "Iterator[None]":
    """End the connection of this block once its time is over: a server that sends a
    byte now and then breaks no time-out of a single silence."""
    lines: list[socket.socket] = []
    token = _reached.set(lines)
    timer = Timer(MAX_SECONDS, _hang_up, (lines,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        _reached.reset(token)


def _hang_up(lines: "list[socket.socket]") -> None:
    for line in lines:
        with suppress(OSError):
            # Below TLS, whose own way would wait for the other side.
            socket.socket.shutdown(line, socket.SHUT_RDWR)


def _split(url: "str | None") -> SplitResult:
    try:
        parts = urlsplit(url or "")
        # Reading the port is what makes urlsplit check it.
        port = parts.port
    except ValueError:
        raise PictureError("address") from None
    is_plain = parts.hostname and not (parts.username or parts.password)
    if not is_plain or parts.scheme not in _PORTS or port == 0:
        raise PictureError("address")
    return parts


def _check_target(parts: SplitResult) -> None:
    """Refuse what is not on the public internet before anything is connected."""
    if parts.port not in _PORTS[parts.scheme]:
        raise PictureError("address")
    try:
        found = socket.getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        # Behind a proxy names may be known to the proxy alone.
        return
    if not all(is_public(str(entry[4][0])) for entry in found):
        raise PictureError("private")


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner:
            return inner.is_global and not inner.is_multicast
    return ip.is_global and not ip.is_multicast


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _PublicOnly:
    """Looks at whom a connection has reached: a name may have moved since."""

    sock: socket.socket

    def connect(self) -> None:  # pylint: disable=missing-return
        super().connect()  # type: ignore[misc]
        _reached.get().append(self.sock)

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        if not is_public(sock.getpeername()[0]):
            sock.close()
            raise PictureError("private")
        return sock


class _PublicHTTPConnection(_PublicOnly, HTTPConnection):
    pass


class _PublicHTTPSConnection(_PublicOnly, HTTPSConnection):
    pass


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class _PublicAdapter(HTTPAdapter):
    """Connects to public addresses alone; a proxy decides for itself."""

    # pylint: disable-next=missing-return
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _PublicHTTPPool,
            "https": _PublicHTTPSPool,
        }


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    if status in (404, 410):
        raise PictureError("missing")
    again = status in (408, 429) or status >= 500
    raise PictureError("busy" if again else "refused", again)


def _read(
    response: requests.Response, begun: float, clock: "Callable[[], float]"
) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise PictureError("kind")
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > MAX_BYTES:
        raise PictureError("large")
    content = bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > MAX_BYTES:
            raise PictureError("large")
        if clock() - begun > MAX_SECONDS:
            break
    # Also where it was hung up, which looks like an end.
    if clock() - begun > MAX_SECONDS:
        raise PictureError("slow", again=True)
    if announced.isdecimal() and int(announced) != len(content):
        raise PictureError("unreachable", again=True)
    if not _is_picture(content):
        raise PictureError("kind")
    return bytes(content)


def _is_picture(content: bytearray) -> bool:
    # By its first bytes: a Content-Type may say anything.
    is_webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return is_webp or content.startswith(_MARKS)
