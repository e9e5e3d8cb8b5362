# SPDX-License-Identifier: LGPL-3.0-or-later
"""Listings Items 2021-08-01: patchListingsItem.

Of a listing's attributes fulfillment_availability alone can be patched here; nothing
is ever created.
"""

from .bodies import json_body
from .listings_api import PATH, ROLES, check_seller, marketplaces_asked
from .messages import Answer, ApiError
from .queries import known_parameters, split
from .routes import Route
from .stock import NOT_FOUND, UNKNOWN_SKU

PARAMETERS = frozenset({"marketplaceIds", "includedData", "mode", "issueLocale"})
PREVIEW = "VALIDATION_PREVIEW"


def patch_listings_item(call):
    query, seller, sku = call.query, call.seller, call.path["sku"]
    known_parameters(query, PARAMETERS)
    check_seller(call)
    places = marketplaces_asked(call)
    included = split(query, "includedData", ("identifiers", "issues"))
    preview = query.get("mode") == PREVIEW
    if "mode" in query and not preview:
        raise ApiError.invalid_input("mode has an invalid value.")
    if "identifiers" in included and not preview:
        raise ApiError.invalid_input(f"identifiers are shown with mode={PREVIEW}.")
    body = json_body(call, "ListingsItemPatchRequest", ("productType", "patches"))
    stock = call.simulator.stock
    if preview:
        issues = stock.issues(seller, sku, places, body["patches"])
    else:
        issues = stock.submit(seller, sku, places, body["patches"], "patch")
    if UNKNOWN_SKU in issues and stock.settings.unknown_sku == NOT_FOUND:
        # Amazon's model knows no such answer.
        call.unchecked = True
        raise ApiError.not_found(f"SKU '{sku}' not found")
    answer = {
        "sku": sku,
        "status": "INVALID" if issues else ("VALID" if preview else "ACCEPTED"),
        "submissionId": stock.submission_id(),
        "issues": [_shown(issue, places) for issue in issues],
    }
    if "identifiers" in included:
        answer["identifiers"] = _identifiers(seller, sku, places)
    return Answer(200, answer)


def _shown(issue, places):
    return {
        "code": issue.code,
        "message": issue.message,
        "severity": issue.severity,
        "categories": list(issue.categories),
        "attributeNames": list(issue.attribute_names),
        "marketplaceIds": list(places),
    }


def _identifiers(seller, sku, places):
    found = (seller.listings.get((sku, place)) for place in places)
    return [
        {"marketplaceId": listing.marketplace_id, "asin": listing.asin}
        for listing in found
        if listing is not None
    ]


ROUTES = (
    Route(
        "PATCH",
        f"{PATH}/{{sku}}",
        "patchListingsItem",
        "listingsItems_2021-08-01",
        5,
        5,
        patch_listings_item,
        ROLES,
    ),
)
