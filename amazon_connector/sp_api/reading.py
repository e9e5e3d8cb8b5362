# SPDX-License-Identifier: LGPL-3.0-or-later
"""Read Amazon's JSON without ever failing on it.

``Reader`` walks one JSON object. What is absent reads as None; what has the wrong
type reads as None too and leaves a note that names the place, never the value; the
places alone are kept as ``faults``, for those who must tell the two apart. A whole
number where a text belongs reads as that text, with a note.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .amounts import read_amount
from .times import parse_time

# Sums of two of them still fit into a database's integer.
_LARGEST = 2**30
_INDEX = re.compile(r"\[\d+\]")
# They show nothing, though Unicode counts them to the letters and symbols.
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"


@dataclass(frozen=True)
class Money:
    """An amount exactly as Amazon states it; `currency` is the ISO 4217 code."""

    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Window:
    """A promised time span, aware UTC; either end may be open."""

    earliest: datetime | None
    latest: datetime | None


def make_storable(value: Any) -> Any:
    """The same JSON without what no text of a database holds.

    That is the character NUL and halves of surrogate pairs; the latter become ``?``.
    Numbers that are none, NaN and infinity, become texts.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str):
        if value.isprintable():
            return value
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {make_storable(key): make_storable(v) for key, v in value.items()}
    if isinstance(value, list):
        return [make_storable(part) for part in value]
    return value


def as_text(value: object) -> str | None:
    """A text, or a whole number as text; None of what is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def visible_text(text: str | None) -> str | None:
    """Return the text without blanks at its ends, None if it has nothing else.

    Blank is whatever shows nothing: spaces, controls, characters without width.
    """

    def is_blank(character: str) -> bool:
        return unicodedata.category(character)[0] in "ZC" or character in _BLANKS

    text = text or ""
    first, last = 0, len(text)
    while first < last and is_blank(text[first]):
        first += 1
    while last > first and is_blank(text[last - 1]):
        last -= 1
    return text[first:last] if last > first else None


class Reader:
    """One JSON object, its place in the document, and what is shared by all of them:
    the notes, the places of what could not be read, and the words that are in no list
    of Amazon's: pairs of a place without its indexes and the word."""

    def __init__(
        self,
        data: object,
        place: str = "",
        notes: list[str] | None = None,
        faults: list[str] | None = None,
        words: list[tuple[str, str]] | None = None,
    ) -> None:
        self.data = data if isinstance(data, dict) else {}
        self.place = place
        self.notes = [] if notes is None else notes
        self.faults = [] if faults is None else faults
        self.words = [] if words is None else words

    def note(self, key: str, text: str) -> None:
        self.notes.append(f"{self._place(key)}: {text}")

    def fault(self, key: str, text: str) -> None:
        """Note what is there and cannot be read."""
        self.note(key, text)
        self.faults.append(self._place(key))

    def child(self, key: str) -> Reader:
        """Return the object under `key`; an empty reader when there is none."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, dict):
            self.fault(key, "expected an object")
        return self._within(value, self._place(key))

    def children(self, key: str) -> list[Reader]:
        """Return readers of the objects in the list under `key`."""
        readers = []
        for index, value in enumerate(self._list(key)):
            if isinstance(value, dict):
                readers.append(self._within(value, f"{self._place(key)}[{index}]"))
            else:
                self.fault(f"{key}[{index}]", "expected an object")
        return readers

    def text(self, key: str, known: Collection[str] = ()) -> str | None:
        """Return the text under `key`; one that is not in `known` is only noted."""
        value = self.data.get(key)
        return None if value is None else self._read_text(key, value, known)

    def texts(self, key: str, known: Collection[str] = ()) -> tuple[str, ...]:
        """Return the tuple of texts in the list under `key`."""
        found = []
        for index, value in enumerate(self._list(key)):
            text = self._read_text(f"{key}[{index}]", value, known)
            if text is not None:
                found.append(text)
        return tuple(found)

    def _read_text(self, key: str, value: object, known: Collection[str]) -> str | None:
        text = as_text(value)
        if text is None:
            self.fault(key, "expected a text")
        elif text is not value:
            self.note(key, "a number where a text belongs")
        if text is not None and known and text not in known:
            self.note(key, "a value that is not known here")
            self.words.append((_INDEX.sub("", self._place(key)), text))
        return text

    def integer(self, key: str) -> int | None:
        value = self.data.get(key)
        if value is None:
            return None
        whole = isinstance(value, int) or (
            isinstance(value, float) and value.is_integer()
        )
        if isinstance(value, bool) or not whole:
            self.fault(key, "expected a whole number")
            return None
        if abs(value) >= _LARGEST:
            self.fault(key, "a number out of all reason")
            return None
        return int(value)

    def boolean(self, key: str) -> bool | None:
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.fault(key, "expected true or false")
        return None

    def time(self, key: str) -> datetime | None:
        value = self.data.get(key)
        if value is None:
            return None
        moment = parse_time(value)
        if moment is None:
            self.fault(key, "expected a time with its zone")
        return moment

    def money(self, key: str) -> Money | None:
        """Return Money; an amount or currency that cannot be read gives None."""
        if self.data.get(key) is None:
            return None
        block = self.child(key)
        if not isinstance(self.data[key], dict):
            return None
        if not block.data:
            return None
        amount = read_amount(block.data.get("amount"))
        currency = block.data.get("currencyCode")
        if amount is None:
            block.fault("amount", "expected a decimal number")
            return None
        if not isinstance(currency, str) or not currency.strip():
            block.fault("currencyCode", "expected a currency")
            return None
        return Money(amount, currency.strip())

    def window(self, key: str) -> Window | None:
        block = self.child(key)
        if not block.data:
            return None
        return Window(block.time("earliestDateTime"), block.time("latestDateTime"))

    def _list(self, key: str) -> list[Any]:
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(key, "expected a list")
            return []
        return value

    def _within(self, value: object, place: str) -> Reader:
        return Reader(value, place, self.notes, self.faults, self.words)

    def _place(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key
