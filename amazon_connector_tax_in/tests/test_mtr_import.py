# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .mtr_case import MtrCase
from .mtr_common import (
    BUSINESS_COLUMNS,
    BUYER,
    SELLER,
    make_csv,
    make_zip,
    mtr_row,
    within_state,
)

STRANGER = "29AAGCB7383J1Z4"
OTHER_STATE = f"29{SELLER[2:12]}1ZQ"


@tagged("post_install", "-at_install")
class TestMtrImport(MtrCase):
    """Rows of the Merchant Tax Report in the database."""

    def test_rows_and_months(self):
        """S80, S82: what a row tells, and the month it counts in."""
        within = within_state(**{"Invoice Number": "IN-2"})
        file = self.take([mtr_row(), mtr_row(**within)])
        self.assertEqual((file.row_count, file.new_count, file.late_count), (2, 2, 0))
        away, own = self.rows()
        self.assertEqual((away.state_id.code, own.state_id.code), ("KA", "MH"))
        self.assertEqual(away.ship_from_state_id.code, "MH")
        self.assertEqual((away.net, away.igst, away.cgst), (100, 18, 0))
        self.assertEqual((own.igst, own.cgst, own.sgst, own.rate), (0, 9, 9, 18))
        month = self.month()
        self.assertEqual((month.row_count, month.net, month.tax), (2, 200, 36))
        self.assertEqual((month.igst, month.cgst, month.sgst), (18, 9, 9))
        self.assertEqual(month.first_read_on, month._get_today())

    def test_document_of_another_month(self):
        """Amazon corrects its date: both months are to be compared again."""
        rows = [mtr_row(), mtr_row(**{"Invoice Number": "IN-2"})]
        self.take(rows)
        june = self.month()
        june.action_compare()
        withheld = self.env["amazon.withholding"].search(
            [("company_id", "=", self.company.id), ("component", "=", "igst")]
        )
        self.assertEqual((june.net, withheld.base), (200, 200))
        moved = {"Invoice Number": "IN-2", "Invoice Date": "01-07-2026 00:10:00"}
        self.take([mtr_row(**moved)])
        self.assertEqual(len(self.rows()), 2)
        self.assertEqual((june.net, self.month("2026-07-01").net), (100, 100))
        self.assertFalse(june.compared_at)
        self.assertEqual(withheld.base, 100)

    def test_again_adds_nothing(self):
        """A file read twice, also within a ZIP and with other columns."""
        rows = [mtr_row(), self.refund()]
        self.take(rows)
        again = self.take(rows)
        self.assertEqual((again.new_count, again.changed_count), (0, 0))
        self.assertEqual(again.known_count, 2)
        packed = make_zip({"a.csv": make_csv(rows), "b.csv": make_csv(rows)})
        self.assertEqual(self.take_bytes(packed).new_count, 0)
        self.assertEqual(len(self.rows()), 2)

    def test_business_file_adds_the_buyers_number(self):
        """S83: in whichever order the two files come."""
        self.take([mtr_row()])
        business = mtr_row(**{"Customer Bill To Gstid": BUYER, "Irn Number": "i" * 64})
        file = self.take([business], BUSINESS_COLUMNS)
        self.assertEqual((file.new_count, file.changed_count), (0, 1))
        self.take([mtr_row(**{"Invoice Amount": "118.00"})])
        row = self.rows()
        self.assertEqual((row.buyer_gstin, row.irn), (BUYER, "i" * 64))
        self.assertFalse(row.changed_on)

    def test_credit_note_counts_in_its_own_month(self):
        self.take([mtr_row(), self.refund()])
        self.assertEqual(self.month().net, 100)
        july = self.month("2026-07-01")
        self.assertEqual((july.net, july.tax, july.igst), (-100, -18, -18))

    def test_what_is_no_supply(self):
        """Cancelled twins, free replacements and withdrawn e-invoices count nothing."""
        nothing = {"Invoice Number": "", "Invoice Date": ""}
        withdrawn = {"Transaction Type": "EInvoiceCancel", "Invoice Number": "I9"}
        self.take(
            [
                mtr_row(**{"Transaction Type": "Cancel"}, **nothing),
                mtr_row(**{"Transaction Type": "FreeReplacement"}),
                mtr_row(),
                mtr_row(**withdrawn),
                mtr_row(**{"Invoice Number": "I9"}),
                mtr_row(**{"Transaction Type": "Liquidation"}),
            ]
        )
        self.assertEqual(self.month().net, 100)
        self.assertEqual(self.rows([("counts", "=", True)]).number, "IN-1001")
        self.assertEqual(self.rows([("voided", "=", True)]).number, "I9")
        file = self.take([mtr_row(**{"Invoice Number": "I9"})])
        self.assertEqual(file.new_count + file.changed_count, 0)
        # The same item, shipped after its first parcel was cancelled, is another row.
        self.assertEqual(len(self.rows([("shipment_item_ref", "!=", False)])), 6)

    def test_withdrawn_in_a_later_file(self):
        self.take([mtr_row()])
        self.take([mtr_row(**{"Transaction Type": "EInvoiceCancel"})])
        self.assertEqual(self.month().net, 0)
        self.take([mtr_row(**{"Quantity": "2"})])
        self.assertFalse(self.rows([("kind", "=", "shipment")]).counts)

    def test_twins_in_a_file(self):
        """Different rows of one document and item are all kept; equal ones are one."""
        twins = [mtr_row(), mtr_row(), mtr_row(**{"Tax Exclusive Gross": "50.0"})]
        self.assertEqual(self.take(twins).new_count, 2)
        self.assertEqual(self.take(twins).new_count, 0)
        self.assertEqual(self.month().net, 150)

    def test_changed_by_amazon(self):
        self.take([mtr_row()])
        file = self.take([mtr_row(**{"Hsn/sac": "6205"})])
        self.assertEqual((file.new_count, file.changed_count), (0, 1))
        self.assertEqual(self.rows().hsn, "6205")
        self.assertTrue(self.rows().changed_on)

    def test_late_rows(self):
        """Rows that come into a month read before, after its return was due."""
        self.take([mtr_row()])
        more = mtr_row(**{"Invoice Number": "IN-2"})
        self.assertEqual(self.take([mtr_row(), more]).late_count, 0)
        month = self.month()
        month.first_read_on -= timedelta(days=1)
        last = mtr_row(**{"Invoice Number": "IN-3"})
        file = self.take([mtr_row(), more, last])
        self.assertEqual((file.new_count, file.late_count), (1, 1))
        self.assertEqual(self.rows([("late", "=", True)]).number, "IN-3")
        self.assertEqual(month.late_count, 1)

    def test_month_that_is_not_due_yet(self):
        month = self.env["amazon.mtr.month"].new(
            {
                "month": month_start(self.env["amazon.mtr.month"]._get_today()),
                "first_read_on": date(2020, 1, 1),
            }
        )
        self.assertFalse(month._is_read_late())

    def test_states(self):
        """S80: old names, other spellings; never the seller's own state."""
        spellings = {
            "ORISSA": "OD",
            "NEW DELHI": "DL",
            "Rajshthan": "RJ",
            "DADRA AND NAGAR": "DN",
            "DAMAN AND DIU": "DN",
            "JAMMU & KASHMIR": "JK",
            "PONDICHERRY": "PY",
            "UTTARANCHAL": "UK",
            "TELANGANA": "TS",
            "CHHATTISGARH": "CG",
        }
        self.take(
            mtr_row(
                **{"Invoice Number": name, "Ship To State": name},
                **{"Ship To Postal Code": ""},
            )
            for name in spellings
        )
        found = {row.number: row.state_id.code for row in self.rows()}
        self.assertEqual(found, spellings)

    def test_unknown_state(self):
        """S80: by the postal code where that tells it, else a person chooses."""
        odd = {"Ship To State": "Punjab/Mohali/Zirakpur"}
        odder = {**odd, "Invoice Number": "2", "Ship To Postal Code": "160055"}
        self.take(
            [
                mtr_row(**odd),
                mtr_row(**odder),
                mtr_row(**{"Invoice Number": "3", "Ship To Country": "DE"}),
                mtr_row(**{"Invoice Number": "4", "Ship To Postal Code": "400001"}),
            ]
        )
        known, unknown, abroad, doubtful = self.rows().sorted("line")
        self.assertEqual((known.state_id.code, known.state_unknown), ("KA", False))
        self.assertEqual((unknown.state_id.id, unknown.state_unknown), (False, True))
        self.assertEqual((abroad.overseas, abroad.state_id.id), (True, False))
        self.assertEqual(doubtful.state_id.code, "KA")
        self.assertTrue(doubtful.state_doubtful)
        bookkeeper = self.bookkeeper()
        unknown.with_user(bookkeeper).state_id = self.find_state("PB")
        self.take([mtr_row(**odder, **{"Quantity": "3"})])
        self.assertEqual((unknown.state_id.code, unknown.quantity), ("PB", 3))
        with self.assertRaises(UserError):
            known.with_user(bookkeeper).state_id = self.find_state("PB")

    def test_buyers_stay_out_of_the_database(self):
        """City, postal code and name are in no column."""
        self.take([mtr_row(**{"Ship To State": "Canary Name"})], BUSINESS_COLUMNS)
        self.env.cr.execute("SELECT amazon_mtr_row::text FROM amazon_mtr_row")
        for (text,) in self.env.cr.fetchall():
            self.assertNotIn("canary", text.lower())
            self.assertNotIn("560001", text)

    def test_another_sellers_file(self):
        with self.assertRaisesRegex(UserError, STRANGER):
            self.take([mtr_row(), mtr_row(**{"Seller Gstin": STRANGER})])
        self.assertFalse(self.rows())
        self.company.vat = False
        with self.assertRaisesRegex(UserError, "no GSTIN"):
            self.take([mtr_row()])

    def test_two_registrations(self):
        """A company with two GSTINs has months of each; another company has its own."""
        self.take([mtr_row(), mtr_row(**{"Seller Gstin": OTHER_STATE})])
        self.assertEqual(self.month().net, 100)
        self.assertEqual(self.month(gstin=OTHER_STATE).net, 100)
        third = f"07{SELLER[2:12]}1ZX"
        branch = self.env["res.company"].create({"name": "Delhi"})
        branch.partner_id.with_context(no_vat_validation=True).vat = third
        self.take([mtr_row(**{"Seller Gstin": third})])
        self.assertFalse(self.month(gstin=third))
        row = self.env["amazon.mtr.row"].search([("seller_gstin", "=", third)])
        self.assertEqual(row.company_id, branch)

    def test_company_that_the_user_does_not_work_in(self):
        """Nobody writes into another company's months by a file."""
        third = f"07{SELLER[2:12]}1ZX"
        branch = self.env["res.company"].create({"name": "Delhi"})
        branch.partner_id.with_context(no_vat_validation=True).vat = third
        content = make_csv([mtr_row(), mtr_row(**{"Seller Gstin": third})])
        bookkeeper = self.bookkeeper()
        Upload = self.env["amazon.mtr.upload"].with_user(bookkeeper)
        upload = {"content": base64.b64encode(content), "name": "june.csv"}
        with self.assertRaisesRegex(UserError, third):
            Upload.create(upload)
        self.assertFalse(self.rows())
        bookkeeper.company_ids += branch
        Upload.create(upload)
        row = self.env["amazon.mtr.row"].search([("seller_gstin", "=", third)])
        self.assertEqual(row.company_id, branch)

    def test_another_month(self):
        with self.assertRaisesRegex(UserError, "2026-06-15"):
            self.take([mtr_row()], month=date(2026, 5, 1))
        self.assertFalse(self.rows())
        self.take([mtr_row()], month=date(2026, 6, 1))

    def test_bad_files_leave_nothing(self):
        """Each with words of its own; of a file cut off, no row is kept."""
        content = make_csv([mtr_row(), mtr_row(**{"Invoice Number": "2"})])
        words = {
            content[:-120]: "line 3",
            make_zip({"xl/workbook.xml": b""}): "Excel",
            b"a,b\n": "Seller Gstin",
            b"": "no row",
            b"%PDF": "CSV",
            b"Gstin Of Receiver,Gstin Of Supplier\n": "Transaction Id",
            make_csv([mtr_row(**{"Quantity": "x"})]): "Quantity .* line 2",
            make_csv([mtr_row(**{"Invoice Number": "1E+10"})]): "rounded",
            make_csv([mtr_row(**{"Seller Gstin": "?"})]): "Seller Gstin .* line 2",
        }
        for bad, word in words.items():
            with self.subTest(word), self.assertRaisesRegex(UserError, word):
                self.take_bytes(bad)
        self.assertFalse(self.rows())

    def bookkeeper(self):
        return new_test_user(
            self.env,
            "bookkeeper",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def test_upload(self):
        """An accountant uploads; the file itself is stored nowhere."""
        bookkeeper = self.bookkeeper()
        content = base64.b64encode(make_csv([mtr_row()]))
        Upload = self.env["amazon.mtr.upload"].with_user(bookkeeper)
        upload = Upload.create({"content": content, "name": "june.csv"})
        opened = self.env["amazon.mtr.file"].browse(upload.action_upload()["res_id"])
        self.assertEqual((opened.name, opened.new_count), ("june.csv", 1))
        self.assertFalse(upload.content)
        self.env.cr.execute("SELECT amazon_mtr_upload::text FROM amazon_mtr_upload")
        self.assertNotIn(content.decode()[:40], str(self.env.cr.fetchall()))
        with self.assertRaises(UserError):
            Upload.create({"name": "none.csv"})
        with self.assertRaises(UserError):
            Upload.create({"content": "no base64", "name": "none.csv"})

    def test_who_may_what(self):
        """Rows are the connector's; other companies' are nobody's."""
        self.take([mtr_row()])
        row, bookkeeper = self.rows(), self.bookkeeper()
        with self.assertRaises(AccessError):
            row.with_user(bookkeeper).net = 1
        with self.assertRaises(AccessError):
            self.month().with_user(bookkeeper).unlink()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "account.group_account_manager,amazon_connector.group_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for model in ("row", "month", "file"):
            Model = self.env[f"amazon.mtr.{model}"].with_user(stranger)
            self.assertFalse(Model.search([]), model)
        upload = {"content": base64.b64encode(b"x"), "company_id": self.company.id}
        with self.assertRaises(UserError):
            self.env["amazon.mtr.upload"].with_user(stranger).create(upload)


def month_start(day):
    return day.replace(day=1)
