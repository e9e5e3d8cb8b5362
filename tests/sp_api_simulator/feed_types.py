# SPDX-License-Identifier: LGPL-3.0-or-later
"""The feed types that the simulator processes; `feeds` says how to add one."""

from . import listings_feed, orders_feed
from .feeds import FeedType, is_fatal

# Switched off in July 2025: accepted, then FATAL.
LEGACY = (
    "POST_INVENTORY_AVAILABILITY_DATA",
    "POST_PRODUCT_DATA",
    "POST_PRODUCT_PRICING_DATA",
    "POST_FLAT_FILE_INVLOADER_DATA",
    "POST_FLAT_FILE_PRICEANDQUANTITYONLY_UPDATE_DATA",
)
_ALL = (
    *listings_feed.FEED_TYPES,
    *orders_feed.FEED_TYPES,
    *(FeedType(name, is_fatal) for name in LEGACY),
)
FEED_TYPES = {feed_type.name: feed_type for feed_type in _ALL}
