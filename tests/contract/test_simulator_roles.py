# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which roles open which operation, and who may call in which form."""

import pytest
from contract.test_simulator_gateway import PARTICIPATIONS
from sp_api_simulator.sellers import (
    ALL_ROLES,
    DIRECT_TO_CONSUMER,
    FULFILLMENT,
    ORDER_TRACKING,
    ORDINARY_ROLES,
    PRODUCT_LISTING,
)

INDIA = "A21TJRUUN4KGV"
LISTINGS = "/listings/2021-08-01/items/{seller}"
SUMMARIES = (
    "/fba/inventory/v1/summaries?granularityType=Marketplace"
    f"&granularityId={INDIA}&marketplaceIds={INDIA}"
)
SHIPMENT = "/orders/v0/orders/403-0000000-0000001/shipment"
# (method, path, the roles of which one is needed)
CALLS = {
    "getMarketplaceParticipations": ("GET", PARTICIPATIONS, ORDINARY_ROLES),
    "searchOrders": (
        "GET",
        "/orders/2026-01-01/orders?lastUpdatedAfter=2026-01-01T00:00:00Z",
        ORDINARY_ROLES,
    ),
    "searchListingsItems": (
        "GET",
        f"{LISTINGS}?marketplaceIds={INDIA}",
        {PRODUCT_LISTING},
    ),
    "getListingsItem": (
        "GET",
        f"{LISTINGS}/A?marketplaceIds={INDIA}",
        {PRODUCT_LISTING},
    ),
    "patchListingsItem": (
        "PATCH",
        f"{LISTINGS}/A?marketplaceIds={INDIA}",
        {PRODUCT_LISTING},
    ),
    "getInventorySummaries": ("GET", SUMMARIES, {FULFILLMENT, PRODUCT_LISTING}),
    "confirmShipment": (
        "POST",
        f"{SHIPMENT}Confirmation",
        {ORDER_TRACKING, DIRECT_TO_CONSUMER},
    ),
    "updateShipmentStatus": ("POST", SHIPMENT, {ORDER_TRACKING, DIRECT_TO_CONSUMER}),
}


@pytest.mark.parametrize("operation", CALLS)
def test_each_operation_needs_one_of_its_roles(simulator, india, operation):
    simulator.quotas.enabled = False
    method, path, roles = CALLS[operation]
    path = path.format(seller=simulator.sellers["IN"].merchant_token)
    for role in ALL_ROLES:
        simulator.set_roles("IN", {role})
        parts = {} if method == "GET" else {"json": {}}
        denied = india.send(method, path, **parts).status_code == 403
        assert denied == (role not in roles), role


@pytest.mark.parametrize(
    "feed_type",
    [
        "POST_ORDER_ACKNOWLEDGEMENT_DATA",
        "POST_PAYMENT_ADJUSTMENT_DATA",
        "POST_ORDER_FULFILLMENT_DATA",
    ],
)
def test_feeds_about_orders_need_a_role_for_orders(simulator, india, feed_type):
    simulator.quotas.enabled = False
    document = india.post(
        "/feeds/2021-06-30/documents", {"contentType": "text/xml; charset=UTF-8"}
    ).json()
    body = {
        "feedType": feed_type,
        "marketplaceIds": [INDIA],
        "inputFeedDocumentId": document["feedDocumentId"],
    }
    simulator.set_roles("IN", {PRODUCT_LISTING})
    assert india.post("/feeds/2021-06-30/feeds", body).status_code == 403
    simulator.set_roles("IN", {ORDER_TRACKING})
    assert india.post("/feeds/2021-06-30/feeds", body).status_code != 403


def test_amazons_own_sdk_may_call(simulator, india):
    """Its User-Agent, and its booleans, as Python writes them."""
    simulator.quotas.enabled = False
    india.agent = "amazon-selling-partner-api-sdk/1.13.0/python"
    assert india.get(PARTICIPATIONS).status_code == 200
    simulator.set_fba_stock("IN", "FBA-1", fulfillable=2)
    for written in ("True", "true", "TRUE"):
        answer = india.get(f"{SUMMARIES}&details={written}")
        assert answer.status_code == 200, answer.text
        [summary] = answer.json()["payload"]["inventorySummaries"]
        assert summary["inventoryDetails"]["fulfillableQuantity"] == 2
    [summary] = india.get(f"{SUMMARIES}&details=False").json()["payload"][
        "inventorySummaries"
    ]
    assert "inventoryDetails" not in summary
    assert india.get(f"{SUMMARIES}&details=yes").status_code == 400


def test_a_page_that_skips_a_sku(simulator, india):
    """Asked for by name, it is there."""
    simulator.quotas.enabled = False
    simulator.set_fba_stock("IN", "FBA-1", fulfillable=2)
    simulator.set_fba_stock("IN", "FBA-2", fulfillable=3, unlisted=True)

    def named(query=""):
        answer = india.get(f"{SUMMARIES}{query}").json()["payload"]
        return [each["sellerSku"] for each in answer["inventorySummaries"]]

    assert named() == ["FBA-1"]
    assert named("&sellerSkus=FBA-2") == ["FBA-2"]
    simulator.set_fba_stock("IN", "FBA-2", unlisted=False)
    assert named() == ["FBA-1", "FBA-2"]
