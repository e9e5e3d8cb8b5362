# SPDX-License-Identifier: LGPL-3.0-or-later
"""Presigned documents: download into an unnamed file; upload.

A document may be large and hold buyers' data: it is never in memory as a whole. Its
rows are read by ``document_rows``.
"""

from __future__ import annotations

import codecs
import tempfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from .charsets import (
    FALLBACK_CHARSET,
    HEAD,
    WIDE,
    can_decode,
    declared_charset,
    fallback_charsets,
    is_single_byte,
    looks_like_utf8,
    marked_charset,
    stated_charset,
)
from .errors import BadRequestError, NotFoundError, ProtocolError, TransientError
from .redaction import get_logger
from .transport import Transport

if TYPE_CHECKING:
    from typing_extensions import Self

    from .client import Client
    from .errors import AmazonError
    from .transport import Answer

_logger = get_logger(__name__)

MAX_BYTES = 2 * 1024 * 1024 * 1024
MAX_SECONDS = 1800.0
MAX_LINE = 1024 * 1024
DOWNLOAD = "downloadDocument"
"""How errors and logs name the download, which is no operation of Amazon's."""
UPLOAD = "uploadDocument"

_CHUNK = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_BOM = codecs.BOM_UTF8
_TO_TWO_BYTES = bytes(range(0xE2))
# After a failed download the next try should not come at once.
_LATER = 60.0


class DocumentExpiredError(TransientError):
    """The presigned URL is no longer valid: ask for the document again.

    Amazon gives each URL five minutes.
    """


@dataclass(frozen=True)
class PresignedDocument:
    """Where a document can be downloaded; the URL is a secret for five minutes.

    :param compression: None or "GZIP"
    """

    document_id: str
    url: str = field(repr=False)
    compression: str | None = None


@dataclass(frozen=True)
class UploadAddress:
    """Where a document can be uploaded to; the URL is a secret for five minutes."""

    document_id: str
    url: str = field(repr=False)


class DocumentFile:
    """A downloaded document, unpacked, in a file that has no name.

    The file is gone when this is closed or forgotten. Text of two or four bytes a
    character is turned into UTF-8 at once; everything else stays as it came, and
    :meth:`charset` tells how to read it.

    :param size: bytes after unpacking
    :param fallbacks: charsets to try where nothing tells it, see
        ``fallback_charsets``
    :param stated_charset: Python's name of the charset in the answer's Content-Type,
        None if it names none that is known here
    :param is_utf8: every byte of the document is valid UTF-8
    :param is_ascii: every byte of it is ASCII
    """

    def __init__(self, fallbacks: Sequence[str] = ()) -> None:
        self._file = tempfile.TemporaryFile()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._charset: str | None = None
        self.size = 0
        self.fallbacks = fallbacks or (FALLBACK_CHARSET,)
        self.stated_charset: str | None = None
        self.is_utf8 = self.is_ascii = True

    @classmethod
    def from_bytes(
        cls,
        content: bytes,
        content_type: str | None = None,
        fallbacks: Sequence[str] = (),
    ) -> Self:
        """Return a document made of unpacked `content`."""
        document = cls(fallbacks)
        document.append(content)
        document.finish(content_type)
        return document

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<DocumentFile of {self.size} bytes>"

    def close(self) -> None:
        """Delete the document."""
        self._file.close()

    def append(self, content: bytes) -> None:
        """Append unpacked bytes."""
        self._file.write(content)
        self.size += len(content)
        self._check(content)

    def finish(self, content_type: str | None = None) -> None:
        """Take note that the document is complete."""
        self._check(b"", final=True)
        self.stated_charset = stated_charset(content_type)
        wide = marked_charset(self._head()) or self.stated_charset
        if wide in WIDE:
            self._narrow(wide)

    def charset(self, fallback: str | None = None) -> str:
        """Return what to decode every part of the document with.

        That is the charset of its byte-order mark, else the one stated (by the
        Content-Type, by an XML declaration) if the document can be read in it, else
        UTF-8, else the first of the marketplace's own that fits. Real UTF-8 cannot be
        meant as anything with one byte a character, nor as another charset of the East
        if it has Eastern characters, whatever is stated.

        :param fallback: instead of the document's own ``fallbacks``
        """
        if fallback:
            return self._find_charset((fallback,))
        if not self._charset:
            self._charset = self._find_charset(self.fallbacks)
        return self._charset

    def text(self) -> str:
        """Return the whole document as text; for those that are known to be small."""
        content = self.content().removeprefix(_BOM)
        return content.decode(self.charset(), "replace")

    def content(self) -> bytes:
        """Return the whole document as bytes; for those that are known to be small."""
        self._file.seek(0)
        return self._file.read()

    def lines(self) -> Iterator[bytes]:
        """Yield the lines as bytes, without their ends and without a BOM.

        :raises ProtocolError: for a line that has no end
        """
        self._file.seek(0)
        if self._file.read(len(_BOM)) != _BOM:
            self._file.seek(0)
        while line := self._file.readline(MAX_LINE):
            if len(line) == MAX_LINE:
                raise ProtocolError("A line of the document has no end")
            yield line.rstrip(b"\r\n")

    def chunks(self) -> Iterator[bytes]:
        """Yield the whole content as pieces of bytes."""
        self._file.seek(0)
        while piece := self._file.read(_CHUNK):
            yield piece

    def _check(self, content: bytes, final: bool = False) -> None:
        self.is_ascii = self.is_ascii and content.isascii()
        if not self.is_utf8:
            return
        try:
            self._decoder.decode(content, final)
        except UnicodeDecodeError:
            self.is_utf8 = False

    def _head(self) -> bytes:
        self._file.seek(0)
        head = self._file.read(HEAD)
        self._file.seek(0, 2)
        return head

    def _find_charset(self, fallbacks: Sequence[str]) -> str:
        head = self._head()
        if marked_charset(head) == "utf-8":
            return "utf-8"
        stated = self.stated_charset or declared_charset(head)
        if stated in WIDE:
            # It was turned into UTF-8, or an XML declaration is wrong.
            stated = None
        if stated and stated != "utf-8":
            is_plain = is_single_byte(stated)
            if self.is_utf8 and not self.is_ascii and (is_plain or self._is_east()):
                return "utf-8"
            if is_plain or can_decode(self.chunks(), stated):
                return stated
        if self.is_ascii and not stated:
            # Nothing shows that it could hold more than the marketplace's own can.
            return fallbacks[0]
        if self.is_utf8 or looks_like_utf8(self.chunks()):
            return "utf-8"
        for charset in fallbacks:
            if can_decode(self.chunks(), charset):
                return charset
        return stated if stated not in (None, "utf-8") else fallbacks[0]

    def _is_east(self) -> bool:
        """Whether UTF-8 has characters of three bytes, as Japanese and Chinese are."""
        return any(piece.translate(None, _TO_TWO_BYTES) for piece in self.chunks())

    def _narrow(self, charset: str) -> None:
        """Turn text of two or four bytes a character into UTF-8."""
        wide, self._file = self._file, tempfile.TemporaryFile()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.size, self.stated_charset = 0, "utf-8"
        self.is_utf8 = self.is_ascii = True
        decoder = codecs.getincrementaldecoder(charset)("replace")
        with wide:
            wide.seek(0)
            while piece := wide.read(_CHUNK):
                self.append(decoder.decode(piece).encode("utf-8", "replace"))
        self.append(decoder.decode(b"", final=True).encode("utf-8", "replace"))
        self._check(b"", final=True)


def download(
    client: Client,
    document: PresignedDocument,
    *,
    max_bytes: int = MAX_BYTES,
    marketplace_ids: Collection[str] = (),
) -> DocumentFile:
    """Download and unpack a document, at most `max_bytes` long when unpacked.

    No access token leaves: the URL carries its own permission.

    :param Client client: whose connection settings and guard are used
    :param PresignedDocument document: see ``Reports.get_document``
    :param marketplace_ids: whose charset it has if it tells none
    :raises DocumentExpiredError: ask for the document again
    :raises TransientError: no connection, or the store of documents is in trouble
    :raises ProtocolError: cut off, not what was announced, too large
    :return: DocumentFile, to be closed
    """
    if document.compression not in (None, "GZIP"):
        raise ProtocolError("The document is packed in an unknown way")
    _check_url(document.url, client.endpoint.api_url)
    file = DocumentFile(fallback_charsets(marketplace_ids))
    try:
        transport = _DocumentTransport(client, file, document.compression, max_bytes)
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        answer = transport.send(DOWNLOAD, "GET", document.url, headers=headers)
        if answer.status != 200:
            raise _refusal(answer, DOWNLOAD)
    except (TransientError, ProtocolError) as error:
        file.close()
        _come_back(error, client)
        raise
    except BaseException:
        file.close()
        raise
    return file


def upload(
    client: Client, address: UploadAddress, content_type: str, file: IO[bytes]
) -> None:
    """Upload a document; no access token leaves, the URL has its own permission.

    :param UploadAddress address: see ``Feeds.upload``
    :param content_type: exactly as it was when the address was asked for
    :param file: binary file that is not empty; its size goes ahead of it
    :raises DocumentExpiredError: ask for another address
    :raises TransientError: no connection, or the store of documents is in trouble
    """
    _check_url(address.url, client.endpoint.api_url)
    headers = {"Accept": "*/*", "Content-Type": content_type}
    try:
        answer = Transport(**_connection(client)).send(
            UPLOAD, "PUT", address.url, headers=headers, data=file
        )
        if answer.status != 200:
            raise _refusal(answer, UPLOAD)
    except (TransientError, ProtocolError) as error:
        _come_back(error, client)
        raise


def _come_back(error: AmazonError, client: Client) -> None:
    """Say when another try makes sense."""
    if error.retry_at is None:
        error.retry_at = client.now() + (error.retry_after or _LATER)
    _logger.warning("%s", error)


def _connection(client: Client) -> dict[str, Any]:
    """The same session, timeouts and guard as for calls: what stops those must stop
    a download and an upload too."""
    own = client._transport
    return {
        "timeout": own._timeout,
        "session": own._session,
        "clock": own._clock,
        "guard": own._guard,
    }


class _DocumentTransport(Transport):
    """The client's connection, but the body goes to a file instead of memory."""

    def __init__(
        self,
        client: Client,
        file: DocumentFile,
        compression: str | None,
        max_bytes: int,
    ) -> None:
        super().__init__(**_connection(client))
        self._file = file
        self._compression = compression
        self._max_bytes = max_bytes

    def _read(self, response: requests.Response, begun: float) -> bytes | ProtocolError:
        """Write the body to the file; return b"", or a ProtocolError."""
        if response.status_code != 200:
            return b""
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        # With that header the HTTP library has unpacked it already.
        packed = self._compression == "GZIP" and encoding == "identity"
        unpack = _Gunzip() if packed else _Plain()
        received = 0
        for chunk in response.iter_content(_CHUNK):
            received += len(chunk)
            problem = self._store(unpack(chunk))
            if self._clock() - begun > MAX_SECONDS:
                problem = "The document came too slowly"
            if problem:
                return ProtocolError(problem, status=200)
        announced = response.headers.get("Content-Length", "")
        short = encoding == "identity" and announced not in ("", str(received))
        if short or not unpack.complete:
            return ProtocolError("The document was cut off", status=200)
        self._file.finish(response.headers.get("Content-Type"))
        return b""

    def _store(self, parts: Iterable[bytes]) -> str | None:
        """Write unpacked parts; return what is wrong, else None."""
        try:
            for part in parts:
                if self._file.size + len(part) > self._max_bytes:
                    return "The document is larger than allowed"
                self._file.append(part)
        except zlib.error:
            return "The document could not be unpacked"
        return None


class _Gunzip:
    """Unpacks gzip, also of several members, in bounded memory."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self.complete = False

    def __call__(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            yield self._member.decompress(chunk, _CHUNK)
            chunk = self._member.unconsumed_tail or self._member.unused_data
            self.complete = self._member.eof


class _Plain:
    """Stands in for _Gunzip where nothing is packed."""

    complete = True

    def __call__(self, chunk: bytes) -> Iterable[bytes]:
        return (chunk,)


def _check_url(url: str, api_url: str) -> None:
    """Refuse plain http but to a plain endpoint of one's own."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if not parts.hostname or (
        parts.scheme != "https" and parts[:2] != urlsplit(api_url)[:2]
    ):
        raise ProtocolError("The document's address cannot be used")


def _refusal(answer: Answer, operation: str) -> AmazonError:
    """Return the error for an answer that says no."""
    status = answer.status
    facts: dict[str, Any] = {
        "operation": operation,
        "status": status,
        "request_id": answer.headers.get("x-amz-request-id") or answer.request_id,
        "retry_after": answer.retry_after,
    }
    if status == 403:
        return DocumentExpiredError("The document's address has expired", **facts)
    if status == 404:
        return NotFoundError("The document no longer exists", **facts)
    if status >= 500 or status in (408, 429):
        return TransientError("The document could not be served now", **facts)
    if status < 400:
        return ProtocolError("The document's address leads elsewhere", **facts)
    return BadRequestError("The store of documents refused it", **facts)
