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

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .aliases import JsonObject
from .answers import check_subject, needed_text
from .documents import MAX_BYTES
from .errors import ProtocolError
from .jobs import OVER, Jobs
from .operations import Operation
from .reading import Reader
from .times import format_time

if TYPE_CHECKING:
    from .documents import DocumentFile

CREATE_REPORT = Operation(
    name="createReport",
    method="POST",
    path="/reports/2021-06-30/reports",
    rate=0.0167,
    burst=15,
    # A second report of the kind is cancelled by Amazon, or costs the quota.
    idempotent=False,
)
CREATE_SCHEDULE = Operation(
    name="createReportSchedule",
    method="POST",
    path="/reports/2021-06-30/schedules",
    rate=0.0222,
    burst=10,
    # A schedule of the same type and marketplaces is replaced.
    idempotent=True,
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


@dataclass(frozen=True)
class Report:
    """One report. What Amazon leaves out is None; times are aware UTC.

    `status` is one of ``jobs.STATES`` or a word that is not known here. CANCELLED
    mostly means that there is no data, or that the report was asked for too often.
    """

    report_id: str
    report_type: str | None
    status: str | None
    document_id: str | None = None
    created_time: datetime | None = None
    processing_start: datetime | None = None
    processing_end: datetime | None = None
    data_start: datetime | None = None
    data_end: datetime | None = None
    marketplace_ids: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """There is a document with data."""
        return self.status == "DONE" and self.document_id is not None

    @property
    def is_over(self) -> bool:
        """Nothing will change any more."""
        return self.status in OVER


class Reports(Jobs):
    """Requests, finds and downloads reports through a ``Client``."""

    noun = "reports"
    type_filter = "reportTypes"
    search_operation = GET_REPORTS
    document_operation = GET_REPORT_DOCUMENT
    document_parameter = "reportDocumentId"

    def request(
        self,
        report_type: str,
        marketplace_ids: Collection[str],
        start: datetime | None = None,
        end: datetime | None = None,
        options: Mapping[str, str] | None = None,
    ) -> str:
        """Ask for a report and return its id (``createReport``).

        :param datetime start: from when on data is wanted; aware
        :param datetime end: until when; aware, not in the future
        :param dict options: ``reportOptions``, texts by name
        :raises ValueError: for a request that Amazon would refuse
        """
        self._check_marketplaces(marketplace_ids)
        if start is not None and end is not None and end < start:
            raise ValueError("A report cannot end before it starts")
        body: JsonObject = {
            "reportType": report_type,
            "marketplaceIds": list(marketplace_ids),
        }
        if start is not None:
            body["dataStartTime"] = format_time(start)
        if end is not None:
            body["dataEndTime"] = format_time(end)
        if options:
            body["reportOptions"] = dict(options)
        answer = self.client.call(CREATE_REPORT, body=body)
        return needed_text(answer, "reportId", CREATE_REPORT)

    def schedule(
        self,
        report_type: str,
        marketplace_ids: Collection[str],
        period: str,
        first: datetime,
    ) -> str:
        """Have Amazon make a report again and again; return the schedule's id.

        A schedule of the same type and marketplaces is replaced. What it makes is found
        by :meth:`find`.

        :param period: one of Amazon's periods in ISO 8601, e.g. ``P1M``
        :param datetime first: when the next one is made; aware
        """
        self._check_marketplaces(marketplace_ids)
        body = {
            "reportType": report_type,
            "marketplaceIds": list(marketplace_ids),
            "period": period,
            "nextReportCreationTime": format_time(first),
        }
        answer = self.client.call(CREATE_SCHEDULE, body=body)
        return needed_text(answer, "reportScheduleId", CREATE_SCHEDULE)

    def get(self, report_id: str) -> Report:
        """Return one Report (``getReport``).

        :raises NotFoundError: Amazon does not know it, or no longer
        """
        answer = self.client.call(GET_REPORT, path_params={"reportId": report_id})
        report = _read_report(Reader(answer))
        if report is None:
            raise ProtocolError("The answer lacks: report", operation=GET_REPORT.name)
        check_subject(report.report_id, report_id, "report", GET_REPORT)
        return report

    def find(
        self,
        report_types: Collection[str],
        statuses: Collection[str] | None = None,
        created_since: datetime | None = None,
        marketplace_ids: Collection[str] | None = None,
    ) -> list[Report]:
        """Return the list of Reports of these types (``getReports``), newest first.

        Amazon keeps reports for 90 days, order reports for 30.

        :param report_types: 1 to 10 of them
        :param statuses: only these of ``jobs.STATES``
        :param datetime created_since: aware; 90 days ago unless given
        :param marketplace_ids: reports of at least one of these, at most 10
        """
        entries = self._search(report_types, statuses, created_since, marketplace_ids)
        reports = (_read_report(entry) for entry in entries)
        return [report for report in reports if report is not None]

    def download(
        self,
        document_id: str,
        marketplace_ids: Collection[str] = (),
        *,
        max_bytes: int = MAX_BYTES,
        restricted: bool = False,
    ) -> DocumentFile:
        """Return the DocumentFile of a report, to be closed by the caller.

        An address that expired on the way is asked for once more; for the errors
        see ``documents.download``.

        :param marketplace_ids: whose charset it has if it tells none
        :param restricted: Amazon gives it for a restricted data token alone
        """
        return self._download(document_id, max_bytes, marketplace_ids, restricted)


def _read_report(entry: Reader) -> Report | None:
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
