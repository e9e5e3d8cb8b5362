# SPDX-License-Identifier: LGPL-3.0-or-later
"""How GST treats a buyer."""

import re
from string import ascii_uppercase, digits

from stdnum import luhn
from stdnum.in_ import pan

INDIA = "IN"
_GSTIN = re.compile(r"(?P<state>\d\d)(?P<pan>[A-Z]{5}\d{4}[A-Z])[1-9A-Z]Z[0-9A-Z]")
# 38 is Ladakh, which `stdnum.in_.gstin` does not know; 97 is "other territory".
_STATES = {f"{number:02}" for number in (*range(1, 39), 97)}


def is_gstin(text):
    """Whether a text is a GSTIN by form, state, PAN and check digit."""
    parts = _GSTIN.fullmatch(text)
    return (
        bool(parts)
        and parts["state"] in _STATES
        and pan.is_valid(parts["pan"])
        and luhn.is_valid(text, digits + ascii_uppercase)
    )


def find_gstin(numbers):
    """The first valid GSTIN of a buyer's tax numbers, None without one.

    Amazon's type of a number varies; its check digit does not lie.
    """
    for number in numbers:
        text = "".join(str(number).split()).upper()
        if is_gstin(text):
            return text
    return None


def choose_treatment(country, numbers):
    """Odoo's GST treatment of a new contact, and its GSTIN (S81, S82, S83).

    :param country: code of the country of delivery, None if unknown
    :param numbers: the buyer's tax numbers as they were typed
    :return: ``(treatment, GSTIN or None)``
    """
    if country and country != INDIA:
        return "overseas", None
    number = find_gstin(numbers)
    return ("regular" if number else "consumer"), number
