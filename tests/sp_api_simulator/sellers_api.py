# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sellers v1: getMarketplaceParticipations and getAccount."""

from .marketplaces import MARKETPLACES
from .messages import Answer
from .routes import Route


def _participation(seller, marketplace):
    shown = {
        "id": marketplace.id,
        "name": marketplace.name,
        "countryCode": marketplace.country,
        "defaultCurrencyCode": marketplace.currency,
        "defaultLanguageCode": marketplace.language,
        "domainName": marketplace.domain,
    }
    return {
        "marketplace": shown,
        "storeName": seller.company_name,
        "participation": {"isParticipating": True, "hasSuspendedListings": False},
    }


def _participations(seller):
    """With the pseudo-marketplaces: Amazon lists them like any other."""
    return [
        _participation(seller, MARKETPLACES[identifier])
        for identifier in seller.marketplace_ids
    ]


def get_marketplace_participations(call):
    return Answer(200, {"payload": _participations(call.seller)})


def get_account(call):
    seller = call.seller
    address = {
        "addressLine1": "1 Market Road",
        "city": "Business City",
        "stateOrProvinceCode": seller.state,
        "postalCode": "560001",
        "countryCode": seller.country,
    }
    account = {
        "businessType": "PRIVATE_LIMITED",
        "sellingPlan": seller.selling_plan,
        "marketplaceParticipationList": _participations(seller),
        "business": {
            "name": seller.company_name,
            "registeredBusinessAddress": address,
            "companyRegistrationNumber": "SIM-0001",
        },
        "primaryContact": {"name": "Account Owner", "address": address},
    }
    return Answer(200, {"payload": account})


ROUTES = (
    Route(
        "GET",
        "/sellers/v1/marketplaceParticipations",
        "getMarketplaceParticipations",
        "sellers",
        0.016,
        15,
        get_marketplace_participations,
    ),
    Route(
        "GET",
        "/sellers/v1/account",
        "getAccount",
        "sellers",
        0.016,
        15,
        get_account,
    ),
)
