# SPDX-License-Identifier: LGPL-3.0-or-later
"""Settlements, summaries, payouts and balances: the client and the simulated Amazon."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from contract.test_client_orders import connect
from contract.test_client_support import FakeClock, ScriptedAmazon
from contract.test_simulator_settlements import ship_all
from sp_api import (
    SETTLEMENTS,
    Finances,
    ProtocolError,
    Reports,
    read_settlement,
)
from sp_api_simulator.clock import DAY
from sp_api_simulator.settlement_file import DIALECTS

LONG_AGO = datetime.now(timezone.utc) - timedelta(days=3000)


@pytest.fixture
def shop(world):
    """India's seller, whose orders are shipped."""
    world.quotas.enabled = False
    world.set_settlements(reserve_days=0)
    ship_all(world, "IN")
    return world


def settle(shop, *kinds):
    """Charge and close; returns the simulator's settlement."""
    for kind in kinds:
        shop.charge_seller("IN", kind)
    return shop.close_settlement("IN")[0]


def read_all(client):
    """``{settlement id: (proven settlement, its rows)}`` of Amazon's list."""
    found, reports = {}, Reports(client)
    for report in reports.find([SETTLEMENTS], ["DONE"], LONG_AGO):
        with reports.download(report.document_id) as document:
            settlement = read_settlement(document)
            found[settlement.settlement_id] = settlement, list(settlement.rows())
    return found


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("repeat", [False, True])
def test_every_dialect_is_proven(shop, dialect, repeat):
    """What Amazon paid is what the client reads, to the smallest unit."""
    shop.set_settlements(
        reserve_days=3, dialect=dialect, repeat_head=repeat, thousands=repeat
    )
    told = settle(shop, "advertising", "storage", "reimbursement", "unknown", "debt")
    with connect(shop, "IN") as client:
        settlement, rows = read_all(client)[told.settlement_id]
    assert settlement.total == told.total
    assert [row.amount for row in rows] == [row.amount for row in told.rows]
    assert settlement.currency == told.currency
    assert all(row.posted_date for row in rows)


def test_summary_agrees_with_the_file(shop):
    told = settle(shop, "advertising", "reimbursement")
    with connect(shop, "IN") as client:
        money = Finances(client).settlement_total(told.settlement_id)
        assert Finances(client).settlement_total("1") is None
    assert (money.amount, money.currency) == (told.total, "INR")


def test_payout_arrives(shop):
    told = settle(shop)
    shop.clock.advance(6 * DAY)
    with connect(shop, "IN") as client:
        [payout] = [
            one
            for one in Finances(client).payouts(LONG_AGO)
            if told.settlement_id in one.settlement_ids
        ]
    assert payout.status in ("IN_TRANSIT", "PAID")
    assert payout.amount.amount == told.total
    assert payout.trace_id
    assert payout.failure is None


def test_payout_fails(shop):
    told = settle(shop)
    shop.clock.advance(5 * DAY)
    shop.fail_payout(told.settlement_id)
    with connect(shop, "IN") as client:
        [payout] = [
            one
            for one in Finances(client).payouts(LONG_AGO)
            if told.settlement_id in one.settlement_ids
        ]
    assert payout.status == "FAILED"
    assert payout.failure


def test_balance(shop):
    settle(shop)
    shop.charge_seller("IN", "reimbursement")
    with connect(shop, "IN") as client:
        totals = Finances(client).balances()
    assert set(totals) == {"INR"}
    assert isinstance(totals["INR"], Decimal)


def test_list_without_an_end():
    """Amazon's lists may have empty pages; one that repeats itself is refused."""
    with ScriptedAmazon() as amazon:
        amazon.answers += [(200, {"payouts": [], "nextToken": "again"})] * 3
        with pytest.raises(ProtocolError):
            Finances(amazon.client(FakeClock())).payouts(LONG_AGO)
