# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from psycopg2.errors import NotNullViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..gst.withholding import TCS_RATES, TDS_RATES, find_rate
from .mtr_case import MtrCase
from .mtr_common import mtr_row, within_state

JUNE = date(2026, 6, 1)


@tagged("post_install", "-at_install")
class TestWithholding(MtrCase):
    """What Amazon withholds as TCS and TDS, and what the government says of it."""

    def lines(self, month=JUNE):
        found = self.env["amazon.withholding"].search(
            [("company_id", "=", self.company.id), ("month", "=", month)]
        )
        return {one.component: one for one in found}

    def test_rates(self):
        """Those in force, at the edges of each."""
        tcs = {
            date(2018, 9, 30): 0,
            date(2018, 10, 1): 1,
            date(2024, 7, 9): 1,
            date(2024, 7, 10): 0.5,
        }
        tds = {
            date(2020, 9, 30): 0,
            date(2020, 10, 1): 0.75,
            date(2021, 4, 1): 1,
            date(2024, 9, 30): 1,
            date(2024, 10, 1): 0.1,
        }
        for rates, expected in ((TCS_RATES, tcs), (TDS_RATES, tds)):
            for day, rate in expected.items():
                self.assertEqual(float(find_rate(rates, day)), rate, day)

    def test_month(self):
        """TCS of sales less returns, by kind of GST; TDS of sales, without GST."""
        within = within_state(**{"Invoice Number": "2"})
        back = {"Credit Note Date": "20-06-2026", "Tax Exclusive Gross": "40.0"}
        self.take([mtr_row(), mtr_row(**within), self.refund(**back)])
        lines = self.lines()
        expected = {name: round(one.expected, 2) for name, one in lines.items()}
        halves = {"cgst": 0.25, "sgst": 0.25}
        self.assertEqual(expected, {"igst": 0.3, **halves, "tds": 0.2})
        self.assertEqual(lines["igst"].base, 60)
        self.assertEqual(round(lines["igst"].told, 2), 0.0)
        self.assertEqual(round(lines["cgst"].told, 2), 0.25)
        self.assertEqual(lines["tds"].seller_gstin, False)
        self.assertEqual(lines["tds"].display_name, "TDS (194-O), June 2026")
        self.assertEqual(self.rows([("number", "=", "CN-1")]).tds_due, 0)
        self.assertEqual({one.state for one in lines.values()}, {"waiting"})

    def test_line_without_its_kind(self):
        """A file or a script that leaves it out is told what is missing."""
        with mute_logger("odoo.sql_db"), self.assertRaises(NotNullViolation):
            with self.env.cr.savepoint():
                self.env["amazon.withholding"].create(
                    {"company_id": self.company.id, "month": "2026-06-01"}
                )

    def test_old_rates(self):
        old = {"Invoice Date": "09-07-2024 23:59:59"}
        self.take([mtr_row(**old)])
        lines = self.lines(date(2024, 7, 1))
        self.assertEqual((lines["igst"].expected, lines["tds"].expected), (1, 1))

    def test_what_bears_none(self):
        """Nothing of what is withdrawn, free of charge or free of tax."""
        free = {"Igst Tax": "0", "Total Tax Amount": "0", "Invoice Number": "2"}
        kinds = ("Cancel", "FreeReplacement")
        self.take(
            [
                mtr_row(),
                mtr_row(**{"Transaction Type": "EInvoiceCancel"}),
                mtr_row(**free),
                *(mtr_row(**{"Transaction Type": kind}) for kind in kinds),
            ]
        )
        lines = self.lines()
        self.assertEqual(lines["tds"].expected, 0.1)
        self.assertNotIn("igst", lines)

    def test_again_and_late(self):
        self.take([mtr_row()])
        lines = self.lines()
        lines["igst"].stated = 0.5
        self.take([mtr_row(), mtr_row(**{"Invoice Number": "2"})])
        self.assertEqual(self.lines(), lines)
        self.assertEqual((lines["igst"].expected, lines["igst"].stated), (1, 0.5))

    def test_a_new_line_by_hand(self):
        """Its amount counts, as one that is entered on a line that is there."""
        form = Form(self.env["amazon.withholding"])
        form.month, form.component, form.stated = JUNE, "tds", 7
        self.assertTrue(form.is_stated)
        line = form.save()
        self.assertEqual((line.is_stated, line.state), (True, "differs"))

    def test_a_blank_cell_of_a_statement_states_nothing(self):
        """Neither on a new line nor on one that is there; 0 is an amount."""
        fields = ["month", "component", "stated"]
        Withholding = self.env["amazon.withholding"]
        rows = [["2026-06-01", "tds", ""], ["2026-06-01", "igst", "0"]]
        for _time in range(2):
            result = Withholding.load(fields, rows)
            self.assertFalse(result["messages"])
        lines = self.lines()
        self.assertEqual(
            (lines["tds"].is_stated, lines["tds"].state), (False, "waiting")
        )
        self.assertTrue(lines["igst"].is_stated)
        lines["tds"].stated = 7
        Withholding.load(fields, rows)
        self.assertEqual((lines["tds"].is_stated, lines["tds"].stated), (True, 7))
        lines["tds"].write({"stated": False})
        self.assertEqual(lines["tds"].state, "waiting", "taken back")

    def test_against_the_statement(self):
        """An amount of 0 counts once it is entered; half a paisa a row is rounding."""
        self.take([mtr_row()])
        line = self.lines()["igst"]
        line.stated = 0
        self.assertEqual((line.state, line.difference), ("differs", -0.5))
        line.stated = 0.51
        self.assertEqual(line.state, "equal")
        line.stated = 0.52
        self.assertEqual(line.state, "differs")
        line.is_stated = False
        self.assertEqual(line.state, "waiting")

    def test_import(self):
        """A file's lines are entered on those that are there; others are made."""
        self.take([mtr_row()])
        Model = self.env["amazon.withholding"].with_company(self.company)
        done = Model.load(
            ["month", "component", "stated"],
            [
                ["2026-06-30", "TCS: IGST", "0.50"],
                ["2026-06-01", "TDS (194-O)", "0.10"],
                ["2026-05-01", "TCS: CGST", "2"],
            ],
        )
        self.assertFalse(done["messages"])
        states = {one.state for one in self.lines().values()}
        self.assertEqual(states, {"equal"})
        self.assertEqual(self.lines(date(2026, 5, 1))["cgst"].state, "differs")

    def test_accounts(self):
        """Both are the company's own, of the chart's kind, and made once."""
        tds = self.company._get_withholding_account("tds")
        tcs = self.company._get_withholding_account("tcs")
        self.assertEqual(tds.name, "TDS Receivable")
        self.assertNotEqual(tcs, tds)
        self.assertEqual(
            (tcs.account_type, tcs.tag_ids), ("asset_current", tds.tag_ids)
        )
        self.assertEqual(self.company._get_withholding_account("tcs"), tcs)
        booked = self.company._get_amazon_settlement_accounts()
        self.assertEqual((booked["tcs"], booked["tds"]), (tcs, tds))
        self.take([mtr_row()])
        opened = self.lines()["igst"].action_open_account()
        self.assertEqual(opened["domain"], [("account_id", "=", tcs.id)])

    def test_who_may_what(self):
        """Accountants enter; what is computed and whose it is nobody writes."""
        self.take([mtr_row()])
        line = self.lines()["igst"]
        accountant = new_test_user(
            self.env,
            "accountant",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        own = line.with_user(accountant)
        own.write({"stated": 0.5, "reference": "GSTR-8 of July"})
        for name, value in (("expected", 5), ("told", 5)):
            with self.assertRaises(AccessError):
                own.write({name: value})
        with self.assertRaises(UserError):
            own.component = "cgst"
        clerk = new_test_user(self.env, "clerk", "amazon_connector.group_user")
        with self.assertRaises(AccessError):
            line.with_user(clerk).stated = 1


@tagged("post_install", "-at_install")
class TestWithholdingWithoutChart(MtrCase):
    chart = False

    def test_no_account(self):
        """Without a chart of accounts there is no account, and a message."""
        self.assertFalse(self.company._get_withholding_account("tcs"))
        self.take([mtr_row()])
        line = self.env["amazon.withholding"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        with self.assertRaises(UserError):
            line.action_open_account()
