# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's settlement report: one payout, and every row that it is made of.

Source: ``GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2``. Amazon makes it by itself, one
per payout; it is found (``Reports.find``), never requested, for 90 days.

A file is read twice: once to prove that its rows make its total, then row by row:

    with reports.download(report.document_id) as document:
        settlement = read_settlement(document)
        for row in settlement.rows():
            ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from .aliases import Row
from .document_rows import normal_name
from .errors import ToldError
from .settlement_values import (
    MARKS,
    Moment,
    currency_digits,
    read_days,
    read_marked,
    read_moment,
    to_utc,
)

if TYPE_CHECKING:
    from .documents import DocumentFile

SETTLEMENTS = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"

COLUMNS = (
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "merchant-order-id",
    "adjustment-id",
    "shipment-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "fulfillment-id",
    "posted-date",
    "posted-date-time",
    "order-item-code",
    "merchant-order-item-id",
    "merchant-adjustment-item-id",
    "sku",
    "quantity-purchased",
    "promotion-id",
)
_OPTIONAL = {
    "merchant-order-id",
    "adjustment-id",
    "fulfillment-id",
    "posted-date",
    "merchant-order-item-id",
    "merchant-adjustment-item-id",
    "promotion-id",
}
_ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_MOST_NUMBERS = 20
# A row may be dated a little outside of the settlement that it belongs to.
_MARGIN = timedelta(days=45)


class SettlementError(ToldError):
    """The file cannot be booked; the text says why and where, and holds no buyer."""


class SettlementRow(NamedTuple):
    """One row of a settlement. What the file leaves empty is None.

    :param number: the row's place, the first one behind the header being 1; two rows
        may be equal in all but this, and both are real
    :param order_ref: what stands as order id: of FBA fees, the number of an inbound
        shipment
    :param order_id: the same if it has the form of an order's number of Amazon
    :param amount: Decimal, from the seller's side: what Amazon keeps is negative
    :param posted_date: the day as the file writes it, by which months are split
    :param posted_time: aware UTC
    :param is_payout: the row repeats the payout and is no part of the sum
    """

    number: int
    transaction_type: str
    order_ref: str | None
    order_id: str | None
    merchant_order_id: str | None
    adjustment_id: str | None
    shipment_id: str | None
    marketplace: str | None
    amount_type: str
    description: str
    amount: Decimal
    fulfillment: str | None
    posted_date: date | None
    posted_time: datetime | None
    order_item_id: str | None
    sku: str | None
    quantity: int | None
    promotion_id: str | None
    is_payout: bool


@dataclass
class Settlement:
    """A settlement that is proven: its rows make its total to the smallest unit.

    :param total: Decimal; negative when fees were higher than sales
    :param deposit: when the money leaves Amazon; times are aware UTC
    :param start_date: the days as the file writes them, like `end_date`
    :param mark: the decimal mark of the file
    :param row_count: rows behind the summary
    """

    settlement_id: str
    currency: str
    total: Decimal
    start: datetime | None
    end: datetime | None
    deposit: datetime | None
    start_date: date | None
    end_date: date | None
    deposit_date: date | None
    mark: str
    row_count: int
    marketplaces: tuple[str, ...]
    charset: str
    missing: tuple[str, ...]
    _table: _Table = field(repr=False)
    _payout_rows: bool = field(repr=False, default=False)

    def rows(self) -> Iterator[SettlementRow]:
        """Yield the SettlementRows, again from the first one each time."""
        for number, cells in self._table.rows():
            if not _is_summary(cells):
                yield self._row(number, cells)

    def _row(self, number: int, cells: Row) -> SettlementRow:
        text = cells.get("amount")
        digits = currency_digits(self.currency)
        amount = read_marked(text, self.mark, digits) if text else None
        ref = cells.get("order-id")
        day, moment = self._posted(number, cells)
        quantity = cells.get("quantity-purchased") or ""
        return SettlementRow(
            number=number,
            transaction_type=cells.get("transaction-type") or "",
            order_ref=ref,
            order_id=ref if ref and _ORDER_ID.fullmatch(ref) else None,
            merchant_order_id=cells.get("merchant-order-id"),
            adjustment_id=cells.get("adjustment-id"),
            shipment_id=cells.get("shipment-id"),
            marketplace=cells.get("marketplace-name"),
            amount_type=cells.get("amount-type") or "",
            description=cells.get("amount-description") or "",
            amount=amount or Decimal(0),
            fulfillment=cells.get("fulfillment-id"),
            posted_date=day,
            posted_time=moment,
            order_item_id=cells.get("order-item-code"),
            sku=cells.get("sku"),
            quantity=int(quantity) if _WHOLE.fullmatch(quantity) else None,
            promotion_id=cells.get("promotion-id"),
            is_payout=self._payout_rows and _is_transfer(cells),
        )

    def _posted(self, number: int, cells: Row) -> tuple[date | None, datetime | None]:
        """Return ``(day as written, aware UTC or None)`` of a row, Nones without any.

        The date alone is clear in most files; with slashes, the time beside it tells.
        """
        plain, timed = cells.get("posted-date"), cells.get("posted-date-time")
        if not plain and not timed:
            return None, None
        days = read_days(plain) if plain else ()
        moment = read_moment(timed) if timed else None
        if plain and not days and (found := read_moment(plain)):
            days, moment = found[0], moment or found
        written = self._choose(moment[0]) if moment else None
        day = self._choose(days) if len(days) == 1 else written or self._choose(days)
        day = day or written
        if day is None:
            raise SettlementError(
                "Row %(row)s: the form of the date is not known: %(text)s",
                row=number,
                text=plain or timed,
            )
        time = to_utc(written, *moment[1:]) if moment and written else None
        return day, time

    def _choose(self, days: Sequence[date]) -> date | None:
        """The one of a date's meanings that lies within the settlement, or None."""
        if len(days) < 2 or not (self.start_date and self.end_date):
            return days[0] if len(days) == 1 else None
        start, end = self.start_date, self.end_date
        inside = [
            day for day in days if start - day <= _MARGIN and day - end <= _MARGIN
        ]
        return inside[0] if len(inside) == 1 else None


def read_settlement(document: DocumentFile) -> Settlement:
    """Return the Settlement that a downloaded document proves to be.

    :param DocumentFile document: stays open as long as rows are read
    :raises SettlementError: no settlement report, damaged, or its rows do not make
        its total
    """
    table = _Table(document)
    summary = _read_summary(table)
    currency, digits = summary["currency"], currency_digits(summary["currency"])
    proof = _Proof(summary["total-amount"], digits)
    marketplaces: dict[str, None] = {}
    for number, cells in table.rows():
        _check_same(summary, cells, number)
        if not _is_summary(cells):
            proof.add(number, cells)
            if cells.get("marketplace-name"):
                marketplaces[cells["marketplace-name"].casefold()] = None
    table.check_even()
    mark, total, has_payout_rows = proof.conclude()
    moments = [
        _read_header_date(summary, name)
        for name in ("settlement-start-date", "settlement-end-date", "deposit-date")
    ]
    days = [moment[0][0] if moment else None for moment in moments]
    times = [moment and to_utc(moment[0][0], *moment[1:]) for moment in moments]
    return Settlement(
        settlement_id=summary["settlement-id"],
        currency=currency,
        total=total,
        start=times[0],
        end=times[1],
        deposit=times[2],
        start_date=days[0],
        end_date=days[1],
        deposit_date=days[2],
        mark=mark,
        row_count=proof.count,
        marketplaces=tuple(marketplaces),
        charset=table.charset,
        missing=table.missing,
        _table=table,
        _payout_rows=has_payout_rows,
    )


class _Table:
    """The rows of the file as dicts of their cells that are not empty."""

    def __init__(self, document: DocumentFile) -> None:
        self._document = document
        self.charset = document.charset()
        header = next(document.lines(), b"").decode(self.charset, "replace")
        self._names = [normal_name(cell) for cell in header.split("\t")]
        lacking = [name for name in COLUMNS if name not in self._names]
        self.missing = tuple(lacking)
        needed = [name for name in lacking if name not in _OPTIONAL]
        if needed:
            raise SettlementError(
                "This is no settlement report (V2 flat file). Missing columns: "
                "%(columns)s",
                columns=", ".join(needed),
            )
        self._uneven: list[int] = []

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Yield ``(number, cells)``; rows with too few or too many cells are noted."""
        self._uneven = []
        lines = self._document.lines()
        next(lines, b"")
        number = 0
        for line in lines:
            if not line.strip():
                continue
            number += 1
            # No database takes a NUL, and it means nothing.
            text = line.decode(self.charset, "replace").replace("\0", "")
            cells = text.split("\t")
            found = self._name(cells)
            # Some programs cut the empty cells at the end of the summary.
            if len(cells) == len(self._names) or (
                len(cells) < len(self._names) and _is_summary(found)
            ):
                yield number, found
            else:
                self._uneven.append(number)

    def _name(self, cells: list[str]) -> Row:
        pairs = zip(self._names, cells, strict=False)
        return {name: text for name, cell in pairs if (text := " ".join(cell.split()))}

    def check_even(self) -> None:
        """:raises SettlementError: rows read so far do not fit the header"""
        if self._uneven:
            numbers = ", ".join(map(str, self._uneven[:_MOST_NUMBERS]))
            raise SettlementError(
                "The file is damaged or cut. Rows with fewer or more cells than the "
                "header: %(rows)s",
                rows=numbers,
            )


class _Proof:
    """Adds up a file with each decimal mark until only one can be meant."""

    def __init__(self, total: str, digits: int) -> None:
        self._digits = digits
        self._totals = {mark: read_marked(total, mark, digits) for mark in MARKS}
        self._sums = dict.fromkeys(MARKS, Decimal(0))
        self._transfers = dict.fromkeys(MARKS, Decimal(0))
        self._bad: dict[str, tuple[int, str]] = {}
        self.count = 0

    def add(self, number: int, cells: Row) -> None:
        """Take one row's amount into account; an empty one is 0."""
        self.count += 1
        text = cells.get("amount")
        if not text:
            return
        for mark in MARKS:
            amount = read_marked(text, mark, self._digits)
            if amount is None:
                self._bad.setdefault(mark, (number, text))
            elif _is_transfer(cells):
                self._transfers[mark] += amount
            else:
                self._sums[mark] += amount

    def conclude(self) -> tuple[str, Decimal, bool]:
        """Return ``(mark, total, whether rows repeat the payout)``.

        :raises SettlementError: no reading makes the sum equal the total
        """
        readable = {
            mark: total
            for mark, total in self._totals.items()
            if mark not in self._bad and total is not None
        }
        for without in (False, True):
            for mark, total in readable.items():
                extra = 0 if without else self._transfers[mark]
                if self._sums[mark] + extra == total:
                    return mark, total, without
        raise self._refuse(readable)

    def _refuse(self, readable: dict[str, Decimal]) -> SettlementError:
        if readable:
            mark, total = next(iter(readable.items()))
            rows = self._sums[mark] + self._transfers[mark]
            return SettlementError(
                "The rows make %(rows)s, but the file's total is %(total)s. "
                "Difference: %(difference)s",
                rows=rows,
                total=total,
                difference=rows - total,
            )
        if self._bad:
            number, text = min(self._bad.values())
            return SettlementError(
                "Row %(row)s: this is no amount of the file's currency: %(text)s",
                row=number,
                text=text,
            )
        return SettlementError("The total of the file is no amount of its currency")


def _is_summary(cells: Row) -> bool:
    return "total-amount" in cells and not any(
        name in cells
        for name in ("transaction-type", "amount-type", "amount-description", "amount")
    )


def _is_transfer(cells: Row) -> bool:
    return cells.get("transaction-type", "").casefold() == "transfer"


def _read_summary(table: _Table) -> Row:
    """Return the cells that hold for the whole file.

    They stand in a row of their own, or are repeated in every row.
    """
    summary = {}
    for _number, cells in table.rows():
        if _is_summary(cells):
            summary = cells
            break
        if "total-amount" in cells and not summary:
            summary = cells
    needed = ("settlement-id", "total-amount", "currency")
    lacking = [name for name in needed if name not in summary]
    if lacking:
        raise SettlementError(
            "The file has no summary row. Missing values: %(names)s",
            names=", ".join(lacking),
        )
    summary["currency"] = summary["currency"].upper()
    if not _CURRENCY.fullmatch(summary["currency"]):
        raise SettlementError("This is no currency: %(text)s", text=summary["currency"])
    return summary


def _check_same(summary: Row, cells: Row, number: int) -> None:
    """:raises SettlementError: the row belongs to another settlement"""
    for name in ("settlement-id", "total-amount", "currency"):
        told = cells.get(name)
        if told and told.casefold() != summary[name].casefold():
            raise SettlementError(
                "Row %(row)s belongs to another settlement. In the row, %(name)s is "
                "%(told)s, in the file %(expected)s.",
                row=number,
                name=name,
                told=told,
                expected=summary[name],
            )


def _read_header_date(summary: Row, name: str) -> Moment | None:
    """Return what ``read_moment`` tells of a date of the summary, None if empty."""
    text = summary.get(name)
    if not text:
        return None
    moment = read_moment(text)
    if moment is None or len(moment[0]) != 1:
        raise SettlementError(
            "The form of the date %(name)s is not known: %(text)s", name=name, text=text
        )
    return moment
