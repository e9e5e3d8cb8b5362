# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo keeps times as naive UTC, Amazon's client as aware ones."""

from datetime import timezone


def to_aware(moment):
    """A naive UTC datetime as an aware one; None stays None."""
    return moment.replace(tzinfo=timezone.utc) if moment else None


def to_naive(moment):
    """An aware datetime as naive UTC, to the microsecond; None stays None."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment else None
