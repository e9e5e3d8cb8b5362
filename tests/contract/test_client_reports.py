# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reports requested, found and read, against the simulator and odd answers."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from contract.models import load, requires_models
from contract.test_client_orders import connect
from contract.test_client_support import ScriptedAmazon
from contract.test_simulator_report_support import GERMANY, INDIA, JAPAN, fba_order
from sp_api import (
    ALL_LISTINGS,
    ALL_ORDERS_BY_CREATION,
    ALL_ORDERS_BY_UPDATE,
    CREATE_REPORT,
    CREATE_RESTRICTED_TOKEN,
    FBA_SHIPMENTS,
    GET_REPORT,
    GET_REPORT_DOCUMENT,
    GET_REPORTS,
    LONGEST_PERIOD,
    AccessDeniedError,
    BadRequestError,
    NotFoundError,
    ProtocolError,
    Reports,
    ThrottledError,
    TransientError,
    fallback_charset,
    read_listing_rows,
    read_order_rows,
    read_shipments,
)
from sp_api.jobs import STATES
from sp_api.restricted import restricted_token
from sp_api_simulator.validation import ModelLibrary

START = 1_790_000_000.0
NOW = datetime.fromtimestamp(START, timezone.utc)
MONTH = (NOW - timedelta(days=29), NOW)


@pytest.fixture
def reports(world):
    with connect(world, "IN") as client:
        yield Reports(client)


def made(simulator, reports, *arguments, **more):
    """The report after its time."""
    report_id = reports.request(*arguments, **more)
    simulator.clock.advance(10)
    return reports.get(report_id)


# --- the API -------------------------------------------------------------------


@requires_models
@pytest.mark.parametrize(
    "operation", [CREATE_REPORT, GET_REPORT, GET_REPORTS, GET_REPORT_DOCUMENT]
)
def test_operations_are_amazons(operation):
    library = ModelLibrary.find()
    path, method, _found = library.operation("reports_2021-06-30", operation.name)
    assert (operation.path, operation.method) == (path, method)
    plan = library.plan("reports_2021-06-30", operation.name)
    assert (operation.rate, operation.burst) == plan


@requires_models
def test_statuses_are_amazons():
    model = load("reports_2021-06-30")["definitions"]["Report"]
    assert set(STATES) == set(model["properties"]["processingStatus"]["enum"])


def test_a_report_from_request_to_rows(world, reports):
    report_id = reports.request(ALL_ORDERS_BY_UPDATE, [INDIA], *MONTH)
    report = reports.get(report_id)
    assert (report.status, report.is_over, report.is_done) == ("IN_QUEUE", False, False)
    world.clock.advance(3)
    assert reports.get(report_id).status == "IN_PROGRESS"
    world.clock.advance(3)
    report = reports.get(report_id)
    assert report.is_done and report.is_over
    assert report.report_type == ALL_ORDERS_BY_UPDATE
    assert (report.data_start, report.data_end) == MONTH
    assert report.created_time == NOW
    assert report.processing_end > report.processing_start > report.created_time
    assert report.marketplace_ids == (INDIA,)
    with reports.download(report.document_id) as document:
        rows = read_order_rows(document)
        found = list(rows)
    items = {
        (order["orderId"], item["product"]["sellerSku"])
        for order in world.truth("IN")
        for item in order["orderItems"]
        if order["salesChannel"]["marketplaceId"] == INDIA
    }
    assert {(row.amazon_order_id, row.sku) for row in found} == items
    assert (rows.count, rows.skipped, rows.missing) == (len(found), 0, set())


def test_an_order_row_has_state_and_country_without_any_role(world, reports):
    """Where the restricted role is missing, taxes get these from the report."""
    world.set_roles("IN", ["Inventory and Order Tracking"])
    report = made(world, reports, ALL_ORDERS_BY_CREATION, [INDIA], *MONTH)
    with reports.download(report.document_id) as document:
        rows = {row.amazon_order_id: row for row in read_order_rows(document)}
    checked = 0
    for order in world.truth("IN"):
        address = order.get("recipient", {}).get("deliveryAddress")
        if address and order["salesChannel"]["marketplaceId"] == INDIA:
            row = rows[order["orderId"]]
            assert row.ship_state == address["stateOrRegion"]
            assert row.ship_country == address["countryCode"]
            checked += 1
    assert checked > 20


def business_report(world, reports):
    """India's tax report of business buyers: its document is restricted."""
    world.reports.tax_rows["IN"] = [{"Customer Bill To Gstid": "29AAGCB7383J1Z4"}]
    return made(world, reports, "GET_GST_MTR_B2B_CUSTOM", [INDIA])


def test_a_restricted_document(world, reports):
    """A token for this document alone, asked for each time; the seller's own fails."""
    report = business_report(world, reports)
    with pytest.raises(AccessDeniedError):
        reports.download(report.document_id)
    with reports.download(report.document_id, restricted=True) as document:
        assert b"29AAGCB7383J1Z4" in b"".join(document.chunks())
    other = made(world, reports, ALL_LISTINGS, [INDIA])
    token = restricted_token(
        reports.client,
        GET_REPORT_DOCUMENT,
        {"reportDocumentId": report.document_id},
    )
    with pytest.raises(AccessDeniedError):
        reports.client.call(
            GET_REPORT_DOCUMENT,
            path_params={"reportDocumentId": other.document_id},
            token=token,
        )
    assert token.value not in repr(token)


def test_a_restricted_document_without_the_role(world, reports):
    report = business_report(world, reports)
    world.sellers["IN"].roles.discard("Tax Remittance")
    with pytest.raises(AccessDeniedError) as refused:
        reports.download(report.document_id, restricted=True)
    assert refused.value.operation == CREATE_RESTRICTED_TOKEN.name
    assert not refused.value.token_expired


def test_no_data(world, reports):
    long_ago = NOW - timedelta(days=700)
    period = (long_ago, long_ago + timedelta(days=1))
    report = made(world, reports, ALL_ORDERS_BY_UPDATE, [INDIA], *period)
    assert report.status == "CANCELLED"
    assert report.is_over and not report.is_done


def test_a_fatal_report(world, reports):
    world.add_fault("report_fatal", operation="createReport")
    report = made(world, reports, ALL_LISTINGS, [INDIA])
    assert report.is_over and not report.is_done


def test_periods_of_the_longest_length_are_accepted(world, reports):
    period = (NOW - LONGEST_PERIOD, NOW)
    for report_type in (ALL_ORDERS_BY_UPDATE, ALL_ORDERS_BY_CREATION, FBA_SHIPMENTS):
        assert reports.request(report_type, [INDIA], *period)
    with pytest.raises(BadRequestError):
        reports.request(ALL_ORDERS_BY_UPDATE, [INDIA], NOW - LONGEST_PERIOD * 2, NOW)


def test_find_follows_the_pages(world, reports):
    """More than a page of reports; the token goes alone."""
    world.quotas.enabled = False
    for _number in range(103):
        world.reports.create(
            world.sellers["IN"], ALL_LISTINGS, [INDIA], None, None, {}, None
        )
    other = reports.request(ALL_ORDERS_BY_UPDATE, [INDIA], *MONTH)
    found = reports.find([ALL_LISTINGS])
    assert len({report.report_id for report in found}) == len(found) == 103
    asked = [call["query"] for call in world.calls if call["operation"] == "getReports"]
    assert list(asked[1]) == ["nextToken"]
    (found,) = reports.find([ALL_ORDERS_BY_UPDATE], marketplace_ids=[INDIA])
    assert found.report_id == other
    assert reports.find([ALL_ORDERS_BY_UPDATE], statuses=["FATAL"]) == []
    later = NOW + timedelta(seconds=1)
    world.clock.advance(5)
    assert reports.find([ALL_ORDERS_BY_UPDATE], created_since=later) == []


def test_refusals_are_typed(world, reports):
    with pytest.raises(NotFoundError):
        reports.get("1")
    with pytest.raises(NotFoundError):
        reports.get_document("amzn1.spdoc.1.nowhere")
    with pytest.raises(BadRequestError):
        reports.request("GET_NOTHING", [INDIA])
    world.set_roles("IN", ["Buyer Solicitation"])
    with pytest.raises(AccessDeniedError):
        reports.request(ALL_LISTINGS, [INDIA])


def test_the_budget_is_kept(world, reports):
    """Fifteen reports at once, then the time of the next one: no call in vain."""
    for _number in range(15):
        reports.request(ALL_LISTINGS, [INDIA])
    with pytest.raises(ThrottledError) as caught:
        reports.request(ALL_LISTINGS, [INDIA])
    assert caught.value.retry_at > START + 50
    statuses = [
        call["status"] for call in world.calls if call["operation"] == "createReport"
    ]
    assert statuses == [202] * 15


def test_a_lost_answer_is_not_asked_for_again(world, reports):
    """Whether the report exists is unknown: another one would cost the quota."""
    world.add_fault("cut_body", operation="createReport", count=1)
    with pytest.raises((TransientError, ProtocolError)) as caught:
        reports.request(ALL_LISTINGS, [INDIA])
    assert caught.value.outcome_unknown
    assert len(reports.find([ALL_LISTINGS])) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ([],),
        ([INDIA] * 26,),
        ([INDIA], NOW, NOW - timedelta(days=1)),
        ([INDIA], NOW.replace(tzinfo=None)),
    ],
)
def test_what_amazon_would_refuse_is_not_sent(reports, arguments):
    with pytest.raises(ValueError):
        reports.request(ALL_LISTINGS, *arguments)
    with pytest.raises(ValueError):
        reports.find([])
    with pytest.raises(ValueError):
        reports.find([ALL_LISTINGS], marketplace_ids=[INDIA] * 11)


# --- odd answers ---------------------------------------------------------------


@pytest.fixture
def scripted():
    with ScriptedAmazon() as amazon, amazon.client() as client:
        yield amazon, Reports(client)


def test_an_unknown_status_survives(scripted):
    amazon, reports = scripted
    body = {"reportId": "1", "processingStatus": "PAUSED", "createdTime": "soon"}
    amazon.answers = [(200, body)]
    report = reports.get("1")
    assert (report.status, report.created_time) == ("PAUSED", None)
    assert not report.is_over


@pytest.mark.parametrize(
    "call",
    [
        lambda reports: reports.request(ALL_LISTINGS, [INDIA]),
        lambda reports: reports.get("1"),
        lambda reports: reports.find([ALL_LISTINGS]),
        lambda reports: reports.get_document("1"),
    ],
    ids=["request", "get", "find", "get_document"],
)
def test_an_answer_without_its_heart(scripted, call):
    amazon, reports = scripted
    amazon.answers = [(200, {"something": "else"})]
    with pytest.raises(ProtocolError):
        call(reports)


def test_a_list_without_an_end_is_left(scripted):
    amazon, reports = scripted
    page = {"reports": [{"reportId": "1"}, "nonsense"], "nextToken": "again"}
    amazon.answers = [(200, page)] * 5
    with pytest.raises(ProtocolError, match="no end"):
        reports.find([ALL_LISTINGS])
    assert len(amazon.requests) == 2


# --- shipments and listings ----------------------------------------------------


def test_fba_shipments_with_their_dates(world, reports):
    world.put_orders("IN", [fba_order(1)])
    world.clock.advance(3600)
    world.ship_order("403-0000000-0000001", carrier="ATS", tracking="T1")
    report = made(world, reports, FBA_SHIPMENTS, [INDIA], NOW)
    with reports.download(report.document_id) as document:
        (row,) = read_shipments(document)
    assert (row.amazon_order_id, row.order_item_id) == (
        "403-0000000-0000001",
        "00000000000001",
    )
    assert row.shipment_time == NOW + timedelta(seconds=3600)
    assert (row.quantity, row.seller_sku) == (2, "IN-0001")
    assert (row.carrier, row.tracking_number) == ("ATS", "T1")
    assert row.shipment_id and row.shipment_item_id and row.fulfillment_center_id
    assert "Asha" not in repr(row)


def test_listings(world, reports):
    report = made(world, reports, ALL_LISTINGS, [INDIA])
    with reports.download(report.document_id) as document:
        rows = {row.seller_sku: row for row in read_listing_rows(document)}
    known = [
        listing
        for listing in world.sellers["IN"].listings.values()
        if listing.marketplace_id == INDIA
    ]
    assert len(rows) == len(known) > 0
    for listing in known:
        row = rows[listing.seller_sku]
        assert (row.title, row.asin) == (listing.title, listing.asin)
        assert row.price == Decimal(listing.price)
        merchant = listing.fulfilled_by == "MERCHANT"
        assert row.quantity == (listing.quantity if merchant else None)
        assert row.fulfillment_channel == listing.channel_code
        assert row.open_date.timestamp() == int(listing.created)


@pytest.mark.parametrize("state_charset", [True, False])
@pytest.mark.parametrize(
    ("region", "marketplace_id", "sku", "title"),
    [
        ("eu", GERMANY, "Ä-1", 'Bügeleisen 12" groß'),
        ("fe", JAPAN, "J-1", "電気ケトル ①"),
    ],
    ids=["DE", "JP"],
)
def test_listings_in_other_languages(
    simulator, region, marketplace_id, sku, title, state_charset
):
    """Header and charset of the marketplace, whether the charset is stated or not."""
    simulator.set_reports(state_charset=state_charset)
    simulator.add_seller("X", region=region, marketplace_ids=[marketplace_id])
    simulator.put_listing("X", seller_sku=sku, title=title, price="1499", quantity=3)
    with connect(simulator, "X") as client:
        reports = Reports(client)
        report = made(simulator, reports, ALL_LISTINGS, [marketplace_id])
        charset = fallback_charset(marketplace_id)
        with reports.download(report.document_id) as document:
            (row,) = read_listing_rows(document, charset)
    assert (row.seller_sku, row.title) == (sku, title)
    assert (row.price, row.quantity) == (Decimal("1499"), 3)
    assert (row.fulfillment_channel, row.status) == ("DEFAULT", "Active")
    assert row.open_date.timestamp() == START
