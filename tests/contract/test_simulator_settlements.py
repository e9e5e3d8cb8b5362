# SPDX-License-Identifier: LGPL-3.0-or-later
"""Settlements: closed by the clock, found as reports, right to the cent."""

from collections import Counter
from decimal import Decimal

import pytest
from contract.models import assert_answer, requires_models
from contract.test_simulator_report_support import REPORTS, Desk
from contract.test_simulator_support import make_order
from sp_api_simulator.clock import DAY, HOUR, format_time
from sp_api_simulator.factory import Draft, Line, build_order
from sp_api_simulator.marketplaces import BY_CODE
from sp_api_simulator.settlement_file import COLUMNS, DIALECTS
from sp_api_simulator.settlements import SETTLEMENT

MOVEMENTS = ("Current Reserve Amount", "Previous Reserve Amount Balance")
RECEIVABLE = ("ItemPrice", "Promotion", "ItemWithheldTax")


class Books(Desk):
    """A seller who reads his settlements; weeks pass between his calls."""

    def send(self, *arguments, **parts):
        self.token = None
        return super().send(*arguments, **parts)

    def listed(self, **query):
        query.setdefault("createdSince", format_time(0))
        return self.get(REPORTS, reportTypes=SETTLEMENT, **query)

    def files(self):
        """The rows of each settlement, the oldest first; the summary is the first."""
        found = self.listed(pageSize="100").json()["reports"]
        return [self.rows(report, "utf-8") for report in found[::-1]]

    def last(self):
        """(summary, other rows) of the newest settlement."""
        summary, *rows = self.files()[-1]
        return summary, rows


def total_of(rows):
    return sum((Decimal(row["amount"]) for row in rows), Decimal(0))


def described(rows, description):
    return [row for row in rows if row["amount-description"] == description]


def ship_all(simulator, key):
    """Ship what can be shipped; returns the order ids."""
    open_orders = [
        order["orderId"]
        for order in simulator.truth(key)
        if order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
        and order["salesChannel"]["channelName"] == "AMAZON"
    ]
    for order_id in open_orders:
        simulator.ship_order(order_id)
    return open_orders


@pytest.fixture
def books(world):
    """India's seller, all of whose orders have been shipped."""
    world.quotas.enabled = False
    world.set_settlements(reserve_days=0)
    ship_all(world, "IN")
    ship_all(world, "US")
    return Books(world, "IN")


def sell(simulator, key, code, price="20.00", **draft):
    """A shipped order of one unit; returns its id."""
    rng = simulator.buyers
    listing = simulator.put_listing(
        key,
        seller_sku=f"SKU-{code}",
        marketplace_id=BY_CODE[code].id,
        title="Thing",
        asin="B000000001",
        price=price,
        currency=BY_CODE[code].currency,
        quantity=5,
    )
    made = build_order(
        rng, Draft(BY_CODE[code], [Line(listing)], simulator.clock.now(), **draft)
    )
    simulator.put_orders(key, [made])
    simulator.ship_order(made["orderId"])
    return made["orderId"]


def seller(simulator, key, region, codes):
    simulator.quotas.enabled = False
    places = [BY_CODE[code].id for code in codes]
    simulator.add_seller(key, region=region, marketplace_ids=places)
    return Books(simulator, key)


# --- found, never asked for ------------------------------------------------------


def test_a_settlement_appears_every_fourteen_days(world, books):
    assert books.listed().json()["reports"] == []
    world.clock.advance(14 * DAY - 1)
    assert books.listed().json()["reports"] == []
    world.clock.advance(1)
    [report] = books.listed().json()["reports"]
    assert report["processingStatus"] == "DONE"
    assert report["reportDocumentId"]
    world.charge_seller("IN", "reimbursement")
    world.clock.advance(14 * DAY)
    assert len(books.listed().json()["reports"]) == 2


def test_an_idle_period_has_no_settlement(world, books):
    world.clock.advance(60 * DAY)
    assert len(books.listed().json()["reports"]) == 1


def test_nobody_can_ask_for_one(books):
    answer = books.create(SETTLEMENT)
    assert answer.status_code == 400
    message = "Request for report type 1118 is not allowed at this time"
    assert answer.json()["errors"][0]["message"] == message


def test_the_role_is_finance_and_accounting(world, books):
    world.clock.advance(14 * DAY)
    [report] = books.listed().json()["reports"]
    world.set_roles("IN", ["Amazon Fulfillment", "Inventory and Order Tracking"])
    assert books.listed().status_code == 403
    assert books.document(report).status_code == 403
    assert books.get(f"{REPORTS}/{report['reportId']}").status_code == 403
    world.set_roles("IN", ["Finance and Accounting"])
    assert books.document(report).status_code == 200


def test_they_are_listed_in_pages_for_ninety_days(world, books):
    world.set_settlements(period_days=2)
    for _number in range(6):
        world.charge_seller("IN", "reimbursement")
        world.clock.advance(2 * DAY)
    first = books.listed(pageSize="4").json()
    assert len(first["reports"]) == 4
    second = books.get(REPORTS, nextToken=first["nextToken"]).json()
    assert len(second["reports"]) == 2
    world.clock.advance(87 * DAY)
    assert len(books.listed().json()["reports"]) == 2


# --- sums ------------------------------------------------------------------------


def test_rows_add_up_to_the_total(world, books):
    world.set_settlements(reserve_days=3)
    world.clock.advance(14 * DAY)
    summary, rows = books.last()
    assert tuple(summary) == COLUMNS
    assert Decimal(summary["total-amount"]) == total_of(rows)
    assert summary["currency"] == "INR"
    assert not any(row["total-amount"] or row["currency"] for row in rows)
    assert {row["settlement-id"] for row in rows} == {summary["settlement-id"]}


@pytest.mark.parametrize("scenario", ["money", "plain"])
def test_an_orders_rows_are_its_grand_total(simulator, scenario):
    simulator.seed_scenario(scenario, orders=150, seed=5)
    shipped = {key: ship_all(simulator, key) for key in ("IN", "US")}
    simulator.set_settlements(reserve_days=0)
    for key, order_ids in shipped.items():
        [*settlements] = simulator.close_settlement(key)
        found = Counter()
        for settlement in settlements:
            for row in settlement.rows:
                if row.amount_type in RECEIVABLE:
                    found[row.order_id] += row.amount
        for order_id in order_ids:
            order = simulator.find_order(order_id)[1].data
            assert found[order_id] == paid(order), order_id


def paid(order):
    """What the buyer pays for an order, without a tip that may still change."""
    total = order.get("proceeds", {}).get("grandTotal", {}).get("amount", "0")
    tips = sum(
        Decimal(entry["subtotal"]["amount"])
        for entry in order.get("proceeds", {}).get("breakdowns", ())
        if entry["type"] == "DELIVERY_TIP" and entry["status"] == "PENDING"
    )
    return Decimal(total) - tips


def test_parcels_share_an_items_money(simulator, india):
    """Three units of 10.00 in two parcels: nothing is lost by rounding."""
    listing = simulator.put_listing(
        "IN",
        seller_sku="S",
        marketplace_id=BY_CODE["IN"].id,
        title="T",
        asin="B000000001",
        price="3.33",
        currency="INR",
        quantity=9,
        tax_percent="18",
    )
    draft = Draft(BY_CODE["IN"], [Line(listing, 3)], simulator.clock.now() - DAY)
    order = build_order(simulator.buyers, draft)
    simulator.put_orders("IN", [order])
    item_id = order["orderItems"][0]["orderItemId"]
    simulator.set_settlements(reserve_days=0)
    rows = []
    for units in (2, 1):
        simulator.ship_order(order["orderId"], items={item_id: units})
        [settlement] = simulator.close_settlement("IN")
        assert [row.quantity for row in settlement.rows if row.quantity] == [units]
        rows += settlement.rows
    money = [row.amount for row in rows if row.amount_type in RECEIVABLE]
    assert sum(money) == Decimal("9.99")


def test_fees_of_amazons_parcels_and_the_sellers(simulator):
    books = seller(simulator, "US", "na", ["US"])
    simulator.set_settlements(reserve_days=0, subscription=0.0)
    own = sell(simulator, "US", "US")
    amazons = sell(simulator, "US", "US", fulfilled_by="AMAZON")
    simulator.close_settlement("US")
    _summary, rows = books.last()
    fees = {
        order_id: {
            row["amount-description"]: row["amount"]
            for row in rows
            if row["order-id"] == order_id and row["amount-type"] == "ItemFees"
        }
        for order_id in (own, amazons)
    }
    assert fees[own] == {"Commission": "-3.00", "FixedClosingFee": "-0.25"}
    assert fees[amazons] == {**fees[own], "FBAPerUnitFulfillmentFee": "-3.22"}
    assert {row["fulfillment-id"] for row in rows if row["order-id"]} == {"AFN", "MFN"}


def test_india_withholds_tcs_and_tds(books, world):
    world.clock.advance(14 * DAY)
    _summary, rows = books.last()
    taxes = Counter(
        row["amount-description"]
        for row in rows
        if row["amount-type"] in ("ItemTCS", "ItemTDS")
    )
    assert set(taxes) == {"TCS-CGST", "TCS-SGST", "TCS-IGST", "TDS (Section 194-O)"}
    assert taxes["TCS-CGST"] == taxes["TCS-SGST"]
    principal = total_of(described(rows, "Principal"))
    tds = -total_of(described(rows, "TDS (Section 194-O)"))
    assert abs(tds - principal / 1000) < Decimal("0.005") * len(rows)


# --- what a period holds besides ---------------------------------------------------


def test_the_reserve_comes_back_in_the_next_period(simulator):
    books = seller(simulator, "US", "na", ["US"])
    simulator.clock.advance(10 * DAY)
    sell(simulator, "US", "US", "300.00")
    simulator.clock.advance(4 * DAY)
    summary, rows = books.last()
    [held] = described(rows, MOVEMENTS[0])
    assert Decimal(held["amount"]) < 0 <= Decimal(summary["total-amount"])
    simulator.clock.advance(14 * DAY)
    summary, rows = books.last()
    [back] = described(rows, MOVEMENTS[1])
    assert Decimal(back["amount"]) == -Decimal(held["amount"])
    assert Decimal(summary["total-amount"]) == Decimal(back["amount"])


def test_a_refund_gives_all_back_but_fees(simulator):
    books = seller(simulator, "US", "na", ["US"])
    simulator.set_settlements(reserve_days=0, subscription=0.0, advertising=0.0)
    order_id = sell(simulator, "US", "US", "100.00")
    posting = simulator.refund_order(order_id)
    assert {row.description: str(row.amount) for row in posting.rows} == {
        "Principal": "-100.00",
        "Commission": "15.00",
        "RefundCommission": "-3.00",
    }
    with pytest.raises(ValueError, match="left to refund"):
        simulator.refund_order(order_id)
    simulator.close_settlement("US")
    summary, rows = books.last()
    assert summary["total-amount"] == "-3.25"
    assert total_of(row for row in rows if row["amount-type"] == "ItemPrice") == 0
    assert {row["transaction-type"] for row in rows} == {"Order", "Refund"}


def test_a_facilitators_tax_is_nothing_in_the_end(world, books):
    """Order, refund and retrocharge leave nothing of the tax that Amazon keeps."""
    taxed = [
        order["orderId"]
        for order in world.truth("US")
        if any("tax" in item for item in order["orderItems"])
        and order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    ]
    world.refund_order(taxed[0])
    world.retrocharge_order(taxed[1], "1.17")
    world.retrocharge_order(taxed[1], "1.17", refunded=True)
    world.close_settlement("US")
    rows = [
        row
        for settlement in world.settlements_of("US")
        for row in settlement.rows
        if row.order_id in taxed
    ]
    kinds = {row.transaction_type for row in rows}
    assert {"Order_Retrocharge", "Refund_Retrocharge"} <= kinds
    for order_id in taxed:
        tax = sum(
            row.amount
            for row in rows
            if row.order_id == order_id
            and ("Tax" in row.description or row.amount_type == "ItemWithheldTax")
        )
        assert tax == 0


def test_what_is_no_orders(simulator):
    books = seller(simulator, "DE", "eu", ["DE", "FR"])
    simulator.set_settlements(dialect="en")
    for kind in ("advertising", "storage", "inbound", "reimbursement", "unknown"):
        simulator.charge_seller("DE", kind)
    simulator.charge_seller("DE", "debt", "-5", marketplace_id=BY_CODE["FR"].id)
    simulator.charge_seller("DE", "reimbursement", "7.00", count=2)
    simulator.close_settlement("DE")
    _summary, rows = books.last()
    [fee] = [row for row in rows if row["amount-type"] == "FBA Inventory Storage Fee"][
        :1
    ]
    [tax] = described(rows, "Tax on fee")[:1]
    assert (fee["amount"], tax["amount"]) == ("-4.40", "-0.84")
    assert any(row["order-id"].startswith("FBA15") for row in rows)
    assert described(rows, "Galactic Handling Fee")
    twins = [row for row in rows if row["amount"] == "7.00"]
    assert len(twins) == 2 and twins[0] == twins[1]
    assert any(not row["marketplace-name"] for row in rows)


def test_units_may_have_rows_of_their_own(simulator, india):
    simulator.set_settlements(unit_rows=True, reserve_days=0)
    money = {"amount": "20.00", "currencyCode": "INR"}
    order = make_order()
    order["orderItems"][0]["proceeds"] = {
        "proceedsTotal": money,
        "breakdowns": [{"type": "ITEM", "subtotal": money}],
    }
    simulator.put_orders("IN", [order])
    simulator.ship_order(order["orderId"])
    [settlement] = simulator.close_settlement("IN")
    principal = [row for row in settlement.rows if row.quantity]
    assert [(row.amount, row.quantity) for row in principal] == [(10, 1), (10, 1)]


@pytest.mark.parametrize("card", [True, False], ids=["charged", "borne"])
def test_less_than_nothing(simulator, card):
    books = seller(simulator, "US", "na", ["US"])
    simulator.set_settlements(charge_card=card)
    simulator.charge_seller("US", "advertising", "-30")
    simulator.close_settlement("US")
    assert books.last()[0]["total-amount"] == "-30.00"
    simulator.charge_seller("US", "reimbursement", "50")
    simulator.close_settlement("US")
    summary, rows = books.last()
    assert described(rows, "Payable to Amazon")[0]["amount"] == "-30.00"
    assert len(described(rows, "Successful charge")) == card
    assert summary["total-amount"] == ("50.00" if card else "20.00")


def test_a_failed_transfer_is_paid_again(simulator):
    books = seller(simulator, "US", "na", ["US"])
    simulator.charge_seller("US", "reimbursement", "50")
    [settlement] = simulator.close_settlement("US")
    simulator.fail_payout(settlement.settlement_id, reason="x" * 200)
    with pytest.raises(ValueError, match="no payout to fail"):
        simulator.fail_payout(settlement.settlement_id)
    simulator.close_settlement("US")
    summary, [row] = books.last()
    assert summary["total-amount"] == "50.00"
    assert row["amount-description"].startswith("Transfer of funds unsuccessful: x")
    assert len(row["amount-description"]) == 100


def test_deferred_money_waits_for_its_day(simulator):
    books = seller(simulator, "US", "na", ["US"])
    simulator.set_settlements(deferred_days=10.0, reserve_days=0)
    simulator.clock.advance(6 * DAY)
    order_id = sell(simulator, "US", "US")
    simulator.clock.advance(8 * DAY)
    assert books.listed().json()["reports"] == []
    simulator.clock.advance(14 * DAY)
    _summary, rows = books.last()
    assert {row["order-id"] for row in rows if row["order-id"]} == {order_id}


# --- dialects ----------------------------------------------------------------------


def dialect_file(simulator, name):
    """(text, Content-Type) of the same settlement in another dialect."""
    books = Books(simulator, "DE")
    simulator.set_settlements(dialect=name)
    [settlement] = simulator.settlements_of("DE")
    simulator.regenerate_settlement(settlement.settlement_id)
    content, content_type = books.content(books.listed().json()["reports"][0])
    return content.decode(DIALECTS[name].charset), content_type


def test_dialects_say_the_same(simulator):
    seller(simulator, "DE", "eu", ["DE"])
    simulator.charge_seller("DE", "reimbursement", "1500.05", sku="KAFFEE-Ü")
    simulator.close_settlement("DE")
    found = {name: dialect_file(simulator, name) for name in DIALECTS}
    amounts = {name: text.split("\t")[27] for name, (text, _type) in found.items()}
    assert amounts.pop("de") == "1500,05"
    assert set(amounts.values()) == {"1500.05"}
    days = {name: text.split("\t")[24] for name, (text, _type) in found.items()}
    assert days["en"] == days["jp"] == "2026-09-21 14:13:20 UTC"
    assert days["de"] == days["in"] == "21.09.2026 14:13:20 UTC"
    assert days["uk"] == "2026-09-21T14:13:20+00:00"
    assert "23.09.2026 19:43 GMT+5:30" in found["in"][0]
    assert "KAFFEE-Ü" in found["de"][0]
    types = {name: content_type for name, (_text, content_type) in found.items()}
    assert "Cp1252" in types["de"] and "Shift_JIS" in types["jp"]


def test_marks_and_missing_columns(simulator):
    seller(simulator, "DE", "eu", ["DE"])
    simulator.charge_seller("DE", "reimbursement", "1500.05")
    simulator.close_settlement("DE")
    simulator.set_settlements(thousands=True, promotion_column=False, repeat_head=True)
    header, summary, row, _end = dialect_file(simulator, "de")[0].split("\r\n")
    assert len(header.split("\t")) == 23
    assert summary.split("\t")[4] == "1.500,05"
    assert row.split("\t")[1] == summary.split("\t")[1] != ""


def test_yen_have_no_decimals(simulator):
    books = seller(simulator, "JP", "fe", ["JP"])
    sell(simulator, "JP", "JP", "1980")
    simulator.close_settlement("JP")
    content, content_type = books.content(books.listed().json()["reports"][0])
    rows = [line.split("\t") for line in content.decode("cp932").split("\r\n")[1:-1]]
    assert "." not in rows[0][4]
    assert "1980" in {row[14] for row in rows}


def test_spoilt_files(simulator):
    seller(simulator, "DE", "eu", ["DE"])
    simulator.charge_seller("DE", "reimbursement", "10", count=9)
    simulator.close_settlement("DE")
    whole = dialect_file(simulator, "en")[0]
    simulator.set_settlements(spoil="cut")
    assert whole.startswith(dialect_file(simulator, "en")[0])
    simulator.set_settlements(spoil="sum")
    assert "\t91.00\t" in dialect_file(simulator, "en")[0]


# --- control -----------------------------------------------------------------------


def test_control_over_http(control, world, books):
    order_id = world.truth("IN")[0]["orderId"]
    assert control("POST", "/settlements", {"reserve_days": 0})[1]["reserve_days"] == 0
    status, posted = control(
        "POST", "/settlements/charge", {"seller": "IN", "kind": "safe_t"}
    )
    assert (status, posted["kind"]) == (200, "SAFETReimbursement")
    [closed] = control("POST", "/settlements/close", {"seller": "IN"})[1]["settlements"]
    assert closed["payout"] == "STARTED"
    listed = control("GET", "/settlements", seller="IN")[1]["settlements"]
    assert listed == [closed]
    known = {"settlement_id": closed["settlement_id"]}
    assert control("POST", "/settlements/regenerate", known)[1]["report_id"]
    assert control("POST", "/settlements/fail", known)[1]["payout"] == "FAILED"
    assert control("POST", "/settlements/fail", known)[0] == 409
    shipped = next(iter(ship_all(world, "IN") or [order_id]))
    assert control("POST", f"/orders/{shipped}/retrocharge", {"amount": "1"})[0] == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/settlements", {"colour": 1}),
        ("/settlements", {"dialect": "klingon"}),
        ("/settlements", {"period_days": 0}),
        ("/settlements", {"reserve_days": -1}),
        ("/settlements", {"spoil": "all"}),
        ("/settlements/charge", {"seller": "IN", "kind": "other", "colour": "red"}),
        ("/settlements/charge", {"seller": "IN", "kind": "other", "amount": "x"}),
    ],
)
def test_nonsense_is_refused(control, books, path, body):
    assert control("POST", path, body)[0] == 400


def test_unknown_things_are_not_found(control, books):
    for path, body in (
        ("/settlements/close", {"seller": "NOBODY"}),
        ("/settlements/charge", {"seller": "IN", "kind": "bribe"}),
        ("/settlements/fail", {"settlement_id": "1"}),
    ):
        assert control("POST", path, body)[0] == 404


@requires_models
def test_answers_follow_the_model(world, books):
    world.clock.advance(14 * DAY + HOUR)
    answer = books.listed()
    assert_answer("reports_2021-06-30", "getReports", answer)
    [report] = answer.json()["reports"]
    assert_answer("reports_2021-06-30", "getReportDocument", books.document(report))
    assert_answer("reports_2021-06-30", "createReport", books.create(SETTLEMENT))
