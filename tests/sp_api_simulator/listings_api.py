# SPDX-License-Identifier: LGPL-3.0-or-later
"""Listings Items 2021-08-01: searchListingsItems and getListingsItem."""

from dataclasses import dataclass

from .listings_view import INCLUDED_DATA, view
from .marketplaces import MARKETPLACES
from .messages import Answer, ApiError
from .orders_api import Page
from .queries import known_parameters, moment, split, whole_number
from .routes import Route
from .sellers import PRODUCT_LISTING

PATH = "/listings/2021-08-01/items/{sellerId}"
ROLES = frozenset({PRODUCT_LISTING})
ITEM_PARAMETERS = frozenset({"marketplaceIds", "issueLocale", "includedData"})
PARAMETERS = ITEM_PARAMETERS | {
    "identifiers",
    "identifiersType",
    "variationParentSku",
    "packageHierarchySku",
    "createdAfter",
    "createdBefore",
    "lastUpdatedAfter",
    "lastUpdatedBefore",
    "withIssueSeverity",
    "withStatus",
    "withoutStatus",
    "sortBy",
    "sortOrder",
    "pageSize",
    "pageToken",
}
BARCODES = ("EAN", "GTIN", "ISBN", "JAN", "MINSAN", "UPC")
IDENTIFIER_TYPES = ("ASIN", "FNSKU", "SKU", *BARCODES)
STATUSES = ("BUYABLE", "DISCOVERABLE")
SEVERITIES = ("WARNING", "ERROR")
SORTS = {
    "sku": lambda listing: (),
    "createdDate": lambda listing: (listing.created,),
    "lastUpdatedDate": lambda listing: (listing.updated,),
}
MAX_IDENTIFIERS = 20
MAX_PAGE = 20
# Amazon counts more than these, but does not page further.
REACH = 1000


@dataclass(frozen=True)
class Filters:
    """What a listing must be like to be found."""

    identifiers: tuple
    identifiers_type: str
    parent_sku: str
    created: tuple
    updated: tuple
    severities: frozenset
    with_status: frozenset
    without_status: frozenset

    def accept(self, listing):
        return (
            _within(listing.updated, self.updated)
            and _within(listing.created, self.created)
            and self.parent_sku in (None, listing.parent_sku)
            and self._identified(listing)
            and self._in_state(listing)
        )

    def _in_state(self, listing):
        if not (self.severities or self.with_status or self.without_status):
            return True
        found = set(listing.statuses)
        severities = {issue.severity for issue in listing.issues}
        return (
            (not self.severities or bool(self.severities & severities))
            and self.with_status <= found
            and not self.without_status & found
        )

    def _identified(self, listing):
        if not self.identifiers:
            return True
        kind = self.identifiers_type
        if kind in BARCODES:
            return listing.barcode_type == kind and listing.barcode in self.identifiers
        fields = {
            "ASIN": listing.asin,
            "FNSKU": listing.fnsku,
            "SKU": listing.seller_sku,
        }
        return fields[kind] in self.identifiers


def _within(value, limits):
    after, before = limits
    return (after is None or value >= after) and (before is None or value <= before)


def check_seller(call):
    if call.path["sellerId"] != call.seller.merchant_token:
        raise ApiError.forbidden()


def marketplaces_asked(call):
    values = split(call.query, "marketplaceIds")
    if not values:
        raise ApiError.invalid_input("marketplaceIds is required.")
    for value in values:
        marketplace = MARKETPLACES.get(value)
        if marketplace is None:
            raise ApiError.invalid_input("marketplaceIds has an invalid value.")
        if marketplace.pseudo or not call.seller.sells_in(value):
            raise ApiError.forbidden()
    return values


def _included(query):
    return split(query, "includedData", INCLUDED_DATA) or ("summaries",)


def _one_of(query, name, allowed, default=None):
    value = query.get(name, default)
    if value is not None and value not in allowed:
        raise ApiError.invalid_input(f"{name} has an invalid value.")
    return value


def _filters(query):
    identifiers = split(query, "identifiers")
    kind = _one_of(query, "identifiersType", IDENTIFIER_TYPES)
    if bool(identifiers) != bool(kind):
        raise ApiError.invalid_input("identifiers and identifiersType go together.")
    if len(identifiers) > MAX_IDENTIFIERS:
        raise ApiError.invalid_input("Too many 'identifiers' provided.")
    exclusive = ("identifiers", "variationParentSku", "packageHierarchySku")
    if len([name for name in exclusive if name in query]) > 1:
        raise ApiError.invalid_input(f"Only one of {', '.join(exclusive)} is allowed.")
    return Filters(
        identifiers,
        kind,
        query.get("variationParentSku"),
        (moment(query, "createdAfter"), moment(query, "createdBefore")),
        (moment(query, "lastUpdatedAfter"), moment(query, "lastUpdatedBefore")),
        frozenset(split(query, "withIssueSeverity", SEVERITIES)),
        frozenset(split(query, "withStatus", STATUSES)),
        frozenset(split(query, "withoutStatus", STATUSES)),
    )


def _found(call, places, filters):
    """{SKU: its listings in `places` that search sees and `filters` accept}."""
    skus = filters.identifiers if filters.identifiers_type == "SKU" else None
    found = {}
    if "packageHierarchySku" in call.query:
        # No seller of this simulator sells packages of his other items.
        return found
    for listing in call.seller.listings.searchable(call.now, places, skus):
        if filters.accept(listing):
            found.setdefault(listing.seller_sku, []).append(listing)
    return found


def _sorted(found, query):
    key = SORTS[_one_of(query, "sortBy", SORTS, "lastUpdatedDate")]
    descending = _one_of(query, "sortOrder", ("ASC", "DESC"), "DESC") == "DESC"

    def position(item):
        sku, listings = item
        return (max(key(listing) for listing in listings), sku)

    return sorted(found.items(), key=position, reverse=descending)


def _in_order(listings, places):
    return sorted(listings, key=lambda listing: places.index(listing.marketplace_id))


def search_listings_items(call):
    query, seller, now = call.query, call.seller, call.now
    known_parameters(query, PARAMETERS)
    check_seller(call)
    places, included = marketplaces_asked(call), _included(query)
    filters = _filters(query)
    size = whole_number(query, "pageSize", "10", MAX_PAGE)
    found = _sorted(_found(call, places, filters), query)
    fixed = tuple(sorted(pair for pair in query.items() if pair[0] != "pageToken"))
    fixed = ("searchListingsItems", *fixed)
    tokens, start = call.simulator.page_tokens, 0
    if "pageToken" in query:
        page = tokens.resolve(query["pageToken"], seller.merchant_token, fixed, now)
        start = page.cursor
    end = min(start + size, REACH)
    body = {
        "numberOfResults": len(found),
        "items": [
            _view(call, _in_order(listings, places), included)
            for _sku, listings in found[start:end]
        ],
    }
    pagination = {}
    if end < min(len(found), REACH):
        page = Page(seller.merchant_token, fixed, now, end, now)
        pagination["nextToken"] = tokens.issue(page)
    if start:
        page = Page(seller.merchant_token, fixed, now, max(0, start - size), now)
        pagination["previousToken"] = tokens.issue(page)
    if pagination:
        body["pagination"] = pagination
    return Answer(200, body)


def get_listings_item(call):
    known_parameters(call.query, ITEM_PARAMETERS)
    check_seller(call)
    places, included = marketplaces_asked(call), _included(call.query)
    store, sku = call.seller.listings, call.path["sku"]
    found = (store.get((sku, place)) for place in places)
    listings = [listing for listing in found if listing is not None]
    if not listings:
        text = f"SKU '{sku}' not found in marketplace {', '.join(places)}"
        raise ApiError.not_found(text)
    return Answer(200, _view(call, listings, included))


def _view(call, listings, included):
    placed = [call.simulator.place_picture(listing) for listing in listings]
    return view(placed, included, call.seller.listings.children)


ROUTES = (
    Route(
        "GET",
        PATH,
        "searchListingsItems",
        "listingsItems_2021-08-01",
        5,
        5,
        search_listings_items,
        ROLES,
    ),
    Route(
        "GET",
        f"{PATH}/{{sku}}",
        "getListingsItem",
        "listingsItems_2021-08-01",
        5,
        10,
        get_listings_item,
        ROLES,
    ),
)
