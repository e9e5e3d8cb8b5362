# SPDX-License-Identifier: LGPL-3.0-or-later
import json

from odoo.tests import new_test_user

from ...models.order.reveal import read_contacts
from ..common import of_class_too
from . import test_personal_data

SLIP, PICKING = "stock.report_deliveryslip", "stock.report_picking"
SHOWN = (
    "Zephyrine Quixotley",
    "Quixotley &amp; Daughters",
    "Umbrellastrasse 5",
    "Xanadupur",
    "987654",
    "+91 98450 55555",
)
NOTES = (
    "Happy birthday dear friend",
    "behind the blue gate",
    "https://customizer.example/secret.zip",
)


class RevealMixin:
    everything_personal = of_class_too(
        test_personal_data.TestPersonalData.everything_personal
    )
    search_database = test_personal_data.TestPersonalData.search_database
    SECRETS = test_personal_data.TestPersonalData.SECRETS

    @of_class_too
    def set_up_deliveries(self):
        self.order = self.receive(self.everything_personal())
        self.sale = self.order.sale_order_id
        self.picking = self.sale.picking_ids
        self.log = self.env["amazon.access.log"]
        # What a test made before it does not count.
        self.known = self.log.search([])

    def setUp(self):
        super().setUp()
        # Barcodes need a library that servers may lack.
        report = self.registry["ir.actions.report"]
        self.patch(report, "barcode", lambda *args, **options: b"")

    def logged(self):
        return self.log.search([]) - self.known

    def shown(self):
        return read_contacts(self.order)[0]

    def assert_masked(self):
        partner = self.sale.partner_shipping_id
        self.assertIn("Customer", partner.name)
        self.assertFalse(partner.street)


class PrintMixin:
    """Printing and asking on the screen, as a new user of some groups."""

    def print_as(self, groups, report=SLIP, ids=None, **vals):
        """The document as a new user of these groups gets it, as text."""
        login = f"printer{self.env['res.users'].search_count([])}"
        self.worker = new_test_user(self.env, login, groups, **vals)
        self.authenticate(login, login)
        ids = ",".join(map(str, ids or self.picking.ids))
        return self.url_open(f"/report/pdf/{report}/{ids}")

    def assert_shown(self, answer, texts=SHOWN):
        self.assertEqual(answer.status_code, 200)
        for text in texts:
            self.assertIn(text, answer.text)

    def assert_hidden(self, answer):
        for text in self.SECRETS:
            self.assertNotIn(text, answer.text)
        self.assertFalse(self.logged())

    def ask_as(self, groups, record=None, **vals):
        """The answer of the route to a new user of these groups."""
        login = f"looker{self.env['res.users'].search_count([])}"
        self.looker = new_test_user(self.env, login, groups, **vals)
        self.authenticate(login, login)
        record = record or self.order
        params = {"model": record._name, "record_id": record.id}
        answer = self.url_open(
            "/amazon_connector/buyer_data",
            data=json.dumps({"params": params}),
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual(answer.status_code, 200)
        return answer.text
