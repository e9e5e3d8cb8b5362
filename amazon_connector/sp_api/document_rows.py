# SPDX-License-Identifier: LGPL-3.0-or-later
"""The rows of tab-separated documents, one by one.

Whoever reads them names the columns wanted: no other value, which may be a buyer's,
leaves this module.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .aliases import Row
from .errors import ProtocolError

if TYPE_CHECKING:
    from .documents import DocumentFile

_MOST_NUMBERS = 1000
Glimpse = Callable[[int, list[str], dict[str, int], int], Any]


class Rows:
    """The rows of a tab-separated document; iterate it once or again.

    Amazon's flat files know no quoting: a quotation mark is a character like others,
    a row ends where the line ends. A row with fewer or more cells than the header is
    left out: its values may stand in the wrong columns, a buyer's among them.

    :param count: rows read so far, those left out included
    :param uneven: how many were left out so far
    :param uneven_numbers: which ones, the first row behind the header being 1; at most
        1000 are remembered
    :param glimpses: what the reader's ``glimpse`` made of the same rows
    :param is_even: whether the row read last had as many cells as the header
    :param missing: wanted columns that the document does not have
    :param charset: what the document is written in
    """

    def __init__(
        self,
        document: DocumentFile,
        columns: Sequence[str],
        *,
        required: Collection[str],
        aliases: Mapping[str, Iterable[str]] | None,
        charset: str | None,
        glimpse: Glimpse | None = None,
    ) -> None:
        self._document = document
        self._glimpse = glimpse
        self.charset = document.charset(charset)
        lines = document.lines()
        header = self._decode(next(lines, b""))
        names = _column_names(header, columns, aliases or {})
        wanted = set(columns) | set(required)
        self._width = len(names)
        self._places = [
            (place, name)
            for place, name in enumerate(names)
            if name in wanted and names.index(name) == place
        ]
        self.missing = wanted.difference(names)
        self._start()
        lacking = sorted(self.missing.intersection(required))
        if lacking:
            raise ProtocolError(f"The report lacks: {', '.join(lacking)}")

    def __iter__(self) -> Iterator[Row]:
        self._start()
        lines = self._document.lines()
        next(lines, b"")
        for line in lines:
            if not line.strip():
                continue
            cells = self._decode(line).split("\t")
            self.count += 1
            self.is_even = len(cells) == self._width
            if self.is_even:
                yield {name: cells[place] for place, name in self._places}
            else:
                self._leave_out(cells)

    def _start(self) -> None:
        self.count = self.uneven = 0
        self.uneven_numbers: list[int] = []
        self.glimpses: list[Any] = []
        self.is_even = True

    def _leave_out(self, cells: list[str]) -> None:
        self.uneven += 1
        if len(self.uneven_numbers) < _MOST_NUMBERS:
            self.uneven_numbers.append(self.count)
            if self._glimpse:
                places = {name: place for place, name in self._places}
                shift = len(cells) - self._width
                self.glimpses.append(self._glimpse(self.count, cells, places, shift))

    def _decode(self, line: bytes) -> str:
        return line.decode(self.charset, "replace")


def iter_rows(
    document: DocumentFile,
    columns: Sequence[str],
    *,
    required: Collection[str] = (),
    aliases: Mapping[str, Iterable[str]] | None = None,
    charset: str | None = None,
    glimpse: Glimpse | None = None,
) -> Rows:
    """Return the Rows of a document: dicts of the wanted columns and no others.

    :param DocumentFile document: a tab-separated report
    :param columns: canonical names of the columns wanted (lower case, "-" for
        blanks), in the order in which the report has them
    :param required: columns without which the report is of no use
    :param dict aliases: {canonical name: (other names, ...)}, e.g. translations. One
        that several columns share is told apart by its place in the header.
    :param charset: how to decode what is neither stated nor UTF-8, instead of the
        document's own fallbacks
    :param glimpse: for documents without buyers' data alone: called for each row that
        is left out with its number, its cells, ``{column: place}`` and how many cells
        it has too many; what it returns is kept in ``glimpses``
    :raises ProtocolError: a required column is not there; its text names the
        columns, never the content
    """
    return Rows(
        document,
        columns,
        required=required,
        aliases=aliases,
        charset=charset,
        glimpse=glimpse,
    )


def normal_name(text: str) -> str:
    """Return a column's name as it is compared: "Seller SKU" is "seller-sku"."""
    text = unicodedata.normalize("NFKC", text).replace("\ufeff", "")
    return "-".join(text.casefold().split())


def _column_names(
    header: str, columns: Sequence[str], aliases: Mapping[str, Iterable[str]]
) -> list[str]:
    """Return the canonical names of a header's cells.

    One translation may stand for several columns: which one is meant follows from the
    columns around it, else the first that is still to come is.
    """
    meanings: dict[str, list[str]] = {}
    for name, others in aliases.items():
        for other in others:
            meanings.setdefault(normal_name(other), []).append(name)
    rank = {name: place for place, name in enumerate(columns)}
    names = [normal_name(cell) for cell in header.split("\t")]
    # A name that is right already is nobody else's translation.
    found = [
        [name] if name in aliases else meanings.get(name, [name]) for name in names
    ]
    for place, candidates in enumerate(found):
        if len(candidates) > 1:
            sure = [one[0] if len(one) == 1 else None for one in found]
            free = [name for name in candidates if name not in sure]
            fitting = [name for name in free if _fits(name, place, sure, rank)]
            found[place] = [(fitting or free or candidates)[0]]
    return [candidates[0] for candidates in found]


def _fits(name: str, place: int, sure: list[str | None], rank: dict[str, int]) -> bool:
    """Return whether a column lies between the known ones beside a place."""
    before = [rank[one] for one in sure[:place] if one in rank]
    after = [rank[one] for one in sure[place + 1 :] if one in rank]
    here = rank.get(name, -1)
    return (not before or before[-1] < here) and (not after or here < after[0])
