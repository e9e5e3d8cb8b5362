# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import Command
from odoo.tests import new_test_user, tagged

from ..common import AMERICA, CANADA, AmazonCase, address_json, item_json, order_json


@tagged("post_install", "-at_install")
class TestTaxReport(AmazonCase):
    """What kinds of tax Amazon's one amount is made of."""

    region = "na"
    marketplaces = ("ca", "us")

    def sell(self, number, state, *items, marketplace=CANADA, country="CA"):
        """An order to a province; each item is ``(net, tax)`` or its JSON."""
        currency = "CAD" if marketplace == CANADA else "USD"
        address = address_json(
            stateOrRegion=state, countryCode=country, postalCode="H2X 1Y4"
        )
        items = [
            item
            if isinstance(item, dict)
            else item_json(
                price=item[0],
                tax=item[1],
                total=f"{float(item[0]) + float(item[1]):.2f}",
                currency=currency,
                number=str(place),
            )
            for place, item in enumerate(items)
        ]
        order = order_json(
            number,
            items,
            marketplace=marketplace,
            currency=currency,
            recipient={"deliveryAddress": address},
        )
        return self.receive(order)

    def told(self, order):
        """``{kind: amount}`` of one order's tax that the seller collects."""
        self.env.flush_all()
        rows = self.env["amazon.tax.report"].search([("order_id", "=", order.id)])
        return {row.kind: row.amount for row in rows if row.collected_by == "seller"}

    def test_provinces(self):
        """S114: GST, HST, PST and QST of an order, by its province."""
        cases = {
            "AB": (("100.00", "5.00"), {"gst": 5.0}),
            "ON": (("100.00", "13.00"), {"hst": 13.0}),
            "NS": (("100.00", "14.00"), {"hst": 14.0}),
            "BC": (("9.99", "1.20"), {"gst": 0.5, "pst": 0.7}),
            "SK": (("100.00", "11.00"), {"gst": 5.0, "pst": 6.0}),
            "MB": (("100.00", "12.00"), {"gst": 5.0, "pst": 7.0}),
            "QC": (("19.99", "2.99"), {"gst": 1.0, "qst": 1.99}),
        }
        for number, (state, (item, kinds)) in enumerate(cases.items(), 1):
            with self.subTest(state):
                order = self.sell(number, state, item)
                self.assertEqual(order.state, "applied")
                told = self.told(order)
                self.assertEqual(told, kinds)
                self.assertAlmostEqual(sum(told.values()), float(item[1]), 2)

    def test_one_of_two_taxes(self):
        """S114: books bear GST alone; a line decides, not the order."""
        order = self.sell(
            1, "BC", ("100.00", "5.00"), ("50.00", "3.50"), ("10.00", "1.20")
        )
        self.assertEqual(self.told(order), {"gst": 5.5, "pst": 4.2})

    def test_a_period(self):
        """S114: a month's sums are those of its orders; cancelled ones are none."""
        first = self.sell(1, "QC", ("100.00", "14.98"))
        second = self.sell(2, "ON", ("100.00", "13.00"))
        gone = self.sell(3, "QC", ("100.00", "14.98"))
        gone.sale_order_id.with_context(disable_cancel_warning=True)._action_cancel()
        (first | second).sale_order_id.date_order = "2026-10-31 12:00:00"
        self.env.flush_all()
        groups = self.env["amazon.tax.report"]._read_group(
            [("channel_id", "=", self.channel.id)],
            ["date:month", "kind"],
            ["amount:sum"],
        )
        self.assertEqual(
            {(f"{day:%Y-%m}", kind): amount for day, kind, amount in groups},
            {
                ("2026-10", "gst"): 5.0,
                ("2026-10", "qst"): 9.98,
                ("2026-10", "hst"): 13.0,
            },
        )

    def test_without_a_province(self):
        """Tax that cannot be told apart is not guessed, and not left out."""
        order = self.sell(1, "BC", ("100.00", "12.00"))
        order.sale_order_id.partner_shipping_id.state_id = False
        self.assertEqual(self.told(order), {"unknown": 12.0})

    def test_facilitator(self):
        """What Amazon collects itself stands apart from the seller's tax."""
        item = item_json(price="119.00", tax="19.00", total="100.00", currency="USD")
        item["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}
        order = self.sell(1, "WA", item, marketplace=AMERICA, country="US")
        order.sudo().withheld_tax = 19.0
        self.assertEqual(self.told(order), {})
        row = self.env["amazon.tax.report"].search([("order_id", "=", order.id)])
        self.assertEqual(
            (row.kind, row.collected_by, row.amount), ("sales_tax", "amazon", 19.0)
        )

    def test_other_companies(self):
        """Users see the tax of their companies alone."""
        self.sell(1, "ON", ("100.00", "13.00"))
        self.env.flush_all()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        groups = "amazon_connector.group_user"
        user = new_test_user(self.env, "here", groups)
        stranger = new_test_user(
            self.env,
            "there",
            groups,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        report = self.env["amazon.tax.report"]
        self.assertTrue(report.with_user(user).search([]))
        self.assertFalse(report.with_user(stranger).search([]))
