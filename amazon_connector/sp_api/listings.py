# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's Listings Items API 2021-08-01."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from . import quantities
from .aliases import JsonObject
from .answers import check_subject
from .errors import AmazonError, BadRequestError, NotFoundError, ProtocolError
from .listing_pages import (
    MAX_RESULTS,
    is_item,
    must_be_cut,
    read_item,
    read_page,
    without,
)
from .listing_schema import Listing
from .operations import Operation
from .reading import Reader, as_text
from .times import format_time

if TYPE_CHECKING:
    from .client import Client
    from .listing_pages import ListingsPage
    from .quantities import PatchResult

_ITEMS = "/listings/2021-08-01/items/{sellerId}"
SEARCH_LISTINGS = Operation(
    name="searchListingsItems",
    method="GET",
    path=_ITEMS,
    rate=5.0,
    burst=5,
    idempotent=True,
)
GET_LISTING = Operation(
    name="getListingsItem",
    method="GET",
    path=f"{_ITEMS}/{{sku}}",
    rate=5.0,
    burst=10,
    idempotent=True,
)
PATCH_LISTING = Operation(
    name="patchListingsItem",
    method="PATCH",
    path=f"{_ITEMS}/{{sku}}",
    rate=5.0,
    burst=5,
    # A quantity is set outright: twice is as good as once.
    idempotent=True,
)

LISTING_DATA = (
    "summaries",
    "attributes",
    "issues",
    "offers",
    "fulfillmentAvailability",
    "relationships",
)
"""The data sets that ``Listing`` reads."""
MAX_IDENTIFIERS = 20
PAGE_SIZE = 20
_ATTEMPTS = 3
# Four times as many as full pages need: pages may come short, but must end.
_MAX_PAGES = 4 * MAX_RESULTS // PAGE_SIZE
_LATER = 60.0


class ListingsChangedError(AmazonError):
    """Listings left the search while it was read, so some may have been missed."""


class Found(NamedTuple):
    """What became of one SKU that was asked for: its listing, or the reason."""

    seller_sku: str
    listing: Listing | None
    error: AmazonError | None = None


class Listings:
    """Searches and reads the listings of the client's seller.

    :param locale: language of Amazon's issues, e.g. ``en_US``; that of the marketplace
        unless given
    """

    def __init__(self, client: Client, locale: str | None = None) -> None:
        self.client = client
        self._locale = locale

    def search(
        self,
        marketplace_ids: str | Iterable[str],
        *,
        seller_skus: Collection[str] = (),
        asins: Collection[str] = (),
        last_updated_after: datetime | None = None,
        last_updated_before: datetime | None = None,
        included_data: Collection[str] = LISTING_DATA,
        page_token: str | None = None,
    ) -> ListingsPage:
        """Return one ListingsPage (``searchListingsItems``), the oldest change first.

        With a `page_token` everything else stays as it was.

        :param marketplace_ids: one id, or several
        :param seller_skus: these alone, at most 20; Amazon's lists are separated by
            commas, so none may hold one (see ``enrich``)
        :param asins: instead, all listings of these ASINs, at most 20
        :raises ValueError: for a query that Amazon would refuse, or a naive datetime
        """
        places = _names(marketplace_ids)
        _check_search(places, seller_skus or asins)
        query = {
            "marketplaceIds": places,
            "issueLocale": self._locale,
            "identifiers": tuple(seller_skus or asins),
            "identifiersType": "SKU" if seller_skus else "ASIN" if asins else None,
            "lastUpdatedAfter": _time(last_updated_after),
            "lastUpdatedBefore": _time(last_updated_before),
            "includedData": tuple(included_data),
            "pageSize": PAGE_SIZE,
            "sortBy": "lastUpdatedDate",
            "sortOrder": "ASC",
            "pageToken": page_token,
        }
        answer = self.client.call(
            SEARCH_LISTINGS, path_params=self._path_params(), query=query
        )
        return read_page(answer, places, SEARCH_LISTINGS)

    def get(
        self,
        seller_sku: str,
        marketplace_ids: str | Iterable[str],
        included_data: Collection[str] = LISTING_DATA,
    ) -> tuple[Listing, ...]:
        """Return a tuple of Listing, one per marketplace (``getListingsItem``).

        Any SKU will do, also one with a slash, a comma or blanks.

        :raises NotFoundError: the seller has no such SKU there
        """
        places = _names(marketplace_ids)
        answer = self.client.call(
            GET_LISTING,
            path_params=self._path_params(sku=seller_sku),
            query={
                "marketplaceIds": places,
                "issueLocale": self._locale,
                "includedData": tuple(included_data),
            },
        )
        if not is_item(answer):
            raise ProtocolError("The answer lacks: item", operation=GET_LISTING.name)
        # Amazon finds an SKU in capital and small letters alike.
        told = as_text(answer.get("sku")) or ""
        check_subject(told.casefold(), seller_sku.casefold(), "item", GET_LISTING)
        return read_item(answer, places)

    def patch_quantity(
        self,
        seller_sku: str,
        marketplace_ids: str | Iterable[str],
        product_type: str | None,
        quantity: int,
        handling_days: int | str | None = None,
    ) -> PatchResult:
        """Set what is for sale of one SKU (``patchListingsItem``).

        Never for what Amazon ships: the offer would become the merchant's.

        :param marketplace_ids: one id, or several of one quantity pool
        :param product_type: Amazon's, None where it is not known
        :param int quantity: Amazon's new count, not a difference
        :param int handling_days: None leaves the handling time as it is,
            AMAZONS_OWN takes it back
        :raises ValueError: for values that Amazon would refuse
        :return: ``quantities.PatchResult``; accepted is not yet done
        """
        places = _names(marketplace_ids)
        if not places:
            raise ValueError("A quantity is set in at least one marketplace")
        answer = self.client.call(
            PATCH_LISTING,
            path_params=self._path_params(sku=seller_sku),
            query={"marketplaceIds": places, "issueLocale": self._locale},
            body={
                "productType": product_type or quantities.ANY_PRODUCT_TYPE,
                "patches": quantities.patches(quantity, handling_days),
            },
        )
        return quantities.read_result(Reader(answer), PATCH_LISTING.name)

    def search_pages(
        self,
        marketplace_ids: str | Iterable[str],
        *,
        last_updated_after: datetime,
        last_updated_before: datetime | None = None,
        included_data: Collection[str] = LISTING_DATA,
    ) -> Iterator[ListingsPage]:
        """Yield the ListingsPages of all that was updated in a time window.

        Amazon pages through 1000 SKUs at most, so a window that holds more is cut
        in halves, the older first. Listings that are updated meanwhile leave the
        window and move others up by a place; then it is read again, without those
        that were yielded before.

        :param last_updated_before: default is now
        :raises TooManyListingsError: too many within one second: use the report
        :raises ListingsChangedError: the window never stood still
        """
        before = last_updated_before
        if before is None:
            before = datetime.fromtimestamp(self.client.now(), timezone.utc)
        query = {"included_data": included_data}
        yield from self._pages(
            _names(marketplace_ids), last_updated_after, before, query, set()
        )

    def enrich(
        self,
        seller_skus: Iterable[str],
        marketplace_id: str,
        included_data: Collection[str] = LISTING_DATA,
    ) -> Iterator[Found]:
        """Yield one Found per SKU that was asked for, each SKU once.

        Searched in batches of 20. A SKU that a search cannot ask for alone (commas
        separate, blanks at the ends get lost) is read by itself, and so is each one
        of a batch that Amazon refuses. A SKU that Amazon does not know, or refuses,
        bears the reason in `error`; any other error ends the generator.
        """
        skus = dict.fromkeys(seller_skus)
        batched = [sku for sku in skus if _can_be_searched(sku)]
        for start in range(0, len(batched), MAX_IDENTIFIERS):
            batch = batched[start : start + MAX_IDENTIFIERS]
            yield from self._enrich_batch(batch, marketplace_id, included_data)
        for sku in skus:
            if not _can_be_searched(sku):
                yield self._enrich_one(sku, marketplace_id, included_data)

    def look_up(
        self,
        seller_skus: Iterable[str],
        marketplace_id: str,
        included_data: Collection[str] = LISTING_DATA,
    ) -> Iterator[Found]:
        """Yield one Found per SKU, each read by itself (``getListingsItem``).

        A search lags behind; this tells what Amazon has now. For errors see ``enrich``.
        """
        for sku in dict.fromkeys(seller_skus):
            yield self._enrich_one(sku, marketplace_id, included_data)

    def find_by_asin(
        self, asins: Collection[str], marketplace_id: str
    ) -> Iterator[ListingsPage]:
        """Yield the ListingsPages of all of the seller's listings of some ASINs.

        :param asins: at most 20
        """
        if asins:
            yield from self._follow(_names(marketplace_id), {"asins": tuple(asins)})

    def _enrich_batch(
        self,
        batch: Collection[str],
        marketplace_id: str,
        included_data: Collection[str],
    ) -> Iterator[Found]:
        query = {"seller_skus": batch, "included_data": included_data}
        found = {}
        try:
            for page in self._follow(marketplace_id, query):
                found.update({each.seller_sku: each for each in page.listings})
        except BadRequestError:
            for sku in batch:
                yield self._enrich_one(sku, marketplace_id, included_data)
            return
        for sku in batch:
            error = None if sku in found else _not_found(SEARCH_LISTINGS)
            yield Found(sku, found.get(sku), error)

    def _enrich_one(
        self, sku: str, marketplace_id: str, included_data: Collection[str]
    ) -> Found:
        try:
            listings = self.get(sku, marketplace_id, included_data)
        except (NotFoundError, BadRequestError) as error:
            return Found(sku, None, error)
        except ValueError as error:
            # No path can hold this SKU, e.g. a single dot.
            refusal = BadRequestError(str(error), operation=GET_LISTING.name)
            return Found(sku, None, refusal)
        if not listings:
            return Found(sku, None, _not_found(GET_LISTING))
        return Found(sku, listings[0])

    def _pages(
        self,
        places: tuple[str, ...],
        after: datetime,
        before: datetime,
        query: JsonObject,
        yielded: set[tuple[str, str]],
        attempts: int = _ATTEMPTS,
    ) -> Iterator[ListingsPage]:
        window = {"last_updated_after": after, "last_updated_before": before, **query}
        first = self.search(places, **window)
        if must_be_cut(first, after, before, SEARCH_LISTINGS):
            middle = _whole_milliseconds(after + (before - after) / 2)
            # Both ends count as within: `yielded` drops what both halves hold.
            yield from self._pages(places, after, middle, query, yielded)
            yield from self._pages(places, middle, before, query, yielded)
            return
        totals = set()
        for page in self._follow(places, window, first):
            totals.add(page.number_of_results)
            yield without(page, yielded)
        if len(totals) == 1:
            return
        if attempts == 1:
            raise ListingsChangedError(
                "The listings kept changing while they were read",
                operation=SEARCH_LISTINGS.name,
                retry_at=self.client.now() + _LATER,
            )
        yield from self._pages(places, after, before, query, yielded, attempts - 1)

    def _follow(
        self,
        places: str | tuple[str, ...],
        query: JsonObject,
        first: ListingsPage | None = None,
    ) -> Iterator[ListingsPage]:
        """Yield the pages of one search; `first` is its first page, if known."""
        page = first or self.search(places, **query)
        yield page
        for _number in range(_MAX_PAGES):
            if page.next_token is None:
                return
            page = self.search(places, page_token=page.next_token, **query)
            yield page
        raise ProtocolError("The list has no end", operation=SEARCH_LISTINGS.name)

    def _path_params(self, **more: str) -> dict[str, str]:
        return {"sellerId": self.client.seller_id, **more}


def _names(values: str | Iterable[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)


def _check_search(places: Sequence[str], seller_skus: Collection[str]) -> None:
    if not places:
        raise ValueError("Listings are searched in at least one marketplace")
    if len(seller_skus) > MAX_IDENTIFIERS:
        raise ValueError(f"At most {MAX_IDENTIFIERS} SKUs in one search")
    if any("," in sku for sku in seller_skus):
        raise ValueError("Amazon would take a SKU with a comma for two")


def _can_be_searched(sku: str) -> bool:
    return "," not in sku and sku == sku.strip()


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def _whole_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _not_found(operation: Operation) -> NotFoundError:
    return NotFoundError("The seller has no such SKU there", operation=operation.name)
