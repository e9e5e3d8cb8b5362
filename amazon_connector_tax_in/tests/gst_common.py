# SPDX-License-Identifier: LGPL-3.0-or-later
"""An Indian company that sells on Amazon.in."""

from odoo.addons.amazon_connector.tests.common import (
    AmazonCase,
    address_json,
    item_json,
    order_json,
)


def to(state, pin=None, number=1, country="IN", items=None, buyer="asha"):
    """An order to this state; without ``pin`` its address has no postal code."""
    address = address_json(buyer, stateOrRegion=state, countryCode=country)
    if pin:
        address["postalCode"] = pin
    else:
        address.pop("postalCode", None)
    if state is None:
        address.pop("stateOrRegion")
    return order_json(
        number, buyer=buyer, recipient={"deliveryAddress": address}, items=items
    )


def taxed(tax="18.01", price="118.01"):
    return [item_json(price=price, tax=tax)]


class GstCase(AmazonCase):
    seller_state = "MH"
    chart = True
    has_taxes = False
    gst_taxes = "stated"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "country_id": cls.env.ref("base.in").id,
                "state_id": cls.find_state(cls.seller_state).id,
                "account_fiscal_country_id": cls.env.ref("base.in").id,
            }
        )
        if cls.chart:
            cls.env["account.chart.template"].try_loading(
                "in", company=cls.company, install_demo=False
            )
        cls.channel.write({"tax_source": "amazon", "gst_taxes": cls.gst_taxes})
        cls.company._get_amazon_taxes()

    @classmethod
    def find_state(cls, code):
        return cls.env["res.country.state"].search(
            [("country_id.code", "=", "IN"), ("code", "=", code)]
        )

    def move_seller(self, code):
        """The company and its warehouse stand in another state from now on."""
        state = self.find_state(code)
        self.company.state_id = state
        self.channel._get_warehouse().partner_id.state_id = state

    def get_gst(self, record):
        """``{role: tax amount}`` of a sales order or invoice, in paise."""
        amounts = {}
        for tax, amount in self.get_tax_amounts(record):
            role = tax.amazon_role
            amounts[role] = amounts.get(role, 0) + round(amount * 100)
        return {role: amount for role, amount in amounts.items() if amount}

    def get_tax_amounts(self, record):
        """``(tax, amount)`` of a sales order's lines, or of an invoice's tax lines."""
        if record._name == "account.move":
            lines = record.line_ids.filtered("tax_line_id")
            return [(one.tax_line_id, abs(one.amount_currency)) for one in lines]
        Tax = self.env["account.tax"]
        lines = [
            line._prepare_base_line_for_taxes_computation()
            for line in record.order_line
        ]
        Tax._add_tax_details_in_base_lines(lines, record.company_id)
        Tax._round_base_lines_tax_details(lines, record.company_id)
        return [
            (part["tax"], part["tax_amount_currency"])
            for line in lines
            for part in line["tax_details"]["taxes_data"]
        ]
