# SPDX-License-Identifier: LGPL-3.0-or-later
"""Several workers at once, each on its own connection; transactions that collide."""

import pytest

SYNC = "amazon.sync.orders"
# Rows that orders share: whoever changes one makes a waiting batch start again.
SHARED_TABLES = (
    "amazon_channel",
    "product_product",
    "product_template",
    "res_company",
    "res_partner",
    "stock_quant",
)


def touch_shared_rows(shop):
    """Another transaction updates what the orders use, and commits."""
    for table in SHARED_TABLES:
        shop.query(f"UPDATE {table} SET write_date = write_date + interval '1 second'")


def test_two_apply_workers_at_once(shop):
    """Each order is taken by one worker only; both share buyers and products."""
    shop.order(12, buyers=2)
    shop.fetch()
    first = shop.workers.start(
        "apply", {"batch_size": 4, "stops": [[SYNC, "_apply_batch", 1, "after"]]}
    )
    first.wait_for_stop()
    second = shop.workers.start("apply", {"batch_size": 4})
    third = shop.workers.start("apply", {"batch_size": 3})
    first.go_on()
    for job in (first, second, third):
        job.result()
    # A worker that met a locked order leaves it to the one that holds it.
    shop.apply()
    shop.check_all_arrived()
    failed = [row["attempts"] for row in shop.orders().values() if row["attempts"]]
    assert not failed


def test_two_apply_workers_create_same_buyer(shop):
    """Both meet a buyer who is not there yet: one contact, both orders."""
    shop.order(6, buyers=1)
    shop.fetch()
    stops = {
        "batch_size": 3,
        "stops": [["amazon.order.writer", "_resolve_customers", 1, "after"]],
    }
    first = shop.workers.start("apply", stops)
    first.wait_for_stop()
    second = shop.workers.start("apply", {"batch_size": 3})
    first.go_on()
    first.result()
    second.result()
    shop.apply()
    shop.check_all_arrived()
    partners = shop.value(
        "SELECT count(DISTINCT sale.partner_id) FROM sale_order sale"
        "  JOIN amazon_order o ON o.sale_order_id = sale.id WHERE o.account_id = %s",
        [shop.account_id],
    )
    assert partners == 1
    outcomes = {shop.records(number)[-1]["outcome"] for number in shop.orders()}
    assert outcomes == {"created"}


@pytest.mark.parametrize("conflicts", [1, 3])
def test_serialization_failures(shop, conflicts):
    """A collision is never an order's fault: rolled back, done again, not branded."""
    shop.order(8)
    shop.fetch()
    job = shop.workers.start(
        "apply",
        {
            "stops": [
                *([SYNC, "_claim_waiting", n + 1, "after"] for n in range(conflicts)),
                [SYNC, "_apply_batch", conflicts + 1, "before"],
            ]
        },
    )
    for _number in range(conflicts):
        assert job.wait_for_stop() == "_claim_waiting"
        touch_shared_rows(shop)
        job.go_on()
    # The worker stands before one try more than there were collisions.
    assert job.wait_for_stop() == "_apply_batch"
    assert shop.sale_count()["count"] == 0, "nothing collided"
    job.go_on()
    job.result()
    shop.apply()
    shop.check_all_arrived()
    for number, row in shop.orders().items():
        assert [record["outcome"] for record in shop.records(number)] == ["created"]
        assert row["attempts"] == 0


def test_conflict_waits_for_the_others(shop):
    """After a collision a worker claims when the others' batches are committed, and
    sees them: it cannot collide with them. They wait for it in turn."""
    shop.order(12)
    shop.fetch()
    stops = [[SYNC, "_claim_waiting", number, "after"] for number in (1, 2)]
    stops.append([SYNC, "_apply_batch", 2, "after"])
    second = shop.workers.start("apply", {"batch_size": 4, "stops": stops})
    second.wait_for_stop()
    touch_shared_rows(shop)
    first = shop.workers.start(
        "apply", {"batch_size": 4, "stops": [[SYNC, "_apply_batch", 1, "after"]]}
    )
    first.wait_for_stop()
    second.go_on()
    assert not second.answers_within(2), "it did not wait for the first one"
    first.go_on()
    assert second.wait_for_stop() == "_claim_waiting"
    assert shop.sale_count()["count"] == 4
    second.go_on()
    assert second.wait_for_stop() == "_apply_batch", "it collided again"
    assert not first.answers_within(1), "it began beside the one that is alone"
    second.go_on()
    for job in (first, second):
        job.result()
    shop.apply()
    shop.check_all_arrived()
    assert not any(row["attempts"] for row in shop.orders().values())


def test_killed_worker_keeps_nobody_waiting(shop):
    """The turn of a worker that was killed alone ends with its connection."""
    shop.order(8)
    shop.fetch()
    claims = [[SYNC, "_claim_waiting", number, "after"] for number in (1, 2)]
    alone = shop.workers.start("apply", {"batch_size": 4, "stops": claims})
    alone.wait_for_stop()
    touch_shared_rows(shop)
    alone.go_on()
    alone.wait_for_stop()
    other = shop.workers.start("apply")
    assert not other.answers_within(2), "it began beside the one that is alone"
    alone.kill()
    assert other.answers_within(20)
    other.result()
    shop.check_all_arrived()


def test_endless_serialization_failures(shop):
    """Even a worker that gives up brands no order; the next one applies them."""
    shop.order(4)
    shop.fetch()
    stops = [[SYNC, "_claim_waiting", number, "after"] for number in range(1, 41)]
    job = shop.workers.start("apply", {"stops": stops})
    for _number in stops:
        try:
            job.wait_for_stop()
        except AssertionError as ended:
            assert "SerializationFailure" in str(ended)
            break
        touch_shared_rows(shop)
        job.go_on()
    else:
        pytest.fail("the worker never gives up")
    assert {row["state"] for row in shop.orders().values()} == {"waiting"}
    shop.apply()
    shop.check_all_arrived()


def test_conflict_while_page_is_stored(shop):
    """A page that collides with a user's change is stored on a new snapshot."""
    numbers = shop.order(4)
    shop.sync()
    for number in numbers:
        shop.sim.update_order(number, {"programs": ["PRIME"]})
    shop.pass_time(16)
    job = shop.workers.start(
        "fetch", {"stops": [["amazon.order.inbox", "_load_stored", 1, "after"]]}
    )
    job.wait_for_stop()
    shop.query("UPDATE amazon_order SET reason = 'seen by a user'")
    job.go_on()
    job.result()
    shop.apply()
    shop.check_all_arrived()
    programs = [row["payload"]["programs"] for row in shop.orders().values()]
    assert programs == [["PRIME"]] * 4
    assert [run["state"] for run in shop.runs()] == ["done", "done"]


def test_two_fetch_workers_at_once(shop):
    """S44: the lease lets one worker fetch; the other finds nothing to do."""
    shop.order(6)
    first = shop.workers.start(
        "fetch", {"page_size": 3, "stops": [[SYNC, "_store_fetched", 1, "before"]]}
    )
    first.wait_for_stop()
    shop.fetch(page_size=3)
    assert len(shop.calls()) == 1
    first.go_on()
    first.result()
    assert len(shop.calls()) == 2
    shop.apply()
    shop.check_all_arrived()
    assert [run["state"] for run in shop.runs()] == ["done"]


def test_lease_of_dead_worker_is_taken_over(shop):
    """The lease of a killed worker holds for some minutes, then the next one works."""
    shop.order(6)
    job = shop.workers.start(
        "fetch", {"page_size": 3, "stops": [[SYNC, "_store_fetched", 1, "after"]]}
    )
    job.wait_for_stop()
    job.kill()
    shop.fetch(page_size=3)
    assert len(shop.calls()) == 1, "the lease did not hold"
    shop.pass_time(4)
    shop.fetch(page_size=3)
    shop.apply()
    shop.check_all_arrived()


@pytest.mark.parametrize("page", [1, 2, 3])
def test_slow_worker_lost_its_lease(shop, page):
    """A worker that wakes up after another took its task over does no harm.

    It holds the answer to one of three pages; the other worker has finished the
    window meanwhile.
    """
    shop.order(9)
    slow = shop.workers.start(
        "fetch", {"page_size": 3, "stops": [[SYNC, "_store_fetched", page, "before"]]}
    )
    slow.wait_for_stop()
    shop.pass_time(4)
    shop.fetch(page_size=3)
    watermark = shop.cursors()[0]["watermark"]
    calls = len(shop.calls())
    slow.go_on()
    slow.result()
    assert len(shop.calls()) == calls, "it went on without its lease"
    shop.apply()
    shop.check_all_arrived()
    assert shop.cursors()[0]["watermark"] == watermark
    assert {run["state"] for run in shop.runs()} == {"done"}
    shop.order_now(3)
    shop.pass_time(16)
    shop.sync(page_size=3)
    shop.check_all_arrived()
    assert {run["state"] for run in shop.runs()} == {"done"}


def test_slow_worker_wakes_in_next_window(shop):
    """Its page is of the last window; the window now open keeps its own place."""
    shop.order(9)
    slow = shop.workers.start(
        "fetch", {"page_size": 3, "stops": [[SYNC, "_store_fetched", 2, "before"]]}
    )
    slow.wait_for_stop()
    shop.pass_time(4)
    shop.fetch(page_size=3)
    for number in list(shop.orders()):
        shop.sim.update_order(number, {"programs": ["PRIME"]})
    shop.pass_time(16)
    other = shop.workers.start(
        "fetch", {"page_size": 3, "stops": [[SYNC, "_store_fetched", 2, "before"]]}
    )
    other.wait_for_stop()
    token = shop.cursors()[0]["page_token"]
    slow.go_on()
    slow.result()
    assert shop.cursors()[0]["page_token"] == token
    other.go_on()
    other.result()
    shop.apply()
    shop.check_all_arrived()
    programs = [row["payload"].get("programs") for row in shop.orders().values()]
    assert programs == [["PRIME"]] * 9, "a page of the next window is missing"
    assert {run["state"] for run in shop.runs()} == {"done"}
