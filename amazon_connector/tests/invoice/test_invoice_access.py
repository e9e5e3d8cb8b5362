# SPDX-License-Identifier: LGPL-3.0-or-later
"""Who gets invoices that name their buyer, and for how long."""

import io
import json
import zipfile
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...models.privacy.sealed import open_file
from ..security.reveal_common import PrintMixin
from .invoice_common import BUSINESS, CONSUMER, GSTIN, PDF, InvoiceCase

ACCOUNTANT = "account.group_account_invoice"


@tagged("post_install", "-at_install")
class TestInvoiceAccess(PrintMixin, InvoiceCase, HttpCase):
    def print_invoice(self, groups, invoice=None, report=PDF):
        return self.print_as(groups, report, (invoice or self.invoice).ids)

    def test_accountants_print_businesses(self):
        """S105, S132: name, address, tax number; each print is a row of the log."""
        for report in (PDF, "account.report_invoice"):
            answer = self.print_invoice(ACCOUNTANT, report=report)
            self.assert_shown(answer, BUSINESS)
            self.assertNotIn("98450 55555", answer.text)
            self.assertEqual(answer.headers["Cache-Control"], "no-store")
            row = self.logged()[:1]
            self.assertEqual((row.kind, row.document), ("print", report))
            self.assertTrue(row.document_text.endswith(" (Journal Entry)"))
            self.assertEqual(row.user_id, self.worker)
            self.assertIn("vat", row.shown)
        self.assert_nothing_stored()
        self.assert_masked()

    def test_accountants_print_consumers_by_choice(self):
        answer = self.print_invoice(ACCOUNTANT, self.consumer_invoice)
        self.assert_no_secret(answer.text)
        self.assertFalse(self.logged())
        self.channel.consumer_invoices = True
        answer = self.print_invoice(ACCOUNTANT, self.consumer_invoice)
        self.assert_shown(answer, CONSUMER)

    def test_others_print_the_mask(self):
        """S105, S110."""
        self.account.buyer_data_printing = "group"
        self.assert_no_secret(self.print_invoice(ACCOUNTANT).text)
        self.assertFalse(self.logged())
        groups = f"{ACCOUNTANT},amazon_connector.group_buyer_data"
        self.assert_shown(self.print_invoice(groups), BUSINESS)

    def test_downloads_are_like_prints(self):
        """S105, S110: one, many, those that Odoo has made and those it has not."""
        url = "/account/download_invoice_documents/{}/pdf?allow_fallback=true"
        url = url.format(self.invoice.id)
        for _made in range(2):
            self.print_invoice(ACCOUNTANT)
            answer = self.url_open(url)
            self.assertIn("Zephyrine Quixotley", answer.text)
            self.account.buyer_data_printing = "group"
            answer = self.url_open(url)
            self.assertIn("Customer", answer.text)
            self.assert_no_secret(answer.text)
            self.account.buyer_data_printing = "stock"
            self.send(self.invoice)
        self.send(self.consumer_invoice)
        ids = f"{self.invoice.id},{self.consumer_invoice.id}"
        answer = self.url_open(f"/account/download_move_attachments/{ids}")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            texts = [archive.read(name).decode() for name in archive.namelist()]
        self.assertTrue(any("Zephyrine Quixotley" in text for text in texts))
        self.assertFalse(any("Wilhelmina" in text for text in texts))

    def test_what_was_sent_opens_by_its_route(self):
        """S132: also from the dialog that sent it."""
        self.send(self.invoice)
        attachment = self.invoice.invoice_pdf_report_id
        self.print_invoice(ACCOUNTANT)
        url = f"/account/download_invoice_attachments/{attachment.id}"
        self.assertIn("Zephyrine Quixotley", self.url_open(url).text)
        self.assertEqual(self.logged()[:1].kind, "file")

    def test_the_portal_has_the_mask(self):
        """S110: before and after the documents were made."""
        self.invoice._portal_ensure_token()
        url = f"/my/invoices/{self.invoice.id}?access_token={self.invoice.access_token}"
        for _made in range(2):
            self.assert_no_secret(self.url_open(url, timeout=60).text)
            for more in ("&report_type=pdf", "&report_type=pdf&download=true"):
                answer = self.url_open(url + more, timeout=60)
                self.assertEqual(answer.status_code, 200)
                self.assertIn("Amazon IN - Customer", answer.text)
                self.assert_no_secret(answer.text)
            self.send(self.invoice)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_another_company_prints_nothing(self):
        other = self.env["res.company"].create({"name": "Second company"})
        companies = {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        groups = f"{ACCOUNTANT},amazon_connector.group_buyer_data"
        answer = self.print_as(groups, PDF, self.invoice.ids, **companies)
        self.assert_no_secret(answer.text)
        self.assertFalse(self.logged())

    def test_the_dialog_opens_from_an_invoice(self):
        """S105."""
        groups = f"{ACCOUNTANT},amazon_connector.group_buyer_data"
        text = self.ask_as(groups, self.invoice)
        self.assertIn("Zephyrine Quixotley", text)
        row = self.logged()[:1]
        self.assertEqual(row.document, "account.move")
        self.assertEqual(row.document_text, "Journal Entry")
        self.assertTrue(self.invoice.has_amazon_buyer)

    # ------------------------------------------------------------------
    # For how long
    # ------------------------------------------------------------------

    def close(self):
        for order in (self.order, self.consumer):
            order.closed_on = fields.Datetime.now() - timedelta(days=29)
        self.redact()
        self.assertTrue(self.order.redacted_on)

    def test_businesses_are_named_as_long_as_the_law_asks(self):
        """S106, S174, S185: apart from the rest, which is gone."""
        self.channel.consumer_invoices = True
        self.close()
        self.assertFalse(self.sealed(self.order | self.consumer))
        self.assert_shown(self.print_invoice(ACCOUNTANT), BUSINESS)
        answer = self.print_invoice(ACCOUNTANT, self.consumer_invoice)
        self.assert_no_secret(answer.text)
        kept = self.sealed_of(self.invoice)
        self.assertEqual(kept.kept_until.year - fields.Date.today().year, 6)
        told = json.loads(open_file(kept))["partner_id"]
        self.assertEqual(told["vat"], GSTIN)
        self.assertNotIn("phone", told)
        self.assertFalse(self.sealed_of(self.consumer_invoice))
        self.assert_nothing_stored()

    def test_then_they_are_not(self):
        self.close()
        kept = self.sealed_of(self.invoice)
        kept.kept_until = fields.Date.today() - timedelta(days=1)
        self.assert_no_secret(self.print_invoice(ACCOUNTANT).text)
        self.redact()
        self.assertFalse(kept.exists())

    def test_managers_delete_what_is_kept(self):
        self.close()
        self.sealed_of(self.invoice).action_delete()
        self.assert_no_secret(self.print_invoice(ACCOUNTANT).text)

    def test_disconnecting_leaves_what_the_law_asks_for(self):
        self.account._disconnect()
        self.assertFalse(self.sealed(self.order))
        self.assert_shown(self.print_invoice(ACCOUNTANT), BUSINESS)

    def test_nothing_is_kept_of_what_was_not_invoiced(self):
        self.invoice.button_draft()
        self.close()
        self.assertFalse(self.sealed_of(self.invoice))

    def test_an_account_may_keep_nothing(self):
        self.account.invoice_years = 0
        self.close()
        self.assertFalse(self.sealed_of(self.invoice))

    def test_the_usual_years_of_the_country(self):
        """Where the company pays its taxes."""
        self.assertEqual(self.account.invoice_years, 6)
        self.company.account_fiscal_country_id = self.env.ref("base.de")
        self.assertEqual(self.account.invoice_years, 10)
        self.account.invoice_years = 12
        self.assertEqual(self.account.invoice_years, 12)
