# SPDX-License-Identifier: LGPL-3.0-or-later
"""Token buckets: arithmetic, reserves, corrections by Amazon."""

import threading

import pytest
from contract.test_client_support import READ, FakeClock, ScriptedAmazon, amazon_error
from sp_api import SEARCH_ORDERS, MemoryBucketStore, Operation, ThrottledError

KEY = ("app", "seller", "operation")


def take(store, now, rate=0.5, burst=4, floor=0.0):
    return store.take(KEY, rate, burst, floor, now)


def test_burst_then_wait_for_one_period():
    store = MemoryBucketStore()
    assert [take(store, 100.0) for _ in range(4)] == [0.0] * 4
    assert take(store, 100.0) == pytest.approx(2.0)
    assert take(store, 101.0) == pytest.approx(1.0)
    assert take(store, 102.0) == 0.0
    assert take(store, 102.0) == pytest.approx(2.0)


def test_refill_stops_at_burst():
    store = MemoryBucketStore()
    take(store, 0.0)
    assert store.level(KEY, 0.5, 4, 1e6) == 4.0
    assert [take(store, 1e6) for _ in range(5)][3:] == [0.0, pytest.approx(2.0)]


def test_level_of_an_unused_bucket_is_its_burst():
    assert MemoryBucketStore().level(KEY, 0.5, 4, 0.0) == 4.0


def test_floor_leaves_tokens_behind():
    store = MemoryBucketStore()
    assert take(store, 0.0, floor=3) == 0.0
    assert take(store, 0.0, floor=3) == pytest.approx(2.0)
    assert take(store, 0.0, floor=0) == 0.0
    assert store.level(KEY, 0.5, 4, 0.0) == pytest.approx(2.0)


def test_refused_take_costs_nothing():
    store = MemoryBucketStore()
    take(store, 0.0, floor=3)
    for _ in range(10):
        take(store, 0.0, floor=3)
    assert store.level(KEY, 0.5, 4, 0.0) == pytest.approx(3.0)


def test_drain_gives_nothing_before_and_one_token_at_its_end():
    store = MemoryBucketStore()
    take(store, 0.0)
    store.drain(KEY, 10.0, 0.0)
    assert store.level(KEY, 0.5, 4, 5.0) == 0.0
    assert take(store, 4.0) == pytest.approx(6.0)
    assert take(store, 4.0, floor=1) == pytest.approx(8.0)
    assert take(store, 10.0) == 0.0
    assert take(store, 10.0) == pytest.approx(2.0)


def test_shorter_drain_does_not_shorten_a_longer_one():
    store = MemoryBucketStore()
    take(store, 0.0)
    store.drain(KEY, 100.0, 0.0)
    store.drain(KEY, 10.0, 0.0)
    assert take(store, 50.0) == pytest.approx(50.0)


def test_learned_rate_counts_from_now_on_and_beats_the_plan():
    store = MemoryBucketStore()
    for _ in range(4):
        take(store, 0.0)
    store.learn(KEY, 4.0, 1.0)
    # Half a token of the first second at the old rate, then four a second.
    assert store.level(KEY, 0.5, 4, 1.0) == pytest.approx(0.5)
    assert take(store, 1.0) == pytest.approx(0.125)
    assert take(store, 1.125) == 0.0


def test_clock_that_goes_back_creates_no_tokens():
    store = MemoryBucketStore()
    for _ in range(4):
        take(store, 100.0)
    assert take(store, 50.0) > 0
    assert take(store, 101.0) == pytest.approx(1.0)


def test_clock_that_was_hours_ahead_costs_nothing():
    """What was taken under a wrong clock refills from now on, not from then."""
    store = MemoryBucketStore()
    ahead = 100.0 + 5 * 3600
    assert [take(store, ahead) for _ in range(4)] == [0.0] * 4
    store.drain(KEY, ahead + 60, ahead)
    assert store.level(KEY, 0.5, 4, 100.0) == 1.0
    assert take(store, 100.0) == 0.0
    assert take(store, 100.0) == pytest.approx(2.0)
    assert take(store, 102.0) == 0.0


def test_wait_of_hours_is_looked_at_hourly():
    store = MemoryBucketStore()
    take(store, 0.0)
    store.drain(KEY, 7200.0, 0.0)
    assert take(store, 10.0) == pytest.approx(3590.0)
    assert take(store, 3600.0) == 0.0


def test_no_token_is_given_twice_to_threads():
    store = MemoryBucketStore()
    taken = []
    barrier = threading.Barrier(8)

    def work():
        barrier.wait()
        for _ in range(50):
            if store.take(KEY, 0.5, 60, 0.0, 0.0) == 0.0:
                taken.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 60


def test_an_unknown_purpose_is_refused(amazon):
    """It would leave everybody's reserve alone and starve in silence."""
    with pytest.raises(ValueError, match="lively"):
        amazon.client(purpose="lively")


def test_reserves_of_search_orders():
    """Design rule 9: 8 tokens for live polls, 4 for users, the rest for backfill."""
    floors = {name: SEARCH_ORDERS.floor(name) for name in ("live", "user", "backfill")}
    assert floors == {"live": 0, "user": 8, "backfill": 12}
    store = MemoryBucketStore()

    def calls(purpose):
        floor, count = SEARCH_ORDERS.floor(purpose), 0
        while (
            store.take(KEY, SEARCH_ORDERS.rate, SEARCH_ORDERS.burst, floor, 0.0) == 0.0
        ):
            count += 1
        return count

    assert [calls(name) for name in ("backfill", "user", "live")] == [8, 4, 8]


def test_reserves_never_lock_everybody_out():
    small = Operation("small", "GET", "/", 1.0, 2, True, {"live": 8, "user": 4})
    assert small.floor("backfill") == 1


def test_short_waits_are_waited_for_and_long_ones_refused():
    """S178: a poll that has to wait comes back at a stated time."""
    clock = FakeClock()
    with ScriptedAmazon() as amazon, amazon.client(clock, max_wait=0.6) as client:
        for _ in range(READ.burst + 1):
            client.call(READ, path_params={"id": 1})
        assert clock.sleeps == [pytest.approx(0.5)]
        slow = Operation("slow", "GET", "/slow", 0.1, 1, True)
        client.call(slow)
        with pytest.raises(ThrottledError) as caught:
            client.call(slow)
        assert caught.value.retry_at == pytest.approx(clock.now + 10)
        assert len(amazon.requests) == READ.burst + 2


def test_purpose_leaves_the_reserves_of_those_before_it():
    operation = Operation("o", "GET", "/o", 0.01, 3, True, {"live": 1, "user": 1})
    clock, buckets = FakeClock(), MemoryBucketStore()
    with ScriptedAmazon() as amazon:
        options = {"clock": clock, "buckets": buckets}
        amazon.client(purpose="backfill", **options).call(operation)
        with pytest.raises(ThrottledError, match="backfill"):
            amazon.client(purpose="backfill", **options).call(operation)
        amazon.client(purpose="live", **options).call(operation)
        assert len(amazon.requests) == 2


def test_header_corrects_the_rate():
    clock, buckets = FakeClock(), MemoryBucketStore()
    operation = Operation("o", "GET", "/o", 0.01, 1, True)
    with ScriptedAmazon() as amazon, amazon.client(clock, buckets=buckets) as client:
        amazon.answers = [(200, {"a": 1}, {"x-amzn-RateLimit-Limit": "0.5"})]
        client.call(operation)
        client.call(operation)
        assert clock.sleeps == [pytest.approx(2.0)]


@pytest.mark.parametrize("header", ["", "fast", "nan", "inf", "0", "-1", "1e9"])
def test_senseless_rate_header_is_ignored(header):
    clock = FakeClock()
    operation = Operation("o", "GET", "/o", 0.5, 1, True)
    with ScriptedAmazon() as amazon, amazon.client(clock) as client:
        amazon.answers = [(200, {"a": 1}, {"x-amzn-RateLimit-Limit": header})]
        client.call(operation)
        client.call(operation)
        assert clock.sleeps == [pytest.approx(2.0)]


def test_429_is_shared_through_the_store():
    clock, buckets = FakeClock(), MemoryBucketStore()
    with ScriptedAmazon() as amazon:
        amazon.answers = [(429, amazon_error("QuotaExceeded"), {"Retry-After": "60"})]
        with pytest.raises(ThrottledError) as caught:
            amazon.client(clock, buckets=buckets).call(READ, path_params={"id": 1})
        assert caught.value.retry_at == pytest.approx(clock.now + 60)
        with pytest.raises(ThrottledError) as other:
            amazon.client(clock, buckets=buckets).call(READ, path_params={"id": 1})
        assert other.value.retry_at == pytest.approx(clock.now + 60)
        assert len(amazon.requests) == 1
