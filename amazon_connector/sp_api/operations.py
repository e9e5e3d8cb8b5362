# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's operations as data: where, how often, how safely repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True)
class Operation:
    """One operation of the Selling Partner API.

    :param name: Amazon's operation id, e.g. ``searchOrders``
    :param path: path template, e.g. ``/orders/2026-01-01/orders/{orderId}``
    :param rate: calls per second of the default usage plan
    :param burst: calls of a full bucket
    :param idempotent: repeating it after an unknown result does no harm
    :param reserves: tokens of the bucket kept per purpose, by priority
    :param tells_details: Amazon's details of a refusal are part of the message, because
        neither request nor answer can hold a buyer's data
    :param empty: success has no body
    """

    name: str
    method: str
    path: str
    rate: float
    burst: int
    idempotent: bool
    reserves: Mapping[str, int] = field(default_factory=dict, hash=False)
    tells_details: bool = False
    empty: bool = False

    def floor(self, purpose: str) -> int:
        """Return how many tokens `purpose` must leave to those before it.

        Purposes stand in `reserves` by priority: the first may use every token, each
        later one leaves the reserves of those before it.
        """
        kept = 0
        for other, reserve in self.reserves.items():
            if other == purpose:
                break
            kept += reserve
        # Reserves as large as the bucket would let nobody through.
        return min(kept, self.burst - 1)

    def path_for(self, path_params: Mapping[str, object] | None = None) -> str:
        """Return the path with its parameters filled in and quoted.

        :raises ValueError: for a parameter that would change the path itself
        """
        quoted = {}
        for name, value in (path_params or {}).items():
            # HTTP libraries resolve dots, quoted or not: another path would be called.
            if str(value) in ("", ".", ".."):
                raise ValueError(f"{self.name}: {name} cannot be {str(value)!r}")
            quoted[name] = quote(str(value), safe="")
        try:
            return self.path.format_map(quoted)
        except KeyError as missing:
            raise ValueError(f"{self.name} needs {missing}") from None
