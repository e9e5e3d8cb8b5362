# SPDX-License-Identifier: LGPL-3.0-or-later
"""Settlements of all sellers: closed by the clock, and told in reports."""

import random
from dataclasses import dataclass
from decimal import Decimal

from .changes import Refused
from .clock import DAY
from .money import rounded
from .settings import change_settings
from .settlement_charges import charge_rows, periodic
from .settlement_fees import FeeSettings
from .settlement_file import DIALECTS, SettlementFile
from .settlement_ledger import SHIPMENT, Ledger, Settlement, released_rows
from .settlement_postings import OrderMoney, accrue, refund, retrocharge
from .settlement_rows import NOTHING

SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
RESERVE_BEFORE = "Previous Reserve Amount Balance"
RESERVE_NOW = "Current Reserve Amount"
SPOILT = ("sum", "cut")


@dataclass
class SettlementSettings(FeeSettings):
    """How sellers are settled; see FeeSettings for the fees.

    `period_days` from close to close; `reserve_days`: what orders of the last days
    brought is held back; `deferred_days` until an order's money is due. `charge_card`:
    a negative total is taken from the seller's card, else the next period bears it.
    The rest is about the file: `unit_rows` (each unit has rows of its own),
    `promotion_column`, `repeat_head` (the dates on each row), `thousands` (marks in
    the total), `dialect` (a key of DIALECTS, None: the marketplace's), `spoil` ("sum":
    the total is wrong, "cut": the file's end is missing).
    """

    period_days: float = 14.0
    reserve_days: float = 7.0
    deferred_days: float = 0.0
    charge_card: bool = True
    unit_rows: bool = False
    promotion_column: bool = True
    repeat_head: bool = False
    thousands: bool = False
    dialect: str = None
    spoil: str = None


class Account:
    """The settlements of one seller; `closes` is when the next ones are."""

    def __init__(self, seller, opened, closes):
        self.seller = seller
        self.opened = opened
        self.closes = closes
        self.ledgers = self._make(seller, opened)

    @staticmethod
    def _make(seller, opened):
        places = {}
        for marketplace in seller.real_marketplaces():
            places.setdefault(marketplace.currency, []).append(marketplace.id)
        return [
            Ledger(seller.key, currency, tuple(ids), opened)
            for currency, ids in places.items()
        ]

    def ledger(self, marketplace_id=None):
        """The Ledger of a marketplace (None: the seller's first); KeyError."""
        for ledger in self.ledgers:
            if marketplace_id in (None, *ledger.marketplace_ids):
                return ledger
        raise KeyError(marketplace_id)


class SettlementDesk:
    """The settlements of one simulator."""

    def __init__(self, simulator):
        self.settings = SettlementSettings()
        self._simulator = simulator
        self._random = random.Random(f"settlements-{simulator.seed}")
        self._accounts = {}

    def set(self, **changes):
        """Change settings; ValueError for an unknown one or a wrong value."""
        if changes.get("dialect") not in (None, *DIALECTS):
            raise ValueError(f"A dialect is one of {', '.join(DIALECTS)}")
        if changes.get("spoil") not in (None, *SPOILT):
            raise ValueError(f"A file is spoilt by one of {', '.join(SPOILT)}")
        days = ("reserve_days", "deferred_days")
        if not all(float(changes.get(name, 0)) >= 0 for name in days):
            raise ValueError("Days are not negative")
        if not 1 <= float(changes.get("period_days", 1)) <= 366:
            raise ValueError("A period has 1 to 366 days")
        settings = change_settings(self.settings, "settlements", changes)
        if "period_days" in changes:
            for account in self._accounts.values():
                self._schedule(account, account.opened)
        return settings

    # --- accounts -----------------------------------------------------------

    def open(self, seller):
        """From now on the seller is settled."""
        now = self._simulator.clock.now()
        account = Account(seller, now, now)
        self._accounts[seller.key] = account
        self._schedule(account, now)

    def account(self, seller_key):
        """The seller's Account, up to date; KeyError if there is none."""
        account = self._accounts[seller_key]
        self._accrue(account, self._simulator.clock.now())
        return account

    def _accrue(self, account, now):
        for ledger in account.ledgers:
            accrue(ledger, account.seller, self.settings, now)

    def _schedule(self, account, start):
        now = self._simulator.clock.now()
        account.opened = start
        account.closes = max(now, start + self.settings.period_days * DAY)
        self._simulator.agenda.at(account.closes, lambda at: self._due(account, at))

    def _due(self, account, moment):
        # Another one took its place if it was moved.
        if moment == account.closes:
            self.close(account.seller.key, moment)

    # --- closing ------------------------------------------------------------

    def close(self, seller_key, moment):
        """End the seller's period; returns the settlements, none of what was idle."""
        account = self._accounts[seller_key]
        self._accrue(account, moment)
        closed = [self._close(account, ledger, moment) for ledger in account.ledgers]
        self._schedule(account, moment)
        return [settlement for settlement in closed if settlement is not None]

    def _close(self, account, ledger, moment):
        if ledger.due(moment):
            periodic(ledger, account.seller, self._simulator, moment)
        due = ledger.due(moment)
        rows = [row for posting in due for row in released_rows(posting)]
        held = self._held(ledger, due, rows, moment)
        if ledger.reserve:
            rows.insert(
                0, ledger.movement(RESERVE_BEFORE, ledger.reserve, account.opened)
            )
        if held:
            rows.append(ledger.movement(RESERVE_NOW, -held, moment))
        if not rows:
            return None
        settlement = self._settlement(account, ledger, tuple(rows), held, moment)
        for posting in due:
            posting.settlement = settlement
        self._carry(ledger, settlement, moment)
        self.publish(settlement, account.seller, moment)
        return settlement

    def _held(self, ledger, due, rows, moment):
        """What is kept back of the orders of the last days, as far as there is any."""
        since = moment - self.settings.reserve_days * DAY
        recent = (
            posting.total
            for posting in due
            if posting.kind == SHIPMENT and posting.posted > since
        )
        there = ledger.reserve + sum((row.amount for row in rows), NOTHING)
        return max(NOTHING, min(sum(recent, NOTHING), there))

    def _settlement(self, account, ledger, rows, held, moment):
        number = self._random.randrange(10**9)
        settlement = Settlement(
            f"1{self._random.randrange(8, 10)}{number:09d}",
            self._group_id(),
            ledger.currency,
            _main(ledger, rows),
            account.opened,
            moment,
            rows,
            held,
        )
        ledger.reserve = held
        ledger.settlements.append(settlement)
        return settlement

    def _group_id(self):
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(self._random.choices(letters, k=43))

    def _carry(self, ledger, settlement, moment):
        """What Amazon could not pay out because there was less than nothing."""
        total = settlement.total
        if total >= 0:
            return
        ledger.move("Payable to Amazon", total, moment)
        if self.settings.charge_card:
            ledger.move("Successful charge", -total, moment)

    def publish(self, settlement, seller, moment):
        """Amazon lists the settlement's file among the seller's reports."""
        file = SettlementFile(settlement, self.settings)
        places = {row.marketplace_id for row in settlement.rows}
        report = self._simulator.reports.publish(
            seller,
            SETTLEMENT,
            sorted(places | {settlement.marketplace_id}),
            (settlement.start, settlement.end),
            moment,
            file.content(),
            file.dialect.charset,
        )
        settlement.report_id = report.report_id
        return report

    # --- what happens in between --------------------------------------------

    def refund(self, order_id, items=None, amount=None):
        """See `settlement_postings.refund`; returns the Posting."""
        amount = None if amount is None else Decimal(str(amount))
        ledger, order = self._order(order_id)
        return refund(ledger, order, items, amount, self._simulator.clock.now())

    def retrocharge(self, order_id, amount, refunded=False):
        """See `settlement_postings.retrocharge`; returns the Posting."""
        ledger, order = self._order(order_id)
        now = self._simulator.clock.now()
        return retrocharge(ledger, order, Decimal(str(amount)), refunded, now)

    def _order(self, order_id):
        seller, version = self._simulator.find_order(order_id)
        if version.channel_name == "NON_AMAZON":
            raise Refused("Amazon has no money of an order from elsewhere")
        ledger = self.account(seller.key).ledger(version.marketplace_id)
        return ledger, OrderMoney(seller, version, self.settings)

    def charge(
        self, seller_key, kind, amount=None, count=1, marketplace_id=None, **cells
    ):
        """Post a fee or another row that is no order's, `count` times alike.

        :param kind: a key of `settlement_charges.CHARGES`, or "other" with `cells`
        :param amount: in the currency, as Amazon signs it; None: a usual one
        """
        ledger = self.account(seller_key).ledger(marketplace_id)
        now = self._simulator.clock.now()
        amount = None if amount is None else rounded(str(amount), ledger.currency)
        place = marketplace_id or ledger.main
        rows, transaction = charge_rows(kind, place, amount, now, cells)
        return ledger.post(transaction, rows * int(count), now, None, place)

    def fail(self, settlement_id, reason="The bank account could not be credited"):
        """The settlement's payout comes back; the next settlement pays it again."""
        ledger, settlement = self.find(settlement_id)
        if settlement.total <= 0 or settlement.failure:
            raise Refused("There is no payout to fail")
        now = self._simulator.clock.now()
        settlement.failure = (now, reason)
        # Amazon cuts its own text at 100 characters.
        text = f"Transfer of funds unsuccessful: {reason}"[:100]
        ledger.move(text, settlement.total, now)
        return settlement

    def regenerate(self, settlement_id):
        """Amazon lists the settlement's file once more, as the settings are now."""
        ledger, settlement = self.find(settlement_id)
        seller = self._simulator.sellers[ledger.seller_key]
        return self.publish(settlement, seller, self._simulator.clock.now())

    def find(self, settlement_id):
        """(Ledger, Settlement); KeyError if nobody has it."""
        for account in self._accounts.values():
            for ledger in account.ledgers:
                for settlement in ledger.settlements:
                    if settlement.settlement_id == settlement_id:
                        return ledger, settlement
        raise KeyError(settlement_id)


def _main(ledger, rows):
    """The marketplace that most rows are of."""
    counts = dict.fromkeys(ledger.marketplace_ids, 0)
    for row in rows:
        if row.marketplace_id in counts:
            counts[row.marketplace_id] += 1
    return max(counts, key=counts.get)
