# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's own SDK drives the simulator through every operation that it plays.

The SDK is installed with the other packages of the tests, so these hold the simulator
against Amazon on any machine, with or without Amazon's models beside the checkout.
"""

import importlib
import json
import re

import pytest
import requests
from contract.test_simulator_support import make_order
from sp_api_simulator.clock import DAY, format_time
from spapi import SPAPIClient, SPAPIConfig
from spapi.rest import ApiException

INDIA = "A21TJRUUN4KGV"
SKU = "IN-0001"
LISTINGS_REPORT = "GET_MERCHANT_LISTINGS_ALL_DATA"
SCHEDULED_REPORT = "GST_MTR_B2C"
RESTRICTED_REPORT = "GET_GST_MTR_B2B_CUSTOM"
QUANTITY_FEED = "JSON_LISTINGS_FEED"
# Amazon's model as the simulator names it -> the SDK's module.
MODULES = {
    "sellers": "sellers_v1.sellers_api.SellersApi",
    "orders_2026-01-01": "orders_v2026_01_01",
    "ordersV0": "orders_v0",
    "listingsItems_2021-08-01": "listings_items_v2021_08_01.listings_api.ListingsApi",
    "reports_2021-06-30": "reports_v2021_06_30.reports_api.ReportsApi",
    "feeds_2021-06-30": "feeds_v2021_06_30.feeds_api.FeedsApi",
    "finances_2024-06-19": "finances_v2024_06_19.finances_v2024_api.FinancesV2024Api",
    "transfers_2024-06-01": "transfers_v2024_06_01.transfers_api.TransfersApi",
    "tokens_2021-03-01": "tokens_v2021_03_01.tokens_api.TokensApi",
    "fbaInventory": "fba_inventory_v1.fba_inventory_api.FbaInventoryApi",
}
CLASSES = {
    "searchOrders": "search_orders_api.SearchOrdersApi",
    "getOrder": "get_order_api.GetOrderApi",
    "confirmShipment": "orders_v0_api.OrdersV0Api",
    "updateShipmentStatus": "shipment_api.ShipmentApi",
}


class Sdk:
    """A seller's program that calls Amazon through Amazon's SDK.

    `called` are the operations that were answered, `unread` is what an answer held that
    the SDK's typed models do not know.
    """

    def __init__(self, simulator, key):
        known = simulator.credentials(key)
        config = SPAPIConfig(
            known["client_id"], known["client_secret"], known["refresh_token"]
        )
        url = simulator.api_url(simulator.sellers[key].region)
        client = SPAPIClient(config, oauth_endpoint=simulator.lwa_url, endpoint=url)
        self.api = client.api_client
        self.seller_id = simulator.sellers[key].merchant_token
        self.called = set()
        self.unread = []
        self._models = {route.operation: route.model for route in simulator.routes.all}

    def call(self, operation, *args, **kwargs):
        """Amazon's answer as the SDK's typed model; raises the SDK's ApiException."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        result = getattr(self._find(operation)(self.api), name)(*args, **kwargs)
        self.called.add(operation)
        if result is not None:
            self._compare(json.loads(self.api.last_response.data), result, operation)
        return result

    def _find(self, operation):
        path = MODULES[self._models[operation]]
        if operation in CLASSES:
            path = f"{path}.{CLASSES[operation]}"
        module, name = path.rsplit(".", 1)
        return getattr(importlib.import_module(f"spapi.api.{module}"), name)

    def _compare(self, raw, typed, place):
        if isinstance(raw, list):
            for one, read in zip(raw, typed, strict=True):
                self._compare(one, read, place)
        elif isinstance(raw, dict) and hasattr(typed, "attribute_map"):
            attributes = {key: name for name, key in typed.attribute_map.items()}
            for key, value in raw.items():
                if key not in attributes:
                    self.unread.append(f"{place}.{key}")
                elif value is not None:
                    read = getattr(typed, attributes[key])
                    assert read is not None, f"{place}.{key} got lost"
                    self._compare(value, read, f"{place}.{key}")


@pytest.fixture
def sdk(shop):
    """The SDK for the seller in India with 59 listings."""
    shop.set_stock(lag=(0, 0))
    return Sdk(shop, "IN")


def drive_sellers(sdk, _simulator):
    participations = sdk.call("getMarketplaceParticipations").payload
    assert INDIA in {one.marketplace.id for one in participations}
    sdk.call("getAccount")


def drive_orders(sdk, simulator):
    order_id = place(simulator)
    simulator.clock.advance(600)
    found = sdk.call(
        "searchOrders",
        last_updated_after="2025-01-01T00:00:00Z",
        marketplace_ids=[INDIA],
        included_data=["BUYER", "RECIPIENT", "PROCEEDS", "FULFILLMENT"],
    )
    assert order_id in {order.order_id for order in found.orders}
    assert sdk.call("getOrder", order_id).order.order_id == order_id


def drive_shipments(sdk, simulator):
    order_id = place(simulator, 2)
    parcel = {
        "packageReferenceId": "1",
        "carrierCode": "BlueDart",
        "trackingNumber": "80123456789",
        "shipDate": format_time(simulator.clock.now()),
        "orderItems": [{"orderItemId": f"{2:014d}", "quantity": 2}],
    }
    body = {"marketplaceId": INDIA, "packageDetail": parcel}
    sdk.call("confirmShipment", order_id, body)
    packages = sdk.call("getOrder", order_id, included_data=["PACKAGES"]).order.packages
    assert [package.tracking_number for package in packages] == ["80123456789"]
    order_id = place(simulator, 3, programs=["IN_STORE_PICK_UP"])
    body = {"marketplaceId": INDIA, "shipmentStatus": "ReadyForPickup"}
    sdk.call("updateShipmentStatus", order_id, body)


def drive_listings(sdk, simulator):
    found = sdk.call(
        "searchListingsItems",
        sdk.seller_id,
        [INDIA],
        included_data=["summaries", "offers", "fulfillmentAvailability", "attributes"],
        page_size=20,
    )
    assert len(found.items) == 20
    assert sdk.call("getListingsItem", sdk.seller_id, SKU, [INDIA]).sku == SKU
    patch = {
        "op": "merge",
        "path": "/attributes/fulfillment_availability",
        "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 7}],
    }
    body = {"productType": "PRODUCT", "patches": [patch]}
    answer = sdk.call("patchListingsItem", sdk.seller_id, SKU, [INDIA], body)
    assert answer.status == "ACCEPTED"
    assert simulator.get_quantity("IN", SKU) == 7


def drive_reports(sdk, simulator):
    order = {"reportType": LISTINGS_REPORT, "marketplaceIds": [INDIA]}
    report_id = sdk.call("createReport", order).report_id
    simulator.clock.advance(600)
    report = sdk.call("getReport", report_id)
    assert report.processing_status == "DONE"
    document = sdk.call("getReportDocument", report.report_document_id)
    assert requests.get(document.url, timeout=30).status_code == 200
    found = sdk.call("getReports", report_types=[LISTINGS_REPORT])
    assert report_id in {one.report_id for one in found.reports}
    sdk.call("cancelReport", sdk.call("createReport", order).report_id)
    every_day = {
        "reportType": SCHEDULED_REPORT,
        "marketplaceIds": [INDIA],
        "period": "P1D",
    }
    schedule_id = sdk.call("createReportSchedule", every_day).report_schedule_id
    [schedule] = sdk.call("getReportSchedules", [SCHEDULED_REPORT]).report_schedules
    assert schedule.report_schedule_id == schedule_id


def drive_tokens(sdk, simulator):
    """A token for one document, which the seller's own does not open."""
    row = {"Customer Bill To Gstid": "29AAGCB7383J1Z4"}
    simulator.reports.tax_rows["IN"] = [row]
    order = {"reportType": RESTRICTED_REPORT, "marketplaceIds": [INDIA]}
    report_id = sdk.call("createReport", order).report_id
    simulator.clock.advance(600)
    document_id = sdk.call("getReport", report_id).report_document_id
    path = f"/reports/2021-06-30/documents/{document_id}"
    body = {"restrictedResources": [{"method": "GET", "path": path}]}
    token = sdk.call("createRestrictedDataToken", body)
    assert token.restricted_data_token.startswith("Atz.sprdt|")
    assert token.expires_in == 3600


def drive_feeds(sdk, simulator):
    content_type = "application/json; charset=UTF-8"
    document = sdk.call("createFeedDocument", {"contentType": content_type})
    headers = {"Content-Type": content_type}
    feed = {"header": {"sellerId": sdk.seller_id, "version": "2.0"}, "messages": []}
    sent = requests.put(document.url, json.dumps(feed), headers=headers, timeout=30)
    assert sent.status_code == 200
    body = {
        "feedType": QUANTITY_FEED,
        "marketplaceIds": [INDIA],
        "inputFeedDocumentId": document.feed_document_id,
    }
    feed_id = sdk.call("createFeed", body).feed_id
    simulator.clock.advance(600)
    feed = sdk.call("getFeed", feed_id)
    sdk.call("getFeedDocument", feed.result_feed_document_id)
    found = sdk.call("getFeeds", feed_types=[QUANTITY_FEED])
    assert feed_id in {one.feed_id for one in found.feeds}
    sdk.call("cancelFeed", sdk.call("createFeed", body).feed_id)


def drive_fba_stock(sdk, _simulator):
    found = sdk.call(
        "getInventorySummaries", "Marketplace", INDIA, [INDIA], details=True
    )
    assert found.payload.inventory_summaries


def drive_finances(sdk, simulator):
    """The same total by file, summary, transactions and payout."""
    simulator.set_settlements(reserve_days=0)
    simulator.charge_seller("IN", "reimbursement", "25000.00")
    [settlement] = simulator.close_settlement("IN")
    simulator.clock.advance(600)
    after = format_time(simulator.clock.now() - 30 * DAY)
    found = sdk.call("listTransactions", posted_after=after).payload.transactions
    [summary] = sdk.call(
        "listSummary",
        related_identifier_name="SETTLEMENT_ID",
        related_identifier_value=settlement.settlement_id,
    ).summaries
    [payout] = sdk.call("listPayouts").payouts
    total = float(settlement.total)
    assert round(sum(one.total_amount.currency_amount for one in found), 2) == total
    assert summary.net_proceeds.currency_amount == total
    assert payout.amount.currency_amount == total
    assert payout.current_status == "STARTED"
    assert sdk.call("listBalances").balances[0].amount.currency_amount == 0
    assert sdk.call("listExpectedPayouts").expected_payouts


DRIVES = (
    drive_sellers,
    drive_orders,
    drive_shipments,
    drive_listings,
    drive_reports,
    drive_tokens,
    drive_feeds,
    drive_fba_stock,
    drive_finances,
)


def place(simulator, number=1, **changes):
    """An order placed a day ago; returns its id."""
    placed = format_time(simulator.clock.now() - DAY)
    order = make_order(number, createdTime=placed, lastUpdatedTime=placed, **changes)
    simulator.put_orders("IN", [order])
    return order["orderId"]


def test_every_operation_answers_what_amazons_sdk_reads(sdk, shop):
    """No operation is left out, and no answer holds what the SDK does not know."""
    for drive in DRIVES:
        drive(sdk, shop)
    assert sdk.called == {route.operation for route in shop.routes.all}
    assert not sdk.unread


def test_a_refusal_is_an_error_of_the_sdk(sdk):
    with pytest.raises(ApiException) as refused:
        sdk.call("getOrder", "403-0000000-9999999")
    assert refused.value.status == 404
