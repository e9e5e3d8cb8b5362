# SPDX-License-Identifier: LGPL-3.0-or-later
"""Quantities on their way: throttled, killed, on hold, cut off; Amazon ends right."""

import pytest

from faults.shop import seeds

STOCK = "amazon.sync.stock"
PATCH = "patchListingsItem"
ROUNDS = 4


@pytest.fixture
def stocked(shop):
    """The shop, live with stock; nothing was sent yet.

    Twelve articles that no other test has, on both channels, stored in Odoo.
    """
    for listing in shop.sim.listings(shop.key):
        shop.sim.delete_listing(shop.key, listing.seller_sku, listing.marketplace_id)
    batch = next(seeds)
    for number in range(12):
        for place in shop.seller.real_marketplaces():
            shop.sim.put_listing(
                shop.key, f"STOCK-{batch}-{number:02d}", place.id, quantity=5
            )
    shop.sim.set_reports(delay_seconds=0)
    shop.sim.set_stock(lag=(0, 0))
    shop.workers.run("create_products", skus=list(wanted(shop)))
    shop.workers.run("put_stock", account_id=shop.account_id, quantities=wanted(shop))
    shop.switch_on("items")
    for _round in range(ROUNDS):
        shop.workers.run("fetch", kind="items")
        shop.pass_time(4)
    shop.fetch()
    shop.switch_on("stock")
    shop.workers.run("go_live", account_id=shop.account_id)
    shop.sim.calls.clear()
    return shop


def wanted(shop):
    """{SKU: pieces that Odoo has}, different for each."""
    skus = sorted({listing.seller_sku for listing in shop.sim.listings(shop.key)})
    return {sku: 200 + number for number, sku in enumerate(skus)}


def on_amazon(shop):
    """{(SKU, marketplace): pieces for sale}."""
    return {
        (listing.seller_sku, listing.marketplace_id): listing.quantity
        for listing in shop.sim.listings(shop.key)
    }


def check_amazon_is_right(shop, sold=None):
    """Every listing offers what Odoo has, less what was `sold` ({SKU: pieces})."""
    quantities, sold = wanted(shop), sold or {}
    expected = {
        (sku, place): quantities[sku] - sold.get(sku, 0)
        for sku, place in on_amazon(shop)
    }
    assert len(expected) == 24
    assert on_amazon(shop) == expected


def send(shop, rounds=1, **patches):
    for _round in range(rounds):
        shop.workers.run("fetch", patches, kind="stock")


def start(shop, *stop):
    return shop.workers.start("fetch", {"stops": [[STOCK, *stop]]}, kind="stock")


def levels(shop):
    return shop.query(
        "SELECT * FROM amazon_stock_level WHERE account_id = %s", [shop.account_id]
    )


def accepted(shop):
    """Pushes that Amazon accepted, per SKU and marketplace."""
    counts = {}
    for push in shop.sim.pushes(shop.key):
        key = push.seller_sku, push.pool
        counts[key] = counts.get(key, 0) + push.accepted
    return counts


def confirm(shop):
    """Let the time pass after which quantities are read back, and read them."""
    shop.pass_time(6)
    shop.fetch()
    send(shop)


def test_quantities_arrive(stocked):
    """S34: what the other tests are held against."""
    send(stocked)
    check_amazon_is_right(stocked)
    assert set(accepted(stocked).values()) == {1}
    confirm(stocked)
    linked = [row for row in levels(stocked) if row["channel_id"]]
    assert {row["state"] for row in linked} == {"confirmed"}


def test_throttled_in_the_middle(stocked):
    """A 429 ends the run until Amazon's time; what was sent is not sent again."""
    stocked.sim.add_fault("throttle", operation=PATCH, after=7, count=1, retry_after=90)
    send(stocked)
    assert sum(accepted(stocked).values()) == 7
    calls = len(stocked.calls(PATCH))
    send(stocked)
    assert len(stocked.calls(PATCH)) == calls, "Amazon's time was not waited for"
    stocked.pass_time(2)
    send(stocked)
    check_amazon_is_right(stocked)
    assert set(accepted(stocked).values()) == {1}


def test_throttled_for_long(stocked):
    """Amazon grants five calls a minute: all arrive, in as many runs as it takes."""
    stocked.sim.quotas.enabled = True
    stocked.sim.quotas.set_plan(PATCH, rate=5 / 60, burst=5)
    for _round in range(12):
        send(stocked)
        stocked.pass_time(2)
        stocked.fetch()
    check_amazon_is_right(stocked)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_kill_between_submit_and_commit(stocked, moment):
    """What Amazon may have got is never taken for known; it goes again, computed anew.

    Meanwhile a buyer has ordered: the value of before is not sent again.
    """
    job = start(stocked, "_store_answers", 1, moment)
    job.wait_for_stop()
    job.kill()
    assert sum(accepted(stocked).values()) == 24
    assert not [row for row in levels(stocked) if row["confirmed"]]
    place = next(iter(on_amazon(stocked)))
    stocked.sim.place_order(stocked.key, {place[0]: 3}, place[1])
    stocked.pass_time(16)
    stocked.fetch()
    send(stocked, rounds=2)
    check_amazon_is_right(stocked, {place[0]: 3})


def test_kill_before_anything_left(stocked):
    """S44: the next worker sends all."""
    job = start(stocked, "_patch_some", 1, "before")
    job.wait_for_stop()
    job.kill()
    assert not accepted(stocked)
    stocked.pass_time(6)
    stocked.fetch()
    send(stocked)
    check_amazon_is_right(stocked)
    assert set(accepted(stocked).values()) == {1}


def test_on_hold_in_the_middle(stocked):
    """Rule 8: not one call leaves after the hold; on resume all the rest does."""
    # Reading the listings again comes first.
    send_calls = [[STOCK, "_store_answers", 1, "before"]]
    stocked.sim.add_fault("throttle", operation=PATCH, after=5, count=1, retry_after=60)
    job = stocked.workers.start("fetch", {"stops": send_calls}, kind="stock")
    job.wait_for_stop()
    stocked.set_hold(True)
    job.go_on()
    job.result()
    calls = len(stocked.sim.calls)
    stocked.pass_time(10)
    send(stocked)
    assert len(stocked.sim.calls) == calls
    stocked.set_hold(False)
    for _round in range(ROUNDS):
        stocked.workers.run("fetch", kind="items")
        stocked.fetch()
        send(stocked)
        stocked.pass_time(4)
    check_amazon_is_right(stocked)


@pytest.mark.parametrize("kind", ["cut_body", "cut_before", "html", "error"])
def test_answers_that_get_lost(stocked, kind):
    """A quantity is set outright: asking again does no harm."""
    stocked.sim.add_fault(kind, operation=PATCH, after=3, count=2)
    send(stocked)
    stocked.pass_time(6)
    stocked.fetch()
    send(stocked)
    check_amazon_is_right(stocked)


def test_refused_and_ignored_skus(stocked):
    """One SKU that Amazon refuses, one that it ignores: both are told, none stops
    the others."""
    first, second = sorted(wanted(stocked))[:2]
    stocked.sim.reject_sku(
        stocked.key, first, [{"code": "8541", "message": "Not this one."}]
    )
    stocked.sim.reject_sku(stocked.key, second, silent=True)
    send(stocked)
    told = {row["seller_sku"]: row for row in levels(stocked) if row["channel_id"]}
    assert told[first]["state"] == "rejected"
    assert "Not this one." in told[first]["reason"]
    for _round in range(6):
        stocked.pass_time(50)
        stocked.fetch()
        send(stocked)
    told = {row["seller_sku"]: row for row in levels(stocked) if row["channel_id"]}
    assert told[second]["state"] in ("rejected", "to_send")
    assert told[second]["reason"]
    stocked.sim.accept_sku(stocked.key, first)
    stocked.sim.accept_sku(stocked.key, second)
    stocked.pass_time(5 * 60)
    stocked.fetch()
    send(stocked, rounds=2)
    check_amazon_is_right(stocked)


def test_two_workers_send_at_once(stocked):
    """The lease lets one send; no SKU leaves twice."""
    job = start(stocked, "_patch_some", 1, "before")
    job.wait_for_stop()
    send(stocked)
    assert not accepted(stocked)
    job.go_on()
    job.result()
    check_amazon_is_right(stocked)
    assert set(accepted(stocked).values()) == {1}
