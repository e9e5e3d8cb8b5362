# SPDX-License-Identifier: LGPL-3.0-or-later
"""Presigned documents: download into an unnamed file; upload.

A document may be large and hold buyers' data: it is never in memory as a whole. Its
rows are read by ``document_rows``.
"""

import codecs
import tempfile
import zlib
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import urlsplit

from .errors import BadRequestError, NotFoundError, ProtocolError, TransientError
from .redaction import get_logger
from .transport import Transport

_logger = get_logger(__name__)

MAX_BYTES = 2 * 1024 * 1024 * 1024
MAX_SECONDS = 1800.0
MAX_LINE = 1024 * 1024
DOWNLOAD = "downloadDocument"
"""How errors and logs name the download, which is no operation of Amazon's."""
UPLOAD = "uploadDocument"

FALLBACK_CHARSET = "cp1252"
_FALLBACK_BY_MARKETPLACE = {"A1VC38T7YXB528": "cp932"}
# Each is a superset of ASCII, so that lines and tabs can be found before decoding;
# the right-hand sides hold what Amazon really sends under the name.
_CHARSETS = {
    "ascii": "utf-8",
    "utf-8": "utf-8",
    "iso8859-1": "cp1252",
    "cp1252": "cp1252",
    "shift_jis": "cp932",
    "cp932": "cp932",
}
# Names that Python does not know.
_OTHER_NAMES = {"windows-31j": "cp932", "x-sjis": "cp932"}
_CHUNK = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_BOM = codecs.BOM_UTF8
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
    compression: "str | None" = None


@dataclass(frozen=True)
class UploadAddress:
    """Where a document can be uploaded to; the URL is a secret for five minutes."""

    document_id: str
    url: str = field(repr=False)


class DocumentFile:
    """A downloaded document, unpacked, in a file that has no name.

    The file is gone when this is closed or forgotten.

    :param size: bytes after unpacking
    :param stated_charset: Python's name of the charset in the answer's Content-Type,
        None if it names none that is known here
    :param is_utf8: every byte of the document is valid UTF-8
    """

    def __init__(self):
        self._file = tempfile.TemporaryFile()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.size = 0
        self.stated_charset = None
        self.is_utf8 = True

    @classmethod
    def from_bytes(cls, content, content_type=None):
        """Return a document made of unpacked `content`."""
        document = cls()
        document.append(content)
        document.finish(content_type)
        return document

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def __repr__(self):
        return f"<DocumentFile of {self.size} bytes>"

    def close(self):
        """Delete the document."""
        self._file.close()

    def append(self, content):
        """Append unpacked bytes."""
        self._file.write(content)
        self.size += len(content)
        self._check(content)

    def finish(self, content_type=None):
        """Take note that the document is complete."""
        self._check(b"", final=True)
        self.stated_charset = _stated_charset(content_type)

    def charset(self, fallback=FALLBACK_CHARSET):
        """Return what to decode with: the charset stated, else UTF-8, else `fallback`.

        Reports were seen in UTF-8, Windows-1252 and, in Japan, Windows-31J.
        """
        stated = self.stated_charset
        if stated and (stated != "utf-8" or self.is_utf8):
            return stated
        return "utf-8" if self.is_utf8 else fallback

    def content(self):
        """Return the whole document as bytes; for those that are known to be small."""
        self._file.seek(0)
        return self._file.read()

    def lines(self):
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

    def chunks(self):
        """Yield the whole content as pieces of bytes."""
        self._file.seek(0)
        while piece := self._file.read(_CHUNK):
            yield piece

    def _check(self, content, final=False):
        if not self.is_utf8:
            return
        try:
            self._decoder.decode(content, final)
        except UnicodeDecodeError:
            self.is_utf8 = False


def fallback_charset(marketplace_id):
    """Return the charset of this marketplace's documents that are not UTF-8."""
    return _FALLBACK_BY_MARKETPLACE.get(marketplace_id, FALLBACK_CHARSET)


def download(client, document, *, max_bytes=MAX_BYTES):
    """Download and unpack a document, at most `max_bytes` long when unpacked.

    No access token leaves: the URL carries its own permission.

    :param Client client: whose connection settings and guard are used
    :param PresignedDocument document: see ``Reports.get_document``
    :raises DocumentExpiredError: ask for the document again
    :raises TransientError: no connection, or the store of documents is in trouble
    :raises ProtocolError: cut off, not what was announced, too large
    :return: DocumentFile, to be closed
    """
    if document.compression not in (None, "GZIP"):
        raise ProtocolError("The document is packed in an unknown way")
    _check_url(document.url, client.endpoint.api_url)
    file = DocumentFile()
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


def upload(client, address, content_type, file):
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


def _come_back(error, client):
    """Say when another try makes sense."""
    if error.retry_at is None:
        error.retry_at = client.now() + (error.retry_after or _LATER)
    _logger.warning("%s", error)


def _connection(client):
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

    def __init__(self, client, file, compression, max_bytes):
        super().__init__(**_connection(client))
        self._file = file
        self._compression = compression
        self._max_bytes = max_bytes

    def _read(self, response, begun):
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

    def _store(self, parts):
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

    def __init__(self):
        self._member = zlib.decompressobj(_GZIP)
        self.complete = False

    def __call__(self, chunk):
        while chunk:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            yield self._member.decompress(chunk, _CHUNK)
            chunk = self._member.unconsumed_tail or self._member.unused_data
            self.complete = self._member.eof


class _Plain:
    """Stands in for _Gunzip where nothing is packed."""

    complete = True

    def __call__(self, chunk):
        return (chunk,)


def _check_url(url, api_url):
    """Refuse plain http but to a plain endpoint of one's own."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if not parts.hostname or (
        parts.scheme != "https" and parts[:2] != urlsplit(api_url)[:2]
    ):
        raise ProtocolError("The document's address cannot be used")


def _refusal(answer, operation):
    """Return the error for an answer that says no."""
    status = answer.status
    facts = {
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


def _stated_charset(content_type):
    if not content_type:
        return None
    message = Message()
    message["Content-Type"] = content_type
    name = message.get_content_charset() or ""
    try:
        return _CHARSETS.get(codecs.lookup(_OTHER_NAMES.get(name, name)).name)
    except LookupError:
        return None
