# SPDX-License-Identifier: LGPL-3.0-or-later
"""The way of a script: connect over XML-RPC, sync, read what came."""

import collections

from pieces import compare

from .conftest import ORDERS


def _known_skus(amazon):
    known = collections.defaultdict(set)
    for product in amazon.products():
        if product["in_odoo"]:
            known[product["seller"]].add(product["seller_sku"])
    return known


def _differences(stage):
    orders = stage.amazon.orders()
    assert sum(map(len, orders.values())) == ORDERS
    differences, counts = compare.compare(
        stage.admin, orders, _known_skus(stage.amazon), stage.companies
    )
    return differences, counts


def test_channels_are_the_participations(stage):
    """Each real marketplace of a seller is a channel, pseudo-marketplaces are not."""
    channels = stage.admin.search_read(
        "amazon.channel",
        [("account_id", "in", stage.accounts)],
        ["name", "marketplace_id"],
    )
    assert sorted(channel["name"] for channel in channels) == [
        "Amazon CA",
        "Amazon IN",
        "Amazon US",
    ]


def test_every_order_arrives_once(stage):
    """S44: every order once, in the right state, with Amazon's total."""
    differences, counts = _differences(stage)
    assert differences == []
    assert counts["applied"] > ORDERS / 2


def test_another_sync_changes_nothing(stage):
    """S44: whatever is synced again is there once."""
    before = stage.admin.search_read(
        "sale.order", [("amazon_order_ref", "!=", False)], ["name", "write_date"]
    )
    stage.sync()
    after = stage.admin.search_read(
        "sale.order", [("amazon_order_ref", "!=", False)], ["name", "write_date"]
    )
    assert before
    assert after == before


def test_orders_are_found_by_amazons_number(stage):
    """A user who types Amazon's number into the search finds the sales order."""
    sale = stage.admin.search_read(
        "sale.order", [("amazon_order_ref", "!=", False)], ["amazon_order_ref"], limit=1
    )[0]
    found = stage.admin.call(
        "sale.order", "name_search", sale["amazon_order_ref"], operator="ilike"
    )
    assert sale["id"] in [identifier for identifier, _name in found]


def test_a_cancellation_on_amazon_cancels_the_sales_order(stage):
    sale = stage.admin.search_read(
        "sale.order",
        [("amazon_order_ref", "!=", False), ("state", "=", "sale")],
        ["amazon_order_ref"],
        limit=1,
    )[0]
    number = sale["amazon_order_ref"]
    stage.amazon.control(f"orders/{number}/cancel", {})
    # search sees a change after two to three minutes
    stage.amazon.control("clock", {"advance": 300})
    stage.sync()
    amazon_order = stage.admin.search_read(
        "amazon.order", [("amazon_order_id", "=", number)], ["state", "reason"]
    )[0]
    sale = stage.admin.call("sale.order", "read", [sale["id"]], ["state"])[0]
    assert sale["state"] == "cancel", amazon_order
