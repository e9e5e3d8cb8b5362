# SPDX-License-Identifier: LGPL-3.0-or-later
"""The registry of operations: each API module registers its own."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from .messages import ApiError
from .sellers import ORDINARY_ROLES


@dataclass(frozen=True)
class Route:
    """One operation of Amazon.

    `model` is the file name (without .json) of Amazon's model, `roles` of which the
    caller needs one, `rate` and `burst` the usage plan as the model states it.
    `handler(call)` returns an Answer or raises ApiError.
    """

    method: str
    template: str
    operation: str
    model: str
    rate: float
    burst: int
    handler: Callable
    roles: frozenset = ORDINARY_ROLES

    def pattern(self):
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template) + "$")


class Routes:
    """Finds the operation of a method and path."""

    def __init__(self, routes):
        self.all = tuple(routes)
        self._patterns = [(route, route.pattern()) for route in self.all]

    def find(self, method, path):
        """(route, path parameters); ApiError 404 or 405 if there is none."""
        methods = set()
        for route, pattern in self._patterns:
            match = pattern.match(path)
            if match and route.method == method:
                found = match.groupdict()
                return route, {name: unquote(text) for name, text in found.items()}
            if match:
                methods.add(route.method)
        if methods:
            raise ApiError(405, "MethodNotAllowed", "Method Not Allowed")
        raise ApiError.not_found()
