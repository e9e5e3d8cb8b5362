# SPDX-License-Identifier: LGPL-3.0-or-later
"""A backup that is restored after its buyers' data should have been deleted."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ...models.order.reveal import read_buyer, read_contacts
from ..carrier.carrier_common import CarrierCase
from ..security.reveal_common import SLIP, PrintMixin, RevealMixin
from .redaction_common import RedactionCase


@tagged("post_install", "-at_install")
class TestRestoredBackup(PrintMixin, RevealMixin, RedactionCase, HttpCase):
    """S106, S174: what is due is gone for everybody, before anything has deleted it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_deliveries()

    def close(self, days):
        """The order was closed so many days ago, and nothing ran since."""
        self.order.closed_on = fields.Datetime.now() - timedelta(days=days)
        self.env.flush_all()

    def test_nobody_sees_what_is_due(self):
        self.close(27)
        self.assertTrue(read_buyer(self.order))
        self.close(35)
        self.assertTrue(self.sealed(self.order))
        self.assertEqual(read_contacts(self.order)[0], {})
        self.assertEqual(read_buyer(self.order), [])
        self.assert_hidden(self.print_as("stock.group_stock_user"))
        groups = "amazon_connector.group_buyer_data"
        self.assertIn('"result": []', self.ask_as(groups))
        self.redact()
        self.assertFalse(self.sealed(self.order))
        self.assertIn("REDACTED", self.print_as("stock.group_stock_user", SLIP).text)

    def test_open_orders_too(self):
        """Those that nobody will ship any more, counted as their deletion counts."""
        self.assertTrue(read_buyer(self.order))
        with freeze_time(fields.Datetime.now() + timedelta(days=60)):
            self.assertEqual(read_buyer(self.order), [])
            due = self.env["amazon.order"]._claim_due(self.account, 0, 10)
            self.assertEqual(due, self.order)

    def test_the_deletion_comes_first(self):
        """Of all scheduled actions that wait when Odoo starts."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_cron SET nextcall = now() - interval '40 days', active = true"
        )
        jobs = self.env["ir.cron"]._get_all_ready_jobs(self.env.cr)
        self.assertGreater(len(jobs), 5)
        first = self.env.ref("amazon_connector.ir_cron_redact")
        self.assertEqual(jobs[0]["id"], first.id)


@tagged("post_install", "-at_install")
class TestCarriersOfBackups(CarrierCase):
    """S106, S112"""

    def test_carriers_do_not_get_what_is_due(self):
        self.order.closed_on = fields.Datetime.now() - timedelta(days=35)
        with self.assertRaisesRegex(UserError, "due for deletion"):
            self.carrier.send_shipping(self.picking)
        self.assertFalse(self.carrier.rate_shipment(self.sale)["success"])
        self.assertFalse(self.sent)
