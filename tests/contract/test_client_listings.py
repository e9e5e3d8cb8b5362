# SPDX-License-Identifier: LGPL-3.0-or-later
"""Listings against the simulator, which checks every request and answer against
Amazon's models when they are at hand; and against a scripted Amazon."""

from datetime import datetime, timedelta, timezone

import pytest
from contract.models import load, requires_models
from contract.test_client_orders import calls, connect
from contract.test_client_support import FakeClock, amazon_error
from sp_api import (
    GET_LISTING,
    LISTING_DATA,
    SEARCH_LISTINGS,
    AccessDeniedError,
    BadRequestError,
    Listings,
    NotFoundError,
    ProtocolError,
    TransientError,
)
from sp_api.listings import MAX_IDENTIFIERS, PAGE_SIZE

START = 1_790_000_000.0
NOW = datetime.fromtimestamp(START, timezone.utc)
LONG_AGO = NOW - timedelta(days=1000)
INDIA, US, CANADA = "A21TJRUUN4KGV", "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
MODEL = "listingsItems_2021-08-01"
STRANGE = (
    "MUG,BLUE,350ML",
    "TEA/GREEN/100G",
    "100% COTTON +1",
    "चाय-250",
    "case-0001",
    "CASE-0001",
    "CASE-0001 ",
)


@pytest.fixture
def listings(shop):
    with connect(shop, "IN") as client:
        yield Listings(client)


def skus(found):
    return [listing.seller_sku for listing in found]


def item(sku, marketplace_id=INDIA):
    return {"sku": sku, "summaries": [{"marketplaceId": marketplace_id}]}


def page(*found, number=None, token=None):
    body = {"numberOfResults": len(found) if number is None else number}
    body["items"] = list(found)
    if token:
        body["pagination"] = {"nextToken": token}
    return (200, body)


@requires_models
def test_limits_are_amazons():
    for operation in (SEARCH_LISTINGS, GET_LISTING):
        (found,) = (
            method
            for place in load(MODEL)["paths"].values()
            for method in place.values()
            if method["operationId"] == operation.name
        )
        plan = f"| {operation.rate:g} | {operation.burst} |"
        assert plan in found["description"]
        known = {entry["name"]: entry for entry in found["parameters"]}
        assert set(LISTING_DATA) <= set(known["includedData"]["items"]["enum"])
        if operation is SEARCH_LISTINGS:
            assert known["identifiers"]["maxItems"] == MAX_IDENTIFIERS
            assert known["pageSize"]["maximum"] == PAGE_SIZE


# --- search ---------------------------------------------------------------------


def test_pages_of_a_search(listings):
    first = listings.search(INDIA)
    assert (len(first.listings), first.number_of_results) == (20, 59)
    assert first.unreadable == 0
    found, token = list(first.listings), first.next_token
    while token:
        following = listings.search(INDIA, page_token=token)
        found += following.listings
        token = following.next_token
    assert len(set(skus(found))) == 59
    times = [listing.last_updated_time for listing in found]
    assert times == sorted(times)
    assert not any(listing.notes for listing in found)


def test_a_search_in_two_marketplaces_gives_one_listing_each(shop):
    with connect(shop, "US") as client:
        found = Listings(client).search(
            (US, CANADA), seller_skus=["US-0001"], included_data=("summaries", "offers")
        )
    assert found.number_of_results == 1
    us, canada = found.listings
    assert (us.marketplace_id, us.price.currency) == (US, "USD")
    assert (canada.marketplace_id, canada.price.currency) == (CANADA, "CAD")
    assert us.blocks == {"summaries", "offers"}


@pytest.mark.parametrize(
    "query",
    [
        {"seller_skus": [str(number) for number in range(21)]},
        {"seller_skus": ["MUG,BLUE"]},
        {"last_updated_after": datetime(2026, 1, 1)},
    ],
    ids=str,
)
def test_a_search_that_amazon_would_refuse_is_not_sent(shop, listings, query):
    with pytest.raises(ValueError):
        listings.search(INDIA, **query)
    with pytest.raises(ValueError):
        listings.search(())
    assert calls(shop, "searchListingsItems") == []


def test_a_foreign_marketplace_or_seller_is_denied(shop):
    with connect(shop, "IN") as client:
        with pytest.raises(AccessDeniedError):
            Listings(client).search(US)
        client.seller_id = shop.sellers["US"].merchant_token
        with pytest.raises(AccessDeniedError):
            Listings(client).get("US-0001", US)


def test_a_page_keeps_what_can_be_read(amazon):
    amazon.answers.append(page(item("A"), None, {"sku": 7.5}, {"sku": ""}, item("B")))
    with amazon.client() as client:
        found = Listings(client).search(INDIA)
    assert skus(found.listings) == ["A", "B"]
    assert found.unreadable == 3


@pytest.mark.parametrize("body", [{"numberOfResults": 1}, {"items": {}}, {"x": 1}])
def test_an_answer_without_items(amazon, body):
    amazon.answers.append((200, body))
    with amazon.client() as client, pytest.raises(ProtocolError):
        Listings(client).search(INDIA)


def test_an_item_that_names_no_marketplace_belongs_to_the_only_one(amazon):
    nameless = {"sku": "A", "issues": []}
    amazon.answers += [page(nameless), page(nameless), page(item("A", US))]
    with amazon.client() as client:
        (found,) = Listings(client).search(INDIA).listings
        assert (found.seller_sku, found.marketplace_id) == ("A", INDIA)
        assert Listings(client).search((INDIA, US)).listings == ()
        assert Listings(client).search(INDIA).listings == ()


def test_the_language_of_issues_is_asked_for(amazon):
    """Without one, Amazon would answer in the marketplace's."""
    amazon.answers += [page(item("A")), (200, item("A")), (200, {"status": "ACCEPTED"})]
    with amazon.client() as client:
        listings = Listings(client, locale="en_US")
        listings.search(INDIA)
        listings.get("A", INDIA)
        listings.patch_quantity("A", INDIA, None, 1)
    assert [sent["query"]["issueLocale"] for sent in amazon.requests] == [["en_US"]] * 3


# --- one SKU --------------------------------------------------------------------


@pytest.mark.parametrize("sku", STRANGE)
def test_any_sku_is_read(listings, sku):
    (listing,) = listings.get(sku, INDIA)
    assert listing.seller_sku == sku


def test_the_sku_is_encoded_as_a_whole(amazon):
    amazon.answers.append((200, item("a/b,c d%é?#")))
    with amazon.client() as client:
        Listings(client).get("a/b,c d%é?#", INDIA)
    path = "/eu/listings/2021-08-01/items/A1SELLER/a%2Fb%2Cc%20d%25%C3%A9%3F%23"
    assert amazon.requests[0]["path"] == path


def test_an_unknown_sku(listings):
    with pytest.raises(NotFoundError):
        listings.get("NOWHERE", INDIA)


def test_an_answer_without_an_item(amazon):
    with amazon.client() as client, pytest.raises(ProtocolError):
        Listings(client).get("A", INDIA)


def test_kinds_of_listings(listings):
    fba = listings.get("FBA-0001", INDIA)[0]
    assert (fba.fulfilled_by, fba.quantity) == ("AMAZON", None)
    assert fba.fn_sku == "X000SIM001"
    closed = listings.get("CLOSED-0001", INDIA)[0]
    assert (closed.statuses, closed.price) == (frozenset(), None)
    sold_out = listings.get("SOLD-OUT-0001", INDIA)[0]
    assert (sold_out.is_buyable, sold_out.quantity) == (False, 0)
    issues = listings.get("ISSUE-0001", INDIA)[0].issues
    assert [issue.severity for issue in issues] == ["ERROR", "WARNING"]
    parent = listings.get("KURTA-FAMILY", INDIA)[0]
    assert (parent.is_parent, parent.fulfilled_by, parent.price) == (True, None, None)
    child = listings.get(parent.child_skus[0], INDIA)[0]
    assert child.parent_skus == ("KURTA-FAMILY",)
    assert child.variation == (("size_name", "S"), ("color_name", "Indigo"))
    tea = listings.get("चाय-250", INDIA)[0]
    assert tea.title == "दार्जिलिंग चाय 250 ग्राम"
    assert listings.get("UPC-0001", INDIA)[0].external_ids[0].type == "UPC"
    assert listings.get("B2B-0001", INDIA)[0].price.amount == 499


def test_unknown_values_from_amazon(shop, listings):
    fields = ["listingStatus", "conditionType", "offerType", "issueSeverity"]
    fields += ["fulfillmentChannelCode", "relationshipType"]
    shop.add_fault("unknown_enum", operation="*ListingsItem*", fields=fields)
    found = listings.search(INDIA)
    assert len(found.listings) == 20
    for listing in found.listings:
        assert "SOMETHING_NEW" in listing.statuses
        assert (listing.price, listing.fulfilled_by) == (None, None)
        assert listing.notes


# --- enrichment -----------------------------------------------------------------


def test_enrichment_asks_in_batches_of_twenty(shop, listings):
    ordinary = [f"IN-{number:04d}" for number in range(1, 31)]
    found = list(listings.enrich(ordinary, INDIA))
    assert [each.seller_sku for each in found] == ordinary
    assert all(each.listing.seller_sku == each.seller_sku for each in found)
    assert not any(each.error for each in found)
    assert len(calls(shop, "searchListingsItems")) == 2
    assert calls(shop, "getListingsItem") == []


def test_enrichment_of_strange_skus(shop, listings):
    found = {each.seller_sku: each for each in listings.enrich(STRANGE, INDIA)}
    assert set(found) == set(STRANGE)
    for sku, each in found.items():
        assert each.listing.seller_sku == sku
    assert len(calls(shop, "searchListingsItems")) == 1
    assert len(calls(shop, "getListingsItem")) == 2


def test_enrichment_names_what_is_not_found(listings):
    asked = ["IN-0001", "NOWHERE", "NO,WHERE", "IN-0001", "."]
    found = list(listings.enrich(asked, INDIA))
    assert [each.seller_sku for each in found] == [
        "IN-0001",
        "NOWHERE",
        ".",
        "NO,WHERE",
    ]
    assert found[0].listing and found[0].error is None
    for each in found[1:]:
        assert each.listing is None
        assert isinstance(each.error, NotFoundError)


def test_enrichment_of_nothing_costs_nothing(shop, listings):
    assert list(listings.enrich([], INDIA)) == []
    assert not shop.calls


def test_one_sku_that_amazon_refuses_spoils_no_other(amazon):
    refusal = (400, amazon_error("InvalidInput", "Invalid Input"))
    amazon.answers += [refusal, (200, item("A")), refusal, (200, item("C"))]
    with amazon.client() as client:
        found = list(Listings(client).enrich(["A", "B", "C"], INDIA))
    assert [each.seller_sku for each in found] == ["A", "B", "C"]
    assert [bool(each.listing) for each in found] == [True, False, True]
    assert isinstance(found[1].error, BadRequestError)


@pytest.mark.parametrize("sku", ["", ".", ".."])
def test_a_sku_that_no_path_can_hold_spoils_no_other(amazon, sku):
    amazon.answers += [(400, amazon_error("InvalidInput")), (200, item("A"))]
    with amazon.client() as client:
        first, second = Listings(client).enrich(["A", sku], INDIA)
    assert first.listing.seller_sku == "A"
    assert isinstance(second.error, BadRequestError)


def test_other_errors_end_the_enrichment(amazon):
    """They are nobody's fault, so no SKU may be called missing for them."""
    down = (503, amazon_error("ServiceUnavailable"))
    amazon.answers += [page(item("A"))] + [down] * 20
    with amazon.client(budget=0) as client:
        found = Listings(client).enrich(["A", *"BCDEFGHIJKLMNOPQRSTU"], INDIA)
        assert next(found).seller_sku == "A"
        with pytest.raises(TransientError):
            list(found)


class SharedClock(FakeClock):
    """The client's clock; the simulated one follows it."""

    def __init__(self, simulator):
        super().__init__(START)
        self.simulator = simulator

    def sleep(self, seconds):
        super().sleep(seconds)
        # A call takes a moment too; without it two clocks' roundings would meet.
        self.simulator.clock.advance(seconds + 0.001)


def test_the_usage_plan_is_kept(shop):
    """200 SKUs are 10 searches: 5 at once, then one in a fifth of a second."""
    shop.quotas.enabled = True
    clock = SharedClock(shop)
    with connect(shop, "IN", clock=clock) as client:
        wanted = [f"NONE-{number}" for number in range(200)]
        assert len(list(Listings(client).enrich(wanted, INDIA))) == 200
    statuses = [call["status"] for call in calls(shop, "searchListingsItems")]
    assert statuses == [200] * 10
    assert sum(clock.sleeps) == pytest.approx(1.0)
