# SPDX-License-Identifier: LGPL-3.0-or-later
"""Quantities on their way as a feed that hangs, fails, or whose worker is killed."""

import pytest

from faults.test_stock import (
    STOCK,
    accepted,
    check_amazon_is_right,
    confirm,
    levels,
    on_amazon,
    send,
    stocked,
    wanted,
)

__all__ = ["stocked"]
BULKY = {"feed_from": 5}
PATCH, CREATE = "patchListingsItem", "createFeed"


def feeds(shop):
    """The feeds as Odoo knows them, oldest first."""
    return shop.query(
        "SELECT * FROM amazon_feed WHERE account_id = %s ORDER BY id",
        [shop.account_id],
    )


def linked(shop):
    return [row for row in levels(shop) if row["channel_id"]]


def go_on(shop, rounds, minutes=16, **patches):
    """Round after round, with the time that lies between them."""
    for _round in range(rounds):
        shop.pass_time(minutes)
        shop.fetch()
        send(shop, **patches)


def ripen(shop, rounds=2):
    """Let Amazon work on what it got, look at it, and read the quantities back."""
    go_on(shop, rounds, minutes=6)


def order_while_feeds_hang(shop):
    """Feeds that hang for longer than they are waited for, and an order meanwhile.

    :return: SKU and marketplace of the two units ordered
    """
    shop.sim.add_fault("feed_hang", operation=CREATE, count=2)
    send(shop, **BULKY)
    sku, place = next(iter(on_amazon(shop)))
    shop.sim.place_order(shop.key, {sku: 2}, place)
    go_on(shop, 9)
    return sku, place


def test_quantities_arrive_by_feed(stocked):
    """S170: one feed per channel and not one call per SKU."""
    send(stocked, **BULKY)
    assert len(stocked.calls(CREATE)) == 2 and not stocked.calls(PATCH)
    assert {feed["state"] for feed in feeds(stocked)} == {"submitted"}
    ripen(stocked)
    check_amazon_is_right(stocked)
    assert set(accepted(stocked).values()) == {1}
    assert {feed["state"] for feed in feeds(stocked)} == {"done"}
    assert [feed["accepted_count"] for feed in feeds(stocked)] == [12, 12]
    assert {row["state"] for row in linked(stocked)} == {"confirmed"}
    assert not stocked.calls(PATCH)


def test_done_with_errors_inside(stocked):
    """The report tells of each SKU: one refusal stops none of the others."""
    refused = sorted(wanted(stocked))[3]
    stocked.sim.reject_sku(stocked.key, refused, [{"code": "1", "message": "Not now."}])
    send(stocked, **BULKY)
    ripen(stocked)
    told = {row["seller_sku"]: row for row in linked(stocked)}
    assert told.pop(refused)["state"] == "rejected"
    assert {row["state"] for row in told.values()} == {"confirmed"}
    (reasons,) = {
        row["reason"] for row in linked(stocked) if row["seller_sku"] == refused
    }
    assert "Not now." in reasons
    assert [feed["rejected_count"] for feed in feeds(stocked)] == [1, 1]


@pytest.mark.parametrize("kind", ["feed_fatal", "feed_fatal_late", "feed_cancelled"])
def test_a_feed_that_fails(stocked, kind):
    """What became of its quantities is unknown: those of now are sent."""
    stocked.sim.add_fault(kind, operation=CREATE, count=2)
    send(stocked, **BULKY)
    sku, place = next(iter(on_amazon(stocked)))
    stocked.sim.place_order(stocked.key, {sku: 2}, place)
    go_on(stocked, 1)
    ripen(stocked)
    assert {feed["state"] for feed in feeds(stocked)} <= {"failed", "cancelled"}
    check_amazon_is_right(stocked, {sku: 2})
    assert stocked.alerts()


def test_a_feed_that_hangs(stocked):
    """After two hours the quantities of now leave one by one, not those of the feed."""
    sku, _place = order_while_feeds_hang(stocked)
    assert {feed["state"] for feed in feeds(stocked)} == {"failed"}
    check_amazon_is_right(stocked, {sku: 2})
    assert stocked.alerts()
    confirm(stocked)
    assert {row["state"] for row in linked(stocked)} == {"confirmed"}


def test_a_hanging_feed_that_ends_at_last(stocked):
    """Amazon works on it much later: noticed within the hour, and put right."""
    sku, place = order_while_feeds_hang(stocked)
    check_amazon_is_right(stocked, {sku: 2})
    assert len(stocked.sim.release_feeds()) == 2
    assert on_amazon(stocked)[sku, place] == wanted(stocked)[sku]
    stocked.pass_time(61)
    stocked.fetch()
    send(stocked)
    check_amazon_is_right(stocked, {sku: 2})
    assert not [feed for feed in feeds(stocked) if feed["next_poll"]]
    confirm(stocked)
    assert {row["state"] for row in linked(stocked)} == {"confirmed"}


@pytest.mark.parametrize(
    ("method", "moment", "at_amazon"),
    [("_note_submitted", "before", 1), ("_note_submitted", "after", 1)],
)
def test_kill_after_amazon_got_the_feed(stocked, method, moment, at_amazon):
    """S44: the next worker finds the feed at Amazon and follows it; none goes twice."""
    patches = {**BULKY, "stops": [[STOCK, method, 1, moment]]}
    job = stocked.workers.start("fetch", patches, kind="stock")
    job.wait_for_stop()
    job.kill()
    assert len(stocked.sim.feeds_of(stocked.key)) == at_amazon
    assert not [row for row in linked(stocked) if row["confirmed"]]
    go_on(stocked, 1, minutes=6, **BULKY)
    ripen(stocked, rounds=3)
    assert len(stocked.sim.feeds_of(stocked.key)) == 2
    assert set(accepted(stocked).values()) == {1}
    check_amazon_is_right(stocked)
    assert {feed["state"] for feed in feeds(stocked)} == {"done"}


def test_kill_before_amazon_got_the_feed(stocked):
    """S44: it is known that nothing left; the quantities leave with the next worker."""
    patches = {**BULKY, "stops": [[STOCK, "_want_feed", 1, "after"]]}
    job = stocked.workers.start("fetch", patches, kind="stock")
    job.wait_for_stop()
    job.kill()
    assert not stocked.sim.feeds_of(stocked.key)
    stocked.pass_time(6)
    stocked.fetch()
    send(stocked, rounds=2)
    ripen(stocked)
    check_amazon_is_right(stocked)


@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        ("error", "uploadDocument"),
        ("error", "createFeedDocument"),
        ("cut_body", "createFeed"),
        ("throttle", "createFeed"),
        ("html", "getFeed"),
        ("truncated", "downloadDocument"),
    ],
)
def test_one_step_fails(stocked, kind, operation):
    """Wherever Amazon stumbles, the quantities arrive, and the feed is settled."""
    options = {"retry_after": 200} if kind == "throttle" else {}
    stocked.sim.add_fault(kind, operation=operation, count=1, **options)
    send(stocked, **BULKY)
    go_on(stocked, 6, **BULKY)
    check_amazon_is_right(stocked)
    assert {row["state"] for row in linked(stocked)} == {"confirmed"}
    assert not {"wanted", "submitted"} & {feed["state"] for feed in feeds(stocked)}
