# SPDX-License-Identifier: LGPL-3.0-or-later
"""When a call is repeated, after how long, and when it is given up."""

from email.utils import formatdate

import pytest
from contract.test_client_support import (
    READ,
    WRITE,
    FakeClock,
    ScriptedAmazon,
    amazon_error,
    cut_before,
    cut_in_body,
)
from sp_api import (
    AccessDeniedError,
    AmazonError,
    AuthorizationError,
    BadRequestError,
    Client,
    NotFoundError,
    Operation,
    ProtocolError,
    ThrottledError,
    TransientError,
)
from sp_api.retry import MAX_ATTEMPTS, backoff, retry_after, should_retry

BASE = {
    "idempotent": True,
    "attempt": 1,
    "wait": 1.0,
    "elapsed": 0.0,
    "max_wait": 5.0,
    "budget": 30.0,
}


@pytest.mark.parametrize(
    ("error", "change", "expected"),
    [
        (TransientError("x", status=503, outcome_unknown=True), {}, True),
        (TransientError("x"), {"idempotent": False}, True),
        (TransientError("x", outcome_unknown=True), {"idempotent": False}, False),
        (ThrottledError("x", status=429), {"idempotent": False}, True),
        (ProtocolError("x", status=200, outcome_unknown=True), {}, True),
        (ProtocolError("x", status=404), {}, False),
        (ProtocolError("x", status=302), {}, False),
        (BadRequestError("x", status=400), {}, False),
        (AccessDeniedError("x", status=403), {}, False),
        (NotFoundError("x", status=404), {}, False),
        (AuthorizationError("x", status=400), {}, False),
        (TransientError("x", retry_at=1.0), {}, False),
        (TransientError("x"), {"wait": 5.1}, False),
        (TransientError("x"), {"elapsed": 29.5}, False),
        (TransientError("x"), {"attempt": MAX_ATTEMPTS}, False),
    ],
)
def test_should_retry(error, change, expected):
    assert should_retry(error, **{**BASE, **change}) is expected


def test_backoff_is_full_jitter_below_a_doubling_bound():
    assert [backoff(n, 1.0) for n in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert backoff(3, 0.25) == 0.5
    assert backoff(30, 1.0) == 60.0
    assert backoff(5, 0.0) == 0.0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "nan"}, 0.0),
        ({"Retry-After": "99999999"}, 86400.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": formatdate(1_000_030, usegmt=True)}, 30.0),
        ({"Retry-After": formatdate(900_000, usegmt=True)}, 0.0),
        # The server's own clock counts, not ours.
        (
            {
                "Retry-After": formatdate(2_000_030, usegmt=True),
                "Date": formatdate(2_000_000, usegmt=True),
            },
            30.0,
        ),
    ],
)
def test_retry_after(headers, expected):
    assert retry_after(headers, now=1_000_000.0) == expected


def call(amazon, operation=READ, clock=None, **options):
    with amazon.client(clock, **options) as client:
        params = {"id": 1} if operation is READ else None
        return client.call(operation, path_params=params)


@pytest.mark.parametrize(
    "failure",
    [
        (500, amazon_error("InternalFailure")),
        (503, b"<html>Service Unavailable</html>"),
        (200, b""),
        (200, b"<html>hello</html>"),
        (200, b'{"orders": [{"orderId": "404-'),
        cut_before,
        cut_in_body,
    ],
)
def test_passing_failures_are_retried(amazon, failure):
    clock = FakeClock()
    amazon.answers = [failure, failure]
    assert call(amazon, clock=clock) == {"ok": True}
    assert clock.sleeps == [0.5, 1.0]
    assert len(amazon.requests) == 3


@pytest.mark.parametrize(
    "failure",
    [
        (500, amazon_error("InternalFailure")),
        (200, b""),
        cut_before,
        cut_in_body,
    ],
)
def test_unknown_result_of_a_write_is_not_repeated(amazon, failure):
    amazon.answers = [failure]
    with pytest.raises((TransientError, ProtocolError)) as caught:
        call(amazon, WRITE)
    assert caught.value.outcome_unknown
    assert len(amazon.requests) == 1


def test_throttled_write_is_repeated(amazon):
    clock = FakeClock()
    amazon.answers = [(429, amazon_error("QuotaExceeded"), {"Retry-After": "3"})]
    assert call(amazon, WRITE, clock) == {"ok": True}
    assert clock.sleeps == [3.0]


def test_write_that_never_left_is_repeated():
    clock = FakeClock()
    with ScriptedAmazon() as amazon:
        with amazon.client(clock) as client:
            client.call(READ, path_params={"id": 1})
    # The server is gone now, the token is still cached.
    with pytest.raises(TransientError) as caught:
        client.call(WRITE)
    assert not caught.value.outcome_unknown
    assert len(clock.sleeps) > 1
    assert caught.value.retry_at > clock.now


@pytest.mark.parametrize("status", [400, 403, 404, 413, 415, 422])
def test_client_faults_are_never_repeated(amazon, status):
    amazon.answers = [(status, amazon_error("InvalidInput"))]
    with pytest.raises(AmazonError):
        call(amazon)
    amazon.answers = [(status, b"<html></html>")]
    with pytest.raises(AmazonError):
        call(amazon)
    assert len(amazon.requests) == 2


def test_budget_and_single_wait_bound_the_retries(amazon):
    clock = FakeClock()
    amazon.answers = [(500, amazon_error("InternalFailure"))] * 50
    with pytest.raises(TransientError) as caught:
        call(amazon, clock=clock, budget=3.0)
    # 0.5 + 1 fit into three seconds, another 2 do not.
    assert clock.sleeps == [0.5, 1.0]
    assert caught.value.retry_at >= clock.now + 60
    clock.sleeps.clear()
    with pytest.raises(TransientError):
        call(amazon, clock=clock, max_wait=0.4)
    assert clock.sleeps == []


def test_attempts_are_bounded_when_time_stands_still(amazon):
    amazon.answers = [(500, amazon_error("InternalFailure"))] * 50
    with pytest.raises(TransientError):
        call(amazon, random=lambda: 0.0)
    assert len(amazon.requests) == MAX_ATTEMPTS


def test_429_with_long_wait_says_when_to_come_back(amazon):
    clock = FakeClock()
    amazon.answers = [(429, amazon_error("QuotaExceeded"), {"Retry-After": "100"})]
    with pytest.raises(ThrottledError) as caught:
        call(amazon, clock=clock)
    error = caught.value
    assert (error.status, error.code) == (429, "QuotaExceeded")
    assert error.retry_at == pytest.approx(clock.now + 100)
    assert clock.sleeps == []


def test_429_without_header_backs_off_by_the_operations_period(amazon):
    clock = FakeClock()
    amazon.answers = [(429, amazon_error("QuotaExceeded"))] * 2
    assert call(amazon, clock=clock) == {"ok": True}
    # Two calls a second: half a second, then doubled.
    assert clock.sleeps == [pytest.approx(0.5), pytest.approx(1.0)]


def test_429_of_a_slow_operation_ends_the_run_politely(amazon):
    clock = FakeClock()
    slow = Operation("slow", "GET", "/slow", 0.0056, 20, True, {"user": 4, "live": 8})
    amazon.answers = [(429, b"<html>slow down</html>")]
    with pytest.raises(ThrottledError) as caught:
        call(amazon, slow, clock)
    # One token after the wait, and four more for the users' reserve.
    assert caught.value.retry_at == pytest.approx(clock.now + 5 / 0.0056)


def test_reserve_after_a_short_429_keeps_amazons_facts(amazon):
    clock = FakeClock()
    slow = Operation("slow", "GET", "/slow", 0.01, 20, True, {"user": 4, "live": 8})
    amazon.answers = [(429, amazon_error("QuotaExceeded"), {"Retry-After": "2"})]
    with pytest.raises(ThrottledError) as caught:
        call(amazon, slow, clock)
    assert caught.value.code == "QuotaExceeded"
    assert caught.value.request_id == "request-1"
    assert caught.value.retry_at == pytest.approx(clock.now + 400)


def test_read_timeout_is_transient():
    with ScriptedAmazon() as amazon:
        amazon.answers = [_stall]
        with amazon.client(timeout=(1, 0.05), budget=0.0) as client:
            with pytest.raises(TransientError, match="in time") as caught:
                client.call(READ, path_params={"id": 1})
        assert caught.value.outcome_unknown


def _stall(handler):
    handler.close_connection = True
    # Read from the silent client: returns when it hangs up.
    handler.rfile.read(1)


@pytest.mark.parametrize(("limit", "value"), [("MAX_BODY", 1000), ("MAX_SECONDS", -1)])
def test_endless_answer_is_ended(monkeypatch, limit, value):
    """Bytes that come one by one never trip the read timeout."""
    monkeypatch.setattr(f"sp_api.transport.{limit}", value)
    with ScriptedAmazon() as amazon:
        amazon.tokens = [(200, {"access_token": "t", "expires_in": 3600})]
        amazon.answers = [(200, b'"' + b"x" * 200_000 + b'"')]
        with amazon.client(budget=0.0) as client:
            with pytest.raises(ProtocolError, match="too long") as caught:
                client.call(READ, path_params={"id": 1})
        assert caught.value.outcome_unknown


def test_guard_runs_before_every_call_and_every_wait(amazon):
    class OnHold(Exception):
        pass

    calls = []
    amazon.answers = [(500, amazon_error("InternalFailure"))]
    call(amazon, guard=lambda: calls.append(1))
    # Token, call, wait, call.
    assert len(calls) == 4

    def refuse():
        raise OnHold

    with pytest.raises(OnHold):
        call(amazon, guard=refuse)
    assert len(amazon.requests) == 2
    assert len(amazon.token_requests) == 1


def test_defaults_of_the_client_never_need_the_network(amazon):
    client = Client(amazon.client()._credentials, amazon.endpoint, seller_id="A1SELLER")
    assert repr(client) == "<Client of A1SELLER for live>"
    assert client.clock_skew is None
