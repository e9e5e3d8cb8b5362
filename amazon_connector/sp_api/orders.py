# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's Orders API 2026-01-01."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from .aliases import JsonObject
from .answers import check_subject, needed_list
from .errors import AccessDeniedError, BadRequestError, ProtocolError
from .operations import Operation
from .reading import Reader
from .times import format_time, parse_time

if TYPE_CHECKING:
    from .client import Client

SEARCH_ORDERS = Operation(
    name="searchOrders",
    method="GET",
    path="/orders/2026-01-01/orders",
    rate=0.0056,
    burst=20,
    idempotent=True,
    # One token comes back in three minutes: a backfill must not starve the poll
    # of new orders, nor a person who presses "Sync Now".
    reserves={"live": 8, "user": 4},
)
GET_ORDER = Operation(
    name="getOrder",
    method="GET",
    path="/orders/2026-01-01/orders/{orderId}",
    rate=0.5,
    burst=30,
    idempotent=True,
)

INCLUDED_DATA = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
    "PAYMENT",
    "FULFILLMENT_ORDERS",
)
"""All blocks that can be asked for."""
ESSENTIAL_DATA = ("FULFILLMENT", "PROCEEDS")
"""Status and money: without them no order may be applied."""

MAX_MARKETPLACES = 50
MAX_PAGE_SIZE = 100


@dataclass(frozen=True)
class OrderPage:
    """One page of a search.

    :param orders: raw orders as Amazon sent them, ascending by the searched time
    :param next_token: valid for 24 hours with the same query; None on the last page
    :param last_updated_before: the cut that Amazon applied, aware UTC
    :param created_before: the same for a search by creation time
    :param unreadable: entries of the page that were no orders at all
    """

    orders: list[JsonObject] = field(repr=False)
    next_token: str | None = field(repr=False)
    last_updated_before: datetime | None
    created_before: datetime | None
    unreadable: int = 0


class Orders:
    """Searches and reads orders through a ``Client``."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def search(
        self,
        *,
        last_updated_after: datetime | None = None,
        last_updated_before: datetime | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        marketplace_ids: Collection[str] = (),
        fulfillment_statuses: Collection[str] = (),
        fulfilled_by: Collection[str] = (),
        included_data: Collection[str] = (),
        page_size: int = 100,
        pagination_token: str | None = None,
    ) -> OrderPage:
        """Return one OrderPage (``searchOrders``).

        Exactly one of `last_updated_after` and `created_after` is given, and the
        "before" of the same kind or none; it must be two minutes old at least.
        With a `pagination_token` all else but `included_data` and `page_size`
        stays as it was.

        :raises ValueError: for a query that Amazon would refuse, or a naive datetime
        """
        _check_period(
            last_updated_after, last_updated_before, created_after, created_before
        )
        if not 1 <= page_size <= MAX_PAGE_SIZE:
            raise ValueError(f"A page holds 1 to {MAX_PAGE_SIZE} orders")
        if len(marketplace_ids) > MAX_MARKETPLACES:
            raise ValueError(f"At most {MAX_MARKETPLACES} marketplaces in one search")
        query = {
            "lastUpdatedAfter": _time(last_updated_after),
            "lastUpdatedBefore": _time(last_updated_before),
            "createdAfter": _time(created_after),
            "createdBefore": _time(created_before),
            "marketplaceIds": tuple(marketplace_ids),
            "fulfillmentStatuses": tuple(fulfillment_statuses),
            "fulfilledBy": tuple(fulfilled_by),
            "includedData": tuple(included_data),
            "maxResultsPerPage": page_size,
            "paginationToken": pagination_token,
        }
        return _read_page(self.client.call(SEARCH_ORDERS, query=query))

    def get(self, order_id: str, included_data: Collection[str] = ()) -> JsonObject:
        """Return one raw order (``getOrder``).

        :raises NotFoundError: Amazon does not know the number
        """
        answer = self.client.call(
            GET_ORDER,
            path_params={"orderId": order_id},
            query={"includedData": tuple(included_data)},
        )
        order = answer.get("order")
        if not isinstance(order, dict):
            raise ProtocolError("The answer lacks: order", operation=GET_ORDER.name)
        check_subject(order.get("orderId"), order_id, "order", GET_ORDER)
        return order


def probe_included_data(
    orders: Orders, order_id: str, wanted: Iterable[str]
) -> frozenset[str]:
    """Find the blocks that this account or region refuses.

    Amazon answers a refused ``includedData`` value with a 400 that does not name
    it, so each value is tried alone, with ``getOrder``, whose bucket is deep.

    :param Orders orders: where to ask
    :param order_id: an order of this account
    :param wanted: the blocks to be asked for
    :return: frozenset of the refused ones; empty costs one call
    :raises AmazonError: when it is not the blocks that are refused
    """
    wanted = tuple(dict.fromkeys(wanted))
    try:
        orders.get(order_id, wanted)
    except (BadRequestError, AccessDeniedError) as error:
        refusal = error
    else:
        return frozenset()
    refused = frozenset(name for name in wanted if _is_refused(orders, order_id, name))
    if refused == frozenset(wanted):
        # All of them: the order or the account is at fault if the bare call fails.
        orders.get(order_id)
    if not refused:
        raise refusal
    return refused


def _is_refused(orders: Orders, order_id: str, name: str) -> bool:
    try:
        orders.get(order_id, (name,))
    except (BadRequestError, AccessDeniedError):
        return True
    return False


def split_denied(
    orders: Orders, marketplace_ids: Iterable[str], **query: Any
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the marketplaces for which a search is answered with 403.

    To be called after such an answer to a search of all of them: that call is not
    repeated. Halves are asked for with pages of one order, so one denied
    marketplace among n costs from log2(n) to twice as many calls.

    :param Orders orders: where to ask
    :param marketplace_ids: what was searched together
    :param query: further arguments of ``Orders.search``; without a period the
        last hour is searched
    :return: ``(allowed, denied)``, tuples in the order given
    """
    if not {"last_updated_after", "created_after"} & set(query):
        now = datetime.fromtimestamp(orders.client.now(), timezone.utc)
        query["last_updated_after"] = now - timedelta(hours=1)
    query["page_size"] = 1
    wanted = tuple(dict.fromkeys(marketplace_ids))
    denied = set(_find_denied(orders, wanted, query))
    return (
        tuple(name for name in wanted if name not in denied),
        tuple(name for name in wanted if name in denied),
    )


def _find_denied(
    orders: Orders, group: tuple[str, ...], query: JsonObject
) -> list[str]:
    """Return the denied ones of `group`, which is denied as a whole."""
    if len(group) <= 1:
        return list(group)
    left, right = group[: len(group) // 2], group[len(group) // 2 :]
    if not _is_denied(orders, left, query):
        # Then it must be the right half, which need not be asked.
        return _find_denied(orders, right, query)
    denied = _find_denied(orders, left, query)
    if _is_denied(orders, right, query):
        denied += _find_denied(orders, right, query)
    return denied


def _is_denied(orders: Orders, group: tuple[str, ...], query: JsonObject) -> bool:
    try:
        orders.search(marketplace_ids=group, **query)
    except AccessDeniedError as error:
        # Without a code it was a proxy or firewall that spoke, not Amazon.
        if error.code is None:
            raise
        return True
    return False


def _check_period(
    updated_after: datetime | None,
    updated_before: datetime | None,
    created_after: datetime | None,
    created_before: datetime | None,
) -> None:
    if (updated_after is None) == (created_after is None):
        raise ValueError("Give exactly one of last_updated_after and created_after")
    other = created_before if updated_after is not None else updated_before
    if other is not None:
        raise ValueError("Creation and update times cannot be mixed in one search")


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def _read_page(answer: JsonObject) -> OrderPage:
    entries = needed_list(answer, "orders", SEARCH_ORDERS)
    orders = [entry for entry in entries if isinstance(entry, dict)]
    return OrderPage(
        orders=orders,
        next_token=Reader(answer).child("pagination").text("nextToken") or None,
        last_updated_before=parse_time(answer.get("lastUpdatedBefore")),
        created_before=parse_time(answer.get("createdBefore")),
        unreadable=len(entries) - len(orders),
    )
