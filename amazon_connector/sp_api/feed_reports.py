# SPDX-License-Identifier: LGPL-3.0-or-later
"""Read Amazon's processing report of an XML feed.

The report says what became of each message that went wrong. A feed that is DONE may
hold nothing but errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from .errors import ProtocolError
from .redaction import redact

_COUNTS = {
    "MessagesProcessed": "processed",
    "MessagesSuccessful": "successful",
    "MessagesWithError": "with_error",
    "MessagesWithWarning": "with_warning",
}
_LARGEST = 2**31
# Result codes of messages that were carried out.
HARMLESS = ("warning", "success", "info", "information")


@dataclass(frozen=True)
class FeedResult:
    """What Amazon says about one message.

    :param message_id: as chosen for the feed; 0 speaks of the whole document
    :param is_error: False for a warning: the message was carried out
    :param code: Amazon's number, text
    :param description: for a human, redacted
    """

    message_id: int | None
    is_error: bool
    code: str
    description: str
    order_id: str = ""
    order_item_id: str = ""


@dataclass(frozen=True)
class ProcessingReport:
    """How Amazon processed a feed; a count that it does not tell is None."""

    processed: int | None
    successful: int | None
    with_error: int | None
    with_warning: int | None
    results: tuple[FeedResult, ...] = ()

    @cached_property
    def errors(self) -> dict[int | None, list[FeedResult]]:
        """{message number: [FeedResult, ...]} of what went wrong."""
        found: dict[int | None, list[FeedResult]] = {}
        for result in self.results:
            if result.is_error:
                found.setdefault(result.message_id, []).append(result)
        return found

    @property
    def whole_document(self) -> list[FeedResult]:
        """The errors that concern every message: nothing of the feed was done."""
        return self.errors.get(0, []) + self.errors.get(None, [])

    def errors_of(self, message_id: int | None) -> list[FeedResult]:
        """Return what went wrong with one message, empty if nothing did."""
        return self.errors.get(message_id, []) + self.whole_document


def read_processing_report(
    chunks: Iterable[bytes], charset: str | None = None
) -> ProcessingReport:
    """Read the report of an XML feed.

    :param chunks: the document as pieces of bytes, see ``DocumentFile.chunks``
    :param charset: what they are written in, see ``DocumentFile.charset``; else what
        the document declares
    :raises ProtocolError: it is no processing report
    """
    report = _Reading(charset)
    try:
        for chunk in chunks:
            report.feed(chunk)
        return report.finish()
    except etree.XMLSyntaxError as error:
        # Its text would quote the document.
        problem = error.__class__.__name__
    raise ProtocolError(f"The processing report is not readable ({problem})")


class _Reading:
    """Takes pieces of the document, keeps no more of it than one result."""

    def __init__(self, charset: str | None) -> None:
        # No entity is ever expanded, no file or address is opened.
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            encoding=charset,
        )
        self._counts: dict[str, int | None] = {}
        self._results: list[FeedResult] = []
        self._is_report = False

    def feed(self, chunk: bytes) -> None:
        self._parser.feed(chunk)
        for event, element in self._parser.read_events():
            if event == "start":
                self._check(element)
            else:
                self._take(element)

    def finish(self) -> ProcessingReport:
        self._parser.close()
        if not self._is_report:
            raise ProtocolError("The document is no processing report")
        counts = {name: self._counts.get(name) for name in _COUNTS.values()}
        return ProcessingReport(**counts, results=tuple(self._results))

    def _check(self, element: etree._Element) -> None:
        if element.getparent() is None and element.getroottree().docinfo.doctype:
            raise ProtocolError("The processing report declares a document type")

    def _take(self, element: etree._Element) -> None:
        name = _local_name(element)
        if name == "ProcessingReport":
            self._is_report = True
        elif name in _COUNTS:
            self._counts[_COUNTS[name]] = _number(element.text)
        elif name == "Result":
            self._results.append(_result(element))
            element.clear()


def _result(element: etree._Element) -> FeedResult:
    facts: dict[str, str] = {}
    for part in element.iter(tag=etree.Element):
        facts.setdefault(_local_name(part), (part.text or "").strip())
    return FeedResult(
        message_id=_number(facts.get("MessageID")),
        # A word that is not known is taken for an error: somebody looks at it.
        is_error=facts.get("ResultCode", "").casefold() not in HARMLESS,
        code=facts.get("ResultMessageCode", ""),
        description=redact(facts.get("ResultDescription", "")),
        order_id=facts.get("AmazonOrderID", ""),
        order_item_id=facts.get("AmazonOrderItemCode", ""),
    )


def _local_name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    if not text.isascii() or not text.isdigit() or int(text) >= _LARGEST:
        return None
    return int(text)
