# SPDX-License-Identifier: LGPL-3.0-or-later
"""kill -9 of the worker that reads listings: all are there, none twice."""

import pytest

ITEMS = "amazon.sync.items"
ROUNDS = 4


def listed(shop):
    """What Amazon has: ``{(seller SKU, marketplace)}``."""
    return {
        (listing.seller_sku, listing.marketplace_id)
        for listing in shop.sim.listings(shop.key)
    }


def known(shop):
    rows = shop.query(
        "SELECT listing.seller_sku, place.amazon_code, listing.read_at"
        "  FROM amazon_listing listing"
        "  JOIN amazon_channel channel ON channel.id = listing.channel_id"
        "  JOIN amazon_marketplace place ON place.id = channel.marketplace_id"
        " WHERE channel.account_id = %s AND listing.active",
        [shop.account_id],
    )
    found = {(row["seller_sku"], row["amazon_code"]) for row in rows}
    assert len(found) == len(rows), "a listing is there twice"
    assert all(row["read_at"] for row in rows), "details are missing"
    return found


@pytest.mark.parametrize(
    ("model", "method", "moment"),
    [
        (ITEMS, "_merge_rows", "before"),
        (ITEMS, "_merge_rows", "after"),
        ("amazon.items.verdict", "_settle_missing", "before"),
        (ITEMS, "_store_found", "before"),
        (ITEMS, "_store_found", "after"),
        ("amazon.items.matcher", "_match_waiting_some", "before"),
    ],
)
def test_kill_in_items(shop, model, method, moment):
    """S33, S59: the next worker goes on; no report is asked for twice."""
    shop.sim.set_reports(delay_seconds=0)
    shop.switch_on("items")
    shop.workers.run("fetch", kind="items")
    shop.pass_time(1)
    job = shop.workers.start(
        "fetch", {"stops": [[model, method, 1, moment]]}, kind="items"
    )
    job.wait_for_stop()
    job.kill()
    for _round in range(ROUNDS):
        shop.pass_time(4)
        shop.workers.run("fetch", kind="items")
    assert listed(shop)
    assert known(shop) == listed(shop)
    runs = [run for run in shop.runs() if run["kind"] == "items"]
    assert {run["state"] for run in runs} == {"done"}
    asked = shop.calls("createReport")
    places = {place for _sku, place in listed(shop)}
    assert len(asked) == len(places), "one per channel"
    told = shop.query(
        "SELECT record.listing_id, count(*) FROM amazon_sync_record record"
        "  JOIN amazon_sync_run run ON run.id = record.run_id"
        " WHERE run.account_id = %s AND record.outcome IN ('created', 'unconfirmed')"
        " GROUP BY record.listing_id",
        [shop.account_id],
    )
    assert {row["count"] for row in told} == {1}, "told twice in the history"
