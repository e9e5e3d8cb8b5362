# SPDX-License-Identifier: LGPL-3.0-or-later
from ...models.order.reveal import read_contacts
from . import test_personal_data


class RevealMixin:
    everything_personal = test_personal_data.TestPersonalData.everything_personal
    search_database = test_personal_data.TestPersonalData.search_database
    SECRETS = test_personal_data.TestPersonalData.SECRETS

    def set_up_deliveries(self):
        self.order = self.receive(self.everything_personal())
        self.sale = self.order.sale_order_id
        self.picking = self.sale.picking_ids
        self.log = self.env["amazon.access.log"]
        # What a test made before it does not count.
        self.known = self.log.search([])
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
