# SPDX-License-Identifier: LGPL-3.0-or-later
import io
from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..mtr import MtrError, open_mtr
from .mtr_case import MtrCase
from .mtr_common import (
    KARNATAKA,
    SELLER,
    TRANSFER_COLUMNS,
    make_csv,
    make_zip,
    mtr_row,
    transfer_row,
)

JUNE = date(2026, 6, 20)


@tagged("post_install", "-at_install")
class TestMtrTransfers(MtrCase):
    """Amazon's stock transfer report: goods between its warehouses, or back."""

    def take_transfers(self, *rows):
        return self.take(rows, TRANSFER_COLUMNS)

    def within(self, **changes):
        """A movement within Maharashtra: the same registration, no tax."""
        return transfer_row(
            **{
                "Gstin Of Receiver": SELLER,
                "Invoice Number": "BOM7-D-1",
                "Transaction Id": "T2",
                "Ship To Fc": "PNQ2",
                "Ship To State": "MAHARASHTRA",
                "Ship To Postal Code": "411001",
                "Igst Rate": "0",
                "Igst Amount": "0",
                **changes,
            }
        )

    def test_rows(self):
        """Between registrations it is a supply, within one it is none."""
        self.take_transfers(transfer_row(), self.within())
        moved, kept = self.rows().sorted("line")
        self.assertEqual(
            (moved.kind, moved.counts, moved.seller_gstin, moved.buyer_gstin),
            ("transfer", True, SELLER, KARNATAKA),
        )
        self.assertEqual((moved.net, moved.igst, moved.tax), (1000, 180, 180))
        self.assertEqual((moved.rate, moved.total), (18, 1180))
        self.assertEqual((moved.warehouse, moved.to_warehouse), ("BOM7", "BLR7"))
        self.assertEqual(
            (moved.ship_from_state_id.code, moved.state_id.code), ("MH", "KA")
        )
        self.assertEqual((kept.kind, kept.counts, kept.net), ("challan", False, 0))
        month = self.month()
        self.assertEqual((month.net, month.tax, month.transfer_net), (1000, 180, 1000))

    def test_each_once(self):
        """Read again, in another order, beside the sales: nothing is added."""
        second = transfer_row(**{"Sku": "SKU-2", "Taxable Value": "10.0"})
        self.take_transfers(transfer_row(), second)
        packed = make_zip(
            {
                "stock.csv": make_csv([second, transfer_row()], TRANSFER_COLUMNS),
                "sales.csv": make_csv([mtr_row()]),
            }
        )
        file = self.take_bytes(packed)
        self.assertEqual((file.new_count, file.changed_count), (1, 0))
        self.assertEqual(self.month().net, 1110)
        # A part of a document in a later file takes nothing of the rest away.
        self.take_transfers(second)
        self.assertEqual(self.month().net, 1110)

    def test_cancelled(self):
        """A cancelled movement counts nothing; one that never had a document, too."""
        cancelled = {"Transaction Type": "FC_TRANSFER-Cancel"}
        nothing = {"Invoice Number": "", "Invoice Date": "", "Transaction Id": "T9"}
        self.take_transfers(
            transfer_row(),
            transfer_row(**cancelled),
            transfer_row(**cancelled, **nothing),
            self.within(**{"Transaction Type": "FC_REMOVAL"}),
            self.within(**{"Transaction Type": "FC_REMOVAL-Cancel"}),
        )
        self.assertEqual(self.month().net, 0)
        voided = self.rows([("voided", "=", True)])
        self.assertEqual(set(voided.mapped("kind")), {"transfer", "challan"})
        self.assertEqual(len(self.rows()), 4)

    def test_documents_issued(self):
        """Table 13: invoices and challans are series of their own."""
        self.take_transfers(
            transfer_row(),
            transfer_row(**{"Invoice Number": "BOM7-T-3", "Transaction Id": "T3"}),
            self.within(),
            self.within(**{"Invoice Number": "BOM7-D-2", "Transaction Id": "T4"}),
            self.within(
                **{
                    "Invoice Number": "BOM7-D-2",
                    "Transaction Id": "T4",
                    "Transaction Type": "FC_TRANSFER-Cancel",
                }
            ),
        )
        found = self.env["amazon.gst.document"].search(
            [("company_id", "=", self.company.id)]
        )
        counts = {
            (one.nature, one.prefix): (one.total, one.cancelled, one.issued, one.gaps)
            for one in found
        }
        self.assertEqual(
            counts,
            {
                ("invoice", "BOM7-T-"): (2, 0, 2, 1),
                ("challan", "BOM7-D-"): (2, 1, 1, 0),
            },
        )

    def test_summary_and_withholding(self):
        """B2B in the return, to the own registration; nothing is collected on it."""
        self.take_transfers(transfer_row(), self.within())
        summary = self.env["amazon.gst.summary"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(
            (summary.section, summary.transfer, summary.buyer_gstin, summary.igst),
            ("b2b", True, KARNATAKA, 180),
        )
        self.assertEqual(self.rows().mapped("tcs_due"), [0, 0])
        self.assertFalse(
            self.env["amazon.withholding"].search(
                [("company_id", "=", self.company.id)]
            )
        )
        self.take([mtr_row()])
        lines = self.env["amazon.withholding"].search(
            [("company_id", "=", self.company.id), ("component", "=", "igst")]
        )
        self.assertEqual(lines.base, 100)

    def invoice_branch(self, number="BOM7-T-1", price=1000, day=JUNE):
        """What an accountant books: an invoice to the branch with Amazon's number."""
        branch = self.env["res.partner"].create(
            {
                "name": "Own branch",
                "vat": KARNATAKA,
                "country_id": self.env.ref("base.in").id,
                "state_id": self.find_state("KA").id,
                "l10n_in_gst_treatment": "regular",
            }
        )
        tax = self.company._get_real_gst(18, within_state=False)
        line = {"product_id": self.product.id, "quantity": 1, "price_unit": price}
        line["tax_ids"] = [Command.set(tax.ids)]
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": branch.id,
                "invoice_date": day,
                "ref": number,
                "company_id": self.company.id,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        invoice.action_post()
        return invoice

    def found(self, month="2026-06-01"):
        self.month(month).action_compare()
        differences = self.month(month).difference_ids
        return [(one.type, one.hint, one.order_ref) for one in differences]

    def test_compared_with_invoices(self):
        """Missing until it is booked; a challan is nothing to book."""
        self.take_transfers(transfer_row(), self.within())
        self.assertEqual(self.found(), [("missing_here", "transfer", "BOM7-T-1")])
        self.assertIn("registration", self.month().difference_ids.next_step)
        opened = self.month().difference_ids.action_open_document()
        self.assertEqual(opened["res_model"], "amazon.mtr.row")
        invoice = self.invoice_branch()
        self.assertEqual(self.found(), [])
        self.month().action_close()
        self.month().action_reopen()
        invoice.button_draft()
        self.assertEqual(self.found(), [("missing_here", "transfer", "BOM7-T-1")])

    def test_compared_amount_and_month(self):
        other = transfer_row(**{"Invoice Number": "BOM7-T-2", "Transaction Id": "T2"})
        self.take_transfers(transfer_row(), other)
        self.invoice_branch(price=999)
        self.invoice_branch("BOM7-T-2", day=date(2026, 7, 1))
        self.assertEqual(
            sorted(self.found()),
            [("amount", False, "BOM7-T-1"), ("month", False, "BOM7-T-2")],
        )

    def test_buyers_and_cities_stay_out(self):
        """A removal's address may be anybody's: no city, no postal code is kept."""
        self.take_transfers(transfer_row(**{"Transaction Type": "FC_REMOVAL"}))
        self.env.cr.execute("SELECT amazon_mtr_row::text FROM amazon_mtr_row")
        for (text,) in self.env.cr.fetchall():
            self.assertNotIn("canary", text.lower())
            self.assertNotIn("562107", text)

    def test_another_sellers_file(self):
        stranger = transfer_row(**{"Gstin Of Supplier": "29AAGCB7383J1Z4"})
        with self.assertRaisesRegex(UserError, "another seller"):
            self.take_transfers(stranger)
        self.assertFalse(self.rows())

    def parse(self, *rows, columns=TRANSFER_COLUMNS):
        return list(open_mtr(io.BytesIO(make_csv(rows, columns))))

    def test_cells(self):
        """Rates as fractions, dates of three forms, other spellings of the header."""
        columns = [name.upper().replace(" ", "  ") for name in TRANSFER_COLUMNS]
        for day in ("16-06-2026 10:00:00", "16/06/2026", "2026-06-16"):
            row = transfer_row(**{"Invoice Date": day})
            renamed = {name.upper().replace(" ", "  "): row[name] for name in row}
            (found,) = self.parse(renamed, columns=columns)
            self.assertEqual((found.day, found.rate), (date(2026, 6, 16), 18))
            self.assertEqual(found.igst, Decimal(180))
        (odd,) = self.parse(transfer_row(**{"Transaction Type": "FC_GIFT"}))
        self.assertEqual((odd.kind, odd.word), ("unknown", "FC_GIFT"))
        (removal,) = self.parse(transfer_row(**{"Gstin Of Receiver": ""}))
        self.assertEqual((removal.kind, removal.buyer_gstin), ("transfer", None))

    def test_bad_files(self):
        """Cut, shortened, without a column: refused with the line."""
        for changes, code in (
            ({"Invoice Date": "soon"}, "cell"),
            ({"Transaction Id": "1.2E+11"}, "rounded"),
        ):
            with self.assertRaises(MtrError) as error:
                self.parse(transfer_row(**changes))
            self.assertEqual((error.exception.code, error.exception.line), (code, 2))
        short = [name for name in TRANSFER_COLUMNS if name != "Taxable Value"]
        with self.assertRaises(MtrError) as error:
            self.parse(transfer_row(), columns=short)
        self.assertEqual(error.exception.columns, ("Taxable Value",))
