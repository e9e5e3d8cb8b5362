# SPDX-License-Identifier: LGPL-3.0-or-later
"""The simulator's rules for what orders take and cancellations give back."""

import pytest
from contract.test_simulator_listings_support import INDIA, summary
from contract.test_simulator_stock import SKU, accepted, attribute, row
from contract.test_simulator_support import make_order
from sp_api_simulator.changes import Refused


@pytest.fixture
def quick(shop):
    """The catalogue's seller, whose submissions take effect at once."""
    shop.set_stock(lag=(0, 0))
    return shop


@pytest.mark.parametrize("status", ["UNSHIPPED", "PENDING"])
def test_an_order_lowers_the_quantity_when_it_is_placed(shop, status):
    before = shop.get_quantity("IN", SKU)
    order_id = shop.place_order("IN", {SKU: 3}, status=status)
    assert shop.get_quantity("IN", SKU) == before - 3
    if status == "PENDING":
        shop.release_order(order_id)
    shop.ship_order(order_id)
    assert shop.get_quantity("IN", SKU) == before - 3


@pytest.mark.parametrize(
    ("reason", "given_back"), [("BUYER_CANCELLED", 3), ("NO_INVENTORY", 0)]
)
def test_a_cancellation_gives_back_what_was_there(shop, reason, given_back):
    before = shop.get_quantity("IN", SKU)
    order_id = shop.place_order("IN", {SKU: 3}, status="PENDING")
    shop.cancel_order(order_id, by="MERCHANT", reason=reason)
    assert shop.get_quantity("IN", SKU) == before - 3 + given_back


def test_the_order_is_overwritten_by_a_submission_under_way(shop, shelf):
    """Amazon's own lag: nobody can prevent this one from being oversold."""
    shop.set_stock(lag=(30, 30))
    accepted(shelf, row(10))
    shop.clock.advance(10)
    shop.place_order("IN", {SKU: 4})
    shop.clock.advance(21)
    assert shop.get_quantity("IN", SKU) == 10


def test_the_attribute_stays_as_it_was_submitted(quick, shelf):
    accepted(shelf, row(10))
    quick.place_order("IN", {SKU: 4})
    assert attribute(shelf)[0]["quantity"] == 10
    assert shelf.item(SKU)["fulfillmentAvailability"][0]["quantity"] == 6


def test_no_more_can_be_ordered_than_is_for_sale(quick, shelf):
    accepted(shelf, row(2))
    with pytest.raises(Refused):
        quick.place_order("IN", {SKU: 3})
    assert quick.get_quantity("IN", SKU) == 2
    quick.place_order("IN", {SKU: 2})
    assert summary(shelf.item(SKU))["status"] == ["DISCOVERABLE"]


@pytest.mark.parametrize(
    "changes",
    [
        {"salesChannel": {"channelName": "NON_AMAZON", "marketplaceId": INDIA}},
        {"fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}},
        {"fulfillment": {"fulfillmentStatus": "CANCELLED", "fulfilledBy": "MERCHANT"}},
    ],
)
def test_orders_that_take_nothing(shop, changes):
    before = shop.get_quantity("IN", SKU)
    shop.put_orders("IN", [make_order(**changes)], check=False)
    assert shop.get_quantity("IN", SKU) == before


def test_an_order_put_twice_takes_once(shop):
    before = shop.get_quantity("IN", SKU)
    shop.put_orders("IN", [make_order()])
    shop.put_orders("IN", [make_order()])
    assert shop.get_quantity("IN", SKU) == before - 2


def test_seeded_orders_are_history(shop):
    before = shop.get_quantity("IN", SKU)
    for order_id in shop.seed_orders("IN", 30):
        shop.update_order(order_id, {})
    assert shop.get_quantity("IN", SKU) == before
