# SPDX-License-Identifier: LGPL-3.0-or-later
"""SKUs that a charset may have damaged on their way, and what they may have been."""

import re

UNREADABLE = "\ufffd"
_LOST = re.compile(r"(?:[^\x20-\x7e]|\?)+")


def is_damaged(text):
    """Return whether some character may not be the one that Amazon has.

    A question mark stands for what a charset lacks, the replacement character for what
    it cannot read; UTF-8 that was read as Windows-1252 shows as two characters each.
    """
    return "?" in text or UNREADABLE in text or repair(text) is not None


def repair(text):
    """Return UTF-8 that was read as Windows-1252 as it was before, else None."""
    if text.isascii() or UNREADABLE in text:
        return None
    try:
        content = b"".join(_byte(character) for character in text)
        repaired = content.decode("utf-8")
    except UnicodeError:
        return None
    return repaired if repaired != text else None


def fold(text):
    """Return a text with "?" for each run of characters that may get lost."""
    return _LOST.sub("?", text)


def may_be(damaged, real):
    """Return whether a damaged text may have been this one."""
    if fold(damaged) != fold(real):
        return False
    if UNREADABLE in damaged:
        return True
    return any(
        len(text) == len(real)
        and all(
            one == other or (one == "?" and not other.isascii())
            for one, other in zip(text, real, strict=True)
        )
        for text in (damaged, repair(damaged) or damaged)
    )


def can_hold(charset, text):
    """Return whether a charset has all characters of a text."""
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _byte(character):
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        # The five bytes that Windows-1252 leaves undefined.
        return character.encode("latin-1")
