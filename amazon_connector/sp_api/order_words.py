# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon's order reports call an order, against the statuses of its API.

The reports' words are a list of their own that grows ("Shipped - Delivered to Buyer",
"Canceled"); what counts is the leading word. One that is not known says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LEADING = re.compile(r"[^\W\d_]+")
_OVER = ("SHIPPED", "CANCELLED", "UNFULFILLABLE")
_PARTIALLY = ("PARTIALLY_SHIPPED", *_OVER)
_UNSHIPPED = ("UNSHIPPED", *_PARTIALLY)
_CANCELLED = ("CANCELLED",)
# By leading word: what the API may call such an order from then on. None: anything.
_REACHED: dict[str, tuple[str, ...] | None] = {
    "pending": None,
    "pendingavailability": None,
    "unshipped": _UNSHIPPED,
    "unfulfillable": _UNSHIPPED,
    "shipping": _PARTIALLY,
    "partially": _PARTIALLY,
    "partiallyshipped": _PARTIALLY,
    "shipped": ("SHIPPED",),
    "cancelled": _CANCELLED,
    "canceled": _CANCELLED,
}


def is_known_word(text: str | None) -> bool:
    """Whether a report's word for an order's status can be read.

    :param text: as the report has it, or None
    """
    return _leading(text) in _REACHED


def may_stand_for(words: Iterable[str], status: str | None) -> bool:
    """Whether an order of this status has all that a report tells of it.

    :param words: set of what the report's rows of one order call it; those that are
        not known say nothing
    :param status: one of ``schema.FULFILLMENT_STATUSES``, or another text, or None
    """
    leads = {_leading(word) for word in words if is_known_word(word)}
    reached = {statuses for lead in leads if (statuses := _REACHED[lead])}
    # The report may give each item a word of its own: cancelled ones beside others
    # change nothing, shipped ones beside unshipped ones make the order a part of both.
    others = reached - {_CANCELLED}
    if len(others) > 1:
        return status in _PARTIALLY
    return all(status in statuses for statuses in others or reached)


def _leading(text: str | None) -> str:
    found = _LEADING.search((text or "").casefold())
    return found[0] if found else ""
