# SPDX-License-Identifier: LGPL-3.0-or-later
"""Token buckets, keyed by (application, seller, operation).

Amazon grants each operation a bucket of `burst` calls that refills by `rate` calls
a second, per application and seller (usage plans of the Selling Partner API). The
arithmetic is in ``Bucket``, which any store can load, change and save again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .aliases import BucketKey

if TYPE_CHECKING:
    from typing_extensions import Self

# Forgives the rounding of "wait exactly that long, then take".
_TOLERANCE = 1e-4
# Seconds; nobody waits longer. A bucket that stands further in the future was changed
# while a clock was wrong, and would give nothing until that time comes.
_FARTHEST = 3600.0


@dataclass
class Bucket:
    """State of one bucket. Times are epoch seconds, rates calls per second.

    :param rate: refill rate in force: Amazon's header if seen, else the plan's
    :param burst: most tokens the bucket can hold
    :param tokens: tokens at the time `stamp`
    :param stamp: when `tokens` was true
    :param until: no token may be taken before
    :param learned: True when `rate` comes from Amazon's header
    """

    rate: float
    burst: int
    tokens: float
    stamp: float
    until: float = 0.0
    learned: bool = False

    @classmethod
    def full(cls, rate: float, burst: int, now: float) -> Self:
        return cls(rate=rate, burst=burst, tokens=float(burst), stamp=now)

    def level(self, now: float) -> float:
        """Return the tokens that could be taken at `now`."""
        self._come_back(now)
        return 0.0 if now < self.until else self._tokens_at(now)

    def take(self, floor: int, now: float) -> float:
        """Take one token if `floor` tokens stay behind.

        :return: 0.0 when taken, else seconds until it could be taken
        """
        self._come_back(now)
        needed = 1.0 + floor
        start = max(now, self.until)
        tokens = self._tokens_at(start)
        missing = needed - tokens
        if missing > _TOLERANCE:
            return (start - now) + missing / self.rate
        if start > now:
            return start - now
        self.tokens = max(tokens - 1.0, 0.0)
        self.stamp = max(now, self.stamp)
        return 0.0

    def adopt(self, rate: float, burst: int) -> None:
        """Follow the usage plan, unless Amazon told a better rate."""
        self.burst = burst
        if not self.learned:
            self.rate = rate

    def learn(self, rate: float, now: float) -> None:
        """Go on with the rate that Amazon's header names."""
        self._come_back(now)
        if now > self.stamp:
            self.tokens = self._tokens_at(now)
            self.stamp = now
        self.rate = rate
        self.learned = True

    def drain(self, until: float, now: float) -> None:
        """Amazon answered 429: nothing before `until`, one token then."""
        self._come_back(now)
        until = min(until, now + _FARTHEST)
        if until <= max(self.until, now):
            return
        self.tokens = 1.0
        self.stamp = self.until = until

    def _come_back(self, now: float) -> None:
        """Forget a future that a wrong clock made."""
        if self.stamp > now + _FARTHEST:
            self.stamp = now
        if self.until > now + _FARTHEST:
            self.until = now

    def _tokens_at(self, moment: float) -> float:
        elapsed = max(moment - self.stamp, 0.0)
        return min(float(self.burst), self.tokens + elapsed * self.rate)


class BucketStore(Protocol):
    """Buckets by key (application key, seller id, operation name)."""

    def take(
        self, key: BucketKey, rate: float, burst: int, floor: int, now: float
    ) -> float:
        """Atomically refill and take one token if `floor` tokens stay behind.

        :return: 0.0 when taken, else seconds until it could be taken
        """

    def learn(self, key: BucketKey, rate: float, now: float) -> None:
        """Correct the refill rate (``x-amzn-RateLimit-Limit``)."""

    def drain(self, key: BucketKey, until: float, now: float) -> None:
        """Give no token before `until` (HTTP 429)."""

    def level(self, key: BucketKey, rate: float, burst: int, now: float) -> float:
        """Return the tokens at `now`, for display."""


class MemoryBucketStore:
    """Bucket store of one process; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[BucketKey, Bucket] = {}

    def take(
        self, key: BucketKey, rate: float, burst: int, floor: int, now: float
    ) -> float:
        with self._lock:
            return self._bucket(key, rate, burst, now).take(floor, now)

    def learn(self, key: BucketKey, rate: float, now: float) -> None:
        with self._lock:
            # Before the first take there is no plan to correct; the next answer
            # brings the header again.
            if key in self._buckets:
                self._buckets[key].learn(rate, now)

    def drain(self, key: BucketKey, until: float, now: float) -> None:
        with self._lock:
            if key in self._buckets:
                self._buckets[key].drain(until, now)

    def level(self, key: BucketKey, rate: float, burst: int, now: float) -> float:
        with self._lock:
            bucket = self._buckets.get(key)
            return bucket.level(now) if bucket else float(burst)

    def _bucket(self, key: BucketKey, rate: float, burst: int, now: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket.full(rate, burst, now)
        bucket.adopt(rate, burst)
        return bucket
