# SPDX-License-Identifier: LGPL-3.0-or-later
"""The pages of a search for listings: reading them, and whether all can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .aliases import JsonObject
from .answers import needed_list
from .errors import AmazonError
from .listing_schema import Listing, marketplaces_of
from .reading import Reader, as_text

if TYPE_CHECKING:
    from .operations import Operation

MAX_RESULTS = 1000
"""How many SKUs of one search can be paged through."""
# Times have milliseconds, but what is updated in bulk bears one and the same.
_SHORTEST = timedelta(seconds=1)


class TooManyListingsError(AmazonError):
    """More listings fit the search than Amazon pages through, and its time window
    cannot be cut any further."""


@dataclass(frozen=True)
class ListingsPage:
    """One page of a search.

    :param listings: tuple of Listing, one per SKU and marketplace asked for
    :param next_token: None on the last page
    :param number_of_results: SKUs found, also beyond MAX_RESULTS; None if not told
    :param unreadable: entries of the page that were no items at all
    """

    listings: tuple[Listing, ...]
    next_token: str | None = field(repr=False)
    number_of_results: int | None
    unreadable: int = 0


def must_be_cut(
    page: ListingsPage, after: datetime, before: datetime, operation: Operation
) -> bool:
    """Whether a window holds more than Amazon pages through, or just as many."""
    number = page.number_of_results or 0
    if before - after > _SHORTEST:
        return number >= MAX_RESULTS
    if number <= MAX_RESULTS:
        return False
    raise TooManyListingsError(
        "More listings were updated within one second than Amazon shows: "
        f"{number}, {MAX_RESULTS}",
        operation=operation.name,
        advice="Fetch the complete listings report instead.",
    )


def is_item(entry: object) -> bool:
    return isinstance(entry, dict) and bool(as_text(entry.get("sku")))


def read_item(item: JsonObject, places: Sequence[str]) -> tuple[Listing, ...]:
    """Return the item's Listings in `places`; a single place needs no naming."""
    named = marketplaces_of(item)
    if named or len(places) > 1:
        places = [place for place in places if place in named]
    return tuple(Listing.from_json(item, place) for place in places)


def read_page(
    answer: JsonObject, places: Sequence[str], operation: Operation
) -> ListingsPage:
    entries = needed_list(answer, "items", operation)
    items = [entry for entry in entries if is_item(entry)]
    number = answer.get("numberOfResults")
    return ListingsPage(
        listings=tuple(
            listing for item in items for listing in read_item(item, places)
        ),
        next_token=Reader(answer).child("pagination").text("nextToken") or None,
        number_of_results=number if type(number) is int else None,
        unreadable=len(entries) - len(items),
    )


def without(page: ListingsPage, yielded: set[tuple[str, str]]) -> ListingsPage:
    """Return the page without listings that are in `yielded`, and remember the rest."""
    fresh = {
        (listing.seller_sku, listing.marketplace_id): listing
        for listing in page.listings
    }
    fresh = {key: listing for key, listing in fresh.items() if key not in yielded}
    yielded.update(fresh)
    return replace(page, listings=tuple(fresh.values()))
