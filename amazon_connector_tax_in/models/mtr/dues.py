# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the law has Amazon withhold of a row of the tax report ``told``, as SQL."""

from odoo.tools import SQL

from ...gst.withholding import TCS_RATES, TDS_RATES


def _share(rates, part=1):
    """The part of an amount that is withheld on a row's day, as SQL."""
    cases = SQL(" ").join(
        SQL("WHEN told.day >= %s THEN %s", since, rate / 100 / part)
        for since, rate in rates
    )
    return SQL("CASE %s ELSE 0 END", cases)


# The halves of CGST and SGST are rounded one by one. What bears no tax bears no TCS.
TCS_DUE = SQL(
    """
    CASE told.kind WHEN 'shipment' THEN 1 WHEN 'refund' THEN -1 ELSE 0 END
    * CASE WHEN told.tax = 0 THEN 0
           WHEN told.igst <> 0 THEN round(told.net * %s, 2)
           ELSE 2 * round(told.net * %s, 2) END
    """,
    _share(TCS_RATES),
    _share(TCS_RATES, 2),
)
TDS_DUE = SQL(
    "CASE told.kind WHEN 'shipment' THEN round(told.net * %s, 2) ELSE 0 END",
    _share(TDS_RATES),
)
