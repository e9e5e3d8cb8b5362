# SPDX-License-Identifier: LGPL-3.0-or-later
"""The report types that the simulator makes, and the headers of their columns."""

from collections.abc import Callable
from dataclasses import dataclass

from .clock import DAY, HOUR, MINUTE
from .report_contents import all_orders, listings, shipments
from .sellers import DIRECT_TO_CONSUMER, FINANCE, TAX_REMITTANCE
from .settlement_file import COLUMNS
from .tax_reports import tax_columns, tax_rows, transfer_rows

FULFILLMENT = "Amazon Fulfillment"
INVENTORY = "Inventory and Order Tracking"


@dataclass(frozen=True)
class ReportType:
    """One report type.

    `contents(seller, report, simulator)` returns rows as dicts by column, none if
    there is no data. `roles`: the caller needs one of them. `longest`: the longest
    period in seconds. `near_real_time`: made no more than once in that many seconds,
    a request in between is CANCELLED. `cached`: the same contents are given out again
    for that many seconds. `kept`: how long Amazon keeps the report.
    """

    name: str
    contents: Callable
    columns: tuple
    roles: frozenset
    longest: float = None
    near_real_time: float = None
    cached: float = None
    kept: float = 90 * DAY
    first_marketplace_only: bool = False
    translated: bool = False
    # Amazon makes them when they are due; nobody can ask for one.
    by_amazon: bool = False
    # Its document is given for a restricted data token alone.
    restricted: bool = False


ORDER_COLUMNS = (
    "amazon-order-id",
    "merchant-order-id",
    "purchase-date",
    "last-updated-date",
    "order-status",
    "fulfillment-channel",
    "sales-channel",
    "order-channel",
    "ship-service-level",
    "product-name",
    "sku",
    "asin",
    "item-status",
    "quantity",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "ship-promotion-discount",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "promotion-ids",
    "is-business-order",
    "purchase-order-number",
    "price-designation",
)
SHIPMENT_COLUMNS = (
    "amazon-order-id",
    "merchant-order-id",
    "shipment-id",
    "shipment-item-id",
    "amazon-order-item-id",
    "merchant-order-item-id",
    "purchase-date",
    "payments-date",
    "shipment-date",
    "reporting-date",
    "buyer-email",
    "buyer-name",
    "buyer-phone-number",
    "sku",
    "product-name",
    "quantity-shipped",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "ship-service-level",
    "recipient-name",
    "ship-address-1",
    "ship-address-2",
    "ship-address-3",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "ship-phone-number",
    "bill-address-1",
    "bill-address-2",
    "bill-address-3",
    "bill-city",
    "bill-state",
    "bill-postal-code",
    "bill-country",
    "item-promotion-discount",
    "ship-promotion-discount",
    "carrier",
    "tracking-number",
    "estimated-arrival-date",
    "fulfillment-center-id",
    "fulfillment-channel",
    "sales-channel",
)
LISTING_COLUMNS = (
    "item-name",
    "item-description",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "open-date",
    "image-url",
    "item-is-marketplace",
    "product-id-type",
    "zshop-shipping-fee",
    "item-note",
    "item-condition",
    "zshop-category1",
    "zshop-browse-path",
    "zshop-storefront-feature",
    "asin1",
    "asin2",
    "asin3",
    "will-ship-internationally",
    "expedited-shipping",
    "zshop-boldface",
    "product-id",
    "bid-for-featured-placement",
    "add-delete",
    "pending-quantity",
    "fulfillment-channel",
    "merchant-shipping-group",
    "status",
)
# The columns that each language has, in Amazon's order; the others do not appear.
TRANSLATED = {
    "DE": {
        "item-name": "Artikelbezeichnung",
        "item-description": "Artikelbeschreibung",
        "listing-id": "Angebotsnummer",
        "seller-sku": "Händler-SKU",
        "price": "Preis",
        "quantity": "Menge",
        "open-date": "Erstellungsdatum",
        "item-is-marketplace": "Artikel ist Marketplace-Angebot",
        "product-id-type": "Produkt-ID-Typ",
        "item-note": "Anmerkung zum Artikel",
        "item-condition": "Artikelzustand",
        "asin1": "ASIN 1",
        "will-ship-internationally": "Internationaler Versand",
        "expedited-shipping": "Expressversand",
        "product-id": "Produkt-ID",
        "fulfillment-channel": "Versender",
        "merchant-shipping-group": "Händlerversandgruppe",
        "status": "Status",
    },
    "JP": {
        "item-name": "商品名",
        "listing-id": "出品ID",
        "seller-sku": "出品者SKU",
        "price": "価格",
        "quantity": "数量",
        "open-date": "出品日",
        "product-id-type": "商品IDタイプ",
        "item-note": "コンディション説明",
        "item-condition": "コンディション",
        "asin1": "ASIN 1",
        "will-ship-internationally": "国外へ配送可",
        "expedited-shipping": "迅速な配送",
        "product-id": "商品ID",
        "pending-quantity": "在庫数",
        "fulfillment-channel": "フルフィルメント・チャンネル",
        "merchant-shipping-group": "merchant-shipping-group",
        "status": "ステータス",
    },
    # The same words head two columns.
    "CN": {
        "item-name": "商品名称",
        "listing-id": "商品编码",
        "seller-sku": "卖家 SKU",
        "price": "价格",
        "quantity": "数量",
        "open-date": "开售日期",
        "product-id-type": "商品编码类型",
        "item-condition": "商品状况",
        "asin1": "ASIN 1",
        "product-id": "商品编码",
        "fulfillment-channel": "配送渠道",
        "merchant-shipping-group": "merchant-shipping-group",
        "status": "状态",
    },
}


def _orders(name):
    return ReportType(
        name,
        all_orders,
        ORDER_COLUMNS,
        frozenset({FULFILLMENT, INVENTORY}),
        longest=30 * DAY,
        kept=30 * DAY,
    )


def _tax(name, contents=tax_rows, **values):
    roles = frozenset({TAX_REMITTANCE})
    return ReportType(name, contents, tax_columns(name), roles, **values)


def _scheduled(name, contents=tax_rows):
    return _tax(name, contents, by_amazon=True)


_ALL = (
    _orders("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"),
    _orders("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"),
    ReportType(
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL",
        shipments,
        SHIPMENT_COLUMNS,
        frozenset({FULFILLMENT, INVENTORY, "Pricing"}),
        longest=31 * DAY,
        near_real_time=30 * MINUTE,
    ),
    ReportType(
        "GET_MERCHANT_LISTINGS_ALL_DATA",
        listings,
        LISTING_COLUMNS,
        frozenset({INVENTORY, "Pricing", "Product Listing", DIRECT_TO_CONSUMER}),
        # One to six hours, by the number of listings.
        cached=HOUR,
        first_marketplace_only=True,
        translated=True,
    ),
    ReportType(
        "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
        None,
        COLUMNS,
        frozenset({FINANCE}),
        by_amazon=True,
    ),
    _scheduled("GST_MTR_B2B"),
    _scheduled("GST_MTR_B2C"),
    _scheduled("GST_MTR_STOCK_TRANSFER_REPORT", transfer_rows),
    _tax("GET_GST_MTR_B2B_CUSTOM", restricted=True),
    _tax("GET_GST_MTR_B2C_CUSTOM"),
    _tax("GET_GST_STR_ADHOC", transfer_rows),
)
REPORT_TYPES = {report_type.name: report_type for report_type in _ALL}
