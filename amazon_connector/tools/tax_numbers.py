# SPDX-License-Identifier: LGPL-3.0-or-later
"""Check buyers' tax numbers by their form; numbers are never logged or shown."""

import re
from string import ascii_uppercase, digits

import stdnum
from stdnum import luhn
from stdnum.eu.vat import MEMBER_STATES
from stdnum.exceptions import ValidationError
from stdnum.in_ import pan

# Amazon's ``taxRegistrationType`` where it names a number of one country only.
_OWN_COUNTRIES = {"CPF": "br", "CNPJ": "br", "CST": "in"}
_KINDS = {"CPF": ("cpf",), "CNPJ": ("cnpj",), "CST": ("vat",)}
# Sole traders use their personal number where the law says so.
_MORE_KINDS = {"tr": ("tckimlik",), "br": ("cnpj", "cpf")}
_GSTIN_OF_LADAKH = re.compile(r"38[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]", re.ASCII)


def check_tax_number(number, kind, country_code):
    """Whether a tax number has the form that its country gives such numbers.

    :param number: Amazon's ``taxRegistrationNumber``
    :param kind: Amazon's ``taxRegistrationType``: BUSINESS, VAT, CST, CPF, CNPJ, ...
    :param country_code: two letters, of the registration's address or the delivery
    :return: True or False; None where nothing is known of the country's numbers
    """
    country = _OWN_COUNTRIES.get(kind, (country_code or "").lower())
    kinds = _KINDS.get(kind) or ("vat", *_MORE_KINDS.get(country, ()))
    modules = [stdnum.get_cc_module(country, name) for name in kinds] if country else []
    modules = [module for module in modules if module]
    if not modules:
        return None
    text = "".join(str(number).split()).upper()
    if country == "in" and _is_of_ladakh(text):
        return True
    spellings = {text, text.removeprefix(country.upper())}
    return any(_is_valid(module, text) for module in modules for text in spellings)


def _is_of_ladakh(number):
    """Whether this is a GSTIN of Ladakh, a state of 2019 that stdnum does not know."""
    return (
        bool(_GSTIN_OF_LADAKH.fullmatch(number))
        and pan.is_valid(number[2:12])
        and luhn.is_valid(number, digits + ascii_uppercase)
    )


def read_tax_number(number, kind, country_code):
    """A business's number as Odoo's contacts have it, or None for one of a wrong form.

    Arguments as :func:`check_tax_number`; in the European Union the country leads.
    """
    text = "".join(str(number or "").split()).upper()
    if not text or kind == "CPF" or check_tax_number(text, kind, country_code) is False:
        return None
    country = (country_code or "").lower()
    if country in MEMBER_STATES and not text[:2].isalpha():
        return f"{'EL' if country == 'gr' else country.upper()}{text}"
    return text


def _is_valid(module, number):
    try:
        module.validate(number)
    except ValidationError:
        return False
    return True
