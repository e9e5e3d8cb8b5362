# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's Selling Partner API as plain Python, usable without Odoo.

Start at ``Client`` (an example is in ``client.py``); ``Listings``, ``Orders``,
``Reports``, ``Sellers`` and ``Shipments`` are the APIs; ``split_order``, ``Order`` and
the ``read_...`` functions read what they return; ``AmazonError`` and its children say
what went wrong.
"""

from .auth import Credentials, consent_url, exchange_code
from .carriers import CARRIERS, Carrier
from .client import PURPOSES, Client
from .documents import (
    DocumentExpiredError,
    DocumentFile,
    PresignedDocument,
    download,
    fallback_charset,
    iter_rows,
)
from .endpoints import REGIONS, Endpoint
from .errors import (
    AccessDeniedError,
    AmazonError,
    AuthorizationError,
    BadRequestError,
    NotFoundError,
    ProtocolError,
    ThrottledError,
    TransientError,
)
from .listing_schema import (
    Availability,
    ExternalId,
    Listing,
    ListingIssue,
    Relationship,
)
from .listings import (
    GET_LISTING,
    LISTING_DATA,
    SEARCH_LISTINGS,
    Found,
    Listings,
    ListingsChangedError,
    ListingsPage,
    TooManyListingsError,
)
from .operations import Operation
from .orders import (
    ESSENTIAL_DATA,
    GET_ORDER,
    INCLUDED_DATA,
    SEARCH_ORDERS,
    OrderPage,
    Orders,
    probe_included_data,
    split_denied,
)
from .privacy import split_order
from .reading import Money, Window
from .redaction import redact
from .report_rows import (
    ALL_LISTINGS,
    ALL_ORDERS_BY_CREATION,
    ALL_ORDERS_BY_UPDATE,
    ENGLISH_HEADER,
    FBA_SHIPMENTS,
    LONGEST_PERIOD,
    ListingRow,
    OrderRow,
    ReportRows,
    ShipmentRow,
    read_listing_rows,
    read_order_rows,
    read_shipments,
)
from .reports import (
    CREATE_REPORT,
    GET_REPORT,
    GET_REPORT_DOCUMENT,
    GET_REPORTS,
    Report,
    Reports,
)
from .schema import (
    AssociatedOrder,
    Breakdown,
    BreakdownDetail,
    ItemProceeds,
    Order,
    OrderItem,
    Package,
    PackageItem,
    Payment,
    Proceeds,
    TaxInvoicing,
)
from .sellers import (
    GET_ACCOUNT,
    GET_PARTICIPATIONS,
    Participation,
    SellerAccount,
    Sellers,
)
from .shipment_errors import ShipmentRefusedError, UnknownResultError
from .shipments import (
    CONFIRM_SHIPMENT,
    PICKUP_STATUSES,
    UPDATE_SHIPMENT_STATUS,
    Parcel,
    ParcelItem,
    Shipments,
    tidy_tracking,
)
from .throttle import Bucket, BucketStore, MemoryBucketStore
from .times import format_time, parse_time
from .tokens import AccessToken, MemoryTokenStore, TokenStore
from .version import VERSION

__all__ = [
    "ALL_LISTINGS",
    "ALL_ORDERS_BY_CREATION",
    "ALL_ORDERS_BY_UPDATE",
    "AccessDeniedError",
    "AccessToken",
    "AmazonError",
    "AssociatedOrder",
    "AuthorizationError",
    "Availability",
    "BadRequestError",
    "Breakdown",
    "BreakdownDetail",
    "Bucket",
    "BucketStore",
    "CARRIERS",
    "CONFIRM_SHIPMENT",
    "CREATE_REPORT",
    "Carrier",
    "Client",
    "Credentials",
    "DocumentExpiredError",
    "DocumentFile",
    "ENGLISH_HEADER",
    "ESSENTIAL_DATA",
    "Endpoint",
    "ExternalId",
    "FBA_SHIPMENTS",
    "Found",
    "GET_ACCOUNT",
    "GET_LISTING",
    "GET_ORDER",
    "GET_PARTICIPATIONS",
    "GET_REPORT",
    "GET_REPORTS",
    "GET_REPORT_DOCUMENT",
    "INCLUDED_DATA",
    "ItemProceeds",
    "LISTING_DATA",
    "LONGEST_PERIOD",
    "Listing",
    "ListingIssue",
    "ListingRow",
    "Listings",
    "ListingsChangedError",
    "ListingsPage",
    "MemoryBucketStore",
    "MemoryTokenStore",
    "Money",
    "NotFoundError",
    "Operation",
    "Order",
    "OrderItem",
    "OrderPage",
    "OrderRow",
    "Orders",
    "PICKUP_STATUSES",
    "PURPOSES",
    "Package",
    "PackageItem",
    "Parcel",
    "ParcelItem",
    "Participation",
    "Payment",
    "PresignedDocument",
    "Proceeds",
    "ProtocolError",
    "REGIONS",
    "Relationship",
    "Report",
    "ReportRows",
    "Reports",
    "SEARCH_LISTINGS",
    "SEARCH_ORDERS",
    "SellerAccount",
    "Sellers",
    "ShipmentRefusedError",
    "ShipmentRow",
    "Shipments",
    "TaxInvoicing",
    "ThrottledError",
    "TokenStore",
    "TooManyListingsError",
    "TransientError",
    "UPDATE_SHIPMENT_STATUS",
    "UnknownResultError",
    "VERSION",
    "Window",
    "consent_url",
    "download",
    "exchange_code",
    "fallback_charset",
    "format_time",
    "iter_rows",
    "parse_time",
    "probe_included_data",
    "read_listing_rows",
    "read_order_rows",
    "read_shipments",
    "redact",
    "split_denied",
    "split_order",
    "tidy_tracking",
]
