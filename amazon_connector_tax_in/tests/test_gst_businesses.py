# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from .gst_common import GstCase, taxed, to
from .gst_table import make_gstin

KERALA = "32AAACI1681G1ZY"
"""A number of the right form whose state is Kerala."""


@tagged("post_install", "-at_install")
class TestGstBusinesses(GstCase):
    """Buyers with a GSTIN."""

    def buy(self, number, gstin=None, kind="BUSINESS", buyer="asha"):
        order = to("Kerala", "695001", number, items=taxed(), buyer=buyer)
        if gstin:
            order["tax"] = {
                "taxRegistrations": [
                    {
                        "entityType": "BUYER",
                        "taxRegistrationType": kind,
                        "taxRegistrationNumber": gstin,
                    }
                ]
            }
        return self.receive(order).sale_order_id

    def test_registered_business(self):
        """S83: treatment and GSTIN on contact and invoice."""
        sale = self.buy(1, KERALA)
        buyer = sale.partner_id
        self.assertEqual(buyer.l10n_in_gst_treatment, "regular")
        self.assertEqual(buyer.vat, KERALA)
        invoice = sale._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.l10n_in_gst_treatment, "regular")
        self.assertEqual(invoice.commercial_partner_id.vat, KERALA)

    def test_spellings_and_types(self):
        """S83: lower case, blanks, and whatever type Amazon gives."""
        for number, (spelling, kind) in enumerate(
            [
                (KERALA.lower(), "BUSINESS"),
                (f" {KERALA[:2]} {KERALA[2:]} ", "VAT"),
                (KERALA, "GST"),
            ],
            1,
        ):
            sale = self.buy(number, spelling, kind, buyer=f"buyer{number}")
            self.assertEqual(sale.partner_id.vat, KERALA)

    def test_wrong_number_is_a_consumer(self):
        sale = self.buy(1, f"{KERALA[:-1]}B")
        self.assertEqual(sale.state, "sale")
        self.assertEqual(sale.partner_id.l10n_in_gst_treatment, "consumer")
        self.assertFalse(sale.partner_id.vat)
        self.assertEqual(sale.partner_id.amazon_customer_ids.tax_check, "doubtful")
        notes = " ".join(sale.message_ids.mapped("body"))
        self.assertIn("not a valid GSTIN", notes)
        self.assertNotIn(KERALA[2:12], notes)

    def test_right_number_has_no_note(self):
        for sale in (self.buy(1, KERALA), self.buy(2)):
            self.assertNotIn("GSTIN", " ".join(sale.message_ids.mapped("body")))

    def test_gstin_of_another_state_is_warned_of(self):
        """S83: bill-to and ship-to may differ; the tax follows the delivery."""
        partners = [
            self.buy(number, gstin, buyer=f"buyer{number}").partner_id
            for number, gstin in enumerate((KERALA, make_gstin("29")))
        ]
        warnings = [bool(one.l10n_in_gst_state_warning) for one in partners]
        self.assertEqual(warnings, [False, True])
        self.assertEqual({one.l10n_in_gst_treatment for one in partners}, {"regular"})

    def test_business_and_private_are_two_contacts(self):
        first, private, again = (
            self.buy(1, KERALA),
            self.buy(2),
            self.buy(3, KERALA),
        )
        self.assertEqual(first.partner_id, again.partner_id)
        self.assertNotEqual(first.partner_id, private.partner_id)
        self.assertFalse(private.partner_id.vat)
        self.assertEqual(private.partner_id.l10n_in_gst_treatment, "consumer")

    def test_choice_by_hand_stays(self):
        buyer = self.buy(1, KERALA).partner_id
        buyer.l10n_in_gst_treatment = "special_economic_zone"
        again = self.buy(2, KERALA).partner_id
        self.assertEqual(again, buyer)
        self.assertEqual(buyer.l10n_in_gst_treatment, "special_economic_zone")
