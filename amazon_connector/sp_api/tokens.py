# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where access tokens are kept, so that workers share them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

from .aliases import Clock


@dataclass(frozen=True)
class AccessToken:
    """A token of Login with Amazon; `expires_at` is epoch seconds."""

    value: str = field(repr=False)
    expires_at: float


class TokenStore(Protocol):
    """Access tokens by key (see ``Credentials.token_key``), and one refresh lease
    per key. Implementations are safe for several workers at once and must not
    show a token in logs."""

    def load(self, key: str) -> AccessToken | None:
        """Return the stored token, expired or not, or None."""

    def save(self, key: str, token: AccessToken) -> None:
        """Store `token`, replacing another."""

    def discard(self, key: str) -> None:
        """Forget the token, e.g. because Amazon calls it expired."""

    def claim_refresh(self, key: str, seconds: float) -> bool:
        """Take the lease for `seconds`; False when another worker holds it."""

    def release_refresh(self, key: str) -> None:
        """Give the lease back early."""


class MemoryTokenStore:
    """Token store of one process; thread-safe."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, AccessToken] = {}
        self._leases: dict[str, float] = {}

    def load(self, key: str) -> AccessToken | None:
        with self._lock:
            return self._tokens.get(key)

    def save(self, key: str, token: AccessToken) -> None:
        with self._lock:
            self._tokens[key] = token

    def discard(self, key: str) -> None:
        with self._lock:
            self._tokens.pop(key, None)

    def claim_refresh(self, key: str, seconds: float) -> bool:
        with self._lock:
            now = self._clock()
            if self._leases.get(key, 0.0) > now:
                return False
            self._leases[key] = now + seconds
            return True

    def release_refresh(self, key: str) -> None:
        with self._lock:
            self._leases.pop(key, None)
