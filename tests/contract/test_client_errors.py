# SPDX-License-Identifier: LGPL-3.0-or-later
"""Answers become typed errors, and no text holds what nobody may read."""

import io
import logging
import pickle
import traceback
from email.utils import formatdate

import pytest
import requests
from contract.test_client_support import (
    READ,
    ROOT,
    SECRETS,
    FakeClock,
    amazon_error,
    cut_before,
)
from sp_api import (
    VERSION,
    AccessDeniedError,
    AmazonError,
    AuthorizationError,
    BadRequestError,
    NotFoundError,
    ProtocolError,
    ThrottledError,
    TransientError,
    redact,
)
from sp_api.redaction import MAX_LENGTH
from sp_api.transport import user_agent

HTML = b"<!DOCTYPE html><html><body>Bad Request for Meera Nair</body></html>"


def fail(amazon, *answer, operation=READ, query=None, **options):
    amazon.answers = [answer]
    with amazon.client(budget=0.0, **options) as client:
        with pytest.raises(AmazonError) as caught:
            client.call(operation, path_params={"id": 1}, query=query)
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, amazon_error("InvalidInput"), BadRequestError),
        (400, HTML, BadRequestError),
        (400, b"", BadRequestError),
        (401, amazon_error("Unauthorized"), AccessDeniedError),
        (403, amazon_error("Unauthorized"), AccessDeniedError),
        (404, amazon_error("NotFound"), NotFoundError),
        # A proxy's 404 must not read as "this order does not exist".
        (404, HTML, ProtocolError),
        (404, b"", ProtocolError),
        (413, amazon_error("RequestTooLarge"), BadRequestError),
        (429, amazon_error("QuotaExceeded"), ThrottledError),
        (429, HTML, ThrottledError),
        (500, amazon_error("InternalFailure"), TransientError),
        (503, b"", TransientError),
        (200, b"", ProtocolError),
        (200, HTML, ProtocolError),
        (200, b'{"orders": [', ProtocolError),
        (200, b"[1, 2]", ProtocolError),
        (200, b"null", ProtocolError),
        (200, b"[" * 100_000, ProtocolError),
        (200, b"\xff\xfe\x00", ProtocolError),
        (200, amazon_error("InternalFailure"), ProtocolError),
        (202, b"", ProtocolError),
        (302, b"", ProtocolError),
    ],
)
def test_status_decides_first(amazon, status, body, expected):
    error = fail(amazon, status, body, {"Location": "http://127.0.0.1:9/"})
    assert type(error) is expected
    assert error.status == status
    assert error.operation == "readThing"
    assert "Meera" not in str(error)


def test_204_is_an_empty_success(amazon):
    amazon.answers = [(204, b"")]
    with amazon.client() as client:
        assert client.call(READ, path_params={"id": 1}) == {}


def test_errors_carry_amazons_facts(amazon):
    error = fail(amazon, 400, amazon_error("InvalidInput", "The date is not valid"))
    assert (error.code, error.request_id) == ("InvalidInput", "request-1")
    assert str(error) == (
        "readThing: The date is not valid "
        "(HTTP 400, code InvalidInput, request id request-1)"
    )
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.status) == (str(error), 400)


@pytest.mark.parametrize(
    "errors",
    [None, [], {}, "x", [None], [{}], [{"code": 5, "message": ["x"]}]],
)
def test_odd_error_bodies_are_survived(amazon, errors):
    error = fail(amazon, 400, {"errors": errors})
    assert type(error) is BadRequestError
    assert error.code is None


def test_redirects_are_not_followed(amazon):
    fail(amazon, 302, b"", {"Location": f"{amazon.url}/elsewhere"})
    assert [request["path"] for request in amazon.requests] == ["/eu/things/1"]


SENSITIVE = (
    *SECRETS.values(),
    "Atza|token-1",
    "buyer.name+tag@marketplace.amazon.in",
    "+91 98765 43210",
    "paginationToken=abc",
)


def test_amazons_messages_are_redacted(amazon):
    message = "Refused " + " and ".join(SENSITIVE) + " in /orders?paginationToken=abc"
    error = fail(amazon, 400, amazon_error("Invalid", message))
    for text in (str(error), error.message, repr(error)):
        for sensitive in SENSITIVE:
            assert sensitive not in text


def test_lwa_messages_are_redacted(amazon):
    description = "Bad secret " + " and ".join(SENSITIVE)
    body = {"error": "invalid_grant", "error_description": description}
    amazon.tokens = [(400, body)]
    error = fail(amazon, 200, {})
    assert type(error) is AuthorizationError
    for sensitive in SENSITIVE:
        assert sensitive not in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "Order 404-1234567-7654321 was not found",
        "Orders 404-1234567-7654321 404-1234567-7654322",
        "Item 12345678901234 is unknown",
        "Nothing before 2026-11-21",
        "request id 1a2b3c4d-1234-1234-1234-123456789012",
        "maxResultsPerPage must be between 1 and 100",
    ],
)
def test_redaction_keeps_what_people_need(text):
    assert redact(text) == text


def test_redaction_shortens_and_keeps_one_line():
    text = redact("word \n" * 500)
    assert len(text) == MAX_LENGTH
    assert "\n" not in text


def _chain(error):
    """The traceback as logged, and all exceptions hanging on the error."""
    texts = ["".join(traceback.format_exception(error))]
    while error is not None:
        texts.append(repr(error))
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


@pytest.mark.parametrize("failure", [cut_before, None])
def test_broken_connections_quote_no_address(amazon, failure):
    """The HTTP library's exceptions hold whole URLs: they are not even chained."""
    query = {"paginationToken": "very-secret-page", "marketplaceIds": ["A", "B"]}
    if failure:
        amazon.answers = [failure]
    client = amazon.client(budget=0.0)
    if not failure:
        client.call(READ, path_params={"id": 1})
        client.close()
        amazon.stop()
    with pytest.raises(TransientError) as caught:
        client.call(READ, path_params={"id": 1}, query=query)
    assert "very-secret-page" not in _chain(caught.value)
    assert "Atza" not in _chain(caught.value)


def test_logs_hold_operation_status_duration_request_id_and_nothing_else(amazon):
    """S55: tokens are never logged. urllib3's debug log included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        amazon.answers = [(200, {"buyer": "Meera Nair"}), (400, HTML)]
        with amazon.client() as client:
            query = {"paginationToken": "very-secret-page"}
            client.call(READ, path_params={"id": 1}, query=query)
            with pytest.raises(BadRequestError):
                client.call(READ, path_params={"id": 1}, query=query)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    text = stream.getvalue()
    assert "readThing: HTTP 200 in 0.00 s, request id request-1" in text
    assert "HTTP 400" in text
    assert "GET /eu/things/1 HTTP" in text
    for hidden in (*SENSITIVE, "very-secret-page", "Meera"):
        assert hidden not in text


def test_tracebacks_in_logs_are_dropped():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("sp_api.client")
    logger.addHandler(handler)
    try:
        try:
            raise requests.ConnectionError("url: /orders?paginationToken=very-secret")
        except requests.ConnectionError:
            logger.exception("Failed for %s", "meera@example.com")
    finally:
        logger.removeHandler(handler)
    assert stream.getvalue() == "Failed for [...]\n"


@pytest.mark.parametrize(("offset", "word"), [(3600, "behind"), (-3600, "ahead of")])
def test_clock_skew_is_named(amazon, offset, word):
    clock = FakeClock()
    amazon.answers = [
        (
            400,
            amazon_error("InvalidInput"),
            {"Date": formatdate(clock.now + offset, usegmt=True)},
        )
    ]
    with amazon.client(clock) as client:
        with pytest.raises(BadRequestError) as caught:
            client.call(READ, path_params={"id": 1})
        assert client.clock_skew == pytest.approx(offset, abs=1)
    assert f"60 minutes {word} Amazon's" in caught.value.advice


@pytest.mark.parametrize("date", ["soon", "", "Fri, 99 Nov 2026 99:00:00 GMT"])
def test_senseless_date_header_is_no_skew(amazon, date):
    clock = FakeClock()
    with amazon.client(clock) as client:
        amazon.answers = [(200, {"a": 1}, {"Date": date})]
        client.call(READ, path_params={"id": 1})
        assert client.clock_skew is None


def test_small_skew_is_not_worth_a_word(amazon):
    clock = FakeClock()
    date = {"Date": formatdate(clock.now + 250, usegmt=True)}
    error = fail(amazon, 400, amazon_error("InvalidInput"), date, clock=clock)
    assert error.advice == ""


def test_user_agent_has_amazons_form(amazon):
    with amazon.client() as client:
        client.call(READ, path_params={"id": 1})
    agent = amazon.requests[0]["headers"]["User-Agent"]
    assert agent.startswith(f"AmazonConnectorForOdoo/{VERSION} (Language=Python/3.")
    assert agent.count("(") == agent.count(")") == 1
    assert agent.endswith(")")


def test_user_agent_stays_short_and_well_formed(monkeypatch):
    monkeypatch.setattr("platform.release", lambda: "6.1 (odd; na\u00efve) " * 100)
    agent = user_agent()
    assert len(agent) <= 500
    assert agent.isascii()
    assert agent.count("(") == agent.count(")") == 1
    assert agent.endswith(")")


def test_version_is_the_addons():
    manifest = ROOT / "amazon_connector" / "__manifest__.py"
    if not manifest.exists():
        pytest.skip("no manifest yet")
    assert f'"{VERSION}"' in manifest.read_text(encoding="utf-8")


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_path_parameters_cannot_change_the_path(amazon, value):
    with amazon.client() as client:
        with pytest.raises(ValueError):
            client.call(READ, path_params={"id": value})
        with pytest.raises(ValueError, match="id"):
            client.call(READ)
    assert amazon.requests == []


def test_path_parameters_are_quoted(amazon):
    sku = 'A/B "C", D?x=1#\u00fc' * 10
    with amazon.client() as client:
        client.call(READ, path_params={"id": sku})
    path = amazon.requests[0]["path"]
    assert path.count("/") == 3
    assert requests.utils.unquote(path) == f"/eu/things/{sku}"


def test_netrc_password_is_not_sent(amazon, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with amazon.client() as client:
        client.call(READ, path_params={"id": 1})
    assert "Authorization" not in amazon.requests[0]["headers"]


def test_connections_are_reused(amazon):
    session = requests.Session()
    with amazon.client(session=session) as client:
        for _ in range(3):
            client.call(READ, path_params={"id": 1})
    assert len({request["peer"] for request in amazon.requests}) == 1
    # A session that was given is not closed.
    assert session.get(f"{amazon.url}/eu/x", timeout=5).status_code == 200
    session.close()
