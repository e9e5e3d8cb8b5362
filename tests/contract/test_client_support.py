# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the client's tests share: a scripted Amazon, and a clock that never waits."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sp_api import Client, Credentials, Endpoint, Operation

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "client_id": "amzn1.application-oa2-client.0123456789abcdef",
    "client_secret": "amzn1.oa2-cs.v1.current-secret",
    "refresh_token": "Atzr|a-refresh-token",
    "previous_client_secret": "plain-previous-secret",
}
CREDENTIALS = Credentials(**SECRETS)
READ = Operation("readThing", "GET", "/things/{id}", 2.0, 5, idempotent=True)
WRITE = Operation("writeThing", "POST", "/things", 2.0, 5, idempotent=False)
FORBIDDEN_TOKEN = {
    "errors": [
        {
            "code": "Unauthorized",
            "message": "The access token you provided has expired.",
            "details": "",
        }
    ]
}


def amazon_error(code, message="Nothing to add"):
    return {"errors": [{"code": code, "message": message, "details": ""}]}


class FakeClock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self, now=1_795_000_000.0):
        self.now = now
        self.sleeps = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += seconds


class ScriptedAmazon:
    """Answers API calls and token requests from lists, then with its defaults.

    An entry of `answers` or `tokens` is (status, body) or (status, body, headers),
    or a function that gets the request handler and does what it likes.
    """

    def __init__(self):
        self.answers = []
        self.tokens = []
        self.requests = []
        self.token_requests = []
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are written apart: without this each answer takes 40 ms.
            disable_nagle_algorithm = True

            def do_GET(self):
                owner._serve(self)

            do_POST = do_PATCH = do_PUT = do_GET

            def log_message(self, *_args):
                """Keep the test output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.endpoint = Endpoint.custom(f"{self.url}/eu", f"{self.url}/auth/o2/token")

    def __enter__(self):
        thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        thread.daemon = True
        thread.start()
        return self

    def __exit__(self, *_exc_info):
        self.stop()

    def stop(self):
        """Close the port; stopping twice does no harm."""
        self._server.shutdown()
        self._server.server_close()

    def client(self, clock=None, **options):
        clock = clock or FakeClock()
        options.setdefault("sleep", clock.sleep)
        options.setdefault("random", lambda: 1.0)
        options.setdefault("seller_id", "A1SELLER")
        credentials = options.pop("credentials", CREDENTIALS)
        return Client(credentials, self.endpoint, clock=clock, **options)

    def _serve(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length).decode()
        parts = urlsplit(handler.path)
        with self._lock:
            if parts.path == "/auth/o2/token":
                form = {key: value[0] for key, value in parse_qs(body).items()}
                self.token_requests.append(form)
                script = self.tokens
                default = (200, self._token(len(self.token_requests)))
            else:
                self.requests.append(
                    {
                        "method": handler.command,
                        "path": parts.path,
                        "query": parse_qs(parts.query),
                        "headers": dict(handler.headers),
                        "body": body,
                        "peer": handler.client_address,
                    }
                )
                script = self.answers
                default = (200, {"ok": True})
            entry = script.pop(0) if script else default
        if callable(entry):
            entry(handler)
            return
        send(handler, *entry)

    @staticmethod
    def _token(number):
        return {
            "access_token": f"Atza|token-{number}",
            "token_type": "bearer",
            "expires_in": 3600,
        }


def send(handler, status, body, headers=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = dict(headers or {})
    date = headers.pop("Date", None)
    handler.send_response_only(status)
    if date:
        handler.send_header("Date", date)
    handler.send_header("x-amzn-RequestId", "request-1")
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def cut_before(handler):
    """Close the connection without an answer."""
    handler.close_connection = True
    handler.connection.close()


def cut_in_body(handler):
    """Promise 1,000 bytes, send few, close."""
    handler.send_response_only(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"orders": [')
    handler.close_connection = True
