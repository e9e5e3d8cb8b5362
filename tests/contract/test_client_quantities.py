# SPDX-License-Identifier: LGPL-3.0-or-later
"""Quantities sent by PATCH, against the simulator and odd answers."""

import pytest
from contract.models import load, requires_models
from contract.test_client_orders import calls, connect
from contract.test_client_support import amazon_error
from contract.test_simulator_listings_support import INDIA
from sp_api import (
    MAX_HANDLING_DAYS,
    MAX_QUANTITY,
    PATCH_LISTING,
    AccessDeniedError,
    Listings,
    NotFoundError,
    ProtocolError,
    ThrottledError,
)
from sp_api.quantities import AMAZONS_OWN, STATUSES
from sp_api_simulator.listings import Issue
from sp_api_simulator.validation import ModelLibrary

MODEL = "listingsItems_2021-08-01"
SKU = "IN-0001"
FBA = "FBA-0001"


@pytest.fixture
def listings(shop):
    shop.set_stock(lag=(10, 10))
    with connect(shop, "IN") as client:
        yield Listings(client)


def patch(listings, quantity=5, sku=SKU, handling_days=None, **more):
    return listings.patch_quantity(sku, INDIA, None, quantity, handling_days, **more)


@requires_models
def test_the_operation_and_its_answers_are_amazons():
    library = ModelLibrary.find()
    path, method, _found = library.operation(MODEL, PATCH_LISTING.name)
    assert (PATCH_LISTING.path, PATCH_LISTING.method) == (path, method)
    plan = library.plan(MODEL, PATCH_LISTING.name)
    assert (PATCH_LISTING.rate, PATCH_LISTING.burst) == plan
    answer = load(MODEL)["definitions"]["ListingsItemSubmissionResponse"]
    assert set(STATUSES) == set(answer["properties"]["status"]["enum"])


def test_a_quantity_is_for_sale_after_a_while(shop, listings):
    before = shop.get_quantity("IN", SKU)
    result = patch(listings, before + 3)
    assert result.is_accepted and result.submission_id
    assert (result.status, result.issues, result.errors) == ("ACCEPTED", (), ())
    (listing,) = listings.get(SKU, INDIA)
    assert listing.quantity == before
    shop.clock.advance(11)
    (listing,) = listings.get(SKU, INDIA)
    assert listing.quantity == before + 3 == shop.get_quantity("IN", SKU)


def test_the_handling_time_stays_unless_it_is_given(shop, listings):
    """S175: the listing's own handling time survives a new quantity."""
    (before,) = listings.get(SKU, INDIA)
    assert before.handling_days == 2
    patch(listings, 7)
    assert listings.get(SKU, INDIA)[0].handling_days == 2
    patch(listings, 7, handling_days=4)
    assert listings.get(SKU, INDIA)[0].handling_days == 4
    patch(listings, 6, handling_days=AMAZONS_OWN)
    (listing,) = listings.get(SKU, INDIA)
    assert listing.handling_days is None, "taken back"
    shop.clock.advance(11)
    assert shop.get_quantity("IN", SKU) == 6


def test_nothing_is_sold_out(shop, listings):
    assert patch(listings, 0).is_accepted
    shop.clock.advance(11)
    (listing,) = listings.get(SKU, INDIA)
    assert (listing.quantity, listing.is_buyable) == (0, False)


@pytest.mark.parametrize(
    ("quantity", "handling_days"),
    [
        (-1, None),
        (1.0, None),
        ("3", None),
        (True, None),
        (None, 2),
        (MAX_QUANTITY + 1, None),
        (1, -1),
        (1, MAX_HANDLING_DAYS + 1),
        (1, 2.5),
    ],
)
def test_what_amazon_would_refuse_is_not_sent(shop, listings, quantity, handling_days):
    with pytest.raises(ValueError, match="whole number"):
        patch(listings, quantity, handling_days=handling_days)
    assert not calls(shop, PATCH_LISTING.name)


def test_a_quantity_without_a_marketplace_is_not_sent(listings):
    with pytest.raises(ValueError, match="marketplace"):
        listings.patch_quantity(SKU, [], None, 1)


def test_the_largest_values_are_taken(shop, listings):
    assert patch(listings, MAX_QUANTITY, handling_days=MAX_HANDLING_DAYS).is_accepted
    shop.clock.advance(11)
    assert shop.get_quantity("IN", SKU) == MAX_QUANTITY


@pytest.mark.parametrize("sku", ["MUG,BLUE,350ML", "TEA/GREEN/100G", "चाय-250"])
def test_any_sku_will_do(shop, listings, sku):
    assert patch(listings, 8, sku).is_accepted
    shop.clock.advance(11)
    assert shop.get_quantity("IN", sku) == 8


def test_amazons_reasons(shop, listings):
    """What Amazon refuses, and why, arrives as data."""
    issues = [
        Issue(
            "8541", "Not now.", "ERROR", ("fulfillment_availability",), ("DUPLICATE",)
        ),
        Issue("99300", "Mind the title.", "WARNING"),
    ]
    shop.reject_sku("IN", SKU, issues)
    result = patch(listings)
    assert (result.status, result.is_accepted) == ("INVALID", False)
    (reason,) = result.errors
    assert (reason.code, reason.message, reason.severity) == (
        "8541",
        "Not now.",
        "ERROR",
    )
    assert reason.attribute_names == ("fulfillment_availability",)
    assert len(result.issues) == 2
    shop.accept_sku("IN", SKU)
    assert patch(listings).is_accepted


def test_an_unknown_sku(shop, listings):
    assert patch(listings, sku="GONE").is_accepted
    shop.set_stock(unknown_sku="invalid")
    assert [issue.code for issue in patch(listings, sku="GONE").errors] == ["13013"]
    shop.set_stock(unknown_sku="not_found")
    with pytest.raises(NotFoundError):
        patch(listings, sku="GONE")


def test_several_marketplaces_of_one_pool(simulator):
    """One submission sets the quantity wherever it is shared."""
    simulator.quotas.enabled = False
    places = ["A1PA6795UKMFR9", "A13V1IB3VIYZZH", "A1F83G8C2ARO7P"]
    simulator.add_seller("EU", region="eu", marketplace_ids=places)
    for place in places:
        simulator.put_listing("EU", "A", place, quantity=1)
    simulator.set_stock(lag=(0, 0))
    with connect(simulator, "EU") as client:
        Listings(client).patch_quantity("A", places[:2], "SHOES", 6)
    (call,) = calls(simulator, PATCH_LISTING.name)
    assert call["query"]["marketplaceIds"] == ",".join(places[:2])
    assert [simulator.get_quantity("EU", "A", place) for place in places] == [6] * 3


def test_a_patch_is_repeated_after_an_unknown_result(shop, listings):
    shop.add_fault("cut_body", operation=PATCH_LISTING.name, count=1)
    assert patch(listings, 4).is_accepted
    assert len(shop.pushes("IN", SKU)) == 2
    shop.clock.advance(11)
    assert shop.get_quantity("IN", SKU) == 4


def test_throttled(shop, listings):
    shop.add_fault("throttle", operation=PATCH_LISTING.name, retry_after=600)
    with pytest.raises(ThrottledError) as raised:
        patch(listings)
    assert raised.value.retry_at
    assert not shop.pushes()


def test_without_the_role(shop, listings):
    shop.set_roles("IN", ["Pricing"])
    with pytest.raises(AccessDeniedError):
        patch(listings)


@pytest.mark.parametrize("answer", [{}, {"status": True}, {"status": None, "sku": SKU}])
def test_an_answer_without_a_status(amazon, answer):
    amazon.answers = [(200, answer)]
    with amazon.client() as client, pytest.raises(ProtocolError) as raised:
        patch(Listings(client))
    assert raised.value.outcome_unknown


def test_an_answer_with_odd_parts(amazon):
    odd = {"status": "PONDERED", "issues": ["?", {"code": 7, "severity": "HINT"}, {}]}
    amazon.answers = [(200, odd)]
    with amazon.client() as client:
        result = patch(Listings(client))
    assert (result.status, result.is_accepted) == ("PONDERED", False)
    assert [issue.code for issue in result.issues] == ["7", None]


def test_a_404_is_a_typed_error(amazon):
    amazon.answers = [(404, amazon_error("NotFound"))]
    with amazon.client() as client, pytest.raises(NotFoundError):
        patch(Listings(client))
