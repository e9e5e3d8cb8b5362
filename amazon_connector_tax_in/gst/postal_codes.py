# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which state a postal code (PIN) of India is in, where its first digits tell it.

Source: India Post's regions. Prefixes that two states share are left out on purpose:
an order of one waits for a person instead of following a guess.
"""

import re
import unicodedata

_PIN = re.compile(r"[1-8]\d{5}")

# State's code in Odoo: prefixes. The longest that fits counts.
_PREFIXES = {
    "AN": "744",
    "AP": "51 52 53",
    "AR": "790 791 792",
    "AS": "78",
    "BR": "800 801 802 803 804 805 811 821 823 824 84 85",
    "CG": "49",
    "DL": "11",
    "GA": "403",
    "GJ": "36 37 38 39",
    "HP": "17",
    "HR": "12 13",
    "JH": "825 826 827 828 829 83",
    "JK": "18 19",
    "KA": "56 57 58 59",
    "KL": "67 68 69",
    "LA": "194",
    "LD": "68255",
    "MH": "40 41 42 43 44",
    "ML": "793 794",
    "MN": "795",
    "MP": "45 46 47 48",
    "MZ": "796",
    "NL": "797 798",
    "OD": "75 76 77",
    "PB": "14 15",
    "PY": "533464 673310",
    "RJ": "30 31 32 33 34",
    "SK": "737",
    "TN": "60 61 62 63 64 65 66",
    "TR": "799",
    "TS": "50",
    "UK": "248 249 263",
    "UP": "20 21 22 23 241 242 243 245 25 261 27 28",
    "WB": "70 71 72 73 74",
}
# Shared: Diu and Gujarat, Daman and Gujarat, Puducherry and Tamil Nadu (605, 607, 609),
# Telangana and Andhra Pradesh.
_SHARED = ("362", "396", "605", "607", "609", "507")

_STATES = {
    prefix: state
    for state, prefixes in _PREFIXES.items()
    for prefix in prefixes.split()
} | dict.fromkeys(_SHARED)


def find_state_code(postal_code):
    """The code of the state that a postal code lies in.

    :param postal_code: what a buyer typed, None without one
    :return: Odoo's code of the state, None where the code does not tell it
    """
    text = unicodedata.normalize("NFKC", str(postal_code or ""))
    pin = re.sub(r"[\s-]", "", text)
    if not _PIN.fullmatch(pin):
        return None
    for length in range(6, 1, -1):
        if pin[:length] in _STATES:
            return _STATES[pin[:length]]
    return None
