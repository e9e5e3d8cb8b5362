# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's Reports API 2021-06-30.

A report is requested, waited for and downloaded:

    report_id = reports.request(ALL_ORDERS_BY_UPDATE, [marketplace_id], start, end)
    report = reports.get(report_id)             # again and again until it is over
    if report.is_done:
        with reports.download(report.document_id) as document:
            for row in read_order_rows(document):
                ...
"""

from dataclasses import dataclass
from datetime import datetime

from .documents import (
    MAX_BYTES,
    DocumentExpiredError,
    PresignedDocument,
    download,
)
from .errors import ProtocolError
from .operations import Operation
from .reading import Reader
from .times import format_time

CREATE_REPORT = Operation(
    name="createReport",
    method="POST",
    path="/reports/2021-06-30/reports",
    rate=0.0167,
    burst=15,
    # A second report of the kind is cancelled by Amazon, or costs the quota.
    idempotent=False,
)
GET_REPORT = Operation(
    name="getReport",
    method="GET",
    path="/reports/2021-06-30/reports/{reportId}",
    rate=2.0,
    burst=15,
    idempotent=True,
)
GET_REPORTS = Operation(
    name="getReports",
    method="GET",
    path="/reports/2021-06-30/reports",
    rate=0.0222,
    burst=10,
    idempotent=True,
)
GET_REPORT_DOCUMENT = Operation(
    name="getReportDocument",
    method="GET",
    path="/reports/2021-06-30/documents/{reportDocumentId}",
    rate=0.0167,
    burst=15,
    idempotent=True,
)

STATUSES = ("IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL")
MAX_MARKETPLACES = 25
MAX_TYPES = 10
_FILTERED_MARKETPLACES = 10
_PAGE_SIZE = 100
_MAX_PAGES = 100


@dataclass(frozen=True)
class Report:
    """One report. What Amazon leaves out is None; times are aware UTC.

    `status` is one of STATUSES or a word that is not known here. CANCELLED mostly
    means that there is no data, or that the report was asked for too often.
    """

    report_id: str
    report_type: "str | None"
    status: "str | None"
    document_id: "str | None" = None
    created_time: "datetime | None" = None
    processing_start: "datetime | None" = None
    processing_end: "datetime | None" = None
    data_start: "datetime | None" = None
    data_end: "datetime | None" = None
    marketplace_ids: tuple = ()

    @property
    def is_done(self):
        """There is a document with data."""
        return self.status == "DONE" and self.document_id is not None

    @property
    def is_over(self):
        """Nothing will change any more."""
        return self.status in ("DONE", "CANCELLED", "FATAL")


class Reports:
    """Requests, finds and downloads reports through a ``Client``."""

    def __init__(self, client):
        self.client = client

    def request(self, report_type, marketplace_ids, start=None, end=None, options=None):
        """Ask for a report and return its id (``createReport``).

        :param datetime start: from when on data is wanted; aware
        :param datetime end: until when; aware, not in the future
        :param dict options: ``reportOptions``, texts by name
        :raises ValueError: for a request that Amazon would refuse
        """
        if not 1 <= len(marketplace_ids) <= MAX_MARKETPLACES:
            raise ValueError(f"A report is of 1 to {MAX_MARKETPLACES} marketplaces")
        if start is not None and end is not None and end < start:
            raise ValueError("A report cannot end before it starts")
        body = {"reportType": report_type, "marketplaceIds": list(marketplace_ids)}
        if start is not None:
            body["dataStartTime"] = format_time(start)
        if end is not None:
            body["dataEndTime"] = format_time(end)
        if options:
            body["reportOptions"] = dict(options)
        answer = self.client.call(CREATE_REPORT, body=body)
        report_id = answer.get("reportId")
        if not isinstance(report_id, str) or not report_id:
            raise ProtocolError(
                "The answer holds no report id", operation=CREATE_REPORT.name
            )
        return report_id

    def get(self, report_id):
        """Return one Report (``getReport``).

        :raises NotFoundError: Amazon does not know it, or no longer
        """
        answer = self.client.call(GET_REPORT, path_params={"reportId": report_id})
        report = _read_report(Reader(answer))
        if report is None:
            raise ProtocolError("The answer holds no report", operation=GET_REPORT.name)
        return report

    def find(
        self, report_types, statuses=None, created_since=None, marketplace_ids=None
    ):
        """Return the list of Reports of these types (``getReports``), newest first.

        Amazon keeps reports for 90 days, order reports for 30.

        :param report_types: 1 to 10 of them
        :param statuses: only these of STATUSES
        :param datetime created_since: aware; 90 days ago unless given
        :param marketplace_ids: reports of at least one of these, at most 10
        """
        if not 1 <= len(report_types) <= MAX_TYPES:
            raise ValueError(f"Reports of 1 to {MAX_TYPES} types can be searched")
        if marketplace_ids and len(marketplace_ids) > _FILTERED_MARKETPLACES:
            raise ValueError(
                f"At most {_FILTERED_MARKETPLACES} marketplaces in one search"
            )
        query = {
            "reportTypes": tuple(report_types),
            "processingStatuses": tuple(statuses or ()),
            "marketplaceIds": tuple(marketplace_ids or ()),
            "createdSince": None
            if created_since is None
            else format_time(created_since),
            "pageSize": _PAGE_SIZE,
        }
        found, seen = [], set()
        while True:
            answer = self.client.call(GET_REPORTS, query=query)
            found += _read_reports(answer)
            token = answer.get("nextToken")
            if not isinstance(token, str) or not token:
                return found
            if token in seen or len(seen) >= _MAX_PAGES:
                raise ProtocolError(
                    "The list of reports has no end", operation=GET_REPORTS.name
                )
            seen.add(token)
            # Amazon refuses the token together with anything else.
            query = {"nextToken": token}

    def get_document(self, document_id):
        """Return the PresignedDocument, valid for 5 minutes (``getReportDocument``).

        :raises NotFoundError: Amazon does not know it, or no longer
        """
        answer = self.client.call(
            GET_REPORT_DOCUMENT, path_params={"reportDocumentId": document_id}
        )
        url = answer.get("url")
        if not isinstance(url, str) or not url:
            raise ProtocolError(
                "The answer holds no address", operation=GET_REPORT_DOCUMENT.name
            )
        return PresignedDocument(
            document_id=document_id,
            url=url,
            compression=answer.get("compressionAlgorithm"),
        )

    def download(self, document_id, *, max_bytes=MAX_BYTES):
        """Return the DocumentFile of a report, to be closed by the caller.

        An address that expired on the way is asked for once more; for the errors
        see ``documents.download``.
        """
        try:
            return download(
                self.client, self.get_document(document_id), max_bytes=max_bytes
            )
        except DocumentExpiredError:
            return download(
                self.client, self.get_document(document_id), max_bytes=max_bytes
            )


def _read_reports(answer):
    if not isinstance(answer.get("reports"), list):
        raise ProtocolError(
            "The answer holds no list of reports", operation=GET_REPORTS.name
        )
    reports = (_read_report(entry) for entry in Reader(answer).children("reports"))
    return [report for report in reports if report is not None]


def _read_report(entry):
    """Return a Report, None for an entry without an id."""
    report_id = entry.text("reportId")
    if not report_id:
        return None
    return Report(
        report_id=report_id,
        report_type=entry.text("reportType"),
        status=entry.text("processingStatus"),
        document_id=entry.text("reportDocumentId"),
        created_time=entry.time("createdTime"),
        processing_start=entry.time("processingStartTime"),
        processing_end=entry.time("processingEndTime"),
        data_start=entry.time("dataStartTime"),
        data_end=entry.time("dataEndTime"),
        marketplace_ids=entry.texts("marketplaceIds"),
    )
