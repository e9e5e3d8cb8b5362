# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.amazon_connector.tests.common import item_json

from .gst_common import taxed, to
from .mtr_case import MtrCase
from .mtr_common import BUSINESS_COLUMNS, BUYER, mtr_row, within_state

JUNE = date(2026, 6, 20)


@tagged("post_install", "-at_install")
class TestMtrCompare(MtrCase):
    """Amazon's tax report against Odoo's invoices and credit notes, line by line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.l10n_in_hsn_code = "6204"

    def order(self, state="KA", number=1, tax="18.00", price="118.00", **charges):
        items = [item_json(price=price, tax=tax, **charges)] if charges else None
        order = self.receive(to(state, None, number, items=items or taxed(tax, price)))
        self.assertEqual(order.state, "applied", order.reason)
        return order

    def invoice(self, order, day=JUNE):
        invoice = order.sale_order_id._create_invoices()
        invoice.invoice_date = day
        invoice.action_post()
        return invoice

    def told(self, order, **changes):
        """The row of an order's item; in Amazon's file it is named like this."""
        return mtr_row(
            **{
                "Order Id": order.order_number,
                "Sku": order.line_ids.seller_sku,
                "Invoice Number": f"IN-{order.id}",
                **changes,
            }
        )

    def credit(self, invoice, day):
        note = invoice._reverse_moves([{"invoice_date": day, "date": day}])
        note.action_post()
        return note

    def compare(self, day="2026-06-01"):
        month = self.month(day)
        month.action_compare()
        return month.difference_ids

    def found(self, day="2026-06-01"):
        return sorted(self.compare(day).mapped(lambda one: (one.type, one.hint or "")))

    def test_equal(self):
        """S72, S73, S80: nothing differs, also with shipping and a discount."""
        away, own = self.order(), self.order("MH", 2)
        more = self.order("KA", 3, "23.40", "118.00", SHIPPING="30.00")
        for order in (away, own, more):
            self.invoice(order)
        sale = more.sale_order_id
        amounts = {
            "Invoice Amount": str(sale.amount_total),
            "Tax Exclusive Gross": str(sale.amount_untaxed),
            "Total Tax Amount": str(sale.amount_tax),
            "Igst Tax": str(sale.amount_tax),
        }
        rows = [self.told(away), self.told(own, **within_state())]
        self.take([*rows, self.told(more, **amounts)])
        self.assertEqual(self.found(), [])
        self.assertEqual(self.month().state, "equal")
        self.month().action_close()
        self.assertEqual(self.month().state, "closed")

    def test_missing_in_odoo(self):
        """Each with its own next step: no order, one that waits, none invoiced."""
        waiting = self.receive(to("Nowhere", None, 2, items=taxed()))
        self.assertEqual(waiting.state, "held")
        plain, drafted = self.order(number=3), self.order(number=4)
        drafted.sale_order_id._create_invoices()
        self.take([mtr_row(), *map(self.told, (waiting, plain, drafted))])
        differences = self.compare()
        self.assertEqual(set(differences.mapped("type")), {"missing_here"})
        hints = {one.order_ref: one.hint for one in differences}
        self.assertEqual(
            hints,
            {
                "408-1234567-0000001": "order",
                waiting.order_number: "waiting",
                plain.order_number: False,
                drafted.order_number: "draft",
            },
        )
        self.assertEqual(len(set(differences.mapped("next_step"))), 4)
        self.assertTrue(all(differences.mapped("next_step")))
        self.assertEqual(differences[0].told_net, 100)

    def test_missing_credit_note(self):
        order = self.order()
        invoice = self.invoice(order)
        self.take([self.told(order), self.refund(**_like(self.told(order)))])
        self.assertEqual(self.found(), [])
        self.assertEqual(self.found("2026-07-01"), [("missing_here", "note")])
        self.credit(invoice, date(2026, 7, 3))
        self.assertEqual(self.found("2026-07-01"), [])

    def test_missing_at_amazon(self):
        """Invoiced in Odoo, not told by Amazon, or told as cancelled."""
        told, untold, cancelled = (self.order(number=n) for n in (1, 2, 3))
        for order in (told, untold, cancelled):
            self.invoice(order)
        nothing = {"Transaction Type": "Cancel", "Invoice Number": ""}
        self.take([self.told(told), self.told(cancelled, **nothing)])
        self.assertEqual(
            self.found(), [("missing_there", ""), ("missing_there", "cancelled")]
        )

    def test_withdrawn_invoice(self):
        order = self.order()
        self.invoice(order)
        withdrawn = {"Transaction Type": "EInvoiceCancel"}
        self.take([self.told(order), self.told(order, **withdrawn)])
        self.assertEqual(self.found(), [("missing_there", "cancelled")])

    def test_amount(self):
        """S70: a paisa is a difference."""
        order = self.order()
        self.invoice(order)
        more = {"Igst Tax": "18.01", "Total Tax Amount": "18.01"}
        self.take([self.told(order, **more)])
        difference = self.compare()
        self.assertEqual(difference.type, "amount")
        self.assertEqual((difference.told_tax, difference.here_tax), (18.01, 18))
        self.assertTrue(difference.move_id)

    def test_kind_state_hsn_and_gstin(self):
        """S72, S80, S83: the same amount, but told otherwise."""
        order = self.order()
        self.invoice(order)
        changes = within_state(**{"Hsn/sac": "9999", "Customer Bill To Gstid": BUYER})
        self.take([self.told(order, **changes)], BUSINESS_COLUMNS)
        found = {one.type: one for one in self.compare()}
        self.assertEqual(set(found), {"kind", "state", "hsn", "gstin"})
        texts = {name: (one.told_text, one.here_text) for name, one in found.items()}
        self.assertEqual(texts["kind"], ("CGST + SGST", "IGST"))
        self.assertEqual(texts["state"][0][:2], "27")
        self.assertEqual(texts["state"][1][:2], "29")
        self.assertEqual(texts["hsn"], ("9999", "6204"))
        self.assertEqual(texts["gstin"], (BUYER, False))
        self.assertTrue(all(one.next_step for one in found.values()))

    def test_shorter_hsn_is_the_same(self):
        order = self.order()
        self.invoice(order)
        self.take([self.told(order, **{"Hsn/sac": "62041290"})])
        self.assertEqual(self.found(), [])

    def test_unknown_state_has_to_be_chosen(self):
        order = self.order()
        self.invoice(order)
        odd = {"Ship To State": "Somewhere", "Ship To Postal Code": ""}
        self.take([self.told(order, **odd)])
        self.assertEqual(self.found(), [("state", "unknown")])
        self.rows().state_id = self.find_state("KA")
        self.assertEqual(self.found(), [])

    def test_another_month(self):
        order = self.order()
        self.invoice(order, date(2026, 7, 2))
        self.take([self.told(order), mtr_row(**{"Invoice Date": "05-07-2026"})])
        self.assertEqual(self.found(), [("month", "")])
        self.assertIn(("month", ""), self.found("2026-07-01"))

    def test_two_registrations(self):
        """An order told under the second GSTIN is compared in that one's month."""
        second = f"29{self.company.vat[2:12]}1ZQ"
        order, other = self.order(), self.order(number=2)
        self.invoice(order)
        self.invoice(other)
        self.take([self.told(order), self.told(other, **{"Seller Gstin": second})])
        self.assertEqual(self.found(), [])
        month = self.month(gstin=second)
        month.action_compare()
        self.assertFalse(month.difference_ids)

    def test_accept_and_close(self):
        """A month closes with accepted differences only; what changes is open again."""
        order = self.order()
        self.invoice(order)
        self.take([self.told(order, **{"Tax Exclusive Gross": "99.0"})])
        month, difference = self.month(), self.compare()
        with self.assertRaisesRegex(UserError, r"Open differences .*: 1\."):
            month.action_close()
        difference.action_accept()
        self.assertEqual((month.open_count, month.accepted_count), (0, 1))
        self.assertEqual(self.compare(), difference)
        month.action_close()
        with self.assertRaises(UserError):
            difference.action_open_again()
        month.action_reopen()
        self.take([self.told(order, **{"Tax Exclusive Gross": "98.0"})])
        self.assertEqual(month.state, "new")
        self.assertEqual(self.compare().state, "open")
        self.assertFalse(difference.accepted_by_id)

    def test_late_row_of_a_closed_month(self):
        order = self.order()
        self.invoice(order)
        self.take([self.told(order)])
        self.month().action_close()
        self.take([mtr_row()])
        self.assertEqual((self.month().late_count, self.month().state), (1, "closed"))

    def test_who_decides(self):
        """Amazon users look on; accountants decide."""
        self.take([mtr_row()])
        difference = self.compare()
        clerk = new_test_user(
            self.env,
            "clerk",
            "amazon_connector.group_user",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        month = self.month().with_user(clerk)
        self.assertEqual(month.open_count, 1)
        for action in (month.action_compare, month.action_close, month.action_reopen):
            with self.assertRaises(AccessError):
                action()
        with self.assertRaises(AccessError):
            difference.with_user(clerk).action_accept()
        self.assertTrue(difference.action_open_document())

    def test_documents_of_accountants(self):
        """Who has no rights on Amazon's side opens what he may read."""
        waiting = self.receive(to("Nowhere", None, 2, items=taxed()))
        plain = self.order(number=3)
        self.take([mtr_row(), self.told(waiting), self.told(plain)])
        accountant = new_test_user(
            self.env,
            "accountant",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        for difference in self.compare():
            action = difference.with_user(accountant).action_open_document()
            record = self.env[action["res_model"]].browse(action["res_id"])
            self.assertTrue(record.with_user(accountant).has_access("read"))
            if difference.order_ref == plain.order_number:
                self.assertEqual(record, plain.sale_order_id)
            else:
                self.assertEqual(record, difference.row_id)

    def test_open_differences(self):
        """The number on the month opens as many: without those that are accepted."""
        orders = [self.order(number=number) for number in (1, 2, 3)]
        for order in orders:
            self.invoice(order)
        wrong = {"Tax Exclusive Gross": "99.0"}
        self.take([self.told(order, **wrong) for order in orders])
        self.compare()[0].action_accept()
        month = self.month()
        action = month.action_open_differences()
        (name,) = [key for key in action["context"] if action["context"][key]]
        arch = self.env[action["res_model"]].get_view(view_type="search")["arch"]
        (node,) = etree.fromstring(arch).xpath(
            f"//filter[@name='{name.removeprefix('search_default_')}']"
        )
        domain = [*action["domain"], *safe_eval(node.get("domain"))]
        found = self.env[action["res_model"]].search(domain)
        self.assertEqual((len(found), month.open_count), (2, 2))


def _like(row):
    return {name: row[name] for name in ("Order Id", "Sku", "Invoice Number")}
