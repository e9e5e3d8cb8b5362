# SPDX-License-Identifier: LGPL-3.0-or-later
"""The HTTP server: one port for tokens, three regions and the control API."""

import contextlib
import socket
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .consent import PATH as CONSENT_PATH
from .control import handle_control
from .messages import Answer, ApiError, HtmlError, Request
from .pictures import PREFIX as PICTURES_PREFIX
from .pictures import answer_picture
from .presigned import PREFIX as DOCUMENTS_PREFIX

TOKEN_PATH = "/auth/o2/token"
CONTROL_PREFIX = "/_control"
LARGEST_BODY = 512 * 1024 * 1024


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    simulator = None

    def __init__(self, *arguments):
        self._open = set()
        super().__init__(*arguments)

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self):
        """Close what clients keep alive, as a machine that goes down would."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """Clients that hang up are part of the game, anything else is not."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one packet or two; waiting for more costs 40 ms.
    disable_nagle_algorithm = True

    def do_GET(self):
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, *_args):
        """The simulator keeps its own log of calls."""

    def _serve(self):
        try:
            request = self._read()
        except HtmlError as error:
            self.close_connection = True
            answer = error.answer()
        else:
            answer = self._answer_whatever(request)
        if answer.delay:
            time.sleep(answer.delay)
        self._send(answer)

    def _read(self):
        try:
            length = int(self.headers.get("Content-Length", 0))
        except ValueError:
            raise HtmlError(400, "400 Bad Request") from None
        if not 0 <= length <= LARGEST_BODY or "Transfer-Encoding" in self.headers:
            raise HtmlError(400, "400 Bad Request")
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        return Request(self.command, parts.path, parts.query, headers, body)

    def _answer_whatever(self, request):
        """Answer even where the simulator itself fails: nobody waits for nothing."""
        try:
            return self._answer(request)
        except Exception as error:
            traceback.print_exc()
            text = f"The simulator failed: {type(error).__name__}."
            return ApiError(500, "SimulatorFault", text).answer()

    def _answer(self, request):
        simulator = self.server.simulator
        if request.path == TOKEN_PATH and request.method == "POST":
            return simulator.handle_lwa(request)
        if request.path == CONSENT_PATH and request.method == "GET":
            return simulator.handle_consent(request)
        if request.path.startswith(f"{CONTROL_PREFIX}/"):
            request.path = request.path[len(CONTROL_PREFIX) :]
            return handle_control(simulator, request)
        if request.path.startswith(DOCUMENTS_PREFIX):
            return simulator.handle_download(request)
        if request.path.startswith(PICTURES_PREFIX):
            return answer_picture(request)
        region, _slash, rest = request.path[1:].partition("/")
        if region in ("na", "eu", "fe"):
            request.path = f"/{rest}"
            return simulator.handle_api(region, request)
        return ApiError.not_found().answer()

    def _send(self, answer: Answer):
        if answer.delivery == "cut_before":
            self._cut()
            return
        body = answer.encoded()
        self.send_response_only(answer.status)
        headers = {"Date": self.date_time_string(), **answer.headers}
        headers["Content-Type"] = answer.content_type
        headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.delivery == "cut_body":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self._cut()
            return
        self.wfile.write(body)

    def _cut(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


class Server:
    """Runs the listener in a thread of its own; `port` 0 takes a free one."""

    def __init__(self, simulator, port):
        self._simulator = simulator
        self._port = port
        self._listener = None
        self._thread = None

    @property
    def url(self):
        if self._listener is None:
            raise RuntimeError("The simulator is not started")
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def start(self):
        self._listener = _Listener(("127.0.0.1", self._port), _Handler)
        self._listener.simulator = self._simulator
        # A restart answers under the same URL.
        self._port = self._listener.server_address[1]
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    def stop(self):
        if self._listener is not None:
            self._listener.shutdown()
            self._listener.hang_up()
            self._listener.server_close()
            self._thread.join()
            self._listener = None
