# SPDX-License-Identifier: LGPL-3.0-or-later
"""Seeding: reproducible worlds of the promised make-up."""

from collections import Counter
from decimal import Decimal

from sp_api_simulator import Simulator
from sp_api_simulator.clock import DAY, parse_time
from sp_api_simulator.kinds import STATUSES


def test_plain_scenario(simulator, control):
    data = {"scenario": "plain", "orders": 400, "seed": 1}
    assert control("POST", "/seed", data)[0] == 200
    orders = simulator.truth()
    assert len(orders) == len({order["orderId"] for order in orders}) == 400
    statuses = Counter(order["fulfillment"]["fulfillmentStatus"] for order in orders)
    channels = Counter(order["salesChannel"]["channelName"] for order in orders)
    assert statuses["UNSHIPPED"] > 300
    assert 15 <= statuses["PENDING"] <= 55
    assert 8 <= statuses["CANCELLED"] <= 40
    assert 2 <= channels["NON_AMAZON"] <= 30
    assert {len(order["orderItems"]) for order in orders} == {1, 2, 3, 40}
    pending = [
        order
        for order in orders
        if order["fulfillment"]["fulfillmentStatus"] == "PENDING"
    ]
    assert {"proceeds" in order for order in pending} == {True, False}
    assert not any("recipient" in order for order in pending)
    now = simulator.clock.now()
    ages = [(now - parse_time(order["createdTime"])) / DAY for order in orders]
    assert 0 < min(ages) < 1 < 19 < max(ages) <= 20


def test_plain_scenario_has_every_charge(simulator):
    simulator.seed_scenario("plain", orders=200, seed=1)
    charges = Counter(
        entry["type"]
        for order in simulator.truth()
        for item in order["orderItems"]
        for entry in item.get("proceeds", {}).get("breakdowns", ())
    )
    assert set(charges) == {
        *("ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "DISCOUNT", "TAX")
    }


def test_plain_scenario_has_every_kind(simulator):
    """From 200 orders on: every status, shipped by either, and the rare forms."""
    simulator.seed_scenario("plain", orders=200, seed=1)
    orders = simulator.truth()
    shipped = Counter(
        (order["fulfillment"]["fulfillmentStatus"], order["fulfillment"]["fulfilledBy"])
        for order in orders
    )
    for status in STATUSES:
        for by in ("MERCHANT", "AMAZON"):
            assert shipped[status, by], (status, by)
    assert any(order.get("associatedOrders") for order in orders)
    assert any(order.get("tax", {}).get("taxRegistrations") for order in orders)
    assert any("buyer" not in order for order in orders)
    programs = {name for order in orders for name in order.get("programs", ())}
    assert {"PRIME", "AMAZON_BUSINESS", "INVOICE_BY_AMAZON"} <= programs


def test_plain_scenario_has_every_way_of_shipping(simulator):
    """Who confirms: the seller, Amazon, the buyer at the counter; and stock at
    Amazon with orders of it."""
    simulator.seed_scenario("plain", orders=200, seed=1)
    orders = simulator.truth()
    assert len(orders) == 200
    programs = {name for order in orders for name in order.get("programs", ())}
    assert {
        *("AMAZON_EASY_SHIP", "FBM_SHIP_PLUS", "DELIVERY_BY_AMAZON"),
        *("PRIME", "PREMIUM", "IN_STORE_PICK_UP"),
    } <= programs
    items = [item for order in orders for item in order["orderItems"]]
    assert any("TRANSPARENCY" in item.get("programs", ()) for item in items)
    assert any("cancellationRequest" in item.get("cancellation", {}) for item in items)
    states = Counter(
        (
            package["packageStatus"]["status"],
            order["fulfillment"]["fulfillmentStatus"],
        )
        for order in orders
        for package in order.get("packages", ())
    )
    assert states == {
        ("PENDING", "UNSHIPPED"): 2,
        ("SHIPPED", "SHIPPED"): 2,
        ("SHIPPED", "PARTIALLY_SHIPPED"): 2,
    }
    for key, skus in (("IN", ["IN-9001", "IN-9002"]), ("US", ["US-9001", "US-9002"])):
        holdings = simulator.fba_stock(key)
        assert [holding.seller_sku for holding in holdings] == skus
        for holding in holdings:
            waiting = sum(
                item["fulfillment"]["quantityUnfulfilled"]
                for item in items
                if item["product"]["sellerSku"] == holding.seller_sku
            )
            assert holding.reserved_orders == waiting > 0


def test_plain_scenario_has_five_orders_with_unknown_articles(simulator):
    for orders in (60, 200):
        simulator.reset()
        simulator.seed_scenario("plain", orders=orders)
        unknown = {
            product["seller_sku"]
            for product in simulator.products()
            if not product["in_odoo"]
        }
        ordered = [
            unknown & {item["product"]["sellerSku"] for item in order["orderItems"]}
            for order in simulator.truth()
        ]
        assert sum(map(bool, ordered)) == 5
        assert set().union(*ordered) < unknown, "some of them stop no order"


def seeded(seed):
    simulator = Simulator(seed=4, start=1_790_000_000, factor=0)
    simulator.seed_scenario("plain", orders=50, seed=seed)
    secrets = [
        (seller.merchant_token, seller.application_id, seller.refresh_token)
        for seller in simulator.sellers.values()
    ]
    return simulator.truth(), secrets


def test_seeding_is_reproducible():
    assert seeded(1) == seeded(1)
    assert seeded(1)[0] != seeded(2)[0]


def test_products_of_the_scenario(control):
    control("POST", "/seed", {"scenario": "plain", "orders": 1})
    _status, body = control("GET", "/products")
    products = body["products"]
    assert len(products) == 45
    assert sum(len(product["prices"]) for product in products) == 60
    unknown = [product for product in products if not product["in_odoo"]]
    assert len(unknown) == 9
    assert sum(len(product["prices"]) for product in unknown) == 12
    india = [product for product in products if product["seller"] == "IN"]
    assert {product["tax_percent"] for product in india} == {"5", "18"}
    for product in products:
        assert product["title"]
        assert product["asin"]
        assert all(Decimal(price["amount"]) > 0 for price in product["prices"].values())
    _status, body = control("GET", "/listings", seller="US")
    assert len(body["listings"]) == 30
    assert all(listing["quantity"] > 0 for listing in body["listings"])


def test_plain_orders_in_bulk(simulator, control):
    control("POST", "/seed", {"scenario": "plain", "orders": 0})
    data = {"seller": "IN", "orders": 90, "items": 2, "buyers": 30}
    _status, body = control("POST", "/seed", data)
    assert body == {"orders": {"IN": 90}}
    orders = simulator.truth("IN")
    assert len(orders) == 90
    assert {order["fulfillment"]["fulfillmentStatus"] for order in orders} == {
        "UNSHIPPED"
    }
    assert {order["fulfillment"]["fulfilledBy"] for order in orders} == {"MERCHANT"}
    assert {len(order["orderItems"]) for order in orders} == {2}
    assert len({order["buyer"]["buyerEmail"] for order in orders}) == 30
    charges = {
        entry["type"]
        for order in orders
        for item in order["orderItems"]
        for entry in item["proceeds"]["breakdowns"]
    }
    assert charges == {"ITEM", "TAX"}
