# SPDX-License-Identifier: LGPL-3.0-or-later
"""Everything that was updated in a time window, read completely and once."""

from datetime import timedelta

import pytest
from contract.test_client_listings import (
    INDIA,
    LONG_AGO,
    NOW,
    START,
    item,
    page,
    skus,
)
from contract.test_client_orders import calls, connect
from sp_api import (
    Listings,
    ListingsChangedError,
    ProtocolError,
    TooManyListingsError,
)


@pytest.fixture
def listings(shop):
    with connect(shop, "IN") as client:
        yield Listings(client)


@pytest.fixture
def stall(simulator):
    """The simulator with a seller in India without listings."""
    simulator.quotas.enabled = False
    simulator.add_seller("IN", region="eu", marketplace_ids=[INDIA])
    return simulator


def search_all(listings, after, places=INDIA):
    """Every listing of all pages."""
    for found in listings.search_pages(places, last_updated_after=after):
        yield from found.listings


def test_search_all_yields_every_listing_once(listings):
    """S133 and S169: items and variations are pulled."""
    found = skus(search_all(listings, LONG_AGO))
    assert len(found) == len(set(found)) == 59


def test_search_all_of_a_quiet_time_costs_one_call(shop, listings):
    assert list(search_all(listings, NOW)) == []
    assert len(calls(shop, "searchListingsItems")) == 1


def test_a_window_of_more_than_a_thousand_is_cut(stall):
    for number in range(2300):
        stall.put_listing(
            "IN", f"BULK-{number:04d}", created=START - 86400 + number // 100
        )
    with connect(stall, "IN") as client:
        window = {"last_updated_after": NOW - timedelta(days=90)}
        pages = list(Listings(client).search_pages(INDIA, **window))
    found = [sku for each in pages for sku in skus(each.listings)]
    assert found == [f"BULK-{number:04d}" for number in range(2300)]
    assert max(each.number_of_results for each in pages) < 1000
    # 115 full pages at best; cutting 90 days down to seconds is a few dozen more.
    assert len(calls(stall, "searchListingsItems")) < 115 + 60


def test_exactly_a_thousand_in_one_moment_can_be_read(stall):
    for number in range(1000):
        stall.put_listing("IN", f"BULK-{number:04d}", created=START - 86400)
    with connect(stall, "IN") as client:
        found = skus(search_all(Listings(client), NOW - timedelta(days=2)))
    assert len(found) == len(set(found)) == 1000


def test_what_cannot_be_cut_further_is_said(stall):
    for number in range(1001):
        stall.put_listing("IN", f"BULK-{number:04d}", created=START - 86400)
    with connect(stall, "IN") as client:
        with pytest.raises(TooManyListingsError) as caught:
            list(search_all(Listings(client), NOW - timedelta(days=2)))
    assert str(caught.value).endswith("than Amazon shows: 1001, 1000")
    assert "report" in caught.value.advice


def test_listings_that_change_meanwhile_make_nobody_lost(shop, listings):
    """A listing that is updated leaves the window and moves the others up."""
    pages = listings.search_pages(INDIA, last_updated_after=LONG_AGO)
    first = next(pages)
    shop.clock.advance(1)
    for sku in skus(first.listings)[:3]:
        shop.update_listing("IN", sku, title="Changed meanwhile")
    shop.clock.advance(300)
    found = skus(first.listings)
    found += [sku for each in pages for sku in skus(each.listings)]
    assert len(found) == len(set(found)) == 59


def test_listings_that_never_stand_still(amazon):
    for _attempt in range(3):
        amazon.answers += [
            page(item("A"), number=3, token="t"),
            page(item("B"), number=2),
        ]
    found = []
    with amazon.client() as client, pytest.raises(ListingsChangedError) as caught:
        for listing in search_all(Listings(client), NOW):
            found.append(listing.seller_sku)
    assert found == ["A", "B"]
    assert caught.value.retry_at > client.now()


def test_pages_that_never_end(amazon):
    amazon.answers += [page(item("A"), number=1, token="again")] * 201
    with amazon.client() as client, pytest.raises(ProtocolError):
        for _listing in search_all(Listings(client), NOW):
            pass


def test_a_listing_that_comes_twice_is_yielded_once(shop, listings):
    shop.add_fault("duplicates", operation="searchListingsItems")
    found = skus(search_all(listings, LONG_AGO))
    assert len(found) == len(set(found)) == 59
