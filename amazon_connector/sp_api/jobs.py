# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon's reports and feeds have in common.

Both are jobs: created for some marketplaces, waited for, found again by their type,
and at their end there is a document to download.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from .aliases import JsonObject
from .answers import check_subject, needed_list, needed_text
from .documents import DocumentExpiredError, PresignedDocument, download
from .errors import ProtocolError
from .operations import Operation
from .reading import Reader
from .restricted import restricted_token
from .times import format_time

if TYPE_CHECKING:
    from .client import Client
    from .documents import DocumentFile

T = TypeVar("T")

STATES = ("IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL")
OVER = ("DONE", "CANCELLED", "FATAL")
MAX_MARKETPLACES = 25
MAX_TYPES = 10
_FILTERED_MARKETPLACES = 10
_PAGE_SIZE = 100
_MAX_PAGES = 100


class Jobs:
    """Finds jobs of one kind and their documents through a ``Client``.

    :cvar noun: what the jobs are called, as Amazon names the list of them
    :cvar type_filter: the parameter of a search that names the types
    :cvar search_operation: lists jobs
    :cvar document_operation: tells where a document can be downloaded
    :cvar document_parameter: the document's id in the path of that operation
    """

    noun: str
    type_filter: str
    search_operation: Operation
    document_operation: Operation
    document_parameter: str

    def __init__(self, client: Client) -> None:
        self.client = client

    def _check_marketplaces(self, marketplace_ids: Collection[str]) -> None:
        # Of a text, each letter would count as a marketplace.
        if isinstance(marketplace_ids, str):
            raise ValueError("A list of marketplaces is needed")
        if not 1 <= len(marketplace_ids) <= MAX_MARKETPLACES:
            raise ValueError(
                f"{self.noun.capitalize()} are for 1 to {MAX_MARKETPLACES} marketplaces"
            )

    def _search(
        self,
        types: Collection[str],
        states: Collection[str] | None,
        created_since: datetime | None,
        marketplace_ids: Collection[str] | None,
    ) -> Iterator[Reader]:
        """Yield a Reader of each job that fits, from all pages; see ``find``."""
        if not 1 <= len(types) <= MAX_TYPES:
            raise ValueError(f"1 to {MAX_TYPES} types of {self.noun} can be searched")
        if marketplace_ids and len(marketplace_ids) > _FILTERED_MARKETPLACES:
            raise ValueError(
                f"At most {_FILTERED_MARKETPLACES} marketplaces in one search"
            )
        since = None if created_since is None else format_time(created_since)
        query = {
            self.type_filter: tuple(types),
            "processingStatuses": tuple(states or ()),
            "marketplaceIds": tuple(marketplace_ids or ()),
            "createdSince": since,
            "pageSize": _PAGE_SIZE,
        }
        for answer in self._pages(query):
            needed_list(answer, self.noun, self.search_operation)
            yield from Reader(answer).children(self.noun)

    def _pages(self, query: JsonObject) -> Iterator[JsonObject]:
        seen: set[str] = set()
        while True:
            answer = self.client.call(self.search_operation, query=query)
            yield answer
            token = Reader(answer).text("nextToken")
            if not token:
                return
            if token in seen or len(seen) >= _MAX_PAGES:
                raise ProtocolError(
                    "The list has no end",
                    operation=self.search_operation.name,
                )
            seen.add(token)
            # Amazon refuses the token together with anything else.
            query = {"nextToken": token}

    def get_document(
        self, document_id: str, restricted: bool = False
    ) -> PresignedDocument:
        """Return the PresignedDocument, valid for 5 minutes.

        Amazon's operation is ``getReportDocument`` or ``getFeedDocument``.

        :param restricted: Amazon gives it for a restricted data token alone
        :raises AccessDeniedError: the application lacks the role, or Amazon wants such
            a token
        :raises NotFoundError: Amazon does not know it, or no longer
        """
        operation = self.document_operation
        path_params = {self.document_parameter: document_id}
        token = None
        if restricted:
            token = restricted_token(self.client, operation, path_params)
        answer = self.client.call(operation, path_params=path_params, token=token)
        told = answer.get(self.document_parameter)
        check_subject(told, document_id, "document", operation)
        return PresignedDocument(
            document_id=document_id,
            url=needed_text(answer, "url", operation),
            compression=answer.get("compressionAlgorithm"),
        )

    def _download(
        self,
        document_id: str,
        max_bytes: int,
        marketplace_ids: Collection[str],
        restricted: bool = False,
    ) -> DocumentFile:
        """Return the DocumentFile; an expired address is asked for once more."""

        def attempt() -> DocumentFile:
            document = self.get_document(document_id, restricted)
            return download(
                self.client,
                document,
                max_bytes=max_bytes,
                marketplace_ids=marketplace_ids,
            )

        return once_more(attempt)


def once_more(attempt: Callable[[], T]) -> T:
    """Return what `attempt` returns, called again if a presigned address expired."""
    try:
        return attempt()
    except DocumentExpiredError:
        return attempt()
