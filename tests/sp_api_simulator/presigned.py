# SPDX-License-Identifier: LGPL-3.0-or-later
"""Presigned addresses: documents outside the API, for whoever has the address."""

import random
from dataclasses import dataclass
from urllib.parse import quote

from .clock import MINUTE, format_time, http_date
from .faults import skew
from .messages import Answer

PREFIX = "/_documents/"
LIFE = 5 * MINUTE
OPERATION = "downloadDocument"
CREDENTIALS = ("authorization", "x-amz-access-token")


@dataclass(frozen=True)
class Stored:
    """What lies behind an address; `headers` go out with it."""

    content: bytes
    content_type: str
    headers: dict
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
        simulator = self._simulator
        signature = f"{self._random.getrandbits(256):064x}"
        expires = simulator.clock.now() + LIFE
        self._stored = {
            key: stored
            for key, stored in self._stored.items()
            # Kept for a while, so that an expired address is told from a wrong one.
            if stored.expires + LIFE > simulator.clock.now()
        }
        self._stored[signature] = Stored(
            content, content_type, headers or {}, expires, seller_key
        )
        query = f"X-Amz-Expires={LIFE:.0f}&X-Amz-Signature={signature}"
        return f"{simulator.url}{PREFIX}{quote(name, safe='')}?{query}"

    def handle(self, request):
        """Answer a download."""
        simulator = self._simulator
        stored = self._stored.get(dict(request.pairs()).get("X-Amz-Signature"))
        seller_key = stored.seller if stored else None
        fired = simulator.faults.draw(OPERATION, seller_key)
        now = simulator.clock.now() + skew(fired)
        answer = simulator.faults.instead(fired)
        if answer is None:
            answer = self._answer(request, stored, now)
        answer = simulator.faults.apply(fired, answer, None)
        answer.headers["x-amz-request-id"] = simulator.next_request_id()
        answer.headers["Date"] = http_date(now)
        simulator.log_call(
            {
                "operation": OPERATION,
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
        if request.method != "GET" or stored is None:
            return _refusal(403, "SignatureDoesNotMatch", "The signature is wrong.")
        if any(name in request.headers for name in CREDENTIALS):
            text = "Only one auth mechanism allowed."
            return _refusal(400, "InvalidArgument", text)
        if now >= stored.expires:
            return _refusal(403, "AccessDenied", "Request has expired")
        return Answer(
            200, stored.content, dict(stored.headers), content_type=stored.content_type
        )


def _refusal(status, code, message):
    page = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
    return Answer(status, page.encode(), content_type="application/xml")
