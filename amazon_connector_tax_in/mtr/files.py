# SPDX-License-Identifier: LGPL-3.0-or-later
"""The tables in an uploaded file: a CSV, a ZIP of some, a ZIP of such ZIPs."""

import csv
import io
import tempfile
import zipfile
import zlib
from contextlib import contextmanager

from odoo.addons.amazon_connector.sp_api.charsets import (
    FALLBACK_CHARSET,
    can_decode,
    marked_charset,
)

from .errors import MtrError

MAX_BYTES = 512 * 1024 * 1024
"""The longest table that is read, unpacked."""
_MAX_FILES = 100
_CHUNK = 1024 * 1024
_ZIP = b"PK\x03\x04"
_KINDS = {
    b"\xd0\xcf\x11\xe0": "excel",
    b"%PDF": "pdf",
    b"<": "markup",
    b"\x1f\x8b": "broken",
}


def iter_tables(file, name=None, depth=0):
    """Yield ``(name, binary file)`` of each table.

    :param file: binary file that can be searched; its content tells what it is
    :param name: within a ZIP, else None
    :raises MtrError: for what is no table
    """
    file.seek(0)
    head = file.read(64)
    file.seek(0)
    if head.startswith(_ZIP) and depth < 2:
        yield from _iter_packed(file, depth)
        return
    begin = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    if not begin:
        raise MtrError("empty", file=name)
    for mark, code in _KINDS.items():
        if begin.startswith(mark):
            raise MtrError(code, file=name)
    yield name, file


def _iter_packed(file, depth):
    try:
        with zipfile.ZipFile(file) as archive:
            for info in _choose(archive):
                with _unpack(archive, info) as member:
                    yield from iter_tables(member, info.filename, depth + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise MtrError("broken") from error


def _choose(archive):
    """The members that may be tables."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    names = {info.filename for info in infos}
    if "[Content_Types].xml" in names or any(name.startswith("xl/") for name in names):
        raise MtrError("excel")
    if any(info.flag_bits & 1 for info in infos):
        raise MtrError("locked")
    infos = [info for info in infos if _is_meant(info.filename)]
    if not infos:
        raise MtrError("nothing")
    if len(infos) > _MAX_FILES:
        raise MtrError("large")
    return infos


def _is_meant(path):
    """Whether a member is no by-product of the program that packed it."""
    parts = path.split("/")
    hidden = "__MACOSX" in parts or parts[-1].startswith(".")
    return not hidden and parts[-1].casefold().endswith(
        (".csv", ".txt", ".tsv", ".zip")
    )


@contextmanager
def _unpack(archive, info):
    """A member as a temporary file, however long it says that it is.

    :raises MtrError: if it is longer than MAX_BYTES
    """
    with tempfile.TemporaryFile() as target, archive.open(info) as source:
        while piece := source.read(_CHUNK):
            if target.tell() + len(piece) > MAX_BYTES:
                raise MtrError("large", file=info.filename)
            target.write(piece)
        yield target


def iter_records(file, name=None):
    """Yield ``(line, cells)`` of a table, the header first; empty lines are left out.

    :raises MtrError: if the file cannot be read as a table
    """
    encoding = _find_encoding(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        reader = csv.reader(text, delimiter=_find_delimiter(text))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise MtrError("cut", line=reader.line_num, file=name) from error
    finally:
        # Else it would close the file; whoever gave up early has closed it already.
        if not file.closed:
            text.detach()


def _find_encoding(file):
    file.seek(0)
    marked = marked_charset(file.read(8))
    if marked:
        return "utf-8-sig" if marked == "utf-8" else marked
    file.seek(0)
    pieces = iter(lambda: file.read(_CHUNK), b"")
    return "utf-8" if can_decode(pieces, "utf-8") else FALLBACK_CHARSET


def _find_delimiter(text):
    """What parts the cells of the first line; Amazon's on-demand reports have tabs."""
    line = text.readline()
    while line and not line.strip():
        line = text.readline()
    text.seek(0)
    return max(",\t;|", key=line.count)
