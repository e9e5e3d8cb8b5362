# SPDX-License-Identifier: LGPL-3.0-or-later
"""The 36 states and union territories, told apart from what the addon knows.

Source: the GST portal's list of state codes; CGST Act section 9, UTGST Act section 1.
"""

from collections import namedtuple

from stdnum import luhn

_Row = namedtuple("_Row", ["number", "half"])
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Odoo's code: number of the state in GSTINs, and what the half beside CGST is.
STATES = {
    "JK": _Row("01", "sgst"),
    "HP": _Row("02", "sgst"),
    "PB": _Row("03", "sgst"),
    "CH": _Row("04", "utgst"),
    "UK": _Row("05", "sgst"),
    "HR": _Row("06", "sgst"),
    "DL": _Row("07", "sgst"),
    "RJ": _Row("08", "sgst"),
    "UP": _Row("09", "sgst"),
    "BR": _Row("10", "sgst"),
    "SK": _Row("11", "sgst"),
    "AR": _Row("12", "sgst"),
    "NL": _Row("13", "sgst"),
    "MN": _Row("14", "sgst"),
    "MZ": _Row("15", "sgst"),
    "TR": _Row("16", "sgst"),
    "ML": _Row("17", "sgst"),
    "AS": _Row("18", "sgst"),
    "WB": _Row("19", "sgst"),
    "JH": _Row("20", "sgst"),
    "OD": _Row("21", "sgst"),
    "CG": _Row("22", "sgst"),
    "MP": _Row("23", "sgst"),
    "GJ": _Row("24", "sgst"),
    "DN": _Row("26", "utgst"),
    "MH": _Row("27", "sgst"),
    "KA": _Row("29", "sgst"),
    "GA": _Row("30", "sgst"),
    "LD": _Row("31", "utgst"),
    "KL": _Row("32", "sgst"),
    "TN": _Row("33", "sgst"),
    "PY": _Row("34", "sgst"),
    "AN": _Row("35", "utgst"),
    "TS": _Row("36", "sgst"),
    "AP": _Row("37", "sgst"),
    "LA": _Row("38", "utgst"),
}


def make_gstin(number):
    """A GSTIN of a state, with its check digit."""
    text = f"{number}AAACI1681G1Z"
    return text + luhn.calc_check_digit(text, alphabet=_ALPHABET)
