# SPDX-License-Identifier: LGPL-3.0-or-later
"""Random months of a seller: the books are right whatever happened."""

import random
from decimal import Decimal

import pytest
from sp_api_simulator import Simulator
from sp_api_simulator.changes import Refused
from sp_api_simulator.clock import DAY
from sp_api_simulator.finances_view import RELEASED, transactions
from sp_api_simulator.settlement_charges import CHARGES
from sp_api_simulator.settlement_file import SettlementFile
from sp_api_simulator.settlement_ledger import MOVEMENT

NOTHING = Decimal(0)


class Month:
    """A seller's random months."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.simulator = Simulator(
            seed=seed, start=1_790_000_000.0, factor=0, lag=(0, 0), models=False
        )
        self.simulator.seed_scenario("plain", orders=60, seed=seed)
        self.simulator.set_shipping(None)
        self.simulator.set_settlements(
            deferred_days=self.random.choice([0.0, 5.0]),
            reserve_days=self.random.choice([0.0, 7.0, 30.0]),
            charge_card=self.random.random() < 0.5,
            unit_rows=self.random.random() < 0.5,
        )
        self.orders = [order["orderId"] for order in self.simulator.truth("US")]

    def live(self, days):
        for _day in range(days):
            for _event in range(self.random.randrange(6)):
                self._happen()
            self.simulator.clock.advance(self.random.uniform(0.5, 1.5) * DAY)

    def _happen(self):
        event = self.random.choice(
            [self._ship, self._ship, self._refund, self._charge, self._fail]
        )
        try:
            event()
        except Refused:
            # Nothing left to ship, refund or pay: such days exist.
            pass

    def _ship(self):
        self.simulator.ship_order(self.random.choice(self.orders))

    def _refund(self):
        amount = self.random.choice([None, "1.99"])
        self.simulator.refund_order(self.random.choice(self.orders), amount=amount)

    def _charge(self):
        kind = self.random.choice(sorted(CHARGES))
        count = self.random.choice([1, 2])
        self.simulator.charge_seller("US", kind, count=count)

    def _fail(self):
        settlements = self.simulator.settlements_of("US")
        if settlements:
            self.simulator.fail_payout(settlements[-1].settlement_id)

    def ledgers(self):
        return self.simulator.settlements.account("US").ledgers


@pytest.fixture(params=range(6))
def month(request):
    month = Month(request.param)
    month.live(50)
    return month


def test_the_books_of_random_months(month):
    now = month.simulator.clock.now()
    assert sum(len(ledger.settlements) for ledger in month.ledgers()) >= 3
    for ledger in month.ledgers():
        _check_files(month, ledger)
        _check_reserve(ledger)
        _check_transactions(month, ledger, now)
        _check_balance(ledger, now)


def _check_files(month, ledger):
    """The rows of a file add up to its total, and no posting is in two of them."""
    for settlement in ledger.settlements:
        file = SettlementFile(settlement, month.simulator.settlements.settings)
        _header, summary, *rows = file.content().decode().split("\r\n")[:-1]
        amounts = [Decimal(row.split("\t")[14]) for row in rows]
        assert sum(amounts) == Decimal(summary.split("\t")[4])
        own = [one for one in ledger.postings if one.settlement is settlement]
        reserves = len(amounts) - sum(len(one.rows) for one in own)
        assert 0 <= reserves <= 2


def _check_reserve(ledger):
    held = NOTHING
    for settlement in ledger.settlements:
        rows = {row.description: row.amount for row in settlement.rows}
        assert rows.get("Previous Reserve Amount Balance", NOTHING) == held
        held = -rows.get("Current Reserve Amount", NOTHING)
        assert held == settlement.reserve >= 0
    assert held == ledger.reserve


def _check_transactions(month, ledger, now):
    """Those of a settlement are its rows but for what moves the balance alone."""
    seller = month.simulator.sellers["US"]
    views = transactions(seller, [ledger], now)
    for settlement in ledger.settlements:
        told = sum(
            view.posting.total
            for view in views
            if view.posting.settlement is settlement and view.status == RELEASED
        )
        moved = sum(
            (
                posting.total
                for posting in ledger.postings
                if posting.settlement is settlement and posting.kind == MOVEMENT
            ),
            NOTHING,
        )
        reserve = sum(
            (row.amount for row in settlement.rows if "Reserve" in row.description),
            NOTHING,
        )
        assert told + moved + reserve == settlement.total


def _check_balance(ledger, now):
    """What Amazon owes is the reserve and what no settlement has taken yet."""
    waiting = sum(
        (posting.total for posting in ledger.postings if posting.settlement is None),
        NOTHING,
    )
    assert sum(ledger.balances(now).values(), NOTHING) == ledger.reserve + waiting
