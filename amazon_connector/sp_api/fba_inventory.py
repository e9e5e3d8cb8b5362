# SPDX-License-Identifier: LGPL-3.0-or-later
"""What lies in Amazon's warehouses (FBA Inventory API v1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from .aliases import JsonObject
from .answers import needed_list
from .operations import Operation
from .reading import Reader

if TYPE_CHECKING:
    from typing_extensions import Self

    from .client import Client

GET_SUMMARIES = Operation(
    name="getInventorySummaries",
    method="GET",
    path="/fba/inventory/v1/summaries",
    rate=2.0,
    burst=2,
    idempotent=True,
)

MAX_SKUS = 50


@dataclass(frozen=True)
class InventorySummary:
    """Units of one seller SKU; what Amazon does not tell is None.

    In Europe one stock serves several marketplaces: sums over marketplaces would count
    it several times.

    :param fulfillable: can be picked and shipped
    :param reserved: on the way out, between warehouses, or measured
    :param inbound_working: announced; `inbound_shipped`: on the way to Amazon;
        `inbound_receiving`: of a delivery that is being taken in
    :param researching: lost for the moment
    :param unfulfillable: damaged, defective or expired
    :param total: all of it
    """

    seller_sku: str
    asin: str | None
    fnsku: str | None
    condition: str | None
    product_name: str | None
    fulfillable: int | None
    reserved: int | None
    inbound_working: int | None
    inbound_shipped: int | None
    inbound_receiving: int | None
    researching: int | None
    unfulfillable: int | None
    total: int | None
    last_updated: datetime | None
    notes: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: JsonObject) -> Self | None:
        """Read one entry of ``inventorySummaries``, None without a SKU."""
        root = Reader(data)
        seller_sku = root.text("sellerSku")
        if not seller_sku:
            return None
        details = root.child("inventoryDetails")
        return cls(
            seller_sku=seller_sku,
            asin=root.text("asin"),
            fnsku=root.text("fnSku"),
            condition=root.text("condition"),
            product_name=root.text("productName"),
            fulfillable=details.integer("fulfillableQuantity"),
            reserved=details.child("reservedQuantity").integer("totalReservedQuantity"),
            inbound_working=details.integer("inboundWorkingQuantity"),
            inbound_shipped=details.integer("inboundShippedQuantity"),
            inbound_receiving=details.integer("inboundReceivingQuantity"),
            researching=details.child("researchingQuantity").integer(
                "totalResearchingQuantity"
            ),
            unfulfillable=details.child("unfulfillableQuantity").integer(
                "totalUnfulfillableQuantity"
            ),
            total=root.integer("totalQuantity"),
            last_updated=root.time("lastUpdatedTime"),
            notes=tuple(root.notes),
        )


@dataclass(frozen=True)
class SummaryPage:
    """One page of the stock of a marketplace.

    :param summaries: tuple of ``InventorySummary``
    :param next_token: lives for 30 seconds; None on the last page
    """

    summaries: tuple[InventorySummary, ...]
    next_token: str | None = field(repr=False)


class FbaInventory:
    """Reads the stock at Amazon through a ``Client``."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def read_page(
        self,
        marketplace_id: str,
        seller_skus: Sequence[str] = (),
        page_token: str | None = None,
    ) -> SummaryPage:
        """Return one SummaryPage (``getInventorySummaries``).

        :param marketplace_id: whose stock; shared stock is shown in each marketplace
        :param seller_skus: these alone, at most 50 and on one page, else all; a comma
            separates SKUs, so one that holds a comma goes alone
        :param page_token: of the page before; all else stays as it was
        :raises ValueError: for SKUs that Amazon would take for others
        :raises BadRequestError: of a `page_token` mostly that it has expired
        """
        query = {
            "granularityType": "Marketplace",
            "granularityId": marketplace_id,
            "marketplaceIds": (marketplace_id,),
            "details": "true",
            **_sku_filter(seller_skus),
            "nextToken": page_token,
        }
        return _read_page(self.client.call(GET_SUMMARIES, query=query))


def _sku_filter(seller_skus: Sequence[str]) -> JsonObject:
    if len(seller_skus) > MAX_SKUS:
        raise ValueError(f"At most {MAX_SKUS} SKUs in one call")
    if not any("," in sku for sku in seller_skus):
        return {"sellerSkus": tuple(seller_skus)}
    if len(seller_skus) > 1:
        raise ValueError("A SKU with a comma goes alone")
    return {"sellerSku": seller_skus[0]}


def _read_page(answer: JsonObject) -> SummaryPage:
    root = Reader(answer)
    payload = root.child("payload").data
    entries = needed_list(payload, "inventorySummaries", GET_SUMMARIES)
    summaries = (InventorySummary.from_json(entry) for entry in entries)
    return SummaryPage(
        summaries=tuple(one for one in summaries if one is not None),
        next_token=root.child("pagination").text("nextToken") or None,
    )
