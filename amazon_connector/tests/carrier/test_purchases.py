# SPDX-License-Identifier: LGPL-3.0-or-later
"""A label that was bought is not paid twice, whatever becomes of the delivery."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...models.carrier import purchases
from .carrier_common import CarrierCase


@tagged("post_install", "-at_install")
class TestPurchases(CarrierCase):
    """With a connection of its own, as in life: it survives what is rolled back."""

    def setUp(self):
        super().setUp()
        self.keep_purchases_apart()
        self.naughty.append(self.set_reference)

    def read_rows(self, column="*"):
        statement = f"SELECT {column} FROM amazon_carrier_purchase ORDER BY id"

        def work(cr):
            cr.execute(statement)
            return cr.fetchall()

        return self.run_apart(None, work)

    def set_reference(self, picking):
        """Write onto the delivery, as some carriers do."""
        picking.carrier_price = 2.5
        picking.origin = f"booked as {len(self.sent)}"

    def get_labels(self):
        return self.env["ir.attachment"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "=", self.picking.id)]
        )

    def test_a_label_that_was_rolled_back_is_used_again(self):
        """S112: number, cost, fields and the sealed label; nothing is bought."""
        self.naughty.append(self.attach)
        self.fail()
        self.fail()
        self.validate()
        self.assertEqual(len(self.sent), 1)
        self.assertEqual(self.picking.carrier_tracking_ref, "TRK1")
        self.assertEqual(self.picking.carrier_price, 7.5)
        self.assertEqual(self.picking.origin, "booked as 1")
        labels = self.get_labels()
        self.assertEqual(len(labels), 2)
        files = self.env["amazon.sealed.file"].sudo().search([])
        self.assertIn(b"Umbrellastrasse", purchases.open_file(files[:1]))
        bodies = " ".join(self.picking.message_ids.mapped("body"))
        self.assertIn("TRK1 was bought earlier", bodies)
        self.assertNotIn("Umbrella", str(self.read_rows()))
        self.assert_nothing_leaked()

    def test_what_was_used_is_not_used_again(self):
        """A parcel that was cancelled with the carrier gets another label."""
        self.validate()
        self.picking.carrier_tracking_ref = False
        self.picking.send_to_shipper()
        self.assertEqual(self.picking.carrier_tracking_ref, "TRK2")
        self.assertEqual(len(self.sent), 2)

    def test_another_parcel_needs_another_label(self):
        """S112: the note says which label was not used."""
        self.fail()
        self.picking.move_ids.product_id.weight = 3
        other = self.make_carrier(name="Other Express")
        self.picking.carrier_id = other
        self.validate()
        self.assertEqual(self.picking.carrier_tracking_ref, "TRK2")
        bodies = " ".join(self.picking.message_ids.mapped("body"))
        self.assertIn("TRK1 was bought earlier", bodies)
        self.assertIn("cancel the earlier one", bodies)

    def test_another_address_needs_another_label(self):
        self.fail()
        data = self.everything_personal()
        data["lastUpdatedTime"] = fields.Datetime.now().isoformat() + "Z"
        data["recipient"]["deliveryAddress"]["addressLine1"] = "Quokka Lane 9"
        self.receive(data)
        self.validate()
        self.assertEqual(len(self.sent), 2)
        self.assertEqual(self.sent[1][0]["street"], "Quokka Lane 9")

    def test_it_is_deleted_with_the_buyers_data(self):
        """S106: with the order, with the account, and after a week."""
        purchase = self.env["amazon.carrier.purchase"]
        values = {
            "picking_ref": self.picking.id,
            "company_id": self.company.id,
            "amazon_order_ref": self.order.order_number,
            "carrier_name": "x",
            "key": "k",
            "fingerprint": "f",
            "ciphertext": "c",
        }
        old = fields.Datetime.now() - timedelta(days=8)
        rows = purchase.create([{**values, "date": old}, {**values, "date": old}])
        rows[0].date = fields.Datetime.now()
        purchase._gc_purchases()
        self.assertEqual(rows.exists(), rows[0])
        self.order._redact_now()
        self.assertFalse(rows.exists())
        row = purchase.create({**values, "date": fields.Datetime.now()})
        self.account._disconnect()
        self.assertFalse(row.exists())

    def test_a_memory_that_fails_loses_no_label(self):
        error = purchases.VaultError("no key")
        with (
            patch.object(purchases, "_insert", side_effect=error),
            self.assertLogs(purchases.__name__, "ERROR"),
        ):
            self.validate()
        self.assertEqual(self.picking.carrier_tracking_ref, "TRK1")
