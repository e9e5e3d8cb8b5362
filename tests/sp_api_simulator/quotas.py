# SPDX-License-Identifier: LGPL-3.0-or-later
"""Token buckets per (application, seller, operation), in simulated time."""

import random
from dataclasses import dataclass


@dataclass
class Bucket:
    rate: float
    burst: int
    tokens: float
    filled_at: float

    def take(self, now):
        """True if the call is within the quota."""
        self.tokens = min(
            self.burst, self.tokens + max(0.0, now - self.filled_at) * self.rate
        )
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Quotas:
    """Amazon's usage plans. `plans` overrides (rate, burst) of an operation."""

    def __init__(self, seed, enabled=True, header_absent=0.3):
        self.enabled = enabled
        self.header_absent = header_absent
        self.plans = {}
        self._buckets = {}
        self._random = random.Random(f"rate-header-{seed}")

    def plan(self, route):
        return self.plans.get(route.operation, (route.rate, route.burst))

    def set_plan(self, operation, rate, burst):
        """Change one operation's plan; its buckets start full."""
        self.plans[operation] = (float(rate), int(burst))
        self._buckets = {
            key: bucket for key, bucket in self._buckets.items() if key[2] != operation
        }

    def allow(self, application_id, merchant_token, route, now):
        if not self.enabled:
            return True
        key = (application_id, merchant_token, route.operation)
        if key not in self._buckets:
            rate, burst = self.plan(route)
            self._buckets[key] = Bucket(rate, burst, burst, now)
        return self._buckets[key].take(now)

    def header(self, route):
        """The header's value, or None when Amazon happens to leave it out."""
        absent = self._random.random() < self.header_absent
        return None if absent else f"{self.plan(route)[0]:g}"

    def state(self):
        return [
            {
                "application": key[0],
                "seller": key[1],
                "operation": key[2],
                "tokens": round(bucket.tokens, 4),
                "rate": bucket.rate,
                "burst": bucket.burst,
            }
            for key, bucket in sorted(self._buckets.items())
        ]
