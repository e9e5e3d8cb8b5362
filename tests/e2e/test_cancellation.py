# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cancelling in Odoo: the order is cancelled on Amazon, too."""

import pytest
from pieces.console import SetupError

OPEN = [
    ("state", "=", "sale"),
    ("amazon_order_id.fulfillment_status", "=", "UNSHIPPED"),
    ("amazon_order_id.fulfilled_by", "=", "MERCHANT"),
]


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
