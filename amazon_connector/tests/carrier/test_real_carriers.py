# SPDX-License-Identifier: LGPL-3.0-or-later
"""Carriers that others wrote, as they are, with a server of ours in place of theirs."""

import json

import requests

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.privacy.sealed import ROUTE, open_file
from .carrier_common import CarrierCase
from .carrier_server import CarrierServer

HOSTS = ("external.dhl.es", "servicios.apipre.seur.io")


class RealCarrierCase(CarrierCase):
    values = {}
    ships_at = ""

    def setUp(self):
        super().setUp()
        self.server = CarrierServer()
        self.addCleanup(self.server.stop)
        self.patch(requests.Session, "request", self.server.redirect(HOSTS))
        self.carrier = self.make_carrier(debug_logging=True, **self.values)
        self.picking.carrier_id = self.carrier
        self.picking.number_of_packages = 1
        self.before = (
            self.env["ir.logging"].search([], order="id desc", limit=1).id or 0
        )

    def get_request(self):
        """What the carrier was sent when the parcel was announced."""
        bodies = [
            body for path, body in self.server.received if path.endswith(self.ships_at)
        ]
        return json.loads(bodies[-1])

    def ship(self):
        with self.assertLogs(level="DEBUG") as logs:
            self.validate()
        self.logs = "\n".join(logs.output)

    def get_labels(self):
        return self.env["ir.attachment"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "=", self.picking.id)]
        )

    def assert_kept_nothing(self):
        for secret in self.SECRETS:
            self.assertNotIn(secret, self.logs)
        rows = self.env["ir.logging"].search([("id", ">", self.before)])
        self.assertTrue(rows)
        for message in rows.mapped("message"):
            self.assertIn("Left out", message)
        self.assert_nothing_leaked()

    def assert_sealed(self):
        label = self.get_labels()
        self.assertEqual(len(label), 1)
        self.assertTrue(label.url.startswith(ROUTE))
        self.assertFalse(label.raw or label.index_content)
        file = self.env["amazon.sealed.file"].sudo().search([])
        self.assertNotIn(b"Umbrellastrasse", file.content)
        self.assertIn(b"Umbrellastrasse 5", open_file(file))

    def check_shipping(self):
        """S112: the request has the address; nothing in Odoo has it."""
        self.ship()
        self.assertEqual(self.picking.carrier_tracking_ref, "0800000001")
        self.assertEqual(self.logged().kind, "carrier")
        self.assert_kept_nothing()
        self.assert_sealed()

    def check_paying_once(self):
        """S112: the delivery is rolled back, and validated again."""
        self.keep_purchases_apart()
        self.fail()
        self.ship()
        self.assertEqual(self.server.bought, 1)
        self.assertEqual(self.picking.carrier_tracking_ref, "0800000001")
        self.assert_sealed()
        self.assert_nothing_leaked()

    def check_refusal(self):
        """S112: what the carrier says, without the address."""
        self.server.fail = self.refuse_parcel
        with (
            self.assertLogs(level="DEBUG") as logs,
            self.assertRaises(UserError) as refused,
        ):
            self.validate()
        self.logs = "\n".join(logs.output)
        message = str(refused.exception)
        self.assertIn("no depot in ***", message)
        for secret in self.SECRETS:
            self.assertNotIn(secret, message)
            self.assertNotIn(secret, self.logs)


@tagged("post_install", "-at_install", "-standard", "amazon_carriers")
class TestDhlParcel(RealCarrierCase):
    """OCA's `delivery_dhl_parcel`."""

    ships_at = "customer/shipment"
    values = {
        "delivery_type": "dhl_parcel",
        "dhl_parcel_customer_code": "001",
        "dhl_parcel_uid": "u",
        "dhl_parcel_password": "p",
    }

    def refuse_parcel(self, body):
        receiver = json.loads(body)["Receiver"]
        return {"Message": f"no depot in {receiver['City']} for {receiver['Name']}"}

    def test_a_parcel(self):
        """S112."""
        self.check_shipping()
        receiver = self.get_request()["Receiver"]
        self.assertIn("Zephyrine Quixotley", receiver["Name"])
        self.assertEqual(receiver["Address"], "Umbrellastrasse 5")
        self.assertEqual(receiver["City"], "Xanadupur")
        self.assertEqual(receiver["PostalCode"], "987654")
        self.assertEqual(receiver["Phone"], "+919845055555")
        self.assertEqual(receiver["Email"], "zephyrine@marketplace.example")

    def test_a_label_that_is_fetched_again(self):
        """S112: by the button of the carrier's addon."""
        self.ship()
        self.picking.dhl_parcel_get_label()
        self.assertEqual(self.server.bought, 1)
        labels = self.get_labels()
        self.assertEqual(len(labels), 2)
        self.assertEqual(set(labels.mapped("type")), {"url"})
        self.assert_nothing_leaked()

    def test_a_refusal(self):
        """S112."""
        self.check_refusal()

    def test_a_parcel_is_paid_once(self):
        """S112."""
        self.check_paying_once()


@tagged("post_install", "-at_install", "-standard", "amazon_carriers")
class TestSeurAtlas(RealCarrierCase):
    """OCA's `delivery_seur_atlas`."""

    ships_at = "v1/shipments"
    values = {
        "delivery_type": "seur_atlas",
        "seur_atlas_vat": "B1",
        "seur_atlas_account_code": "1-2",
        "seur_atlas_username": "u",
        "seur_atlas_password": "p",
        "seur_atlas_secret": "s",
        "seur_atlas_client": "c",
        "seur_atlas_service_code": "1",
        "seur_atlas_product_code": "2",
    }

    def refuse_parcel(self, body):
        receiver = json.loads(body)["receiver"]
        detail = f"no depot in {receiver['address']['cityName']} {receiver['name']}"
        return {"errors": [{"title": "Bad", "status": 400, "detail": detail}]}

    def test_a_parcel(self):
        """S112."""
        self.check_shipping()
        receiver = self.get_request()["receiver"]
        self.assertIn("Zephyrine Quixotley", receiver["name"])
        self.assertEqual(receiver["address"]["streetName"], "Umbrellastrasse 5")
        self.assertEqual(receiver["address"]["cityName"], "Xanadupur")
        self.assertEqual(receiver["address"]["postalCode"], "987654")
        self.assertEqual(receiver["phone"], "+919845055555")

    def test_a_refusal(self):
        """S112."""
        self.check_refusal()

    def test_a_parcel_is_paid_once(self):
        """S112."""
        self.check_paying_once()
