# SPDX-License-Identifier: LGPL-3.0-or-later
"""Lists in pages, and the tokens of their next pages."""

import secrets
from dataclasses import dataclass

from .messages import ApiError


@dataclass(frozen=True)
class ListPage:
    """What a token of reports or feeds stands for."""

    seller: str
    query: dict
    offset: int


class Tokens:
    """Tokens that were issued; each may be used more than once."""

    def __init__(self):
        self._pages = {}

    def issue(self, page):
        text = secrets.token_urlsafe(24)
        self._pages[text] = page
        return text

    def page(self, text):
        """What a token stands for, None for a foreign text."""
        return self._pages.get(text)


class ListTokens(Tokens):
    """Tokens of reports and feeds; each is the only parameter of its call."""

    def resolve(self, text, seller_key):
        page = self.page(text)
        if page is None or page.seller != seller_key:
            raise ApiError.invalid_input("The nextToken is invalid.")
        return page
