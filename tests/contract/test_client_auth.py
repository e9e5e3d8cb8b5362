# SPDX-License-Identifier: LGPL-3.0-or-later
"""Login with Amazon: caching, expiry, one refresher, rotation, refusals."""

import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from contract.test_client_support import (
    CREDENTIALS,
    FORBIDDEN_TOKEN,
    READ,
    SECRETS,
    FakeClock,
    amazon_error,
    send,
)
from sp_api import (
    AccessDeniedError,
    AccessToken,
    AuthorizationError,
    Credentials,
    Endpoint,
    MemoryTokenStore,
    ProtocolError,
    ThrottledError,
    TransientError,
    consent_url,
    exchange_code,
)


def call(client):
    return client.call(READ, path_params={"id": 1})


def refusal(error, description="The request is refused"):
    return 400, {"error": error, "error_description": description}


def without_previous():
    return Credentials(
        SECRETS["client_id"], SECRETS["client_secret"], SECRETS["refresh_token"]
    )


def test_token_is_sent_and_cached_until_a_minute_before_its_end(amazon):
    clock = FakeClock()
    amazon.tokens = [(200, {"access_token": "Atza|first", "expires_in": 600})]
    with amazon.client(clock) as client:
        call(client)
        clock.now += 539
        call(client)
        assert len(amazon.token_requests) == 1
        clock.now += 2
        call(client)
    assert len(amazon.token_requests) == 2
    sent = [request["headers"]["x-amz-access-token"] for request in amazon.requests]
    assert sent == ["Atza|first", "Atza|first", "Atza|token-2"]
    assert amazon.token_requests[0] == {
        "grant_type": "refresh_token",
        "refresh_token": SECRETS["refresh_token"],
        "client_id": SECRETS["client_id"],
        "client_secret": SECRETS["client_secret"],
    }


def test_token_without_a_lifetime_is_not_trusted_for_long(amazon):
    clock = FakeClock()
    amazon.tokens = [(200, {"access_token": "Atza|first"})]
    with amazon.client(clock) as client:
        call(client)
        clock.now += 300
        call(client)
    assert len(amazon.token_requests) == 2


def test_clients_with_one_store_share_the_token(amazon):
    clock = FakeClock()
    store = MemoryTokenStore(clock)
    for _ in range(3):
        call(amazon.client(clock, tokens=store))
    assert len(amazon.token_requests) == 1


def test_one_thread_refreshes_while_the_others_wait(amazon):
    store, results, failures = MemoryTokenStore(), [], []
    barrier = threading.Barrier(8)

    def slow_token(handler):
        time.sleep(0.3)
        send(handler, 200, {"access_token": "Atza|shared", "expires_in": 3600})

    amazon.tokens = [slow_token]

    def work():
        client = amazon.client(
            tokens=store, sleep=lambda _seconds: time.sleep(0.02), max_wait=60.0
        )
        barrier.wait()
        try:
            results.append(call(client))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(results) == 8
    assert len(amazon.token_requests) == 1


def test_waiting_for_another_worker_ends(amazon):
    clock = FakeClock()
    store = MemoryTokenStore(clock)
    key = CREDENTIALS.token_key(amazon.endpoint)
    store.claim_refresh(key, 3600)
    with pytest.raises(TransientError) as caught:
        call(amazon.client(clock, tokens=store))
    assert sum(clock.sleeps) == pytest.approx(5.0)
    assert caught.value.retry_at > clock.now
    assert amazon.token_requests == []


def test_lease_of_a_dead_worker_runs_out(amazon):
    clock = FakeClock()
    store = MemoryTokenStore(clock)
    store.claim_refresh(CREDENTIALS.token_key(amazon.endpoint), 2)
    call(amazon.client(clock, tokens=store))
    assert len(amazon.token_requests) == 1


def test_failed_refresh_gives_the_lease_back(amazon):
    clock = FakeClock()
    store = MemoryTokenStore(clock)
    amazon.tokens = [refusal("invalid_grant")]
    with pytest.raises(AuthorizationError):
        call(amazon.client(clock, tokens=store))
    assert store.claim_refresh(CREDENTIALS.token_key(amazon.endpoint), 1)


@pytest.mark.parametrize("field", ["message", "details"])
@pytest.mark.parametrize(
    "reason", ["has expired.", "is revoked, malformed or invalid."]
)
def test_access_token_that_amazon_refuses_is_renewed_once(amazon, field, reason):
    error = {"code": "Unauthorized", "message": "Access is denied.", "details": ""}
    error[field] = f"The access token you provided {reason}"
    amazon.answers = [(403, {"errors": [error]})]
    with amazon.client() as client:
        assert call(client) == {"ok": True}
    assert len(amazon.token_requests) == 2
    amazon.answers = [(403, FORBIDDEN_TOKEN), (403, FORBIDDEN_TOKEN)]
    with amazon.client() as client:
        with pytest.raises(AccessDeniedError) as caught:
            call(client)
    assert caught.value.token_expired
    assert len(amazon.requests) == 4


def test_other_403_does_not_cost_a_new_token(amazon):
    amazon.answers = [
        (403, amazon_error("Unauthorized", "Access to requested resource is denied."))
    ]
    with amazon.client() as client:
        with pytest.raises(AccessDeniedError) as caught:
            call(client)
    assert "roles" in caught.value.advice
    assert len(amazon.token_requests) == 1


def test_token_renewed_by_another_worker_is_not_thrown_away(amazon):
    clock = FakeClock()
    store = MemoryTokenStore(clock)
    key = CREDENTIALS.token_key(amazon.endpoint)

    def renew_meanwhile(handler):
        store.save(key, AccessToken("Atza|others", clock.now + 3600))
        send(handler, 403, FORBIDDEN_TOKEN)

    amazon.answers = [renew_meanwhile]
    call(amazon.client(clock, tokens=store))
    assert amazon.requests[1]["headers"]["x-amz-access-token"] == "Atza|others"
    assert len(amazon.token_requests) == 1


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("invalid_grant", "Authorize the application again"),
        ("invalid_client", "180 days"),
        ("unauthorized_client", "another application"),
        ("access_denied", "consent"),
    ],
)
def test_refusals_stop_the_account_with_advice(amazon, code, word):
    """S10: authentication that fails says why and what to do."""
    amazon.tokens = [refusal(code)]
    with amazon.client(credentials=without_previous()) as client:
        with pytest.raises(AuthorizationError) as caught:
            call(client)
    assert caught.value.cause_code == code
    assert word in caught.value.advice
    assert len(amazon.token_requests) == 1
    assert amazon.requests == []


def test_previous_secret_is_tried_once_after_a_rotation(amazon):
    amazon.tokens = [refusal("invalid_client")]
    with amazon.client() as client:
        call(client)
    assert [form["client_secret"] for form in amazon.token_requests] == [
        SECRETS["client_secret"],
        SECRETS["previous_client_secret"],
    ]
    amazon.tokens = [refusal("invalid_client"), refusal("invalid_client")]
    with amazon.client() as client:
        with pytest.raises(AuthorizationError):
            call(client)
    assert len(amazon.token_requests) == 4


def test_previous_secret_is_not_tried_for_other_refusals(amazon):
    amazon.tokens = [refusal("invalid_grant")]
    with amazon.client() as client:
        with pytest.raises(AuthorizationError):
            call(client)
    assert len(amazon.token_requests) == 1


def test_trouble_at_the_token_endpoint_is_retried(amazon):
    clock = FakeClock()
    amazon.tokens = [
        (503, b"<html>"),
        (200, b""),
        (429, {"error": "slow_down"}, {"Retry-After": "2"}),
    ]
    with amazon.client(clock) as client:
        assert call(client) == {"ok": True}
    assert clock.sleeps == [0.5, 1.0, 2.0]
    assert len(amazon.requests) == 1


def test_throttled_token_endpoint_does_not_drain_the_operation(amazon):
    clock = FakeClock()
    amazon.tokens = [(429, {"error": "slow_down"}, {"Retry-After": "50"})]
    with amazon.client(clock) as client:
        with pytest.raises(ThrottledError) as caught:
            call(client)
        assert caught.value.retry_at >= clock.now + 50
        assert call(client) == {"ok": True}
    assert clock.sleeps == []


@pytest.mark.parametrize("value", [None, 5, "", "Atza|line\nbreak", "Atza|\u00e9"])
def test_unusable_access_token_is_a_protocol_error(amazon, value):
    amazon.tokens = [(200, {"access_token": value, "expires_in": 3600})] * 9
    with amazon.client(budget=0.0) as client:
        with pytest.raises(ProtocolError):
            call(client)
    assert amazon.requests == []


def test_exchange_code(amazon):
    answer = {"refresh_token": "Atzr|n", "access_token": "Atza|n", "expires_in": 60}
    amazon.tokens = [(200, answer)]
    clock = FakeClock()
    arguments = {
        "client_id": "id",
        "client_secret": "secret",
        "code": "ANcode",
        "redirect_uri": "https://odoo.example.com/back",
    }
    refresh_token, token = exchange_code(amazon.endpoint, clock=clock, **arguments)
    assert (refresh_token, token.value) == ("Atzr|n", "Atza|n")
    assert token.expires_at == clock.now + 60
    assert amazon.token_requests == [
        {"grant_type": "authorization_code", **arguments},
    ]
    amazon.tokens = [refusal("invalid_grant", "The code ANcode has expired")]
    with pytest.raises(AuthorizationError) as caught:
        exchange_code(amazon.endpoint, **arguments)
    assert "ANcode" not in str(caught.value)


def test_consent_url():
    url = consent_url(
        "https://sellercentral.amazon.in/", "amzn1.sp.solution.1", "s&t", draft=True
    )
    parts = urlsplit(url)
    assert (parts.netloc, parts.path) == (
        "sellercentral.amazon.in",
        "/apps/authorize/consent",
    )
    assert parse_qs(parts.query) == {
        "application_id": ["amzn1.sp.solution.1"],
        "state": ["s&t"],
        "version": ["beta"],
    }
    assert "version" not in consent_url("sellercentral.amazon.com", "a", "s")
    with pytest.raises(ValueError, match="https"):
        consent_url("http://sellercentral.amazon.com", "a", "s")
    assert consent_url("http://127.0.0.1:8700", "a", "s").startswith("http://127.0.0.1")


def test_endpoints():
    assert Endpoint.production("eu") == Endpoint(
        "https://sellingpartnerapi-eu.amazon.com",
        "https://api.amazon.com/auth/o2/token",
    )
    assert Endpoint.sandbox("fe").api_url == (
        "https://sandbox.sellingpartnerapi-fe.amazon.com"
    )
    with pytest.raises(ValueError, match="region"):
        Endpoint.production("us")


@pytest.mark.parametrize(
    "url",
    ["http://localhost:80/eu", "http://127.0.0.2/x", "http://[::1]:5/x", "https://a.b"],
)
def test_custom_endpoints_that_are_allowed(url):
    assert Endpoint.custom(f"{url}/", url).api_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://amazon.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "http://user@127.0.0.1",
        "http://127.0.0.1\\@example.com",
        "https://a.b/?x=1",
        "https://a b",
        "https://a.b:99999",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "https://",
        "",
        None,
    ],
)
def test_custom_endpoints_that_are_refused(url):
    with pytest.raises(ValueError):
        Endpoint.custom(url, "https://a.b")
    with pytest.raises(ValueError):
        Endpoint.custom("https://a.b", url)


def test_credentials_and_tokens_show_nothing():
    """S55: identifiers are never shown again in clear."""
    texts = repr(CREDENTIALS) + str(CREDENTIALS) + repr(AccessToken("Atza|x", 1.0))
    for secret in (*SECRETS.values(), "Atza|x"):
        assert secret not in texts


def test_keys_tell_nothing_and_differ():
    endpoint = Endpoint.production("eu")
    other = Credentials(SECRETS["client_id"], "another", SECRETS["refresh_token"])
    # A rotated secret is the same application and the same authorisation.
    assert other.application_key == CREDENTIALS.application_key
    assert other.token_key(endpoint) == CREDENTIALS.token_key(endpoint)
    assert CREDENTIALS.token_key(Endpoint.custom("https://a", "https://b")) != (
        CREDENTIALS.token_key(endpoint)
    )
    for secret in SECRETS.values():
        assert secret not in CREDENTIALS.token_key(endpoint)
        assert secret not in CREDENTIALS.application_key
