# SPDX-License-Identifier: LGPL-3.0-or-later
"""What counts into the money of an order beside the readings of its items."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .schema import Order

_MOST = 6


def list_tips(order: Order) -> list[Decimal]:
    """Return what an order's total may hold of its tips (Decimals), likeliest first.

    A tip is in the total once it is final; its status is not always told, or known.
    """
    amounts = {True: Decimal(0), False: Decimal(0), None: Decimal(0)}
    single = []
    for breakdown in order.proceeds.breakdowns if order.proceeds else ():
        if breakdown.type == "DELIVERY_TIP" and breakdown.subtotal:
            status = (breakdown.status or "").upper()
            is_final = {"FINALIZED": True, "PENDING": False}.get(status)
            amounts[is_final] += breakdown.subtotal.amount
            single.append(breakdown.subtotal.amount)
    final, unknown = amounts[True], amounts[None]
    tips = [final + unknown, final, sum(amounts.values(), Decimal(0)), Decimal(0)]
    if len(single) <= _MOST:
        for count in range(1, len(single)):
            tips += [sum(some, Decimal(0)) for some in combinations(single, count)]
    return list(dict.fromkeys(tips))


def is_about_money(place: str) -> bool:
    """Return whether a place of an order's JSON holds what is paid, or a whole item."""
    steps = [step.split("[")[0] for step in place.split(".")]
    if steps[-1] in ("type", "subtype", "status"):
        return False
    return (
        steps == ["orderItems"]
        or steps[0] == "proceeds"
        or steps[:2] == ["orderItems", "proceeds"]
        or steps[:3] == ["orderItems", "product", "price"]
    )
