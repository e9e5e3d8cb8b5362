# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cancellations on their way to Amazon: killed workers, refused and unanswered calls.

A cancellation cannot be taken back: whatever goes wrong, no feed is submitted twice
unseen, and every order is cancelled in the end.
"""

import pytest

SYNC = "amazon.sync.cancellations"
ROUNDS = 32
# Minutes between two rounds; the longest pause between two tries is of 8 hours.
PAUSE = 90


@pytest.fixture
def outbox(shop):
    """A shop with three orders that were cancelled in Odoo, with a reason."""
    shop.order(3, days=1)
    shop.sync()
    shop.check_all_arrived()
    shop.workers.run("cancel", account_id=shop.account_id, reason="NoInventory")
    shop.switch_on("cancellations")
    shop.sim.calls.clear()
    assert [row["state"] for row in rows(shop)] == ["waiting"] * 3
    return shop


def rows(shop):
    return shop.query(
        "SELECT * FROM amazon_cancellation WHERE account_id = %s ORDER BY id",
        [shop.account_id],
    )


def send(shop, **patches):
    shop.workers.run("fetch", patches, kind="cancellations")


def send_until_done(shop):
    """Round after round, with the time that lies between them."""
    for _round in range(ROUNDS):
        send(shop)
        states = {row["state"] for row in rows(shop)}
        if states == {"confirmed"}:
            return
        reasons = {row["reason"] for row in rows(shop)}
        assert states <= {"waiting", "sent", "confirmed"}, reasons
        shop.pass_time(PAUSE)
    pytest.fail(f"never confirmed: {reasons}")


def check_cancelled_once(shop):
    """Every order is cancelled by the seller, and one feed has done it."""
    orders = shop.sim.truth(shop.key)
    assert len(orders) == 3
    for order in orders:
        assert order["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
        for item in order["orderItems"]:
            assert item["cancellation"]["cancellationExecution"] == {
                "cancelledBy": "MERCHANT",
                "cancelReason": "NoInventory",
            }
    feeds = shop.sim.feeds_of(shop.key)
    assert [feed.status for feed in feeds] == ["DONE"]
    assert {row["sale_state"] for row in shop.orders().values()} == {"cancel"}


def test_cancellations_are_told(outbox):
    """S173: what the other tests are held against: one feed, read back."""
    send_until_done(outbox)
    check_cancelled_once(outbox)
    assert len(outbox.calls("createFeed")) == 1


def test_kill_between_the_feed_and_its_commit(outbox):
    """S173: nobody knows the feed's number; it is found, not submitted again."""
    job = outbox.workers.start(
        "fetch",
        {"stops": [["amazon.feed", "_mark_submitted", 1, "before"]]},
        kind="cancellations",
    )
    job.wait_for_stop()
    job.kill()
    assert len(outbox.calls("createFeed")) == 1
    outbox.pass_time(10)
    send_until_done(outbox)
    check_cancelled_once(outbox)
    assert len(outbox.calls("createFeed")) == 1, "the feed was submitted twice"


def test_kill_before_the_feed(outbox):
    """Written down, never sent: Amazon is asked, then told."""
    job = outbox.workers.start(
        "fetch", {"stops": [[SYNC, "_call", 1, "before"]]}, kind="cancellations"
    )
    job.wait_for_stop()
    job.kill()
    assert not outbox.calls("createFeed")
    outbox.pass_time(10)
    send_until_done(outbox)
    check_cancelled_once(outbox)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("error", {"status": 500}),
        ("throttle", {"retry_after": 60}),
        ("cut_before", {}),
        ("cut_body", {}),
        ("empty", {}),
    ],
)
@pytest.mark.parametrize("operation", ["createFeed", "*Feed*"])
def test_every_second_call_goes_wrong(outbox, operation, kind, options):
    """S44, S173: some of them arrived, some did not; each order is cancelled once."""
    for number in range(0, 20, 2):
        outbox.sim.add_fault(
            kind, operation=operation, after=number, count=1, **options
        )
    send_until_done(outbox)
    check_cancelled_once(outbox)


@pytest.mark.parametrize("kind", ["feed_fatal", "feed_cancelled"])
def test_a_feed_that_amazon_gives_up_is_sent_again(outbox, kind):
    """Nothing of it was done: the orders say so, and the next feed does it."""
    outbox.sim.add_fault(kind, operation="createFeed", count=1)
    send_until_done(outbox)
    statuses = [feed.status for feed in outbox.sim.feeds_of(outbox.key)]
    assert statuses[0] == "DONE" and len(statuses) == 2
    orders = outbox.sim.truth(outbox.key)
    found = {order["fulfillment"]["fulfillmentStatus"] for order in orders}
    assert found == {"CANCELLED"}


def test_an_order_shipped_meanwhile_is_refused_alone(outbox):
    """S173: Amazon refuses one; the others are cancelled, and a human is told."""
    shipped = next(iter(outbox.orders()))
    outbox.sim.ship_order(shipped)
    for _round in range(6):
        send(outbox)
        outbox.pass_time(15)
    states = sorted(row["state"] for row in rows(outbox))
    assert states[:2] == ["confirmed"] * 2
    assert states[2] in ("failed", "refused")
    [refused] = [row for row in rows(outbox) if row["state"] != "confirmed"]
    assert refused["reason"]
    assert len(outbox.calls("createFeed")) == 1
