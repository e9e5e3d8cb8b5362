# SPDX-License-Identifier: LGPL-3.0-or-later
"""What travels between the server, the checks and the APIs."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl


@dataclass
class Request:
    """One HTTP request. `headers` has lower-case names."""

    method: str
    path: str
    query_string: str
    headers: dict
    body: bytes

    def pairs(self):
        """Query parameters in their order, blanks kept."""
        return parse_qsl(self.query_string, keep_blank_values=True)

    def query(self):
        """Query parameters as a dict; ApiError 400 if one is given twice."""
        values = {}
        for name, value in self.pairs():
            if name in values:
                raise ApiError.invalid_input(f"Parameter {name} is given twice.")
            values[name] = value
        return values

    def form(self):
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))

    def json(self):
        """The body's JSON; ValueError if it is none. A whole number stays one in
        whatever form it is written, e.g. 2E+1."""
        if not self.body:
            return {}
        return json.loads(
            self.body, parse_float=_number, parse_constant=_refuse_constant
        )


def _number(text):
    value = float(text)
    return int(value) if "e" in text.lower() and value.is_integer() else value


def _refuse_constant(text):
    raise ValueError(f"{text} is no JSON")


@dataclass
class Answer:
    """One HTTP answer. `body` is JSON-able, bytes, or None for no body at all.

    `delivery` says how the server sends it: "whole", "cut_before" (connection
    closed unanswered) or "cut_body" (closed in the middle); `delay` in real seconds.
    """

    status: int = 200
    body: object = None
    headers: dict = field(default_factory=dict)
    content_type: str = "application/json"
    delivery: str = "whole"
    delay: float = 0.0

    def encoded(self):
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        try:
            return json.dumps(self.body, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            # Halves of surrogate pairs travel as escapes only.
            return json.dumps(self.body).encode()


class ApiError(Exception):
    """An error in Amazon's form: a status and one entry of `errors`."""

    def __init__(self, status, code, message, details=""):
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    @classmethod
    def invalid_input(cls, details="", message="Invalid Input"):
        return cls(400, "InvalidInput", message, details)

    @classmethod
    def forbidden(cls, details=""):
        message = "Access to requested resource is denied."
        return cls(403, "Unauthorized", message, details)

    @classmethod
    def not_found(cls, message="The requested resource was not found."):
        return cls(404, "NotFound", message)

    @classmethod
    def quota_exceeded(cls):
        message = "You exceeded your quota for the requested resource."
        return cls(429, "QuotaExceeded", message)

    def answer(self):
        error = {"code": self.code, "message": self.message, "details": self.details}
        return Answer(self.status, {"errors": [error]})


class HtmlError(Exception):
    """Amazon's front door refuses a malformed request with an HTML page."""

    def __init__(self, status, title):
        super().__init__(title)
        self.status = status
        self.title = title

    def answer(self):
        page = f"<html><head><title>{self.title}</title></head><body></body></html>"
        return Answer(self.status, page.encode(), content_type="text/html")
