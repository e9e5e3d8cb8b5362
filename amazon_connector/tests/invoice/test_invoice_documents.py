# SPDX-License-Identifier: LGPL-3.0-or-later
"""Invoices name business buyers, and whatever is stored of them is sealed."""

import base64
import json
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.invoice.documents import lend_methods
from ...models.privacy.sealed import open_file
from .invoice_common import CONSUMER, GSTIN, PURCHASE_ORDER, InvoiceCase


@tagged("post_install", "-at_install")
class TestInvoiceDocuments(InvoiceCase):
    def test_what_odoo_makes_names_the_business_and_is_sealed(self):
        """S132: the PDF, and the electronic invoice where there is one."""
        self.send(self.invoice)
        pdf = self.invoice.invoice_pdf_report_id
        self.assertEqual(pdf.type, "url")
        self.assertFalse(pdf.raw)
        files = self.sealed_of(self.invoice)
        self.assertEqual(set(files.mapped("kind")), {"invoice"})
        self.assertTrue(all(files.mapped("kept_until")))
        content = open_file(files.filtered(lambda file: file.name == pdf.name))
        for text in ("Zephyrine Quixotley", "Umbrellastrasse 5", "987654", GSTIN):
            self.assertIn(text, content.decode())
        self.assert_nothing_stored()
        row = self.logged().filtered(lambda row: row.kind == "document")[:1]
        self.assertEqual(row.amazon_order_ref, self.order.order_number)
        self.assertIn("vat", row.shown)
        # It is kept for a year: the number goes with the buyer's data.
        self.assertIn(PURCHASE_ORDER, self.invoice.display_name)
        self.assertEqual(row.document, self.invoice.name)

    def test_electronic_invoices_rest_encrypted(self):
        """S132: those of `account_edi_ubl_cii`, which comes with Invoicing."""
        self.sale.partner_id.commercial_partner_id.invoice_edi_format = "ubl_bis3"
        self.send(self.invoice)
        ubl = self.invoice.ubl_cii_xml_id
        self.assertEqual((ubl.type, ubl.raw), ("url", b""))
        self.assertFalse(ubl.index_content)
        files = {file.name: open_file(file) for file in self.sealed_of(self.invoice)}
        for name in (ubl.name, "factur-x.xml"):
            for text in ("Zephyrine Quixotley", "Umbrellastrasse 5", "987654", GSTIN):
                self.assertIn(text, files[name].decode())
        self.assert_nothing_stored()

    def test_mails_have_the_mask(self):
        """S110, S112: the message and its attachments."""
        known = self.env["mail.message"].search([], limit=1, order="id desc").id
        self.send(self.invoice)
        message = self.env["mail.message"].search(
            [("id", ">", known), ("attachment_ids", "!=", False)]
        )
        self.assertTrue(message)
        contents = [attachment.raw for attachment in message.attachment_ids]
        self.assertTrue(all(contents))
        self.assertTrue(any(b"Customer" in content for content in contents))
        for content in contents:
            self.assert_no_secret(content)

    def test_consumers_stay_masked(self):
        """S110: unless the channel has it otherwise."""
        self.send(self.consumer_invoice)
        content = self.consumer_invoice.invoice_pdf_report_id.raw
        self.assertTrue(content)
        self.assert_no_secret(content)
        self.assertFalse(self.sealed_of(self.consumer_invoice))

    def test_a_channel_names_consumers_by_choice(self):
        """S105: and what is made of it goes with the data."""
        self.channel.consumer_invoices = True
        self.send(self.consumer_invoice)
        file = self.sealed_of(self.consumer_invoice)[-1:]
        self.assertFalse(file.kept_until)
        content = open_file(file).decode()
        for text in CONSUMER:
            self.assertIn(text, content)
        self.assert_nothing_stored()
        self.consumer.action_delete_buyer_data()
        self.assertFalse(self.sealed_of(self.consumer_invoice))
        self.assertFalse(self.consumer_invoice.invoice_pdf_report_id)

    def test_many_at_once(self):
        """Invoices of businesses, consumers and others in one go."""
        plain = self.invoice.copy({"partner_id": self.env.user.partner_id.id})
        plain.action_post()
        moves = self.invoice | self.consumer_invoice | plain
        self.env["account.move.send"]._generate_and_send_invoices(
            moves, sending_methods=["manual"]
        )
        self.assertTrue(self.sealed_of(self.invoice))
        self.assertFalse(self.sealed_of(self.consumer_invoice) | self.sealed_of(plain))
        self.assertTrue(plain.invoice_pdf_report_id.raw)
        self.assert_nothing_stored()

    def test_other_papers_stay_masked(self):
        """S110: rendered by a template, a script, another addon; the order's, too."""
        reports = self.env["ir.actions.report"]
        for report, record in (
            ("account.report_invoice_with_payments", self.invoice),
            ("account.report_invoice", self.invoice),
            ("sale.report_saleorder", self.sale),
        ):
            self.assert_no_secret(reports._render_qweb_pdf(report, record.ids)[0])

    def test_exports_and_reads_stay_masked(self):
        """S110: after the documents were made, too."""
        self.send(self.invoice)
        names = ["name", "partner_id/name", "partner_id/street", "partner_id/vat"]
        rows = self.invoice.export_data([*names, "invoice_partner_display_name"])
        self.assert_no_secret(repr(rows))
        self.assert_no_secret(repr(self.invoice.read()))
        self.assert_no_secret(repr(self.invoice.partner_id.read()))


@tagged("post_install", "-at_install")
class TestAuthorities(InvoiceCase):
    """What reports invoices and transports to authorities has the real data."""

    def set_up_reporting(self):
        """A method of India's e-invoices as the addon has it, wrapped as it is there.

        The addon need not be installed for this.
        """
        move = type(self.env["account.move"])
        self.sent, self.signed, self.fails = [], {}, False

        def send(record):
            partner = record.partner_id
            if self.fails:
                raise ValueError(partner.street)
            self.sent.append((partner.name, partner.street, partner.zip, partner.vat))
            answer = {
                "Irn": "abc",
                "AckNo": 7,
                "AckDt": "d",
                "SignedInvoice": partner.name,
                "SignedQRCode": self.sign({"Irn": "abc", **self.signed}),
            }
            record.env["ir.attachment"].create(
                {
                    "name": "answer.json",
                    "raw": json.dumps(answer),
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
            record.message_post(body=self.env._("Checked %s", partner.name))
            record.narration = f"Sent for {partner.street}"

        patcher = patch.object(move, "_l10n_in_edi_send_invoice", send, create=True)
        self.startPatcher(patcher)
        lend_methods(self.env.registry)

    def sign(self, payload):
        parts = ({"alg": "RS256"}, {"data": json.dumps(payload)})
        encoded = [
            base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts
        ]
        return ".".join([*(part.decode().rstrip("=") for part in encoded), "signed"])

    def read_answer(self):
        answer = self.env["ir.attachment"].search([("name", "=", "answer.json")])
        return json.loads(answer.raw)

    def test_the_real_data_go_there(self):
        """S132: and nothing of them stays in clear."""
        self.set_up_reporting()
        self.invoice._l10n_in_edi_send_invoice()
        [(name, street, code, number)] = self.sent
        self.assertIn("Zephyrine Quixotley", name)
        self.assertEqual((street, code), ("Umbrellastrasse 5", "987654"))
        self.assertEqual(number, GSTIN)
        self.assert_nothing_stored()
        answer = self.read_answer()
        self.assertEqual((answer["Irn"], answer["AckNo"]), ("abc", 7))
        self.assertTrue(answer["SignedQRCode"])
        self.assertNotIn("SignedInvoice", answer)
        self.assertIn(b"Zephyrine", open_file(self.sealed_of(self.invoice)))

    def test_a_code_with_a_tax_number_is_sealed(self):
        """S132: which stands on no contact in clear."""
        self.set_up_reporting()
        self.signed["BuyerGstin"] = GSTIN
        self.invoice._l10n_in_edi_send_invoice()
        self.assertFalse(self.read_answer()["SignedQRCode"])

    def test_consumers_too(self):
        """The law asks for it, whatever the printed invoice says."""
        self.set_up_reporting()
        self.consumer_invoice._l10n_in_edi_send_invoice()
        self.assertEqual(self.sent[0][0], "Wilhelmina Tapir")
        self.assert_nothing_stored()

    def test_a_failure_says_whose_it_is_and_no_more(self):
        """S132: invoices have no carrier."""
        self.set_up_reporting()
        self.fails = True
        with self.assertRaises(UserError) as refused:
            self.invoice._l10n_in_edi_send_invoice()
        message = str(refused.exception)
        self.assertIn("invoices and e-way bills failed (ValueError)", message)
        self.assert_no_secret(message)
        self.assertIsNone(refused.exception.__context__)
        self.assert_nothing_stored()

    def test_other_invoices_are_left_alone(self):
        self.set_up_reporting()
        known = self.logged()
        plain = self.invoice.copy({"partner_id": self.env.user.partner_id.id})
        plain._l10n_in_edi_send_invoice()
        self.assertEqual(self.sent[0][0], self.env.user.partner_id.name)
        self.assertEqual(self.logged(), known)
