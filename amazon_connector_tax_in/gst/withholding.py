# SPDX-License-Identifier: LGPL-3.0-or-later
"""What an e-commerce operator collects and deducts of a seller in India.

Sources: notification 15/2024-Central Tax (TCS, section 52 of the CGST Act: 0.5 % in all
since 10 July 2024); Finance (No. 2) Act 2024 (TDS, section 194-O of the Income-tax Act
1961: 0.1 % since 1 October 2024; 0.75 % until 31 March 2021). Amazon's own FAQ on TDS:
of the sales without GST, returns do not lessen it.
"""

from datetime import date
from decimal import Decimal

# Since when, percent; the latest first.
TCS_RATES = (
    (date(2024, 7, 10), Decimal("0.5")),
    (date(2018, 10, 1), Decimal(1)),
)
TDS_RATES = (
    (date(2024, 10, 1), Decimal("0.1")),
    (date(2021, 4, 1), Decimal(1)),
    (date(2020, 10, 1), Decimal("0.75")),
)


def find_rate(rates, day):
    """The percentage in force on a day, 0 before the first."""
    return next((rate for since, rate in rates if day >= since), Decimal(0))
