# SPDX-License-Identifier: LGPL-3.0-or-later
"""What lies in Amazon's warehouses (FBA Inventory API v1)."""

from dataclasses import dataclass
from datetime import datetime

from .answers import needed_list
from .errors import BadRequestError, ProtocolError
from .operations import Operation
from .reading import Reader

GET_SUMMARIES = Operation(
    name="getInventorySummaries",
    method="GET",
    path="/fba/inventory/v1/summaries",
    rate=2.0,
    burst=2,
    idempotent=True,
)

MAX_SKUS = 50
# A page token lives for 30 seconds: a reading that stumbled begins anew.
_READINGS = 3


@dataclass(frozen=True)
class InventorySummary:
    """Units of one seller SKU; what Amazon does not tell is None.

    In Europe one stock serves several marketplaces: sums over marketplaces would count
    it several times.

    :param fulfillable: can be picked and shipped
    :param reserved: on the way out, between warehouses, or measured; the three
        ``reserved_...`` add up to it
    :param inbound_working: announced; `inbound_shipped`: on the way to Amazon;
        `inbound_receiving`: of a delivery that is being taken in
    :param researching: lost for the moment
    :param unfulfillable: damaged, defective or expired
    :param total: all of it
    """

    seller_sku: str
    asin: "str | None"
    fnsku: "str | None"
    condition: "str | None"
    product_name: "str | None"
    fulfillable: "int | None"
    reserved: "int | None"
    reserved_for_orders: "int | None"
    reserved_for_transfer: "int | None"
    reserved_for_processing: "int | None"
    inbound_working: "int | None"
    inbound_shipped: "int | None"
    inbound_receiving: "int | None"
    researching: "int | None"
    unfulfillable: "int | None"
    total: "int | None"
    last_updated: "datetime | None"
    notes: tuple = ()

    @property
    def on_hand(self):
        """Sellable units that are in Amazon's warehouses; None if not told."""
        if self.fulfillable is None:
            return None
        return self.fulfillable + (self.reserved or 0)

    @classmethod
    def from_json(cls, data):
        """Read one entry of ``inventorySummaries``, None without a SKU."""
        root = Reader(data)
        seller_sku = root.text("sellerSku")
        if not seller_sku:
            return None
        details = root.child("inventoryDetails")
        reserved = details.child("reservedQuantity")
        return cls(
            seller_sku=seller_sku,
            asin=root.text("asin"),
            fnsku=root.text("fnSku"),
            condition=root.text("condition"),
            product_name=root.text("productName"),
            fulfillable=details.integer("fulfillableQuantity"),
            reserved=reserved.integer("totalReservedQuantity"),
            reserved_for_orders=reserved.integer("pendingCustomerOrderQuantity"),
            reserved_for_transfer=reserved.integer("pendingTransshipmentQuantity"),
            reserved_for_processing=reserved.integer("fcProcessingQuantity"),
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


class FbaInventory:
    """Reads the stock at Amazon through a ``Client``."""

    def __init__(self, client):
        self.client = client

    def iter_summaries(self, marketplace_id, seller_skus=()):
        """Yield an ``InventorySummary`` per SKU (``getInventorySummaries``).

        All pages are read before the first one is yielded, since their tokens live for
        30 seconds; if one expires nevertheless, everything is read again.

        :param marketplace_id: whose stock; shared stock is shown in each marketplace
        :param seller_skus: these alone, else all
        """
        for query in _queries(marketplace_id, seller_skus):
            yield from self._read(query)

    def _read(self, query):
        for _reading in range(_READINGS):
            found, refusal = self._read_pages(query)
            if refusal is None:
                return found.values()
        raise refusal

    def _read_pages(self, query):
        """Return ({SKU: summary}, None); instead of None, Amazon's refusal of a later
        page, before which the reading ended."""
        found, token, seen = {}, None, set()
        while True:
            try:
                answer = self.client.call(
                    GET_SUMMARIES, query={**query, "nextToken": token}
                )
            except BadRequestError as error:
                if token is None:
                    raise
                return found, error
            entries, token = _read_page(answer)
            for entry in entries:
                summary = InventorySummary.from_json(entry)
                if summary is not None:
                    found[summary.seller_sku] = summary
            if token is None:
                return found, None
            if token in seen:
                raise ProtocolError(
                    "Amazon sends the same page again and again",
                    operation=GET_SUMMARIES.name,
                )
            seen.add(token)


def _queries(marketplace_id, seller_skus):
    """Yield the parameters of one reading each."""
    query = {
        "granularityType": "Marketplace",
        "granularityId": marketplace_id,
        "marketplaceIds": (marketplace_id,),
        "details": "true",
    }
    if not seller_skus:
        yield query
        return
    skus = list(dict.fromkeys(seller_skus))
    # A comma separates SKUs in a list, so such a SKU goes alone.
    plain = [sku for sku in skus if "," not in sku]
    for start in range(0, len(plain), MAX_SKUS):
        yield {**query, "sellerSkus": tuple(plain[start : start + MAX_SKUS])}
    for sku in skus:
        if "," in sku:
            yield {**query, "sellerSku": sku}


def _read_page(answer):
    root = Reader(answer)
    payload = root.child("payload").data
    entries = needed_list(payload, "inventorySummaries", GET_SUMMARIES)
    return entries, root.child("pagination").text("nextToken") or None
