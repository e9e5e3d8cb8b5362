# SPDX-License-Identifier: LGPL-3.0-or-later
"""Lists of reports and feeds: pages, tokens, times."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from .messages import ApiError


@dataclass(frozen=True)
class ListPage:
    """What a token stands for."""

    seller: str
    query: dict
    offset: int


class ListTokens:
    """Tokens that were issued; each is the only parameter of its call."""

    def __init__(self):
        self._pages = {}

    def issue(self, page):
        text = secrets.token_urlsafe(24)
        self._pages[text] = page
        return text

    def resolve(self, text, seller_key):
        page = self._pages.get(text)
        if page is None or page.seller != seller_key:
            raise ApiError.invalid_input("The nextToken is invalid.")
        return page


def zoned_moment(text, name):
    """Epoch seconds of a time in ISO 8601 with its zone."""
    try:
        shown = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        raise ApiError.invalid_input(f"{name} is not a date-time.") from None
    if shown.tzinfo is None:
        raise ApiError.invalid_input(f"{name} has no zone.")
    return shown.timestamp()


def page_size(query):
    text = query.get("pageSize", "10")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100:
        raise ApiError.invalid_input("pageSize must be from 1 to 100.")
    return int(text)
