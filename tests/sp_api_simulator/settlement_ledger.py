# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Amazon owes one seller in one currency: postings, and what closed them."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from .clock import DAY, HOUR
from .settlement_rows import NOTHING, Row

SHIPMENT, REFUND, MOVEMENT = "Shipment", "Refund", "Movement"
OTHER = "other-transaction"
STARTED, IN_TRANSIT, PAID = "STARTED", "IN_TRANSIT", "PAID"
FAILED, NO_PAYOUT = "FAILED", "NO_PAYOUT"
# When a payout's states come, after the end of its settlement.
PAYOUT_STATES = ((HOUR, STARTED), (DAY, IN_TRANSIT), (3 * DAY, PAID))
DEPOSIT = 2 * DAY


@dataclass
class Posting:
    """One financial transaction of a seller; times are epoch seconds.

    `kind` is its type in listTransactions, "Movement" for what is none there.
    `released` is when its money is due: later than `posted` where it was deferred.
    """

    number: int
    kind: str
    rows: tuple
    posted: float
    released: float
    marketplace_id: str
    order_id: str = ""
    settlement: object = None

    @property
    def total(self):
        return sum((row.amount for row in self.rows), NOTHING)

    @property
    def deferred(self):
        return self.released > self.posted


@dataclass
class Settlement:
    """One closed period; `rows` are those of its file, `group_id` Amazon's name of the
    payout, `reserve` what was held back. `failure` is (moment, reason) of a payout that
    came back."""

    settlement_id: str
    group_id: str
    currency: str
    marketplace_id: str
    start: float
    end: float
    rows: tuple
    reserve: Decimal = NOTHING
    report_id: str = None
    failure: tuple = None

    @property
    def total(self):
        return sum((row.amount for row in self.rows), NOTHING)

    @property
    def deposit(self):
        return self.end + DEPOSIT

    def totals(self):
        """{marketplace id: Decimal}, which add up to the total."""
        found = {}
        for row in self.rows:
            place = row.marketplace_id
            found[place] = found.get(place, NOTHING) + row.amount
        return found

    def payout_history(self, now):
        """[(status, moment, reason or None)] up to `now`, oldest first."""
        if self.total <= 0:
            return [(NO_PAYOUT, self.end, None)]
        passed = [
            (status, self.end + after, None)
            for after, status in PAYOUT_STATES
            if self.end + after <= now
        ]
        if self.failure is None:
            return passed or [(STARTED, self.end, None)]
        moment, reason = self.failure
        before = [entry for entry in passed if entry[1] < moment and entry[0] != PAID]
        return [*before, (FAILED, moment, reason)]


@dataclass
class Ledger:
    """The account of one seller in one currency.

    `units` and `refunded` count per (order id, item id) what was posted, `seen` holds
    the version of each order that was looked at last.
    """

    seller_key: str
    currency: str
    marketplace_ids: tuple
    opened: float
    reserve: Decimal = NOTHING
    postings: list = field(default_factory=list)
    settlements: list = field(default_factory=list)
    units: dict = field(default_factory=dict)
    refunded: dict = field(default_factory=dict)
    seen: dict = field(default_factory=dict)
    tipped: set = field(default_factory=set)
    # (year, month, fee) of what is charged once a month.
    charged: set = field(default_factory=set)

    @property
    def main(self):
        return self.marketplace_ids[0]

    def post(self, kind, rows, posted, released=None, marketplace_id=None, order_id=""):
        """Add a posting; returns it, None if there is nothing in it."""
        if not rows:
            return None
        posting = Posting(
            len(self.postings) + 1,
            kind,
            tuple(rows),
            posted,
            posted if released is None else released,
            marketplace_id or self.main,
            order_id,
        )
        self.postings.append(posting)
        return posting

    def move(self, description, amount, moment):
        """Post a movement of the balance, which is no income and no cost."""
        return self.post(MOVEMENT, [self.movement(description, amount, moment)], moment)

    def movement(self, description, amount, moment):
        """A Row that moves the balance."""
        return Row(
            OTHER,
            OTHER,
            description,
            amount,
            moment,
            marketplace_id=self.main,
            named=False,
        )

    def due(self, moment):
        """Postings that a settlement closed at `moment` takes, in their order."""
        found = [
            posting
            for posting in self.postings
            if posting.settlement is None and posting.released <= moment
        ]
        return sorted(found, key=lambda posting: (posting.released, posting.number))

    def deferred(self, moment):
        """{marketplace id: Decimal} of what is posted, but not due yet."""
        found = {}
        for posting in self.postings:
            if posting.posted <= moment < posting.released:
                place = posting.marketplace_id
                found[place] = found.get(place, NOTHING) + posting.total
        return found

    def balances(self, moment):
        """{marketplace id: Decimal}: all that was posted, less what was paid out."""
        found = {}
        for posting in self.postings:
            if posting.posted <= moment:
                place = posting.marketplace_id
                found[place] = found.get(place, NOTHING) + posting.total
        for settlement in self.settlements:
            if settlement.end <= moment:
                for place, amount in settlement.totals().items():
                    found[place] = found.get(place, NOTHING) - amount
        return found

    def reserved(self, moment):
        """The reserve that was held at `moment`."""
        held = NOTHING
        for settlement in self.settlements:
            if settlement.end <= moment:
                held = settlement.reserve
        return held


def released_rows(posting):
    """The posting's rows as a file shows them: dated when the money became due."""
    if not posting.deferred:
        return posting.rows
    return tuple(replace(row, posted=posting.released) for row in posting.rows)
