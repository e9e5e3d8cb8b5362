# SPDX-License-Identifier: LGPL-3.0-or-later
"""A headless Chromium, driven through its DevTools protocol."""

import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import requests
import websocket

_PATIENCE_SECONDS = 150
_START_SECONDS = 60
_PAGE_ATTEMPTS = 4
_STARTED = "document.querySelector('.o_main_navbar, .o_action_manager')"
_LOGGED_OUT = "location.pathname.startsWith('/web/login')"
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find():
    """The path of a Chromium, or None."""
    given = os.environ.get("CHROMIUM")
    return given or next(filter(None, map(shutil.which, _NAMES)), None)


class Browser:
    """One page.

    `errors` collects what the page logs as errors, `clicks` counts what a user clicks.
    """

    def __init__(self, program):
        self.errors = []
        self.clicks = 0
        self._numbers = itertools.count(1)
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                # there is no network: nothing of its own shall wait for one
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-quic",
                "--remote-debugging-port=0",
                "--remote-allow-origins=*",
                f"--user-data-dir={self._profile.name}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._socket = websocket.create_connection(
            self._page(), timeout=_PATIENCE_SECONDS, suppress_origin=True
        )
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._socket.close()
        self._process.terminate()
        self._process.wait(20)
        self._profile.cleanup()

    def _page(self):
        """The address of the first page's DevTools socket."""
        announced = Path(self._profile.name) / "DevToolsActivePort"
        self._poll(lambda: announced.exists() and announced.read_text().count("\n"))
        port = announced.read_text().splitlines()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            pages = [page for page in json.load(answer) if page["type"] == "page"]
        return pages[0]["webSocketDebuggerUrl"]

    def send(self, method, **parameters):
        """One DevTools command; returns its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer)

    def _note(self, event):
        parameters = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(parameters["exceptionDetails"])[:800])
        elif event.get("method") == "Runtime.consoleAPICalled":
            if parameters["type"] == "error":
                self.errors.append(json.dumps(parameters["args"])[:800])
        elif event.get("method") == "Log.entryAdded":
            entry = parameters["entry"]
            if entry["level"] == "error":
                self.errors.append(f"{entry['text']} {entry.get('url', '')}")

    def evaluate(self, expression):
        """The value of a JavaScript expression, None while the page is changing."""
        result = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True
        )
        return result["result"].get("value")

    def run(self, script):
        """Run JavaScript to its end; returns its value, awaited if it is a promise."""
        result = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait_for(self, expression, seconds=_PATIENCE_SECONDS):
        """Wait until a JavaScript expression is true."""
        self._poll(lambda: self.evaluate(f"Boolean({expression})"), expression, seconds)

    def _poll(self, condition, what="Chromium", seconds=_PATIENCE_SECONDS):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            assert self._process.poll() is None, "Chromium has ended"
            time.sleep(0.1)

    def open(self, address):
        """Open an address; returns when its page is loaded, and the web client runs."""
        for _attempt in range(_PAGE_ATTEMPTS):
            self.send("Page.navigate", url=address)
            self.wait_for("document.readyState === 'complete'")
            if "/odoo" not in address:
                return
            assert not self.evaluate(_LOGGED_OUT), "nobody is logged in"
            # On a busy machine it happens that a page is there and never runs.
            with contextlib.suppress(AssertionError):
                return self.wait_for(_STARTED, _START_SECONDS)
        self.wait_for(_STARTED)

    def log_in(self, odoo_url, login="admin", password="admin", companies=()):
        """Log in to Odoo's web client, by its form but without drawing it.

        :param companies: ids of those to work in, in place of the user's own
        """
        form = f"{odoo_url}/web/login"
        with requests.Session() as session:
            page = session.get(form, timeout=_PATIENCE_SECONDS).text
            token = re.search(r'name="csrf_token" value="(\w+)"', page).group(1)
            words = {"csrf_token": token, "login": login, "password": password}
            answer = session.post(
                form, words, allow_redirects=False, timeout=_PATIENCE_SECONDS
            )
            assert answer.is_redirect, f"Odoo refuses the login {login}"
            cookies = {"session_id": session.cookies["session_id"]}
        if companies:
            cookies["cids"] = "-".join(map(str, companies))
        for name, value in cookies.items():
            self.send("Network.setCookie", name=name, value=value, url=odoo_url)

    def click(self, selector, text=""):
        """Click what a selector finds, visible and with this text, once it is there."""
        found = (
            f"[...document.querySelectorAll({json.dumps(selector)})].find(one => "
            f"one.offsetParent && one.innerText.includes({json.dumps(text)}))"
        )
        self.wait_for(found)
        self.clicks += 1
        self.evaluate(f"{found}.click()")

    def type(self, selector, text):
        """Type into an input in place of what is there."""
        find = f"document.querySelector({json.dumps(selector)})"
        self.wait_for(find)
        self.evaluate(f"{find}.focus(), {find}.select && {find}.select()")
        self.send("Input.insertText", text=text)
        self.evaluate(f"{find}.blur()")

    def press_enter(self):
        """Press Enter where the page's focus is."""
        for kind in ("keyDown", "keyUp"):
            self.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key="Enter",
                code="Enter",
                windowsVirtualKeyCode=13,
            )

    def text(self):
        """All that the page shows."""
        return self.evaluate("document.body.innerText")

    def resize(self, width, height, mobile=False):
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=mobile,
        )

    def picture(self, path):
        """Save what is seen as a PNG file."""
        data = self.send("Page.captureScreenshot", format="png")["data"]
        Path(path).write_bytes(base64.b64decode(data))
