# SPDX-License-Identifier: LGPL-3.0-or-later
"""The way of a script: connect over XML-RPC, sync, read what came."""

import collections

import pytest
from pieces import compare
from pieces.console import SetupError

from .conftest import ORDERS

OPEN = [
    ("state", "=", "sale"),
    ("amazon_order_id.fulfillment_status", "=", "UNSHIPPED"),
    ("amazon_order_id.fulfilled_by", "=", "MERCHANT"),
]


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
        "amazon.order", [("order_number", "=", number)], ["state", "reason"]
    )[0]
    sale = stage.admin.call("sale.order", "read", [sale["id"]], ["state"])[0]
    assert sale["state"] == "cancel", amazon_order


def _status(stage, number):
    for orders in stage.amazon.orders().values():
        for order in orders:
            if order["orderId"] == number:
                return order["fulfillment"]["fulfillmentStatus"]
    raise KeyError(number)


def test_a_script_cancels_an_order(stage):
    """S173, S177: from the sales order to Amazon's order, within minutes."""
    sale = stage.admin.search_read("sale.order", OPEN, ["amazon_order_ref"], limit=1)[0]
    number = sale["amazon_order_ref"]
    with pytest.raises(SetupError, match="NoInventory"):
        stage.admin.call("sale.order", "action_cancel_on_amazon", [sale["id"]], "why")
    assert stage.admin.call(
        "sale.order", "action_cancel_on_amazon", [sale["id"]], "NoInventory"
    )

    def cancelled_on_amazon():
        return _status(stage, number) == "CANCELLED"

    stage.wait_until(cancelled_on_amazon, "Amazon's order to be cancelled", 240)
    # search sees a change after two to three minutes
    stage.amazon.control("clock", {"advance": 300})
    stage.sync()
    [row] = stage.admin.search_read(
        "amazon.cancellation", [("sale_order_id", "=", sale["id"])], ["state"]
    )
    assert row["state"] == "confirmed"


def test_without_a_reason_nothing_is_cancelled(stage):
    """A script that knows nothing of Amazon gets the dialog, as a user does."""
    sale = stage.admin.search_read("sale.order", OPEN, ["name"], limit=1)[0]
    answer = stage.admin.call("sale.order", "action_cancel", [sale["id"]])
    assert answer["res_model"] == "amazon.order.cancel"
    [found] = stage.admin.call("sale.order", "read", [sale["id"]], ["state"])
    assert found["state"] == "sale"
