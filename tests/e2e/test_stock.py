# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Odoo has is what Amazon sells: whatever happens, on either side."""

import copy

import pytest
from pieces import connect

SELLER = "IN"
# A cadence of two minutes, and what crons take to come round.
CADENCE_SECONDS = 240


class Shop:
    """Three items of a shop that is live with stock, so that all wait together.

    ``ordered`` is one that Amazon has an order of; ``received`` and ``sold`` are not;
    ``products`` has the product of each SKU.
    """

    def __init__(self, stage):
        self.stage = stage
        seller = next(one for one in stage.amazon.sellers() if one["seller"] == SELLER)
        company = stage.companies[SELLER]
        self.context = {"allowed_company_ids": [company]}
        (self.account,) = self.call(
            "amazon.account", "search", [("seller_id", "=", seller["merchant_token"])]
        )
        connect.go_live(stage.admin, self.account, stage.alive)
        self.products = self._find_products()
        self.order, self.ordered = self._choose()
        others = [sku for sku in self.products if sku != self.ordered]
        self.received, self.sold = others[:2]
        for sku in (self.ordered, self.received, self.sold):
            self.wait_for_amazon(sku, self.wanted(sku), "the first quantity")

    def call(self, model, method, *args, context=None, **options):
        context = {**self.context, **(context or {})}
        return self.stage.admin.call(model, method, *args, context=context, **options)

    def _find_products(self):
        """``{SKU: product id}`` of what the merchant sells, each product once."""
        levels = self.call(
            "amazon.stock.level",
            "search_read",
            [
                ("account_id", "=", self.account),
                ("state", "in", ["to_send", "sent", "confirmed"]),
                ("quantity", ">", 10),
            ],
            ["seller_sku", "product_id"],
        )
        found = {level["product_id"][0]: level["seller_sku"] for level in levels}
        return {sku: product for product, sku in found.items()}

    def _choose(self):
        """An order of one SKU to copy, and the SKU."""
        for order in self.stage.amazon.orders()[SELLER]:
            skus = [item["product"]["sellerSku"] for item in order["orderItems"]]
            state = order["fulfillment"]
            if (
                len(skus) == 1
                and skus[0] in self.products
                and state["fulfillmentStatus"] == "UNSHIPPED"
                and state["fulfilledBy"] == "MERCHANT"
            ):
                return order, skus[0]
        raise AssertionError("no order to copy")

    def on_amazon(self, sku):
        found = self.stage.amazon.control("listings", seller=SELLER, sku=sku)
        (listing,) = found["listings"]
        return listing["quantity"]

    def wanted(self, sku):
        (level,) = self.call(
            "amazon.stock.level",
            "search_read",
            [("account_id", "=", self.account), ("seller_sku", "=", sku)],
            ["quantity"],
        )
        return level["quantity"]

    def wait_for_amazon(self, sku, quantity, what):
        self.stage.wait_until(
            lambda: self.on_amazon(sku) == quantity,
            f"{quantity} of {sku} after {what}",
            CADENCE_SECONDS,
        )

    def wait_for_odoo(self, sku, quantity, what):
        """Amazon counts its own orders: Odoo must come to the same."""
        self.stage.wait_until(
            lambda: self.wanted(sku) == quantity,
            f"{quantity} of {sku} computed after {what}",
            CADENCE_SECONDS,
        )

    def receive(self, units):
        """Goods come in, as a counted difference."""
        (warehouse,) = self.call(
            "stock.warehouse", "search_read", [], ["lot_stock_id"], limit=1
        )
        location = warehouse["lot_stock_id"][0]
        product = self.products[self.received]
        found = self.call(
            "stock.quant",
            "search_read",
            [("product_id", "=", product), ("location_id", "=", location)],
            ["quantity"],
        )
        quant = self.call(
            "stock.quant",
            "create",
            [
                {
                    "product_id": product,
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
        product = self.products[self.sold]
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
                            {"product_id": product, "product_uom_qty": units},
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
    ordered, received, sold = (
        shop.on_amazon(sku) for sku in (shop.ordered, shop.received, shop.sold)
    )
    number, units = shop.order_on_amazon()
    shop.let_orders_in()
    shop.receive(5)
    shop.sell(2)
    shop.wait_for_amazon(shop.ordered, ordered - units, "an order on Amazon")
    shop.wait_for_amazon(shop.received, received + 5, "goods came in")
    shop.wait_for_amazon(shop.sold, sold - 2, "a sale in the shop")
    shop.wait_for_odoo(shop.ordered, ordered - units, "an order on Amazon")
    shop.stage.amazon.control(f"orders/{number}/cancel", {})
    shop.let_orders_in()
    shop.wait_for_amazon(shop.ordered, ordered, "its cancellation")
    shop.wait_for_odoo(shop.ordered, ordered, "its cancellation")
