# SPDX-License-Identifier: LGPL-3.0-or-later
"""Handling times as users type them: days, or nothing."""

from odoo.exceptions import ValidationError

from ...sp_api.quantities import AMAZONS_OWN, MAX_HANDLING_DAYS


def write_days(days):
    """Days as text; False for none."""
    return False if days is False else str(days)


def choose_sent(days, own, sent):
    """What Amazon is sent of a handling time.

    :param days: to be sent; None (or a record's False): none
    :param own: that the listing had before the connector sent one
    :param sent: the last one that was sent
    :return: days, None to leave it as it is, or AMAZONS_OWN to take back what was sent
    """
    days, own, sent = (None if value is False else value for value in (days, own, sent))
    if days is None and own is None and sent is not None:
        return AMAZONS_OWN
    return days


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
