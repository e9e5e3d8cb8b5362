# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pictures: from where they may come, and what is taken for one."""

import itertools
import socket
import threading
import time

import pytest
from sp_api import pictures
from sp_api.pictures import PictureError, fetch_picture, is_public

PNG = b"\x89PNG\r\n\x1a\n" + bytes(99)


@pytest.fixture
def fetch(amazon):
    """fetch(status, content, headers): the picture, or the reason and a retry."""

    def fetch(status=200, content=PNG, headers=None, **options):
        amazon.answers.append((status, content, headers))
        try:
            return fetch_picture(f"{amazon.url}/a.png", amazon.url, **options)
        except PictureError as error:
            return error.reason, error.again

    return fetch


@pytest.mark.parametrize(
    "content",
    [
        PNG,
        b"\xff\xd8\xff\xe0" + bytes(9),
        b"GIF89a" + bytes(9),
        b"RIFF\x24\0\0\0WEBPVP8 ",
    ],
)
def test_pictures_are_told_by_their_first_bytes(fetch, content):
    headers = {"Content-Type": "text/html"}
    assert fetch(content=content, headers=headers) == content


def test_nothing_is_sent_along(amazon, fetch):
    assert fetch() == PNG
    (request,) = amazon.requests
    sent = {name.lower() for name in request["headers"]}
    assert not sent & {"x-amz-access-token", "authorization", "cookie"}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (404, ("missing", False)),
        (410, ("missing", False)),
        (403, ("refused", False)),
        (302, ("refused", False)),
        (204, ("refused", False)),
        (429, ("busy", True)),
        (503, ("busy", True)),
    ],
)
def test_refusals(fetch, status, told):
    headers = {"Location": "http://127.0.0.1:9/"}
    assert fetch(status, b"" if status == 204 else b"no", headers) == told


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"BM" * 9]
)
def test_what_is_no_picture(fetch, content):
    assert fetch(content=content) == ("kind", False)


def test_packed_content_is_not_unpacked(fetch):
    assert fetch(headers={"Content-Encoding": "gzip"}) == ("kind", False)


def test_size_is_limited(fetch, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", len(PNG))
    assert fetch() == PNG
    assert fetch(content=PNG + b"x") == ("large", False)


def test_time_is_limited(fetch):
    seconds = itertools.count(step=pictures.MAX_SECONDS + 1)
    assert fetch(clock=lambda: next(seconds)) == ("slow", True)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n" + PNG, b"HTTP/1.1 200 OK\r\nX-Slow: "]
)
def test_time_is_limited_though_it_never_falls_silent(monkeypatch, head):
    """A byte now and then keeps no worker: neither in the picture nor before it."""
    monkeypatch.setattr(pictures, "_check_target", lambda _parts: None)
    monkeypatch.setattr(pictures, "is_public", lambda _address: True)
    monkeypatch.setattr(pictures, "MAX_SECONDS", 0.2)
    outcome = []

    def trickle(server):
        line, _address = server.accept()
        with line:
            try:
                line.sendall(head)
                for _byte in range(100):
                    time.sleep(0.05)
                    line.sendall(b"x")
            except OSError:
                outcome.append("hung up")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=trickle, args=(server,))
        thread.start()
        with pytest.raises(PictureError, match="slow") as raised:
            fetch_picture(f"http://127.0.0.1:{server.getsockname()[1]}/a.png")
        thread.join()
    assert raised.value.again
    assert outcome == ["hung up"]


def test_nobody_there():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/a.png"
    with pytest.raises(PictureError) as caught:
        fetch_picture(url, url)
    assert (caught.value.reason, caught.value.again) == ("unreachable", True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        "ftp://images.example.com/a.png",
        "file:///etc/passwd",
        "//images.example.com/a.png",
        "https://",
        "https://user:secret@images.example.com/a.png",
        "https://images.example.com:22/a.png",
        "http://images.example.com:99999/a.png",
        "http://[::1/a.png",
    ],
)
def test_odd_addresses(url):
    with pytest.raises(PictureError, match="address"):
        fetch_picture(url)


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("151.101.1.16", True),
        ("2a04:4e42::272", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:151.101.1.16", True),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_private_addresses(address, answer):
    assert is_public(address) is answer


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433"])
def test_private_hosts_are_refused_before_anything_is_sent(host):
    with pytest.raises(PictureError, match="private"):
        fetch_picture(f"http://{host}/a.png")


def test_a_name_of_a_private_address(monkeypatch):
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_args, **_options: [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
            for address in ("151.101.1.16", "10.0.0.1")
        ],
    )
    with pytest.raises(PictureError, match="private"):
        fetch_picture("https://images.example.com/a.png")


def test_a_name_that_moved_since(amazon, monkeypatch):
    """Looked up as public, connected to this machine: nothing is sent there."""
    monkeypatch.setattr(pictures, "_check_target", lambda _parts: None)
    with pytest.raises(PictureError, match="private"):
        fetch_picture(f"{amazon.url}/a.png")
    assert amazon.requests == []
