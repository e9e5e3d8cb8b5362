# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's own example orders, read from Amazon's model of the Orders API.

The model is not part of the repository: ``SP_API_MODELS`` names its folder.
"""

import json
import os
import unittest
from decimal import Decimal
from pathlib import Path

from odoo import fields
from odoo.tests import tagged

from ..common import AmazonCase

MODEL = "orders_2026-01-01.json"
ROOT = Path(__file__).resolve().parents[3]


def read_examples():
    """Every order in Amazon's examples and static sandbox answers, each once.

    :raises unittest.SkipTest: without Amazon's model
    """
    named = os.environ.get("SP_API_MODELS")
    path = Path(named or ROOT.parent / "shared" / "sp-api-models") / MODEL
    if not path.is_file():
        raise unittest.SkipTest(
            "Amazon's models were not found; set SP_API_MODELS to their folder"
        )
    orders = {}
    for operations in json.loads(path.read_text(encoding="utf-8"))["paths"].values():
        for answer in operations["get"]["responses"].values():
            sandbox = answer.get("x-amzn-api-sandbox", {}).get("static", ())
            bodies = [case.get("response") for case in sandbox]
            bodies += answer.get("examples", {}).values()
            for body in bodies:
                found = (body or {}).get("orders") or [(body or {}).get("order")]
                orders.update({order["orderId"]: order for order in found if order})
    return orders


@tagged("post_install", "-at_install")
class TestOrderExamples(AmazonCase):
    """Every order example of Amazon is imported, its total right."""

    @classmethod
    def setUpClass(cls):
        cls.orders = read_examples()
        super().setUpClass()
        channels = cls._create_channels()
        channels.write(
            {
                "order_start_date": fields.Datetime.to_datetime("2000-01-01"),
                "order_preference": "fulfilled",
            }
        )
        cls.accounts = {
            channel.marketplace_id.amazon_code: channel.account_id
            for channel in channels
        }
        skus = {
            item["product"]["sellerSku"]
            for order in cls.orders.values()
            for item in order["orderItems"]
        }
        for sku in skus:
            cls._create_product(sku)

    @classmethod
    def _create_channels(cls):
        """A channel for every marketplace that an example was sold in."""
        wanted = {
            order["salesChannel"]["marketplaceId"] for order in cls.orders.values()
        }
        marketplaces = cls.env["amazon.marketplace"].search(
            [("amazon_code", "in", list(wanted))]
        )
        marketplaces.currency_id.active = True
        accounts = {cls.account.region: cls.account}
        for region in set(marketplaces.mapped("region")) - set(accounts):
            cls.region = region
            accounts[region] = cls._create_account(seller_id=f"ATEST{region.upper()}")
        return cls.env["amazon.channel"].create(
            [
                {
                    "name": f"Amazon {marketplace.code}",
                    "account_id": accounts[marketplace.region].id,
                    "marketplace_id": marketplace.id,
                }
                for marketplace in marketplaces
            ]
        )

    def receive_example(self, order):
        account = self.accounts[order["salesChannel"]["marketplaceId"]]
        task = account._get_task("orders")
        run = self.sync._start_run(task, account.channel_ids)
        self.env["amazon.order.inbox"]._store_page(account, [order], run)
        self.apply()
        return self.find(order["orderId"])

    def assert_repeated(self, binding, order):
        """The sales order repeats Amazon's amounts, item by item."""
        sale = binding.sale_order_id
        self.assertEqual((binding.state, binding.reason), ("applied", False))
        self.assertEqual(sale.state, "sale")
        grand_total = order["proceeds"]["grandTotal"]
        self.assertEqual(sale.currency_id.name, grand_total["currencyCode"])
        self.assertEqual(sale.amount_total, float(grand_total["amount"]))
        self.assertEqual(sale.amazon_difference, 0.0)
        for item in order["orderItems"]:
            lines = sale.order_line.filtered(
                lambda line, number=item["orderItemId"]: (
                    line.amazon_order_line_id.order_item_id == number
                )
            )
            total = sum(Decimal(str(line.price_total)) for line in lines)
            self.assertEqual(
                total, Decimal(item["proceeds"]["proceedsTotal"]["amount"])
            )
            goods = lines.filtered(lambda line: line.amazon_charge == "item")
            self.assertEqual(goods.product_uom_qty, item["quantityOrdered"])
            self.assertEqual(
                goods.qty_delivered, item["fulfillment"]["quantityFulfilled"]
            )

    def test_every_example_becomes_a_sales_order(self):
        self.assertGreaterEqual(len(self.orders), 7)
        for number, order in self.orders.items():
            with self.subTest(number):
                self.assert_repeated(self.receive_example(order), order)

    def test_examples_without_products_are_frozen_with_the_right_total(self):
        self.env["product.product"].search(
            [("default_code", "!=", False), ("amazon_charge", "=", False)]
        ).default_code = False
        for number, order in self.orders.items():
            with self.subTest(number):
                binding = self.receive_example(order)
                self.assertEqual(binding.state, "frozen")
                self.assertIn("Not linked", binding.reason)
                self.assertEqual(
                    binding.sale_order_id.amount_total,
                    float(order["proceeds"]["grandTotal"]["amount"]),
                )
