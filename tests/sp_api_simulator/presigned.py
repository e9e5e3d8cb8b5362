# SPDX-License-Identifier: LGPL-3.0-or-later
"""Presigned addresses: documents outside the API, for whoever has the address."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from .clock import MINUTE, format_time, http_date
from .faults import skew
from .messages import Answer

PREFIX = "/_documents/"
LIFE = 5 * MINUTE
DOWNLOAD, UPLOAD = "downloadDocument", "uploadDocument"
CREDENTIALS = ("authorization", "x-amz-access-token")


@dataclass(frozen=True)
class Stored:
    """What lies behind an address; `headers` go out with it."""

    content: bytes
    content_type: str
    headers: dict
    expires: float
    seller: str


@dataclass(frozen=True)
class Awaited:
    """A document that may be uploaded: `store(content)` takes it."""

    content_type: str
    store: Callable
    expires: float
    seller: str


class PresignedDocuments:
    """The store of documents of one simulator."""

    def __init__(self, simulator):
        self._simulator = simulator
        self._random = random.Random(f"presigned-{simulator.seed}")
        self._stored = {}

    def issue(self, seller_key, name, content, content_type, headers=None):
        """A new address of `content`, good for five minutes."""
        expires = self._simulator.clock.now() + LIFE
        return self._address(
            name, Stored(content, content_type, headers or {}, expires, seller_key)
        )

    def issue_upload(self, seller_key, name, content_type, store):
        """An address to upload to, with this Content-Type, good for five minutes."""
        expires = self._simulator.clock.now() + LIFE
        return self._address(name, Awaited(content_type, store, expires, seller_key))

    def _address(self, name, what):
        simulator = self._simulator
        signature = f"{self._random.getrandbits(256):064x}"
        self._stored = {
            key: stored
            for key, stored in self._stored.items()
            # Kept for a while, so that an expired address is told from a wrong one.
            if stored.expires + LIFE > simulator.clock.now()
        }
        self._stored[signature] = what
        query = f"X-Amz-Expires={LIFE:.0f}&X-Amz-Signature={signature}"
        return f"{simulator.url}{PREFIX}{quote(name, safe='')}?{query}"

    def handle(self, request):
        """Answer a download or an upload."""
        simulator = self._simulator
        operation = UPLOAD if request.method == "PUT" else DOWNLOAD
        stored = self._stored.get(dict(request.pairs()).get("X-Amz-Signature"))
        seller_key = stored.seller if stored else None
        fired = simulator.faults.draw(operation, seller_key)
        now = simulator.clock.now() + skew(fired)
        answer = simulator.faults.instead(fired)
        if answer is None:
            answer = self._answer(request, stored, now)
        answer = simulator.faults.apply(fired, answer, None)
        answer.headers["x-amz-request-id"] = simulator.next_request_id()
        answer.headers["Date"] = http_date(now)
        simulator.log_call(
            {
                "operation": operation,
                "seller": seller_key,
                "method": request.method,
                "path": request.path,
                # The address is a secret.
                "query": {},
                "status": answer.status,
                "delivery": answer.delivery,
                "time": format_time(now),
                "user_agent": request.headers.get("user-agent", ""),
                "request_id": answer.headers["x-amz-request-id"],
            }
        )
        return answer

    @staticmethod
    def _answer(request, stored, now):
        kind = {"GET": Stored, "PUT": Awaited}.get(request.method)
        if kind is None or not isinstance(stored, kind):
            return _refusal(403, "SignatureDoesNotMatch", "The signature is wrong.")
        if any(name in request.headers for name in CREDENTIALS):
            text = "Only one auth mechanism allowed."
            return _refusal(400, "InvalidArgument", text)
        if now >= stored.expires:
            return _refusal(403, "AccessDenied", "Request has expired")
        if kind is Awaited:
            return _uploaded(request, stored)
        return Answer(
            200, stored.content, dict(stored.headers), content_type=stored.content_type
        )


def _uploaded(request, awaited):
    """The Content-Type is part of what was signed."""
    if request.headers.get("content-type") != awaited.content_type:
        text = "The Content-Type differs from the one that was signed."
        return _refusal(403, "SignatureDoesNotMatch", text)
    awaited.store(request.body)
    return Answer(200)


def _refusal(status, code, message):
    page = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
    return Answer(status, page.encode(), content_type="application/xml")
