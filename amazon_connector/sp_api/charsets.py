# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which charset a document is written in.

Amazon's reports were seen in UTF-8, in the Windows charset of the marketplace's
language and, in Japan, in Windows-31J; some say so, others do not, and some say what is
not true.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from email.message import Message
from itertools import chain

FALLBACK_CHARSET = "cp1252"
_FALLBACK_BY_MARKETPLACE = {
    "A1VC38T7YXB528": "cp932",  # Japan
    "AAHKV2X7AFYLW": "gb18030",  # China
    "A33AVAJ2PDY3EV": "cp1254",  # Turkey
    "ARBP9OOSHTCHU": "cp1256",  # Egypt
    "A17E79C6D8DWNP": "cp1256",  # Saudi Arabia
    "A2VIGQ35RCS4UG": "cp1256",  # United Arab Emirates
}
# What Amazon, and everybody, really sends under these names: supersets of them.
_REALLY = {
    "ascii": "utf-8",
    "utf-8-sig": "utf-8",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "cp950",
}
# Names that Python does not know.
_OTHER_NAMES = {"windows-31j": "cp932", "x-sjis": "cp932", "x-gbk": "gb18030"}
_ASCII = bytes(range(128))
WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
"""Charsets of two or four bytes a character: their lines cannot be found in bytes."""
# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_XML = re.compile(rb"""\s*<\?xml\s[^>]{0,80}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
HEAD = 200
"""So many bytes are enough to find a mark or an XML declaration."""


def known_charset(name: str) -> str | None:
    """Return Python's name of a charset, None for one that cannot be used here."""
    try:
        codec = codecs.lookup(_OTHER_NAMES.get(name.lower(), name))
        if codec.name in WIDE:
            return codec.name
        # Lines and tabs are found before decoding, so ASCII has to be part of it.
        if _ASCII.decode(codec.name) != _ASCII.decode("ascii"):
            return None
    except (LookupError, ValueError):
        return None
    return _REALLY.get(codec.name, codec.name)


def stated_charset(content_type: str | None) -> str | None:
    """Return the charset that a Content-Type names, None without one known here."""
    if not content_type:
        return None
    message = Message()
    message["Content-Type"] = content_type
    return known_charset(message.get_content_charset() or "")


def marked_charset(head: bytes) -> str | None:
    """Return the charset that a byte-order mark tells, or None."""
    for mark, charset in _MARKS:
        if head.startswith(mark):
            return charset
    return None


def declared_charset(head: bytes) -> str | None:
    """Return the charset that an XML declaration names, or None."""
    match = _XML.match(head.removeprefix(codecs.BOM_UTF8))
    return known_charset(match[1].decode()) if match else None


def fallback_charset(marketplace_id: str) -> str:
    """Return the charset of this marketplace's documents that are not UTF-8."""
    return _FALLBACK_BY_MARKETPLACE.get(marketplace_id, FALLBACK_CHARSET)


def fallback_charsets(marketplace_ids: Iterable[str]) -> tuple[str, ...]:
    """Return what to try for a document of several marketplaces, in this order.

    Those that refuse most come first: almost anything can be read as Windows-1252.
    """
    found = {fallback_charset(one) for one in marketplace_ids}
    return tuple(sorted(found, key=lambda name: (is_single_byte(name), name)))


def is_single_byte(charset: str) -> bool:
    """Return whether each byte is a character in this charset."""
    return charset.startswith(("cp125", "iso8859", "koi8"))


def can_decode(pieces: Iterable[bytes], charset: str) -> bool:
    """Return whether all of the pieces of bytes can be read in this charset."""
    decoder = codecs.getincrementaldecoder(charset)()
    try:
        for piece in pieces:
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def looks_like_utf8(pieces: Iterable[bytes]) -> bool:
    """Return whether most of what is not ASCII is UTF-8.

    A document that was cut within a character, or into which some program wrote a few
    bytes of another charset, is UTF-8 all the same.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    for piece in chain(pieces, (b"",)):
        text = decoder.decode(piece, final=not piece)
        wrong = text.count("\ufffd")
        bad += wrong
        good += len(text) - len(text.encode("ascii", "ignore")) - wrong
    return good >= max(bad, 1)
