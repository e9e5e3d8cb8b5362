# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reports 2021-06-30: createReport, getReport, getReports, cancelReport,
getReportDocument. Schedules are not played."""

from .bodies import json_body
from .clock import DAY
from .faults import REPORT_ENDINGS
from .list_pages import ListPage, page_size, zoned_moment
from .marketplaces import MARKETPLACES
from .messages import Answer, ApiError
from .orders_api import known_parameters, split
from .report_contents import stamp
from .report_types import REPORT_TYPES
from .reports_store import packed
from .routes import Route
from .sellers import ALL_ROLES

MODEL = "reports_2021-06-30"
STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")
FILTERS = frozenset(
    {
        "reportTypes",
        "processingStatuses",
        "marketplaceIds",
        "pageSize",
        "createdSince",
        "createdUntil",
    }
)
ENCODING = "enableContentEncodingUrlHeader"
REACH = 90 * DAY


def _kind(body, seller):
    kind = REPORT_TYPES.get(body["reportType"])
    if kind is None:
        raise ApiError.invalid_input("Unknown report type.")
    if not seller.roles & kind.roles:
        raise ApiError.forbidden()
    return kind


def _marketplaces(body, seller, kind):
    wanted = body["marketplaceIds"]
    if not 1 <= len(wanted) <= 25:
        raise ApiError.invalid_input("1 to 25 marketplaceIds are required.")
    for value in wanted:
        marketplace = MARKETPLACES.get(value)
        if marketplace is None or marketplace.pseudo or not seller.sells_in(value):
            raise ApiError.forbidden()
    return wanted[:1] if kind.first_marketplace_only else wanted


def _period(body, kind, now):
    """(start, end) in epoch seconds; what is absent means now."""
    start, end = (
        zoned_moment(body[name], name) if name in body else None
        for name in ("dataStartTime", "dataEndTime")
    )
    for moment in (start, end):
        if moment is not None and moment > now + 1:
            raise ApiError.invalid_input("The period lies in the future.")
    first, last = (now if moment is None else moment for moment in (start, end))
    if first > last + 1:
        raise ApiError.invalid_input("dataStartTime is after dataEndTime.")
    if kind.longest is not None and last - first > kind.longest:
        days = kind.longest / DAY
        raise ApiError.invalid_input(f"The period is longer than {days:.0f} days.")
    return start, end


def _ending(call):
    for fault in call.fired:
        if fault.kind in REPORT_ENDINGS:
            return REPORT_ENDINGS[fault.kind]
    return None


def create_report(call):
    known_parameters(call.query, frozenset())
    required = ("reportType", "marketplaceIds")
    body = json_body(call, "CreateReportSpecification", required)
    kind = _kind(body, call.seller)
    marketplace_ids = _marketplaces(body, call.seller, kind)
    start, end = _period(body, kind, call.now)
    report = call.simulator.reports.create(
        call.seller,
        kind.name,
        marketplace_ids,
        start,
        end,
        body.get("reportOptions", {}),
        _ending(call),
    )
    return Answer(202, {"reportId": report.report_id})


def _found(call):
    known_parameters(call.query, frozenset())
    report = call.simulator.reports.get(call.seller, call.path["reportId"])
    if report is None:
        raise ApiError.not_found()
    return report


def get_report(call):
    return Answer(200, _view(_found(call)))


def cancel_report(call):
    if not call.simulator.reports.cancel(_found(call)):
        raise ApiError.invalid_input("Only reports in the queue can be cancelled.")
    return Answer(200)


def _view(report):
    shown = {
        "reportId": report.report_id,
        "reportType": report.report_type,
        "marketplaceIds": list(report.marketplace_ids),
        "createdTime": stamp(report.created),
        "processingStatus": report.status,
        "dataStartTime": stamp(report.data_start),
        "dataEndTime": stamp(report.data_end),
    }
    if report.status != "IN_QUEUE":
        shown["processingStartTime"] = stamp(report.starts)
    if report.over:
        shown["processingEndTime"] = stamp(report.ready)
    if report.document is not None:
        shown["reportDocumentId"] = report.document.document_id
    return shown


def get_reports(call):
    query, offset = call.query, 0
    known_parameters(query, FILTERS | {"nextToken"})
    if "nextToken" in query:
        if len(query) > 1:
            raise ApiError.invalid_input("nextToken must be the only parameter.")
        page = call.simulator.report_tokens.resolve(query["nextToken"], call.seller.key)
        query, offset = page.query, page.offset
    wanted = _filter(query, call.now)
    every = call.simulator.reports.all(call.seller)
    found = [report for report in every if wanted(report)]
    size = page_size(query)
    body = {"reports": [_view(report) for report in found[offset : offset + size]]}
    if len(found) > offset + size:
        page = ListPage(call.seller.key, query, offset + size)
        body["nextToken"] = call.simulator.report_tokens.issue(page)
    return Answer(200, body)


def _filter(query, now):
    """Whether a report is asked for, as a function of the report."""
    since, until = now - REACH, now
    if "createdSince" in query:
        since = zoned_moment(query["createdSince"], "createdSince")
    if "createdUntil" in query:
        until = zoned_moment(query["createdUntil"], "createdUntil")
    types = split(query, "reportTypes")
    if not types:
        raise ApiError.invalid_input("reportTypes is required without nextToken.")
    statuses = split(query, "processingStatuses", STATUSES)
    marketplace_ids = set(split(query, "marketplaceIds"))

    def wanted(report):
        return (
            since <= report.created <= until
            and report.report_type in types
            and (not statuses or report.status in statuses)
            and (not marketplace_ids or marketplace_ids & set(report.marketplace_ids))
        )

    return wanted


def get_report_document(call):
    known_parameters(call.query, {ENCODING})
    encoded = call.query.get(ENCODING, "false")
    if encoded not in ("true", "false"):
        raise ApiError.invalid_input(f"{ENCODING} must be true or false.")
    document_id = call.path["reportDocumentId"]
    document = call.simulator.reports.document(call.seller, document_id)
    if document is None:
        raise ApiError.not_found()
    content, headers = document.content, {}
    if document.packed:
        content = packed(content)
        headers["Content-Encoding"] = "gzip" if encoded == "true" else "identity"
    url = call.simulator.presigned.issue(
        call.seller.key, document_id, content, document.content_type, headers
    )
    body = {"reportDocumentId": document_id, "url": url}
    if document.packed:
        body["compressionAlgorithm"] = "GZIP"
    return Answer(200, body)


def _route(method, path, operation, rate, burst, handler):
    template = f"/reports/2021-06-30/{path}"
    # Which role is needed depends on the report type.
    return Route(method, template, operation, MODEL, rate, burst, handler, ALL_ROLES)


ROUTES = (
    _route("POST", "reports", "createReport", 0.0167, 15, create_report),
    _route("GET", "reports", "getReports", 0.0222, 10, get_reports),
    _route("GET", "reports/{reportId}", "getReport", 2.0, 15, get_report),
    _route("DELETE", "reports/{reportId}", "cancelReport", 0.0222, 10, cancel_report),
    _route(
        "GET",
        "documents/{reportDocumentId}",
        "getReportDocument",
        0.0167,
        15,
        get_report_document,
    ),
)
