# SPDX-License-Identifier: LGPL-3.0-or-later
"""Documents: download, gzip, secrets, memory."""

import gzip
import logging
import os
import tracemalloc
import zlib
from urllib.parse import urlsplit

import pytest
import requests
from contract.test_client_support import FakeClock, send
from sp_api import (
    BadRequestError,
    DocumentExpiredError,
    NotFoundError,
    PresignedDocument,
    ProtocolError,
    Reports,
    TransientError,
    download,
    iter_rows,
)

TEXT = b"sku\tasin\r\nA-1\tB01\r\nA-2\tB02\r\n"
SIGNATURE = "X-Amz-Signature=5ec2e7"
EXPIRED = (
    403,
    b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
)


@pytest.fixture
def client(amazon):
    with amazon.client() as connected:
        yield connected


def presigned(amazon, compression=None):
    url = f"{amazon.url}/bucket/document?{SIGNATURE}"
    return PresignedDocument("amzn1.spdoc.1", url, compression)


def fetch(amazon, client, content, compression=None, headers=None, **options):
    amazon.answers.append((200, content, headers))
    return download(client, presigned(amazon, compression), **options)


def content_of(document):
    return b"\n".join(document.lines())


def test_plain_and_packed_documents_read_the_same(amazon, client):
    with fetch(amazon, client, TEXT) as document:
        plain = content_of(document)
    packed = gzip.compress(TEXT)
    with fetch(amazon, client, packed, "GZIP") as document:
        assert content_of(document) == plain
        assert document.size == len(TEXT)
    # Two members in a row are still one document.
    both = gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])
    with fetch(amazon, client, both, "GZIP") as document:
        assert content_of(document) == plain
    # The HTTP library has unpacked what Content-Encoding names.
    headers = {"Content-Encoding": "gzip"}
    with fetch(amazon, client, packed, "GZIP", headers) as document:
        assert content_of(document) == plain


def test_no_token_goes_along(amazon, client):
    """The address carries its own permission; our token is nobody else's business."""
    fetch(amazon, client, TEXT).close()
    (request,) = amazon.requests
    sent = {name.lower() for name in request["headers"]}
    assert not sent & {"x-amz-access-token", "authorization", "cookie"}
    assert amazon.token_requests == []


def test_the_address_is_a_secret(amazon, client, caplog):
    caplog.set_level(logging.DEBUG)
    document = presigned(amazon)
    assert SIGNATURE not in repr(document)
    amazon.answers = [(200, TEXT), EXPIRED]
    download(client, document).close()
    with pytest.raises(DocumentExpiredError) as caught:
        download(client, document)
    assert SIGNATURE not in caplog.text
    assert SIGNATURE not in f"{caught.value} {caught.value.__dict__}"


def test_an_expired_address_is_asked_for_again(amazon, client):
    answer = {"reportDocumentId": "1", "url": presigned(amazon).url}
    amazon.answers = [(200, answer), EXPIRED, (200, answer), (200, TEXT)]
    with Reports(client).download("1") as document:
        assert document.size == len(TEXT)
    paths = [urlsplit(request["path"]).path for request in amazon.requests]
    assert paths[1] == paths[3] == "/bucket/document"
    assert paths[0] == paths[2] == "/eu/reports/2021-06-30/documents/1"


def test_an_address_that_always_expires(amazon, client):
    answer = {"reportDocumentId": "1", "url": presigned(amazon).url}
    amazon.answers = [(200, answer), EXPIRED] * 3
    with pytest.raises(DocumentExpiredError) as caught:
        Reports(client).download("1")
    assert caught.value.retry_at > client.now()
    assert len(amazon.requests) == 4


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, ProtocolError),
        (400, BadRequestError),
        (404, NotFoundError),
        (500, TransientError),
        (503, TransientError),
    ],
)
def test_other_answers_are_typed(amazon, client, status, error):
    amazon.answers = [(status, b"<Error/>", {"Location": "http://127.0.0.1:9/"})]
    with pytest.raises(error) as caught:
        download(client, presigned(amazon))
    assert caught.value.status == status
    assert not isinstance(caught.value, DocumentExpiredError)
    assert len(amazon.requests) == 1


def cut(content):
    """Announce more than comes."""

    def handler(request):
        request.send_response_only(200)
        request.send_header("Content-Length", str(len(content) + 10))
        request.end_headers()
        request.wfile.write(content)
        request.close_connection = True

    return handler


@pytest.mark.parametrize(
    ("content", "compression"),
    [
        (gzip.compress(TEXT * 100)[:-1], "GZIP"),
        (gzip.compress(TEXT * 100)[:30], "GZIP"),
        (gzip.compress(TEXT * 100)[:-8] + bytes(8), "GZIP"),
        (gzip.compress(TEXT) + b"garbage", "GZIP"),
        (TEXT, "GZIP"),
        (b"", "GZIP"),
        (cut(TEXT), None),
        (cut(gzip.compress(TEXT)), "GZIP"),
    ],
    ids=[
        "last byte missing",
        "half",
        "wrong checksum",
        "garbage behind",
        "not packed",
        "empty",
        "cut off",
        "cut off behind the end",
    ],
)
def test_a_spoilt_document_is_refused_as_a_whole(amazon, client, content, compression):
    """No row of it is ever read: what is missing cannot be told from what is not."""
    amazon.answers = [content if callable(content) else (200, content)]
    with pytest.raises(ProtocolError) as caught:
        download(client, presigned(amazon, compression))
    assert caught.value.operation == "downloadDocument"
    assert caught.value.retry_at > client.now()


class Lenient(requests.Session):
    """Notices no missing end, as with older versions of the HTTP library."""

    def request(self, *arguments, **options):
        response = super().request(*arguments, **options)
        response.raw.enforce_content_length = False
        return response


def test_a_cut_is_noticed_without_the_http_library(amazon):
    with Lenient() as session, amazon.client(session=session) as client:
        amazon.answers = [(200, TEXT), cut(TEXT)]
        download(client, presigned(amazon)).close()
        with pytest.raises(ProtocolError, match="cut off"):
            download(client, presigned(amazon))


def test_an_unknown_packing_is_refused(amazon, client):
    with pytest.raises(ProtocolError):
        download(client, presigned(amazon, "BROTLI"))
    assert amazon.requests == []


@pytest.mark.parametrize(
    "url", ["http://example.com/x?a=b", "file:///etc/hosts", "https://[x", ""]
)
def test_documents_are_not_fetched_in_clear(client, amazon, url):
    with pytest.raises(ProtocolError):
        download(client, PresignedDocument("1", url))


def test_too_large_is_refused_before_it_fills_the_disk(amazon, client):
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 60_000
    tracemalloc.start()
    with pytest.raises(ProtocolError, match="larger"):
        fetch(amazon, client, bomb, "GZIP", max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
    with pytest.raises(ProtocolError, match="larger"):
        fetch(amazon, client, bytes(2_000), max_bytes=1_999)
    fetch(amazon, client, bytes(2_000), max_bytes=2_000).close()


def test_a_slow_document_is_given_up(amazon):
    clock = FakeClock()

    def slowly(request):
        clock.now += 3600
        send(request, 200, TEXT)

    amazon.answers = [slowly]
    with amazon.client(clock=clock) as client:
        with pytest.raises(ProtocolError, match="slowly"):
            download(client, presigned(amazon))


def test_what_stops_calls_stops_downloads(amazon):
    """An account on hold is silent: its guard stands before a download too."""

    class OnHold(Exception):
        pass

    def guard():
        raise OnHold

    with amazon.client(guard=guard) as client, pytest.raises(OnHold):
        download(client, presigned(amazon))
    assert amazon.requests == []


def test_the_file_has_no_name_and_goes(amazon, client):
    with fetch(amazon, client, TEXT) as document:
        assert os.fstat(document._file.fileno()).st_nlink == 0
        assert "A-1" not in repr(document)
    with pytest.raises(ValueError):
        content_of(document)


def big_document(rows):
    """A packed report of about 250 bytes a row, made in chunks."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    parts = [packer.compress(b"seller-sku\titem-name\tbuyer-name\r\n")]
    for start in range(0, rows, 1000):
        lines = (
            f"SKU-{number}\t{'Title ' * 30}{number}\tBuyer {number * 7919}\r\n"
            for number in range(start, min(start + 1000, rows))
        )
        parts.append(packer.compress("".join(lines).encode()))
    return b"".join([*parts, packer.flush()])


def test_memory_is_bounded(amazon, client):
    """A document of 40 MB costs a few hundred kB, downloading and reading."""
    packed = big_document(190_000)
    amazon.answers = [(200, packed)]
    tracemalloc.start()
    with download(client, presigned(amazon, "GZIP")) as document:
        assert document.size > 40_000_000
        rows = iter_rows(document, ("seller-sku",))
        assert sum(1 for _row in rows) == 190_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The scripted server runs in this process too and sends what is made already.
    assert peak < 3_000_000
