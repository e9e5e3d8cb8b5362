# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reports 2021-06-30: createReport, getReport, getReports, cancelReport,
getReportDocument, createReportSchedule, getReportSchedules. Whatever its period, a
schedule makes the report of the month before, once a month."""

from functools import partial
from urllib.parse import unquote

from .bodies import json_body
from .clock import DAY
from .faults import REPORT_ENDINGS
from .jobs_api import (
    cancel_job,
    found_job,
    give_document,
    job_kind,
    job_marketplaces,
    job_route,
    list_jobs,
    shown_job,
)
from .messages import Answer, ApiError
from .queries import known_parameters, split, zoned_moment
from .report_contents import stamp
from .report_types import REPORT_TYPES
from .reports_store import next_month

REACH = 90 * DAY


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
    kind = job_kind(REPORT_TYPES, body["reportType"], call.seller)
    marketplace_ids = job_marketplaces(body, call.seller)
    if kind.by_amazon:
        raise ApiError.invalid_input(
            message="Request for report type 1118 is not allowed at this time"
        )
    if kind.first_marketplace_only:
        marketplace_ids = marketplace_ids[:1]
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


def create_schedule(call):
    known_parameters(call.query, frozenset())
    required = ("reportType", "marketplaceIds", "period")
    body = json_body(call, "CreateReportScheduleSpecification", required)
    kind = job_kind(REPORT_TYPES, body["reportType"], call.seller)
    marketplace_ids = job_marketplaces(body, call.seller)
    reports = call.simulator.reports
    due = next_month(call.now)
    if "nextReportCreationTime" in body:
        due = zoned_moment(body["nextReportCreationTime"], "nextReportCreationTime")
    schedule_id = f"{60_000_000_000 + len(reports.schedules) * 7 + 31}"
    shown = {
        "reportScheduleId": schedule_id,
        "reportType": kind.name,
        "marketplaceIds": list(marketplace_ids),
        "period": body["period"],
    }
    reports.schedule(call.seller, kind, marketplace_ids, shown, due)
    return Answer(201, {"reportScheduleId": schedule_id})


def get_schedules(call):
    known_parameters(call.query, frozenset({"reportTypes"}))
    wanted = split(call.query, "reportTypes")
    found = [
        schedule
        for key, schedule in call.simulator.reports.schedules.items()
        if key[0] == call.seller.key and schedule["reportType"] in wanted
    ]
    return Answer(200, {"reportSchedules": found})


def get_report(call):
    report = found_job(call, "report", call.simulator.reports)
    _check_role(call, report.kind)
    return Answer(200, _view(report))


def _check_role(call, kind):
    """ApiError 403 for what Amazon made, and the seller's application may not see."""
    if kind and kind.by_amazon and not call.seller.roles & kind.roles:
        raise ApiError.forbidden()


def cancel_report(call):
    return cancel_job(call, "report", call.simulator.reports)


def _view(report):
    return shown_job(
        report,
        "report",
        None if report.status == "IN_QUEUE" else report.starts,
        report.ready if report.over else None,
        dataStartTime=stamp(report.data_start),
        dataEndTime=stamp(report.data_end),
        reportDocumentId=report.document and report.document.document_id,
    )


def get_reports(call):
    simulator, since = call.simulator, call.now - REACH
    for name in split(call.query, "reportTypes"):
        _check_role(call, REPORT_TYPES.get(name))
    return list_jobs(
        call, "report", simulator.reports, simulator.report_tokens, _view, since
    )


def get_report_document(call):
    reports = call.simulator.reports
    owner = reports.owner(call.seller, call.path["reportDocumentId"])
    if owner is not None:
        _check_role(call, owner.kind)
        if owner.kind.restricted and not call.token.resources:
            raise ApiError.forbidden()
    return give_document(call, "report", reports, lambda found: found.packed)


def document_kind(simulator, seller, path):
    """The report type of a document by the path of its resource, None without one."""
    prefix = "/reports/2021-06-30/documents/"
    owner = path.startswith(prefix) and simulator.reports.owner(
        seller, unquote(path.removeprefix(prefix))
    )
    return owner.kind if owner else None


_route = partial(job_route, "reports_2021-06-30")
ROUTES = (
    _route("POST", "reports", "createReport", 0.0167, 15, create_report),
    _route("GET", "reports", "getReports", 0.0222, 10, get_reports),
    _route("POST", "schedules", "createReportSchedule", 0.0222, 10, create_schedule),
    _route("GET", "schedules", "getReportSchedules", 0.0222, 10, get_schedules),
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
