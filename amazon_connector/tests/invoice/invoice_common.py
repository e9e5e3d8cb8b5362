# SPDX-License-Identifier: LGPL-3.0-or-later
"""An order of a business and one of a consumer, invoiced."""

from ..common import of_class_too, order_json
from ..privacy.redaction_common import RedactionCase
from ..security.reveal_common import RevealMixin

PDF = "account.report_invoice_with_payments"
GSTIN = "29ABCDE1234F1Z5"
PURCHASE_ORDER = "PO-77-of-a-test"
BUSINESS = (
    "Zephyrine Quixotley",
    "Quixotley &amp; Daughters",
    "Umbrellastrasse 5",
    "Xanadupur",
    "987654",
    GSTIN,
)
CONSUMER = ("Wilhelmina Tapir", "Okapi Road 7", "Narwhalpur")


class InvoiceCase(RevealMixin, RedactionCase):
    has_taxes = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.account_fiscal_country_id = cls.env.ref("base.in")
        cls.product.invoice_policy = "order"
        cls.set_up_deliveries()
        cls.invoice = cls.invoice_of(cls.order)
        cls.consumer = cls.receive(cls.consumer_json())
        cls.consumer_invoice = cls.invoice_of(cls.consumer)

    @of_class_too
    def everything_personal(self, **blocks):
        order = super().everything_personal(**blocks)
        order["buyer"]["buyerPurchaseOrderNumber"] = PURCHASE_ORDER
        [registration] = order["tax"]["taxRegistrations"]
        registration["entityType"] = "BUYER"
        return order

    @of_class_too
    def consumer_json(self):
        order = order_json(2, buyer="wilhelmina")
        order["buyer"] = {"buyerName": "Wilhelmina Tapir", "buyerEmail": "w@m.example"}
        order["recipient"]["deliveryAddress"].update(
            name="Wilhelmina Tapir", addressLine1="Okapi Road 7", city="Narwhalpur"
        )
        return order

    @of_class_too
    def invoice_of(self, order):
        invoice = order.sale_order_id._create_invoices()
        invoice.action_post()
        return invoice

    def send(self, invoice, **settings):
        """Have Odoo make the invoice's documents, and mail them to somebody."""
        to = self.env["res.partner"].create({"name": "Eve", "email": "eve@x.example"})
        self.env["account.move.send"]._generate_and_send_invoices(
            invoice, sending_methods=["email"], mail_partner_ids=to.ids, **settings
        )

    def sealed_of(self, invoice):
        return self.env["amazon.sealed.file"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", invoice.id)]
        )

    def assert_no_secret(self, content, secrets=()):
        text = content.decode() if isinstance(content, bytes) else content
        for secret in (*self.SECRETS, *CONSUMER, *secrets):
            self.assertNotIn(secret, text)

    def assert_nothing_stored(self):
        """S132, S110: nothing of a buyer in any column, nor in any attachment."""
        self.assertFalse(self.search_database((*self.SECRETS, *CONSUMER)))
        domain = ["|", ("url", "=", False), ("url", "=like", "/amazon_connector/%")]
        attachments = self.env["ir.attachment"].sudo()
        for attachment in attachments.search(
            [("id", ">", 0), *domain], order="id desc"
        )[:60]:
            raw = (attachment.raw or b"").decode(errors="replace")
            self.assert_no_secret(raw)
