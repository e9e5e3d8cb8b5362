# SPDX-License-Identifier: LGPL-3.0-or-later
"""The rows of the Merchant Tax Report: of sales, and of stock transfers.

Source: Amazon's files of 2021 to 2026. What names a buyer or his city never leaves this
module; his postal code only as the state it lies in.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..gst.postal_codes import find_state_code
from . import cells, files
from .columns import (
    COLUMNS,
    TRANSFER_COLUMNS,
    TRANSFER_REQUIRED,
    find_missing,
    find_places,
    find_transfer_places,
)
from .errors import MtrError

KINDS = {
    "shipment": "shipment",
    "refund": "refund",
    "return": "refund",
    "cancel": "cancel",
    "cancelled": "cancel",
    "freereplacement": "replacement",
    "einvoicecancel": "withdrawn",
}
"""Transaction types by Amazon's word without case, blanks and signs."""
_MOVEMENTS = ("fctransfer", "fcremoval")
_CANCELLED = "cancel"
_WORDS = (
    "order_id",
    "invoice_number",
    "credit_note_number",
    "shipment_id",
    "shipment_item_id",
    "sku",
    "asin",
    "ship_from_state",
    "ship_to_state",
    "ship_to_country",
    "warehouse",
    "fulfillment_channel",
    "irn",
    "irn_status",
)
_TRANSFER_WORDS = (
    "order_id",
    "sku",
    "asin",
    "ship_from_state",
    "ship_to_state",
    "ship_to_country",
    "warehouse",
    "to_warehouse",
    "irn",
    "irn_status",
)
_KEYS = ("order_id", "invoice_number", "credit_note_number", "shipment_item_id")
_GST = ("igst", "cgst", "sgst", "utgst")
_TAXES = (*_GST, "cess")
_CHARGES = ("", "shipping_", "wrap_")
_ZERO = Decimal(0)
_NOTHING = ("", "0", "0.0")
_PROMOTIONS = ("item_promo_tax", "shipping_promo_tax", "wrap_promo_tax")


@dataclass(frozen=True, slots=True)
class MtrRow:
    """One item of one document. Amounts have no sign: ``kind`` says what they mean.

    :param line: in the file, the header being 1
    :param kind: ``shipment``, ``refund``, ``cancel``, ``replacement``, ``withdrawn``
        (the e-invoice's number is), ``transfer`` (of stock to another registration of
        the seller), ``challan`` (within one), or ``unknown``
    :param word: Amazon's word for it
    :param seller_gstin: the registration that the goods leave
    :param number: of the invoice, or of a refund's credit note
    :param day: of that document, which GST's month follows; a document without one
        has the day it was shipped or ordered
    :param invoice_number: of a refund too: the invoice that it refunds
    :param shipment_item_id: of a stock transfer its transaction and item
    :param pin_state: Odoo's code of the state that the buyer's postal code lies in
    :param buyer_gstin: billed to, else shipped to; also in files of consumers. Of a
        stock transfer the registration that receives the goods
    :param rate: percent of all kinds of GST together
    :param adds_up: whether the kinds of tax give Amazon's total
    :param tcs: what Amazon says that it collected
    """

    line: int
    kind: str
    word: str
    seller_gstin: "str | None"
    number: "str | None"
    day: "date | None"
    invoice_number: "str | None"
    invoice_date: "date | None"
    order_id: "str | None"
    shipment_id: "str | None"
    shipment_item_id: "str | None"
    quantity: int
    sku: "str | None"
    asin: "str | None"
    hsn: "str | None"
    ship_from_state: "str | None"
    ship_to_state: "str | None"
    ship_to_country: "str | None"
    pin_state: "str | None"
    buyer_gstin: "str | None"
    total: Decimal
    net: Decimal
    tax: Decimal
    igst: Decimal
    cgst: Decimal
    sgst: Decimal
    utgst: Decimal
    cess: Decimal
    rate: Decimal
    adds_up: bool
    tcs: Decimal
    warehouse: "str | None"
    to_warehouse: "str | None"
    fulfillment_channel: "str | None"
    irn: "str | None"
    irn_status: "str | None"


def open_mtr(file):
    """Yield the MtrRows of a file, a CSV or a ZIP, one by one.

    :param file: binary file that can be searched
    :raises MtrError: for anything else, at the row where it shows; ``empty`` at the
        end of a file without rows
    """
    found = False
    for name, table in files.iter_tables(file):
        try:
            for row in _read_table(table):
                found = True
                yield row
        except MtrError as error:
            error.file = error.file or name
            raise
    if not found:
        raise MtrError("empty")


def _read_table(table):
    records = files.iter_records(table)
    header = next(records, (0, []))[1]
    kind, places = _Sale, find_places(header)
    missing = find_missing(places)
    if missing and (found := find_transfer_places(header)):
        kind, places = _Transfer, found
        missing = find_missing(places, TRANSFER_COLUMNS, TRANSFER_REQUIRED)
    if missing:
        raise MtrError("header", columns=missing)
    width = len(header)
    while width and not header[width - 1].strip():
        width -= 1
    for line, record in records:
        if len(record) < width or any(cell.strip() for cell in record[len(header) :]):
            raise MtrError("cut", line=line)
        if row := kind(line, record, places).make():
            yield row


class _Record:
    """The cells of one row by field."""

    __slots__ = ("line", "places", "record")

    columns = COLUMNS
    keys = _KEYS

    def __init__(self, line, record, places):
        self.line = line
        self.record = record
        self.places = places

    def text(self, field):
        place = self.places.get(field)
        text = "" if place is None else self.record[place].strip()
        # Blanks within a text may be of any kind and number.
        return text if text.isalnum() else " ".join(text.split())

    def word(self, field):
        return cells.read_word(self.text(field))

    def value(self, field, read):
        """A cell's value; what cannot be read is an error that names the column."""
        try:
            return read(self.text(field))
        except ValueError:
            name = self.columns[field][0]
            raise MtrError("cell", line=self.line, columns=[name]) from None

    def amount(self, field):
        place = self.places.get(field)
        text = "" if place is None else self.record[place]
        # Most of them are nothing.
        return _ZERO if text in _NOTHING else self.value(field, cells.read_amount)

    def check_numbers(self):
        """A spreadsheet's rounding makes different documents one."""
        rounded = [name for name in self.keys if cells.is_rounded(self.text(name))]
        if rounded:
            names = [self.columns[name][0] for name in rounded]
            raise MtrError("rounded", line=self.line, columns=names)

    def read_kind(self):
        """``(Amazon's word, the word without case, blanks and signs)``"""
        word = self.text("transaction_type")
        return word, "".join(filter(str.isalnum, word.casefold()))

    def read_rate(self, taxes):
        """The percentage of GST; columns of kinds that are not charged do not count."""
        igst, cgst, sgst, utgst = (
            self.value(f"{kind}_rate", cells.read_rate) for kind in _GST
        )
        within = cgst + max(sgst, utgst)
        if taxes["igst"]:
            return igst
        return within if taxes["cgst"] else max(igst, within)


class _Sale(_Record):
    """A row of the reports of sales."""

    __slots__ = ()

    def make(self):
        self.check_numbers()
        word, folded = self.read_kind()
        kind = KINDS.get(folded, "unknown")
        words = {field: self.word(field) for field in _WORDS}
        credit_note = words.pop("credit_note_number")
        number = words["invoice_number"]
        if kind == "refund":
            number = credit_note or number
        return MtrRow(
            line=self.line,
            kind=kind,
            word=word,
            seller_gstin=cells.read_gstin(self.text("seller_gstin")),
            number=number,
            day=self.read_day(kind),
            invoice_date=self.value("invoice_date", cells.read_date),
            quantity=self.value("quantity", cells.read_quantity),
            hsn=cells.read_hsn(self.text("hsn")),
            pin_state=find_state_code(self.text("ship_to_pin")),
            buyer_gstin=self.read_buyer(),
            to_warehouse=None,
            **words,
            **self.read_money(),
            tcs=sum(self.amount(f"tcs_{kind}") for kind in _GST),
        )

    def read_day(self, kind):
        names = ["invoice_date", "shipment_date", "order_date"]
        if kind == "refund":
            names.insert(0, "credit_note_date")
        days = (self.value(name, cells.read_date) for name in names)
        return next(filter(None, days), None)

    def read_buyer(self):
        names = ("bill_to_gstin", "ship_to_gstin")
        found = (cells.read_gstin(self.text(name)) for name in names)
        return next(filter(None, found), None)

    def read_money(self):
        tax = self.amount("tax")
        taxes = self.read_taxes(tax)
        net = self.amount("net")
        return {
            "net": net,
            "tax": tax,
            "total": self.amount("invoice_amount") or net + tax,
            "rate": self.read_rate(taxes),
            "adds_up": sum(taxes.values()) == tax,
            **taxes,
        }

    def read_taxes(self, total):
        """``{kind: amount}`` over item, shipping and wrapping, less promotions."""
        taxes = {
            kind: sum(self.amount(charge + kind) for charge in _CHARGES)
            for kind in _TAXES
        }
        excess = sum(taxes.values()) - total
        promotions = sum(map(self.amount, _PROMOTIONS))
        if excess and excess == promotions:
            _take_off(taxes, excess)
        return taxes


class _Transfer(_Record):
    """A row of the stock transfer report, None for what left no document."""

    __slots__ = ()

    columns = TRANSFER_COLUMNS
    keys = ("transaction_id", "order_id", "invoice_number")

    def make(self):
        self.check_numbers()
        number = self.word("invoice_number")
        seller, buyer = (
            cells.read_gstin(self.text(name))
            for name in ("seller_gstin", "buyer_gstin")
        )
        taxes = {kind: self.amount(kind) for kind in _TAXES}
        tax = sum(taxes.values())
        word, folded = self.read_kind()
        kind = _choose_movement(folded, bool(tax) or buyer not in (None, seller))
        day = self.value("invoice_date", cells.read_date)
        if kind == "cancel" and not (number and day):
            return None
        net = self.amount("net")
        words = {field: self.word(field) for field in _TRANSFER_WORDS}
        transaction = self.word("transaction_id")
        item = (transaction, words["sku"] or words["asin"])
        return MtrRow(
            line=self.line,
            kind=kind,
            word=word,
            seller_gstin=seller,
            number=number,
            day=day,
            invoice_number=number,
            invoice_date=day,
            shipment_id=transaction,
            shipment_item_id=" ".join(filter(None, item)) or None,
            quantity=self.value("quantity", cells.read_quantity),
            hsn=cells.read_hsn(self.text("hsn")),
            pin_state=find_state_code(self.text("ship_to_pin")),
            buyer_gstin=buyer,
            # The invoice's value in the file may be that of the whole document.
            total=net + tax,
            net=net,
            tax=tax,
            rate=self.read_rate(taxes),
            adds_up=True,
            tcs=_ZERO,
            fulfillment_channel=None,
            **words,
            **taxes,
        )


def _choose_movement(word, is_supply):
    """The kind of a row of the stock transfer report.

    Goods that stay with one registration are no supply: they go with a challan.
    """
    if word.endswith(_CANCELLED):
        return "cancel"
    if word not in _MOVEMENTS:
        return "unknown"
    return "transfer" if is_supply else "challan"


def _take_off(taxes, excess):
    """Take the tax of promotions off the kinds of GST that there are, evenly."""
    kinds = [kind for kind in _GST if taxes[kind]]
    for place, kind in enumerate(kinds):
        part = round(excess / (len(kinds) - place), 2)
        part = min(part, taxes[kind])
        taxes[kind] -= part
        excess -= part
