# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields
from odoo.tests import tagged

from ..stock.stock_common import StockCase


@tagged("post_install", "-at_install")
class TestStockReport(StockCase):
    """Where Amazon and Odoo count differently."""

    def drifts(self):
        self.env.flush_all()
        rows = self.env["amazon.stock.report"].search(
            [("account_id", "=", self.account.id), ("differs", "=", 1)]
        )
        return {(row.kind, row.product_id): row.drift for row in rows}

    def test_own_stock_and_stock_at_amazon(self):
        """Both say what Amazon has more than Odoo; what is unknown is no difference."""
        level, unknown = self.compute(self.listing, self.other_listing)
        (level | unknown).write({"confirmed_at": False, "quantity": 5})
        level.write({"confirmed_at": fields.Datetime.now(), "confirmed_quantity": 7})
        self.assertEqual(self.drifts(), {("merchant", self.product): 2})
        self.env["amazon.fba.stock"].sudo().create(
            {
                "account_id": self.account.id,
                "product_id": self.other_product.id,
                "amazon_quantity": 3,
                "odoo_quantity": 4,
                "difference": -1,
            }
        )
        self.assertEqual(
            self.drifts(),
            {("merchant", self.product): 2, ("fba", self.other_product): -1},
        )
        level.confirmed_quantity = 5
        self.assertEqual(self.drifts(), {("fba", self.other_product): -1})

    def test_agrees_with_the_screen_of_quantities(self):
        """A level differs here if and only if its own filter finds it."""
        levels = self.compute(self.listing, self.other_listing)
        levels[0].write(
            {
                "confirmed_at": fields.Datetime.now(),
                "confirmed_quantity": levels[0].quantity + 1,
            }
        )
        self.env.flush_all()
        found = self.env["amazon.stock.level"].search(
            [("id", "in", levels.ids), ("difference", "!=", 0)]
        )
        drifts = self.drifts()
        self.assertEqual({product for _kind, product in drifts}, set(found.product_id))
        self.assertEqual(drifts["merchant", self.product], -found.difference)
