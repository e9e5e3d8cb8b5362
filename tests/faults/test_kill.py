# SPDX-License-Identifier: LGPL-3.0-or-later
"""kill -9 of a worker, wherever it stands: nothing is lost, nothing is there twice."""

import pytest

SYNC = "amazon.sync.orders"


def page_tokens(shop):
    return [call["query"].get("paginationToken") for call in shop.calls()]


def test_plain_sync(shop):
    """Without a fault all orders arrive; what the other tests are held against."""
    shop.order(6)
    shop.sync()
    shop.check_all_arrived()
    assert [run["state"] for run in shop.runs()] == ["done"]


def test_kill_between_fetch_and_apply(shop):
    """S44: a fetched order is durable; the next worker applies it."""
    shop.order(6)
    job = shop.workers.start(
        "fetch", {"stops": [[SYNC, "_settle_success", 1, "before"]]}
    )
    job.wait_for_stop()
    job.kill()
    waiting = [row["state"] for row in shop.orders().values()]
    assert waiting == ["waiting"] * 6
    shop.apply()
    shop.check_all_arrived()


def test_kill_before_apply_begins(shop):
    """The worker dies with a batch claimed and nothing written."""
    shop.order(6)
    shop.fetch()
    job = shop.workers.start("apply", {"stops": [[SYNC, "_claim_waiting", 1, "after"]]})
    job.wait_for_stop()
    job.kill()
    shop.apply()
    shop.check_all_arrived()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_kill_in_page_loop(shop, moment):
    """After two committed pages of four the next worker goes on with the third.

    Killed before the third page is stored, or after it but before its commit.
    """
    shop.order(12)
    job = shop.workers.start(
        "fetch", {"page_size": 3, "stops": [[SYNC, "_store_fetched", 3, moment]]}
    )
    job.wait_for_stop()
    job.kill()
    assert len(shop.orders()) == 6
    assert shop.cursors()[0]["page_token"] == page_tokens(shop)[2]
    before = page_tokens(shop)
    shop.pass_time(5)
    shop.fetch(page_size=3)
    resumed = page_tokens(shop)[len(before) :]
    assert len(before) == 3 and len(resumed) == 2
    assert resumed[0] == before[2], "the window started again"
    shop.apply()
    shop.check_all_arrived()
    assert {run["state"] for run in shop.runs()} == {"done"}


def test_kill_with_page_token_of_yesterday(shop):
    """A page token older than Amazon's 24 hours restarts the window."""
    shop.order(9)
    job = shop.workers.start(
        "fetch", {"page_size": 3, "stops": [[SYNC, "_store_fetched", 2, "before"]]}
    )
    job.wait_for_stop()
    job.kill()
    calls = len(shop.calls())
    shop.pass_time(25 * 60)
    shop.fetch(page_size=3)
    resumed = page_tokens(shop)[calls:]
    assert resumed[0] is None and len(resumed) == 3
    shop.apply()
    shop.check_all_arrived()
    assert [run["state"] for run in shop.runs()] == ["failed", "done"]
    assert shop.runs()[0]["message"]


def test_kill_while_the_clock_was_hours_ahead(shop):
    """Neither lease nor quota of that time holds up who comes with the right time."""
    shop.order(6)
    stops = [[SYNC, "_store_fetched", 2, "before"]]
    patches = {"ahead": 5 * 3600, "page_size": 2, "stops": stops}
    job = shop.workers.start("fetch", patches)
    job.wait_for_stop()
    job.kill()
    assert len(shop.orders()) == 2
    shop.query("UPDATE amazon_token_bucket SET tokens = 0")
    for minutes in (60, 4, 4, 4):
        shop.pass_time(minutes)
        shop.fetch(page_size=2)
    shop.apply()
    shop.check_all_arrived()


def test_kill_between_batches_of_apply(shop):
    """What the first batches committed stays; the rest comes with the next worker."""
    shop.order(12)
    shop.fetch()
    job = shop.workers.start(
        "apply", {"batch_size": 4, "stops": [[SYNC, "_apply_batch", 2, "before"]]}
    )
    job.wait_for_stop()
    job.kill()
    states = sorted(row["state"] for row in shop.orders().values())
    assert states == ["applied"] * 4 + ["waiting"] * 8
    shop.apply(batch_size=4)
    shop.check_all_arrived()


@pytest.mark.parametrize(
    ("method", "moment"),
    [("_create_sale_orders", "before"), ("_confirm", "before"), ("_confirm", "after")],
)
def test_kill_inside_batch(shop, method, moment):
    """An unfinished batch leaves nothing behind, not even a draft."""
    shop.order(8)
    shop.fetch()
    job = shop.workers.start(
        "apply",
        {"batch_size": 4, "stops": [["amazon.order.writer", method, 2, moment]]},
    )
    job.wait_for_stop()
    job.kill()
    assert shop.sale_count()["count"] == 4
    shop.apply()
    shop.check_all_arrived()
    outcomes = [shop.records(number)[-1]["outcome"] for number in shop.orders()]
    assert outcomes == ["created"] * 8
