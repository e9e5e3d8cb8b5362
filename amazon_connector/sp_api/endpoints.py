# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where Amazon is: production, sandbox, or an address of one's own."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .errors import ToldError

if TYPE_CHECKING:
    from typing_extensions import Self

REGIONS = ("na", "eu", "fe")
_LWA_URL = "https://api.amazon.com/auth/o2/token"
# Libraries disagree on how to read these in an address, and credentials go there.
_UNSAFE = re.compile(r"[\s\\@?#]")


class AddressRefusedError(ToldError, ValueError):
    """No credentials may go to such an address; the text says why."""


@dataclass(frozen=True)
class Endpoint:
    """Base address of one region's API and of the token endpoint.

    :raises ValueError: for anything but https, or plain http to this machine
    """

    api_url: str
    lwa_url: str

    def __post_init__(self) -> None:
        for name in ("api_url", "lwa_url"):
            url = getattr(self, name)
            check_address(url)
            object.__setattr__(self, name, url.rstrip("/"))

    @classmethod
    def production(cls, region: str) -> Self:
        """Return Amazon's endpoint of `region` (na, eu or fe)."""
        return cls(f"https://{_host(region)}", _LWA_URL)

    @classmethod
    def sandbox(cls, region: str) -> Self:
        """Return Amazon's sandbox of `region`; tokens come from production."""
        return cls(f"https://sandbox.{_host(region)}", _LWA_URL)

    @classmethod
    def custom(cls, api_url: str, lwa_url: str) -> Self:
        """Return an endpoint of one's own, e.g. a simulator or a gateway."""
        return cls(api_url, lwa_url)


def _host(region: str) -> str:
    if region not in REGIONS:
        raise ValueError(f"Unknown region {region!r}, known are {', '.join(REGIONS)}")
    return f"sellingpartnerapi-{region}.amazon.com"


def check_address(url: str) -> None:
    """Raise AddressRefusedError unless credentials may go to `url`."""
    if not isinstance(url, str) or _UNSAFE.search(url):
        raise AddressRefusedError(
            "An address holds no blanks, user names or query strings"
        )
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise AddressRefusedError("An address starts with https:// and a host")
    # Reading the port is what makes urlsplit check it.
    if parts.port == 0:
        raise AddressRefusedError("Port 0 cannot be called")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise AddressRefusedError(
            "Plain http is allowed to this machine only, use https"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
