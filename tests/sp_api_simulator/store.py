# SPDX-License-Identifier: LGPL-3.0-or-later
"""The orders of one seller: the truth, and the lagging index that search sees.

Orders are never changed in place: an update stores a new version, so the index can
go on showing the old one until its lag has passed.
"""

import heapq
import random
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass

from .clock import parse_time


@dataclass(frozen=True, eq=False)
class OrderVersion:
    """One immutable state of an order, with what search filters on.

    `checked` is false for an order that departs from Amazon's model on purpose.
    """

    order_id: str
    data: dict
    created: float
    updated: float
    marketplace_id: str
    channel_name: str
    status: str
    fulfilled_by: str
    checked: bool = True

    @classmethod
    def of(cls, order, checked=True):
        """From Amazon's JSON; KeyError or ValueError if the head is incomplete."""
        fulfillment = order.get("fulfillment", {})
        channel = order.get("salesChannel", {})
        return cls(
            order["orderId"],
            order,
            parse_time(order["createdTime"]),
            parse_time(order["lastUpdatedTime"]),
            channel.get("marketplaceId", ""),
            channel.get("channelName", ""),
            fulfillment.get("fulfillmentStatus", ""),
            fulfillment.get("fulfilledBy", ""),
            checked,
        )

    @property
    def partition(self):
        return (self.status, self.marketplace_id, self.fulfilled_by)

    def position(self, by):
        return (getattr(self, by), self.order_id)


class OrderStore:
    """Orders by id, sorted indexes by `created` and `updated`, indexing lag.

    `lag` is (shortest, longest) in seconds; each version draws its own.
    """

    def __init__(self, lag, seed):
        self.lag = lag
        self._random = random.Random(seed)
        self._truth = {}
        self._indexed = {}
        # Sorted indexes per status, marketplace and fulfiller: what no filter wants
        # is never looked at.
        self._partitions = {}
        self._waiting = []
        self._sequence = 0

    def __len__(self):
        return len(self._truth)

    def get(self, order_id):
        """The current version, or None; not subject to the indexing lag."""
        return self._truth.get(order_id)

    def all(self):
        """Every order's current version, oldest creation first."""
        return sorted(self._truth.values(), key=lambda item: item.position("created"))

    def put(self, orders, now, checked=True):
        """Store new versions; search shows each one when its lag has passed."""
        versions = [OrderVersion.of(order, checked) for order in orders]
        due = []
        for version in versions:
            self._truth[version.order_id] = version
            visible_at = version.updated + self._random.uniform(*self.lag)
            if visible_at <= now:
                due.append(version)
            else:
                self._sequence += 1
                heapq.heappush(self._waiting, (visible_at, self._sequence, version))
        self._index(due)
        return versions

    def refresh(self, now):
        """Let search see every version whose lag has passed by `now`."""
        due = []
        while self._waiting and self._waiting[0][0] <= now:
            due.append(heapq.heappop(self._waiting)[2])
        self._index(due)

    def search(self, by, after, before, cursor, filters, limit, now):
        """At most `limit` versions in ascending order of `by`, and whether more follow.

        `after` and `before` are both inclusive, `cursor` is the position of the last
        version of the page before (or None). `filters` has `wants(partition)` and
        `accept(version)`.
        """
        self.refresh(now)
        runs = [
            _run(indexes[by], after, cursor)
            for partition, indexes in self._partitions.items()
            if filters.wants(partition)
        ]
        found = []
        for moment, order_id in heapq.merge(*runs):
            if moment > before:
                break
            version = self._indexed[order_id]
            if filters.accept(version):
                if len(found) == limit:
                    return found, True
                found.append(version)
        return found, False

    def _index(self, versions):
        for version in versions:
            old = self._indexed.get(version.order_id)
            if old is not None and old.updated > version.updated:
                continue
            if old is not None:
                for by, index in self._partitions[old.partition].items():
                    del index[bisect_left(index, old.position(by))]
            self._indexed[version.order_id] = version
            indexes = self._partitions.setdefault(version.partition, _empty())
            for by, index in indexes.items():
                insort(index, version.position(by))


def _empty():
    return {"created": [], "updated": []}


def _run(index, after, cursor):
    """The positions of one sorted index from `after`, or behind `cursor`."""
    if cursor is None:
        start = bisect_left(index, (after, ""))
    else:
        start = bisect_right(index, cursor)
    return map(index.__getitem__, range(start, len(index)))
