# SPDX-License-Identifier: LGPL-3.0-or-later
"""A whole number that may be missing: 0 and nothing are two values."""

from odoo import fields


class OptionalInteger(fields.Integer):
    """Reads False where there is no number, and 0 where it is 0.

    ``write({name: False})`` takes a number back. The web client shows nothing for
    nothing, but cannot empty an integer: forms have a text field beside it.
    """

    falsy_value = None
    aggregator = None

    def convert_to_column(self, value, record, values=None, validate=True):
        return _read(value)

    def convert_to_cache(self, value, record, validate=True):
        return _read(value)

    def convert_to_record(self, value, record):
        return False if value is None else value


def _read(value):
    return None if value is None or value is False else int(value)
