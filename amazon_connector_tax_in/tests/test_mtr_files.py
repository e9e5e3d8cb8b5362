# SPDX-License-Identifier: LGPL-3.0-or-later
import io
from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..mtr import MtrError, open_mtr
from ..mtr.cells import read_amount, read_date, read_rate
from .mtr_common import (
    BUSINESS_COLUMNS,
    BUYER,
    CONSUMER_COLUMNS,
    SELLER,
    make_csv,
    make_zip,
    mtr_row,
    within_state,
)


def read(content):
    return list(open_mtr(io.BytesIO(content)))


def read_one(columns=CONSUMER_COLUMNS, **changes):
    (row,) = read(make_csv([mtr_row(**changes)], columns))
    return row


@tagged("post_install", "-at_install")
class TestMtrFiles(BaseCase):
    """Amazon's Merchant Tax Report, read from its files."""

    def refuse(self, content):
        with self.assertRaises(MtrError) as caught:
            read(content)
        return caught.exception

    def test_columns_of_both_files(self):
        self.assertEqual(len(CONSUMER_COLUMNS), 78)
        row = read_one()
        self.assertEqual(
            (row.seller_gstin, row.number, row.day, row.kind, row.order_id),
            (SELLER, "IN-1001", date(2026, 6, 15), "shipment", "408-1234567-0000001"),
        )
        self.assertEqual(
            (row.net, row.tax, row.igst, row.total, row.rate, row.tcs),
            tuple(map(Decimal, ("100", "18", "18", "118", "18", "0.5"))),
        )
        self.assertTrue(row.adds_up)
        self.assertIsNone(row.buyer_gstin)
        row = read_one(BUSINESS_COLUMNS, **{"Customer Bill To Gstid": BUYER.lower()})
        self.assertEqual((row.buyer_gstin, row.sku), (BUYER, "SKU-1"))

    def test_business_row_in_the_consumers_file(self):
        """S83: the number counts wherever it stands, also under ship-to."""
        columns = [*CONSUMER_COLUMNS, "Customer Ship To Gstid"]
        row = read_one(columns, **{"Customer Ship To Gstid": f" {BUYER} "})
        self.assertEqual(row.buyer_gstin, BUYER)

    def test_headers_are_found_by_name(self):
        odd = {
            "Seller Gstin": "\ufeffSELLER GSTIN",
            "Invoice Number": "Invoice\tNumber",
            "Compensatory Cess Tax": "Compensatory CessTax",
            "Shipping Cess Tax Amount": "Shipping Cess Tax",
            "Credit Note Date": "Credit Note date ",
            "Hsn/sac": "HSN/SAC",
        }
        cells = mtr_row(**{"Compensatory Cess Tax": "1", "Total Tax Amount": "19"})
        names = list(reversed(CONSUMER_COLUMNS))
        row = {odd.get(name, name): value for name, value in cells.items()}
        content = make_csv([row], [odd.get(name, name) for name in names])
        (read_row,) = read(content)
        self.assertEqual((read_row.cess, read_row.hsn), (1, "6204"))
        self.assertTrue(read_row.adds_up)

    def test_dates(self):
        """The three forms of Amazon's files, and a moment in another zone."""
        expected = {
            "15-06-2026 10:22:11": date(2026, 6, 15),
            "15/08/2026": date(2026, 8, 15),
            "2026-06-05": date(2026, 6, 5),
            "2026-06-05T10:22:11": date(2026, 6, 5),
            "2026-06-30T20:00:00Z": date(2026, 7, 1),
            "2026-06-30 20:00:00+05:30": date(2026, 6, 30),
            "5-Jun-26": date(2026, 6, 5),
            "": None,
        }
        self.assertEqual({text: read_date(text) for text in expected}, expected)
        for text in ("31-02-2026", "06-15-2026", "yesterday", "45823"):
            with self.assertRaises(ValueError):
                self.assertIsNone(read_date(text), text)

    def test_rates_are_fractions(self):
        rates = {"0.18": 18, "0.025": "2.5", "0.0025": "0.25", "0.4": 40, "18": 18}
        rates |= {"18%": 18, "": 0, "0": 0, "0.015": "1.5"}
        for text, rate in rates.items():
            self.assertEqual(read_rate(text), Decimal(rate), text)
        self.assertEqual(read_one(**within_state()).rate, 18)

    def test_amounts_without_their_sign(self):
        for text in ("-1,050.00", "1050", "₹1,050", " 1050.0"):
            self.assertEqual(read_amount(text.strip()), 1050, text)
        for text in ("1.0.0", "ten", "1e500", "1,0x"):
            with self.assertRaises(ValueError):
                read_amount(text)
        minus = {
            "Transaction Type": "Refund",
            "Tax Exclusive Gross": "-100.0",
            "Total Tax Amount": "-18.0",
            "Igst Tax": "-18.0",
            "Invoice Amount": "-118.0",
        }
        row = read_one(**minus)
        self.assertEqual(
            (row.kind, row.net, row.tax, row.igst), ("refund", 100, 18, 18)
        )

    def test_credit_note_has_its_own_number_and_month(self):
        row = read_one(
            **{
                "Transaction Type": "Refund",
                "Credit Note No": "CN-1",
                "Credit Note Date": "02-07-2026 00:00:01",
            }
        )
        self.assertEqual((row.number, row.day), ("CN-1", date(2026, 7, 2)))
        self.assertEqual(row.invoice_number, "IN-1001")
        self.assertEqual(row.invoice_date, date(2026, 6, 15))

    def test_kinds(self):
        words = {
            "Cancel": "cancel",
            "FreeReplacement": "replacement",
            "Free Replacement": "replacement",
            "EInvoiceCancel": "withdrawn",
            "SHIPMENT": "shipment",
            "Liquidation": "unknown",
        }
        for word, kind in words.items():
            self.assertEqual(read_one(**{"Transaction Type": word}).kind, kind)
        empty = {"Invoice Number": "", "Invoice Date": "", "Invoice Amount": "0"}
        row = read_one(**{**empty, "Transaction Type": "Cancel"})
        self.assertEqual((row.number, row.day), (None, date(2026, 6, 15)))

    def test_shipping_wrapping_and_promotions(self):
        """Kinds of tax are those of the whole row, less what promotions take off."""
        row = read_one(
            **{
                "Shipping Igst Tax": "1.80",
                "Gift Wrap Igst Tax": "0.90",
                "Item Promo Tax": "-2.70",
                "Total Tax Amount": "18.00",
            }
        )
        self.assertEqual((row.igst, row.adds_up), (18, True))
        row = read_one(
            **within_state(**{"Item Promo Tax": "-0.03", "Total Tax Amount": "17.97"})
        )
        self.assertEqual(row.cgst + row.sgst, Decimal("17.97"))
        self.assertFalse(read_one(**{"Total Tax Amount": "17.00"}).adds_up)

    def test_what_names_a_buyer_stays_behind(self):
        row = read_one(BUSINESS_COLUMNS)
        self.assertNotIn("CANARY", repr(row).upper())
        self.assertNotIn("560001", repr(row))
        self.assertEqual(row.pin_state, "KA")

    def test_tabs_old_charset_and_line_breaks(self):
        rows = [mtr_row(**{"Item Description": "Two\nlines – and ₹"}), mtr_row()]
        for delimiter in ",\t;":
            self.assertEqual(len(read(make_csv(rows, delimiter=delimiter))), 2)
        for encoding in ("utf-8-sig", "utf-16"):
            self.assertEqual(len(read(make_csv(rows, encoding=encoding))), 2)
        rows = [mtr_row(**{"Sku": "CAFÉ"})]
        self.assertEqual(read(make_csv(rows, encoding="cp1252"))[0].sku, "CAFÉ")

    def test_zip(self):
        table = make_csv([mtr_row()])
        other = make_csv([mtr_row(**{"Invoice Number": "IN-2"})], BUSINESS_COLUMNS)
        packed = make_zip({"b2c.csv": table, "b2b.CSV": other, "__MACOSX/x.csv": b"x"})
        self.assertEqual([row.number for row in read(packed)], ["IN-1001", "IN-2"])
        nested = make_zip({"june.zip": make_zip({"b2c.csv": table})})
        self.assertEqual(len(read(nested)), 1)
        self.assertEqual(self.refuse(make_zip({"readme.pdf": b"%PDF"})).code, "nothing")
        self.assertEqual(self.refuse(packed[:-30]).code, "broken")

    def test_what_is_no_such_file(self):
        """Excel's forms, a page, another report, nothing at all."""
        excel = make_zip({"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"})
        refusals = {
            excel: "excel",
            b"\xd0\xcf\x11\xe0\xa1\xb1": "excel",
            b"%PDF-1.7": "pdf",
            b"<html>": "markup",
            b"": "empty",
            b"\xef\xbb\xbf \r\n": "empty",
            b" " * 100 + b"\n": "empty",
            make_csv([]): "empty",
            make_csv([])[:-10]: "empty",
            b"a,b\n1,2\n": "header",
            b"Gstin Of Receiver,Gstin Of Supplier,Order Id\n": "header",
        }
        for content, code in refusals.items():
            self.assertEqual(self.refuse(content).code, code, content[:20])
        columns = [name for name in CONSUMER_COLUMNS if name != "Order Id"]
        error = self.refuse(make_csv([], columns))
        self.assertEqual(error.columns, ("Order Id",))

    def test_cut_file(self):
        content = make_csv([mtr_row()] * 3)
        for length in (len(content) - 150, len(content) - 300, len(content) - 10):
            error = self.refuse(content[:length])
            self.assertEqual((error.code, error.line), ("cut", 4))
        shifted = make_csv([mtr_row()]).rstrip() + b",more\r\n"
        self.assertEqual(self.refuse(shifted).code, "cut")

    def test_cell_that_cannot_be_read(self):
        """The message names line and column, and nothing that stands there."""
        rows = [mtr_row(), mtr_row(**{"Invoice Date": "Asha Rao"})]
        error = self.refuse(make_csv(rows))
        self.assertEqual(
            (error.code, error.line, error.columns), ("cell", 3, ("Invoice Date",))
        )
        self.assertNotIn("Asha", str(error))

    def test_numbers_that_a_spreadsheet_has_rounded(self):
        error = self.refuse(make_csv([mtr_row(**{"Shipment Item Id": "1.23457E+13"})]))
        self.assertEqual(
            (error.code, error.columns), ("rounded", ("Shipment Item Id",))
        )

    def test_file_names_the_member_of_a_zip(self):
        packed = make_zip({"good.csv": make_csv([mtr_row()]), "bad.csv": b"a,b\n"})
        self.assertEqual(self.refuse(packed).file, "bad.csv")
