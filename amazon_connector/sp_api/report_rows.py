# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rows of the reports that are used, as typed values.

A cell that cannot be read is None; a row without its key, or with fewer or more cells
than the header, is counted and left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from .aliases import Row
from .amounts import read_amount
from .document_rows import iter_rows
from .report_columns import (
    LISTING_ALIASES,
    LISTING_COLUMNS,
    LISTING_REQUIRED,
    ORDER_COLUMNS,
    ORDER_REQUIRED,
    SHIPMENT_COLUMNS,
    SHIPMENT_REQUIRED,
)
from .times import parse_time

if TYPE_CHECKING:
    from .document_rows import Rows
    from .documents import DocumentFile

RowT = TypeVar("RowT")

ALL_ORDERS_BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
ALL_ORDERS_BY_CREATION = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
FBA_SHIPMENTS = "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL"
ALL_LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"

LONGEST_PERIOD = timedelta(days=30)
"""The longest period that one report of orders or shipments may span."""
ENGLISH_HEADER = {"preferredReportDocumentLocale": "en_US"}
"""Options of the listings report; Amazon may still answer with a cached header."""

_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_NUMBER = re.compile(r"[\d.,]*", re.ASCII)
_MOST_NAMELESS = 1000
# India writes 1,00,000 for 100,000.
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?", re.ASCII)
# Continental Europe writes 1.299,00, 1 299,00 or 1'299,00.
_GROUPS = re.compile(r"\d{1,3}([.\s\xa0\u202f'’]\d{3})+,\d{1,2}", re.ASCII)
_OPEN_DATE = re.compile(
    r"(?:(\d{4})[-/](\d\d?)[-/](\d\d?)|(\d\d?)[/.](\d\d?)[/.](\d{4}))"
    r" (\d\d?):(\d\d):(\d\d) ([A-Z]{2,5})",
    re.ASCII,
)
# Hours from UTC of the zones that Amazon writes behind a listing's date.
_ZONES = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "BST": 1,
    "WEST": 1,
    "CET": 1,
    "MET": 1,
    "CEST": 2,
    "MEST": 2,
    "EET": 2,
    "SAST": 2,
    "EEST": 3,
    "TRT": 3,
    "GST": 4,
    "IST": 5.5,
    "SGT": 8,
    "JST": 9,
    "AEST": 10,
    "AEDT": 11,
    "BRT": -3,
    "EST": -5,
    "EDT": -4,
    "PST": -8,
    "PDT": -7,
}

_OFFSETS = {name: timedelta(hours=hours) for name, hours in _ZONES.items()}


@dataclass(frozen=True)
class ShipmentRow:
    """One item of one parcel that Amazon shipped; `shipment_time` is aware UTC."""

    amazon_order_id: str
    order_item_id: str
    shipment_id: str | None
    shipment_item_id: str | None
    shipment_time: datetime | None
    quantity: int | None
    seller_sku: str | None
    carrier: str | None
    tracking_number: str | None
    fulfillment_center_id: str | None


@dataclass(frozen=True)
class OrderRow:
    """One item of one order; the words are the report's own ("Shipped", "Amazon").

    An order that waits for its payment has no state and country yet.
    """

    amazon_order_id: str
    order_status: str | None
    purchase_time: datetime | None
    last_updated_time: datetime | None
    fulfillment_channel: str | None
    sales_channel: str | None
    ship_service_level: str | None
    ship_state: str | None
    ship_country: str | None
    sku: str | None
    asin: str | None
    item_status: str | None
    quantity: int | None
    is_business: bool | None


class ListingRow(NamedTuple):
    """One seller SKU.

    :param seller_sku: as it is: SKUs differ by case and by blanks at their ends
    :param quantity: None for listings that Amazon ships
    :param fulfillment_channel: DEFAULT, or AMAZON_ and a region
    :param condition: Amazon's number of it, "11" is new
    :param product_id_type: Amazon's number of it, "1" is an ASIN
    """

    seller_sku: str
    title: str | None
    asin: str | None
    listing_id: str | None
    price: Decimal | None
    quantity: int | None
    open_date: datetime | None
    fulfillment_channel: str | None
    status: str | None
    condition: str | None
    product_id: str | None
    product_id_type: str | None


class BrokenRow(NamedTuple):
    """What can be seen of a row of the listings report that cannot be read.

    :param number: its place, the first row behind the header being 1
    :param digest: fingerprint of its texts; prices and quantities are no part of it
    """

    number: int
    seller_sku: str | None
    title: str | None
    digest: str


class ReportRows(Generic[RowT]):
    """Typed rows of one report; iterate it once or again.

    :param skipped: rows left out so far because they have no key
    """

    def __init__(self, rows: Rows, read: Callable[[Row], RowT | None]) -> None:
        self._rows = rows
        self._read = read
        self.skipped = 0

    def __iter__(self) -> Iterator[RowT]:
        self.skipped = 0
        for row in self._rows:
            typed = self._read(row)
            if typed is None:
                self.skipped += 1
                self._note_skipped(row)
            else:
                yield typed

    def _note_skipped(self, row: Row) -> None:
        """Hook: a row without its key was left out."""

    @property
    def count(self) -> int:
        """Rows read so far, those left out included."""
        return self._rows.count

    @property
    def uneven(self) -> int:
        """How many rows were left out because their cells do not fit the header."""
        return self._rows.uneven

    @property
    def uneven_numbers(self) -> tuple[int, ...]:
        """Their numbers, the first row behind the header being 1; at most 1000."""
        return tuple(self._rows.uneven_numbers)

    @property
    def is_even(self) -> bool:
        """Whether the row read last has as many cells as the header.

        A line end within a cell, or a document that was cut, makes one uneven.
        """
        return self._rows.is_even

    @property
    def charset(self) -> str:
        """What the report is written in; what it lacks, the report cannot name."""
        return self._rows.charset

    @property
    def missing(self) -> set[str]:
        """Columns that the report does not have; their values are None."""
        return self._rows.missing


class ListingRows(ReportRows[ListingRow]):
    """Rows of the listings report, and what can be seen of those left out."""

    def __init__(self, rows: Rows, read: Callable[[Row], ListingRow | None]) -> None:
        super().__init__(rows, read)
        self._nameless: list[BrokenRow] = []

    def __iter__(self) -> Iterator[ListingRow]:
        self._nameless = []
        return super().__iter__()

    @property
    def broken(self) -> list[BrokenRow]:
        """BrokenRows left out so far, in their order; not more than 2000."""
        return sorted([*self._rows.glimpses, *self._nameless])

    def _note_skipped(self, row: Row) -> None:
        if len(self._nameless) < _MOST_NAMELESS:
            title = _text(row, "item-name")
            digest = _text_digest(row.values())
            self._nameless.append(BrokenRow(self.count, None, title, digest))


def read_shipments(
    document: DocumentFile, charset: str | None = None
) -> ReportRows[ShipmentRow]:
    """Return ReportRows of ShipmentRow, from a FBA_SHIPMENTS document.

    :raises ProtocolError: it is no such report
    """
    rows = iter_rows(
        document, SHIPMENT_COLUMNS, required=SHIPMENT_REQUIRED, charset=charset
    )
    return ReportRows(rows, _shipment)


def read_order_rows(
    document: DocumentFile, charset: str | None = None
) -> ReportRows[OrderRow]:
    """Return ReportRows of OrderRow, from an ALL_ORDERS_... document.

    :raises ProtocolError: it is no such report
    """
    rows = iter_rows(document, ORDER_COLUMNS, required=ORDER_REQUIRED, charset=charset)
    return ReportRows(rows, _order)


def read_listing_rows(
    document: DocumentFile, charset: str | None = None
) -> ListingRows:
    """Return ListingRows of ListingRow, from an ALL_LISTINGS document.

    :param charset: instead of the document's own fallbacks
    :raises ProtocolError: it is no such report, or in a language not known here
    """
    rows = iter_rows(
        document,
        LISTING_COLUMNS,
        required=LISTING_REQUIRED,
        aliases=LISTING_ALIASES,
        charset=charset,
        glimpse=_glimpse,
    )
    return ListingRows(rows, _listing)


def _shipment(row: Row) -> ShipmentRow | None:
    order_id, item_id = (
        _text(row, "amazon-order-id"),
        _text(row, "amazon-order-item-id"),
    )
    if not order_id or not item_id:
        return None
    return ShipmentRow(
        amazon_order_id=order_id,
        order_item_id=item_id,
        shipment_id=_text(row, "shipment-id"),
        shipment_item_id=_text(row, "shipment-item-id"),
        shipment_time=parse_time(_text(row, "shipment-date")),
        quantity=_whole(row, "quantity-shipped"),
        seller_sku=_text(row, "sku"),
        carrier=_text(row, "carrier"),
        tracking_number=_text(row, "tracking-number"),
        fulfillment_center_id=_text(row, "fulfillment-center-id"),
    )


def _order(row: Row) -> OrderRow | None:
    order_id = _text(row, "amazon-order-id")
    if not order_id:
        return None
    return OrderRow(
        amazon_order_id=order_id,
        order_status=_text(row, "order-status"),
        purchase_time=parse_time(_text(row, "purchase-date")),
        last_updated_time=parse_time(_text(row, "last-updated-date")),
        fulfillment_channel=_text(row, "fulfillment-channel"),
        sales_channel=_text(row, "sales-channel"),
        ship_service_level=_text(row, "ship-service-level"),
        ship_state=_text(row, "ship-state"),
        ship_country=_text(row, "ship-country"),
        sku=_text(row, "sku"),
        asin=_text(row, "asin"),
        item_status=_text(row, "item-status"),
        quantity=_whole(row, "quantity"),
        is_business=_boolean(row, "is-business-order"),
    )


def _listing(row: Row) -> ListingRow | None:
    seller_sku = row.get("seller-sku", "")
    if not seller_sku.strip():
        return None
    product_id, id_type = _text(row, "product-id"), _text(row, "product-id-type")
    return ListingRow(
        seller_sku=seller_sku,
        title=_text(row, "item-name"),
        asin=_text(row, "asin1") or (product_id if id_type == "1" else None),
        listing_id=_text(row, "listing-id"),
        price=_price(row, "price"),
        quantity=_whole(row, "quantity"),
        open_date=_open_date(row, "open-date"),
        fulfillment_channel=_text(row, "fulfillment-channel"),
        status=_text(row, "status"),
        condition=_text(row, "item-condition"),
        product_id=product_id,
        product_id_type=id_type,
    )


def _glimpse(
    number: int, cells: list[str], places: Mapping[str, int], shift: int
) -> BrokenRow:
    """Return the BrokenRow of a listing's row that has ``shift`` cells too many.

    A tab or a line end stood within a cell. Before that cell the others are in their
    places, counted from the left, behind it counted from the right: where price and
    quantity are numbers, the SKU beside them is right, too.
    """
    seller_sku = title = None
    for move in (shift, 0):
        moved = {
            name: cells[place + move]
            for name, place in places.items()
            if 0 <= place + move < len(cells)
        }
        is_right = moved.get("seller-sku", "").strip() and all(
            _NUMBER.fullmatch(moved[name].strip()) if name in moved else not shift
            for name in ("price", "quantity")
            if name in places
        )
        if is_right:
            seller_sku = moved["seller-sku"]
            break
    place = places.get("item-name", len(cells))
    # Behind a line end there is no title any more.
    if place < len(cells) and not (seller_sku and shift < 0):
        title = " ".join(cells[place].split()) or None
    return BrokenRow(number, seller_sku, title, _text_digest(cells))


def _text_digest(cells: Iterable[str]) -> str:
    texts = (cell for cell in cells if not _NUMBER.fullmatch(cell.strip()))
    return blake2b("\t".join(texts).encode(), digest_size=16).hexdigest()


def _text(row: Row, name: str) -> str | None:
    return row.get(name, "").strip() or None


def _whole(row: Row, name: str) -> int | None:
    text = _text(row, name)
    return int(text) if text and _WHOLE.fullmatch(text) else None


def _boolean(row: Row, name: str) -> bool | None:
    return {"true": True, "false": False}.get((_text(row, name) or "").lower())


def _price(row: Row, name: str) -> Decimal | None:
    """Return a Decimal; "1,080" are thousands, "10,80" and "1.299,00" have decimals."""
    text = _text(row, name) or ""
    if _GROUPS.fullmatch(text):
        text = re.sub(r"[^\d,]", "", text)
    if "," in text and _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    price = read_amount(text.replace(",", "."))
    return None if price is None or price < 0 else price


def _open_date(row: Row, name: str) -> datetime | None:
    """Return an aware UTC datetime of "2026-08-15 20:35:17 PDT" and its local forms:
    year first, or day first."""
    match = _OPEN_DATE.fullmatch(_text(row, name) or "")
    if not match or match[10] not in _ZONES:
        return None
    year, month, day = match[1], match[2], match[3]
    if year is None:
        day, month, year = match[4], match[5], match[6]
    time = (int(match[7]), int(match[8]), int(match[9]))
    try:
        moment = datetime(int(year), int(month), int(day), *time, tzinfo=timezone.utc)
        return moment - _OFFSETS[match[10]]
    except (ValueError, OverflowError):
        return None
