# SPDX-License-Identifier: LGPL-3.0-or-later
"""Finding a text wherever it lies: in whatever encoding, packed into whatever file."""

import base64
import gzip
import html
import io
import json
import re
import unicodedata
import urllib.parse
import zipfile
import zlib

import PyPDF2

_DEEPEST = 4
# Deflated parts of a PDF, and of whatever else names its streams so.
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def encodings(text):
    """``{name: bytes}``: the ways in which a program may write this text down."""
    found = {}
    for form in ("NFC", "NFD"):
        for case, said in _cases(unicodedata.normalize(form, text)):
            for name, data in _written(said):
                found[f"{name} {form} {case}"] = data
    return found


def _cases(text):
    return (("", text), ("lower", text.lower()), ("upper", text.upper()))


def _written(text):
    raw = text.encode()
    yield "utf-8", raw
    for name in ("utf-16-le", "utf-16-be"):
        yield name, text.encode(name)
    for source, data in (("", raw), ("utf-16 ", text.encode("utf-16-le"))):
        yield f"{source}hex", data.hex().encode()
        yield f"{source}HEX", data.hex().upper().encode()
        for shift in range(3):
            yield f"{source}base64 {shift}", _base64(data, shift, b"+/")
            yield f"{source}base64url {shift}", _base64(data, shift, b"-_")
    yield "percent", urllib.parse.quote(text, safe="").encode()
    yield (
        "percent lower",
        re.sub(
            "%..", lambda one: one[0].lower(), urllib.parse.quote(text, safe="")
        ).encode(),
    )
    yield "plus", urllib.parse.quote_plus(text).encode()
    yield "json", json.dumps(text)[1:-1].encode()
    yield (
        "JSON",
        re.sub(
            r"(?<=\\u)....", lambda one: one[0].upper(), json.dumps(text)[1:-1]
        ).encode(),
    )
    yield "html", html.escape(text).encode()
    yield "html decimal", "".join(f"&#{ord(char)};" for char in text).encode()
    yield "html hexadecimal", "".join(f"&#x{ord(char):x};" for char in text).encode()
    # An XML writer that knows only ASCII escapes what is none.
    yield "html ascii", text.encode("ascii", "xmlcharrefreplace")
    yield "python", text.encode("unicode_escape")
    yield "octal", "".join(f"\\{byte:03o}" for byte in raw).encode()
    # pylint: disable-next=bad-builtin
    yield "bytes", repr(raw)[2:-1].encode()


def _base64(data, shift, alphabet):
    """The characters that are the same whatever stands before and after the text."""
    coded = base64.b64encode(bytes(shift) + data, alphabet).rstrip(b"=")
    first = -(-shift * 8 // 6)
    last = (shift + len(data)) * 8 // 6
    return coded[first:last]


class Search:
    """A search for these texts; `found` is what it came upon so far.

    :param texts: what is searched for
    """

    def __init__(self, texts):
        self._needles = {}
        for text in texts:
            for name, data in encodings(text).items():
                self._needles.setdefault(data, f"{text} ({name.strip()})")
        self.found = {}

    def read(self, place, data, depth=0):
        """Search these bytes, and what is packed in them.

        :param str place: where they lie, the key in `found`
        """
        for needle, name in self._needles.items():
            at = data.find(needle)
            if at >= 0:
                around = data[max(at - 60, 0) : at + 60]
                self.found.setdefault(place, []).append(f"{name} in {around!r}")
        if depth < _DEEPEST:
            for name, inner in _unpack(data):
                self.read(f"{place}: {name}", inner, depth + 1)

    def read_files(self, folder, without=()):
        """Search the files below a folder, and their names.

        :return: how many there are
        """
        count = 0
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if path.is_file() and path.name not in without:
                self.read(f"{folder.name}/{name}", name.encode() + b"\n")
                self.read(f"{folder.name}/{name}", path.read_bytes())
                count += 1
        return count

    def told(self):
        """What was found, for people: the first of each place."""
        return "\n".join(f"{place}: {hits[0]}" for place, hits in self.found.items())


def _unpack(data):
    if data[:2] == b"\x1f\x8b":
        yield from _try("gzip", lambda: gzip.decompress(data))
    if data[:4] == b"PK\x03\x04":
        yield from _unpack_zip(data)
    if data[:5] == b"%PDF-":
        yield from _try("text", lambda: _read_pdf(data))
        for number, stream in enumerate(_STREAM.findall(data)):
            yield from _try(f"stream {number}", _inflater(stream))


def _try(name, unpack):
    try:
        yield name, unpack()
    except (OSError, ValueError, EOFError, zlib.error, PyPDF2.errors.PyPdfError):
        return


def _inflater(stream):
    return lambda: zlib.decompressobj().decompress(stream)


def _unpack_zip(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield f"name of {name}", name.encode()
                yield from _try(name, lambda name=name: archive.read(name))
    except zipfile.BadZipFile:
        return


def _read_pdf(data):
    reader = PyPDF2.PdfReader(io.BytesIO(data))
    pages = [page.extract_text() for page in reader.pages]
    return "\n".join(pages).encode(errors="replace")
