# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orders 2026-01-01: searchOrders and getOrder."""

import re
from dataclasses import dataclass

from .clock import DAY, MINUTE, format_time, parse_time
from .list_pages import Tokens
from .marketplaces import MARKETPLACES
from .messages import Answer, ApiError
from .orders_view import INCLUDED_DATA, view
from .queries import check_marketplaces, known_parameters, moment, split, whole_number
from .routes import Route

PARAMETERS = frozenset(
    {
        "createdAfter",
        "createdBefore",
        "lastUpdatedAfter",
        "lastUpdatedBefore",
        "fulfillmentStatuses",
        "marketplaceIds",
        "fulfilledBy",
        "maxResultsPerPage",
        "paginationToken",
        "includedData",
    }
)
STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
FULFILLED_BY = ("MERCHANT", "AMAZON")
# Parameters that may differ between the pages of one search.
MAY_CHANGE = frozenset({"maxResultsPerPage", "includedData", "paginationToken"})
BEFORE_AGE = 2 * MINUTE
TOKEN_LIFE = 24 * 60 * MINUTE
REACH = 730 * DAY
LONG_REACH_START = parse_time("2016-01-01T00:00:00Z")
LONG_REACH = frozenset({"JP", "AU", "SG"})
ORDER_ID = re.compile(r"^\d{3}-\d{7}-\d{7}$")


@dataclass(frozen=True)
class Page:
    """What a pagination token stands for."""

    merchant_token: str
    parameters: tuple
    before: float
    cursor: tuple
    issued: float


class PageTokens(Tokens):
    """Pagination tokens of orders and listings."""

    def resolve(self, text, merchant_token, parameters, now):
        page = self.page(text)
        if (
            page is None
            or page.merchant_token != merchant_token
            or page.parameters != parameters
            or now - page.issued > TOKEN_LIFE
        ):
            raise ApiError.invalid_input("The pagination token is invalid.")
        return page


@dataclass(frozen=True)
class Filters:
    marketplace_ids: frozenset
    statuses: frozenset
    fulfilled_by: frozenset
    oldest: float

    def wants(self, partition):
        """Whether orders of this (status, marketplace id, fulfiller) are asked for."""
        wanted = (self.statuses, self.marketplace_ids, self.fulfilled_by)
        return all(
            not values or value in values
            for values, value in zip(wanted, partition, strict=True)
        )

    def accept(self, version):
        """Whether an order is recent enough to be shown at all."""
        marketplace = MARKETPLACES.get(version.marketplace_id)
        if marketplace is not None and marketplace.code in LONG_REACH:
            return version.created >= LONG_REACH_START
        return version.created >= self.oldest


def _included(query, seller):
    values = frozenset(split(query, "includedData", INCLUDED_DATA))
    if values & seller.refused_data:
        # Amazon names neither the parameter nor the value here.
        raise ApiError.invalid_input()
    return values


def _window(query, now):
    """("created" or "updated", after, before or None)."""
    pairs = (
        ("created", "createdAfter", "createdBefore"),
        ("updated", "lastUpdatedAfter", "lastUpdatedBefore"),
    )
    if len([pair for pair in pairs if pair[1] in query]) != 1:
        text = "Exactly one of createdAfter and lastUpdatedAfter is required."
        raise ApiError.invalid_input(text)
    used, other = pairs if "createdAfter" in query else reversed(pairs)
    if other[2] in query:
        raise ApiError.invalid_input(f"{other[2]} does not go with {used[1]}.")
    after, before = moment(query, used[1]), moment(query, used[2])
    if before is not None and before < after:
        raise ApiError.invalid_input(f"{used[2]} is before {used[1]}.")
    if before is not None and before > now - BEFORE_AGE:
        text = f"{used[2]} must be at least two minutes before now."
        raise ApiError.invalid_input(text)
    return used[0], after, before


def _marketplaces(query, seller):
    values = split(query, "marketplaceIds")
    if len(values) > 50:
        raise ApiError.invalid_input("Too many marketplaceIds.")
    check_marketplaces(values, seller)
    return frozenset(values)


def search_orders(call):
    query, seller, now = call.query, call.seller, call.now
    known_parameters(query, PARAMETERS)
    by, after, before = _window(query, now)
    included = _included(query, seller)
    filters = Filters(
        _marketplaces(query, seller),
        frozenset(split(query, "fulfillmentStatuses", STATUSES)),
        frozenset(split(query, "fulfilledBy", FULFILLED_BY)),
        now - REACH,
    )
    limit = whole_number(query, "maxResultsPerPage", "100", 100)
    fixed = tuple(sorted(pair for pair in query.items() if pair[0] not in MAY_CHANGE))
    cursor = None
    if "paginationToken" in query:
        page = call.simulator.page_tokens.resolve(
            query["paginationToken"], seller.merchant_token, fixed, now
        )
        cursor, before = page.cursor, page.before
    elif before is None:
        before = now - BEFORE_AGE
    found, more = seller.orders.search(by, after, before, cursor, filters, limit, now)
    call.unchecked = not all(version.checked for version in found)
    body = {"orders": [view(version, included, seller, now) for version in found]}
    if more:
        position = found[-1].position(by)
        page = Page(seller.merchant_token, fixed, before, position, now)
        token = call.simulator.page_tokens.issue(page)
        body["pagination"] = {"nextToken": token}
    body["createdBefore" if by == "created" else "lastUpdatedBefore"] = format_time(
        before
    )
    return Answer(200, body)


def get_order(call):
    known_parameters(call.query, {"includedData"})
    included = _included(call.query, call.seller)
    order_id = call.path["orderId"]
    if not ORDER_ID.match(order_id):
        raise ApiError.invalid_input("orderId is not an Amazon order id.")
    version = call.seller.orders.get(order_id)
    if version is None:
        raise ApiError.not_found()
    call.unchecked = not version.checked
    return Answer(200, {"order": view(version, included, call.seller, call.now)})


ROUTES = (
    Route(
        "GET",
        "/orders/2026-01-01/orders",
        "searchOrders",
        "orders_2026-01-01",
        0.0056,
        20,
        search_orders,
    ),
    Route(
        "GET",
        "/orders/2026-01-01/orders/{orderId}",
        "getOrder",
        "orders_2026-01-01",
        0.5,
        30,
        get_order,
    ),
)
