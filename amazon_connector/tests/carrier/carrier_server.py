# SPDX-License-Identifier: LGPL-3.0-or-later
"""A server on this machine that stands for those of real carriers."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import requests


class CarrierServer:
    """Remembers what it was sent; labels have the address, as real ones do.

    ``fail`` is an answer of status 400 to whatever ships, made of the request.
    """

    def __init__(self):
        self.received = []
        self.fail = None
        self.bought = 0
        self.parcel = b""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def redirect(self, hosts):
        """A stand-in of ``requests.Session.request`` that leads these hosts here."""
        original = requests.Session.request

        def request(session, method, url, **options):
            parts = urlsplit(url)
            if parts.hostname in hosts:
                url = self.url + url[len(f"{parts.scheme}://{parts.netloc}") :]
            return original(session, method, url, **options)

        return request

    def answer(self, path, body):
        """``(status, JSON)`` of a request."""
        self.received.append((path, body))
        if path.endswith(("authenticate", "pic_token")):
            return 200, {"access_token": "t"} if "pic_token" in path else "t"
        if self.fail:
            return 400, self.fail(body)
        if body and path.endswith(("customer/shipment", "v1/shipments")):
            self.bought += 1
            self.parcel = body
        number = f"08{self.bought:08d}"
        label = base64.b64encode(b"%PDF-1.4 label of " + self.parcel).decode()
        if path.endswith("customer/shipment"):
            return 200, {"Tracking": number, "Origin": "08", "Label": label}
        if path.endswith("v1/shipments"):
            return 201, {"data": {"shipmentCode": number, "ecbs": [number]}}
        return 200, {"data": [{"ecb": number, "pdf": label}]}

    def _make_handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = server.answer(urlsplit(self.path).path, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            do_GET = do_POST

            def log_message(self, *args):
                """Keep quiet."""

        return Handler
