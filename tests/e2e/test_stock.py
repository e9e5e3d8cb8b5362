# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Odoo has is what Amazon sells: whatever happens, on either side."""

import copy

import pytest
from pieces import connect

SELLER = "IN"
# A cadence of two minutes, and what crons take to come round.
CADENCE_SECONDS = 240


class Shop:
    """One item of a shop that is live with stock."""

    def __init__(self, stage):
        self.stage = stage
        seller = next(one for one in stage.amazon.sellers() if one["seller"] == SELLER)
        company = stage.companies[SELLER]
        self.context = {"allowed_company_ids": [company]}
        (self.account,) = self.call(
            "amazon.account", "search", [("seller_id", "=", seller["merchant_token"])]
        )
        connect.go_live(stage.admin, self.account, stage._alive)
        self.order, self.sku = self._choose()
        self.wait_for_amazon(self.wanted(), "the first quantity")

    def call(self, model, method, *args, context=None, **options):
        context = {**self.context, **(context or {})}
        return self.stage.admin.call(model, method, *args, context=context, **options)

    def _choose(self):
        """A SKU that is sold by the merchant, and an order of it to copy."""
        known = {
            level["seller_sku"]: level
            for level in self.call(
                "amazon.stock.level",
                "search_read",
                [
                    ("account_id", "=", self.account),
                    ("state", "in", ["to_send", "sent", "confirmed"]),
                    ("quantity", ">", 10),
                ],
                ["seller_sku", "product_id"],
            )
        }
        for order in self.stage.amazon.orders()[SELLER]:
            skus = [item["product"]["sellerSku"] for item in order["orderItems"]]
            state = order["fulfillment"]
            if (
                len(skus) == 1
                and skus[0] in known
                and state["fulfillmentStatus"] == "UNSHIPPED"
                and state["fulfilledBy"] == "MERCHANT"
            ):
                self.product = known[skus[0]]["product_id"][0]
                return order, skus[0]
        raise AssertionError("no order to copy")

    def on_amazon(self):
        (listing,) = self.stage.amazon.control("listings", seller=SELLER, sku=self.sku)[
            "listings"
        ]
        return listing["quantity"]

    def wanted(self):
        (level,) = self.call(
            "amazon.stock.level",
            "search_read",
            [("account_id", "=", self.account), ("seller_sku", "=", self.sku)],
            ["quantity"],
        )
        return level["quantity"]

    def wait_for_amazon(self, quantity, what):
        self.stage.wait_until(
            lambda: self.on_amazon() == quantity,
            f"{quantity} of {self.sku} after {what}",
            CADENCE_SECONDS,
        )

    def receive(self, units):
        """Goods come in, as a counted difference."""
        (warehouse,) = self.call(
            "stock.warehouse", "search_read", [], ["lot_stock_id"], limit=1
        )
        location = warehouse["lot_stock_id"][0]
        found = self.call(
            "stock.quant",
            "search_read",
            [("product_id", "=", self.product), ("location_id", "=", location)],
            ["quantity"],
        )
        quant = self.call(
            "stock.quant",
            "create",
            [
                {
                    "product_id": self.product,
                    "location_id": location,
                    "inventory_quantity": found[0]["quantity"] + units,
                }
            ],
            context={"inventory_mode": True},
        )
        self.call("stock.quant", "action_apply_inventory", quant)

    def sell(self, units):
        """A customer buys in the shop itself."""
        (partner,) = self.call("res.partner", "create", [{"name": "Walk-in"}])
        sale = self.call(
            "sale.order",
            "create",
            [
                {
                    "partner_id": partner,
                    "order_line": [
                        (
                            0,
                            0,
                            {"product_id": self.product, "product_uom_qty": units},
                        )
                    ],
                }
            ],
        )
        self.call("sale.order", "action_confirm", sale)

    def order_on_amazon(self):
        """A buyer orders one unit; returns Amazon's number."""
        order = copy.deepcopy(self.order)
        order["orderId"] = "403-7777777-7777777"
        for name in ("createdTime", "lastUpdatedTime"):
            del order[name]
        units = sum(item["quantityOrdered"] for item in order["orderItems"])
        self.stage.amazon.control("orders", {"seller": SELLER, "orders": [order]})
        return order["orderId"], units

    def let_orders_in(self):
        """Amazon shows changes of orders after two to three minutes."""
        self.stage.amazon.control("clock", {"advance": 300})
        self.stage.sync()


@pytest.fixture(scope="module")
def shop(stage):
    return Shop(stage)


def test_every_movement_reaches_amazon(shop):
    """S34, S77, S157, S160: receiving goods, selling in the shop, an order on Amazon
    and its cancellation each bring Amazon's quantity right within one cadence."""
    quantity = shop.on_amazon()
    shop.receive(5)
    shop.wait_for_amazon(quantity + 5, "goods came in")
    shop.sell(2)
    shop.wait_for_amazon(quantity + 3, "a sale in the shop")
    number, units = shop.order_on_amazon()
    shop.let_orders_in()
    shop.wait_for_amazon(quantity + 3 - units, "an order on Amazon")
    shop.stage.amazon.control(f"orders/{number}/cancel", {})
    shop.let_orders_in()
    shop.wait_for_amazon(quantity + 3, "its cancellation")
