# SPDX-License-Identifier: LGPL-3.0-or-later
"""The parameters of requests; ApiError 400 or 403 for what Amazon refuses."""

from datetime import datetime

from .clock import parse_time
from .marketplaces import MARKETPLACES
from .messages import ApiError


def known_parameters(query, names):
    foreign = set(query) - names
    if foreign:
        raise ApiError.invalid_input(f"Unknown parameter {sorted(foreign)[0]}.")


def split(query, name, allowed=None):
    """The values of a comma-separated parameter; ApiError 400 for a foreign one."""
    if name not in query:
        return ()
    values = tuple(query[name].split(","))
    if not all(values):
        raise ApiError.invalid_input(f"{name} has an empty value.")
    if allowed and not set(values) <= set(allowed):
        raise ApiError.invalid_input(f"{name} has an invalid value.")
    return values


def boolean(query, name):
    """A flag, False if it is not given; Amazon reads capitals as well."""
    text = query.get(name, "false").lower()
    if text not in ("true", "false"):
        raise ApiError.invalid_input(f"{name} must be true or false.")
    return text == "true"


def moment(query, name):
    if name not in query:
        return None
    try:
        return parse_time(query[name])
    except ValueError:
        raise ApiError.invalid_input(f"{name} must be a UTC time.") from None


def zoned_moment(text, name):
    """Epoch seconds of a time in ISO 8601 with its zone."""
    try:
        shown = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        raise ApiError.invalid_input(f"{name} is not a date-time.") from None
    if shown.tzinfo is None:
        raise ApiError.invalid_input(f"{name} has no zone.")
    return shown.timestamp()


def whole_number(query, name, default, largest):
    """A number of entries from 1 to `largest`."""
    text = query.get(name, default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= largest:
        raise ApiError.invalid_input(f"{name} must be from 1 to {largest}.")
    return int(text)


def check_marketplaces(marketplace_ids, seller):
    """ApiError 403 unless the seller sells in each of them."""
    for value in marketplace_ids:
        marketplace = MARKETPLACES.get(value)
        if marketplace is None or marketplace.pseudo or not seller.sells_in(value):
            raise ApiError.forbidden()
