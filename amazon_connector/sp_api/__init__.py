# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's Selling Partner API as plain Python, usable without Odoo."""

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
from .privacy import split_order
from .reading import Money, Window
from .schema import Order, OrderItem
from .throttle import Bucket, BucketStore, MemoryBucketStore
from .times import format_time, parse_time
from .tokens import AccessToken, MemoryTokenStore, TokenStore
