# SPDX-License-Identifier: LGPL-3.0-or-later
"""FBA Inventory v1: getInventorySummaries."""

from typing import NamedTuple

from .clock import DAY, format_time, parse_time
from .list_pages import Tokens
from .messages import Answer, ApiError
from .queries import boolean, check_marketplaces, known_parameters, split
from .routes import Route
from .sellers import FULFILLMENT, PRODUCT_LISTING

PARAMETERS = frozenset(
    {
        "details",
        "granularityType",
        "granularityId",
        "startDateTime",
        "sellerSkus",
        "sellerSku",
        "nextToken",
        "marketplaceIds",
    }
)
PAGE = 50
MAX_SKUS = 50
TOKEN_LIFE = 30.0
REACH = 548 * DAY


class Page(NamedTuple):
    """What a token stands for."""

    seller: str
    fixed: tuple
    offset: int
    issued: float


class InventoryTokens(Tokens):
    """Tokens of getInventorySummaries."""

    def resolve(self, text, seller_key, fixed, now):
        page = self.page(text)
        if page is None or page.seller != seller_key or page.fixed != fixed:
            raise ApiError.invalid_input(message="The nextToken is invalid.")
        if now - page.issued > TOKEN_LIFE:
            raise ApiError.invalid_input(message="The nextToken has expired.")
        return page


def get_summaries(call):
    query, seller = call.query, call.seller
    known_parameters(query, PARAMETERS)
    place = _marketplace(query, seller)
    detailed = boolean(query, "details")
    wanted = _filter(query, call.now)
    found = [each for each in call.simulator.fba.of(seller.key, place) if wanted(each)]
    fixed = tuple(sorted(pair for pair in query.items() if pair[0] != "nextToken"))
    tokens, offset = call.simulator.inventory_tokens, 0
    if "nextToken" in query:
        page = tokens.resolve(query["nextToken"], seller.key, fixed, call.now)
        offset = page.offset
    shown = found[offset : offset + PAGE]
    payload = {
        "granularity": {"granularityType": "Marketplace", "granularityId": place},
        "inventorySummaries": [_view(each, seller, place, detailed) for each in shown],
    }
    body = {"payload": payload}
    if len(found) > offset + PAGE:
        page = Page(seller.key, fixed, offset + PAGE, call.now)
        body["pagination"] = {"nextToken": tokens.issue(page)}
    return Answer(200, body)


def _marketplace(query, seller):
    for name in ("granularityType", "granularityId", "marketplaceIds"):
        if name not in query:
            raise ApiError.invalid_input(f"{name} is required.")
    if query["granularityType"] != "Marketplace":
        raise ApiError.invalid_input("granularityType must be Marketplace.")
    places = split(query, "marketplaceIds")
    if len(places) != 1 or query["granularityId"] != places[0]:
        raise ApiError.invalid_input("One marketplace, the same as granularityId.")
    check_marketplaces(places, seller)
    return places[0]


def _filter(query, now):
    """Whether a Holding is asked for: the first of the three filters counts."""
    if "startDateTime" in query:
        since = _start(query["startDateTime"], now)
        return lambda holding: holding.updated > since
    if "sellerSkus" in query:
        skus = split(query, "sellerSkus")
        if len(skus) > MAX_SKUS:
            raise ApiError.invalid_input("At most 50 sellerSkus.")
        return lambda holding: holding.seller_sku in skus
    if "sellerSku" in query:
        return lambda holding: holding.seller_sku == query["sellerSku"]
    return lambda holding: not holding.unlisted


def _start(text, now):
    try:
        since = parse_time(text)
    except ValueError:
        raise ApiError.invalid_input("startDateTime must be a UTC time.") from None
    if since < now - REACH:
        raise ApiError.invalid_input("startDateTime is over 18 months ago.")
    return since


def _view(holding, seller, place, detailed):
    listing = seller.listings.get((holding.seller_sku, place))
    shown = {
        "fnSku": holding.fnsku,
        "sellerSku": holding.seller_sku,
        "condition": "NewItem",
        "lastUpdatedTime": format_time(holding.updated),
        "totalQuantity": holding.total,
    }
    if listing is not None:
        shown.update(asin=listing.asin, productName=listing.title)
    if detailed:
        shown["inventoryDetails"] = _details(holding)
    return shown


def _details(holding):
    return {
        "fulfillableQuantity": holding.fulfillable,
        "inboundWorkingQuantity": holding.inbound_working,
        "inboundShippedQuantity": holding.inbound_shipped,
        "inboundReceivingQuantity": holding.inbound_receiving,
        "reservedQuantity": {
            "totalReservedQuantity": holding.reserved,
            "pendingCustomerOrderQuantity": holding.reserved_orders,
            "pendingTransshipmentQuantity": holding.reserved_transfer,
            "fcProcessingQuantity": holding.reserved_processing,
        },
        "researchingQuantity": {
            "totalResearchingQuantity": holding.researching,
            "researchingQuantityBreakdown": [
                {
                    "name": "researchingQuantityInShortTerm",
                    "quantity": holding.researching,
                }
            ],
        },
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": holding.unfulfillable,
            "customerDamagedQuantity": holding.customer_damaged,
            "warehouseDamagedQuantity": holding.warehouse_damaged,
            "distributorDamagedQuantity": holding.distributor_damaged,
            "carrierDamagedQuantity": holding.carrier_damaged,
            "defectiveQuantity": holding.defective,
            "expiredQuantity": holding.expired,
        },
    }


ROUTES = (
    Route(
        "GET",
        "/fba/inventory/v1/summaries",
        "getInventorySummaries",
        "fbaInventory",
        2.0,
        2,
        get_summaries,
        frozenset({FULFILLMENT, PRODUCT_LISTING}),
    ),
)
