# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .gst_common import taxed, to
from .mtr_case import MtrCase
from .mtr_common import BUSINESS_COLUMNS, BUYER, mtr_row, within_state

JUNE = date(2026, 6, 20)
# Odoo's sections of GSTR-1 by ours.
SECTIONS = {
    "b2b": "sale_b2b_regular",
    "b2cl": "sale_b2cl",
    "b2cs": "sale_b2cs",
    "exp": "sale_exp_wp",
    "cdnr": "sale_cdnr_regular",
    "cdnur": "sale_cdnur_b2cl",
}


@tagged("post_install", "-at_install")
class TestGstSummary(MtrCase):
    """Amazon's tax report as the tables of a return."""

    def sums(self, *groups, measures=("net", "igst", "cgst", "sgst")):
        found = self.env["amazon.gst.summary"]._read_group(
            [("company_id", "=", self.company.id)],
            list(groups),
            [f"{name}:sum" for name in measures],
        )
        count = len(groups)
        return {
            row[:count] if count > 1 else row[0]: tuple(
                round(one, 2) for one in row[count:]
            )
            for row in found
        }

    def large(self, **changes):
        return mtr_row(
            **{
                "Invoice Amount": "118000",
                "Tax Exclusive Gross": "100000",
                "Total Tax Amount": "18000",
                "Igst Tax": "18000",
                **changes,
            }
        )

    def test_sections(self):
        """Each table of GSTR-1; a return of a large invoice is no small one."""
        large = self.large(**{"Invoice Number": "L"})
        business = {"Invoice Number": "B", "Customer Bill To Gstid": BUYER}
        own = within_state(**{"Invoice Number": "O"})
        self.take(
            [
                mtr_row(),
                mtr_row(**own),
                large,
                mtr_row(**business),
                mtr_row(**{"Invoice Number": "X", "Ship To Country": "US"}),
                self.refund("R1"),
                self.refund("R2", **{**large, "Transaction Type": "Refund"}),
                self.refund("R3", **business),
                mtr_row(**{"Transaction Type": "Cancel"}),
            ],
            BUSINESS_COLUMNS,
        )
        nets = {section: sums[0] for section, sums in self.sums("section").items()}
        self.assertEqual(
            nets,
            {
                "b2cs": 100 + 100 - 100,
                "b2cl": 100000,
                "b2b": 100,
                "exp": 100,
                "cdnur": -100000,
                "cdnr": -100,
            },
        )

    def test_groups(self):
        """By month, state, rate, buyers and HSN; all equal the rows."""
        own = within_state(**{"Invoice Number": "O", "Hsn/sac": "9999"})
        self.take([mtr_row(), mtr_row(**own), self.refund()])
        states = {state.code: sums for state, sums in self.sums("state_id").items()}
        self.assertEqual(states, {"KA": (0, 0, 0, 0), "MH": (100, 0, 9, 9)})
        months = {date(2026, 6, 1), date(2026, 7, 1)}
        self.assertEqual(set(self.sums("month:month")), months)
        self.assertEqual(
            self.sums("hsn", "business", measures=("quantity", "net")),
            {("6204", "b2c"): (0, 0), ("9999", "b2c"): (1, 100)},
        )
        self.assertEqual(list(self.sums("rate")), [18])
        months = self.month() | self.month("2026-07-01")
        whole = self.sums("company_id")[self.company]
        names = ("net", "igst", "cgst", "sgst")
        self.assertEqual(whole, tuple(sum(months.mapped(name)) for name in names))

    def test_documents_issued(self):
        """Table 13: series, cancelled numbers, and what is not told."""
        numbers = ("IN-7", "IN-9", "IN-10", "KA/1")
        cancelled = {"Transaction Type": "Cancel", "Invoice Number": "IN-11"}
        withdrawn = {"Transaction Type": "EInvoiceCancel", "Invoice Number": "IN-9"}
        self.take(
            [
                *(mtr_row(**{"Invoice Number": number}) for number in numbers),
                mtr_row(**{"Invoice Number": "IN-7", "Shipment Item Id": "2"}),
                mtr_row(**cancelled),
                mtr_row(**withdrawn),
                mtr_row(**{"Transaction Type": "Cancel", "Invoice Number": ""}),
                self.refund("CN-1", "21-06-2026"),
            ]
        )
        found = self.env["amazon.gst.document"].search(
            [("company_id", "=", self.company.id)]
        )
        rows = {
            (one.nature, one.prefix): (
                one.first, one.last, one.total, one.cancelled, one.issued, one.gaps
            )
            for one in found
        }  # fmt: skip
        self.assertEqual(
            rows,
            {
                ("invoice", "IN-"): ("IN-7", "IN-11", 4, 2, 2, 1),
                ("invoice", "KA/"): ("KA/1", "KA/1", 1, 0, 1, 0),
                ("credit_note", "CN-"): ("CN-1", "CN-1", 1, 0, 1, 0),
            },
        )

    def test_equal_to_the_returns_of_odoo(self):
        """S70, S83: what Odoo's invoices and credit notes have in its own sections."""
        rows = []
        cases = [("KA", "18.00", False), ("MH", "18.00", False), ("KA", "18000", False)]
        cases += [("KA", "18.00", True)]
        for number, (state, tax, business) in enumerate(cases, 1):
            net = float(tax) / 0.18
            order = self.receive(
                to(state, None, number, items=taxed(tax, f"{net + float(tax):.2f}"))
            )
            invoice = self.make_invoice(order.sale_order_id, business)
            row = self.make_row(order, invoice, state, business)
            rows.append(row)
            note = invoice._reverse_moves([{"invoice_date": JUNE, "date": JUNE}])
            note.action_post()
            changes = {**row, "Transaction Type": "Refund"}
            rows.append(self.refund(f"CN{number}", "20-06-2026", **changes))
        self.take(rows, BUSINESS_COLUMNS)
        lines = self.env["account.move.line"]._read_group(
            [
                ("company_id", "=", self.company.id),
                ("display_type", "=", "product"),
                ("move_id.move_type", "in", ("out_invoice", "out_refund")),
            ],
            ["l10n_in_gstr_section"],
            ["balance:sum"],
        )
        own = {section: round(-balance, 2) for section, balance in lines}
        told = {
            SECTIONS[section]: sums[0] for section, sums in self.sums("section").items()
        }
        self.assertEqual(told, own)
        self.month().action_compare()
        self.assertFalse(self.month().difference_ids.mapped(lambda one: one.type))

    def make_invoice(self, sale, business):
        if business:
            sale.partner_invoice_id.write(
                {"l10n_in_gst_treatment": "regular", "vat": BUYER}
            )
        self.product.l10n_in_hsn_code = "6204"
        invoice = sale._create_invoices()
        invoice.invoice_date = JUNE
        if business:
            invoice.l10n_in_gst_treatment = "regular"
        invoice.action_post()
        return invoice

    def make_row(self, order, invoice, state, business):
        amounts = {
            "Invoice Amount": str(invoice.amount_total),
            "Tax Exclusive Gross": str(invoice.amount_untaxed),
            "Total Tax Amount": str(invoice.amount_tax),
            "Igst Tax": str(invoice.amount_tax),
        }
        if state == "MH":
            half = str(invoice.amount_tax / 2)
            amounts = within_state(**{**amounts, "Igst Tax": "0", "Cgst Tax": half})
            amounts["Sgst Tax"] = half
        return mtr_row(
            **amounts,
            **{
                "Order Id": order.order_number,
                "Sku": order.line_ids.seller_sku,
                "Invoice Number": f"IN-{order.id}",
                "Customer Bill To Gstid": BUYER if business else "",
            },
        )

    def test_nobody_writes_it(self):
        self.take([mtr_row()])
        row = self.env["amazon.gst.summary"].search([], limit=1)
        accountant = self.env["res.users"].create(
            {
                "name": "Accountant",
                "login": "gst",
                "group_ids": [(4, self.env.ref("account.group_account_manager").id)],
                "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
            }
        )
        self.assertTrue(row.with_user(accountant).net)
        with self.assertRaises(AccessError):
            row.with_user(accountant).write({"net": 1})
        other = self.env["res.company"].create({"name": "Other"})
        accountant.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for model in ("amazon.gst.summary", "amazon.gst.document"):
            self.assertFalse(self.env[model].with_user(accountant).search([]))
