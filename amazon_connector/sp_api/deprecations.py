# SPDX-License-Identifier: LGPL-3.0-or-later
"""When Amazon switches off what it offers: operations, report types, feed types.

Amazon's dates slip in both directions and its pages are edited silently, so a date is a
reason to look, not a switch. `USED` are those entries that this connector calls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

NOTICE = timedelta(days=90)
_FINANCES = "amzn/selling-partner-api-models#5354"
_SETTLEMENTS = "changelog: Deprecation Reminders September 2025, edited since"
_LISTING_FEEDS = "changelog: Deprecation Reminders June 2025"
_ORDERS = "changelog: Introducing the Orders API v2026-01-01"
_SHIPMENTS = "models of 2026-08-26 mark all operations of Orders v0"


@dataclass(frozen=True)
class Deprecation:
    """One thing that goes.

    :param name: operation, report type or feed type in Amazon's spelling
    :param replacement: what takes its place, empty where Amazon names nothing
    :param day: when it goes, None while Amazon tells no date
    :param source: where Amazon, or those who asked it, say so
    """

    name: str
    replacement: str
    day: date | None
    source: str


def _entries(
    names: str, replacement: str, day: date | None, source: str
) -> list[Deprecation]:
    return [Deprecation(name, replacement, day, source) for name in names.split()]


CALENDAR = (
    *_entries(
        "POST_INVENTORY_AVAILABILITY_DATA POST_PRODUCT_DATA POST_PRODUCT_PRICING_DATA",
        "JSON_LISTINGS_FEED",
        date(2025, 7, 31),
        _LISTING_FEEDS,
    ),
    *_entries(
        "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE GET_V2_SETTLEMENT_REPORT_DATA_XML",
        "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
        date(2026, 11, 11),
        _SETTLEMENTS,
    ),
    *_entries(
        "getOrders getOrderBuyerInfo getOrderAddress getOrderItems "
        "getOrderItemsBuyerInfo",
        "searchOrders",
        date(2027, 3, 27),
        _ORDERS,
    ),
    *_entries(
        "listFinancialEvents listFinancialEventsByGroupId listFinancialEventsByOrderId",
        "listTransactions",
        date(2027, 8, 27),
        _FINANCES,
    ),
    *_entries("confirmShipment updateShipmentStatus", "", None, _SHIPMENTS),
)
USED = frozenset({"confirmShipment", "updateShipmentStatus"})


def find_due(
    today: date,
    calendar: Iterable[Deprecation] = CALENDAR,
    used: Collection[str] = USED,
) -> list[Deprecation]:
    """Return what the connector calls and Amazon switches off within `NOTICE`, or has
    switched off, the next one first."""
    due = [
        entry
        for entry in calendar
        if entry.name in used and entry.day and entry.day - NOTICE <= today
    ]
    return sorted(due, key=lambda entry: (entry.day, entry.name))
