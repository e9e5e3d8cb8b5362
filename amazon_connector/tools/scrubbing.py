# SPDX-License-Identifier: LGPL-3.0-or-later
"""Taking a buyer's data out of texts that others make while they may see them.

A carrier gets the real address and writes what it likes: notes, errors, log lines. A
:class:`Scrubber` knows what was shown and hides it, also in other letters, cut into
words, or escaped. It hides rather too much: a street's name may be a common word.
"""

import base64
import binascii
import json
import logging
import re
import threading
import traceback
import unicodedata
from contextlib import contextmanager
from urllib.parse import quote

HIDDEN = "***"
# Shorter words stand in every text by chance, in letters that are few.
_TELLING = 4
_TELLING_SIGNS = 2
_SIGNS = "\u0900"
# Whatever parts two words, with what HTML and JSON make of it.
_BETWEEN = r"(?:&\#?\w{1,6};|\\[nrt]|%[0-9a-fA-F]{2}|\\u00[0-9a-fA-F]{2}|[\W_])"
_TAG = re.compile(r"(<[^<>]*>)")
_QUOTED = re.compile(r"(?<==)\"[^\"]*\"|(?<==)'[^']*'")
_PHONE_DIGITS = 8
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
# What files begin with whose text is compressed or painted.
_FILES = (b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"GIF8", b"\xff\xd8\xff")
_open = threading.local()


class Scrubber:
    """Hides some values in texts.

    :param values: the values, in any letters
    """

    def __init__(self, values):
        values = {value.strip() for value in values if value and value.strip()}
        words = {word for value in values for word in _find_telling(value)}
        self._exact = {text.casefold() for text in values | words}
        whole = [pattern for value in values for pattern in _write_whole(value)]
        words = [pattern for word in words for pattern in _write_word(word)]
        self._whole = _compile(whole)
        self._any = _compile(whole + words)
        self._computed = {}

    def hide(self, text):
        """A text without the values, and without the words that they consist of."""
        return self._hide_files(self._any.sub(HIDDEN, text)) if text else text

    def hide_html(self, text):
        """The same for HTML: tags keep words that stand there by chance."""
        parts = _TAG.split(text)
        parts[::2] = map(self.hide, parts[::2])
        parts[1::2] = [_QUOTED.sub(self._hide_quoted, tag) for tag in parts[1::2]]
        return "".join(parts)

    def _hide_quoted(self, found):
        return self._whole.sub(HIDDEN, found[0])

    def hide_name(self, text):
        """The same for a text without blanks: a number, a name of a file or model."""
        if text.strip().casefold() in self._exact:
            return HIDDEN
        return self._hide_files(self._whole.sub(HIDDEN, text))

    def _hide_files(self, text):
        """The same for files and texts in base64."""
        return _BASE64.sub(self._hide_file, text)

    def _hide_file(self, found):
        try:
            plain = found[0].rstrip("=").translate(str.maketrans("-_", "+/"))
            content = base64.b64decode(plain + "=" * (-len(plain) % 4))
        except binascii.Error:
            return found[0]
        texts = content.decode(errors="replace"), content.decode("latin-1")
        tells = content.startswith(_FILES) or any(map(self._any.search, texts))
        return HIDDEN if tells else found[0]

    def hide_column(self, value):
        """The same for what is stored in a column of text or JSON."""
        if isinstance(value, str):
            if "<" in value:
                return type(value)(self.hide_html(value))
            is_text = any(char.isspace() for char in value.strip())
            return self.hide(value) if is_text else self.hide_name(value)
        return self.hide_all(value, self.hide_column)

    def hide_all(self, value, hide=None):
        """The same for all texts in lists and dicts; other values stay."""
        hide = hide or self.hide
        if isinstance(value, str):
            return hide(value)
        if isinstance(value, dict):
            return {
                hide(key) if isinstance(key, str) else key: self.hide_all(part, hide)
                for key, part in value.items()
            }
        if isinstance(value, (list, tuple)):
            return type(value)(self.hide_all(part, hide) for part in value)
        return value

    def tells(self, error):
        """Whether an error, or one behind it, says one of the values."""
        for _count in range(20):
            if error is None:
                return False
            text = f"{error} {error!r}"
            if self.hide(text) != text:
                return True
            error = error.__cause__ or error.__context__
        return True

    def note_computed(self, record, names):
        """Remember that these fields of a record would have told something.

        What is computed is computed anew once the contacts are masked again.
        """
        for name in names:
            if record._fields[name].compute:
                key = (record._name, name)
                self._computed.setdefault(key, set()).update(record._ids)

    def take_computed(self):
        """``{(model, field): {id}}`` that were noted, once."""
        noted, self._computed = self._computed, {}
        return noted

    def hide_record(self, record):
        """Hide the values in a record of a logger, its traceback included."""
        try:
            message = record.getMessage()
        except Exception:  # the logger itself will say what is wrong with it
            message = f"{record.msg} {record.args}"
        hidden = self.hide(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        if record.exc_info and record.exc_info[1] is not None:
            trace = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            hidden = self.hide(trace)
            if hidden != trace:
                record.exc_info, record.exc_text = None, hidden


def get_scrubber():
    """The scrubber of this thread, or None: it has nothing to hide."""
    stack = getattr(_open, "stack", None)
    return stack[-1] if stack else None


@contextmanager
def scrubbing(values):
    """Hide values in what this thread logs, and what it stores through Odoo's models.

    Of two blocks, one inside the other, the inner one hides the values of both.
    """
    stack = _open.__dict__.setdefault("stack", [])
    outer = _open.__dict__.setdefault("values", [])
    values = set(values).union(*outer)
    outer.append(values)
    stack.append(Scrubber(values))
    try:
        yield stack[-1]
    finally:
        stack.pop()
        outer.pop()


def protect_records():
    """Have what is logged pass the thread's scrubber, whoever logs it."""
    make = logging.getLogRecordFactory()
    if getattr(make, "amazon_scrubs", False):
        return

    def make_scrubbed(*args, **options):
        record = make(*args, **options)
        if scrubber := get_scrubber():
            scrubber.hide_record(record)
        return record

    make_scrubbed.amazon_scrubs = True
    logging.setLogRecordFactory(make_scrubbed)


# ----------------------------------------------------------------------
# Patterns
# ----------------------------------------------------------------------


def _compile(patterns):
    # The longest first: a street before the words that it consists of.
    patterns = sorted(set(patterns), key=len, reverse=True)
    return re.compile("|".join(patterns) or r"(?!)", re.IGNORECASE)


def _write_whole(value):
    """Patterns of a value as a whole, whatever stands between its words."""
    digits = re.sub(r"\D", "", value)
    if len(digits) >= _PHONE_DIGITS and not re.search(r"[^\W\d]", value):
        return [_write_phone(digits)]
    spellings = {tuple(_split(value)), tuple(_split(_simplify(value)))}
    return [
        _bound(f"{_BETWEEN}{{0,12}}".join(map(_write_spellings, words)), words)
        for words in spellings
        if len(words) > 1 or (words and _is_telling(words[0]))
    ]


def _write_phone(digits):
    """A pattern of a phone number, with or without the code of its country."""
    local = r"[\s()./-]{0,3}".join(digits[-_PHONE_DIGITS:])
    return rf"(?<!\d)(?:\+?\d[\d\s()./-]{{0,8}})?{local}(?!\d)"


def _write_word(word):
    spellings = {word, _simplify(word)}
    return [_bound(_write_spellings(spelling), [spelling]) for spelling in spellings]


def _write_spellings(word):
    """A pattern of a word, in the forms in which formats escape it."""
    forms = {
        word,
        quote(word),
        json.dumps(word)[1:-1],
        repr(word.encode())[2:-1],
        word.encode("ascii", "xmlcharrefreplace").decode(),
    }
    return f"(?:{'|'.join(re.escape(form) for form in sorted(forms))})"


def _bound(pattern, words):
    """A pattern that does not match within a longer word."""
    start = "" if _has_signs(words[0]) else r"(?<![^\W_])"
    end = "" if _has_signs(words[-1]) else r"(?![^\W_])"
    return f"{start}{pattern}{end}"


def _find_telling(value):
    """The words of a value that tell it when they stand alone."""
    if "@" in value:
        # Whose server it is tells nothing.
        value = value.partition("@")[0]
    return [word for word in _split(value) if _is_telling(word)]


def _is_telling(word):
    return len(word) >= (_TELLING_SIGNS if _has_signs(word) else _TELLING)


def _has_signs(word):
    """Whether a word is written in letters that no blank has to part."""
    return any(char >= _SIGNS for char in word)


def _split(value):
    """The words of a value; vowel signs belong to their letters."""
    letters = "".join(char if _is_letter(char) else " " for char in value)
    return letters.split()


def _is_letter(char):
    return char.isalnum() or unicodedata.category(char).startswith("M")


def _simplify(text):
    """Without accents, as some carriers want it."""
    decomposed = unicodedata.normalize("NFKD", text)
    if _has_signs(text):
        return text
    return "".join(char for char in decomposed if not unicodedata.combining(char))
