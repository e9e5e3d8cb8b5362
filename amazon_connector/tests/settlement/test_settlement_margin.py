# SPDX-License-Identifier: LGPL-3.0-or-later
import json

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .booking_common import BookingCase, number
from .settlement_common import (
    facilitator_row,
    fee_row,
    other_row,
    refund_row,
    row,
    sale_row,
)


@tagged("post_install", "-at_install")
class TestSettlementMargin(BookingCase):
    """What sales bring after Amazon's fees and the goods' cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.standard_price = 20.0

    def sums(self, *by, domain=()):
        measures = ("units", "revenue", "fees", "other_income", "cost", "margin")
        groups = self.env["amazon.settlement.margin"]._read_group(
            domain, by, [f"{name}:sum" for name in measures]
        )
        size = len(by)
        return {
            group[:size]: dict(
                zip(
                    measures,
                    (round(value or 0, 2) for value in group[size:]),
                    strict=True,
                )
            )
            for group in groups
        }

    def sell(self):
        """Three units for 99.99, of which 15.26 are tax; delivered at 20.00 each."""
        sale = self.order(1)
        item = sale.amazon_order_id.line_ids.order_item_id
        return sale, {"order_item_code": item, "sku": "SKU-A"}

    def test_margin_of_a_product(self):
        sale, cells = self.sell()
        self.assertEqual(sale.amount_untaxed, 84.73)
        self.product.standard_price = 50.0
        self.settle(
            sale_row("84.73", quantity_purchased="3", **cells),
            sale_row("15.26", "Tax", **cells),
            fee_row("-12.00", **cells),
            row("-0.50", "Order", "ItemTCS", "TCS-IGST", number(1), **cells),
            facilitator_row("-1.00", **cells),
            other_row("-5.00", "Current Reserve Amount"),
        )
        [(key, sums)] = self.sums("product_id", "channel_id", "date:month").items()
        self.assertEqual(key[:2], (self.product, self.channel))
        self.assertEqual(
            sums,
            {
                "units": 3,
                "revenue": 84.73,
                "fees": -12.0,
                "other_income": 0.0,
                "cost": -60.0,
                "margin": 12.73,
            },
            "without tax, at the cost of the day it was delivered",
        )

    def test_refund_and_reimbursement(self):
        _sale, cells = self.sell()
        self.settle(
            sale_row("99.99", quantity_purchased="3", **cells),
            refund_row("-33.33", **cells),
            row("11.40", "other-transaction", "FBA Inventory Reimbursement", "LOST"),
        )
        [sums] = self.sums().values()
        self.assertAlmostEqual(sums["revenue"], round(66.66 * 84.73 / 99.99, 2), 2)
        self.assertEqual((sums["other_income"], sums["units"]), (11.4, 3))

    def test_nothing_was_delivered(self):
        """An order that is not in Odoo: its amounts, at the product's cost of today."""
        listing = {"sku": "SKU-A", "marketplace_name": "Amazon.in"}
        self.sell()
        self.settle(
            sale_row("50.00", order=number(7), quantity_purchased="2", **listing)
        )
        [sums] = self.sums().values()
        self.assertEqual((sums["revenue"], sums["cost"]), (50.0, -40.0))

    def test_foreign_currency(self):
        """Amounts are the company's, by the rate of the day."""
        foreign = self.env.ref("base.CHF")
        foreign.active = True
        foreign.rate_ids = [
            Command.clear(),
            Command.create({"name": "2026-01-01", "rate": 0.5}),
            Command.create({"name": "2026-07-03", "rate": 0.1}),
        ]
        self.settle(fee_row("-3.00"), currency="CHF")
        [sums] = self.sums().values()
        self.assertEqual(sums["fees"], -6.0)

    def test_who_may_look(self):
        self.settle(fee_row("-3.00"))
        Margin = self.env["amazon.settlement.margin"]
        for groups, may in (
            ("account.group_account_invoice", True),
            ("account.group_account_readonly", True),
            ("amazon_connector.group_manager", True),
            ("amazon_connector.group_user", False),
        ):
            user = new_test_user(self.env, f"m_{groups[-9:]}", groups)
            if may:
                self.assertEqual(len(Margin.with_user(user).search([])), 1)
            else:
                with self.assertRaises(AccessError):
                    Margin.with_user(user).search([])
        company = self.env["res.company"].create({"name": "Second"})
        user = new_test_user(
            self.env,
            "m_second",
            "account.group_account_invoice",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(Margin.with_user(user).search([]))

    def test_account_of_a_settlement(self):
        """It is a link for those alone who may follow it."""
        accountant = "account.group_account_invoice"
        for groups, is_link in (
            (accountant, False),
            (f"{accountant},amazon_connector.group_user", True),
        ):
            user = new_test_user(self.env, f"link_{is_link}", groups)
            settlements = self.env["amazon.settlement"].with_user(user)
            arch = etree.fromstring(settlements.get_view(view_type="form")["arch"])
            (node,) = arch.xpath("//field[@name='account_id']")
            self.assertEqual("no_open" not in node.get("options", ""), is_link)

    def test_fees_as_bars(self):
        """The page shows fees by kind, the largest first, with the tax on them."""
        settlement = self.settle(
            sale_row("100.00"),
            fee_row("-12.00"),
            row("-20.00", "FBAFees", "FBA Inventory Storage Fee", "Base fee"),
            row("-3.60", "FBAFees", "FBA Inventory Storage Fee", "Tax on fee"),
        )
        [series] = json.loads(settlement.fee_graph)
        bars = [(bar["label"], bar["value"]) for bar in series["values"]]
        self.assertEqual(bars, [("Storage", 23.6), ("Commission", 12.0)])
        self.assertIn("36 %", series["text"])
        self.assertFalse(self.settle(sale_row("1.00"), number="2").fee_graph)

    def test_what_amazon_still_owes(self):
        """Shipped since the first settlement, and in none of them."""
        self.settle(sale_row("10.00", order=number(9)), start="2026-01-01")
        self.assertFalse(self.account.settlement_owed)
        shipped = [self.order(1), self.order(2)]
        for sale in shipped:
            sale.amazon_order_id.fulfillment_status = "SHIPPED"
        owed = self.env["amazon.order"].search(self.account._get_owed_domain())
        self.assertEqual(owed, shipped[0].amazon_order_id | shipped[1].amazon_order_id)
        self.account.invalidate_recordset()
        self.assertIn("199.98", self.account.settlement_owed)
        action = self.account.action_open_owed()
        self.assertEqual(self.env["amazon.order"].search(action["domain"]), owed)
        self.settle(sale_row("99.99"), number="2")
        self.account.invalidate_recordset()
        self.assertIn("99.99", self.account.settlement_owed)
        self.assertNotIn("199.98", self.account.settlement_owed)
