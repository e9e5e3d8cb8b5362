# SPDX-License-Identifier: LGPL-3.0-or-later
"""Transactions, summaries, balances and payouts agree with the settlement files."""

from decimal import Decimal

import pytest
from contract.models import assert_answer, problems, requires_models
from contract.test_simulator_settlements import Books, sell, seller, ship_all
from sp_api_simulator.clock import DAY, HOUR, format_time
from sp_api_simulator.finances_api import PAGE
from sp_api_simulator.marketplaces import BY_CODE
from sp_api_simulator.validation import ModelLibrary

FINANCES = "/finances/2024-06-19"
PAYOUTS = "/finances/transfers/2024-06-01/payouts"
US, CANADA = BY_CODE["US"].id, BY_CODE["CA"].id


class Purse(Books):
    """A seller who asks for his money."""

    def long_ago(self):
        return format_time(self.simulator.clock.now() - 170 * DAY)

    def transactions(self, **query):
        if "relatedIdentifierName" not in query:
            query.setdefault(
                "postedAfter", format_time(self.simulator.clock.now() - DAY * 170)
            )
        return self.get(f"{FINANCES}/transactions", **query)

    def every_transaction(self, **query):
        found, token = [], {}
        query.setdefault("postedAfter", self.long_ago())
        while True:
            payload = self.transactions(**query, **token).json()["payload"]
            found += payload["transactions"]
            if "nextToken" not in payload:
                return found
            token = {"nextToken": payload["nextToken"]}

    def summary(self, settlement_id, **query):
        return self.get(
            f"{FINANCES}/summary",
            relatedIdentifierName="SETTLEMENT_ID",
            relatedIdentifierValue=settlement_id,
            **query,
        )

    def balances(self, **query):
        return self.get(f"{FINANCES}/balances", **query)

    def payouts(self, **query):
        return self.get(PAYOUTS, **query)


def cents(shown):
    """Amazon's Currency as a Decimal."""
    return Decimal(str(shown["currencyAmount"]))


def leaves(breakdowns):
    for each in breakdowns:
        if each.get("breakdowns"):
            yield from leaves(each["breakdowns"])
        else:
            yield each


def identifiers(transaction):
    return {
        one["relatedIdentifierName"]: one["relatedIdentifierValue"]
        for one in transaction["relatedIdentifiers"]
    }


@pytest.fixture
def purse(world):
    """The seller in North America, whose orders were shipped and some refunded."""
    world.quotas.enabled = False
    world.clock.advance(DAY)
    for order_id in ship_all(world, "US")[:4]:
        world.refund_order(order_id)
    world.charge_seller("US", "unknown")
    world.clock.advance(HOUR)
    return Purse(world, "US")


@pytest.fixture
def settled(world, purse):
    """The same after two periods, with reserves."""
    world.set_settlements(reserve_days=20)
    world.clock.advance(13 * DAY)
    world.charge_seller("US", "reimbursement")
    world.clock.advance(14 * DAY)
    return purse


# --- agreement ---------------------------------------------------------------------


def test_transactions_agree_with_each_file(world, settled):
    """What is no movement of the balance is a transaction of its settlement."""
    for settlement in world.settlements_of("US"):
        query = {
            "relatedIdentifierName": "FINANCIAL_EVENT_GROUP_ID",
            "relatedIdentifierValue": settlement.group_id,
        }
        found = settled.every_transaction(**query)
        total = sum(cents(one["totalAmount"]) for one in found)
        moved = sum(
            row.amount for row in settlement.rows if "Reserve" in row.description
        )
        assert total == settlement.total - moved
        ids = {identifiers(one)["SETTLEMENT_ID"] for one in found}
        assert ids <= {settlement.settlement_id}


def test_breakdowns_add_up(settled):
    found = settled.every_transaction()
    assert len({one["transactionId"] for one in found}) == len(found) > 10
    for one in found:
        assert sum(
            cents(leaf["breakdownAmount"]) for leaf in leaves(one["breakdowns"])
        ) == cents(one["totalAmount"])
        for item in one["items"]:
            inner = leaves(item["breakdowns"])
            assert sum(cents(leaf["breakdownAmount"]) for leaf in inner) == cents(
                item["totalAmount"]
            )
    kinds = {one["transactionType"] for one in found}
    assert {"Shipment", "Refund", "ProductAdsPayment", "Adjustment"} <= kinds


def test_a_summary_is_its_files_total(world, settled):
    for settlement in world.settlements_of("US"):
        found = settled.summary(settlement.settlement_id).json()["summaries"]
        assert sum(cents(one["netProceeds"]) for one in found) == settlement.total
        for one in found:
            parts = sum(cents(part["breakdownAmount"]) for part in one["breakdowns"])
            assert parts == cents(one["netProceeds"])
    assert settled.summary("1").json()["summaries"] == []


def test_several_marketplaces_in_one_settlement(simulator):
    purse = Purse(simulator, seller(simulator, "EU", "eu", ["DE", "FR"]).key)
    simulator.set_settlements(reserve_days=0)
    for code in ("DE", "FR", "FR"):
        sell(simulator, "EU", code)
    [settlement] = simulator.close_settlement("EU")
    assert settlement.marketplace_id == BY_CODE["FR"].id
    found = purse.summary(settlement.settlement_id).json()["summaries"]
    assert len(found) == 2
    assert sum(cents(one["netProceeds"]) for one in found) == settlement.total
    germany = purse.summary(
        settlement.settlement_id, marketplaceIds=BY_CODE["DE"].id
    ).json()["summaries"]
    assert [one["partnerMetadata"]["marketplaceId"] for one in germany] == [
        BY_CODE["DE"].id
    ]


def test_balances_are_what_is_not_paid_out(world, purse):
    def totals(**query):
        found = purse.balances(**query).json()["balances"]
        return {
            one["partnerMetadata"]["marketplaceId"]: cents(one["amount"])
            for one in found
        }

    posted = purse.every_transaction(postedAfter=format_time(world.clock.now() - DAY))
    before = totals()
    assert sum(before.values()) == sum(cents(one["totalAmount"]) for one in posted)
    world.set_settlements(reserve_days=20)
    world.clock.advance(13 * DAY)
    settlements = world.settlements_of("US")
    held = sum(one.reserve for one in settlements)
    assert held > 0
    assert sum(totals().values()) == held
    assert sum(totals(balanceType="RESERVED").values()) == held
    assert sum(totals(balanceType="AVAILABLE").values()) == 0
    yesterday = format_time(world.clock.now() - 2 * DAY)[:10]
    assert totals(asOfDate=yesterday) == before


def test_payouts_are_the_totals(world, settled):
    found = settled.payouts().json()["payouts"]
    settlements = {one.group_id: one for one in world.settlements_of("US")}
    assert {one["id"] for one in found} == set(settlements)
    for one in found:
        settlement = settlements[one["id"]]
        if settlement.total > 0:
            assert cents(one["amount"]) == settlement.total
        else:
            assert one["currentStatus"] == "NO_PAYOUT" and "amount" not in one
        related = one["relatedIdentifiers"][0]["relatedIdentifierValue"]
        assert related == settlement.settlement_id


# --- states ------------------------------------------------------------------------


def test_a_payout_takes_its_way(simulator):
    purse = Purse(simulator, seller(simulator, "US", "na", ["US"]).key)
    simulator.charge_seller("US", "reimbursement", "50")
    [settlement] = simulator.close_settlement("US")

    def state():
        [payout] = purse.payouts().json()["payouts"]
        return payout

    assert state()["currentStatus"] == "STARTED" and "traceId" not in state()
    simulator.clock.advance(DAY + HOUR)
    assert state()["currentStatus"] == "IN_TRANSIT" and len(state()["traceId"]) == 15
    simulator.fail_payout(settlement.settlement_id)
    assert state()["currentStatus"] == "FAILED"
    assert state()["statusHistory"][-1]["failureReason"]
    [expected] = purse.get(f"{PAYOUTS}/expected").json()["expectedPayouts"]
    assert (expected["status"], cents(expected["amount"])) == ("SCHEDULED", 50)


def test_deferred_money_is_told_twice_and_due_once(simulator):
    purse = Purse(simulator, seller(simulator, "US", "na", ["US"]).key)
    simulator.set_settlements(deferred_days=7.0, reserve_days=0)
    order_id = sell(simulator, "US", "US")
    simulator.clock.advance(HOUR)
    [waiting] = purse.every_transaction()
    assert waiting["transactionStatus"] == "DEFERRED"
    [context] = waiting["contexts"]
    assert context["contextType"] == "DeferredContext"
    held = purse.balances(balanceType="DEFERRED").json()["balances"][0]
    assert cents(held["amount"]) == cents(waiting["totalAmount"])
    simulator.clock.advance(8 * DAY)
    query = {
        "relatedIdentifierName": "ORDER_ID",
        "relatedIdentifierValue": order_id,
    }
    first, second = purse.transactions(**query).json()["payload"]["transactions"]
    states = (first["transactionStatus"], second["transactionStatus"])
    assert states == ("DEFERRED_RELEASED", "RELEASED")
    assert identifiers(first)["RELEASE_TRANSACTION_ID"] == second["transactionId"]
    assert identifiers(second)["DEFERRED_TRANSACTION_ID"] == first["transactionId"]
    released = purse.every_transaction(transactionStatus="RELEASED")
    assert [one["transactionId"] for one in released] == [second["transactionId"]]


# --- requests ----------------------------------------------------------------------


def test_pages_come_with_the_same_arguments(world, purse):
    for _number in range(PAGE):
        world.charge_seller("US", "unknown")
    world.clock.advance(HOUR)
    after = format_time(world.clock.now() - 30 * DAY)
    first = purse.transactions(postedAfter=after).json()["payload"]
    assert len(first["transactions"]) == PAGE
    token = first["nextToken"]
    second = purse.transactions(postedAfter=after, nextToken=token).json()["payload"]
    assert second["transactions"] and "nextToken" not in second
    other = purse.transactions(postedAfter=after, nextToken=token, marketplaceId=CANADA)
    assert other.status_code == 400


def test_more_than_180_days_are_empty(world, purse):
    after = format_time(world.clock.now() - 200 * DAY)
    answer = purse.transactions(postedAfter=after)
    assert answer.status_code == 200
    assert answer.json()["payload"]["transactions"] == []


def test_the_sellers_own_parcels_in_the_us_have_no_marketplace(purse):
    found = purse.every_transaction(marketplaceId=US)
    assert all(one["transactionType"] not in ("Shipment", "Refund") for one in found)
    assert any(
        one["marketplaceDetails"]["marketplaceId"] == US
        and one["transactionType"] == "Shipment"
        for one in purse.every_transaction()
    )
    assert purse.every_transaction(marketplaceId=CANADA)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"postedAfter": "2026-09-21"},
        {"postedAfter": "2030-01-01T00:00:00Z"},
        {"postedAfter": "2026-09-02T00:00:00Z", "postedBefore": "2026-09-01T00:00:00Z"},
        {"postedAfter": "2026-09-01T00:00:00Z", "transactionStatus": "PAID"},
        {"relatedIdentifierName": "ORDER_ID"},
        {"relatedIdentifierName": "SETTLEMENT_ID", "relatedIdentifierValue": "1"},
        {"postedAfter": "2026-09-01T00:00:00Z", "colour": "red"},
        {"postedAfter": "2026-09-01T00:00:00Z", "nextToken": "invented"},
    ],
)
def test_wrong_questions_about_transactions(purse, query):
    assert purse.get(f"{FINANCES}/transactions", **query).status_code == 400


def test_wrong_questions(purse):
    assert purse.get(f"{FINANCES}/summary").status_code == 400
    assert purse.balances(asOfDate="tomorrow").status_code == 400
    assert purse.balances(asOfDate="2040-01-01").status_code == 400
    assert purse.balances(balanceType="SECRET").status_code == 400
    assert purse.balances(marketplaceIds=BY_CODE["DE"].id).status_code == 403
    assert purse.payouts(createdAfter="soon").status_code == 400
    assert purse.balances(accountType="Invoiced Orders").json()["balances"] == []


def test_the_role_is_finance_and_accounting(world, purse):
    world.set_roles("US", ["Amazon Fulfillment"])
    for path in ("transactions", "summary", "balances"):
        assert purse.get(f"{FINANCES}/{path}").status_code == 403
    assert purse.payouts().status_code == 403


# --- the models --------------------------------------------------------------------


@requires_models
def test_answers_follow_the_models(world, settled):
    model = "finances_2024-06-19"
    assert_answer(model, "listTransactions", settled.transactions())
    for settlement in world.settlements_of("US"):
        answer = settled.summary(settlement.settlement_id)
        assert_answer(model, "listSummary", answer)
    period = {"periodStart": "2026-09-01", "periodEnd": "2026-10-30"}
    answer = settled.get(f"{FINANCES}/summary", **period)
    assert answer.json()["summaries"]
    assert_answer(model, "listSummary", answer)
    assert_answer(model, "listBalances", settled.balances())
    assert_answer(model, "listBalances", settled.balances(asOfDate="2026-09-30"))
    assert_answer("transfers_2024-06-01", "listPayouts", settled.payouts())
    expected = settled.get(f"{PAYOUTS}/expected")
    assert_answer("transfers_2024-06-01", "listExpectedPayouts", expected)
    assert_answer(model, "listBalances", settled.balances(balanceType="SECRET"))


@requires_models
def test_parts_of_an_allof_are_closed_together():
    """A context may have the fields of its kind, and none that nobody knows."""
    known = {"contextType": "ProductContext", "sku": "A", "quantityShipped": 1}
    library = ModelLibrary.find()
    for check in (problems, library.problems):
        assert check("finances_2024-06-19", "Context", known) == []
        assert check("finances_2024-06-19", "Context", {**known, "skew": "A"})
        assert check("finances_2024-06-19", "Context", {"sku": "A"})
