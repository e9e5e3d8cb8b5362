# SPDX-License-Identifier: LGPL-3.0-or-later
"""The scenario "india": what GST asks of orders, in Amazon's form."""

import csv
import io
from decimal import Decimal

import pytest
from contract.models import assert_valid, requires_models
from contract.test_simulator_report_support import INDIA, REPORTS, Desk
from sp_api_simulator import Simulator
from sp_api_simulator.clock import DAY
from sp_api_simulator.india import NUMBERS
from sp_api_simulator.scenario import GSTINS
from sp_api_simulator.tax_columns import (
    BUSINESS_COLUMNS,
    CONSUMER_COLUMNS,
    TRANSFER_COLUMNS,
)


@pytest.fixture(scope="module")
def orders():
    """{name of the case: order}"""
    simulator = Simulator(seed=1)
    names = simulator.seed_scenario("india", orders=None)["IN"]
    return {names[order["orderId"]]: order for order in simulator.truth()}


def tax(order):
    return sum(
        Decimal(entry["subtotal"]["amount"])
        for item in order["orderItems"]
        for entry in item["proceeds"]["breakdowns"]
        if entry["type"] == "TAX"
    )


def test_every_case_is_there_once(orders):
    assert len(orders) > 50
    assert len({order["orderId"] for order in orders.values()}) == len(orders)
    buyers = {order["buyer"]["buyerEmail"] for order in orders.values()}
    assert len(buyers) > 40


def test_odd_and_even_paise(orders):
    paise = {int(tax(order) * 100) for order in orders.values()}
    assert {paisa % 2 for paisa in paise} == {0, 1}
    assert 0 in paise


def test_places(orders):
    addresses = [one["recipient"]["deliveryAddress"] for one in orders.values()]
    states = {address.get("stateOrRegion") for address in addresses}
    assert {None, " ", "APO", "RAJSHTHAN", "DADRA AND NAGAR"} <= states
    assert {address["countryCode"] for address in addresses} == {"IN", "US", "DE"}


def test_the_same_seed_makes_the_same_orders(orders):
    again = Simulator(seed=1)
    again.seed_scenario("india", orders=None)
    found = [order["orderId"] for order in again.truth()]
    assert sorted(found) == sorted(order["orderId"] for order in orders.values())


@requires_models
def test_orders_are_amazons(orders):
    for order in orders.values():
        assert_valid("orders_2026-01-01", "Order", order)


# --- the tax reports -----------------------------------------------------------------


@pytest.fixture
def india():
    """The scenario with all of its orders that bear a tax invoiced."""
    simulator = Simulator(seed=1, start=1_795_000_000.0)
    names = simulator.seed_scenario("india", orders=None)["IN"]
    simulator.issue_invoices("IN", list(names))
    return simulator


def read(simulator, report_type, **options):
    content = simulator.tax_file("IN", report_type, **options).decode()
    header, *rows = csv.reader(io.StringIO(content))
    return header, [dict(zip(header, row, strict=True)) for row in rows]


def total(rows, name):
    return sum(Decimal(row[name] or 0) for row in rows)


def test_as_many_columns_as_amazons():
    assert len(CONSUMER_COLUMNS) == len(set(CONSUMER_COLUMNS)) == 78
    assert len(BUSINESS_COLUMNS) == len(set(BUSINESS_COLUMNS)) == 89
    assert len(TRANSFER_COLUMNS) == len(set(TRANSFER_COLUMNS)) == 37


def test_files_tell_all_of_the_orders(india, orders):
    """Businesses in one file, consumers in the other; to the paisa."""
    _header, businesses = read(india, "GST_MTR_B2B")
    _header, consumers = read(india, "GST_MTR_B2C")
    every = businesses + consumers
    assert {row["Order Id"] for row in every} == {
        order["orderId"] for order in orders.values()
    }
    assert all(row["Customer Bill To Gstid"] for row in businesses)
    assert len(businesses) == len(NUMBERS)
    taxes = sum(map(tax, orders.values()))
    assert total(every, "Total Tax Amount") == taxes
    kinds = [
        f"{charge}{kind} Tax"
        for charge in ("", "Shipping ", "Gift Wrap ")
        for kind in ("Cgst", "Sgst", "Igst", "Utgst")
    ]
    assert sum(total(every, name) for name in kinds) == taxes
    within = [row for row in every if Decimal(row["Cgst Tax"] or 0)]
    assert {row["Ship To State"].strip().upper() for row in within} == {"KARNATAKA", ""}


def test_old_headers_and_dates(india):
    header, rows = read(india, "GST_MTR_B2C", old=True)
    assert {"TRANSACTION TYPE", "Seller\tGstin", "Compensatory CessTax"} <= set(header)
    assert all(row["Invoice Date"].count("/") == 2 for row in rows)


def test_refunds_cancels_and_late_rows(india, orders):
    """A parcel that was cancelled has the item's number, as its second one has; a
    document of a past month comes late."""
    order_id = orders["price 118.00, KARNATAKA"]["orderId"]
    for kind in ("Refund", "Cancel", "FreeReplacement", "EInvoiceCancel"):
        india.issue_document(kind, order_id, at=india.clock.now() - 40 * DAY)
    _header, rows = read(india, "GST_MTR_B2C")
    found = {
        row["Transaction Type"]: row for row in rows if row["Order Id"] == order_id
    }
    assert len(found) == 5
    assert len({row["Shipment Item Id"] for row in found.values()}) == 1
    assert found["Refund"]["Credit Note No"]
    assert Decimal(found["Refund"]["Total Tax Amount"]) == -tax(
        orders["price 118.00, KARNATAKA"]
    )
    assert not found["Cancel"]["Invoice Number"]
    late = found["Refund"]["Credit Note Date"][3:10]
    assert late != found["Shipment"]["Invoice Date"][3:10]
    with pytest.raises(ValueError):
        india.issue_document("Gift", order_id)


def test_stock_transfers(india):
    """Between states they bear IGST, within one they go with a challan."""
    sku = next(iter(india.sellers["IN"].listings.values())).seller_sku
    moved = india.move_stock("IN", sku, 3, "MH", "KA")
    india.move_stock("IN", sku, 2, "MH", "MH")
    india.taxes.cancel_movement("IN", moved)
    _header, rows = read(india, "GST_MTR_STOCK_TRANSFER_REPORT")
    words = [row["Transaction Type"] for row in rows]
    assert words == ["FC_TRANSFER", "FC_TRANSFER", "FC_TRANSFER-Cancel"]
    assert rows[0]["Gstin Of Receiver"] == GSTINS["KA"]
    assert Decimal(rows[0]["Igst Amount"]) > 0 == Decimal(rows[1]["Igst Amount"])
    assert rows[1]["Gstin Of Supplier"] == rows[1]["Gstin Of Receiver"]


def test_a_schedule_makes_last_month(india):
    """On its day, and again a month later; on demand needs no schedule."""
    with india:
        body = {
            "reportType": "GST_MTR_B2C",
            "marketplaceIds": [INDIA],
            "period": "P1M",
            "nextReportCreationTime": "2026-12-06T03:00:00Z",
        }
        path = "/reports/2021-06-30/schedules"
        assert Desk(india, "IN").send("POST", path, json=body).status_code == 201

        def made():
            answer = Desk(india, "IN").get(REPORTS, reportTypes="GST_MTR_B2C")
            return [one["dataStartTime"][:10] for one in answer.json()["reports"]]

        assert made() == []
        india.clock.advance(20 * DAY)
        assert made() == ["2026-11-01"]
