# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's Selling Partner API as plain Python, usable without Odoo.

Start at ``Client`` (an example is in ``client.py``); ``Orders`` and ``Sellers`` are
the APIs, ``split_order`` and ``Order`` read what they return, ``AmazonError`` and its
children say what went wrong.
"""

from .auth import Credentials, consent_url, exchange_code
from .client import PURPOSES, Client
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
from .throttle import Bucket, BucketStore, MemoryBucketStore
from .times import format_time, parse_time
from .tokens import AccessToken, MemoryTokenStore, TokenStore
from .version import VERSION

__all__ = [
    "AccessDeniedError",
    "AccessToken",
    "AmazonError",
    "AssociatedOrder",
    "AuthorizationError",
    "BadRequestError",
    "Breakdown",
    "BreakdownDetail",
    "Bucket",
    "BucketStore",
    "Client",
    "Credentials",
    "ESSENTIAL_DATA",
    "Endpoint",
    "GET_ACCOUNT",
    "GET_ORDER",
    "GET_PARTICIPATIONS",
    "INCLUDED_DATA",
    "ItemProceeds",
    "MemoryBucketStore",
    "MemoryTokenStore",
    "Money",
    "NotFoundError",
    "Operation",
    "Order",
    "OrderItem",
    "OrderPage",
    "Orders",
    "PURPOSES",
    "Package",
    "PackageItem",
    "Participation",
    "Payment",
    "Proceeds",
    "ProtocolError",
    "REGIONS",
    "SEARCH_ORDERS",
    "SellerAccount",
    "Sellers",
    "TaxInvoicing",
    "ThrottledError",
    "TokenStore",
    "TransientError",
    "VERSION",
    "Window",
    "consent_url",
    "exchange_code",
    "format_time",
    "parse_time",
    "probe_included_data",
    "redact",
    "split_denied",
    "split_order",
]
