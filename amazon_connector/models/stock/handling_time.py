# SPDX-License-Identifier: LGPL-3.0-or-later
"""Handling times as users type them: days, or nothing."""

from odoo.exceptions import ValidationError

from ...sp_api.quantities import MAX_HANDLING_DAYS


def write_days(days):
    """Days as text; False for none."""
    return False if days is False else str(days)


def read_days(env, text):
    """The days that somebody typed: 0 and more, or False for nothing.

    :raises ValidationError: it is no whole number of days that Amazon takes
    """
    text = (text or "").strip()
    if not text:
        return False
    if not text.isdecimal() or int(text) > MAX_HANDLING_DAYS:
        raise ValidationError(
            env._(
                "%(text)s is not a valid handling time: enter 0 to %(most)s days, or "
                "leave it empty.",
                text=text,
                most=MAX_HANDLING_DAYS,
            )
        )
    return int(text)
