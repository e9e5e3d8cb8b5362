# SPDX-License-Identifier: LGPL-3.0-or-later
from decimal import ROUND_DOWN, Decimal


def halve(amount, digits):
    """Two halves that add up to an amount; the first takes an odd smallest unit.

    :param amount: Decimal
    :param digits: decimal places of the currency
    """
    half = (amount / 2).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_DOWN)
    return amount - half, half


def split(amount, kinds, digits):
    """``{kind: Decimal}`` of an amount of GST: one kind bears all, two a half each."""
    parts = halve(amount, digits) if len(kinds) == 2 else (amount,)
    return dict(zip(kinds, parts, strict=True))
