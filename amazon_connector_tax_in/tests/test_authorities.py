# SPDX-License-Identifier: LGPL-3.0-or-later
"""Odoo's e-invoices and e-way bills of India, as they are: what leaves, what stays."""

from datetime import timedelta
from json import dumps
from types import SimpleNamespace

from requests import Response

from odoo import fields
from odoo.tests import tagged

from odoo.addons.amazon_connector.models.privacy.sealed import open_file
from odoo.addons.amazon_connector.tests.common import address_json, order_json
from odoo.addons.amazon_connector.tests.security.reveal_common import RevealMixin
from odoo.addons.iap.tools import iap_tools

from .gst_common import GstCase, taxed
from .gst_table import make_gstin

GSTIN = make_gstin("29")
STREET = "12 Asha Hidden Street"
E_INVOICE, E_WAY_BILL = "l10n_in_edi/1/generate", "l10n_in_edi_ewaybill/1/generate"
ANSWERS = {
    E_INVOICE: {
        "Irn": "irn-of-a-test",
        "AckNo": 7,
        "AckDt": "2026-11-29 10:00:00",
        "SignedInvoice": f"signed {STREET}",
        "SignedQRCode": "",
    },
    E_WAY_BILL: {
        "ewayBillNo": 331000000001,
        "ewayBillDate": "29/11/2026 10:00:00 AM",
        "validUpto": "30/11/2026 11:59:00 PM",
    },
}


@tagged("post_install", "-at_install", "-standard", "amazon_carriers")
class TestAuthorities(RevealMixin, GstCase):
    """`l10n_in_edi` and `l10n_in_ewaybill`, up to the request that leaves Odoo."""

    SECRETS = ("Secretname", "Hidden Street", "Mysuru", "570001", "98450 12345")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        later = fields.Datetime.now() + timedelta(hours=5)
        cls.company.write(
            {
                "vat": make_gstin("27"),
                "street": "1 Seller Road",
                "city": "Mumbai",
                "zip": "400001",
                "l10n_in_edi_feature": True,
                "l10n_in_edi_username": "seller",
                "l10n_in_edi_token": "token",
                "l10n_in_edi_token_validity": later,
                "l10n_in_ewaybill_feature": True,
                "l10n_in_ewaybill_username": "seller",
                "l10n_in_ewaybill_auth_validity": later,
            }
        )
        cls.product.write({"invoice_policy": "order", "l10n_in_hsn_code": "111111"})

    def setUp(self):
        super().setUp()
        self.log = self.env["amazon.access.log"]
        self.known = self.log.search([])
        self.sent = []
        # Odoo keeps its services out of tests; the request itself goes nowhere.
        odoo = SimpleNamespace(module=SimpleNamespace(current_test=None))
        self.patch(iap_tools, "modules", odoo)
        self.patch(iap_tools.requests, "post", self.answer)
        # They commit what the government has taken.
        self.patch(self.env.cr, "commit", self.env.cr.flush)

    def answer(self, url, json, **_options):  # noqa: A002
        name = url.partition("/iap/")[2]
        self.sent.append((name, json["params"]))
        answer = Response()
        answer.status_code = 200
        answer._content = dumps({"result": {"data": ANSWERS[name]}}).encode()
        return answer

    def invoice_of(self, gstin):
        order = order_json(
            recipient={"deliveryAddress": address_json()}, items=taxed(), buyer="asha"
        )
        if gstin:
            registration = {"entityType": "BUYER", "taxRegistrationNumber": gstin}
            order["tax"] = {"taxRegistrations": [registration]}
        self.order = self.receive(order)
        self.assertEqual(self.order.state, "applied", self.order.reason)
        invoice = self.order.sale_order_id._create_invoices()
        invoice.action_post()
        return invoice

    def get_payload(self, service):
        """What one service of the government's portal was sent."""
        [params] = [params for name, params in self.sent if name == service]
        return params["json_payload"]

    def assert_sealed(self, record):
        """All files about it are links; what they lead to has the address."""
        attachments = self.env["ir.attachment"].search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("id", "!=", False),
            ]
        )
        self.assertTrue(attachments)
        self.assertEqual(set(attachments.mapped("type")), {"url"})
        files = self.env["amazon.sealed.file"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )
        contents = [open_file(file) for file in files]
        self.assertTrue(any(STREET.encode() in content for content in contents))
        self.assertFalse(self.search_database(self.SECRETS))

    def test_an_e_invoice(self):
        """S112, S132: the portal hears who bought; Odoo keeps the numbers in clear."""
        invoice = self.invoice_of(GSTIN)
        self.assertEqual(invoice.l10n_in_edi_status, "to_send")
        self.env["account.move.send"]._generate_and_send_invoices(
            invoice, sending_methods=["manual"], extra_edis={"in_edi_send"}
        )
        self.assertEqual(invoice.l10n_in_edi_status, "sent", invoice.l10n_in_edi_error)
        buyer = self.get_payload(E_INVOICE)["BuyerDtls"]
        self.assertEqual(buyer["LglNm"], "Asha Secretname")
        self.assertEqual((buyer["Addr1"], buyer["Loc"]), (STREET, "Mysuru"))
        self.assertEqual((buyer["Pin"], buyer["GSTIN"]), (570001, GSTIN))
        self.assertEqual(
            invoice._get_l10n_in_edi_response_json()["Irn"], "irn-of-a-test"
        )
        self.assert_sealed(invoice)
        row = self.logged().filtered(lambda row: row.kind == "document")[:1]
        self.assertEqual(row.amazon_order_ref, self.order.order_number)

    def test_an_e_way_bill(self):
        """S112, S132: of a consumer, too."""
        invoice = self.invoice_of(None)
        bill = self.env["l10n.in.ewaybill"].create(
            {
                "account_move_id": invoice.id,
                "distance": 20,
                "type_id": self.env.ref(
                    "l10n_in_ewaybill.type_tax_invoice_sub_type_supply"
                ).id,
                "mode": "1",
                "vehicle_no": "MH11AA1234",
                "vehicle_type": "R",
            }
        )
        bill.action_generate_ewaybill()
        self.assertEqual(bill.state, "generated", bill.error_message)
        told = self.get_payload(E_WAY_BILL)
        self.assertEqual(told["toTrdName"], "Asha Secretname")
        self.assertEqual((told["toAddr1"], told["toPlace"]), (STREET, "Mysuru"))
        self.assertEqual(told["toPincode"], 570001)
        self.assert_sealed(bill)
