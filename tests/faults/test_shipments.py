# SPDX-License-Identifier: LGPL-3.0-or-later
"""Parcels on their way to Amazon: killed workers, refused and unanswered calls.

Whatever goes wrong, Amazon knows every parcel once, with its own number.
"""

import pytest

SYNC = "amazon.sync.shipments"
# Enough rounds for every pause between two tries.
ROUNDS = 8


@pytest.fixture
def outbox(shop):
    """A shop with five delivered orders that Amazon does not know of yet."""
    shop.order(5, days=1)
    shop.sync()
    shop.check_all_arrived()
    shop.workers.run("deliver", account_id=shop.account_id)
    shop.switch_on("shipments")
    shop.sim.calls.clear()
    assert {row["state"] for row in parcels(shop)} == {"waiting"}
    return shop


def parcels(shop):
    return shop.query(
        "SELECT parcel.*, o.order_number AS number FROM amazon_shipment parcel"
        "  JOIN amazon_order o ON o.id = parcel.order_id"
        " WHERE parcel.account_id = %s ORDER BY parcel.id",
        [shop.account_id],
    )


def send(shop, **patches):
    shop.workers.run("fetch", patches, kind="shipments")


def send_until_told(shop):
    """Round after round, with the time that lies between them."""
    for _round in range(ROUNDS):
        send(shop)
        states = {row["state"] for row in parcels(shop)}
        if states <= {"sent", "confirmed"}:
            return
        assert states <= {"waiting", "sent", "confirmed"}, states
        shop.pass_time(10 * 60)
    pytest.fail("the outbox is never empty")


def confirmations(shop):
    """The orders that Amazon was told of, once per call that it answered or not."""
    return [call["path"].split("/")[-2] for call in shop.calls("confirmShipment")]


def check_told_once(shop):
    """Amazon has one package per order: the parcel's id is its number; all of it."""
    rows = parcels(shop)
    assert len(rows) == 5
    for row in rows:
        order = shop.sim.find_order(row["number"])[1].data
        assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED", row["number"]
        [package] = order["packages"]
        assert package["packageReferenceId"] == str(row["id"])
        assert package["trackingNumber"] == row["tracking_number"]


def test_parcels_are_told(outbox):
    """S43, S128: what the other tests are held against."""
    send(outbox)
    check_told_once(outbox)
    assert sorted(confirmations(outbox)) == sorted(
        row["number"] for row in parcels(outbox)
    )
    assert not outbox.calls("getOrder")


def test_kill_between_the_call_and_its_commit(outbox):
    """S43: nobody knows what became of the calls; they are looked up, not repeated."""
    job = outbox.workers.start(
        "fetch", {"stops": [[SYNC, "_settle_batch", 1, "before"]]}, kind="shipments"
    )
    job.wait_for_stop()
    job.kill()
    check_told_once(outbox)
    assert {row["state"] for row in parcels(outbox)} == {"waiting"}
    outbox.pass_time(10)
    send(outbox)
    assert {row["state"] for row in parcels(outbox)} == {"confirmed"}
    check_told_once(outbox)
    assert len(confirmations(outbox)) == 5, "a parcel was told twice"


def test_kill_between_the_stamp_and_the_call(outbox):
    """Stamped, never sent: Amazon is asked, then told."""
    job = outbox.workers.start(
        "fetch", {"stops": [[SYNC, "_send_batch", 1, "before"]]}, kind="shipments"
    )
    job.wait_for_stop()
    job.kill()
    assert not confirmations(outbox)
    outbox.pass_time(10)
    send_until_told(outbox)
    check_told_once(outbox)
    assert len(outbox.calls("getOrder")) == 5
    assert len(confirmations(outbox)) == 5


def every_second(sim, kind, calls=20, **options):
    for number in range(0, calls, 2):
        sim.add_fault(
            kind, operation="confirmShipment", after=number, count=1, **options
        )


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("error", {"status": 500}),
        ("throttle", {}),
        ("throttle", {"retry_after": 60}),
        ("cut_before", {}),
        ("cut_body", {}),
        ("html", {"status": 502}),
        ("empty", {}),
    ],
)
def test_every_second_call_goes_wrong(outbox, kind, options):
    """S43, S44: some of them arrived, some did not; each parcel is there once."""
    every_second(outbox.sim, kind, **options)
    send_until_told(outbox)
    check_told_once(outbox)
    assert outbox.alerts() == []


def test_reading_back_goes_wrong_too(outbox):
    """As long as Amazon does not say what it knows, nothing is sent again."""
    outbox.sim.add_fault("cut_body", operation="confirmShipment", count=1)
    outbox.sim.add_fault("error", operation="getOrder", status=500, count=8)
    send_until_told(outbox)
    check_told_once(outbox)
    assert len(confirmations(outbox)) == 5


def test_two_workers_send_no_parcel_twice(outbox):
    """The second one finds the task taken."""
    first = outbox.workers.start(
        "fetch", {"stops": [[SYNC, "_send_batch", 1, "before"]]}, kind="shipments"
    )
    first.wait_for_stop()
    send(outbox)
    assert not confirmations(outbox)
    first.go_on()
    first.result()
    send(outbox)
    check_told_once(outbox)
    assert len(confirmations(outbox)) == 5
