# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.tests import tagged

from ...models.order.personal import open_customer
from ...tools.tax_numbers import check_tax_number
from ..common import AmazonCase, order_json

GSTIN = "27AAPFU0939F1ZV"


def registration(number=GSTIN, kind="BUSINESS", country="IN", entity="BUYER"):
    return {
        "entityType": entity,
        "legalName": "Hidden Traders LLP",
        "taxRegistrationType": kind,
        "taxRegistrationNumber": number,
        "taxRegistrationAddress": {
            "companyName": "Hidden Traders LLP",
            "addressLine1": "1 Hidden Road",
            "countryCode": country,
        },
    }


def business_order(number=1, *registrations, buyer="asha", **parts):
    order = order_json(number, buyer=buyer, programs=["AMAZON_BUSINESS"])
    order["buyer"] = {
        **order.get("buyer", {}),
        "buyerPurchaseOrderNumber": "PO-77",
        **parts,
    }
    if registrations:
        order["tax"] = {"taxRegistrations": list(registrations)}
    return order


@tagged("post_install", "-at_install")
class TestBusinessCustomer(AmazonCase):
    """Companies that buy: kept with the customer, encrypted, and stopping nothing."""

    def buy(self, *args, **kwargs):
        return self.receive(business_order(*args, **kwargs))

    def personal(self, customer):
        return open_customer(customer)

    def test_company_name_and_registration_are_encrypted(self):
        order = self.buy(1, registration(), buyerCompanyName="Hidden Traders LLP")
        partner = order.sale_order_id.partner_id
        customer = partner.amazon_customer_ids
        self.assertEqual((order.state, order.sale_order_id.state), ("applied", "sale"))
        self.assertTrue(customer.is_business and partner.is_company)
        self.assertEqual(customer.tax_check, "valid")
        self.assertEqual(partner.name, "Amazon IN - Customer")
        self.assertFalse(partner.vat)
        stored = self.personal(customer)
        self.assertEqual(stored["buyer"]["company"], "Hidden Traders LLP")
        self.assertEqual(stored["tax"][0]["taxRegistrationNumber"], GSTIN)
        self.assertEqual(order.sale_order_id.client_order_ref, "PO-77")

    def test_number_that_looks_wrong_stops_nothing(self):
        order = self.buy(1, registration("27AAPFU0939F1ZZ"))
        self.assertEqual((order.state, order.sale_order_id.state), ("applied", "sale"))
        customer = order.sale_order_id.partner_id.amazon_customer_ids
        self.assertEqual(customer.tax_check, "doubtful")

    def test_registration_comes_with_a_later_order(self):
        first = self.receive(order_json(1)).sale_order_id.partner_id
        self.assertFalse(first.is_company)
        second = self.buy(2, registration()).sale_order_id.partner_id
        self.assertEqual(second, first)
        self.assertEqual(first.amazon_customer_ids.tax_check, "valid")
        self.assertTrue(first.is_company)
        third = self.receive(order_json(3)).sale_order_id.partner_id
        self.assertEqual(
            self.personal(third.amazon_customer_ids)["tax"][0]["entityType"], "BUYER"
        )

    def test_others_registrations_are_not_the_buyers(self):
        order = self.buy(1, registration(entity="MERCHANT"))
        customer = order.sale_order_id.partner_id.amazon_customer_ids
        self.assertFalse(customer.is_business or customer.tax_check)

    def test_buyer_known_by_the_registration_alone(self):
        """With the tax role only, there is neither e-mail nor address."""
        first = self.buy(1, registration(), buyer=None).sale_order_id.partner_id
        other = self.buy(2, registration("29AAGCB7383J1Z4"), buyer=None)
        again = self.buy(3, registration(), buyer=None).sale_order_id.partner_id
        self.assertEqual(first, again)
        self.assertNotEqual(first, other.sale_order_id.partner_id)
        self.assertFalse(first.amazon_customer_ids.anonymous_key)

    def test_forms_of_tax_numbers(self):
        for number, kind, country, expected in (
            (GSTIN, "BUSINESS", "IN", True),
            ("38AAPFU0939F1ZS", "BUSINESS", "IN", True),
            ("38AAPFU0939F1ZT", "BUSINESS", "IN", False),
            ("39AAPFU0939F1ZQ", "BUSINESS", "IN", False),
            ("DE 136 695 976", "VAT", "DE", True),
            ("DE136695977", "VAT", "DE", False),
            ("16.727.230/0001-97", "CNPJ", "BR", True),
            ("390.533.447-05", "CPF", None, True),
            ("TR4540536920", "BUSINESS", "TR", True),
            ("12345", "VAT", "US", None),
            ("12345", "NEW_KIND", None, None),
        ):
            with self.subTest(number=number, kind=kind):
                self.assertIs(check_tax_number(number, kind, country), expected)
