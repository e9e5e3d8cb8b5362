# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reports 2021-06-30 and presigned documents, as Amazon is known to treat them."""

import pytest
import requests
from contract.models import assert_answer, requires_models
from contract.test_simulator_report_support import (
    BY_UPDATE,
    DOCUMENTS,
    GERMANY,
    INDIA,
    LISTINGS,
    PERIOD,
    REPORTS,
    SHIPMENTS,
    Desk,
)


@pytest.fixture
def desk(world):
    """India's seller with orders and listings, without rate limits."""
    world.quotas.enabled = False
    return Desk(world, "IN")


# --- life of a report ----------------------------------------------------------


def test_a_report_takes_its_time(world, desk):
    report_id = desk.create(**PERIOD).json()["reportId"]
    assert desk.report(report_id)["processingStatus"] == "IN_QUEUE"
    world.clock.advance(3)
    shown = desk.report(report_id)
    assert shown["processingStatus"] == "IN_PROGRESS"
    assert "processingEndTime" not in shown
    world.clock.advance(3)
    shown = desk.report(report_id)
    assert shown["processingStatus"] == "DONE"
    assert shown["reportDocumentId"].startswith("amzn1.spdoc.")
    assert shown["createdTime"].endswith("+00:00")


def test_the_delay_is_settable(world, desk, control):
    assert control("POST", "/reports", {"delay_seconds": 0})[1]["delay_seconds"] == 0
    report_id = desk.create(**PERIOD).json()["reportId"]
    assert desk.report(report_id)["processingStatus"] == "DONE"
    assert control("POST", "/reports", {"colour": "red"})[0] == 400
    assert control("POST", "/reports", {"delay_seconds": -1})[0] == 400
    assert control("GET", "/reports")[1]["delay_seconds"] == 0


def test_no_data_is_a_cancelled_report(desk):
    empty = {
        "dataStartTime": "2026-01-01T00:00:00Z",
        "dataEndTime": "2026-01-02T00:00:00Z",
    }
    report = desk.made(**empty)
    assert report["processingStatus"] == "CANCELLED"
    assert "reportDocumentId" not in report


def test_faults_make_reports_fatal_or_cancelled(world, desk):
    world.add_fault("report_fatal", operation="createReport", count=1)
    report = desk.made(**PERIOD)
    assert report["processingStatus"] == "FATAL"
    assert b"could not be made" in desk.content(report)[0]
    assert desk.made(**PERIOD)["processingStatus"] == "DONE"
    world.add_fault("report_cancelled", operation="createReport", count=1)
    assert desk.made(**PERIOD)["processingStatus"] == "CANCELLED"


def test_only_a_queued_report_can_be_cancelled(world, desk):
    report_id = desk.create(**PERIOD).json()["reportId"]
    answer = desk.send("DELETE", f"{REPORTS}/{report_id}")
    assert (answer.status_code, answer.content) == (200, b"")
    world.clock.advance(10)
    assert desk.report(report_id)["processingStatus"] == "CANCELLED"
    done = desk.made(**PERIOD)["reportId"]
    assert desk.send("DELETE", f"{REPORTS}/{done}").status_code == 400


def test_reports_are_forgotten_and_private(world, desk):
    """Order reports stay 30 days, others 90; nobody sees another seller's."""
    orders, listings = desk.made(**PERIOD), desk.made(LISTINGS)
    assert Desk(world, "US").get(f"{REPORTS}/{orders['reportId']}").status_code == 404
    world.clock.advance(31 * 86400)
    desk.token = None
    assert desk.get(f"{REPORTS}/{orders['reportId']}").status_code == 404
    assert desk.document(orders).status_code == 404
    assert desk.document(listings).status_code == 200
    world.clock.advance(60 * 86400)
    desk.token = None
    assert desk.document(listings).status_code == 404


# --- what a request must be ----------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"reportType": "GET_NOTHING", "marketplaceIds": [INDIA]},
        {"reportType": BY_UPDATE, "marketplaceIds": []},
        {"reportType": BY_UPDATE},
        {"marketplaceIds": [INDIA]},
        {"reportType": BY_UPDATE, "marketplaceIds": [INDIA], "colour": "red"},
        {"reportType": BY_UPDATE, "marketplaceIds": [INDIA], "reportOptions": {"a": 1}},
        {"reportType": BY_UPDATE, "marketplaceIds": [INDIA], "dataStartTime": "today"},
        ["no object"],
    ],
)
@requires_models
def test_nonsense_is_refused(desk, body):
    answer = desk.send("POST", REPORTS, json=body)
    assert answer.status_code == 400
    assert_answer("reports_2021-06-30", "createReport", answer)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-09-20T00:00:00Z", "2026-09-19T00:00:00Z"),
        ("2026-09-20T00:00:00Z", "2026-12-01T00:00:00Z"),
        ("2026-08-01T00:00:00Z", "2026-09-15T00:00:00Z"),
        ("2026-09-20T00:00:00", "2026-09-21T00:00:00Z"),
    ],
    ids=["backwards", "future", "too long", "no zone"],
)
def test_impossible_periods_are_refused(desk, start, end):
    assert desk.create(dataStartTime=start, dataEndTime=end).status_code == 400


def test_the_listings_report_has_no_longest_period(desk):
    start = "2026-01-01T00:00:00Z"
    assert desk.create(LISTINGS, dataStartTime=start).status_code == 202


def test_each_type_needs_one_of_its_roles(world, desk):
    world.set_roles("IN", ["Product Listing"])
    assert desk.create(LISTINGS).status_code == 202
    assert desk.create(BY_UPDATE).status_code == 403
    assert desk.create(SHIPMENTS).status_code == 403
    world.set_roles("IN", ["Amazon Fulfillment"])
    assert desk.create(LISTINGS).status_code == 403
    assert desk.create(SHIPMENTS).status_code == 202


def test_foreign_marketplaces_are_refused(desk):
    assert desk.create(marketplaces=[GERMANY]).status_code == 403
    assert desk.create(marketplaces=["A1NONAMZN0IN91"]).status_code == 403


def test_quota_of_create_report(world):
    caller = Desk(world, "IN")
    answers = [caller.create(**PERIOD).status_code for _number in range(16)]
    assert answers == [202] * 15 + [429]


# --- searching -----------------------------------------------------------------


def test_get_reports_pages_with_the_token_alone(desk):
    made = [desk.made(**PERIOD)["reportId"] for _number in range(3)]
    first = desk.get(REPORTS, reportTypes=BY_UPDATE, pageSize="2").json()
    token = first["nextToken"]
    assert desk.get(REPORTS, nextToken=token, pageSize="2").status_code == 400
    second = desk.get(REPORTS, nextToken=token).json()
    assert "nextToken" not in second
    found = [report["reportId"] for report in first["reports"] + second["reports"]]
    assert found == made[::-1]
    assert desk.get(REPORTS, nextToken="invented").status_code == 400


@requires_models
def test_schedules_replace_each_other_and_need_the_role(world, desk):
    """India's tax report; the role is restricted."""
    schedules = "/reports/2021-06-30/schedules"
    body = {"reportType": "GST_MTR_B2C", "marketplaceIds": [INDIA], "period": "P1M"}

    def schedule(**changes):
        return desk.send("POST", schedules, json={**body, **changes})

    answer = schedule()
    assert_answer("reports_2021-06-30", "createReportSchedule", answer)
    assert schedule().status_code == 201
    listed = desk.get(schedules, reportTypes="GST_MTR_B2C")
    assert_answer("reports_2021-06-30", "getReportSchedules", listed)
    assert len(listed.json()["reportSchedules"]) == 1
    assert desk.create("GST_MTR_B2C").status_code == 400
    world.sellers["IN"].roles.discard("Tax Remittance")
    assert schedule().status_code == 403
    assert desk.get(REPORTS, reportTypes="GST_MTR_B2C").status_code == 403


def test_get_reports_filters(desk):
    desk.made(**PERIOD)
    desk.made(LISTINGS)
    every = {"reportTypes": f"{BY_UPDATE},{LISTINGS}"}

    def count(**query):
        return len(desk.get(REPORTS, **{**every, **query}).json()["reports"])

    assert count() == 2
    assert count(reportTypes=LISTINGS) == 1
    assert count(processingStatuses="FATAL,CANCELLED") == 0
    assert count(marketplaceIds=GERMANY) == 0
    assert count(createdSince="2026-09-21T14:13:25Z") == 1
    assert count(createdUntil="2026-09-21T14:13:25Z") == 1
    assert desk.get(REPORTS).status_code == 400
    assert desk.get(REPORTS, processingStatuses="LOST", **every).status_code == 400
    assert desk.get(REPORTS, pageSize="101", **every).status_code == 400


# --- presigned documents -------------------------------------------------------


def address(desk):
    return desk.document(desk.made(**PERIOD)).json()["url"]


def test_an_address_is_good_for_five_minutes(world, desk):
    url = address(desk)
    world.clock.advance(299)
    assert requests.get(url, timeout=30).status_code == 200
    world.clock.advance(1)
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 403
    assert "Request has expired" in answer.text
    assert answer.headers["Content-Type"] == "application/xml"


@pytest.mark.parametrize("name", ["x-amz-access-token", "Authorization"])
def test_a_credential_spoils_the_address(desk, name):
    answer = requests.get(address(desk), headers={name: "anything"}, timeout=30)
    assert answer.status_code == 400


def test_a_wrong_signature_is_refused(desk):
    url = address(desk)
    assert requests.get(url[:-1], timeout=30).status_code == 403
    assert requests.post(url, timeout=30).status_code == 403


def test_the_address_is_not_in_the_log_of_calls(world, desk, control):
    url = address(desk)
    requests.get(url, timeout=30)
    calls = control("GET", "/calls")[1]["calls"]
    assert calls[-1]["operation"] == "downloadDocument"
    assert url.rsplit("=", 1)[1] not in str(calls)


def test_packing_is_announced(world, desk):
    world.set_reports(gzip=False)
    report = desk.made(**PERIOD)
    found = desk.document(report).json()
    assert "compressionAlgorithm" not in found
    assert requests.get(found["url"], timeout=30).text.startswith("amazon-order-id\t")


def test_the_encoding_header_on_demand(desk):
    report = desk.made(**PERIOD)
    path = f"{DOCUMENTS}/{report['reportDocumentId']}"
    url = desk.get(path, enableContentEncodingUrlHeader="true").json()["url"]
    answer = requests.get(url, timeout=30)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.text.startswith("amazon-order-id\t")
    query = {"enableContentEncodingUrlHeader": "maybe"}
    assert desk.get(path, **query).status_code == 400


def test_downloads_have_faults_too(world, desk):
    url = address(desk)
    world.add_fault("error", operation="downloadDocument", status=503, count=1)
    assert requests.get(url, timeout=30).status_code == 503
    assert requests.get(url, timeout=30).status_code == 200


@requires_models
def test_answers_follow_the_model(world, desk):
    model = "reports_2021-06-30"
    answer = desk.create(**PERIOD)
    assert_answer(model, "createReport", answer)
    report_id = answer.json()["reportId"]
    for _state in range(3):
        assert_answer(model, "getReport", desk.get(f"{REPORTS}/{report_id}"))
        world.clock.advance(3)
    report = desk.report(report_id)
    assert_answer(model, "getReportDocument", desk.document(report))
    assert_answer(model, "getReports", desk.get(REPORTS, reportTypes=BY_UPDATE))
    assert_answer(model, "getReport", desk.get(f"{REPORTS}/1"))
