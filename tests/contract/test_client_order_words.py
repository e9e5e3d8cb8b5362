# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a report's word says about an order's status on Amazon."""

import pytest
from sp_api import is_known_word, may_stand_for
from sp_api.schema import FULFILLMENT_STATUSES


@pytest.mark.parametrize(
    ("word", "fitting"),
    [
        ("Pending", set(FULFILLMENT_STATUSES)),
        ("Pending - Waiting for Pick Up", set(FULFILLMENT_STATUSES)),
        ("Shipped", {"SHIPPED"}),
        ("Shipped - Delivered to Buyer", {"SHIPPED"}),
        ("Shipped - Returned to Seller", {"SHIPPED"}),
        (" SHIPPED-Picked Up", {"SHIPPED"}),
        ("Cancelled", {"CANCELLED"}),
        ("Canceled", {"CANCELLED"}),
        (
            "Unshipped",
            set(FULFILLMENT_STATUSES) - {"PENDING", "PENDING_AVAILABILITY"},
        ),
        ("PendingAvailability", set(FULFILLMENT_STATUSES)),
        (
            "PartiallyShipped",
            {"PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "UNFULFILLABLE"},
        ),
    ],
)
def test_words(word, fitting):
    assert is_known_word(word)
    assert {
        status for status in FULFILLMENT_STATUSES if may_stand_for({word}, status)
    } == fitting


@pytest.mark.parametrize("word", [None, "", "Versandt", "出荷済み", "17", "Unshippedx"])
def test_words_that_say_nothing(word):
    assert not is_known_word(word)
    assert may_stand_for({word}, "UNSHIPPED")
    assert not may_stand_for({word, "Shipped"}, "UNSHIPPED")


def test_each_item_may_have_a_word_of_its_own():
    assert may_stand_for({"Shipped", "Cancelled"}, "SHIPPED")
    assert not may_stand_for({"Shipped", "Cancelled"}, "UNSHIPPED")
    assert may_stand_for({"Shipped", "Unshipped"}, "PARTIALLY_SHIPPED")
    assert not may_stand_for({"Shipped", "Unshipped"}, "UNSHIPPED")
    assert may_stand_for({"Unshipped", "Cancelled"}, "UNSHIPPED")
