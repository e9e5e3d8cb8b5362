# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amounts of money: how they are read, and the one rule by which they are rounded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_LONGEST = 100
# A double holds a hundredth of what is below it exactly.
_DIGITS = 13


def read_amount(value: object) -> Decimal | None:
    """Return the Decimal that a JSON value or a text states, None if it is no amount.

    Every valid number is read: ``1E+3``, ``0E-7``, ``+5``, ``.5``, with blanks around
    it, as a text or as a JSON number. No amount are infinity, NaN, and numbers of
    10,000,000,000,000 or more.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return None
    if isinstance(value, int) and abs(value) >= 10**_DIGITS:
        return None
    text = str(value).strip()
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return None
    amount = Decimal(text)
    if amount and amount.adjusted() >= _DIGITS:
        return None
    exponent = amount.as_tuple().exponent
    # Without one: what is computed from it keeps all digits.
    has_exponent = isinstance(exponent, int) and exponent > 0
    return amount.quantize(Decimal(1)) if has_exponent else amount


def round_amount(amount: Decimal, digits: int) -> Decimal:
    """Round half up, away from zero, to the smallest unit of a currency.

    :param int digits: decimals of the currency, e.g. 2
    """
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def agrees(parts: Iterable[Decimal], total: Decimal, digits: int) -> bool:
    """Whether parts (Decimals) make a total, in whole units of the currency.

    Amazon may state fractions of them and may have rounded each part or their sum.
    """
    parts = list(parts)
    exact = round_amount(sum(parts, Decimal(0)), digits)
    rounded = sum((round_amount(part, digits) for part in parts), Decimal(0))
    return round_amount(total, digits) in (exact, rounded)


def agrees_cut(parts: Iterable[Decimal], total: Decimal, digits: int) -> bool:
    """Whether parts make a total where fractions of the smallest unit are cut off.

    So tax is computed by custom in some countries, each part or their sum.
    """
    parts, unit = list(parts), Decimal(1).scaleb(-digits)
    exact = sum(parts, Decimal(0)).quantize(unit, ROUND_DOWN)
    cut = sum((part.quantize(unit, ROUND_DOWN) for part in parts), Decimal(0))
    return round_amount(total, digits) in (exact, cut)


def round_parts(parts: Sequence[Decimal], total: Decimal, digits: int) -> list[Decimal]:
    """Round parts to whole units so that they add up to the rounded total.

    Each part rounded by itself if that adds up; else each is what the rounded sum of
    all parts so far grows by. What is still missing goes to the parts with fractions,
    one unit each, then to the largest.

    :param list parts: Decimals
    :return: list of Decimals
    """
    total = round_amount(total, digits)
    rounded = [round_amount(part, digits) for part in parts]
    if sum(rounded, Decimal(0)) == total:
        return rounded
    sums, exact = [Decimal(0)], Decimal(0)
    for part in parts:
        exact += part
        sums.append(round_amount(exact, digits))
    rounded = [after - before for before, after in zip(sums, sums[1:], strict=False)]
    missing = total - sums[-1]
    if not rounded or not missing:
        return rounded
    unit = Decimal(1).scaleb(-digits).copy_sign(missing)
    by_size = sorted(range(len(parts)), key=lambda index: -abs(parts[index]))
    off = [(parts[index] - rounded[index]) / unit for index in range(len(parts))]
    for index in sorted(by_size, key=lambda index: -off[index]):
        if missing and off[index] > 0:
            rounded[index] += unit
            missing -= unit
    rounded[by_size[0]] += missing
    return rounded
