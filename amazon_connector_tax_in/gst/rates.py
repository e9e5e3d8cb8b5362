# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which rate of GST an amount of tax comes from.

Source: notifications 9/2025 and 10/2025-Central Tax (Rate) of 17 September 2025: 12 and
28 percent ended, 40 percent began, on 22 September 2025.
"""

from datetime import date
from decimal import Decimal

_REFORM = date(2025, 9, 22)
# Precious metals and stones, whose rates the reform left alone.
SPECIAL_RATES = (Decimal("0.25"), Decimal("1.5"), Decimal(3))
_BEFORE = (*SPECIAL_RATES, *map(Decimal, (5, 12, 18, 28)))
_SINCE = (*SPECIAL_RATES, *map(Decimal, (5, 18, 40)))
USUAL_RATES = tuple(rate for rate in _SINCE if rate not in SPECIAL_RATES)
_PRECIOUS = "71"
"""The chapter of HSN codes that has the special rates, and nothing else does."""
_PAISA = Decimal("0.01")


def find_rates(net, tax, units, day, hsn=None):
    """The rates in force whose tax is the stated one, to a paisa per unit.

    :param net: Decimal without tax; ``tax`` of the same sign
    :param units: how many units were rounded one by one
    :param day: date of the order in India
    :param hsn: the product's HSN code, None where it is not known
    :return: percentages, the most fitting one first
    """
    if net * tax <= 0:
        return []
    chapter = "".join(filter(str.isdigit, hsn or ""))[:2]
    misses = {
        rate: abs(abs(net) * rate / 100 - abs(tax))
        for rate in (_BEFORE if day < _REFORM else _SINCE)
        if rate not in SPECIAL_RATES or chapter in ("", _PRECIOUS)
    }
    fitting = [rate for rate in misses if misses[rate] <= _PAISA * max(units, 1)]
    # several fit amounts of a rupee only
    is_special = chapter == _PRECIOUS
    return sorted(
        fitting,
        key=lambda rate: ((rate in SPECIAL_RATES) != is_special, misses[rate]),
    )
