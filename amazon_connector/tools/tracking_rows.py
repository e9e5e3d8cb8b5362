# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tracking numbers from the files of carriers and their portals: CSV or XLSX.

Three columns count: the order or delivery, the carrier, the tracking number. They are
found by their headers; without any, they stand in this order.
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass

MAX_BYTES = 5 * 1024 * 1024
# A packed file may hold a thousand times its size.
MAX_UNPACKED = 50 * 1024 * 1024
MAX_ROWS = 5000
MAX_COLUMNS = 200
HEADERS = {
    "reference": {
        "order",
        "orderid",
        "ordernumber",
        "orderno",
        "amazonorder",
        "amazonorderid",
        "delivery",
        "deliveryorder",
        "picking",
        "reference",
        "transfer",
    },
    "carrier": {"carrier", "carriercode", "carriername", "courier", "shippingcarrier"},
    "tracking": {
        "awb",
        "awbnumber",
        "consignmentnumber",
        "number",
        "tracking",
        "trackingid",
        "trackingno",
        "trackingnumber",
        "trackingreference",
        "waybill",
    },
}
# What a spreadsheet made of a long number: its last digits are gone.
_SHORTENED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
# How files keep a spreadsheet from making a number of it: ="00123" or '00123.
_KEPT_AS_TEXT = re.compile(r'="(.*)"|\'(.*)')
# Spreadsheets keep 15 digits of a number.
_EXACT_BELOW = 10**15


class UnreadableFileError(ValueError):
    """The file is neither a spreadsheet nor text, or larger than any day's parcels."""


@dataclass(frozen=True)
class TrackingRow:
    """One row of the file; ``is_shortened``: the number lost its last digits."""

    number: int
    reference: str
    carrier: str
    tracking: str
    is_shortened: bool = False


def read_tracking(content):
    """The rows of a file that name an order and a tracking number.

    :param bytes content: CSV in UTF-8, UTF-16 or Windows-1252, or XLSX
    :return: list of :class:`TrackingRow`
    :raises UnreadableFileError: see there
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFileError
    cells = _read_xlsx(content) if content[:2] == b"PK" else _read_csv(content)
    columns, first = _find_columns(cells)
    rows = []
    for number, row in enumerate(cells[first:], first + 1):
        values = {name: _get(row, place) for name, place in columns.items()}
        if values["reference"] and values["tracking"]:
            is_shortened = bool(_SHORTENED.fullmatch(values["tracking"]))
            rows.append(TrackingRow(number, is_shortened=is_shortened, **values))
    return rows


def _find_columns(cells):
    """``({column: place}, first row with data)``."""
    for number, row in enumerate(cells[:10]):
        names = [re.sub(r"[^a-z]", "", cell.casefold()) for cell in row]
        found = {
            column: place
            for column, known in HEADERS.items()
            if (place := next((i for i, n in enumerate(names) if n in known), None))
            is not None
        }
        if {"reference", "tracking"} <= found.keys():
            return {"carrier": None, **found}, number + 1
    return {"reference": 0, "carrier": 1, "tracking": 2}, 0


def _get(row, place):
    if place is None or place >= len(row):
        return ""
    value = row[place].strip()
    kept = _KEPT_AS_TEXT.fullmatch(value)
    return (kept[1] or kept[2] or "").strip() if kept else value


def _read_csv(content):
    text = _decode(content)
    if "\x00" in text:
        raise UnreadableFileError
    head = text[:4096]
    delimiter = max(",;\t|", key=head.count)
    try:
        # Whatever ends its lines.
        return _limit(csv.reader(io.StringIO(text, newline=None), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableFileError from error


def _decode(content):
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _read_xlsx(content):
    import openpyxl

    stream = io.BytesIO(content)
    try:
        with zipfile.ZipFile(stream) as parts:
            if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
                raise UnreadableFileError
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_col=MAX_COLUMNS, values_only=True)
        return _limit([_to_text(cell) for cell in row] for row in rows)
    except Exception as error:
        # A damaged file fails in any of its readers: of ZIP, XML, styles, dates.
        raise UnreadableFileError from error


def _to_text(cell):
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int) and cell >= _EXACT_BELOW:
        return f"{cell:.5E}"
    return str(cell)


def _limit(rows):
    """The rows up to the last that holds something.

    :raises UnreadableFileError: when these are too many
    """
    kept, blanks = [], 0
    for row in rows:
        if not any(cell.strip() for cell in row):
            blanks += 1
            continue
        kept += [[] for _blank in range(min(blanks, MAX_ROWS))]
        kept.append(row)
        blanks = 0
        if len(kept) > MAX_ROWS:
            raise UnreadableFileError
    return kept
