# SPDX-License-Identifier: LGPL-3.0-or-later
"""Business buyers: company name and tax registrations, encrypted like all the rest.

What may be shown is only that a buyer is a business, and whether its tax numbers look
right. A number that looks wrong stops nothing: Amazon has sold to that buyer already.
"""

from odoo import api, fields, models

from ...sp_api import country_code
from ...tools.tax_numbers import check_tax_number
from .personal import open_customer, seal_customer


class AmazonCustomer(models.Model):
    _inherit = "amazon.customer"

    is_business = fields.Boolean("Business", readonly=True)
    tax_check = fields.Selection(
        [
            ("valid", "Looks right"),
            ("doubtful", "Looks wrong"),
            ("unknown", "Not checked"),
        ],
        "Tax Numbers",
        readonly=True,
        help="Whether the buyer's tax registrations have the form of their country.",
    )

    @api.model
    def _keep_businesses(self, buyers, contacts):
        """Keep what business buyers tell about themselves.

        :param contacts: ``(partner, delivery partner)`` of each buyer
        """
        businesses = {
            partner.id: buyer
            for (partner, _delivery), buyer in zip(contacts, buyers, strict=True)
            if buyer.is_business and not buyer.is_anonymous
        }
        if businesses:
            self.sudo()._store_businesses(businesses)

    @api.model
    def _store_businesses(self, businesses):
        """Complete customers with company names and registrations.

        :param businesses: ``{partner id: Buyer}``, the last order's buyer
        """
        customers = self.search(
            [("partner_id", "in", list(businesses)), ("parent_id", "=", False)]
        )
        for customer in customers:
            buyer = businesses[customer.partner_id.id]
            stored = open_customer(customer)
            personal = {
                **stored,
                "buyer": {**stored.get("buyer", {}), **buyer.personal["buyer"]},
                "tax": buyer.registrations or stored.get("tax", []),
            }
            if personal != stored:
                customer.ciphertext = seal_customer(
                    customer.company_id, customer.number, personal
                )
            vals = {"is_business": True}
            if buyer.registrations:
                vals["tax_check"] = _check_registrations(buyer)
            changed = {k: v for k, v in vals.items() if customer[k] != v}
            if changed:
                customer.write(changed)
            if not customer.partner_id.is_company:
                customer.partner_id.is_company = True


def _check_registrations(buyer):
    checks = {
        check_tax_number(
            registration["taxRegistrationNumber"],
            registration.get("taxRegistrationType"),
            country_code(
                registration.get("taxRegistrationAddress", {}).get("countryCode")
            )
            or buyer.country.code,
        )
        for registration in buyer.registrations
    }
    if False in checks:
        return "doubtful"
    return "valid" if True in checks else "unknown"
