# SPDX-License-Identifier: LGPL-3.0-or-later
"""The set-up's button that switches on the usual GST taxes."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .gst_common import GstCase


@tagged("post_install", "-at_install")
class TestGstSetup(GstCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "gst_manager", "amazon_connector.group_manager"
        )
        Setup = cls.env["amazon.onboarding"].with_user(cls.manager)
        cls.setup = Setup.create({"step": "done", "account_id": cls.account.id})

    def press(self, user=None):
        setup = self.setup.with_user(user or self.manager)
        return setup.action_switch_on_gst()["params"]["message"]

    def find(self, name):
        return self.company._get_chart_record(name)

    def test_the_usual_taxes_are_switched_on(self):
        self.assertFalse(self.find("igst_sale_18").active)
        chosen = self.env["account.tax"].create(
            {"name": "Chosen", "amount": 3, "company_id": self.company.id}
        )
        self.company.account_sale_tax_id = chosen
        setup = self.setup.with_user(self.manager)
        self.assertEqual((setup.shows_gst, setup.has_gst), (True, False))
        told = self.press()
        self.assertIn("Registered Under GST", told)
        self.assertIn("18% IGST S", told)
        self.assertIn("GSTIN", told, "the company has none yet")
        for name in ("igst_sale_5", "sgst_sale_40", "sgst_purchase_18"):
            tax = self.find(name)
            self.assertTrue(tax.active, name)
            self.assertTrue(all(tax.children_tax_ids.mapped("active")), name)
        self.assertEqual(len(self.find("sgst_sale_18").children_tax_ids), 2)
        self.assertEqual(self.company.account_sale_tax_id, chosen)
        setup.invalidate_recordset()
        self.assertTrue(setup.has_gst)

    def test_again_does_what_is_left(self):
        self.press()
        self.find("igst_sale_18").active = False
        count = self.env["account.tax"].search_count([])
        told = self.press()
        self.assertIn("Switched on: 18% IGST S.", told)
        self.assertIn("already", self.press())
        self.assertEqual(self.env["account.tax"].search_count([]), count + 1)

    def test_for_managers_alone(self):
        user = new_test_user(self.env, "gst_user", "amazon_connector.group_user")
        with self.assertRaises(AccessError):
            self.press(user)

    def test_for_indian_companies_alone(self):
        abroad = self.env.ref("base.us")
        self.company.write({"account_fiscal_country_id": abroad.id})
        self.assertFalse(self.setup.with_user(self.manager).shows_gst)
        with self.assertRaisesRegex(UserError, "fiscal country is India"):
            self.press()

    def test_before_an_account_is_there(self):
        """The prerequisites ask for a sales tax that is switched on."""
        setup = self.setup.with_user(self.manager).create(
            {"company_id": self.company.id, "region": "eu"}
        )
        self.assertTrue(setup.shows_gst)
        self.assertEqual(self.company._judge_amazon_taxes()[0], "block")
        setup.action_switch_on_gst()
        self.assertEqual(self.company._judge_amazon_taxes()[0], "ok")

    def test_the_line_is_in_the_checklist(self):
        arch = self.setup.with_user(self.manager).get_view(view_type="form")["arch"]
        self.assertEqual(arch.count('name="action_switch_on_gst"'), 2)


@tagged("post_install", "-at_install")
class TestGstSetupWithoutChart(GstCase):
    chart = False

    def test_it_says_what_is_missing(self):
        setup = self.env["amazon.onboarding"].create(
            {"step": "done", "account_id": self.account.id}
        )
        with self.assertRaisesRegex(UserError, "Indian chart of accounts"):
            setup.action_switch_on_gst()
